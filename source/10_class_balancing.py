# ---
# title: Class balancing
# learn:
#   - why accuracy hardly notices when a network misses an emotion
#   - how weights, repeats and resampling make rare emotions count
#   - what the frequent ones pay, and how to get much of it without training again
# minutes: 45
# needs: lessons 02 and 07, NumPy arrays
# ---

# %% [markdown]
# ## Seventeen smiles
#
# People smile at cameras. Nobody asks them to look disgusted: in the real FER2013 there are seventeen smiles for each
# disgusted face. Our drawn sample is kinder, so make it as uneven. Keep 22 disgusted faces of train.

# %%
import numpy as np

train = fer.sample_faces().train
disgusted = np.flatnonzero(train.labels == 1)
train = train.subset(np.setdiff1d(np.arange(len(train)), disgusted[22:]))
fer.plots.class_counts(train)

# %% [markdown]
# What will a network learn about the shortest bar?
#
# ## The smallest network there is
#
# To try many ways we need something quick: the 900 numbers of a face from lesson 07, and **one layer** on them. It trains
# in two seconds.

# %%
from fer_course.training.backend import keras

features = fer.embed(train.images)
scale = keras.layers.Normalization()
scale.adapt(features)


def network():
    keras.utils.set_random_seed(0)
    one_layer = [keras.layers.Dropout(0.5), keras.layers.Dense(7, activation="softmax")]
    return keras.Sequential([keras.Input((900,)), scale, *one_layer])


# %%
def trained(inputs, labels, weights=None):
    model = network()
    model.compile(keras.optimizers.AdamW(2e-3), "categorical_crossentropy", jit_compile=False)
    model.fit(inputs, np.eye(7)[labels], batch_size=64, epochs=12, class_weight=weights, verbose=0)
    return model


# %% [markdown]
# In words: `Dense` multiplies the 900 numbers with weights and adds them up, once for each emotion, and `softmax` turns the
# seven sums into probabilities. `np.eye(7)[labels]` writes a label as seven numbers, 1 for the right emotion and 0 for the
# others. `fit` shows 64 faces at a time, and all of them twelve times (**epochs**); `AdamW` turns the weights a little after
# each step, and `Dropout` hides half of the numbers at random meanwhile, so that none is relied on too much.
#
# And an exam. Val has thirteen disgusted faces, too few to tell anything. With drawn faces we can have more: 1,400 of
# **new people**, without the spoiled ones. This takes a few seconds.

# %%
exam = fer.sample_faces(1400, seed=1)
exam = exam.subset(exam.attributes["defect"] == "none")
questions = fer.embed(exam.images)

# %%
plain = trained(features, train.labels).predict(questions, verbose=0)
fer.plots.recall_bars(fer.score(exam.labels, plain), f"accuracy {fer.score(exam.labels, plain).accuracy:.1%}")

# %% [markdown]
# Accuracy looks fine. Disgust does not: two in five are missed. Nobody who reads one number would know,
# because there is so little disgust to be wrong about. **Whoever looks at accuracy sees smiles.**
#
# ## Why: what is added up
#
# Training makes a sum small: the **loss**, one term for each face. Of every hundred terms, one or two are about disgust. A
# step that helps hundreds of smiles a little and hurts a few disgusted faces is a good step. So change the sum: multiply the terms of
# rare emotions.
#
# ## Now you: `balanced_weights`
#
# Give each emotion the weight `n / (k * count)`, with `n` faces and `k` emotions. Then each emotion adds up to the same, and
# an average face still counts 1, so the size of the steps stays as it was. Here all seven emotions occur.


# %%
def balanced_weights(labels):
    """Seven weights: the number of faces, divided by seven times the emotion's number of faces."""
    ### BEGIN SOLUTION
    counts = np.bincount(labels, minlength=7)
    return len(labels) / (7 * counts)
    ### STUB
    # return np.ones(7)  # your turn
    ### END SOLUTION


# %%
from fer_course.exercises import class_balancing as ex

ex.balanced_weights.check(balanced_weights)

# %%
# ex.balanced_weights.hint()
# ex.balanced_weights.solution()

# %% tags=["selftest"]
ex.balanced_weights.selftest(
    right=[
        balanced_weights,
        lambda labels: [len(labels) / 7 / np.sum(labels == label) for label in range(7)],
    ],
    wrong={
        "the rarest has the largest": lambda labels: np.bincount(labels, minlength=7) * 7 / len(labels),
        "your seven add up to 1": lambda labels: balanced_weights(labels) / balanced_weights(labels).sum(),
        "an average face": lambda labels: len(labels) / np.bincount(labels, minlength=7),
        "one for each emotion": lambda labels: (len(labels) / 7 / np.bincount(labels, minlength=7))[labels],
        "adds up to the same": lambda labels: np.sqrt(len(labels) / 7 / np.bincount(labels, minlength=7)),
    },
)

