# ---
# title: The cleaning pipeline
# learn:
#   - how scores, flags and reasons become a smaller dataset, and what may never be touched
#   - how good a filter is, in two numbers
#   - how to find out whether cleaning helped, and how to fool yourself
# minutes: 45
# needs: lessons 03 to 07, NumPy arrays
# ---

# %% [markdown]
# ## Two points, four points, six?
#
# Here is what the limits of lessons 03 and 04 throw out of our train faces, and copies (02), up to four for each reason. What
# the lessons in between found comes on top at the end, on your photographs. (*copy*: the same
# picture is in train already; *conflict*: its copies carry different labels; *twin*: a copy is in val or test; *empty*: few
# edges or few gray values.)

# %%
import numpy as np

faces = fer.sample_faces()
result = fer.clean(faces)
reasons = result.removed.attributes["reasons"]
main_reason = np.array([text.split(",")[0] for text in reasons])
shown = [i for name in np.unique(main_reason) for i in np.flatnonzero(main_reason == name)[:4]]
fer.plots.faces(result.removed.images[shown], titles=reasons[shown])

# %% [markdown]
# Spoiled pictures and copies, most of them. Guides promise that without them a network gains **2 to 6 points** of accuracy
# ([for example](https://github.com/philopaterwaheed/sci-noti/blob/b78230377cc8ddae05d14256b5423a462e0e6d38/USAGE_GUIDE.md)).
# It sounds right. Today you measure it.
#
# ## Measure, flag, drop
#
# The pipeline has three steps, and the first is the only slow one. `fer.measure` makes one row of **scores** for each image.
# Limits turn scores into **flags**. Whatever has a flag is dropped, and every reason is kept.

# %%
result

# %% [markdown]
# Look at "for this alone". Most blurred faces have another flag as well: leave this filter out, and the others catch them.
# So do not praise a filter for all that stands in its line.
#
# ## Now you: `to_drop`
#
# Write the last step. An image is dropped if it has **any** flag **and** belongs to train. Val and test are the exam.
# Nobody makes an exam easier and then boasts of the marks.


# %%
def to_drop(flags, split):
    """True for each image to drop: flags is (images, filters) of booleans, split has one name an image."""
    ### BEGIN SOLUTION
    return flags.any(axis=1) & (split == "train")
    ### STUB
    # return np.zeros(len(flags), bool)  # your turn
    ### END SOLUTION


# %%
from fer_course.exercises import cleaning_pipeline as ex

ex.to_drop.check(to_drop)

# %%
# ex.to_drop.hint()
# ex.to_drop.solution()

# %% tags=["selftest"]
ex.to_drop.selftest(
    right=[
        to_drop,
        lambda flags, split: np.array([any(f) and s == "train" for f, s in zip(flags, split, strict=True)]),
    ],
    wrong={
        "exam": lambda flags, split: flags.any(axis=1),
        "one flag is enough": lambda flags, split: flags.all(axis=1) & (split == "train"),
        "for each image": lambda flags, split: flags.any(axis=0),
        "not the ones to keep": lambda flags, split: ~(flags.any(axis=1) & (split == "train")),
    },
)

# %% [markdown]
# ## How good is a filter?
#
# Two questions. Of what it threw out, how much deserved it? That is **precision**. Of what deserved it, how much did it
# throw out? That is **recall**. A filter that throws out everything has perfect recall. One that throws out a single
# black picture has perfect precision. Only both together say something.
#
# ## Now you: `precision_and_recall`
#
# `flagged` and `bad` hold True or False for each image.


# %%
def precision_and_recall(flagged, bad):
    """Two shares from 0 to 1; 0.0 where there is nothing to divide by."""
    ### BEGIN SOLUTION
    caught = np.sum(flagged & bad)
    return caught / max(np.sum(flagged), 1), caught / max(np.sum(bad), 1)
    ### STUB
    # return 0.0, 0.0  # your turn
    ### END SOLUTION


# %%
ex.precision_and_recall.check(precision_and_recall)

# %%
# ex.precision_and_recall.hint()
# ex.precision_and_recall.solution()

