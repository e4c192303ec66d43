# ---
# title: Outliers and label errors
# learn:
#   - how a face becomes a list of numbers in which similar faces are near each other
#   - how to find the picture that belongs to no emotion, and the one that belongs to another
#   - why a suspect is not a culprit, and whom suspicion hits
# minutes: 50
# needs: lesson 02, NumPy arrays
# ---

# %% [markdown]
# ## Which one does not belong?

# %%
import numpy as np

faces = fer.sample_faces().train
defect = faces.attributes["defect"]
happy = faces.labels == 3
odd = [np.flatnonzero(happy & (defect == kind))[0] for kind in ("no_face", "two_faces", "wrong_label")]
others = np.flatnonzero(happy & (defect == "none"))[:13]
fer.plots.faces(faces.images[np.insert(others, [3, 6, 10], odd)], title="all labelled happy")

# %% [markdown]
# Three of them. One is no face at all: so blank that the scores of lessons 03 and 04 find it. One is two faces, and one is
# not happy. Those two are sharp and well lit, and no score sees anything wrong. You saw it because you **compared** each
# with the others.
#
# ## A face as a list of numbers
#
# Comparing pixels does not work: move a face by one pixel and half of them change. So describe a face by something
# coarser. Cut it into blocks and count in each **in which directions its edges run**: mouth corners up or down, brows
# flat or slanted. That makes 900 numbers for a face, its **embedding**.

# %%
embeddings = fer.embed(faces.images)
print(embeddings.shape)

# %% [markdown]
# Two lists point in the same direction when the same numbers are large in both. The **cosine distance** says how far the
# directions differ: 0 for the same, 1 at right angles, 2 for opposite.
#
# ## Now you: `cosine_distance`
#
# One minus the dot product of the two lists, each divided by its length first. `np.linalg.norm(a)` is the length of `a`,
# and `@` makes the dot product.


# %%
def cosine_distance(a, b):
    """0 for the same direction, 1 at right angles, 2 for the opposite."""
    ### BEGIN SOLUTION
    return 1 - a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    ### STUB
    # return 0.0  # your turn
    ### END SOLUTION


# %%
from fer_course.exercises import outliers as ex

ex.cosine_distance.check(cosine_distance)

# %%
# ex.cosine_distance.hint()
# ex.cosine_distance.solution()

# %% tags=["selftest"]
ex.cosine_distance.selftest(
    right=[
        cosine_distance,
        lambda a, b: 1 - (a / np.linalg.norm(a)).dot(b / np.linalg.norm(b)),
    ],
    wrong={
        "one minus": lambda a, b: a @ b / (np.linalg.norm(a) * np.linalg.norm(b)),
        "length plays no part": lambda a, b: 1 - a @ b,
        "between the directions": lambda a, b: np.linalg.norm(a - b),
        "one number": lambda a, b: 1 - a * b / (np.linalg.norm(a) * np.linalg.norm(b)),
    },
)

# %% [markdown]
# Which faces are nearest to the first one? (All 0.00? Then `cosine_distance` is waiting for you.)

# %%
distances = np.array([cosine_distance(embeddings[0], other) for other in embeddings if other.any()])
order = distances.argsort()
shown = np.flatnonzero(embeddings.any(axis=1))[order[[0, 1, 2, 3, -4, -3, -2, -1]]]
fer.plots.faces(
    faces.images[shown], titles=[f"{abs(cosine_distance(embeddings[0], embeddings[i])):.2f}" for i in shown]
)

# %% [markdown]
# ## A map of all faces
#
# Nobody can look into 900 directions. But you can lay the faces on the two in which they differ most, like a shadow on a
# table. Each face is a dot; where there is room, the map shows the face itself. Blue frames: no face, or two.

# %%
strange = np.isin(defect, ["no_face", "two_faces"])
fer.plots.embedding_map(embeddings, faces.images, [fer.plots.BLUE if odd else None for odd in strange])

# %% [markdown]
# Nobody told it what a face is. The strange ones gather in a corner, because **faces are like faces**.
#
# ## Far from the middle
#
# So here is the rule. For each emotion take the average of its embeddings, the **centre**. Measure everyone's distance to
# it. Then throw out the **outliers**, which are much farther away than usual.

# %%
import pandas as pd

