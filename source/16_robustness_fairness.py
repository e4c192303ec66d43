# ---
# title: Robustness and fairness
# learn:
#   - how far an accuracy falls when pictures get worse, and why the fall has to do with training
#   - how to tell a gap between groups of people from luck, and what an average hides
#   - when a network should keep silent, and what this one must never be used for
# minutes: 50
# needs: lesson 13, NumPy arrays
# ---

# %% [markdown]
# ## What do these faces have in common?

# %%
import numpy as np

faces = fer.sample_faces()
faces = faces.subset(faces.attributes["defect"] == "none")
network = fer.Predictor.load()
probabilities = network.predict_proba(faces.images)

# %%
names = np.array(fer.EMOTIONS)
answers, truth = names[probabilities.argmax(axis=1)], names[faces.labels]
odd = np.flatnonzero((truth == "neutral") & (answers == "sad") & faces.attributes["beard"])[:8]
fer.plots.faces(faces.images[odd], [f"{answers[i]} {probabilities[i].max():.0%}" for i in odd])

# %% [markdown]
# Each of them was drawn with a **neutral** face. The network that ships with this course sees sorrow. It is the same network
# that is right on @[compact.val_accuracy_percent] % of FER2013's val, and that number says nothing of this.
#
# And what do they have in common? You see it at once: they wear beards. But you were shown the right eight. Today you learn
# to find such things when nobody shows them to you, to tell them from luck, and to write down what you found.
#
# No training today. The network learned from photographs, so it has seen **none** of our drawn faces: all of them are an
# exam. That exam is a foreign one, and the network does worse on it than on photographs. What you find holds for this network
# on these drawings. The method holds everywhere.

# %%
exam = fer.score(faces.labels, probabilities)
print(f"{exam.n} faces, {exam.accuracy:.1%} right")

# %% [markdown]
# ## The world is worse than the dataset
#
# A camera shakes, the light goes, somebody sends the picture on and on. Hendrycks and Dietterich
# ([2019](https://arxiv.org/abs/1903.12261)) gave such damage names and five **severities**: at 1 you hardly see it, at 5
# you have to guess. Move the slider, and try other kinds.

# %%
from fer_course.evaluation.corruptions import CORRUPTIONS

happy = faces.images[truth == "happy"][4]


def worse(severity=1, kind="noise"):
    image = CORRUPTIONS[kind](happy, severity)
    chances = network.predict_proba(image[None])[0]
    return fer.plots.faces([image], [f"{names[chances.argmax()]} {chances.max():.0%}"])


kinds = ["noise", "blur", "JPEG", "occlusion", "rotation"]
fer.notebook.slide(worse, severity=[1, 2, 3, 4, 5], kind=kinds)

# %% [markdown]
# One face is an anecdote. A **robustness curve** asks a whole exam: the same faces again at every level of damage.
#
# ## Now you: `robustness_curve`
#
# `damage(images, level)` spoils images, `predict(images)` gives `(n, 7)` probabilities. Return the accuracy at each level.


# %%
def robustness_curve(predict, images, labels, damage, levels):
    """Accuracy at every level of damage: a list."""
    ### BEGIN SOLUTION
    return [(predict(damage(images, level)).argmax(axis=1) == labels).mean() for level in levels]
    ### STUB
    # return [0.0] * len(levels)  # your turn
    ### END SOLUTION


# %%
from fer_course.exercises import robustness_fairness as ex

ex.robustness_curve.check(robustness_curve)

# %%
# ex.robustness_curve.hint()
# ex.robustness_curve.solution()


# %% tags=["selftest"]
def accumulated(predict, images, labels, damage, levels):
    shares = []
    for level in levels:
        images = damage(images, level)
        shares.append((predict(images).argmax(axis=1) == labels).mean())
    return shares


