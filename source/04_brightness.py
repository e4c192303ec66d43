# ---
# title: Brightness and contrast
# learn:
#   - what the mean and the standard deviation of the gray values say about a picture
#   - whom a limit on brightness throws away first, and what to measure instead
#   - when a dark picture can be repaired, so that nobody needs to be thrown away
# minutes: 35
# needs: lesson 03, NumPy arrays
# ---

# %% [markdown]
# ## When is a picture too dark to use?
#
# One person, one expression, and a hand on the light switch. From left to right the light fades. At which face would you
# say: this one is lost?

# %%
import numpy as np

face = fer.draw_face(fer.EXPRESSIONS["fear"][0])
lights = [1, 0.7, 0.5, 0.35, 0.2, 0.1, 0.05, 0.02]


def in_light(image, light):
    return np.rint(image * light).astype(np.uint8)


fer.plots.faces([in_light(face, x) for x in lights], titles=[f"{x:.0%}" for x in lights], columns=8)

# %% [markdown]
# Remember your choice. At the end of the lesson you will see all eight again, and you may change your mind.
#
# A picture can fail in other ways. Take somebody else and turn two knobs: `brightness` moves all gray values up or down,
# `contrast` pulls them together or apart.


# %%
def exposed(brightness=130, contrast=40):
    drawn = fer.draw_face(fer.EXPRESSIONS["happy"][0], size=192).astype(float)
    moved = brightness + contrast * (drawn - drawn.mean()) / drawn.std()
    return np.clip(moved, 0, 255).astype(np.uint8)


fer.notebook.slide(exposed, brightness=(10, 250, 10), contrast=(0, 80, 5))

# %% [markdown]
# ## Two numbers for a whole picture
#
# Forget where the pixels are and count only how often each gray value occurs. That is a **histogram**, and a bad exposure
# shows in its shape.

# %%
import matplotlib.pyplot as plt

kinds = {"well lit": (130, 50), "dark": (20, 8), "bright": (235, 8), "flat": (130, 8)}
figure, axes = plt.subplots(2, 4, figsize=(10, 4.6), height_ratios=[2.2, 1], sharex="row")
for (picture, histogram), (kind, (brightness, contrast)) in zip(axes.T, kinds.items()):
    image = exposed(brightness, contrast)
    picture.imshow(image, cmap="gray", vmin=0, vmax=255)
    picture.set_title(kind)
    picture.axis("off")
    histogram.hist(image.ravel(), bins=range(0, 257, 4), color=fer.plots.BLUE)
    histogram.set(xlim=(0, 255), xticks=[0, 128, 255], yticks=[], xlabel="gray value")

# %% [markdown]
# The place of the hill is the **brightness**: the mean of the gray values. Its width is the **contrast**: their
# standard deviation. It answers the question "how far from the mean is a typical pixel?".
#
# Take the difference of every pixel from the mean. Square it, so that minus and plus cannot cancel. Average the squares.
# Take the root, to get gray values again.
#
# ## Now you: `brightness_and_contrast`
#
# NumPy has functions for both. Write them out once, to see that nothing is hidden: sums, a division, a square, a root.


# %%
def brightness_and_contrast(image):
    """Mean and standard deviation of a picture's gray values, as two numbers."""
    ### BEGIN SOLUTION
    brightness = image.sum() / image.size
    differences = image - brightness
    contrast = np.sqrt((differences**2).sum() / image.size)
    return brightness, contrast
    ### STUB
    # return 0.0, 0.0  # your turn
    ### END SOLUTION


# %%
from fer_course.exercises import brightness as ex

ex.brightness_and_contrast.check(brightness_and_contrast)

# %%
# ex.brightness_and_contrast.hint()
# ex.brightness_and_contrast.solution()

# %% tags=["selftest"]
ex.brightness_and_contrast.selftest(
    right=[brightness_and_contrast, lambda image: (image.mean(), image.std())],
    wrong={
        "two numbers": lambda image: image.mean(),
        "square root": lambda image: (image.mean(), image.var()),
        "without the square": lambda image: (image.mean(), np.abs(image - image.mean()).mean()),
        "plus and minus": lambda image: (image.mean(), (image - image.mean()).mean()),
        "no number above 255": lambda image: (
            image.mean(),
            np.sqrt((image**2).mean() - image.mean() ** 2),
        ),
        "that is the median": lambda image: (np.median(image), image.std()),
        "counts rows": lambda image: (image.sum() / len(image), image.std()),
        "from 0 to 255": lambda image: (image.mean() / 255, image.std() / 255),
        "in this order": lambda image: (image.std(), image.mean()),
        "number of pixels": lambda image: (image.mean(), image.std(ddof=1)),
        "not 48x48": lambda image: (image.sum() / 48**2, image.std()),
    },
)