# %% tags=["selftest"]
ex.precision_and_recall.selftest(
    right=[
        precision_and_recall,
        lambda flagged, bad: (
            float(bad[flagged].mean()) if flagged.any() else 0.0,
            float(flagged[bad].mean()) if bad.any() else 0.0,
        ),
    ],
    wrong={
        "two numbers": lambda flagged, bad: np.sum(flagged & bad) / np.sum(flagged),
        "in this order": lambda flagged, bad: (flagged[bad].mean(), bad[flagged].mean()),
        "that is the accuracy": lambda flagged, bad: ((flagged == bad).mean(), flagged[bad].mean()),
        "nothing to divide by": lambda flagged, bad: (
            np.sum(flagged & bad) / np.sum(flagged),
            np.sum(flagged & bad) / np.sum(bad),
        ),
    },
)

# %% [markdown]
# Three limits at once, from lax to strict: at strictness 1 the package's own. Everything is read from the score table, so
# the slider is instant. Here, *bad* are the faces that were spoiled when they were drawn: blurred, dark, bright, flat, or
# no face.

# %%
from fer_course.cleaning.thresholds import flag

scores = result.scores[faces.split == "train"]
defect = faces.train.attributes["defect"]
spoiled = np.isin(defect, ["blur", "dark", "bright", "flat", "no_face"])
labels = faces.train.labels


def stricter(strictness=1.0):
    limits = fer.Thresholds(
        blur=200 * strictness, brightness=(40 * strictness, 255 - 35 * strictness), contrast=15 * strictness
    )
    flagged = flag(scores, limits).any(axis=1).to_numpy()
    precision, recall = precision_and_recall(flagged, spoiled)
    title = f"good faces lost (precision {precision:.0%}, recall {recall:.0%})"
    lost = np.bincount(labels[flagged & (defect == "none")], minlength=7)
    figure = fer.plots.share_bars(lost, np.bincount(labels[defect == "none"], minlength=7), title)
    figure.axes[0].set_xlim(0, 0.65)  # the same for every strictness
    return figure


fer.notebook.slide(stricter, strictness=(0.5, 2.5, 0.25))

# %% [markdown]
# (Precision and recall 0? Then `precision_and_recall` is waiting for you.) The last bad faces are expensive. Go from
# strictness 1 to 2: a dozen more of them are found, and a tenth of all good faces goes with them.
#
# ## Did it help?
#
# Train on raw faces, train on cleaned ones, compare on the same val. A quick classifier will do: it takes half a second,
# so you can afford many trials.

# %%
from fer_course.cleaning.outliers import fit_gradients

train, val = faces.split == "train", faces.val


def val_accuracy(keep):
    probabilities = fit_gradients(faces.subset(train & keep), val.images)
    return np.mean(probabilities.argmax(axis=1) == val.labels)


clean_ones = ~to_drop(result.flags.to_numpy(), faces.split)
raw, cleaned = val_accuracy(np.ones(len(faces), bool)), val_accuracy(clean_ones)
print(f"raw {raw:.1%}, cleaned {cleaned:.1%}")

# %% [markdown]
# More than a point, from cleaning alone! (No difference? Then `to_drop` is waiting for you.) This is the moment at which
# guides are written. But what would have happened if you had thrown out **any** hundred faces?
#
# ## Now you: `as_many_at_random`
#
# The control of the experiment: drop exactly as many train images as the filter dropped, chosen by chance from all of
# train. `keep` and `train` hold True or False for each image; `rng.choice(places, 3, replace=False)` draws three of the
# places, none of them twice.


# %%
def as_many_at_random(keep, train, rng):
    """A mask like keep that drops as many train images, chosen by rng, and no others."""
    ### BEGIN SOLUTION
    dropped = rng.choice(np.flatnonzero(train), np.sum(train & ~keep), replace=False)
    mask = np.ones(len(keep), bool)
    mask[dropped] = False
    return mask
    ### STUB
    # return keep.copy()  # your turn
    ### END SOLUTION


