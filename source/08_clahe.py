# ---
# title: CLAHE
# learn:
#   - how a histogram becomes a table that evens out a picture
#   - what tiles and the clip limit do, and why the usual clip limit has no effect at 48 pixels
#   - what it costs, measured as noise, and where in a pipeline it belongs
# minutes: 40
# needs: lessons 03 and 04
# ---

# %% [markdown]
# ## A face beside a window
#
# Light comes from the left. The other half of the face is in the shade. You want to see both eyes, so make the picture
# brighter.

# %%
import numpy as np

face = fer.draw_face(fer.EXPRESSIONS["happy"][0], size=192)
window = np.linspace(1, 0.05, 192)  # the light from left to right
shaded = np.rint(face * window).astype(np.uint8)


def brighter(times=1.0):
    return np.clip(shaded * times, 0, 255).astype(np.uint8)


fer.notebook.slide(brighter, times=(1.0, 7.0, 0.5))

# %% [markdown]
# When the right eye appears, the left cheek has burnt out. No number works for both. In lesson 04 you divided each
# picture by its own contrast. That was one number for a whole picture, and here it is not enough.
#
# ## Places in a queue
#
# Let all pixels line up, the darkest first. Now forget their gray values and hand out new ones by **place in the queue**:
# the last gets 255, the one in the middle 127. The crowd spreads out over all gray values. That is **histogram
# equalisation**.
#
# It needs no sorting. Count how many pixels have each gray value, then add the counts up from the left: this
# **cumulative** histogram says how many are as dark as you or darker. That is your place.

# %%
import matplotlib.pyplot as plt


def with_histogram(image):
    counts = np.bincount(image.ravel(), minlength=256)
    picture, histogram = plt.subplots(1, 2, figsize=(10, 3.4), width_ratios=[1, 2])[1]
    picture.imshow(image, cmap="gray", vmin=0, vmax=255)
    picture.axis("off")
    histogram.bar(range(256), counts / counts.max(), width=1, color=fer.plots.BLUE, label="histogram")
    place = counts.cumsum() / image.size
    histogram.plot(place, color=fer.plots.ORANGE, label="cumulative: the place in the queue")
    histogram.set(xlabel="gray value", yticks=[0, 0.5, 1])
    histogram.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)


with_histogram(shaded)

# %% [markdown]
# Read the orange line as a table: gray value in, place out. Times 255, and the place is a gray value again. Where many
# pixels share a few gray values the line is steep, and the table pulls them apart.
#
# ## Now you: `equalised`
#
# Three steps: `np.bincount(image.ravel(), minlength=256)` counts. `.cumsum()` adds up; divide it by the number of pixels,
# multiply by 255, round, and you have a table of 256 gray values (`.astype(np.uint8)`). Last, `table[image]` looks up all
# pixels at once.


# %%
def equalised(image):
    """The picture with every gray value replaced by its place in the queue, 0 to 255, uint8."""
    ### BEGIN SOLUTION
    counts = np.bincount(image.ravel(), minlength=256)
    table = np.rint(255 * counts.cumsum() / image.size).astype(np.uint8)
    return table[image]
    ### STUB
    # return image  # your turn
    ### END SOLUTION


# %%
from fer_course.exercises import clahe as ex

ex.equalised.check(equalised)

# %%
# ex.equalised.hint()
# ex.equalised.solution()

# %% tags=["selftest"]
import cv2


def looked_up(image, table):
    return np.asarray(table)[image].astype(np.uint8)


ex.equalised.selftest(
    right=[equalised, cv2.equalizeHist],
    wrong={
        "look every pixel up": lambda image: np.bincount(image.ravel(), minlength=256).cumsum(),
        "uint8": lambda image: 255 * (np.bincount(image.ravel(), minlength=256).cumsum() / image.size)[image],
        "times 255": lambda image: looked_up(
            image, np.bincount(image.ravel(), minlength=256).cumsum() / image.size
        ),
        "add it up": lambda image: looked_up(
            image, 255 * np.bincount(image.ravel(), minlength=256) / image.size
        ),
        "darkest to brightest": lambda image: cv2.normalize(image, None, 0, 255, cv2.NORM_MINMAX),
        "bright stays bright": lambda image: 255 - cv2.equalizeHist(image),
        "cumulative / image.size": lambda image: (
            np.bincount(image.ravel(), minlength=256).cumsum().astype(np.uint8)[image]
        ),
    },
)

# %%
with_histogram(equalised(shaded))

