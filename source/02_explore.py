# ---
# title: Explore
# learn:
#   - what accuracy you get for knowing nothing
#   - how copies of an image leak from train into test, and what that is worth
#   - why a perfect model would not score 100 %
# minutes: 30
# needs: lesson 00, NumPy arrays
# ---

# %% [markdown]
# ## Which of these should not be here?
#
# Forty train images, as they come. Before any statistics: look. Which ones would you throw out? Which labels would
# you not sign?

# %%
import numpy as np

faces = fer.sample_faces()
shown = faces.train.subset(np.arange(134, 174))
fer.plots.faces(shown.images, titles=shown.to_frame()["emotion"], columns=10)

# %% [markdown]
# You probably found a picture without a face, a few too dark or too blurred to read, and some labels that made you
# frown. Nobody told you what to look for. **Looking at the data is the one method that always works**, and it is the
# first thing to do with every new dataset.
#
# `FaceDataset` holds what we know about each image.

# %%
faces

# %%
faces.to_frame().head()

# %% [markdown]
# ## Knowing nothing
#
# How often does each emotion occur?

# %%
fer.plots.class_counts(faces.train)

# %% [markdown]
# Not equally. So here is a model that never looks at a face: it always answers with the most frequent class. How good
# is it?
#
# ## Now you: `majority_accuracy`
#
# Write the function; every network of this course will have to beat it. (`np.bincount(labels)` counts how often each label
# occurs.)


# %%
def majority_accuracy(labels):
    """Accuracy of always answering the most frequent label, from 0 to 1."""
    ### BEGIN SOLUTION
    return np.bincount(labels).max() / len(labels)
    ### STUB
    # return 0.0  # your turn
    ### END SOLUTION


# %%
from fer_course.exercises import explore as ex

ex.majority_accuracy.check(majority_accuracy)

# %%
# ex.majority_accuracy.hint()
# ex.majority_accuracy.solution()

# %% tags=["selftest"]
ex.majority_accuracy.selftest(
    right=[majority_accuracy, lambda labels: max(np.mean(labels == label) for label in range(7))],
    wrong={
        "count of the largest class": lambda labels: np.bincount(labels).max(),
        "label of the largest class": lambda labels: np.bincount(labels).argmax(),
        "guessing at random": lambda labels: 1 / 7,
        "do not fix the class": lambda labels: np.mean(labels == 3),
    },
)

# %%
print(f"always the same answer, on test: {majority_accuracy(faces.test.labels):.1%}")

# %% [markdown]
# And it never once recognises fear. That is why the course looks at each emotion by itself and not at the total alone.
# The share of an emotion's faces that is recognised is called its **recall**.
#
# ## The average face
#
# Add up all faces of one emotion and divide. What is common stays, what is personal fades. (Averaging turns everything
# gray, so each result is stretched from black to white again.)

# %%
good = faces.train.subset(faces.train.attributes["defect"] == "none")
averages = [good.images[good.labels == label].mean(axis=0) for label in range(7)]
stretched = [np.interp(a, (a.min(), a.max()), (0, 255)).astype(np.uint8) for a in averages]
fer.plots.faces(stretched, titles=fer.EMOTIONS, columns=7)

# %% [markdown]
# Seven ghosts, and you can name most of them. Look where they differ: the mouth, then the brows. A simple method could
# already tell happy from surprise. Angry and sad need more than an average.
#
# Averages hide what single faces show. Page through one emotion at a time, sixteen faces a page.


# %%
def page(emotion, number):
    of_emotion = faces.train.subset(faces.train.to_frame()["emotion"] == emotion)
    return fer.plots.faces(of_emotion.images[16 * number : 16 * number + 16], columns=8)


fer.notebook.slide(page, emotion=list(fer.EMOTIONS), number=(0, 3, 1))

# %% [markdown]
# ## Three splits, one rule
#
# | split | in FER2013's files | what it is for |
# | --- | --- | --- |
# | train | `Training` | to fit the network |
# | val | `PublicTest` | to choose: epochs, thresholds, weights |
# | test | `PrivateTest` | to score, once, at the end |
#
# The rule works only if the splits share nothing. Do they? If the same picture stands in train and in test, a model
# that merely **remembers** gets it right.
#
# ## Now you: `copied_from_train`
#
# Find out which test images are exact copies of a train image. Comparing each with each would do, slowly. Faster:
# `image.tobytes()` turns an image into something that a Python `set` can hold and find again.