# %%
ex.as_many_at_random.check(as_many_at_random)

# %%
# ex.as_many_at_random.hint()
# ex.as_many_at_random.solution()

# %% tags=["selftest"]
ex.as_many_at_random.selftest(
    right=[
        as_many_at_random,
        lambda keep, train, rng: (
            ~np.isin(np.arange(len(keep)), rng.permutation(np.flatnonzero(train))[: (train & ~keep).sum()])
        ),
    ],
    wrong={
        "only from train": lambda keep, train, rng: (
            ~np.isin(np.arange(len(keep)), rng.choice(len(keep), np.sum(train & ~keep), replace=False))
        ),
        "as many": lambda keep, train, rng: (
            ~np.isin(np.arange(len(keep)), rng.choice(np.flatnonzero(train), np.sum(train & ~keep)))
        ),
        "from all of train": lambda keep, train, rng: (
            ~np.isin(
                np.arange(len(keep)),
                rng.choice(np.flatnonzero(train & keep), np.sum(train & ~keep), replace=False),
            )
        ),
        "other draw": lambda keep, train, rng: (
            ~np.isin(np.arange(len(keep)), np.flatnonzero(train)[: np.sum(train & ~keep)])
        ),
        "True for those to keep": lambda keep, train, rng: np.isin(
            np.arange(len(keep)), rng.choice(np.flatnonzero(train), np.sum(train & ~keep), replace=False)
        ),
    },
)

# %% [markdown]
# Twenty such draws, each trained and scored, which takes some ten seconds. Where does the cleaned one stand among them? (All on one line? Then
# `as_many_at_random` is waiting for you.)

# %%
import matplotlib.pyplot as plt

rng = np.random.default_rng(0)
draws = [val_accuracy(as_many_at_random(clean_ones, train, rng)) for _ in range(20)]
_, ax = plt.subplots(figsize=(8.5, 2.6))
ax.plot(
    draws, rng.uniform(-1, 1, len(draws)), "o", color=fer.plots.BLUE, alpha=0.6, label="as many at random"
)
for value, name, style in [(raw, "raw", ":"), (cleaned, "cleaned", "-")]:
    ax.axvline(value, color=fer.plots.ORANGE, linestyle=style, label=name)
ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
ax.set(xlabel="val accuracy", yticks=[], ylim=(-2, 2))
_ = ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3)

# %% [markdown]
# Throwing out faces at random moves the accuracy just as far, up and down. The gain was **noise**. Nothing here says
# that cleaning harms, or that it cannot help. It says that one run of each cannot tell. Would a perfect filter help? We
# know the truth of this sample, so we can keep exactly the good faces.

# %%
print(f"perfectly cleaned {val_accuracy(faces.attributes['defect'] == 'none'):.1%}")

# %% [markdown]
# No better than any other. A few bad pictures among many good ones hurt a classifier less than one would think, perhaps
# because they point in all directions.
#
# ## How to gain eight points
#
# It can be done. Do not clean train, clean **val**. Drop the faces whose label is suspicious (lesson 07), and score the
# same classifier, untouched, on what is left.

# %%
right = fit_gradients(faces.train, val.images).argmax(axis=1) == val.labels
suspects = fer.find_label_errors(val.labels, fer.out_of_fold_probabilities(val))["index"]
left = ~np.isin(np.arange(len(val)), suspects)
fer.plots.accuracies(
    {"all of val": (right.sum(), len(val)), "without suspects": (right[left].sum(), left.sum())},
    title="the same classifier, nothing learned",
)