# %% [markdown]
# The cumulative line is as good as straight now. (Is it not? Then `equalised` is waiting for you. The gaps are no
# mistake: pixels of one gray stay together, so a crowd can be moved apart but not split.) And yet the right half of the
# face is still the dark half. One queue for the whole picture cannot know that the light was not the same everywhere.
#
# It has another fault. Above, the faces that change most; below, the same faces equalised.

# %%
faces = fer.sample_faces().train
defect = faces.attributes["defect"]
good = faces.images[defect == "none"]
after = np.array([equalised(image) for image in good])
most = np.abs(after.astype(int) - good).mean(axis=(1, 2)).argsort()[-8:]
fer.plots.faces([*good[most], *after[most]], columns=8)

# %% [markdown]
# Too much. A wall or a cheek that fills a large part of the picture takes up many places in the queue and is torn apart,
# and less is left for eyes and mouth. Look for the pale person before the white wall: with the wall at the end of the
# queue, that skin has turned dark.
#
# ## Local: a queue for each tile
#
# Then let neighbours queue up among themselves. Cut the picture into **tiles**, make a table for each, and between the
# centres of tiles blend their tables, so that no borders show. (The limit of 1,000 switches off what comes next.)


# %%
def tiled(tiles=1):
    return fer.clahe(shaded[None], clip_limit=1000, tile_grid=(tiles, tiles))[0]


fer.notebook.slide(tiled, tiles=[1, 2, 4, 8])

# %% [markdown]
# Both eyes, at last, and both cheeks. But with many tiles the wall boils and the skin looks like bark. Why?
#
# Take one tile of plain cheek. All its pixels have nearly the same gray, so its histogram is one peak and its table one
# cliff. Pixels that differed by 1 end up far apart. **The height of a histogram is the steepness of the table, and the
# steepness is how much every difference is amplified, noise included.**
#
# ## Now you: `clipped`
#
# So limit the height. Cut off what stands above the limit and hand out that surplus to **all** gray values in equal parts
# (there are `len(counts)` of them), so that the number of pixels stays the same. That is the "contrast-limited" in the
# name: **C**ontrast-**L**imited **A**daptive **H**istogram **E**qualisation.


# %%
def clipped(counts, limit):
    """The histogram cut off at the limit, its surplus handed out evenly."""
    ### BEGIN SOLUTION
    surplus = np.maximum(counts - limit, 0).sum()
    return np.minimum(counts, limit) + surplus / len(counts)
    ### STUB
    # return counts  # your turn
    ### END SOLUTION


# %%
ex.clipped.check(clipped)

# %%
# ex.clipped.hint()
# ex.clipped.solution()

# %% tags=["selftest"]
ex.clipped.selftest(
    right=[
        clipped,
        lambda counts, limit: (
            np.clip(counts, 0, limit) + (counts - np.clip(counts, 0, limit)).sum() / counts.size
        ),
    ],
    wrong={
        "hand the surplus out": lambda counts, limit: np.minimum(counts, limit),
        "to all gray values": lambda counts, limit: (
            np.minimum(counts, limit)
            + (counts < limit) * np.maximum(counts - limit, 0).sum() / (counts < limit).sum()
        ),
        "only what stands above": lambda counts, limit: counts * limit / counts.max(),
        "changed counts": lambda counts, limit: (
            np.minimum(counts, limit, out=counts) + (16 - counts.sum()) / len(counts)
        ),
        "in equal parts": lambda counts, limit: (
            np.minimum(counts, limit) + np.maximum(counts - limit, 0).sum()
        ),
        "one number for each": lambda counts, limit: np.minimum(counts, limit).sum(),
        "not by 256": lambda counts, limit: (
            np.minimum(counts, limit) + np.maximum(counts - limit, 0).sum() / 256
        ),
    },
)

# %% [markdown]
# See what it does to a tile of cheek: the cliff becomes a slope.

# %%
tile = face[104:128, 48:72]
counts = np.bincount(tile.ravel(), minlength=256)
limit = 4 * tile.size / 256  # four times as high as if all gray values were equally frequent
figure, axes = plt.subplots(1, 2, figsize=(10, 3), sharex=True)
for heights, color, name in [
    (counts, fer.plots.BLUE, "as it is"),
    (clipped(counts, limit), fer.plots.ORANGE, "clipped"),
]:
    axes[0].step(range(256), heights, color=color, label=name)
    axes[1].plot(255 * heights.cumsum() / tile.size, color=color)
