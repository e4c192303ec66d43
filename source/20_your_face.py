# ---
# title: Your face
# learn:
#   - how to teach a network one face, yours, in a second
#   - why nearly alike frames in train and test tell you what you would like to hear
#   - how to see where a network looks
# minutes: 45
# needs: lessons 07, 13 and 18
# ---

# %% [markdown]
# ## It was right about strangers
#
# Is it right about **you**? Here is somebody who acts the seven emotions, in the order of the course. The title is what the
# network says.

# %%
import numpy as np

network = fer.mine().load_network()
film = fer.sample_video(person=7)
acted = film[10::20]  # two seconds of each emotion, 10 frames a second

# %%
recognizer = fer.EmotionRecognizer(network)
said = [recognizer.recognize(frame)[0] for frame in acted]
titles = [
    f"acts {name}\n{face.emotion} {face.confidence:.0%}"
    for name, face in zip(fer.EMOTIONS, said, strict=True)
]
fer.plots.faces(acted, titles, columns=7)

# %% [markdown]
# No person is the average: how far the brows rise, whether the mouth opens in surprise, what a face looks like that does nothing.
# A network that learned from thousands of strangers knows the average. Today it learns one face.
#
# ## Collect
#
# Press *Start camera*, then *All seven*. For each emotion you have three seconds to make the face, and then it takes twenty
# crops in four seconds; move your head a little meanwhile. A face that went wrong goes away with a click. Then stand up, switch a
# lamp on or off, come back, choose the **second** sitting, and do it once more.
#
# The crops stay in the memory of this notebook. Nothing is written, and nobody else sees them, unless you show them. Running the
# cell again begins anew, so when you have collected, go on from the next one. You would rather not, or have no camera? Just go on:
# a drawn person stands in.

# %%
from fer_course.course.collector import FaceCollector

collector = FaceCollector()
collector

# %% [markdown]
# When both sittings are there (cutting out those of the drawn person takes some ten seconds):

# %%
own = collector.dataset()
first, second = own.attributes["sitting"] == 0, own.attributes["sitting"] == 1