ex.robustness_curve.selftest(
    right=[
        robustness_curve,
        lambda predict, images, labels, damage, levels: np.array(
            [np.mean(predict(damage(images, level)).argmax(1) == labels) for level in levels]
        ),
    ],
    wrong={
        "damage(images, level)": lambda predict, images, labels, damage, levels: [
            (predict(images).argmax(axis=1) == labels).mean() for _ in levels
        ],
        "not the sum": lambda predict, images, labels, damage, levels: [
            (predict(damage(images, level)).argmax(axis=1) == labels).sum() for level in levels
        ],
        "for the next level": accumulated,
        "one accuracy for each level": lambda predict, images, labels, damage, levels: (
            predict(damage(images, levels[0])).argmax(axis=1) == labels
        ).mean(),
    },
)

# %% [markdown]
# Your curve: 400 faces, blurred more and more.

# %%
import matplotlib.pyplot as plt

few = faces.subset(np.random.default_rng(0).permutation(len(faces))[:400])
sigmas = [0, 0.5, 1, 1.5, 2, 3]
curve = robustness_curve(network.predict_proba, few.images, few.labels, fer.add_gaussian_blur, sigmas)

# %%
figure, ax = plt.subplots(figsize=(8, 3.4))
ax.plot(sigmas, 100 * np.array(curve), "o-", color=fer.plots.BLUE)
ax.axhline(100 / 7, linestyle="--", color="gray")
_ = ax.set(xlabel="blur: sigma in pixels", ylabel="right answers, %", ylim=(0, 70))

# %% [markdown]
# Half a pixel costs nothing, then it goes steeply down, towards guessing (dashed). (All 0? Then `robustness_curve` is waiting
# for you.) Somewhere in between lies the camera that you will use. **An accuracy belongs to a picture quality.**
#
# The package tries nine kinds of damage and draws the 95 % interval as a band. This takes some ten seconds.

# %%
table = fer.robustness(network, few, severities=[1, 3, 5])
fer.plots.robustness_curves(table)

# %% [markdown]
# Compare **darker** and **brighter** with **noise**. You would still know every face under a little noise; the network
# would not. Why are its weaknesses not yours? Its training changed the light by up to 20 %, and turned faces by up to 10
# degrees. It never met noise, and nobody added compression to its pictures. **A network is robust against what it was trained with**:
# if your cameras are noisy, noise belongs into its augmentation ([lesson 11](11_augmentation.ipynb)).
#
# And at severity 1, where you hardly see a thing? Most bands overlap. But these are the **same** faces, so we count as in
# [lesson 13](13_evaluation.ipynb): only faces whose answer changed sides. The change in points, with its interval:

# %%
mild = table[table["severity"] == 1].set_index("corruption")
(100 * mild[["change", "change_low", "change_high"]]).round(1).sort_values("change")

# %% [markdown]
# Where the interval stays below 0, damage that you can hardly see has cost real points. Where it does not, this exam is too
# small to tell.
#
# ## For whom?
#
# So far, damage hit everyone alike. But an average can hide somebody in another way: by mixing them with others. The drawn
# sample knows who was drawn: skin tone, glasses, beard, age.

# %%
groups = {name: faces.attributes[name] for name in ["skin_tone", "glasses", "beard", "age"]}
tables = {name: fer.group_metrics(faces.labels, probabilities, group) for name, group in groups.items()}
fer.plots.group_accuracy(tables, "whose expression is recognised?")

# %% [markdown]
# There is a gap in every attribute. There always is: split the faces by the first letter of their file name, and one half
# will do better. Which of these four gaps would still be there with other faces?
#
# ## Now you: `gap`
#
# First, a number for it. `right` says of each face whether the answer was right, `groups` who it belongs to. There may be
# two groups or more.


# %%
def gap(right, groups):
    """Accuracy of the best group minus that of the worst."""
    ### BEGIN SOLUTION
    shares = [right[groups == name].mean() for name in np.unique(groups)]
    return max(shares) - min(shares)
    ### STUB
    # return 0.0  # your turn
    ### END SOLUTION


# %%
ex.gap.check(gap)

# %%
# ex.gap.hint()
# ex.gap.solution()