distances = fer.embedding_distances(embeddings, faces.labels)
fer.plots.score_histogram(
    pd.Series(distances, name="distance from the centre"), highlight=strange, label="strange"
)

# %% [markdown]
# ## Now you: `far_away`
#
# "Much farther than usual": more than `multiplier` **standard deviations** above the mean. Cleaning guides take 2.5
# ([here](https://github.com/philopaterwaheed/sci-noti/blob/b78230377cc8ddae05d14256b5423a462e0e6d38/USAGE_GUIDE.md)).


# %%
def far_away(distances, multiplier=2.5):
    """True where a distance is more than multiplier standard deviations above the mean."""
    ### BEGIN SOLUTION
    return distances > distances.mean() + multiplier * distances.std()
    ### STUB
    # return np.zeros(len(distances), bool)  # your turn
    ### END SOLUTION


# %%
ex.far_away.check(far_away)

# %%
# ex.far_away.hint()
# ex.far_away.solution()

# %% tags=["selftest"]
ex.far_away.selftest(
    right=[
        far_away,
        lambda distances, multiplier=2.5: (distances - distances.mean()) / distances.std() > multiplier,
    ],
    wrong={
        "near is no reason": lambda distances, multiplier=2.5: (
            abs(distances - distances.mean()) > multiplier * distances.std()
        ),
        "start from the mean": lambda distances, multiplier=2.5: distances > multiplier * distances.std(),
        "multiplier counts": lambda distances, multiplier=2.5: (
            distances > distances.mean() + 2.5 * distances.std()
        ),
        "standard deviation, not the variance": lambda distances, multiplier=2.5: (
            distances > distances.mean() + multiplier * distances.var()
        ),
        "True or False": lambda distances, multiplier=2.5: distances[distances > distances.mean()],
    },
)

# %% [markdown]
# The package does this for each emotion by itself. Move the limit. Blue frames: strange ones, well caught. Dashed orange: one
# face, as it should be, though some are blurred or dark.


# %%
def outliers(multiplier=2.5):
    removed = fer.flag_outliers(distances, faces.labels, multiplier)
    farthest = np.flatnonzero(removed)[distances[removed].argsort()[::-1][:24]]
    colors = [fer.plots.BLUE if strange[i] else fer.plots.ORANGE for i in farthest]
    title = f"{removed.sum()} removed: {(removed & strange).sum()} of {strange.sum()} strange ones, "
    title += f"{(removed & (defect == 'none')).sum()} good faces"
    return fer.plots.faces(faces.images[farthest], colors=colors, title=title)


fer.notebook.slide(outliers, multiplier=[1.0, 1.5, 2.0, 2.5, 3.0])

# %% [markdown]
# At 2.5 four of five strange ones go, and hardly a good face with them. That is the best filter of the course so far, and
# all that it knows about faces is that there are many of them. (Will it be as good on photographs? Wait for the end.)
#
# And our third odd one of the beginning, the face that is labelled happy and is not? It stays. It **is** a face, and
# among 900 numbers about hair, chin and light, the few about the mouth do not count for much.
#
# ## The label is wrong
#
# To find a wrong label we need somebody who can read faces and has not seen this one. A classifier will do, a program that
# learns from labelled faces. Divide the faces into five parts, let it learn from four, ask it about the fifth, and go
# round. Every face gets an opinion **from somebody who never saw it**: its *out-of-fold* prediction. This takes about ten
# seconds.

# %%
beliefs = fer.out_of_fold_probabilities(faces)
print(f"agrees with the label on {np.mean(beliefs.argmax(axis=1) == faces.labels):.0%} of the faces")

# %% [markdown]
# Are the others all mislabelled? No: often the classifier is the one who errs. The question is how sure it is, **compared
# with how sure it usually is**. Somebody who shouts "happy" at everything should have to shout louder.
#
# ## Now you: `usual_confidence`
#
# For each emotion: among the faces with this label, how much does the classifier believe in it, on average? `beliefs` has a
# row for each face and a column for each emotion, and holds probabilities from 0 to 1.


# %%
def usual_confidence(labels, beliefs):
    """Seven numbers: for each emotion the mean belief in it, over the faces labelled so."""
    ### BEGIN SOLUTION
    return np.array([beliefs[labels == emotion, emotion].mean() for emotion in range(7)])
    ### STUB
    # return np.ones(7)  # your turn
    ### END SOLUTION


