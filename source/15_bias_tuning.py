# ---
# title: Bias tuning
# learn:
#   - how one number a class changes a network's answers without training, and who pays for it
#   - why a search always finds a gain, and how to tell whether it is one
#   - what it means to bend a network to a distribution
# minutes: 40
# needs: lessons 10 and 13, NumPy arrays
# ---

# %% [markdown]
# ## Why does it hardly ever say angry?
#
# The network that ships with the package learned from photographs. Here it looks at drawn faces, which it has never
# seen. How often does each emotion occur, and how often is it the answer?

# %%
import matplotlib.pyplot as plt
import numpy as np

faces = fer.sample_faces()
val = faces.val
probabilities = fer.Predictor.load().predict_proba(val.images)


def shares(labels):
    return np.bincount(labels, minlength=7) / len(labels)


fer.plots.distributions({"true": shares(val.labels), "answered": shares(probabilities.argmax(axis=1))})

# %% [markdown]
# It says sad and neutral far too often, angry hardly ever, and disgust not once. Is it blind, or only shy? Here
# are angry faces, each with the probability of angry, and its place among the seven.

# %%
angry = np.flatnonzero(val.labels == 0)
angry = angry[np.argsort(-probabilities[angry, 0])][:14]
place = 7 - probabilities.argsort(axis=1).argsort(axis=1)[:, 0]
titles = [f"{probabilities[i, 0]:.0%}, place {place[i]}" for i in angry]
fer.plots.faces(val.images[angry], titles=titles, columns=7, title="the 14 of 38 that look angriest to it")

# %% [markdown]
# Five of the 38 are recognised: place 1. (One of these is no face at all: val is not cleaned.) In 14 others, shown
# here or not, angry comes second or third: shy. In the rest it lies further back, and there the network is blind. Shyness
# has two reasons. A drawn frown is not quite a photographed one.
# And a network learns how often each answer was right: of the photographs that it learned from, one in 66 shows disgust, so
# **when in doubt, it does not say disgust.**
#
# ## A helping hand
#
# We shall not train. We only add a number to the answer that comes too short, before the largest is taken. The number
# is called a **bias**. Add it to the logarithm of the probability, and it is a factor on the probability: +1 makes it
# 2.7 times as large, and then the seven are scaled to add up to 1 again.

# %%
one = angry[place[angry] == 2][0]
figure, axes = plt.subplots(1, 4, figsize=(11, 2.8), sharey=True)
for ax, bias in zip(axes, [0, 1, 2, 3]):
    raised = probabilities[one] * np.exp([bias, 0, 0, 0, 0, 0, 0])
    ax.barh(fer.EMOTIONS, raised / raised.sum(), color=list(fer.EMOTION_COLORS.values()))
    ax.set(title=f"angry {bias:+d}", xlim=(0, 1), xticks=[0, 0.5, 1])
_ = axes[0].invert_yaxis()

# %% [markdown]
# ## Now you: `answers_with`
#
# `probabilities` has a row for each face, `biases` seven numbers. Add them to the logarithms (`np.log`) and return the
# position of the largest in each row: the label. (No need to scale: that changes all seven alike.)


# %%
def answers_with(probabilities, biases):
    """The label of each face after biases are added to the log-probabilities."""
    ### BEGIN SOLUTION
    return (np.log(probabilities) + biases).argmax(axis=1)
    ### STUB
    # return probabilities.argmax(axis=1)  # your turn
    ### END SOLUTION


# %%
from fer_course.exercises import bias_tuning as ex

ex.answers_with.check(answers_with)

# %%
# ex.answers_with.hint()
# ex.answers_with.solution()

# %% tags=["selftest"]
ex.answers_with.selftest(
    right=[answers_with, lambda p, biases: np.argmax(p * np.exp(biases), axis=1)],
    wrong={
        "take np.log": lambda p, biases: (p + biases).argmax(axis=1),
        "plus, not minus": lambda p, biases: (np.log(p) - biases).argmax(axis=1),
        "axis=1": lambda p, biases: (np.log(p) + biases).argmax(axis=0),
        "argmax, not max": lambda p, biases: (np.log(p) + biases).max(axis=1),
    },
)