# %% tags=["selftest"]
ex.gap.selftest(
    right=[
        gap,
        lambda right, groups: np.ptp([np.mean(right[groups == name]) for name in set(groups)]),
    ],
    wrong={
        "because it is larger": lambda right, groups: np.ptp(
            [right[groups == name].sum() for name in np.unique(groups)]
        ),
        "not by all": lambda right, groups: np.ptp(
            [(right & (groups == name)).mean() for name in np.unique(groups)]
        ),
        "has no sign": lambda right, groups: (
            right[groups == np.unique(groups)[-1]].mean() - right[groups == np.unique(groups)[0]].mean()
            if len(np.unique(groups)) == 2
            else gap(right, groups)
        ),
        "one number": lambda right, groups: [right[groups == name].mean() for name in np.unique(groups)],
    },
)

# %% tags=["nbval-check-output"]
right = probabilities.argmax(axis=1) == faces.labels
for name, group in groups.items():
    print(f"{name:10} {100 * gap(right, group):.1f} points")

# %% [markdown]
# ## What luck can do
#
# If beards made no difference, it would not matter **who** has one. So deal the beards out anew, to anybody, and look at
# the gap again. And again, a thousand times. This is a **permutation test** (Fisher, 1935), and it needs no formula.
#
# ## Now you: `gaps_by_luck`
#
# `rng.permutation(groups)` deals the groups out anew. Do so `times` times, and return the gap of each.


# %%
def gaps_by_luck(right, groups, times, seed):
    """Gaps after the groups were dealt out anew, `times` times."""
    rng = np.random.default_rng(seed)
    ### BEGIN SOLUTION
    return np.array([gap(right, rng.permutation(groups)) for _ in range(times)])
    ### STUB
    # return np.zeros(times)  # your turn
    ### END SOLUTION


# %%
ex.gaps_by_luck.check(gaps_by_luck)

# %%
# ex.gaps_by_luck.hint()
# ex.gaps_by_luck.solution()


# %% tags=["selftest"]
def always_the_same(right, groups, times, seed):
    shuffled = np.random.default_rng(seed).permutation(groups)
    return np.array([gap(right, shuffled) for _ in range(times)])


def of_drawn(right, groups, times, seed):
    rng = np.random.default_rng(seed)
    return np.array([gap(rng.choice(right, len(right)), groups) for _ in range(times)])


def of_shuffled(right, groups, times, rng):
    return np.array([gap(rng.permutation(right), groups) for _ in range(times)])


ex.gaps_by_luck.selftest(
    right=[
        gaps_by_luck,
        lambda right, groups, times, seed: of_shuffled(right, groups, times, np.random.default_rng(seed)),
    ],
    wrong={
        "inside the loop": always_the_same,
        "shuffle, do not draw": of_drawn,
        "the same seed": lambda right, groups, times, seed: of_shuffled(
            right, groups, times, np.random.default_rng()
        ),
        "another seed": lambda right, groups, times, seed: of_shuffled(
            right, groups, times, np.random.default_rng(0)
        ),
        "one gap for each shuffle": lambda right, groups, times, seed: gap(right, groups),
    },
)

# %%
figure, axes = plt.subplots(1, 2, figsize=(10, 3.2), sharex=True, sharey=True)
for ax, name in zip(axes, ["beard", "age"]):
    luck = 100 * gaps_by_luck(right, groups[name], 1000, seed=0)
    ax.hist(luck, np.arange(0, 16, 0.5), color=fer.plots.BLUE, alpha=0.7)
    ax.axvline(100 * gap(right, groups[name]), color=fer.plots.ORANGE)
    ax.set(title=name, xlabel="gap in points: luck (heap), ours (orange)")

# %% [markdown]
# Luck makes gaps of several points out of nothing. Ours for age stands inside the heap: luck often makes a larger
# one. Ours for beards is not even near it: the share of the heap beyond the line, the **p-value**, is close to 0.
#
# The package does the same, and two things better:

# %%
persons = faces.attributes["person"]
gaps = fer.group_gaps(faces.labels, probabilities, groups, persons=persons)
gaps[["worst", "gap", "gap_by_luck", "p_value", "p_holm"]].round(4)

# %% [markdown]
# - **`persons`**: there are about five faces of everyone here. A beard belongs to a person, so whole persons change sides, not
#   pictures. Deal out pictures, and luck looks smaller than it is.
# - **`p_holm`**: we asked four questions, so we had four chances of a false alarm. Of twenty harmless attributes, one shows
#   p < 0.05 on average. Holm (1979) corrects for that. He cannot know what you tried and did not write down.
#
# Only the beards are left. Are the others fair, then? Nobody knows: `gap_by_luck` says what luck alone makes in one of twenty shuffles,
# and a real gap as large as that could hide here. **No gap seen is not no gap**; the word for it is "cannot tell".
#
# And one could ask for **balanced accuracy** instead, where each emotion counts alike:

# %%
fair_mix = fer.group_gaps(faces.labels, probabilities, groups, "balanced_accuracy", persons)
fair_mix[["worst", "gap", "gap_by_luck", "p_value", "p_holm"]].round(4)

# %% [markdown]
# The `p_value` of skin tone is a third smaller now. Not small enough, but there are more scores to try. Whoever may
# choose the score afterwards has another chance of a false alarm with each. So choose it **before** you look.
#
# ## Averages forgive
#
# And glasses? A p-value far above 0.05. Acquitted? Look at single emotions.

# %%
figure, axes = plt.subplots(1, 2, figsize=(12, 4))
for ax, glasses in zip(axes, [False, True]):
    part = exam.subset(groups["glasses"] == glasses)
    fer.plots.recall_bars(part, f"glasses: {glasses}", ax)
feared = np.mean(answers[(truth == "neutral") & groups["glasses"]] == "fear")
print(f"{feared:.0%} of the neutral faces with glasses are taken for fear")

# %% [markdown]
# Neutral faces with glasses are recognised half as often as without, and fearful ones far more often. No miracle: nearly half
# of the neutral ones are *called* fear, so more of the fearful ones are, too. Losses here, gains there: what is left in
# the average is a gap that luck could make.
#
# There are 4 x 7 places to look at, so something was bound to stand out. Is this more than that? Another place: sad faces
# with dark skin are recognised in @[fairness.drawn.recall_percent.skin_tone.dark.sad] %, with light skin in @[fairness.drawn.recall_percent.skin_tone.light.sad] %.

# %%
for name, emotion in [("glasses", "neutral"), ("skin_tone", "sad")]:
    mine = truth == emotion
    group = {name: groups[name][mine]}
    found = fer.group_gaps(
        faces.labels[mine], probabilities[mine], group, persons=persons[mine], permutations=20_000
    )
    p = found["p_value"].iloc[0]
    print(f"{name}, {emotion}: p = {p:.4f}, times 28 places = {28 * p:.3f}")

# %% [markdown]
# For glasses it survives even multiplying by all 28 (Bonferroni). For skin tone it does not: one place in 28 may look like
# that by luck. And the beards from the beginning?

# %%
for beard in [False, True]:
    for shown, taken_for in [("happy", "neutral"), ("neutral", "sad")]:
        seen = answers[(truth == shown) & (groups["beard"] == beard)]
        print(f"beard {beard!s:5}: {shown} faces taken for {taken_for}: {np.mean(seen == taken_for):.0%}")

# %% [markdown]
# A network with a decent average takes the smiles of bearded people for indifference, and their calm for sorrow.
# In a job interview, that would decide about a life.
#
# ## Would silence help?
#
# In lesson 13 the network kept silent when it was not sure. Here is the same, for people with and without a beard. The large
# dots are one threshold, the same for both.

# %%
silent = fer.abstention(faces.labels, probabilities, groups=groups["beard"])
fer.plots.coverage_curves(silent, "with a beard (True), without (False)")