# %%
weights = dict(enumerate(balanced_weights(train.labels)))
weighted = trained(features, train.labels, weights=weights).predict(questions, verbose=0)
fer.plots.recall_bars(
    fer.score(exam.labels, weighted), f"weighted: accuracy {fer.score(exam.labels, weighted).accuracy:.1%}"
)

# %% [markdown]
# Disgust is found much more often, and the accuracy has **hardly moved**. (All as it was? Then `balanced_weights` is
# waiting for you.) Once more the one number saw nothing, this time of the good news. So look at all seven recalls, or at
# their mean: the **balanced accuracy**.
#
# ## Show it more often
#
# If a face counts three times, you could as well show it three times.
#
# ## Now you: `repeated`
#
# Return the positions of all faces, some of them several times, so that each emotion that occurs has as many as the most
# frequent one. `np.flatnonzero(labels == 1)` are the positions of disgust, `np.resize(positions, 10)` goes round until it
# has ten, and `np.concatenate` makes one list of several.


# %%
def repeated(labels):
    """Positions in which each emotion that occurs stands equally often, all faces at least once."""
    ### BEGIN SOLUTION
    most = np.bincount(labels).max()
    return np.concatenate([np.resize(np.flatnonzero(labels == label), most) for label in np.unique(labels)])
    ### STUB
    # return np.arange(len(labels))  # your turn
    ### END SOLUTION


# %%
ex.repeated.check(repeated)

# %%
# ex.repeated.hint()
# ex.repeated.solution()

# %% tags=["selftest"]
ex.repeated.selftest(
    right=[
        repeated,
        lambda labels: np.concatenate(
            [
                np.arange(len(labels)),
                *(
                    np.resize(np.flatnonzero(labels == k), (np.bincount(labels).max() - np.sum(labels == k)))
                    for k in set(labels.tolist())
                ),
            ]
        ),
    ],
    wrong={
        "equally often": lambda labels: np.concatenate([np.arange(len(labels)), np.flatnonzero(labels == 1)]),
        "at least once": lambda labels: np.concatenate(
            [np.full(np.bincount(labels).max(), np.flatnonzero(labels == k)[0]) for k in np.unique(labels)]
        ),
        "positions, not labels": lambda labels: np.repeat(np.unique(labels), np.bincount(labels).max()),
        "as the most frequent": lambda labels: np.concatenate(
            [
                np.flatnonzero(labels == k)[: np.bincount(labels)[np.unique(labels)].min()]
                for k in np.unique(labels)
            ]
        ),
        "not over range(7)": lambda labels: np.concatenate(
            [np.resize(np.flatnonzero(labels == k), np.bincount(labels).max()) for k in range(7)]
        ),
    },
)

# %% [markdown]
# Nearly the same as weights, then, but for one thing: the copies come at different times, and with augmentation (lesson 11)
# they are even different pictures. It costs time: the set has become nearly twice as large.
#
# ## The thousandth smile
#
# Is a disgusted face really worth seventeen smiles? The first smile taught much, the thousandth little, because it looks
# like others. The **effective number** of faces grows ever more slowly: `(1 - beta**count) / (1 - beta)` (Cui and others,
# [2019](https://arxiv.org/abs/1901.05555)). With beta at 0 all emotions weigh the same; towards 1 the number becomes the
# count, and you are back at the weights above. Move beta.

# %%
import matplotlib.pyplot as plt


def effective(beta=0.99):
    weights = fer.class_weights(train.labels, beta)
    figure, ax = plt.subplots(figsize=(8.5, 3))
    ax.bar(fer.EMOTIONS, weights.values(), color=fer.EMOTION_COLORS.values())
    ax.set(
        ylabel="weight",
        ylim=(0, 10),
        title=f"one disgusted face counts as {weights[1] / weights[3]:.1f} smiles",
    )
    plt.close(figure)
    return figure


fer.notebook.slide(effective, beta=[0.0, 0.9, 0.99, 0.995, 0.999, 0.9999])