axes[0].set(title="histogram of the tile", xlabel="gray value")
axes[1].set(title="its table", xlabel="gray value in", ylabel="gray value out")
_ = axes[0].legend()

# %% [markdown]
# A **clip limit** of 4 means just that: four times the height of a flat histogram. `fer.clahe`, which is OpenCV's, does
# all of it at once. Find a setting that you like:


# %%
def with_clahe(tiles=8, clip_limit=2):
    return fer.clahe(shaded[None], clip_limit, (tiles, tiles))[0]


fer.notebook.slide(with_clahe, clip_limit=[1, 2, 4, 8, 16, 40], tiles=[1, 2, 4, 8])

# %% [markdown]
# With 8 x 8 tiles and a limit of 2, the setting of OpenCV's own tutorial, this face looks fine.
#
# **CLAHE is an enhancement, not a filter.** It answers no question and removes nobody: as many images come out as went in.
# A report that lists "CLAHE" among the reasons for lost images is wrong.
#
# ## The first twist: a slider that does nothing
#
# That face had 192 pixels a side. Ours have 48. Try the same limits on real size, for all good faces at once, and compare
# with what a limit of 1 gives.

# %%
reference = fer.clahe(good, 1, (8, 8))
for limit in [2, 4, 8, 14, 15, 40]:
    same = np.array_equal(fer.clahe(good, limit, (8, 8)), reference)
    print(f"8 x 8 tiles, clip limit {limit:2}:", "the same as 1, pixel for pixel" if same else "different")

# %% [markdown]
# From 1 to 14 nothing happens at all. Work it out: 8 x 8 tiles on 48 pixels are tiles of 6 x 6, **36 pixels for 256 gray
# values**. A flat histogram would be 0.14 pixels high, and twice that is 0.28. But there are no parts of pixels: OpenCV
# counts whole ones, and at least one. So 1, 2 and 14 all mean "one".
#
# Whoever tuned the clip limit on FER2013 between 1 and 10, with 8 x 8 tiles, compared a thing with itself. In lesson 03 a
# threshold belonged to a resolution. So does this setting.
#
# ## The second twist: what it amplifies
#
# CLAHE makes differences larger. It cannot know which ones are a smile and which are noise. So measure both: how much
# does the contrast grow, and how much does noise?
#
# ## Now you: `noise_gain`
#
# `clean` is a picture, `noisy` the same with a little noise, `enhance` any function that enhances one picture. How large
# is the difference between the two **after** enhancing, compared with **before**? Measure a difference by its standard
# deviation. And remember what subtraction does to `uint8`.


# %%
def noise_gain(enhance, clean, noisy):
    """By what factor enhance makes the difference between two pictures larger."""
    ### BEGIN SOLUTION
    before = noisy.astype(float) - clean
    after = enhance(noisy).astype(float) - enhance(clean)
    return after.std() / before.std()
    ### STUB
    # return 0.0  # your turn
    ### END SOLUTION


# %%
ex.noise_gain.check(noise_gain)

# %%
# ex.noise_gain.hint()
# ex.noise_gain.solution()

# %% tags=["selftest"]
ex.noise_gain.selftest(
    right=[
        noise_gain,
        lambda enhance, clean, noisy: (
            np.std(enhance(noisy) - enhance(clean).astype(int)) / np.std(noisy - clean.astype(int))
        ),
    ],
    wrong={
        "subtraction of uint8": lambda enhance, clean, noisy: (
            (enhance(noisy) - enhance(clean)).std() / (noisy - clean).std()
        ),
        "after by before": lambda enhance, clean, noisy: (
            np.std(noisy - clean.astype(float)) / np.std(enhance(noisy).astype(float) - enhance(clean))
        ),
        "of the picture, not of the noise": lambda enhance, clean, noisy: enhance(noisy).std() / noisy.std(),
        "compared with before": lambda enhance, clean, noisy: np.std(
            enhance(noisy).astype(float) - enhance(clean)
        ),
        "enhance the clean picture": lambda enhance, clean, noisy: (
            np.std(enhance(noisy).astype(float) - clean) / np.std(noisy.astype(float) - clean)
        ),
        "square": lambda enhance, clean, noisy: (
            np.var(enhance(noisy).astype(float) - enhance(clean)) / np.var(noisy - clean.astype(float))
        ),
        "one number": lambda enhance, clean, noisy: enhance(noisy).astype(float) - enhance(clean),
    },
)