# %%
silent[silent["threshold"].round(2).isin([0.5, 0.7])].drop(columns="right").round(2)

# %% [markdown]
# Silence makes both more often right, and at the large dots **the gap is nearly as wide as before**: the network is not unsure about
# beards; it is sure and wrong. At 70 % sure no gap can be seen any more, on so few answers; but now it answers three in ten
# faces without a beard, and fewer than two in ten with one: whoever was misread is ignored. A threshold cannot repair what a network does not know. Sometimes it makes things worse
# ([Jones and others, 2021](https://arxiv.org/abs/2010.14134)).
#
# ## When nobody wrote down who is who
#
# FER2013 does not say who is in its pictures. It is tempting to take what a computer can measure. Bright pictures and dark
# pictures, say, for light and dark skin. Here we can see what that would have told us.

# %%
import pandas as pd

brightness = fer.measure(faces.images)["brightness"]
third = pd.qcut(brightness, 3, labels=["dark picture", "middle", "bright picture"])
fer.plots.group_accuracy(
    {"": fer.group_metrics(faces.labels, probabilities, third), "skin": tables["skin_tone"]}
)

# %%
proxy = fer.group_gaps(faces.labels, probabilities, {"brightness": third})
dark = np.mean(groups["skin_tone"][third == "dark picture"] == "dark")
print(f"brightness: p = {proxy['p_value'].iloc[0]:.2f}; of the dark pictures, {dark:.0%} show dark skin")

# %% [markdown]
# Both say that luck is enough, but not of the same people: only about a third of the dark pictures show dark skin. Brightness is
# lamp, background and coat as well, and mixes everyone up. **A proxy can raise an alarm. It can never acquit.**
#
# ## Now you: `conclusion`
#
# An audit ends with words. Choose one for each attribute: `"unequal"`, `"cannot tell"` or `"fair"`. Count what you found in
# single emotions, too.

# %%
### BEGIN SOLUTION
conclusion = {
    "beard": "unequal",
    "glasses": "unequal",
    "skin_tone": "cannot tell",
    "age": "cannot tell",
}
### STUB
# conclusion = {"beard": "", "glasses": "", "skin_tone": "", "age": ""}  # your turn
### END SOLUTION

# %%
ex.conclusion.check(conclusion)

# %%
# ex.conclusion.hint()
# ex.conclusion.solution()

# %% tags=["selftest"]
found = {"beard": "unequal", "glasses": "unequal", "skin_tone": "cannot tell", "age": "cannot tell"}
ex.conclusion.selftest(
    right=[found, dict(reversed(found.items()))],
    wrong={
        "proves fairness": found | {"age": "fair"},
        "look at neutral again": found | {"glasses": "cannot tell"},
        "not luck": found | {"beard": "cannot tell"},
        "of age, nothing": found | {"age": "unequal"},
        "of skin tone, nothing": found | {"skin_tone": "unequal"},
        "the words are": {"beard": "yes", "skin_tone": "yes", "glasses": "yes", "age": "no"},
        "no other": {"beard": "unequal"},
    },
)

# %% [markdown]
# Words alone are not enough for a report. **Write five sentences**: what was tested on whom, what you found with numbers and
# intervals, what you could not tell, how many questions you asked, and what should not be concluded.