# %% [markdown]
# ## Whom does it help, and whom does it hurt?
#
# Choose an emotion and move its bias. Blue, to the right: faces of each emotion that become right. Orange, to the left:
# faces that were right and no longer are.

# %%
plain = answers_with(probabilities, np.zeros(7))


def helps_and_hurts(emotion="angry", bias=1.0):
    after = answers_with(probabilities, bias * np.eye(7)[fer.EMOTIONS.index(emotion)])
    won = np.bincount(val.labels[(after == val.labels) & (plain != val.labels)], minlength=7)
    lost = np.bincount(val.labels[(after != val.labels) & (plain == val.labels)], minlength=7)
    figure, ax = plt.subplots(figsize=(9, 3.6))
    ax.barh(fer.EMOTIONS, won, color=fer.plots.BLUE)
    ax.barh(fer.EMOTIONS, -lost, color=fer.plots.ORANGE)
    ax.set(xlim=(-50, 50), xlabel="faces lost, faces won")
    ax.set_title(f"{emotion} {bias:+.1f}: {won.sum()} won, {lost.sum()} lost of {len(val)}")
    ax.invert_yaxis()
    return figure


fer.notebook.slide(helps_and_hurts, emotion=list(fer.EMOTIONS), bias=(-2, 3, 0.5))

# %% [markdown]
# **No bias makes the network see better.** It moves a border. What one emotion wins, others pay, and the best you can
# hope for is that more is won than lost.
#
# ## Two at once
#
# Every pair of biases is a point on a map, and every point has an accuracy. `fer.tune_bias` tries all points of a grid:

# %%
two = fer.tune_bias(
    probabilities, val.labels, method="grid", emotions=["angry", "neutral"], trials=10_000, folds=0
)
fer.plots.bias_map(two, f"{two.before:.1%} without biases, {two.after:.1%} at the star")

# %% [markdown]
# A little mountain, and the star is its top. There are seven emotions, and since only differences count, six numbers are
# free: too many for a picture, and for a fine grid. **Differential evolution** breeds biases: it keeps a crowd of them, and
# what does better takes the place of what does worse. **Optuna** looks where good ones have been found, and tries near there.

# %%
best = fer.tune_bias(probabilities, val.labels, method="optuna", folds=0)
tries = {
    "grid": fer.tune_bias(probabilities, val.labels, method="grid", trials=20_000, folds=0),
    "evolution": fer.tune_bias(probabilities, val.labels, method="evolution", folds=0),
    "Optuna": best,
}
fer.plots.convergence(tries, f"without biases {best.before:.1%}")

# %% [markdown]
# Fifteen thousand points of a grid, which are only five steps for each emotion, find less than four points. Two hundred
# guesses that learn from one another find more than six, and two thousand that breed nearly eight, for no training at all.
# Would you publish it?
#
# ## Now you: `gain_elsewhere`
#
# The search looked at these very faces, with their labels. Ask the question of [lesson 13](13_evaluation.ipynb): what is
# it worth on **others**? `known` says True or False for each face. Tune on those that are known, with
# `biases = tune(probabilities[known], labels[known])`. Return what the biases gain in accuracy on those that are not.


# %%
def gain_elsewhere(tune, probabilities, labels, known):
    """Accuracy with biases minus accuracy without, on the faces that were not tuned on."""
    ### BEGIN SOLUTION
    biases = tune(probabilities[known], labels[known])
    probabilities, labels = probabilities[~known], labels[~known]
    right = [(answers_with(probabilities, b) == labels).mean() for b in (np.zeros(7), biases)]
    return right[1] - right[0]
    ### STUB
    # return 0.0  # your turn
    ### END SOLUTION


# %%
ex.gain_elsewhere.check(gain_elsewhere)

# %%
# ex.gain_elsewhere.hint()
# ex.gain_elsewhere.solution()


# %% tags=["selftest"]
def right_with(probabilities, labels, biases):
    return ((np.log(probabilities) + biases).argmax(axis=1) == labels).mean()