# %% [markdown]
# ## Without training again
#
# What does a network learn from uneven data? Two things at once: what disgust **looks** like, and that it is **rare**. The
# second is called its **prior**. When in doubt it says "smile", as a doctor says "a cold". On an exam where disgust is not
# rare, that advice is wrong. You can take it back: divide each probability by how frequent the emotion was in train.
#
# ## Now you: `without_prior`
#
# `probabilities` has a row for each face and a column for each emotion, `shares` the seven shares of train. Divide each
# column by its share, then make each row add up to 1 again.


# %%
def without_prior(probabilities, shares):
    """(n, 7) probabilities divided by the seven shares; every row adds up to 1."""
    ### BEGIN SOLUTION
    divided = probabilities / shares
    return divided / divided.sum(axis=1, keepdims=True)
    ### STUB
    # return probabilities.copy()  # your turn
    ### END SOLUTION


# %%
ex.without_prior.check(without_prior)

# %%
# ex.without_prior.hint()
# ex.without_prior.solution()

# %% tags=["selftest"]
ex.without_prior.selftest(
    right=[without_prior, lambda p, q: np.array([row / q / np.sum(row / q) for row in p])],
    wrong={
        "adds up to 1": lambda probabilities, shares: probabilities / shares,
        "divide, do not multiply": lambda p, q: p * q / (p * q).sum(axis=1, keepdims=True),
        "each row": lambda p, q: p / q / (p / q).sum(),
    },
)

# %% [markdown]
# ## All ways, side by side

# %%
shares = np.bincount(train.labels, minlength=7) / len(train)
again = repeated(train.labels)
ways = {
    "as it is": plain,
    "weights": weighted,
    "repeats": trained(features[again], train.labels[again]).predict(questions, verbose=0),
    "prior taken back": without_prior(plain, shares),
}

# %%
_, ax = plt.subplots(figsize=(9, 4.5))
colors = [fer.plots.BLUE, fer.plots.ORANGE, "#009E73", "gray"]
for (name, probabilities), marker, color in zip(ways.items(), "oD^s", colors, strict=True):
    scored = fer.score(exam.labels, probabilities)
    label = f"{name}: accuracy {scored.accuracy:.1%}, balanced {scored.balanced_accuracy:.1%}"
    ax.plot(fer.EMOTIONS, scored.recall, marker, color=color, markersize=11, alpha=0.75, label=label)
ax.set(ylabel="recall", ylim=(0, 1))
_ = ax.legend(loc="lower right")

# %% [markdown]
# Every way pushes disgust up, and every way pays somewhere else: the more disgust is found, the more often something else is
# taken for it. Taking back the prior finds most disgust and pays most, so that its balanced accuracy gains least here; but it
# needed no training. Lesson 15 comes back to it.
#
# ## Two ways that are not what they seem
#
# - **Focal loss** lets a face count less the surer the network is of its right answer (Lin and others, 2017). It was made for images in
#   which one place in a thousand matters. `fer.Recipe(focal=2)` has it; look below what it does on faces.
# - **Merging** anger and disgust makes the rare class disappear, and the accuracy rises. It has to: the exam has lost its
#   hardest question. Compare only with others who asked six questions.
#
# ## On the real FER2013
#
# The same one-layer network on the @[cleaning_ablation.raw.train_images] photographs of train, three seeds, scored on val
# (`benchmarks/balancing.py`). It is a weak network; look at the differences.
#
# | way | accuracy, % | balanced, % | gain in balanced, points | recall of disgust, % | of happy, % |
# | --- | --- | --- | --- | --- | --- |
# | as it is | @[balancing.none.accuracy_percent] | @[balancing.none.balanced_accuracy_percent] |  | @[balancing.none.recall_percent.disgust] | @[balancing.none.recall_percent.happy] |
# | weights | @[balancing.weights.accuracy_percent] | @[balancing.weights.balanced_accuracy_percent] | @[balancing.weights.balanced_accuracy_gain_interval_points] | @[balancing.weights.recall_percent.disgust] | @[balancing.weights.recall_percent.happy] |
# | effective number, beta @[balancing.settings.beta] | @[balancing.effective.accuracy_percent] | @[balancing.effective.balanced_accuracy_percent] | @[balancing.effective.balanced_accuracy_gain_interval_points] | @[balancing.effective.recall_percent.disgust] | @[balancing.effective.recall_percent.happy] |
# | drawn anew, once | @[balancing.sampling.accuracy_percent] | @[balancing.sampling.balanced_accuracy_percent] | @[balancing.sampling.balanced_accuracy_gain_interval_points] | @[balancing.sampling.recall_percent.disgust] | @[balancing.sampling.recall_percent.happy] |
# | repeats | @[balancing.oversampling.accuracy_percent] | @[balancing.oversampling.balanced_accuracy_percent] | @[balancing.oversampling.balanced_accuracy_gain_interval_points] | @[balancing.oversampling.recall_percent.disgust] | @[balancing.oversampling.recall_percent.happy] |
# | every emotion brought to the mean: some images left out, or mirror images added | @[balancing.mean.accuracy_percent] | @[balancing.mean.balanced_accuracy_percent] | @[balancing.mean.balanced_accuracy_gain_interval_points] | @[balancing.mean.recall_percent.disgust] | @[balancing.mean.recall_percent.happy] |
# | focal loss | @[balancing.focal.accuracy_percent] | @[balancing.focal.balanced_accuracy_percent] | @[balancing.focal.balanced_accuracy_gain_interval_points] | @[balancing.focal.recall_percent.disgust] | @[balancing.focal.recall_percent.happy] |
# | prior taken back | @[balancing.prior.accuracy_percent] | @[balancing.prior.balanced_accuracy_percent] | @[balancing.prior.balanced_accuracy_gain_interval_points] | @[balancing.prior.recall_percent.disgust] | @[balancing.prior.recall_percent.happy] |
#
# - Weights, repeats and drawing anew (as many faces as before, all emotions alike on average) are **the same thing three
#   times**: they gain balanced accuracy, and lose nearly as much accuracy.
# - **Taking back the prior does as well as any of them**, without a second training.
# - The effective number gains a good part of that and pays next to nothing. Focal loss gains nothing here.
#
# **A question to answer in words**: your demo's exam is a party, with a hundred smiles for each disgusted face. Which of
# the ways do you take?
#
# ## On your photographs
#
# The first face of every emotion in lesson 01, with the weight that your `balanced_weights` gives it: photographs if you have
# the files, else drawn faces; the first lines say which.