# %%
ex.usual_confidence.check(usual_confidence)

# %%
# ex.usual_confidence.hint()
# ex.usual_confidence.solution()

# %% tags=["selftest"]
ex.usual_confidence.selftest(
    right=[
        usual_confidence,
        lambda labels, beliefs: [
            np.mean([b[k] for b, y in zip(beliefs, labels, strict=True) if y == k]) for k in range(7)
        ],
    ],
    wrong={
        "only the faces labelled so": lambda labels, beliefs: beliefs.mean(axis=0),
        "seven numbers": lambda labels, beliefs: beliefs[np.arange(len(labels)), labels].mean(),
        "in its own label": lambda labels, beliefs: np.array(
            [beliefs[labels == k].max(axis=1).mean() for k in range(7)]
        ),
    },
)

# %% [markdown]
# Now a face is a **suspect** if the classifier believes in some emotion at least as much as it usually does, and the
# strongest of these is not the label. This is the heart of *confident learning* (Northcutt and others, 2021).
#
# ## Now you: `suspects`
#
# `usual` holds your seven numbers; return an array of booleans, one for each face. Mind the faces for which no emotion
# reaches its usual confidence: nobody accuses those.


# %%
def suspects(labels, beliefs, usual):
    """True where the strongest of the emotions that reach their usual confidence is not the label."""
    ### BEGIN SOLUTION
    reached = np.where(beliefs >= usual, beliefs, 0)
    return reached.any(axis=1) & (reached.argmax(axis=1) != labels)
    ### STUB
    # return np.zeros(len(labels), bool)  # your turn
    ### END SOLUTION


# %%
ex.suspects.check(suspects)

# %%
# ex.suspects.hint()
# ex.suspects.solution()

# %% tags=["selftest"]
ex.suspects.selftest(
    right=[
        suspects,
        lambda labels, beliefs, usual: np.array(
            [
                any(b >= usual) and max((v, k) for k, v in enumerate(b) if v >= usual[k])[1] != y
                for b, y in zip(beliefs, labels, strict=True)
            ]
        ),
        lambda labels, beliefs, usual: suspects(labels, beliefs, usual).tolist(),
    ],
    wrong={
        "usual confidence": lambda labels, beliefs, usual: beliefs.argmax(axis=1) != labels,
        "nobody is accused": lambda labels, beliefs, usual: (
            np.where(beliefs >= usual, beliefs, 0).argmax(axis=1) != labels
        ),
        "of these": lambda labels, beliefs, usual: (
            (beliefs >= usual).any(axis=1) & (beliefs.argmax(axis=1) != labels)
        ),
        "reach the limit is not enough": lambda labels, beliefs, usual: (
            (beliefs >= usual).any(axis=1) & ~(beliefs >= usual)[np.arange(len(labels)), labels]
        ),
        "the beliefs themselves": lambda labels, beliefs, usual: (
            (beliefs >= usual).any(axis=1) & ((beliefs / usual).argmax(axis=1) != labels)
        ),
        "True or False": lambda labels, beliefs, usual: np.flatnonzero(beliefs.argmax(axis=1) != labels),
    },
)

# %% [markdown]
# The package's `find_label_errors` asks the library cleanlab, which does the same with a little more care, and puts the
# most suspicious first. Above each face is its label with a question mark, and what the classifier says instead. **Blue
# frames: the label really is wrong**, or there is no face that it could be right about. Dashed orange: the label is right.
# We drew them, so we know.

# %%
ranked = fer.find_label_errors(faces.labels, beliefs)
is_wrong = faces.labels != faces.attributes["true_label"]
first = ranked.head(16)
names = np.array(fer.EMOTIONS)
fer.plots.faces(
    faces.images[first["index"]],
    titles=[f"{names[a]}?\n{names[b]}!" for a, b in zip(first["given"], first["suggested"], strict=True)],
    colors=[fer.plots.BLUE if is_wrong[i] else fer.plots.ORANGE for i in first["index"]],
)

# %% [markdown]
# Most of the first ones really are wrong, and with the others you may side with the classifier. Among all faces only one
# in twenty-four is wrong, so the list is worth your time. Is it worth deleting without looking? Go down it and count.

# %%
import matplotlib.pyplot as plt