# %% [markdown]
# ## The whole set on one map
#
# Two numbers for each face make a point on a map. We know in which train faces the light was spoiled on purpose, and mark
# them as blue triangles. The dashed box is what cleaning guides recommend
# ([such as this one](https://github.com/philopaterwaheed/sci-noti/blob/b78230377cc8ddae05d14256b5423a462e0e6d38/USAGE_GUIDE.md)):
# keep brightness from **40 to 220** and contrast above **20**.

# %%
faces = fer.sample_faces().train
scores = fer.measure(faces.images)
defect, tone = faces.attributes["defect"], faces.attributes["skin_tone"]
is_good, is_spoiled = defect == "none", np.isin(defect, ["dark", "bright", "flat"])

# %%
figure, ax = plt.subplots(figsize=(8.5, 4.5))
for shown, color, marker in [(is_good, fer.plots.ORANGE, "o"), (is_spoiled, fer.plots.BLUE, "^")]:
    x, y = scores["brightness"][shown], scores["contrast"][shown]
    ax.scatter(x, y, s=14, color=color, marker=marker, label="good" if marker == "o" else "spoiled")
ax.plot([40, 40, 220, 220], [100, 20, 20, 100], "k--", linewidth=1.5, label="what the guides keep")
ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3)
_ = ax.set(xlabel="brightness", ylabel="contrast", xlim=(0, 255), ylim=(0, 100))

# %% [markdown]
# Three islands: dark on the left, bright on the right, flat below. The cloud of good faces keeps away from all of them.
# See how the dark and the bright lie low, too: near black or white there is no room for contrast.
#
# Now move the three limits, which are thresholds as in lesson 03. You see the sixteen faces nearest to them, among those
# that they remove. In blue frames the light was spoiled; in dashed orange frames nothing is wrong with it.


# %%
def outside(darkest=40, brightest=220, flattest=20):
    margins = [
        scores["brightness"] - darkest,
        brightest - scores["brightness"],
        scores["contrast"] - flattest,
    ]
    margin = np.min(margins, axis=0)  # below 0: outside at least one limit
    removed = margin < 0
    shown = margin.argsort()[: removed.sum()][-16:]
    colors = [fer.plots.BLUE if is_spoiled[i] else fer.plots.ORANGE for i in shown]
    caught, lost = removed[is_spoiled].mean(), removed[is_good].sum()
    title = f"{caught:.0%} of the spoiled faces caught, {lost} good faces lost"
    return fer.plots.faces(faces.images[shown], colors=colors, columns=8, title=title)


fer.notebook.slide(outside, darkest=(0, 80, 5), brightest=(180, 250, 10), flattest=(0, 40, 5))

# %% [markdown]
# This time the guides are right, it seems. At 40, 220 and 20 every spoiled face is caught and no good one is lost. (Set
# `darkest` to 0: hardly anything escapes, because a dark face is a flat one, too.) So a careful person might think: a bit
# more cannot hurt. Make it 80, to be on the safe side.
#
# ## The twist: who stands just above the limit?
#
# Here are the darkest good faces, the first that a stricter limit removes. Look at the people.

# %%
good = np.flatnonzero(is_good)
darkest = good[scores["brightness"].to_numpy()[good].argsort()[:16]]
fer.plots.faces(faces.images[darkest], titles=tone[darkest], columns=8)

# %% [markdown]
# Nothing is wrong with these pictures. Dark skin sends back less light, and a brightness limit cannot tell little light
# from dark skin. Let us count. The share of good faces that each limit throws away, by skin tone:

# %%
tones = ["light", "medium", "dark"]


def lost_by_tone(removed, title):
    groups = {f"{name} skin": is_good & (tone == name) for name in tones}
    counts = {name: (int((removed & group).sum()), int(group.sum())) for name, group in groups.items()}
    return fer.plots.accuracies(counts, title=title, highest=0.5)