# %% [markdown]
# It has learned nothing. The hard questions are gone from the exam. Whoever cleans a dataset **before** dividing it into
# splits does exactly this, without noticing.
#
# **A question to answer in words**: a paper reports 84 % "on cleaned FER2013". What do you ask its authors?
#
# ## On the real FER2013
#
# For each of its images ten people have said what they see (FER+, lesson 02). "No face" means that at least five of them
# saw none; well labelled means that most of them agree with the label (`benchmarks/cleaning_filters.py`).
#
# | filter, on train | removed, % | of them no face, % | of all no faces, % | well labelled lost, % |
# | --- | --- | --- | --- | --- |
# | the guides' limits: blur 80, brightness 40 to 220, contrast 20 | @[cleaning_filters.fer2013.train.guide.flagged.percent] | @[cleaning_filters.fer2013.train.guide.not_a_face.precision.percent] | @[cleaning_filters.fer2013.train.guide.not_a_face.recall.percent] | @[cleaning_filters.fer2013.train.guide.good_lost.percent] |
# | the package's limits | @[cleaning_filters.fer2013.train.all_scores.flagged.percent] | @[cleaning_filters.fer2013.train.all_scores.not_a_face.precision.percent] | @[cleaning_filters.fer2013.train.all_scores.not_a_face.recall.percent] | @[cleaning_filters.fer2013.train.all_scores.good_lost.percent] |
# | copies | @[cleaning_filters.fer2013.train.copy.flagged.percent] | @[cleaning_filters.fer2013.train.copy.not_a_face.precision.percent] | @[cleaning_filters.fer2013.train.copy.not_a_face.recall.percent] | @[cleaning_filters.fer2013.train.copy.good_lost.percent] |
# | the first 2 % of the suspects | @[cleaning_filters.fer2013.train.mislabelled_first.flagged.percent] | @[cleaning_filters.fer2013.train.mislabelled_first.not_a_face.precision.percent] | @[cleaning_filters.fer2013.train.mislabelled_first.not_a_face.recall.percent] | @[cleaning_filters.fer2013.train.mislabelled_first.good_lost.percent] |
#
# Guides promise that such filters remove 20 to 30 %. Their limits were made for large photographs.
#
# And did it help? A small network, five epochs (passes over the images), three seeds (a **seed** is the number that random
# choices start from), the same number of steps for all (a step turns the weights once, after some dozens of images), val untouched (`benchmarks/cleaning_ablation.py`). The last column
# is your experiment: the gain over throwing out as many at random.
#
# | train | images | val accuracy, % | with each seed, % | gain over raw, points | gain over as many at random, points |
# | --- | --- | --- | --- | --- | --- |
# | raw | @[cleaning_ablation.raw.train_images] | @[cleaning_ablation.raw.val_accuracy_percent] | @[cleaning_ablation.raw.by_seed_percent] |  |  |
# | the guides' limits | @[cleaning_ablation.guide.train_images] | @[cleaning_ablation.guide.val_accuracy_percent] | @[cleaning_ablation.guide.by_seed_percent] | @[cleaning_ablation.guide.gain_points] (@[cleaning_ablation.guide.gain_interval_points]) |  |
# | the package's limits, and no copies | @[cleaning_ablation.scores_and_copies.train_images] | @[cleaning_ablation.scores_and_copies.val_accuracy_percent] | @[cleaning_ablation.scores_and_copies.by_seed_percent] | @[cleaning_ablation.scores_and_copies.gain_points] (@[cleaning_ablation.scores_and_copies.gain_interval_points]) | @[cleaning_ablation.scores_and_copies.gain_over_random_points] (@[cleaning_ablation.scores_and_copies.gain_over_random_interval_points]) |
# | exactly one face (Haar) | @[cleaning_ablation.one_face_haar.train_images] | @[cleaning_ablation.one_face_haar.val_accuracy_percent] | @[cleaning_ablation.one_face_haar.by_seed_percent] | @[cleaning_ablation.one_face_haar.gain_points] (@[cleaning_ablation.one_face_haar.gain_interval_points]) | @[cleaning_ablation.one_face_haar.gain_over_random_points] (@[cleaning_ablation.one_face_haar.gain_over_random_interval_points]) |
# | all, with CLAHE in train and val | @[cleaning_ablation.clahe.train_images] | @[cleaning_ablation.clahe.val_accuracy_percent] | @[cleaning_ablation.clahe.by_seed_percent] | @[cleaning_ablation.clahe.gain_points] (@[cleaning_ablation.clahe.gain_interval_points]) |  |
#
# **No way to clean gained anything.** Every interval holds 0, and the seeds of one and the same way differ by up to three
# points. (The intervals are over the images of val; the luck of the seed comes on top.) The face rule threw out more than
# one image in five, and did as well as throwing out as many at random. A short training of a small network cannot show
# effects below a point. It can show that 2 to 6 points are not there.
#
# ## On your photographs
#
# Now all that you decided at the end of lessons 03 to 07 cleans the set together: photographs if you have the files (lesson
# 01), else drawn faces; the first lines say which. Where you have not decided, the package's limits stand in.