found = np.cumsum(is_wrong[ranked["index"]])
_, ax = plt.subplots(figsize=(8.5, 3.6))
ax.plot(np.arange(1, len(found) + 1), found, color=fer.plots.BLUE, label="wrong labels found")
ax.plot([0, len(found)], [0, len(found)], "--", color=fer.plots.ORANGE, label="if every suspect were guilty")
ax.set(xlabel="suspects looked at", ylabel="labels", ylim=(0, 1.15 * is_wrong.sum()))
_ = ax.legend(loc="lower right")

# %% [markdown]
# The curve is steep at first and soon flat. Delete the whole list and you lose many good faces for every wrong label.
# **Look at the first, keep the rest.**
#
# ## Why "who never saw it" matters
#
# Save the ten seconds: let the classifier learn from all faces and ask it about the same faces.

# %%
from fer_course.cleaning.outliers import fit_gradients

memorised = fit_gradients(faces, faces.images)
print(f"agrees with the label on {np.mean(memorised.argmax(axis=1) == faces.labels):.0%}")
found_now = is_wrong[fer.find_label_errors(faces.labels, memorised)["index"]].sum()
print(f"wrong labels found: {found_now} instead of {found[-1]}")

# %% [markdown]
# It agrees with nearly everything, the errors too: it has learned them by heart. **Never ask a witness who has read the
# verdict.**
#
# ## Whom does suspicion hit?
#
# The share of rightly labelled faces that are on the list, by emotion:

# %%
suspected = np.isin(np.arange(len(faces)), ranked["index"])
right = ~is_wrong
accused = np.bincount(faces.labels[right & suspected], minlength=7)
fer.plots.share_bars(accused, np.bincount(faces.labels[right], minlength=7), title="right, and suspected")

# %% [markdown]
# A happy face is seldom suspected. Rare and subtle expressions are, because the classifier reads them badly. Drop all
# suspects, and you drop above all **what it cannot do yet**. The next network learns even less of it, and the accuracy on
# what is left rises. That is no progress. It is an exam without the hard questions.
#
# **A question to answer in words**: your friend drops all suspects from train **and** val, and reports 9 points more. What do
# you say?
#
# ## On the real FER2013
#
# @[fer2013_outliers.not_a_face] of the @[fer2013_outliers.images] train images are "not a face" for at least five of ten
# raters. Many guides look for them with InsightFace, networks that were trained to tell **people** apart. Which embedding
# finds them at 2.5 standard deviations?
#
# | embedding | removed | of them no face, % | of all no faces, % | among the farthest 100 |
# | --- | --- | --- | --- | --- |
# | edge directions, as above | @[fer2013_outliers.gradients.not_a_face.flagged] | @[fer2013_outliers.gradients.not_a_face.precision.percent] (@[fer2013_outliers.gradients.not_a_face.precision.interval]) | @[fer2013_outliers.gradients.not_a_face.recall.percent] (@[fer2013_outliers.gradients.not_a_face.recall.interval]) | @[fer2013_outliers.gradients.not_a_face_among_first_100] |
# | InsightFace | @[fer2013_outliers.insightface.not_a_face.flagged] | @[fer2013_outliers.insightface.not_a_face.precision.percent] (@[fer2013_outliers.insightface.not_a_face.precision.interval]) | @[fer2013_outliers.insightface.not_a_face.recall.percent] (@[fer2013_outliers.insightface.not_a_face.recall.interval]) | @[fer2013_outliers.insightface.not_a_face_among_first_100] |
#
# **The famous network finds none, and counted edges find error pages and road signs by the dozen.** A likely reason is
# what each was made for. To tell people apart, a network has to move distinctive faces away from all others. Its farthest
# hundred are clear portraits; look at yours. What it cannot make out lies no farther out than anybody else. On our drawn faces,
# which hardly differ as people, the same network finds @[fer2013_outliers.sample.insightface.strange_found] of
# @[fer2013_outliers.sample.strange] strange ones. **Test a filter on the data that it will clean.** Figures:
# `benchmarks/fer2013_outliers.py`.
#
# Of the labels, the quick classifier suspects
# @[cleaning_filters.fer2013.train.mislabelled.flagged.percent] %, more than a third of the set. Ten people had another look at every
# face (FER+, lesson 02). The suspects among them:
#
# | suspects | not one of ten raters agrees with the label, % | well labelled faces lost, % |
# | --- | --- | --- |
# | the first 2 % | @[cleaning_filters.fer2013.train.mislabelled_first.label_without_a_vote.precision.percent] (@[cleaning_filters.fer2013.train.mislabelled_first.label_without_a_vote.precision.interval]) | @[cleaning_filters.fer2013.train.mislabelled_first.good_lost.percent] |
# | all | @[cleaning_filters.fer2013.train.mislabelled.label_without_a_vote.precision.percent] (@[cleaning_filters.fer2013.train.mislabelled.label_without_a_vote.precision.interval]) | @[cleaning_filters.fer2013.train.mislabelled.good_lost.percent] |
#
# Of the well labelled disgusted faces it would throw away
# @[cleaning_filters.fer2013.train.mislabelled.good_lost_by_emotion.disgust.percent] %, of the happy ones
# @[cleaning_filters.fer2013.train.mislabelled.good_lost_by_emotion.happy.percent] % (`benchmarks/cleaning_filters.py`). A
# better classifier suspects better: try yours from lesson 12, as `out_of_fold_probabilities(faces, classifier=...)`.
#
# ## On your photographs
#
# Both lists once more, on 1,500 photographs of train if you have the files (lesson 01), else on drawn faces; the first lines
# say which. First your `far_away`: the sixteen farthest, without copies and blank ones. Blue frames: no face, say the raters
# of FER+, where their table is found.

