# ---
# title: Augmentation and MixUp
# learn:
#   - how to see that a network learns its faces by heart
#   - how to make more of few faces, and which changes keep the emotion
#   - what MixUp and CutMix do to a face, and what all of this gains, measured
# minutes: 40
# needs: lessons 03 and 10, NumPy arrays
# ---

# %% [markdown]
# ## One photograph, sixteen that could have been
#
# The first one was taken. The camera could as well have stood a little to the left, the lamp been brighter, a hand in the
# way. Is there one among them to which you would give another label?

# %%
import numpy as np

smile = fer.draw_face(fer.EXPRESSIONS["happy"][1])
fer.plots.faces([smile, *fer.augment(np.stack([smile] * 15), level=3, seed=2)])

# %% [markdown]
# All sixteen smile. You did not even have to think, because nothing that changed has to do with smiling. A network that
# has seen only the first knows nothing of this. To it they are sixteen different tables of numbers.
#
# ## By heart
#
# Give a small network a thin school book, 600 faces without defects, and let it read the book 20 times. `change` is what
# happens to the faces before each reading. For now nothing does. The second cell takes some fifteen seconds.

# %%
from fer_course.training.backend import keras

faces = fer.sample_faces()
good = faces.subset(faces.attributes["defect"] == "none")
book, val = good.train.subset(np.arange(600)), good.val
check = (val.images[..., None], val.labels)