def difference(tune, probabilities, labels, known, judged):
    biases = tune(probabilities[known], labels[known])
    return right_with(probabilities[judged], labels[judged], biases) - right_with(
        probabilities[judged], labels[judged], np.zeros(7)
    )


ex.gain_elsewhere.selftest(
    right=[gain_elsewhere, lambda t, s, y, known: difference(t, s, y, known, ~known)],
    wrong={
        "at home every search looks good": lambda t, s, y, known: difference(t, s, y, known, known),
        "not on all faces": lambda t, s, y, known: difference(t, s, y, known, known | True),
        "probabilities[known], labels[known]": lambda t, s, y, known: difference(
            t, s, y, known | True, ~known
        ),
        "subtract the accuracy": lambda t, s, y, known: right_with(
            s[~known], y[~known], t(s[known], y[known])
        ),
        "the other way round": lambda t, s, y, known: -difference(t, s, y, known, ~known),
    },
)

# %% [markdown]
# Twenty times: half of the faces, drawn at random, are known. What does the search find at home, and what is it worth on
# the other half?


# %%
def search(probabilities, labels):
    tuned = fer.tune_bias(probabilities, labels, method="evolution", trials=300, folds=0)
    return tuned.biases.to_numpy()


at_home, elsewhere = [], []
for seed in range(20):
    known = np.random.default_rng(seed).permutation(len(val)) < len(val) // 2
    biases = search(probabilities[known], val.labels[known])
    right = [answers_with(probabilities[known], b) == val.labels[known] for b in (np.zeros(7), biases)]
    at_home.append(right[1].mean() - right[0].mean())
    elsewhere.append(gain_elsewhere(search, probabilities, val.labels, known))

# %%
figure, ax = plt.subplots(figsize=(9, 2.6))
for row, gains in enumerate([elsewhere, at_home]):
    ax.plot(100 * np.array(gains), np.full(20, row), "o", markersize=11, alpha=0.5)
    ax.plot(100 * np.mean(gains), row, "|", color="gray", markersize=30)
ax.axvline(0, color="gray", linewidth=1)
ax.set_yticks([0, 1], ["on the other half", "where it was tuned"])
_ = ax.set(xlabel="gain in accuracy, points", ylim=(-0.6, 1.6))

# %% [markdown]
# At home it never loses, and finds eight points on average. On the other half of these faces **one** is left, and in eight
# of twenty tries it does harm. A search that may turn six knobs fits them to the luck of its faces. **The better you search, the more luck you find.**
#
# `fer.tune_bias` does the same in five parts, unless told otherwise, and says what it thinks of the gain:

# %%
fer.tune_bias(probabilities, val.labels, method="evolution")

# %% [markdown]
# ## A bias without a search
#
# The last two lines speak of the **closed form**. It looks at no answers at all, only at how often each emotion occurs. If
# sad is three times as frequent here as it was in training, then every "sad" should count three times as much. That is
# all (Saerens and others, 2002; for networks Menon and others, [2021](https://arxiv.org/abs/2007.07314)).
#
# ## Now you: `shares_taken_back`
#
# From the shares of the seven emotions `here` and in `training`, return the biases. They are logarithms of factors; make
# their mean 0, since only differences count.


# %%
def shares_taken_back(here, training):
    """Biases for a change in shares: the log of the ratio, with mean 0."""
    ### BEGIN SOLUTION
    biases = np.log(here / training)
    return biases - biases.mean()
    ### STUB
    # return np.zeros(7)  # your turn
    ### END SOLUTION


# %%
ex.shares_taken_back.check(shares_taken_back)

# %%
# ex.shares_taken_back.hint()
# ex.shares_taken_back.solution()

# %% tags=["selftest"]
ex.shares_taken_back.selftest(
    right=[
        shares_taken_back,
        lambda here, training: np.log(here) - np.log(training) - np.mean(np.log(here) - np.log(training)),
    ],
    wrong={
        "not the other way round": lambda here, training: np.log(training / here),
        "np.log of the ratio": lambda here, training: here / training - np.mean(here / training),
        "divide by them": lambda here, training: np.log(here) - np.log(here).mean(),
        "subtract the mean": lambda here, training: np.log(here / training),
    },
)