# %%
from fer_course.cleaning.duplicates import worth_showing
from fer_course.course.thread import load_photographs

photographs, votes = load_photographs(most=1500)
no_face = votes.counts[:, -1] >= 5
shown = worth_showing(photographs.images)
distances = fer.embedding_distances(fer.embed(photographs.images), photographs.labels)

# %%
removed = far_away(distances)
farthest = np.flatnonzero(shown)[distances[shown].argsort()[::-1][:16]]
colors = [fer.plots.BLUE if no_face[i] else None for i in farthest]
title = f"{np.sum(removed)} are far away, {np.sum(removed & no_face)} of the {no_face.sum()} without a face with them"
fer.plots.faces(photographs.images[farthest], colors=colors, title=title)

# %% [markdown]
# On photographs: an error page here and there, and for the rest turned heads, hands and odd light. They differ in many ways
# before they differ in having a face. The other list takes ten seconds. Your two functions make it; the first sixteen are numbered.
# Above each stands its label with a question mark, and what the classifier says. (The same word twice? Then `suspects` is waiting
# for you.)

# %%
beliefs = fer.out_of_fold_probabilities(photographs)
usual = usual_confidence(photographs.labels, beliefs)
accused = shown & ~no_face & suspects(photographs.labels, beliefs, usual)

# %%
lead = beliefs.max(axis=1) - beliefs[np.arange(len(beliefs)), photographs.labels]
first = np.where(accused, -lead, 1).argsort()[:16]
given, instead = names[photographs.labels[first]], names[beliefs[first].argmax(axis=1)]
titles = [f"{number}: {a}?\n{b}!" for number, (a, b) in enumerate(zip(given, instead))]
fer.plots.faces(photographs.images[first], titles=titles)

# %% [markdown]
# **Who is right?** Mark the numbers whose label you would not sign, `[2, 5]` for example. That is your decision: lesson 09
# drops these and no others. How many of a list like this are really wrong, by your eyes? Below it, by the raters.

# %%
my_marks = []
fer.mine().decide("suspects", photographs.ids[first[my_marks]], photographs)
no_vote = votes.counts[first, photographs.labels[first]] == 0
counts = {"wrong, by your eyes": len(my_marks), "not one of ten raters agrees": int(no_vote.sum())}
fer.plots.accuracies({name: (count, len(first)) for name, count in counts.items()})

# %% [markdown]
# Compare with the ten votes on the first eight. (No bars? Then there is no table of FER+, and your eyes are the judge.)

# %%
fer.plots.votes(photographs.images[first[:8]], votes.counts[first[:8]], titles[:8])

# %% [markdown]
# ## What you take with you
#
# - **An embedding makes "similar" a number.** What is far from everything deserves a look.
# - **Far away is not wrong, and near is not right.** Outliers find what is no face; label errors are faces.
# - **Ask somebody who has not seen the answer**, and compare with how sure they usually are.
# - **A suspect is not a culprit.** Look at the first, and count whom suspicion hits.