# %%
def trained(change, epochs=20):
    keras.utils.set_random_seed(0)
    model = fer.EmotionCNN(width_mult=0.25)
    falling = keras.optimizers.schedules.CosineDecay(2e-3, epochs * 19)  # 19 steps an epoch
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.AdamW(falling), loss, metrics=["accuracy"], jit_compile=False)
    curves = {"loss": [], "accuracy": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        shown = change(book.images)[..., None]
        epoch = model.fit(shown, book.labels, 32, validation_data=check, verbose=0).history
        for name, values in curves.items():
            values += epoch[name]
    return model, curves


# %%
by_heart, curves = trained(lambda images: images)
fer.plots.learning_curves(curves)

# %% [markdown]
# The curves **part**. The dashed ones say that the network knows the book. The solid ones, new people, say that it has
# learned little about emotions. It has learned these 600 pictures. That is **overfitting**, and the gap is how you see it.
#
# ## Two pixels
#
# How well does it know them? Open the book at the same pages, and move each picture by two pixels. So first we need to move
# pictures.
#
# ## Now you: `shifted`
#
# Move all faces to the right. What moves in on the left has never been photographed; **repeat the border**, which is nearly
# always right. A negative number moves to the left. NumPy takes any columns that you list, in any order, as often as you
# like: `images[:, :, [0, 0, 0, 1, 2]]`.


# %%
def shifted(images, right):
    """(n, 48, 48) faces moved to the right by so many pixels; the border is repeated."""
    ### BEGIN SOLUTION
    columns = np.clip(np.arange(48) - right, 0, 47)
    return images[:, :, columns]
    ### STUB
    # return images.copy()  # your turn
    ### END SOLUTION


# %%
from fer_course.exercises import augmentation as ex

ex.shifted.check(shifted)

# %%
# ex.shifted.hint()
# ex.shifted.solution()


# %% tags=["selftest"]
def by_padding(images, right):
    padded = np.pad(images, ((0, 0), (0, 0), (48, 48)), mode="edge")
    return padded[:, :, 48 - right : 96 - right]


def with_black(images, right):
    padded = np.pad(images, ((0, 0), (0, 0), (48, 48)))
    return padded[:, :, 48 - right : 96 - right]


ex.shifted.selftest(
    right=[shifted, by_padding],
    wrong={
        "goes round": lambda images, right: np.roll(images, right, axis=2),
        "that is downwards": lambda images, right: np.roll(images, right, axis=1),
        "black stripe": with_black,
        "to the left": lambda images, right: shifted(images, -right),
        "the first column, three times": lambda images, right: images[:, :, np.abs(np.arange(48) - right)],
        "np.clip works for both": lambda images, right: images[
            :, :, np.maximum(np.arange(48) - abs(right), 0)
        ],
        "the size stays": lambda images, right: images[:, :, : 48 - right],
    },
)


# %%
def right_answers(model, dataset, images):
    answers = fer.predict(model, images).argmax(axis=1)
    return np.sum(answers == dataset.labels), len(dataset)


moves = [0, 1, 2, 4]
known = {f"by {k} pixels": right_answers(by_heart, book, shifted(book.images, k)) for k in moves}
fer.plots.accuracies(known, "the book that it knows by heart, moved")

# %% [markdown]
# (All four alike? Then `shifted` is waiting for you.) **Two pixels**, which you would not notice, and much of what it knew
# is gone. Here is one page, and what the network says about it. Move the slider.

# %%
import matplotlib.pyplot as plt

both = [fer.predict(by_heart, shifted(book.images, k)).argmax(axis=1) for k in (0, 2)]
page = np.flatnonzero((both[0] == book.labels) & (both[1] != book.labels) & (book.labels == 3))[:1]
one = book.images[page if len(page) else [0]]


def asked(right=0):
    moved = shifted(one, right)
    figure, (left, bars) = plt.subplots(1, 2, figsize=(8, 3), width_ratios=[1, 2])
    left.imshow(moved[0], cmap="gray", vmin=0, vmax=255)
    left.axis("off")
    bars.barh(fer.EMOTIONS, by_heart(moved[..., None])[0], color=fer.EMOTION_COLORS.values())
    bars.set(xlim=(0, 1), title=f"moved right by {right}")
    bars.invert_yaxis()
    plt.close(figure)
    return figure


fer.notebook.slide(asked, right=[0, 1, 2, 3])

# %% [markdown]
# ## Read it differently each time
#
# Nobody forces us to show the same page twenty times. Move it a little before each reading, another way each time, and
# learning by heart becomes much harder. The label stays, because the smile does. That is **augmentation**.
#
# Mirrors give twice as many faces at once. Smiles have no left and right.
#
# ## Now you: `mirrored`
#
# Exchange left and right in all faces.


# %%
def mirrored(images):
    """(n, 48, 48) faces as in a mirror."""
    ### BEGIN SOLUTION
    return images[:, :, ::-1]
    ### STUB
    # return images.copy()  # your turn
    ### END SOLUTION


# %%
ex.mirrored.check(mirrored)

# %%
# ex.mirrored.hint()
# ex.mirrored.solution()

# %% tags=["selftest"]
ex.mirrored.selftest(
    right=[mirrored, lambda images: np.flip(images, axis=2)],
    wrong={
        "upside down": lambda images: images[:, ::-1],
        "counts the faces": lambda images: images[::-1],
        "half a turn": lambda images: images[:, ::-1, ::-1],
        "as many faces": lambda images: np.concatenate([images, images[:, :, ::-1]]),
        "opposite order": lambda images: images.transpose(0, 2, 1),
    },
)

# %% [markdown]
# `fer.augment(images, level=1)` does what your two functions do, for each face by a coin and by dice: mirrored or not,
# moved by up to 4 pixels in both directions. The same network, the same 600 faces, as many steps, some fifteen seconds again:

# %%
rng = np.random.default_rng(0)
freshly, curves = trained(lambda images: fer.augment(images, level=1, seed=rng))
fer.plots.learning_curves(curves)

# %%
exams = {"new people": (val, val.images)}
exams |= {"book": (book, book.images), "book, 2 pixels": (book, shifted(book.images, 2))}
models = {"by heart": by_heart, "freshly": freshly}
counts = {
    f"{exam}: {name}": right_answers(model, *asked_about)
    for exam, asked_about in exams.items()
    for name, model in models.items()
}
fer.plots.accuracies(counts)

# %% [markdown]
# The second network knows **less of the book and more of the world**. It misses many of its own 600 pages, but two pixels
# cost it next to nothing, and of the new people it gets many more right: the bands do not even touch. Its curves stay
# closer together, and it has not even learned the book yet. Whoever augments has to train for longer.
#
# Do not call it good, though. 600 faces are few. And be careful: the bands know about the luck of having these faces in
# val. They do not know about the luck of one training: change the seed in `trained` and see.
#
# ## More, and more
#
# Each row is one level of `fer.augment`: nothing; mirrored and moved; also turned, zoomed and lit; also blurred, and with
# a rectangle wiped out (**random erasing**), as if a hand were in the way.

# %%
rows = [fer.augment(np.stack([smile] * 8), level, seed=1) for level in (0, 1, 2, 3)]
fer.plots.faces(np.concatenate(rows))

# %% [markdown]
# ## What goes too far?
#
# Three faces stand on their heads. Which one smiles?

# %%
heads = {name: fer.draw_face(fer.EXPRESSIONS[name][0]) for name in ["sad", "neutral", "happy"]}
fer.plots.faces([head[::-1] for head in heads.values()])

# %% [markdown]
# The right one; the left one is sad, though its mouth bends like a smile. Turning pictures upside down is good for
# galaxies and cells. No camera takes faces that way, and the bend of a mouth **means** something.
#
# There is one rule, and it is about the label: **after the change a person would still give the same answer.** Put it to
# the test. Above, a smile made by the mouth alone; below, the same person without it. The numbers say how far the two are
# apart, in gray values. Which changes would you allow?

# %%
rows = np.stack([fer.draw_face({12: 1.0}), fer.draw_face({})])
changes = {
    "as it was": rows,
    "a third as bright": rows / 3,
    "5 % as bright": rows / 20,
    "wiped out": rows.copy(),
}
changes["wiped out"][:, 30:44, 12:36] = 90
apart = [f"{name}: {np.abs(a - 1.0 * b).mean():.1f}" for name, (a, b) in changes.items()]
both_rows = np.uint8([*changes.values()]).swapaxes(0, 1).reshape(8, 48, 48)
fer.plots.faces(both_rows, titles=apart + [""] * 4, columns=4)

# %% [markdown]
# Behind the gray rectangle the mouth is gone, and at 5 % of the light hardly anything is left of the smile. Whoever still calls the
# upper face "happy" teaches the network that the lower one is happy. So the rectangles of level 3 are smaller, come every
# other time, and seldom hide a whole mouth. **The label has to survive, not the picture.**
#
# ## MixUp: a target for a blend
#
# And if we change the label along with the picture? Lay two faces on top of each other, a share of one and the rest of the
# other, and ask for the same shares as an answer. That is **MixUp** (Zhang and others, 2018).
#
# ## Now you: `blended`
#
# One function for both: `values` are faces, or targets with one row for each face, 1 for its emotion and 0 for the others.
# `partner` lists with whom each is blended, so `values[partner]` are the partners. Each keeps `1 - share` of itself.


# %%
def blended(values, partner, share):
    """Each of the values, and a share of its partner."""
    ### BEGIN SOLUTION
    return (1 - share) * values + share * values[partner]
    ### STUB
    # return values.copy()  # your turn
    ### END SOLUTION


# %%
ex.blended.check(blended)

# %%
# ex.blended.hint()
# ex.blended.solution()

# %% tags=["selftest"]
ex.blended.selftest(
    right=[blended, lambda x, who, s: x + s * (x[who].astype(float) - x)],
    wrong={
        "keeps 1 - share": lambda x, who, s: s * x + (1 - s) * x[who],
        "adds up to 1": lambda x, who, s: x + s * x[who],
        "always a half": lambda x, who, s: x / 2 + x[who] / 2,
        "says which row": lambda x, who, s: (1 - s) * x + s * x[::-1],
        "no rounding": lambda x, who, s: ((1 - s) * x + s * x[who]).astype(x.dtype),
    },
)

# %% [markdown]
# Our faces have muscles. So there are two ways to be half happy and half angry: blend the **pixels**, or blend the
# **muscles** and draw anew. Move the share.

# %%
happy, angry = fer.EXPRESSIONS["happy"][1], fer.EXPRESSIONS["angry"][1]
pair = np.stack([fer.draw_face(happy), fer.draw_face(angry)])


def halfway(share=0.5):
    picture = np.rint(blended(pair, [1, 0], share)).astype(np.uint8)
    target = blended(np.eye(7)[[3, 0]], [1, 0], share)
    muscles = {k: (1 - share) * happy.get(k, 0) + share * angry.get(k, 0) for k in {*happy, *angry}}
    wanted = f"{target[0, 3]:.0%} happy, {target[0, 0]:.0%} angry"
    return fer.plots.faces([picture[0], fer.draw_face(muscles)], ["pixels", "muscles"], title=wanted)


fer.notebook.slide(halfway, share=(0.0, 1.0, 0.1))

# %% [markdown]
# On the left a ghost with four brows, which no camera ever took. On the right a person with mixed feelings. MixUp does not
# claim that its ghosts exist. It tells the network: **between two faces, be in doubt, and in proportion.** With
# `alpha=0.2`, `fer.mixup` draws shares of nearly 0 or nearly 1 for most pairs, so ghosts are few.
#
# ## CutMix: half a mouth
#
# **CutMix** (Yun and others, 2019) pastes a rectangle instead, and counts the target **by area**. On photographs of birds and
# cars that helps much. Look at it on faces, all of one person. Would you give these answers?

# %%
names = ["happy", "angry", "surprise", "neutral"]
four = np.stack([fer.draw_face(fer.EXPRESSIONS[name][1]) for name in names])
targets = np.eye(7)[[fer.EMOTIONS.index(name) for name in names]]
pasted, wanted = fer.cutmix(np.concatenate([four] * 4), np.concatenate([targets] * 4), seed=3)


def in_words(target):
    shares = zip(fer.EMOTIONS, target)
    return ", ".join(f"{emotion} {share:.0%}" for emotion, share in shares if share > 0.005)


fer.plots.faces(pasted, titles=map(in_words, wanted))

# %% [markdown]
# Search for the angry brows above a laughing mouth, and for the laugh under calm eyes: the targets say angry and neutral, by
# far, because all the rest takes more area than a mouth. **An emotion is not spread evenly over a face**, so area is a poor
# judge here. Does it hurt? That is a question for a measurement, not for us.
#
# ## On the real FER2013
#
# @[augmentation.settings.train_images] photographs of train, a network with half of `EmotionCNN`'s widths,
# @[augmentation.settings.epochs] epochs, equally many steps for each way, the mean of three seeds, scored on all
# @[augmentation.settings.val_images] of val; the epoch is chosen on other train images (`benchmarks/augmentation.py`). MixUp
# and CutMix come on top of level 1. The gains over level 0 are 95 % intervals over seeds and images.
#
# | way | accuracy on val, % | gain, points | accuracy on its own train images, % | answers that two pixels change, % |
# | --- | --- | --- | --- | --- |
# | level 0 | @[augmentation.level_0.val_accuracy_percent] |  | @[augmentation.level_0.train_accuracy_percent] | @[augmentation.level_0.answers_changed_by_shift_percent] |
# | level 1: mirrored, moved | @[augmentation.level_1.val_accuracy_percent] | @[augmentation.level_1.gain_interval_points] | @[augmentation.level_1.train_accuracy_percent] | @[augmentation.level_1.answers_changed_by_shift_percent] |
# | level 2: also turned, zoomed, lit | @[augmentation.level_2.val_accuracy_percent] | @[augmentation.level_2.gain_interval_points] | @[augmentation.level_2.train_accuracy_percent] | @[augmentation.level_2.answers_changed_by_shift_percent] |
# | level 3: also blurred, wiped out | @[augmentation.level_3.val_accuracy_percent] | @[augmentation.level_3.gain_interval_points] | @[augmentation.level_3.train_accuracy_percent] | @[augmentation.level_3.answers_changed_by_shift_percent] |
# | level 1 and MixUp, alpha 0.2 | @[augmentation.mixup.val_accuracy_percent] | @[augmentation.mixup.gain_interval_points] | @[augmentation.mixup.train_accuracy_percent] | @[augmentation.mixup.answers_changed_by_shift_percent] |
# | level 1 and CutMix, alpha 1 | @[augmentation.cutmix.val_accuracy_percent] | @[augmentation.cutmix.gain_interval_points] | @[augmentation.cutmix.train_accuracy_percent] | @[augmentation.cutmix.answers_changed_by_shift_percent] |
#
# - **Mirrors and small moves are nearly all of it**: the gap shrinks, and new faces gain.
# - Without them, **two pixels change every second answer** on photographs, too.
# - **More is not better here.** Over level 1, level 2 gains @[augmentation.level_2.gain_over_level_1_interval_points] points, level 3
#   @[augmentation.level_3.gain_over_level_1_interval_points], and MixUp @[augmentation.mixup.gain_over_level_1_interval_points]: two small losses and nothing. CutMix,
#   @[augmentation.cutmix.gain_over_level_1_interval_points], does harm.
# - With level 1 hardly anything is learned by heart, so little is left to cure, and @[augmentation.settings.epochs] epochs
#   are few. A network that trains for longer may want more: the one that ships with the course was trained for
#   @[compact.training.epochs] epochs, at level 2.
# - It costs next to nothing: with augmentation, `fer.fit` on two cores took @[training.augmented_against_ours_clock_ratio]
#   times as long as without (`benchmarks/bench_training.py`).
#
# **A question to answer in words**: your camera will hang in a car and see drivers at night. Which changes would you add,
# and which leave out?
#
# ## On your photographs
#
# The seven faces that you know from lessons 01 and 10, photographs if you have the files, else drawn ones; the first lines say
# which. Below them, what your two functions make of them.

# %%
from fer_course.cleaning.duplicates import worth_showing
from fer_course.course.thread import load_photographs

photographs, votes = load_photographs()
shown = np.flatnonzero(worth_showing(photographs.images))
found, first = np.unique(photographs.labels[shown], return_index=True)
seven, above = photographs.images[shown[first]], [fer.EMOTIONS[label] for label in found]

# %%
rows = np.concatenate([seven, mirrored(seven), shifted(seven, 4)])
fer.plots.faces(rows, titles=above + [""] * 2 * len(above), columns=len(above))

# %% [markdown]
# Photographs bring something that drawn faces lack: the border, which is repeated, cuts through hair and hands, and a
# head may be tilted already. Here are levels 1, 2 and 3. **Would you still give each the label above its column?**

# %%
levels = [fer.augment(seven, level, seed=4) for level in (1, 2, 3)]
fer.plots.faces(np.concatenate(levels), titles=above + [""] * 2 * len(above), columns=len(above))

# %% [markdown]
# Your decision: the level, from 0 to 3. With the decision of lesson 10 these are the first two lines of the recipe that
# lesson 12 trains with.

# %%
my_level = 1
fer.mine().decide("augmentation", my_level, photographs)
decided = fer.mine().decisions(photographs)
fer.Recipe(balance=decided.get("balance", "none"), augment=decided["augmentation"])

# %% [markdown]
# ## What you take with you
#
# - **When the curves part, the network learns by heart.** The gap is the size of the problem.
# - **A change is good when the label survives it.** Ask a person, not a list of functions.
# - **MixUp blends the answer, too**; CutMix counts area, and a face is not even.
# - **Weigh what augmentation gains on val**, against the same network with as many steps.
#
# In `fer.fit` it is a word in the recipe: `fer.Recipe(augment=2)`; level 1 is the default. To try the others, add
# `mixup=0.2` or `cutmix=1.0`, and measure.