# %%
from fer_course.evaluation.bias.tuning import FER2013_TRAIN_COUNTS

training = np.array(FER2013_TRAIN_COUNTS) / sum(FER2013_TRAIN_COUNTS)
mine = shares_taken_back(shares(val.labels), training)
package = fer.tune_bias(probabilities, val.labels, method="prior", folds=0).biases
print(f"disgust: yours {mine[1]:+.2f}, fer-course {package['disgust']:+.2f}")

# %% [markdown]
# No label of a single face was needed, only seven shares. And with equal shares for `here`, the same line says: let each
# emotion count as if it were as frequent as the others. That is the rule for the best **balanced accuracy**, the mean
# of the seven recalls.

# %%
fair = fer.tune_bias(probabilities, val.labels, method="prior", objective="balanced_accuracy")
fair

# %% [markdown]
# Nothing was searched, so nothing could be fitted to luck: what it gains here it gains elsewhere, on average.
#
# ## When the world is another
#
# The closed form has a condition in small print: only the **shares** may change, the faces of each emotion must look as
# they did in training. Then one need not even know the shares. They can be estimated without any label: start with those
# of training, correct the answers, count, and again. It is called expectation maximisation. What does it make of drawn faces?

# %%
guessed = fer.tune_bias(probabilities, method="prior", label_smoothing=0)  # see the small print below
answers = {
    "true": shares(val.labels),
    "answered": shares(plain),
    "corrected": shares(guessed.apply(probabilities).argmax(axis=1)),
}
print(f"right: {np.mean(plain == val.labels):.1%} before, ", end="")
print(f"{np.mean(guessed.apply(probabilities).argmax(axis=1) == val.labels):.1%} after")
fer.plots.distributions(answers)

# %% [markdown]
# A loss, and a lesson. A drawn face looks a little neutral to this network, whatever it shows. The formula knows one
# reason only for many such answers: many such faces. **It takes strangeness for frequency**, and makes it worse with
# every round. On photographs, where the condition holds, the same line works (below).
#
# ## Bending
#
# Some tools go a step further. They tune until the answers have a **target distribution**, and need no labels for it.
# Let us ask for equal shares.

# %%
equal = np.full(7, 1 / 7)
bent = fer.tune_bias(probabilities, target_distribution=equal, method="evolution", folds=0)
after = bent.apply(probabilities).argmax(axis=1)
print(f"right: {np.mean(plain == val.labels):.1%} before, {np.mean(after == val.labels):.1%} after")
fer.plots.distributions({"target": equal, "before": shares(plain), "after": shares(after)})

# %% [markdown]
# It obeys; only disgust stays rare, because a search tries no bias above 3. The bars look fairer, but read the line above them: one more right answer than before, which is luck,
# and on the photographs below there will be far fewer. Angry is the answer six times as often now,
# whoever is shown: we told it what to see. **A target distribution is a claim about the world.** If the claim is true, it may help.
# If it is a wish, the network will agree with it, and with the next one.
#
# **A question to answer in words**: a shop wants its camera to report 30 % happy customers, "as our surveys say". What
# would the report be worth after tuning? Who would notice?
#
# ## Test, once
#
# We choose the biases for balanced accuracy: they were not searched, and they had the best reason. Test, one look, no way
# back.

# %%
test = faces.test
unseen = fer.Predictor.load().predict_proba(test.images)

# %%
before, after = fer.score(test.labels, unseen), fer.score(test.labels, fair.apply(unseen))
print(f"balanced accuracy {before.balanced_accuracy:.1%} -> {after.balanced_accuracy:.1%}")
print("accuracy:", fer.compare(before, after))