# %%
from fer_course.cleaning.duplicates import worth_showing
from fer_course.course.thread import load_photographs

photographs, votes = load_photographs(splits=("train", "val", "test"))
decided = fer.mine().decisions(photographs)
limits = fer.mine().thresholds(photographs)

# %% [markdown]
# What you found by other means comes on top: faces whose edges agree too little (05), what the detector does not count as one
# face (06, some minutes if you asked for it), and the labels that you would not sign (07).

# %%
from fer_course.cleaning.cleaner import optional_flags
from fer_course.cleaning.quality import edge_agreement

extra = {"unsigned": np.isin(photographs.ids, decided.get("suspects") or [])}
if decided.get("occlusion") is not None:
    extra["covered"] = edge_agreement(photographs.images) < decided["occlusion"]
if decided.get("detector"):
    extra.update(optional_flags(photographs, detector=decided["detector"]))

# %% [markdown]
# Flag and drop:

# %%
own = fer.clean(photographs, limits, extra_flags=extra)
own

# %% [markdown]
# Whom do your decisions take?

# %%
taken, whole = own.removed.class_counts(), photographs.train.class_counts()
fer.plots.share_bars(taken, whole, "removed from train")

# %% [markdown]
# Up to eight for each reason, each picture once, and no blank ones. Would you throw them out again?

# %%
seen = own.removed.subset(worth_showing(own.removed.images))
why = np.array([text.split(",")[0] for text in seen.attributes["reasons"]])
shown = [i for name in np.unique(why) for i in np.flatnonzero(why == name)[:8]]
fer.plots.faces(seen.images[shown], titles=why[shown])

# %% [markdown]
# Now as many at random, by your own functions. Would somebody who sees both galleries know which is which? (No faces? Then
# `to_drop` or `as_many_at_random` is waiting for you.)

# %%
keep = ~to_drop(own.flags.to_numpy(), photographs.split)
by_chance = ~as_many_at_random(keep, photographs.split == "train", np.random.default_rng(0))
fer.plots.faces(photographs.images[by_chance][: len(shown)])

# %% [markdown]
# And what do the raters of FER+ say of both? (Only zeros? Then their table is missing.)

# %%
no_face, agreed = votes.counts[:, -1] >= 5, votes.majority() == photographs.labels
counts = {}
for kind, group in (("no face", no_face), ("well labelled", agreed)):
    counts[f"yours: {kind}"] = int(np.sum(group & ~keep)), int(np.sum(~keep))
    counts[f"at random: {kind}"] = int(np.sum(group & by_chance)), int(np.sum(by_chance))
fer.plots.accuracies(counts, title="what goes, by FER+'s raters")

# %% [markdown]
# Keep the set beside your decisions: the images as they are, with the list of what went and why. `clahe` is no filter;
# lesson 12 reads that decision when it trains.

# %%
own.save(fer.mine().folder)
fer.mine()

# %% [markdown]
# ## What you take with you
#
# - **Measure, then decide.** Scores once, limits as often as you like, a reason for every image.
# - **Precision and recall, both.** And by group, since the average hides who pays.
# - **Cleaned against raw is half an experiment.** The other half is to throw away as many at random, several times.
# - **Never clean the exam.**
#
# Why clean at all, then? Because a copy in val is a leak (lesson 02), because an error page has no business in a
# training set, and because looking at your data teaches you more than any score. The whole pipeline is one line:
# `fer-course clean --data data/fer2013 --save`, and writes a report with a gallery for each reason.