# %% [markdown]
# Now both gains for several settings, as the mean over 100 faces. The noise has a deviation of 4 gray values, about
# what a cheap camera adds in dim light. (For 8 x 8 tiles the second limit is 15, because up to 14 nothing changes.)

# %%
clean = good[:100]
rng = np.random.default_rng(0)
noisy = np.clip(np.rint(clean + rng.normal(0, 4, clean.shape)), 0, 255).astype(np.uint8)


def gains(clip_limit, tiles):
    def enhance(image):
        return fer.clahe(image[None], clip_limit, (tiles, tiles))[0]

    contrast = np.mean([enhance(image).std() / image.std() for image in clean])
    return contrast, np.mean([noise_gain(enhance, *pair) for pair in zip(clean, noisy)])


# %%
figure, ax = plt.subplots(figsize=(8, 4.2))
for tiles, color in [(8, fer.plots.ORANGE), (4, fer.plots.BLUE), (2, "gray")]:
    settings = [(15 if tiles == 8 else 4, tiles), (2, tiles)]
    contrast, noise = zip(*[gains(*setting) for setting in settings])
    ax.plot(contrast, noise, "o-", color=color, label=f"{tiles} x {tiles} tiles")
    for x, y, (limit, _) in zip(contrast, noise, settings):
        ax.annotate(f"limit {limit}", (x, y), xytext=(8, -12), textcoords="offset points")
ax.set(
    xlabel="contrast grows by this factor", ylabel="noise grows by this factor", xlim=(1, 1.5), ylim=(0, 7)
)
_ = ax.legend()

# %% [markdown]
# Best is far right and low. The usual 8 x 8 tiles are far left and high: hardly any contrast is gained, and the noise
# grows more than fourfold. With 2 x 2 tiles there is **more** contrast and **less** noise. At 48 pixels, few tiles are
# better.
#
# What does that look like on faces that have no detail to bring out? Here are the sample's blurred ones: as they are, with
# 8 x 8 tiles, and with 2 x 2.

# %%
blurred = faces.images[defect == "blur"]
shown = [blurred, fer.clahe(blurred, 2, (8, 8)), fer.clahe(blurred, 2, (2, 2))]
fer.plots.faces([image for row in shown for image in row[:8]], columns=8)

# %% [markdown]
# The features stand out a little more, and the grain stands out far more. Grain is no detail: what the lens did not
# catch, no table brings back. But the blur filter of lesson 03 falls for it:

# %%
blur = [fer.measure(images)["blur"] for images in shown]
threshold = blur[0].quantile(0.91)  # as in lesson 03: it catches 90 % of the blurred faces
for name, scores in zip(["as they are", "8 x 8 tiles", "2 x 2 tiles"], blur):
    print(f"{name:12} {(scores < threshold).mean():4.0%} of the blurred faces caught")

# %% [markdown]
# Enhance first and clean second, and with 8 x 8 tiles the filter lets them all pass. **Measure before you enhance.** CLAHE
# comes last in the pipeline.
#
# ## The same for everyone
#
# A network learns from enhanced faces. Then comes the exam, or the webcam, and somebody forgets the enhancing. What does that
# cost? A simple reader answers in a second: a linear classifier, which has one weight for each pixel and emotion and keeps
# them small (*ridge*), fitted on half of the people and scored on the other half, with CLAHE in neither place, in one, or in both.

# %%
from sklearn.linear_model import RidgeClassifier

seen = faces.attributes["person"] % 2 == 0
pixels = {"plain": faces.images / 64, "CLAHE": fer.clahe(faces.images, 2, (8, 8)) / 64}
right = {}
for fitted_on, x in pixels.items():
    reader = RidgeClassifier(alpha=300).fit(x[seen].reshape(seen.sum(), -1), faces.labels[seen])
    for scored_on, y in pixels.items():
        answers = reader.predict(y[~seen].reshape((~seen).sum(), -1))
        correct = int((answers == faces.labels[~seen]).sum())
        right[f"fitted on {fitted_on}, scored on {scored_on}"] = correct, len(answers)
fer.plots.accuracies(right, title="the same faces, with and without CLAHE")