# %% [markdown]
# Whoever was rare gains, whoever was frequent pays, and the sum stays the same. With 13 disgusted faces in test, the
# 95 % interval of the gain in balanced accuracy is @[bias.drawn.balanced_accuracy.prior.test_gain_interval] points: a gain, but
# whether a small or a large one, nobody can say.
#
# Were searches useless, then? For balanced accuracy Optuna gains @[bias.drawn.balanced_accuracy.optuna.test_gain_points] points on test
# (@[bias.drawn.balanced_accuracy.optuna.test_gain_interval]), and the closed form @[bias.drawn.balanced_accuracy.prior.test_gain_points] without any search. For accuracy, evolution gains
# @[bias.drawn.accuracy.evolution.test_gain_points] (@[bias.drawn.accuracy.evolution.test_gain_interval]), not far from the @[bias.drawn.accuracy.evolution.gain_points] (@[bias.drawn.accuracy.evolution.gain_interval]) that
# cross-validation on val expected, and Optuna @[bias.drawn.accuracy.optuna.test_gain_points] (@[bias.drawn.accuracy.optuna.test_gain_interval]). Drawn faces are not what the network
# learned from, so the closed form's small print fails, and labels know more.
#
# ## On the real FER2013
#
# The same network on the @[bias.images] photographs of val, which chose its epoch (`benchmarks/bias.py`). Gains by
# cross-validation in five parts, in points, with 95 % intervals. "At home" is what the search found on the images that it
# was tuned on.
#
# | objective | without, % | closed form | evolution, at home | evolution, elsewhere | Optuna, elsewhere | grid, elsewhere |
# | --- | --- | --- | --- | --- | --- | --- |
# | accuracy | @[bias.real.accuracy.before_percent] | @[bias.real.accuracy.prior.gain_points] (@[bias.real.accuracy.prior.gain_interval]) | @[bias.real.accuracy.evolution.gain_where_tuned_points] | @[bias.real.accuracy.evolution.gain_points] (@[bias.real.accuracy.evolution.gain_interval]) | @[bias.real.accuracy.optuna.gain_points] (@[bias.real.accuracy.optuna.gain_interval]) | @[bias.real.accuracy.grid.gain_points] (@[bias.real.accuracy.grid.gain_interval]) |
# | macro-F1 | @[bias.real.macro_f1.before_percent] | @[bias.real.macro_f1.prior.gain_points] (@[bias.real.macro_f1.prior.gain_interval]) | @[bias.real.macro_f1.evolution.gain_where_tuned_points] | @[bias.real.macro_f1.evolution.gain_points] (@[bias.real.macro_f1.evolution.gain_interval]) | @[bias.real.macro_f1.optuna.gain_points] (@[bias.real.macro_f1.optuna.gain_interval]) | @[bias.real.macro_f1.grid.gain_points] (@[bias.real.macro_f1.grid.gain_interval]) |
# | balanced accuracy | @[bias.real.balanced_accuracy.before_percent] | **@[bias.real.balanced_accuracy.prior.gain_points]** (@[bias.real.balanced_accuracy.prior.gain_interval]) | @[bias.real.balanced_accuracy.evolution.gain_where_tuned_points] | @[bias.real.balanced_accuracy.evolution.gain_points] (@[bias.real.balanced_accuracy.evolution.gain_interval]) | @[bias.real.balanced_accuracy.optuna.gain_points] (@[bias.real.balanced_accuracy.optuna.gain_interval]) | @[bias.real.balanced_accuracy.grid.gain_points] (@[bias.real.balanced_accuracy.grid.gain_interval]) |
#
# - **For accuracy and macro-F1 there is nothing to gain** that so many faces could show: the network was trained for accuracy, on
#   the same shares, and whatever these searches find is noise.
# - For balanced accuracy the closed form gains, without a search, and no search beats it. The price: accuracy changes by
#   @[bias.price_of_balance.accuracy_points] points (@[bias.price_of_balance.accuracy_interval]).
# - **Other shares, same faces**: val drawn anew as @[bias.other_shares.images] photographs of a sad place (40 % sad, 5 %
#   happy). Accuracy @[bias.other_shares.before_percent] %; with the closed form @[bias.other_shares.known_percent] %
#   (@[bias.other_shares.known_gain_points] points, @[bias.other_shares.known_gain_interval]). **Without a label and without
#   being told the shares** it estimates @[bias.other_shares.estimated_shares_percent.sad] % sad and reaches
#   @[bias.other_shares.estimated_percent] % (@[bias.other_shares.estimated_gain_points],
#   @[bias.other_shares.estimated_gain_interval]). Here the small print holds.
# - There is more small print: the small probabilities count, too. A network that learned from smoothed labels (lesson 13)
#   never says much less than a hundredth of disgust, nearly disgust's share in training, and the estimate
#   would find disgust everywhere. So `fer.tune_bias` takes `label_smoothing` back first: 0.1 as in
#   `fer.Recipe()`, unless you say 0, as for this network.
# - **Bent** to equal shares, its accuracy changes by @[bias.equal_shares_predicted.accuracy_points] points
#   (@[bias.equal_shares_predicted.accuracy_interval]).
#
# ## On your photographs
#
# What is your own network shy of? Here it answers for the photographs of val. The first lines say which faces and whose
# network.