# %% [markdown] tags=["solution"]
# > We tested CompactCNN on @[fairness.drawn.images] drawn faces of @[fairness.drawn.persons] invented persons, none
# > of which it had seen. With a beard it was right @[fairness.drawn.gaps.accuracy.beard.gap_points] points less often
# > (@[fairness.drawn.groups.beard.true.interval_percent] % against @[fairness.drawn.groups.beard.false.interval_percent] %,
# > permutation test over persons, p = @[fairness.drawn.gaps.accuracy.beard.p_holm] after Holm's correction for four
# > attributes), mostly because smiles were read as neutral and calm as sorrow. The gap for glasses
# > (@[fairness.drawn.gaps.accuracy.glasses.gap_points] points) is one that luck makes, and yet neutral faces with glasses were
# > recognised in @[fairness.drawn.recall_percent.glasses.true.neutral] % instead of
# > @[fairness.drawn.recall_percent.glasses.false.neutral] %, which is not luck even after a correction for all 28 places that
# > we looked at. For age and skin tone (@[fairness.drawn.gaps.accuracy.age.gap_points] and
# > @[fairness.drawn.gaps.accuracy.skin_tone.gap_points] points) we cannot tell: gaps of up to
# > 7 points would have looked the same. (The intervals take every picture for
# > itself.) Nothing here tells how the network treats real people: that needs photographs of people who said who they are, and
# > agreed to be in them.

# %% [markdown]
# ## On the real FER2013
#
# The same network on the @[robustness.images] photographs of val (`benchmarks/robustness.py`). Undamaged, it is right on
# @[robustness.accuracy_percent] % (@[robustness.low_percent] to @[robustness.high_percent]).
#
# | damage | severity 1, % | severity 3, % | severity 5, % | change at 1, points (95 % interval) |
# | --- | --- | --- | --- | --- |
# | darker | @[robustness.darker.severity_1.accuracy_percent] | @[robustness.darker.severity_3.accuracy_percent] | @[robustness.darker.severity_5.accuracy_percent] | @[robustness.darker.severity_1.change_points] (@[robustness.darker.severity_1.change_interval_points]) |
# | brighter | @[robustness.brighter.severity_1.accuracy_percent] | @[robustness.brighter.severity_3.accuracy_percent] | @[robustness.brighter.severity_5.accuracy_percent] | @[robustness.brighter.severity_1.change_points] (@[robustness.brighter.severity_1.change_interval_points]) |
# | low contrast | @[robustness.low_contrast.severity_1.accuracy_percent] | @[robustness.low_contrast.severity_3.accuracy_percent] | @[robustness.low_contrast.severity_5.accuracy_percent] | @[robustness.low_contrast.severity_1.change_points] (@[robustness.low_contrast.severity_1.change_interval_points]) |
# | blur | @[robustness.blur.severity_1.accuracy_percent] | @[robustness.blur.severity_3.accuracy_percent] | @[robustness.blur.severity_5.accuracy_percent] | @[robustness.blur.severity_1.change_points] (@[robustness.blur.severity_1.change_interval_points]) |
# | JPEG | @[robustness.jpeg.severity_1.accuracy_percent] | @[robustness.jpeg.severity_3.accuracy_percent] | @[robustness.jpeg.severity_5.accuracy_percent] | @[robustness.jpeg.severity_1.change_points] (@[robustness.jpeg.severity_1.change_interval_points]) |
# | rotation | @[robustness.rotation.severity_1.accuracy_percent] | @[robustness.rotation.severity_3.accuracy_percent] | @[robustness.rotation.severity_5.accuracy_percent] | @[robustness.rotation.severity_1.change_points] (@[robustness.rotation.severity_1.change_interval_points]) |
# | noise | @[robustness.noise.severity_1.accuracy_percent] | @[robustness.noise.severity_3.accuracy_percent] | @[robustness.noise.severity_5.accuracy_percent] | @[robustness.noise.severity_1.change_points] (@[robustness.noise.severity_1.change_interval_points]) |
# | occlusion | @[robustness.occlusion.severity_1.accuracy_percent] | @[robustness.occlusion.severity_3.accuracy_percent] | @[robustness.occlusion.severity_5.accuracy_percent] | @[robustness.occlusion.severity_1.change_points] (@[robustness.occlusion.severity_1.change_interval_points]) |
# | low resolution | @[robustness.low_resolution.severity_1.accuracy_percent] | @[robustness.low_resolution.severity_3.accuracy_percent] | @[robustness.low_resolution.severity_5.accuracy_percent] | @[robustness.low_resolution.severity_1.change_points] (@[robustness.low_resolution.severity_1.change_interval_points]) |
#
# - **Two guesses**: the label is among the first two answers in @[robustness.top_2_percent] %, among three in
#   @[robustness.top_3_percent] %. Against what most raters of FER+ saw, the first answer alone is right in
#   @[robustness.ferplus_top_1_percent] %, one of two in @[robustness.ferplus_top_2_percent] % (it learned from them, on train).
# - **It is unsure where people are**: on faces that all raters named alike its mean confidence is
#   @[robustness.unanimous_confidence_percent] %, on those where at most half of them agreed
#   @[robustness.split_confidence_percent] % (rank correlation @[robustness.confidence_agreement_spearman],
#   @[robustness.confidence_agreement_interval]).
# - **Silence** (`benchmarks/fairness.py`): if it answers only when at least 70 % sure, it answers
#   @[fairness.real.abstention.70.coverage_percent] % of the faces and is right on
#   @[fairness.real.abstention.70.accuracy_percent] % of these (@[fairness.real.abstention.70.interval_percent]). Whom is it
#   silent about? At 50 % it answers @[fairness.real.answered_at_50_percent.happy] % of the happy faces and
#   @[fairness.real.answered_at_50_percent.sad] % of the sad ones.
# - **Brightness**: dark, middle and bright thirds differ by @[fairness.real.brightness_gap.brightness.gap_points] points
#   (luck makes up to @[fairness.real.brightness_gap.brightness.gap_by_luck_points]; p =
#   @[fairness.real.brightness_gap.brightness.p_value]). You know what that says about people: nothing.
#
# ### More: wrong labels
#
# Beyond the stated minutes. **Wrong labels** are damage, too, done to training. A small network on
# @[label_noise.settings.train_images] photographs, a part of whose labels was exchanged, evenly or as the raters of FER+ confuse
# emotions (`flip_labels`; `benchmarks/label_noise.py`). Right answers on val, in %:
#
# | wrong labels | none | 10 % | 20 % | 30 % | 40 % |
# | --- | --- | --- | --- | --- | --- |
# | drawn evenly | @[label_noise.none.by_seed_percent] | @[label_noise.symmetric_10.by_seed_percent] | @[label_noise.symmetric_20.by_seed_percent] | @[label_noise.symmetric_30.by_seed_percent] | @[label_noise.symmetric_40.by_seed_percent] |
# | as people confuse |  | @[label_noise.confusion_10.by_seed_percent] | @[label_noise.confusion_20.by_seed_percent] | @[label_noise.confusion_30.by_seed_percent] | @[label_noise.confusion_40.by_seed_percent] |
#
# The first figure of every cell belongs to one seed: the same first weights, the same images. Accuracy falls step by step. A
# second figure is another seed: luck in training moves one to two points, as much as the small steps. At 40 %, errors as
# people make them cost more than even ones: the network repeats the wrong label for
# @[label_noise.confusion_40.flipped_images_says_new_label_percent] % of these faces, against
# @[label_noise.symmetric_40.flipped_images_says_new_label_percent] %. Below that the two differ by less than luck, and one
# training is not enough to swear to it.
#
# ## On your photographs
#
# Now audit your own network, and the course's beside it: 500 photographs of val, blurred more and more, by your own
# `robustness_curve`. The first lines say which faces and whose network.