def darker_than(limit=80):
    return lost_by_tone(scores["brightness"] < limit, f"good faces lost below a brightness of {limit}")


fer.notebook.slide(darker_than, limit=(40, 100, 10))

# %% [markdown]
# At 80, a person with dark skin is thrown away several times as often as one with light skin. At 40 nobody is. So keep 40
# and all is well?
#
# Only while the light is good. Dim it by half, in all pictures alike, as a cloudy day or a cheap webcam does. Every mean is
# halved, and the limit of 40 cuts where 80 cut before. **The number that was fair in the studio is unfair at the kitchen
# table.** Nobody changed the rule.
#
# Contrast is no way out. It is a difference of light, and half the light makes half the difference:

# %%
lost_by_tone(scores["contrast"] < 30, "good faces lost below a contrast of 30")

# %% [markdown]
# ## Now you: `relative_contrast`
#
# Half the light halves the mean. It halves the standard deviation, too. What stays the same when both are halved? Their
# ratio: the contrast **relative to the brightness**. A black picture has none, so its answer is 0.


# %%
def relative_contrast(image):
    """Standard deviation divided by mean; 0 for a black picture."""
    ### BEGIN SOLUTION
    return image.std() / image.mean() if image.any() else 0.0
    ### STUB
    # return 0.0  # your turn
    ### END SOLUTION


# %%
ex.relative_contrast.check(relative_contrast)

# %%
# ex.relative_contrast.hint()
# ex.relative_contrast.solution()

# %% tags=["selftest"]
ex.relative_contrast.selftest(
    right=[relative_contrast, lambda image: float(image.std()) / max(float(image.mean()), 1e-9)],
    wrong={
        "half the light": lambda image: image.std(),
        "the other way round": lambda image: image.mean() / max(image.std(), 1e-9),
        "0 cannot be divided": lambda image: image.std() / image.mean(),
        "float division by zero": lambda image: float(image.std()) / float(image.mean()),
        "the deviation, not the variance": lambda image: image.var() / max(image.mean() ** 2, 1e-9),
    },
)

# %% [markdown]
# A fair comparison gives both scores the same job: each removes as many good faces as the other. Who is among them?

# %%
relative = np.array([relative_contrast(image) for image in faces.images])
limit = np.sort(relative[is_good])[(scores["contrast"][is_good] < 30).sum()]
print(f"flat, dark or bright faces caught: {(relative[is_spoiled] < limit).mean():.0%}")
lost_by_tone(relative < limit, f"good faces lost below a relative contrast of {limit:.2f}")

# %% [markdown]
# Much more even, and dimmer light makes no difference any more. It is not perfectly even: measure, never assume. And a new
# rule has new victims: relative contrast is small in pale pictures on a white ground.
#
# It catches every flat and every bright face, and hardly one of the dark. Is that a fault? Ask first what a dark picture has
# lost.
#
# ## Repair before you throw away
#
# A dark picture is a good one, multiplied by a small number. What was multiplied can be divided. **Standardise** it:
# subtract its own mean, then divide by its own standard deviation. Whatever the light was, the result has mean 0 and
# standard deviation 1.
#
# ## Now you: `standardised`
#
# Two things to mind: the result has negative numbers and fractions, and a picture of one single gray has nothing to divide
# by; let it become all 0.


# %%
def standardised(image):
    """The picture with mean 0 and standard deviation 1; zeros if it has one gray value only."""
    ### BEGIN SOLUTION
    differences = image - image.mean()
    return differences / max(image.std(), 1e-6)
    ### STUB
    # return image.astype(float)  # your turn
    ### END SOLUTION


# %%
ex.standardised.check(standardised)

# %%
# ex.standardised.hint()
# ex.standardised.solution()

# %% tags=["selftest"]
ex.standardised.selftest(
    right=[
        standardised,
        lambda image: (image - image.mean()) / image.std() if image.std() else np.zeros(image.shape),
    ],
    wrong={
        "keeps its shape": lambda image: ((image - image.mean()) / image.std()).mean(),
        "subtract": lambda image: image / image.std(),
        "the deviation, not the variance": lambda image: (image - image.mean()) / image.var(),
        "nothing to divide by": lambda image: (image - image.mean()) / np.float64(image.std()),
        "fractions": lambda image: ((image - image.mean()) / max(image.std(), 1e-6)).astype(np.uint8),
        "deviation is 1": lambda image: (image - image.mean()) / 255,
    },
)