# %%
from fer_course.course.thread import load_photographs

photographs, _ = load_photographs(splits=["val"])
network = fer.mine().load_network()
answers = network.predict_proba(photographs.images)
named = shares(answers.argmax(axis=1))
fer.plots.distributions({"true": shares(photographs.labels), "answered": named})

# %% [markdown]
# **What do you want to raise?** `"accuracy"` counts every face alike, `"balanced_accuracy"` every emotion. The closed form has to
# know which shares counted in the training, and how its labels were smoothed: `trained_with` reads both from the network's
# folder. Then the search.

# %%
from fer_course.jobs.tune import trained_with

my_objective = "balanced_accuracy"
counted, smoothing = trained_with(fer.mine().network)
how = {"objective": my_objective, "train_distribution": counted, "label_smoothing": smoothing}
closed = fer.tune_bias(answers, photographs.labels, method="prior", **how)
closed

# %%
searched = fer.tune_bias(answers, photographs.labels, method="evolution", **how)
searched

# %% [markdown]
# Believe the lines that say *cross-validated*: that is what is left elsewhere. Does the search add anything to the closed
# form? If its interval holds 0, nobody can tell on these faces. After a short training it may: the closed form trusts
# probabilities, and these are not ripe yet. Your own `gain_elsewhere` asks the same of accuracy, with one half that
# is known:

# %%
known = np.random.default_rng(0).permutation(len(photographs)) < len(photographs) // 2
gain = gain_elsewhere(search, answers, photographs.labels, known)
print(f"gain in accuracy elsewhere: {100 * gain:+.1f} points")

# %% [markdown]
# And who pays? Recall of each emotion, without biases and with both:

# %%
ways = {"without": answers, "closed form": closed.apply(answers), "search": searched.apply(answers)}
figure, axes = plt.subplots(1, 3, figsize=(15, 4))
for ax, (name, given) in zip(axes, ways.items()):
    one = fer.score(photographs.labels, given)
    fer.plots.recall_bars(one, f"{name}: {one.accuracy:.1%}, balanced {one.balanced_accuracy:.1%}", ax)

# %% [markdown]
# Your decision: `closed`, `searched`, or `None`. This is a start: the closed form, if its gain is clear of 0, and the search,
# if it is clear of that as well. The thread keeps it as `biases.json`, as `fer-course tune-bias` writes it, and lesson 19 uses
# it on test.

# %%
my_biases = closed if closed.gain.low > 0 else None
if min(searched.gain.low, searched.gain_over_closed_form.low) > 0:
    my_biases = searched
fer.mine().keep_biases(my_biases, photographs)

# %% [markdown]
# ## What you take with you
#
# - **A bias moves a border and opens no eyes.** What one emotion wins, others pay.
# - **Every search finds a gain where it searches.** Judge it elsewhere, beside the closed form, and call noise noise.
# - **The closed form needs shares, not labels**, and only shares may have changed.
# - **A target distribution is a claim.** Bending a network to it proves nothing.
#
# At the command line: `fer-course tune-bias` writes the biases into a file and says what they are worth,
# `fer-course predict face.png --biases runs/biases.json` uses them. For whom a network works worse in the first place is
# the question of lesson 16.