# %%
some = [own.images[part][:: max(1, part.sum() // 14)][:14] for part in (first, second)]
fer.plots.faces(np.concatenate(some), columns=14, title="the first sitting, and the second")

# %% [markdown]
# How often does the network say what was acted?

# %%
before = fer.score(own.labels, network.predict_proba(own.images), own.ids)
fer.plots.recall_bars(before, f"right: {before.accuracy:.0%} of {before.n}")

# %% [markdown]
# ## What stands before the last layer
#
# A network ends with a layer that makes seven probabilities of a list of numbers, its **features**
# ([lesson 07](07_outliers.ipynb) called such a list an embedding). That last layer is about strangers. The list is about what can be
# seen in any face. So keep the list, and throw the last layer away.

# %%
features = network.features(own.images)
features.shape

# %% [markdown]
# Where are you, among others? Each face is placed by its list; your own have a frame, blue for the first sitting and orange for the
# second.

# %%
others = fer.sample_faces().test.images
colors = np.array([fer.plots.BLUE, fer.plots.ORANGE])[own.attributes["sitting"]]
everybody = np.concatenate([features[::7], network.features(others)])
faces = np.concatenate([own.images[::7], others])
fer.plots.embedding_map(everybody, faces, [*colors[::7], *[None] * len(others)])

# %% [markdown]
# Do your smiles lie among other people's smiles? And where do your two sittings lie? Light and mood are in the list as well, not
# only the expression. The borders between seven emotions that serve everybody may pass through the middle of you.
#
# ## Now you: `adapt`
#
# Fit a new last layer. `LogisticRegression` of scikit-learn draws straight borders between labels. It wants all features on one
# scale, which `StandardScaler` sees to; `make_pipeline` does both, one after the other. Return the probabilities of all seven
# emotions for the features of `others`. The classifier knows only the labels that it was fitted to, `model.classes_`; whoever
# never looked disgusted gets 0 there.

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


# %%
def adapt(features, labels, others):
    """Fit to the features and labels of some faces; probabilities (n, 7) of others."""
    ### BEGIN SOLUTION
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(features, labels)
    probabilities = np.zeros((len(others), 7))
    probabilities[:, model.classes_] = model.predict_proba(others)
    return probabilities
    ### STUB
    # return np.full((len(others), 7), 1 / 7)  # your turn
    ### END SOLUTION


# %%
from fer_course.exercises import your_face as ex

ex.adapt.check(adapt)

# %%
# ex.adapt.hint()
# ex.adapt.solution()


# %% tags=["selftest"]
def each_by_its_own_scale(features, labels, others):
    return adapt(StandardScaler().fit_transform(features), labels, StandardScaler().fit_transform(others))


def divided(features, labels, others):
    mean, spread = features.mean(axis=0), features.std(axis=0)
    return adapt((features - mean) / spread, labels, (others - mean) / spread)


def as_many_as_seen(features, labels, others):
    return adapt(features, labels, others)[:, np.unique(labels)]


def side_by_side(features, labels, others):
    found = as_many_as_seen(features, labels, others)
    return np.hstack([found, np.zeros((len(found), 7 - found.shape[1]))])


def without_scale(features, labels, others):
    model = LogisticRegression().fit(features, labels)
    found = np.zeros((len(others), 7))
    found[:, model.classes_] = model.predict_proba(others)
    return found


ex.adapt.selftest(
    right=[adapt],
    wrong={
        "a row for each": lambda features, labels, others: adapt(features, labels, features),
        "all seven": as_many_as_seen,
        "model.classes_": side_by_side,
        "probabilities": lambda features, labels, others: 2 * adapt(features, labels, others),
        "that it has not seen": lambda features, labels, others: adapt(features, np.roll(labels, 7), others),
        "StandardScaler() first": without_scale,
        "one face alone": each_by_its_own_scale,
        "NaN": divided,
    },
)

# %% [markdown]
# ## The trap
#
# As always: some faces to fit on, others to score on. Take the first sitting, and put every fourth frame aside.

# %%
places = np.flatnonzero(first)
aside = places[::4]
rest = np.setdiff1d(places, aside)

# %%
answers = adapt(features[rest], own.labels[rest], features[aside]).argmax(axis=1)
right = int((answers == own.labels[aside]).sum())
print(f"right on the frames put aside: {right / len(aside):.0%}")

# %% [markdown]
# A triumph? Look at one frame that was put aside, and at its neighbours, which the classifier was fitted to.

# %%
pairs = own.images[[aside[3] - 1, aside[3], aside[3] + 1]]
alike = np.corrcoef(pairs.reshape(3, -1).astype(float))[1, 0]
fer.plots.faces(
    pairs, ["fitted to", "put aside", "fitted to"], title=f"correlation of neighbours: {alike:.3f}"
)

# %% [markdown]
# A fraction of a second apart. This is the twin of [lesson 02](02_explore.ipynb) again: whoever knows one of them knows the other, and
# needs no idea of a smile. So score it on the other sitting: another light, another mood, the same face.

# %%
answers = adapt(features[first], own.labels[first], features[second]).argmax(axis=1)
elsewhere = int((answers == own.labels[second]).sum())
fer.plots.accuracies(
    {"frames put aside": (right, len(aside)), "the other sitting": (elsewhere, int(second.sum()))}
)

# %% [markdown]
# **Which of the two would you have told a friend?** Only the second one says what happens tomorrow. And the first would have
# been believed: it has a hold-out, a seed, and an interval.
#
# ## Now you: `split_by_sitting`
#
# Write it down once, for any number of sittings: each of them is scored by a classifier that was fitted to all others. Return a
# list with one pair a sitting, in order: the places to fit on, and the places to score on.


# %%
def split_by_sitting(sittings):
    """For each sitting: the places of all others, and its own."""
    ### BEGIN SOLUTION
    return [(np.flatnonzero(sittings != one), np.flatnonzero(sittings == one)) for one in np.unique(sittings)]
    ### STUB
    # return [(np.arange(len(sittings)), np.arange(len(sittings)))]  # your turn
    ### END SOLUTION


# %%
ex.split_by_sitting.check(split_by_sitting)

# %%
# ex.split_by_sitting.hint()
# ex.split_by_sitting.solution()


# %% tags=["selftest"]
from sklearn.model_selection import LeaveOneGroupOut


def only_two(sittings):
    return [(np.flatnonzero(sittings != one), np.flatnonzero(sittings == one)) for one in (0, 1)]


ex.split_by_sitting.selftest(
    right=[
        split_by_sitting,
        lambda sittings: list(LeaveOneGroupOut().split(sittings, groups=sittings)),
    ],
    wrong={
        "np.flatnonzero": lambda sittings: [
            (sittings != one, sittings == one) for one in np.unique(sittings)
        ],
        "two pairs": lambda sittings: split_by_sitting(sittings)[:1],
        "in both parts": lambda sittings: [
            (np.arange(len(sittings)), part) for _, part in split_by_sitting(sittings)
        ],
        "first the places to fit on": lambda sittings: [pair[::-1] for pair in split_by_sitting(sittings)],
        "one pair for each group": only_two,
    },
)

# %% [markdown]
# It is the same wherever rows come in bunches: several pictures of a person in CK+, several scans of a patient, several houses of a
# street, several frames of a film. **Whatever will be new tomorrow has to be new in the test.**
#
# ## Before and after

# %%
adapted = np.zeros((len(own), 7))
for fit_on, score_on in split_by_sitting(own.attributes["sitting"]):
    adapted[score_on] = adapt(features[fit_on], own.labels[fit_on], features[score_on])
after = fer.score(own.labels, adapted, own.ids)
print(fer.compare(before, after))

# %% [markdown]
# Do not quote that p-value. McNemar's test takes 280 frames for 280 faces, and you made only fourteen: seven, twice. Within one,
# most frames are right or wrong together. So count those: each dot is one emotion in one sitting.

# %%
import cv2
import matplotlib.pyplot as plt

acts = 7 * own.attributes["sitting"] + own.labels
shares = np.array([[np.mean(way.correct[acts == act]) for act in np.unique(acts)] for way in (before, after)])
gains = shares[1] - shares[0]
draws = np.random.default_rng(0).choice(gains, (10_000, len(gains))).mean(axis=1)
low, high = np.percentile(draws, [2.5, 97.5])

# %%
figure, ax = plt.subplots(figsize=(7, 4))
ax.plot([0, 1], shares, color="gray", alpha=0.5, marker="o")
ax.plot([0, 1], shares.mean(axis=1), color=fer.plots.ORANGE, linewidth=4, marker="o", label="mean")
ax.set(
    xticks=[0, 1],
    xticklabels=["before", "adapted"],
    xlim=(-0.3, 1.3),
    ylabel="share of its frames that are right",
)
ax.set_title(f"gain {100 * gains.mean():.0f} points ({100 * low:.0f} to {100 * high:.0f})")
_ = ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))

# %% [markdown]
# The interval is wide, and it is honest. Does it reach 0? Which of your expressions gained, and did one lose? (Nothing gained? The
# list is as good as the training that made it. After a few minutes of that, take the course's network: write
# `network = fer.Predictor.load()` where now `fer.mine()` loads yours, and run all again.)
#
# ## Now you: `occlusion_map`
#
# What does it look at, brows or mouth? Cover a part of the face with a gray square (128), and ask again. Where the probability
# **falls**, it had looked. `predict` takes `(n, 48, 48)` faces and gives one probability for each.


# %%
def occlusion_map(predict, face, side=8):
    """How much the probability falls when each square is covered: (48 // side, 48 // side)."""
    ### BEGIN SOLUTION
    before = predict(face[np.newaxis])[0]
    falls = np.zeros((48 // side, 48 // side))
    for row, column in np.ndindex(falls.shape):
        covered = face.copy()
        covered[row * side : (row + 1) * side, column * side : (column + 1) * side] = 128
        falls[row, column] = before - predict(covered[np.newaxis])[0]
    return falls
    ### STUB
    # return np.zeros((48 // side, 48 // side))  # your turn
    ### END SOLUTION


# %%
ex.occlusion_map.check(occlusion_map)

# %%
# ex.occlusion_map.hint()
# ex.occlusion_map.solution()


# %% tags=["selftest"]
def maps(predict, face, side=8, gray=128, fresh=True, swapped=False, kept=True):
    """The solution with one thing changed."""
    before, falls = predict(face[np.newaxis])[0], np.zeros((48 // side, 48 // side))
    covered = face.copy() if kept else face
    for row, column in np.ndindex(falls.shape):
        covered = face.copy() if fresh else covered
        top, left = (column, row) if swapped else (row, column)
        covered[top * side : (top + 1) * side, left * side : (left + 1) * side] = gray
        falls[row, column] = before - predict(covered[np.newaxis])[0]
    return falls


ex.occlusion_map.selftest(
    right=[occlusion_map, maps, lambda predict, face, side=8: occlusion_map(predict, face, side).tolist()],
    wrong={
        "after - before": lambda predict, face, side=8: -occlusion_map(predict, face, side),
        "rows come first": lambda predict, face, side=8: maps(predict, face, side, swapped=True),
        "fresh copy": lambda predict, face, side=8: maps(predict, face, side, fresh=False),
        "cover it with 128": lambda predict, face, side=8: maps(predict, face, side, gray=0),
        "6 x 6": lambda predict, face, side=8: np.kron(occlusion_map(predict, face, side), np.ones((8, 8))),
        "3 x 3": lambda predict, face, side=8: occlusion_map(predict, face, 8),
    },
)

# %% [markdown]
# Your own face, as the adapted network sees it. Its last layer is fitted once, to all that you collected: nothing is scored any
# more. Red: without this it would be less sure.

# %%
layer = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(features, own.labels)
mine = network.adapted(layer)


def where_it_looks(emotion):
    label = fer.EMOTIONS.index(emotion)
    candidates = np.flatnonzero(own.labels == label)
    face = own.images[candidates[len(candidates) // 2]] if len(candidates) else own.images[0]
    falls = occlusion_map(lambda faces: mine.predict_proba(faces)[:, label], face)
    figure, ax = plt.subplots(figsize=(4, 4))
    ax.imshow(face, cmap="gray", vmin=0, vmax=255, extent=(0, 48, 48, 0))
    heat = cv2.resize(falls, (48, 48))
    ax.imshow(heat, cmap="Reds", vmin=0, vmax=0.5, alpha=np.clip(2 * heat, 0, 0.7), extent=(0, 48, 48, 0))
    ax.set_title(f"falls by up to {100 * falls.max():.0f} points")
    ax.axis("off")
    return figure


fer.notebook.slide(where_it_looks, emotion=list(fer.EMOTIONS))

# %% [markdown]
# Is it where you would look? A network that finds "happy" in the corner of the picture has learned your lamp, not your smile. (Zeiler and
# Fergus used [such squares](https://arxiv.org/abs/1311.2901) in 2013.)
#
# ## Live
#
# The adapted network, before your camera. Ask somebody else to sit down, too: for whom is it better now, and for whom worse?

# %%
fer.WebcamWidget(mine)

# %% [markdown]
# ## A question before you keep it
#
# Whoever adapts a network to a person has a file about that person. Answer in words: what would you have to tell somebody before
# you did to them what you did to yourself today? How long would you keep it, who could open it, and how would they take their
# yes back?
#
# Nothing was stored so far, and all of it goes when the kernel ends. Should you want to keep your crops, on this machine and for
# yourself, take the # away:

# %%
kept = fer.mine().folder / "my_face.npz"
# own.save(kept)

# %% [markdown]
# And without its #, this forgets all of it at once, the file included:

# %%
# collector.forget()
# kept.unlink(missing_ok=True)
# own = features = mine = None

# %% [markdown]
# ## Is that typical?
#
# For @[your_face.persons] drawn persons with two sittings each, and the network of the package
# (`benchmarks/your_face.py`), means over persons with 95 % intervals:
#
# | | right, % |
# | --- | --- |
# | the network as it is | @[your_face.before_percent] (@[your_face.before_interval_percent]) |
# | adapted, scored on frames put aside | @[your_face.aside_percent] (@[your_face.aside_interval_percent]) |
# | **adapted, scored on the other sitting** | **@[your_face.other_sitting_percent]** (@[your_face.other_sitting_interval_percent]) |
#
# From person to person the last one goes from @[your_face.other_sitting_lowest_percent] to
# @[your_face.other_sitting_highest_percent] %. These are drawn faces. For people nobody has measured it here, since that takes people who agree to
# it. You are one.
#
# ## What you take with you
#
# - **Keep the features, change the last layer**: seconds in place of hours, and a few faces are enough.
# - **What comes in bunches is split in bunches.** Neighbours in train and test measure memory.
# - **Count what is independent**: fourteen faces, not 280 frames.
# - **A face is personal.** Collect it with a yes, and know how to forget it.
#
# You have a network of your own that knows your own face. One page is left that does everything once more, from the first file to the
# webcam, in one go: [lesson 21](21_start_to_end.ipynb).