# %% [markdown]
# To look at the result, bring it back to gray values. Here are the eight faces of the beginning. Which ones would you
# still throw away? (All white? Then `standardised` is waiting for you.)


# %%
def repaired(image):
    return np.clip(128 + 50 * standardised(image), 0, 255).astype(np.uint8)


fer.plots.faces([repaired(in_light(face, x)) for x in lights], titles=[f"{x:.0%}" for x in lights], columns=8)

# %% [markdown]
# And these are the sample's dark faces, the ones that 40 removes: above as they are, below repaired.

# %%
dark = faces.images[defect == "dark"][:8]
fer.plots.faces([*dark, *map(repaired, dark)], columns=8)

# %% [markdown]
# Every expression can be read. They were never lost. What a dark picture does lose is fineness: at 2 % of the light six
# gray values remain, and the cheeks turn into steps. A real camera also adds noise in the dark, which our drawn faces
# do not have. So look at your own pictures before you trust this.
#
# The rule for the rest of the course: **throw away what is empty, repair what is dim.** A network may standardise its
# input, as a first layer even. Then it must do so in training, in the exam and at the webcam alike. Lesson 08 repairs more
# cleverly, part by part.
#
# **A question to answer in words**: a webcam demo refuses "pictures that are too dark" and asks people to turn on a lamp.
# Who will have to do so more often? What would you tell the maker of the demo?
#
# ## On the real FER2013
#
# Measured on @[fer2013_brightness.dataset]:
#
# | percentile | 1 | 5 | 25 | 50 | 75 | 95 | 99 |
# | --- | --- | --- | --- | --- | --- | --- | --- |
# | brightness | @[fer2013_brightness.quantiles.brightness.1] | @[fer2013_brightness.quantiles.brightness.5] | @[fer2013_brightness.quantiles.brightness.25] | @[fer2013_brightness.quantiles.brightness.50] | @[fer2013_brightness.quantiles.brightness.75] | @[fer2013_brightness.quantiles.brightness.95] | @[fer2013_brightness.quantiles.brightness.99] |
# | contrast | @[fer2013_brightness.quantiles.contrast.1] | @[fer2013_brightness.quantiles.contrast.5] | @[fer2013_brightness.quantiles.contrast.25] | @[fer2013_brightness.quantiles.contrast.50] | @[fer2013_brightness.quantiles.contrast.75] | @[fer2013_brightness.quantiles.contrast.95] | @[fer2013_brightness.quantiles.contrast.99] |
#
# What the guides' limits remove, and how much of that at least five of ten human raters call "not a face":
#
# | limit | images | of all, % | not a face, % |
# | --- | --- | --- | --- |
# | brightness below 40 or above 220 | @[fer2013_brightness.guide.dark_or_bright.images] | @[fer2013_brightness.guide.dark_or_bright.percent] | @[fer2013_brightness.guide.dark_or_bright.not_a_face_percent] |
# | contrast below 20 | @[fer2013_brightness.guide.flat.images] | @[fer2013_brightness.guide.flat.percent] | @[fer2013_brightness.guide.flat.not_a_face_percent] |
# | brightness below 40 | @[fer2013_brightness.below.40.images] | @[fer2013_brightness.below.40.percent] | @[fer2013_brightness.below.40.not_a_face_percent] |
# | brightness below 60 | @[fer2013_brightness.below.60.images] | @[fer2013_brightness.below.60.percent] | @[fer2013_brightness.below.60.not_a_face_percent] |
# | brightness below 80 | @[fer2013_brightness.below.80.images] | @[fer2013_brightness.below.80.percent] | @[fer2013_brightness.below.80.not_a_face_percent] |
#
# - Most of what these limits remove is faces, and people can read them: of the faces below 40, more than half of the
#   raters agree on one emotion in @[fer2013_brightness.majority_percent.dark_faces] %; of all images, in
#   @[fer2013_brightness.majority_percent.all] %.
# - Above 220 there are @[fer2013_brightness.guide.bright.images] images. @[fer2013_brightness.guide.bright.not_a_face] are
#   no face: error pages and placeholders. Most of the others are drawings, and pale people on a white ground.
# - A dark limit of 40 removes @[fer2013_brightness.below.40.images] images, of which @[fer2013_brightness.below.40.not_a_face] are
#   no face. Raise it to 80, and it removes @[fer2013_brightness.below.80.images], of which
#   @[fer2013_brightness.below.80.not_a_face] are none.
# - Among the 100 images with the least contrast, @[fer2013_brightness.not_a_face_among_lowest_100.contrast] are no face.
#   Among the 100 with the least **relative** contrast there are
#   @[fer2013_brightness.not_a_face_among_lowest_100.relative_contrast]: blank pictures and error pages, most of them.
#
# Figures: `benchmarks/fer2013_brightness.py`.
#
# ## On your photographs
#
# The same on the photographs of train, if you have the files (lesson 01), else on drawn faces; the first lines say which.
# In blue: what the raters of FER+ call no face, where their table is found.