# %%
def copied_from_train(train_images, test_images):
    """Say for each test image whether the same pixels stand in train: True or False."""
    ### BEGIN SOLUTION
    seen = {image.tobytes() for image in train_images}
    return np.array([image.tobytes() in seen for image in test_images])
    ### END SOLUTION


# %%
ex.copied_from_train.check(copied_from_train)

# %%
# ex.copied_from_train.hint()
# ex.copied_from_train.solution()

# %% tags=["selftest"]
ex.copied_from_train.selftest(
    right=[
        copied_from_train,
        lambda train, test: [any(np.array_equal(image, other) for other in train) for image in test],
    ],
    wrong={
        "only how many": lambda train, test: int(copied_from_train(train, test).sum()),
        "asked it of the train images": lambda train, test: copied_from_train(test, train),
        "compare all pixels": lambda train, test: np.isin(
            test.mean(axis=(1, 2)).round(1), train.mean(axis=(1, 2)).round(1)
        ),
        "wherever they stand": lambda train, test: np.zeros(len(test), bool),
    },
)

# %% [markdown]
# The package answers the same question for all splits: a **twin** is an exact copy in another split. Each column
# is a pair, train above, its twin below.

# %%
twins = fer.find_twins(faces).head(8)
pairs = np.concatenate([faces.images[twins["index"]], faces.images[twins["twin"]]])
where = faces.to_frame().loc[[*twins["index"], *twins["twin"]]]
fer.plots.faces(pairs, titles=where["split"] + ": " + where["emotion"], columns=8)

# %% [markdown]
# ## What is a leak worth?
#
# Build the laziest model there is. It learns nothing. It remembers the train images with their labels, and where it
# does not remember, it answers with the most frequent class.

# %%
memory = {image.tobytes(): label for image, label in zip(faces.train.images, faces.train.labels)}
most_frequent = np.bincount(faces.train.labels).argmax()
answers = np.array([memory.get(image.tobytes(), most_frequent) for image in faces.test.images])

# %%
test = faces.test.labels
right = {"always the majority": test == most_frequent, "with a memory": test == answers}
fer.plots.accuracies({name: (marks.sum(), len(marks)) for name, marks in right.items()})

# %% [markdown]
# The difference is what the leak pays for remembering. It is small, and it is not skill. In lesson 12, before a network is
# trained, every train image whose twin is in val or test goes; lesson 13 measures what a careless colleague gains.
#
# ## Can you trust the labels?
#
# Back to the labels that made you frown. Let ten people look at every face and write down, each alone, what they see.
# For FER2013 that was done in 2016 and is called FER+ (Barsoum and others). If you have both files, this cell loads
# them. If not, you get drawn faces and ten simulated raters, who confuse emotions about as often as those of FER+ did.

# %%
rated, votes = fer.load_ferplus()
own = votes.counts[np.arange(len(rated)), rated.labels]

# %% [markdown]
# Six faces: two on which all ten agree with the label, two on which they are divided, and two whose label nobody gave.

# %%
divided = (votes.counts.max(axis=1) == 5) & (own > 0)
shown = [*np.flatnonzero(own == 10)[:2], *np.flatnonzero(divided)[:2], *np.flatnonzero(own == 0)[:2]]
titles = "label: " + rated.to_frame()["emotion"][shown]
fer.plots.votes(rated.images[shown], votes.counts[shown], titles)

# %% [markdown]
# Which label should such a face have? There are three ways to make one out of ten votes.
#
# - The **majority**: what more than half of them said, answers of a single person set aside. Faces without a majority
#   get no label and are left out.
# - **Several targets**: every emotion that enough people saw, for example at least three of ten.
# - The **soft label**: the share of each emotion. Six times happy and twice surprise become 0.75 and 0.25. Nobody's
#   opinion is lost, and a network can be trained on shares as well as on names.

# %%
print(f"faces with a majority: {(votes.majority() >= 0).mean():.1%}")

# %% [markdown]
# ## Now you: `soft_label`
#
# Write the soft label: `votes` has a row for each face and a column for each emotion. The answers "unknown" and "not a
# face" are left out already, so not every row adds up to ten, and some have no vote at all.


# %%
def soft_label(votes):
    """Shares of the seven emotions, (n, 7), from the votes for them; a row without a vote stays 0."""
    ### BEGIN SOLUTION
    total = votes.sum(axis=1, keepdims=True)
    return votes / np.maximum(total, 1)
    ### END SOLUTION