# %% [markdown]
# The first and the last reader meet what they have learned from; their difference may well be luck. The other two do
# worse on the very same faces, and worst is CLAHE in training and **none afterwards**. It is an easy mistake: the
# training script enhances, the demo script does not, and no error tells. Milder settings forgive more (try 2 x 2 tiles),
# but the rule is simple: what you do to train, do to val, to test and to the webcam.
#
# Does CLAHE help a real network on real faces? A picture that looks better to you need not be easier to learn from. It is a
# question for an experiment, not for the eye: lesson 09 runs it.
#
# **A question to answer in words**: your webcam demo runs in a room with one window. Where in the program does CLAHE go, and
# with how many tiles? What would you ask the person who trained the network?
#
# ## On the real FER2013
#
# Measured on @[fer2013_clahe.dataset], the gains on @[fer2013_clahe.gains.images] of them with noise added:
#
# | tiles | clip limit | contrast grows by | noise grows by |
# | --- | --- | --- | --- |
# | 8 x 8 | 2 | @[fer2013_clahe.gains.tiles_8_limit_2.contrast] | @[fer2013_clahe.gains.tiles_8_limit_2.noise] |
# | 4 x 4 | 4 | @[fer2013_clahe.gains.tiles_4_limit_4.contrast] | @[fer2013_clahe.gains.tiles_4_limit_4.noise] |
# | 2 x 2 | 2 | @[fer2013_clahe.gains.tiles_2_limit_2.contrast] | @[fer2013_clahe.gains.tiles_2_limit_2.noise] |
#
# - With 8 x 8 tiles, all clip limits from 1 to @[fer2013_clahe.highest_limit_equal_to_1_at_8_tiles] give the same images,
#   pixel for pixel.
# - A blur threshold of @[fer2013_clahe.scores_at_8_tiles.blur_limit] catches
#   @[fer2013_clahe.scores_at_8_tiles.before.below_blur_limit] images as they are, and
#   @[fer2013_clahe.scores_at_8_tiles.after.below_blur_limit] after CLAHE with 8 x 8 tiles.
# - Not all is bad: of @[fer2013_clahe.scores_at_8_tiles.before.darker_than_40] images darker than 40,
#   @[fer2013_clahe.scores_at_8_tiles.after.darker_than_40] are left.
#
# Figures: `benchmarks/fer2013_clahe.py`.
#
# ## On your photographs
#
# The four darkest of 3,000 photographs, or drawn faces without the files (lesson 01); the first lines say which. Each as it
# is, then by your `equalised`, then by CLAHE with 8 x 8 tiles and with 2 x 2. Which one shows you most?

# %%
from fer_course.cleaning.duplicates import worth_showing
from fer_course.course.thread import load_photographs

photographs, votes = load_photographs(most=3000)
is_face = votes.counts[:, -1] < 5
seen = photographs.images[is_face & worth_showing(photographs.images)]  # no copies, no black squares
darkest = seen[fer.measure(seen)["brightness"].nsmallest(4).index]

# %%
ways = {"as it is": lambda image: image, "yours": equalised}
for tiles in (8, 2):
    ways[f"{tiles} x {tiles}"] = lambda image, tiles=tiles: fer.clahe(image[None], 2, (tiles, tiles))[0]
fer.plots.faces([way(image) for image in darkest for way in ways.values()], titles=[*ways] * 4)

# %% [markdown]
# A photograph brings its own grain, and the blocks that JPEG leaves in dark places. Equalising tears both apart. So measure
# on photographs, too, with your `noise_gain` and a hundred of them.

# %%
clean = seen[:100]
noisy = np.clip(np.rint(clean + rng.normal(0, 4, clean.shape)), 0, 255).astype(np.uint8)
for tiles in (8, 2):
    contrast, noise = gains(2, tiles)
    print(f"{tiles} x {tiles} tiles: contrast grows by {contrast:.2f}, noise by {noise:.2f}")

# %% [markdown]
# Compare with lesson 04: against a darkness that is the same everywhere, one division did more. Your decision: `True`, and
# lesson 12 trains on photographs after CLAHE as most people use it, with 8 x 8 tiles; its network then sees val, test and the
# camera so, too. Or `False`, as they are.

# %%
my_choice = False
fer.mine().decide("clahe", my_choice, photographs)

# %% [markdown]
# ## What you take with you
#
# - **Equalising is a queue**: the cumulative histogram is the table. Tiles make it local, the clip limit makes it mild.
# - **A setting belongs to a resolution.** 8 x 8 tiles and a limit of 2 are for large pictures; at 48 pixels that limit
#   has no effect.
# - **It amplifies what is there, noise too.** Measure first, enhance last.
# - **The same for everyone**: train, val, test, webcam.
#
# You wrote both halves of the method, and you found out for yourself where its best-known setting does nothing.