# %%
from fer_course.cleaning.duplicates import worth_showing
from fer_course.course.thread import load_photographs

photographs, votes = load_photographs()
no_face = votes.counts[:, -1] >= 5
agreed = votes.majority() == photographs.labels

# %%
light = fer.measure(photographs.images)
lines = {"darkest": 40, "brightest": 220}
fer.plots.score_histogram(light["brightness"], lines, highlight=no_face, label="no face, say the raters")

# %% [markdown]
# On photographs there are no islands: they fade into the dark without a gap. Leave black squares aside, and the pictures
# without a face are as bright as the others. Your `relative_contrast` asks something else. Here are the sixteen pictures
# that it puts lowest, without copies and blank ones; in blue frames those without a face. (All 0? Then it is waiting for you.)

# %%
relative = np.array([relative_contrast(image) for image in photographs.images])
shown = worth_showing(photographs.images)
palest = np.flatnonzero(shown)[relative[shown].argsort()[:16]]
colors = [fer.plots.BLUE if no_face[i] else None for i in palest]
fer.plots.faces(photographs.images[palest], [f"{value:.2f}" for value in relative[palest]], colors=colors)

# %% [markdown]
# On the whole of FER2013 it finds error pages, nothing that a limit on brightness would have found: they are bright, and all
# but empty. (In a part of it there may be none, and pale people take their places.) Now the dark end. Nobody wrote down skin
# tones for FER2013, so nobody can count whom a limit removes. **You can look**: in dashed orange frames the last eight that go,
# in blue the first eight that stay.


# %%
def around(darkest=40):
    goes = light["brightness"].to_numpy() < darkest
    title = f"below {darkest} go {goes.sum():,}: {(goes & no_face).sum()} of {no_face.sum()} without a face, "
    title += f"{(goes & agreed).sum():,} well labelled"
    return fer.plots.around(photographs.images[shown], light["brightness"][shown], darkest, title)


fer.notebook.slide(around, darkest=(10, 80, 10))

# %% [markdown]
# Your decision, twice: the least and the greatest brightness that you keep, and the least contrast. Remember what can be
# repaired. A brightness from 0 to 255 and a contrast of 0 keep everybody.

# %%
my_light, my_contrast = (20, 250), 10
fer.mine().decide("brightness", my_light, photographs)
fer.mine().decide("contrast", my_contrast, photographs)

# %% [markdown]
# Whom do they take, emotion by emotion?

# %%
goes = ~light["brightness"].between(*my_light) | (light["contrast"] < my_contrast)
taken, whole = (np.bincount(labels, minlength=7) for labels in (photographs.labels[goes], photographs.labels))
fer.plots.share_bars(taken, whole, "outside your limits")

# %% [markdown]
# ## What you take with you
#
# - **The mean says where the gray values stand, the standard deviation how far they spread.** Two numbers, no more: they
#   know nothing of faces.
# - **A brightness limit meets dark-skinned people first.** It may be harmless today and not tomorrow, when the light
#   changes. Count by group whenever you can; look when you cannot.
# - **Compare like with like**: contrast relative to brightness, every picture against itself.
# - **Repair before you throw away.** What is multiplied can be divided; only what is empty is lost.
#
# The package has both scores in `fer.measure`, and the limits in `fer.Thresholds(brightness=(40, 220), contrast=20)`,
# for you to set: now you know what you set.