# %%
from fer_course.course.thread import load_photographs

photographs, _ = load_photographs(splits=["val"])
own = fer.mine().load_network()
some = photographs.subset(np.random.default_rng(0).permutation(len(photographs))[:500])
shown = some.images, some.labels, fer.add_gaussian_blur, sigmas
curves = {"yours": robustness_curve(own.predict_proba, *shown)}
curves["the course's"] = robustness_curve(network.predict_proba, *shown)

# %%
figure, ax = plt.subplots(figsize=(8, 3.4))
for (name, curve), style in zip(curves.items(), ["o-", "s--"]):
    ax.plot(sigmas, 100 * np.array(curve), style, label=name)
ax.axhline(100 / 7, linestyle=":", color="gray")
ax.set(xlabel="blur: sigma in pixels", ylabel="right answers, %", ylim=(0, 100))
_ = ax.legend()

# %% [markdown]
# Which of them falls earlier? Look at where a curve begins as well: who knows little has little to lose. What else would your
# camera do to a face? With an interval as a band:

# %%
fer.plots.robustness_curves(fer.robustness(own, some, ["blur", "noise", "occlusion"], [1, 3, 5]))

# %% [markdown]
# You cannot raise these curves any more; that takes another training. What you can still decide is **where it should be silent**.
# From right to left, your network has to be surer and surer before it answers, on all of val, with the views and the biases
# that you decided on in lessons 13 and 15:

# %%
decided, biases = fer.mine().decisions(photographs), fer.mine().biases(photographs)
scored = fer.evaluate(own, photographs, decided.get("views"))
if biases is not None:
    scored = fer.score(scored.labels, biases.apply(scored.probabilities), scored.ids)
fer.plots.coverage_curves(fer.abstention(scored.labels, scored.probabilities))

# %% [markdown]
# Your decision: how sure must it be? This is a start: the quarter of which it is least sure gets no answer. Lesson 19 lets it
# keep silent there.

# %%
my_silence = round(float(np.quantile(scored.confidence, 0.25)), 2)
silent = scored.confidence < my_silence
fer.mine().decide("silence", my_silence, photographs)
print(f"at least {my_silence:.0%} sure: it answers {np.mean(~silent):.0%} of the faces,")
print(f"and is right on {scored.correct[~silent].mean():.1%} of these, instead of {scored.accuracy:.1%}")

# %% [markdown]
# And whom is it silent about?

# %%
left_out = np.bincount(scored.labels[silent], minlength=7)
fer.plots.share_bars(left_out, np.bincount(scored.labels, minlength=7), "it keeps silent about")

# %% [markdown]
# If more of its answers are right now, you have raised what it says, and not what it knows. Nobody wrote down who is in these photographs, so for whom it works worse
# cannot be told from them: by you or by anybody.

# %% [markdown]
# ## What this must never be used for
#
# **An expression is not a feeling.** People scowl when they think hard, smile when they are afraid, and keep a straight face
# when their heart breaks. Barrett and others ([2019](https://doi.org/10.1177/1529100619832930)) read more than a thousand
# studies: how people move their faces varies with person, situation and culture, and no movement of the face says reliably
# what somebody feels. FER2013's labels are not feelings either. They are what strangers saw in pictures found by search words.
#
# **In the European Union it is prohibited** to infer the emotions of people **at work and in education**, except for medical
# or safety reasons ([AI Act, article 5(1)(f)](https://eur-lex.europa.eu/eli/reg/2024/1689/oj), which applies since February
# 2025). Elsewhere the act counts emotion recognition as high-risk (annex III), and people must be told (article 50).
#
# So, wherever you live: no job interviews, no proctored exams, no attention scores for pupils, no police, no insurance, no
# credit, no lie detection, no diagnosis. Not with this network, and not with one that is right in 99 %. What remains is a
# good deal: learning how such systems fail, animating a character, sorting your own photographs, art, and research with
# people who agreed.
#
# **A question to answer in words**: somebody wants to buy your network to "measure customer satisfaction" at a till. What do
# you tell them, and with which of today's pictures?
#
# ## What you take with you
#
# - **An accuracy belongs to a picture quality.** Draw the curve for the damage that your cameras do.
# - **There is always a gap.** Shuffle persons to see what luck makes, count your questions, choose the score beforehand.
# - **Averages forgive.** Look into single emotions; a large p-value acquits nobody.
# - **Silence moves a gap from wrong answers to no answers, and a proxy acquits nobody.**
# - **An expression is not a feeling.**
#
# The package has it as `fer.robustness`, `fer.group_metrics`, `fer.group_gaps` and `fer.abstention`. Next comes
# lesson 17: the network leaves the notebook.