# %%
from fer_course.cleaning.duplicates import worth_showing
from fer_course.course.thread import load_photographs

photographs, votes = load_photographs()
shown = np.flatnonzero(worth_showing(photographs.images))
found, first = np.unique(photographs.labels[shown], return_index=True)
weights = balanced_weights(photographs.labels)
titles = [f"{fer.EMOTIONS[label]}: {weights[label]:.2f}" for label in found]
fer.plots.faces(photographs.images[shown[first]], titles=titles, columns=7)

# %% [markdown]
# How many smiles is one disgusted face worth now? See what it does to the one layer: two thirds of 3,000 faces to learn from,
# the last third to ask. Val stays out of it. This takes some seconds.

# %%
part = np.random.default_rng(0).permutation(len(photographs))[:3000]
features, labels = fer.embed(photographs.images[part]), photographs.labels[part]
scale = keras.layers.Normalization()
scale.adapt(features)
learn, ask = slice(0, 2 * len(part) // 3), slice(2 * len(part) // 3, None)

# %%
_, ax = plt.subplots(figsize=(9, 4))
ways = {"as it is": None, "weights": dict(enumerate(balanced_weights(labels[learn])))}
for (name, weights), marker in zip(ways.items(), "oD"):
    scored = fer.score(
        labels[ask], trained(features[learn], labels[learn], weights).predict(features[ask], verbose=0)
    )
    summary = f"{name}: accuracy {scored.accuracy:.1%}, balanced {scored.balanced_accuracy:.1%}"
    ax.plot(fer.EMOTIONS, scored.recall, marker, markersize=11, alpha=0.75, label=summary, clip_on=False)
ax.set(ylabel="recall", ylim=(0, 1))
_ = ax.legend(loc="lower left", bbox_to_anchor=(0, 1))

# %% [markdown]
# So few disgusted faces are asked that their dot may jump by tens of points: read it as a direction. Your decision is for the
# network of lesson 12, and it depends on whom that should serve: "none" for the most accuracy, or "weights", "effective" or
# "sampling", which give some of it for balance.

# %%
my_balance = "none"
fer.mine().decide("balance", my_balance, photographs)

# %% [markdown]
# ## What you take with you
#
# - **Accuracy is the recall of the frequent.** Read all seven, with their whiskers.
# - **Weights and repeats are the same idea**: change what the sum adds up.
# - **A network learns how emotions look, and how often they come.** The second can be changed afterwards.
# - **There is no free balance.** What you give to one emotion, another pays for.
#
# In `fer.fit`, a `fer.Recipe(balance="weights")` is the default; "effective", "sampling" and "none" are the others.
# `fer.oversample` and `balance_to_mean` make balanced datasets.