# %%
ex.soft_label.check(soft_label)

# %%
# ex.soft_label.hint()
# ex.soft_label.solution()

# %% tags=["selftest"]
ex.soft_label.selftest(
    right=[
        soft_label,
        lambda votes: np.array([row / row.sum() if row.any() else row * 0.0 for row in votes]),
    ],
    wrong={
        "not all rows have ten": lambda votes: votes / 10,
        "axis=1": lambda votes: votes / np.maximum(votes.sum(axis=0), 1),
        "of the whole table": lambda votes: votes / votes.sum(),
        "broadcast": lambda votes: votes / votes.sum(axis=1),
        "0 divided by 0": lambda votes: votes / votes.sum(axis=1, keepdims=True),
        "that is a majority": lambda votes: (
            np.eye(7)[votes.argmax(axis=1)] * votes.any(axis=1, keepdims=True)
        ),
    },
)

# %% [markdown]
# (`votes.soft_labels()` does the same, and sets answers of a single person aside here, too.)
#
# Now think of a model that always gives the answer that people give most often. It is scored against the labels in the
# file, as every model is. How often is it marked right?

# %%
agrees = votes.plurality() == rated.labels
right, images = (np.bincount(labels, minlength=7) for labels in (rated.labels[agrees], rated.labels))
fer.plots.share_bars(right, images, title="the most frequent answer is the label")

# %%
print(f"all emotions together: {agrees.mean():.1%}")

# %% [markdown]
# A ceiling far below 100 %. What a model gains above it, it gains where it agrees with whoever chose the labels, and other
# people do not.
#
# ## On the real FER2013
#
# Measured on @[fer2013_labels.dataset] (the third split is kept apart for the final score):
#
# | train images | angry | disgust | fear | happy | sad | surprise | neutral |
# | --- | --- | --- | --- | --- | --- | --- | --- |
# | count | @[fer2013_labels.train_counts.angry] | @[fer2013_labels.train_counts.disgust] | @[fer2013_labels.train_counts.fear] | @[fer2013_labels.train_counts.happy] | @[fer2013_labels.train_counts.sad] | @[fer2013_labels.train_counts.surprise] | @[fer2013_labels.train_counts.neutral] |
# | label agrees with ten new raters, % | @[fer2013_labels.agree_percent_by_emotion.angry] | @[fer2013_labels.agree_percent_by_emotion.disgust] | @[fer2013_labels.agree_percent_by_emotion.fear] | @[fer2013_labels.agree_percent_by_emotion.happy] | @[fer2013_labels.agree_percent_by_emotion.sad] | @[fer2013_labels.agree_percent_by_emotion.surprise] | @[fer2013_labels.agree_percent_by_emotion.neutral] |
#
# - **Leakage**: @[fer2013_labels.twins_in_train.val] of the 3,589 val images have an exact twin in train, and
#   @[fer2013_labels.groups_with_conflicting_labels] groups of identical images carry different labels.
# - **Labels**: the most frequent answer of FER+'s ten raters equals the label for only
#   **@[fer2013_labels.agree_percent] %** of the images; @[fer2013_labels.no_vote_percent] % of the labels got not one
#   of ten votes. @[fer2013_labels.no_majority_percent] % of the images have no majority for any emotion, and
#   @[fer2013_labels.rated_not_a_face] were rated "not a face" by at least five.
#
# **A question to answer in words**: networks have been published that score 75 % on this set
# ([Pramerdorfer and Kampel, 2016](https://arxiv.org/abs/1612.02903), several together), while people agree with its labels
# on @[fer2013_labels.agree_percent] %. How can a network be "better" than ten people? (The labels came from search words.
# What might a search engine have in common with a network that learned from it?)
#
# Figures: `benchmarks/fer2013_labels.py`. If you have the files, this shows your own twins; without them, the sample's.

# %%
mine = fer.load_fer2013()
twins = fer.find_twins(mine).head(8)
pairs = np.concatenate([mine.images[twins["index"]], mine.images[twins["twin"]]])
fer.plots.faces(pairs, columns=8)

# %% [markdown]
# ## What you take with you
#
# - **Know the accuracy of knowing nothing** before you are proud of any other.
# - **Splits must share nothing.** Exact copies are the easiest leak to find, and the easiest to forget.
# - **Labels are opinions.** Where people disagree, 100 % is not the top of the scale.
