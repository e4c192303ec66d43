# ---
# title: Ensembles
# learn:
#   - why many who are often wrong can be right together, and when they cannot
#   - how to tell whether two members differ, and why differing is not enough
#   - how to weigh members without fooling yourself
# minutes: 45
# needs: lessons 07 and 13, NumPy arrays
# ---

# %% [markdown]
# ## One expert, or three who are worse?
#
# Three people answer 40 questions with yes or no. Each is right with probability 0.65. Below them, what the majority of the
# three says. Blue and tall is right, orange and short is wrong.

# %%
import matplotlib.pyplot as plt
import numpy as np

right = np.random.default_rng(7).random((3, 40)) < 0.65
rows = [*right, right.sum(axis=0) >= 2]
figure, axes = plt.subplots(4, 1, figsize=(10, 2.6))
for ax, row, name in zip(axes, rows, ["Ann", "Ben", "Cy", "majority"]):
    ax.bar(range(40), np.where(row, 1, 0.4), color=np.where(row, fer.plots.BLUE, fer.plots.ORANGE), width=0.9)
    ax.text(-1, 0.5, f"{name}, {row.mean():.0%}", ha="right", va="center")
    ax.axis("off")

# %% [markdown]
# Nobody knew more than before, and yet the fourth row is the best. Two must err at the same question to spoil it. Forty
# questions are few, and other seeds are less kind. In the long run three with 65 % make 72 %: the Marquis de **Condorcet**
# worked it out in 1785, about juries. How far does it go?

# %%
from scipy.stats import binom

juries = np.arange(1, 52, 2)
figure, ax = plt.subplots(figsize=(8.5, 3.6))
for skill in [0.7, 0.6, 0.55, 0.45]:
    color = fer.plots.BLUE if skill > 0.5 else fer.plots.ORANGE
    together = binom.sf(juries // 2, juries, skill)
    ax.plot(juries, together, color=color)
    ax.text(52, together[-1], f"each right in {skill:.0%}", va="center", fontsize=10)
_ = ax.set(xlabel="members of the jury", ylabel="the majority is right", ylim=(0, 1.05), xlim=(0, 66))

# %% [markdown]
# Fifty people with 60 % are together as good as one who is right in nine of ten. And a jury of people who are wrong more
# often than right gets **worse** with every member.
#
# It sounds too good. One small word is hidden in it: each errs **independently**. Suppose that at some questions everybody
# just copies what Ann says. Move the slider.


# %%
def jury_of_eleven(copied=0.0):
    rng = np.random.default_rng(0)
    own, ann = rng.random((11, 20_000)) < 0.65, rng.random(20_000) < 0.65
    right = np.where(rng.random(20_000) < copied, ann, own)
    alone, together = ann.mean(), (right.sum(axis=0) > 5).mean()
    title = f"at {copied:.0%} of the questions all copy Ann"
    return fer.plots.accuracies(
        {"Ann alone": (int(20_000 * alone), 20_000), "jury of 11": (int(20_000 * together), 20_000)}, title
    )


fer.notebook.slide(jury_of_eleven, copied=[0.0, 0.25, 0.5, 0.75, 1.0])

# %% [markdown]
# Eleven who copy are one. **What a jury gains is not in its number, but in its different mistakes.** Keep that in mind; it is
# the whole lesson.
#
# ## Now you: `majority`
#
# Our members say one of seven. `answers` has a row for each member and a column for each face. Return for each face the
# label that most of them say.


# %%
def majority(answers):
    """(members, n) labels 0..6 -> (n,) the most frequent one."""
    ### BEGIN SOLUTION
    votes = np.array([(answers == label).sum(axis=0) for label in range(7)])
    return votes.argmax(axis=0)
    ### STUB
    # return answers[0]  # your turn
    ### END SOLUTION


# %%
from fer_course.exercises import ensembles as ex

ex.majority.check(majority)

# %%
# ex.majority.hint()
# ex.majority.solution()

# %% tags=["selftest"]
ex.majority.selftest(
    right=[
        majority,
        lambda answers: np.array([np.bincount(column, minlength=7).argmax() for column in answers.T]),
        lambda answers: [max(set(column), key=list(column).count) for column in answers.T.tolist()],
    ],
    wrong={
        "do not average": lambda answers: np.round(answers.mean(axis=0)),
        "average as well": lambda answers: np.floor(np.median(answers, axis=0)),
        "instead of .max": lambda answers: (
            (answers[None] == np.arange(7)[:, None, None]).sum(axis=1).max(axis=0)
        ),
        "along axis 0": lambda answers: np.array([np.bincount(row).argmax() for row in answers]),
    },
)

# %% [markdown]
# ## Three half-blind members
#
# Different mistakes come from different eyes. So we build three members who each see a part of the face. As in
# [lesson 07](07_outliers.ipynb), a face becomes 900 numbers, and one layer learns from them.

# %%
faces = fer.sample_faces()
twins = fer.find_twins(faces)
leaking = twins.loc[twins["split"] == "train", "index"]
faces = faces.subset(~np.isin(np.arange(len(faces)), leaking))
train, val = faces.train, faces.val

# %%
everything = (slice(0, 48), slice(0, 48))
parts = {
    "eyes": (slice(0, 24), slice(0, 48)),
    "mouth": (slice(28, 48), slice(0, 48)),
    "left half": (slice(0, 48), slice(0, 20)),
}


def seen(images, part):
    shown = np.full_like(images, 128)
    shown[:, *part] = images[:, *part]
    return shown


sights = [seen(val.images[:1], part)[0] for part in parts.values()]
fer.plots.faces([val.images[0], *sights], titles=["the face", *parts])

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def member(part, chosen=slice(None)):
    """What a member who sees one part of the chosen train faces says about val."""
    layer = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=300))
    layer.fit(fer.embed(seen(train.images[chosen], part)), train.labels[chosen])
    probabilities = layer.predict_proba(fer.embed(seen(val.images, part)))
    return fer.score(val.labels, probabilities, val.ids)


members = {name: member(part) for name, part in parts.items()}

# %%
answers = np.array([one.predictions for one in members.values()])
hits = {name: one.correct.sum() for name, one in members.items()}
hits["majority"] = (majority(answers) == val.labels).sum()
fer.plots.accuracies({name: (count, len(val)) for name, count in hits.items()})

# %% [markdown]
# The majority is better than each of the three. Now a question about manners: if all three disagree, somebody has to break
# the tie. With `argmax` the smallest label wins, angry before neutral. Is there no better way to settle it?
#
# ## Listen to how sure they are
#
# Here is a face at which votes alone do not help.

# %%
mean = np.mean([one.probabilities for one in members.values()], axis=0)
saved = (mean.argmax(axis=1) == val.labels) & (majority(answers) != val.labels)
face = np.flatnonzero(saved)[np.argmax(mean.max(axis=1)[saved])]
bars = {name: one.probabilities[face] for name, one in members.items()} | {"mean": mean[face]}
figure, axes = plt.subplots(1, 5, figsize=(11, 2.8))
axes[0].imshow(val.images[face], cmap="gray", vmin=0, vmax=255)
axes[0].set_title(fer.EMOTIONS[val.labels[face]], fontsize=12)
axes[0].axis("off")
for ax, (name, shares) in zip(axes[1:], bars.items()):
    ax.barh(fer.EMOTIONS, shares, color=list(fer.EMOTION_COLORS.values()))
    ax.set_title(name, fontsize=12)
    ax.set(xlim=(0, 1), xticks=[0, 1], yticks=[] if name != "eyes" else range(7))
    ax.invert_yaxis()

# %% [markdown]
# A member that shrugs should not outvote one that is sure. So average the **probabilities**: a **soft vote**.
#
# ## Now you: `soft_vote`
#
# Return the weighted mean over the members, with a weight for each, because we will need that soon. The result must add up
# to 1 for each face, whatever the weights add up to. (`weights[:, None, None]` fits the weights to the probabilities.)


# %%
def soft_vote(probabilities, weights):
    """(members, n, 7) probabilities, (members,) weights -> (n, 7) probabilities."""
    ### BEGIN SOLUTION
    return (weights[:, None, None] * probabilities).sum(axis=0) / weights.sum()
    ### STUB
    # return probabilities[0]  # your turn
    ### END SOLUTION


# %%
ex.soft_vote.check(soft_vote)

# %%
# ex.soft_vote.hint()
# ex.soft_vote.solution()

# %% tags=["selftest"]
ex.soft_vote.selftest(
    right=[
        soft_vote,
        lambda members, weights: np.average(members, axis=0, weights=weights),
        lambda members, weights: np.tensordot(weights / weights.sum(), members, 1),
    ],
    wrong={
        "by the sum of the weights": lambda members, weights: (weights[:, None, None] * members).mean(axis=0),
        "as if the weights were alike": lambda members, weights: members.mean(axis=0),
        "over the members": lambda members, weights: (weights[:, None, None] * members).sum(axis=1),
        "counts three times": lambda members, weights: members[int(np.argmax(weights))],
    },
)

# %%
probabilities = np.array([one.probabilities for one in members.values()])
together = fer.score(val.labels, soft_vote(probabilities, np.ones(3)), val.ids)
best = max(members.values(), key=lambda one: one.accuracy)
print(fer.compare(best, together))

# %% [markdown]
# No new data, no new training, and ten points or so above the best of the three. Now the expert: the same 900 numbers and
# the same layer, but it sees **the whole face**.

# %%
expert = member(everything)
three = {"three half-blind": together, "one that sees all": expert}
print(fer.compare(expert, together))
fer.plots.accuracies({name: (one.correct.sum(), one.n) for name, one in three.items()})

# %% [markdown]
# Three mediocre members have come up to the good one, but **not past it**. They never saw how eyes and mouth go
# together. An average is not a thought.
#
# ## When the jury fails
#
# **Failure one: copies.** Another member that sees the mouth. Its train faces are drawn anew with replacement, as in the
# bootstrap of lesson 13; that is a well-known recipe for ensembles, **bagging** (Breiman, 1996).

# %%
drawn = np.random.default_rng(0).integers(0, len(train), len(train))
again = member(parts["mouth"], drawn)
copies = {"mouth": members["mouth"], "mouth again": again}
fer.combine(copies)

# %% [markdown]
# What do the two gain? Nothing that luck would not. They are right and wrong about the same faces, and that can be measured
# before anybody votes.
#
# ## Now you: `yules_q`
#
# Count how often both are right, both wrong, and how often one alone is right. **Yule's Q** (1900) is
#
# `(both right * both wrong - first alone * second alone) / (both right * both wrong + first alone * second alone)`
#
# Copies have 1, members that err independently 0.


# %%
def yules_q(first, second):
    """Booleans, right or wrong, of two members -> one number from -1 to 1."""
    ### BEGIN SOLUTION
    same = (first & second).sum() * (~first & ~second).sum()
    apart = (first & ~second).sum() * (~first & second).sum()
    return (same - apart) / (same + apart)
    ### STUB
    # return 0.0  # your turn
    ### END SOLUTION


# %%
ex.yules_q.check(yules_q)

# %%
# ex.yules_q.hint()
# ex.yules_q.solution()


# %% tags=["selftest"]
def counts(a, b):
    return (a & b).sum(), (~a & ~b).sum(), (a & ~b).sum(), (~a & b).sum()


ex.yules_q.selftest(
    right=[
        yules_q,
        lambda a, b: (
            (sum(a & b) * sum(~(a | b)) - sum(a & ~b) * sum(b & ~a))
            / (sum(a & b) * sum(~(a | b)) + sum(a & ~b) * sum(b & ~a))
        ),
    ],
    wrong={
        "multiply the two counts": lambda a, b: (a == b).mean(),
        "Q multiplies them": lambda a, b: (a == b).mean() - (a != b).mean(),
        "both wrong counts as well": lambda a, b: (
            ((a & b).sum() - counts(a, b)[2] * counts(a, b)[3])
            / ((a & b).sum() + counts(a, b)[2] * counts(a, b)[3])
        ),
        "(same - apart)": lambda a, b: (
            counts(a, b)[0]
            * counts(a, b)[1]
            / (counts(a, b)[0] * counts(a, b)[1] + counts(a, b)[2] * counts(a, b)[3])
        ),
        "the other way round": lambda a, b: -yules_q(a, b),
    },
)

# %%
from fer_course.evaluation.members import diversity

yours = yules_q(members["eyes"].correct, members["mouth"].correct)
table = diversity(members | copies)
print(f"yours {yours:.3f}, fer-course {table['q_statistic'][0]:.3f}")
table.round(2)

# %% [markdown]
# Eyes and mouth have nearly the lowest Q and gain most; the copies have Q close to 1 and gain nothing. So: the more
# different, the better?
#
# **Failure two: a fool.** Here is a member that sees 36 of the 2,304 pixels.


# %%
def coarse(images):
    return images[:, 4::8, 4::8].reshape(len(images), -1) / 127.5 - 1


fool = LogisticRegression(C=1, max_iter=100).fit(coarse(train.images), train.labels)
jury = members | {"fool": fer.score(val.labels, fool.predict_proba(coarse(val.images)), val.ids)}
fer.plots.diversity_gain(diversity(jury), "all pairs of the four")

# %%
of_four = np.array([one.probabilities for one in jury.values()])


def listen(fool=1.0):
    vote = soft_vote(of_four, np.array([1, 1, 1, fool]))
    right = int((vote.argmax(axis=1) == val.labels).sum())
    return fer.plots.accuracies({"jury": (right, len(val))}, f"the fool's voice counts {fool:g}")


fer.notebook.slide(listen, fool=[0.0, 0.5, 1.0, 2.0, 4.0])

# %% [markdown]
# Nobody in the room is more different from the others than the fool: its pairs stand at the left of the picture, agree least
# and gain nothing. **Different is not enough; a member must also be right more often than it misleads.**
#
# ## Weights, and how to fool yourself
#
# The cure is to listen to each as much as it deserves. But who says how much? Let us try 3,000 random weightings and
# take the best on val.

# %%
rng = np.random.default_rng(0)
tried = rng.dirichlet(np.ones(4), 3000)
reached = [(soft_vote(of_four, weights).argmax(axis=1) == val.labels).mean() for weights in tried]
figure, ax = plt.subplots(figsize=(8.5, 3.2))
ax.hist(100 * np.array(reached), 30, color=fer.plots.BLUE, alpha=0.7)
ax.axvline(100 * together.accuracy, color=fer.plots.ORANGE, label="the three, equal weights")
ax.set(xlabel="accuracy on val, %", ylabel="weightings", title=f"the best: {max(reached):.1%}")
_ = ax.legend(loc="upper left")

# %% [markdown]
# The best is a little better than equal weights. Do you believe it? You chose it **because** it was lucky on these faces.
# The honest way is one that you know: choose on some, score on others. `fer.combine` finds weights and, besides, does it
# all again five times, each time with weights from four fifths of the faces and scores on the last fifth.

# %%
for method in ["vote", "weights", "greedy", "stacking"]:
    ensemble = fer.combine(jury, method=method)
    on_itself = (ensemble.apply(jury).argmax(axis=1) == val.labels).mean()
    print(
        f"{method:9} on the faces that chose it {on_itself:.1%}, on others {ensemble.cross_validated.accuracy:.1%}"
    )

# %% [markdown]
# `"weights"` makes the labels most probable. `"greedy"` adds members one by one, some more than once
# ([Caruana and others, 2004](https://doi.org/10.1145/1015330.1015432)). `"stacking"` is a layer on top of all
# ([Wolpert, 1992](https://doi.org/10.1016/S0893-6080(05)80023-1)), with 203 numbers to learn from 304 faces. The more a
# method can choose, the wider the gap between the two columns. And whom does `"weights"` listen to?

# %%
fer.combine(jury, method="weights")

# %% [markdown]
# ## The expert joins
#
# Should the expert sit in the jury, or alone?

# %%
everybody = jury | {"expert": expert}
for method in ["vote", "weights"]:
    print(fer.combine(everybody, method=method), "\n")

# %% [markdown]
# Look at the interval before you praise anybody. If one member is far better than the rest, equal votes can drag it down,
# and fitted weights may listen to it alone: then the best ensemble is a single member. **Members should be different and
# about equally good.**
#
# ## Networks for a jury
#
# Where do different networks come from? Other first weights already help. The package draws the whole architecture at
# random:

# %%
from fer_course.training.zoo import SEARCH_SPACE

SEARCH_SPACE

# %%
from fer_course.training.zoo import random_network
from fer_course.training.zoo import random_choices

for seed in range(3):
    print(f"{random_network(seed).count_params():9,} parameters:", *random_choices(seed).values())

# %% [markdown]
# `fer.train_members(faces, "runs/jury", count=5)` trains five of them, one after another, keeps each, and goes on where it
# was stopped; `fer-course ensemble` does it all from a terminal. On two cores that is a matter of minutes here, and of an
# hour or more with photographs.
#
# ## On the real FER2013
#
# A jury like it, taught on @[half_blind.train_images] photographs, asked about the @[half_blind.val_images] of val
# (`benchmarks/half_blind.py`). CompactCNN is the network that comes with the package; val chose its epoch.
#
# | who answers | accuracy, % | 95 % interval | gain, points | 95 % interval | over |
# | --- | --- | --- | --- | --- | --- |
# | eyes | @[half_blind.members.eyes.accuracy_percent] | @[half_blind.members.eyes.interval_percent] | | | |
# | mouth | @[half_blind.members.mouth.accuracy_percent] | @[half_blind.members.mouth.interval_percent] | | | |
# | left half | @[half_blind.members.left_half.accuracy_percent] | @[half_blind.members.left_half.interval_percent] | | | |
# | **these three** | **@[half_blind.three.accuracy_percent]** | @[half_blind.three.interval_percent] | @[half_blind.three.gain_points] | @[half_blind.three.gain_interval_points] | the best of them |
# | mouth, taught twice | @[half_blind.mouth_twice.accuracy_percent] | @[half_blind.mouth_twice.interval_percent] | @[half_blind.mouth_twice.gain_points] | @[half_blind.mouth_twice.gain_interval_points] | mouth |
# | the three and the fool | @[half_blind.three_and_fool.accuracy_percent] | @[half_blind.three_and_fool.interval_percent] | @[half_blind.three_and_fool.gain_points] | @[half_blind.three_and_fool.gain_interval_points] | the three |
# | one that sees all | @[half_blind.members.whole_face.accuracy_percent] | @[half_blind.members.whole_face.interval_percent] | | | |
# | the three and this one | @[half_blind.three_and_whole_face.accuracy_percent] | @[half_blind.three_and_whole_face.interval_percent] | @[half_blind.three_and_whole_face.gain_points] | @[half_blind.three_and_whole_face.gain_interval_points] | the one that sees all |
# | CompactCNN | @[half_blind.compact.accuracy_percent] | @[half_blind.compact.interval_percent] | | | |
# | CompactCNN, the three and the one that sees all | @[half_blind.compact_and_all.accuracy_percent] | @[half_blind.compact_and_all.interval_percent] | @[half_blind.compact_and_all.gain_points] | @[half_blind.compact_and_all.gain_interval_points] | CompactCNN |
# | these five and the fool, weights fitted | @[half_blind.jury_with_compact.weights.accuracy_percent] | @[half_blind.jury_with_compact.weights.interval_percent] | @[half_blind.jury_with_compact.weights.gain_points] | @[half_blind.jury_with_compact.weights.gain_interval_points] | CompactCNN |
# | these five and the fool, stacking | @[half_blind.jury_with_compact.stacking.accuracy_percent] | @[half_blind.jury_with_compact.stacking.interval_percent] | @[half_blind.jury_with_compact.stacking.gain_points] | @[half_blind.jury_with_compact.stacking.gain_interval_points] | CompactCNN |
#
# - On photographs the jury still beats its best member, but **one that sees the whole face beats the jury**: it differs from
#   that one by @[half_blind.three_over_whole_face.gain_points] points (@[half_blind.three_over_whole_face.gain_interval_points]).
# - The fool, hardly worse than the eyes here, costs nothing that luck could not: whether a member is a fool depends on the
#   company.
# - Beside a network that is far better, equal votes of the weak are a disaster, and fitted weights give it
#   @[half_blind.jury_with_compact.weights.weights_percent.compact] %: the best ensemble is then one network. Stacking reached
#   @[half_blind.jury_with_compact.stacking.chosen_and_scored_on_val_percent] % on the faces that chose it, and
#   @[half_blind.jury_with_compact.stacking.accuracy_percent] % on others, less than that one network.
#
# ### More: random networks
#
# Beyond the stated minutes. What if **random networks** sit in the jury instead of parts of a face (`benchmarks/ensembles.py`)? Four from the search space above,
# @[ensembles.epochs] epochs of @[ensembles.train_images] photographs each, reach
# @[ensembles.members.random_0.accuracy_percent], @[ensembles.members.random_1.accuracy_percent],
# @[ensembles.members.random_2.accuracy_percent] and @[ensembles.members.random_3.accuracy_percent] %: what is drawn at random is good
# and bad.
#
# | ensemble | gain, points | 95 % interval | over |
# | --- | --- | --- | --- |
# | vote of the best three | @[ensembles.best_three.gain_points] | @[ensembles.best_three.gain_interval_points] | the best of them |
# | vote of all four | @[ensembles.best_three_and_the_weakest.gain_points] | @[ensembles.best_three_and_the_weakest.gain_interval_points] | the best three |
# | stacking of all four | @[ensembles.combined.stacking.gain_points] | @[ensembles.combined.stacking.gain_interval_points] | the best of them |
# | greedy selection with CompactCNN | @[ensembles.combined_with_good.greedy.gain_points] | @[ensembles.combined_with_good.greedy.gain_interval_points] | CompactCNN |
#
# (CompactCNN of that comparison is an earlier training, on labels alone: @[ensembles.good.accuracy_percent] %.)
# Stacking gains, and yet it differs from CompactCNN by @[ensembles.combined.stacking.over_good.gain_points] points; no pair and
# no triple comes up to that one either. "Different **and about equally good**" was the condition, and chance did
# not grant it.
# So no jury ships with the package: none has earned its megabytes.
#
# ### One network instead of a jury
#
# Can all this knowledge be had in one small network? Let it learn from what the jury says instead of the labels:
# `fer.fit(..., targets=fer.soft_targets(...))` is called **distillation**
# ([Hinton and others, 2015](https://arxiv.org/abs/1503.02531)). `fer.train_snapshots` takes several members from one training
# that starts anew from where it was ([Huang and others, 2017](https://arxiv.org/abs/1704.00109)). And `attention_fusion`
# joins members to one network that decides face by face whom to trust. A network with half of `EmotionCNN`'s widths,
# @[three_networks.settings.train_images] photographs, one seed, scored on val (`benchmarks/three_networks.py`):
#
# | who answers | accuracy, % | gain over one network, points, 95 % interval | gain over the vote of three |
# | --- | --- | --- | --- |
# | one network, @[three_networks.settings.epochs] epochs | @[three_networks.one.val_accuracy_percent] |  |  |
# | **three that learn apart: their vote** | @[three_networks.vote_apart.val_accuracy_percent] | @[three_networks.vote_apart.gain_interval_points] |  |
# | three snapshots of one training: their vote | @[three_networks.vote_snapshots.val_accuracy_percent] | @[three_networks.vote_snapshots.gain_interval_points] | @[three_networks.vote_snapshots.over_vote_interval_points] |
# | the last of these snapshots alone | @[three_networks.last_snapshot.val_accuracy_percent] | @[three_networks.last_snapshot.gain_interval_points] | @[three_networks.last_snapshot.over_vote_interval_points] |
# | **one network, @[three_networks.settings.long_epochs] epochs** | @[three_networks.one_long.val_accuracy_percent] | @[three_networks.one_long.gain_interval_points] | @[three_networks.one_long.over_vote_interval_points] |
# | one network, @[three_networks.settings.epochs] epochs, that learns what the vote says (**distillation**) | @[three_networks.distilled.val_accuracy_percent] | @[three_networks.distilled.gain_interval_points] | @[three_networks.distilled.over_vote_interval_points] |
# | the three joined by **attention** | @[three_networks.fusion_frozen.val_accuracy_percent] | @[three_networks.fusion_frozen.gain_interval_points] | @[three_networks.fusion_frozen.over_vote_interval_points] |
# | the same, with all layers learning on | @[three_networks.fusion_tuned.val_accuracy_percent] | @[three_networks.fusion_tuned.gain_interval_points] | @[three_networks.fusion_tuned.over_vote_interval_points] |
#
# - **A student of the vote cannot be told from the vote here**, and costs a third to ask. That is what distillation is for.
# - **Attention gains nothing over a plain mean**; it has to learn whom to trust from faces that its members know already.
# - **Time beats company here.** The second to the fifth line spend equally many epochs, and one network that learns for
#   longer wins by far: after so few epochs, none has learnt all it can. Ask first whether your best member has.
#
# ## On your photographs
#
# Is it so for your own network, too? **Three snapshots** of it: each cycle drives it away from where it rests, with a high
# learning rate, and lets it settle again. Beside them, one longer cycle of as many steps, from the same start. First the faces,
# at most 1,000 of train, and whose network it is (before lesson 12 that of the course).

# %%
from dataclasses import replace

from fer_course.course.thread import load_photographs
from fer_course.jobs.training_data import limited

photographs, _ = load_photographs(splits=["train", "val"])
network = fer.mine().load_network(keras=True)
some = limited(photographs, {"train": 1000}, seed=0)
some = replace(some, images=network.prepare(some.images)[..., 0])  # evened out, if it learned so

# %% [markdown]
# The snapshots lie in `members` beside your network, which stays as it is. About a minute for this cell and the next.

# %%
import shutil

members_in = fer.mine().place_for(network, "members")
shutil.rmtree(members_in, ignore_errors=True)  # run again, it begins anew
start, one = network.path.with_suffix(".keras"), fer.Recipe(epochs=1, balance="none")
files = fer.train_snapshots(fer.load_model(start), some, members_in, cycles=3, recipe=one)

# %%
longer = fer.load_model(start)
history = fer.fit(longer, some, fer.Recipe(epochs=3, balance="none"))

# %% [markdown]
# Your own `soft_vote` joins the three:

# %%
from fer_course.evaluation.members import predict_members

faces = some.val
said = np.array([*predict_members(files, faces.images).values()])
so_far, three = network.predict_proba(photographs.val.images), soft_vote(said, np.ones(3))
ways = {"yours so far": so_far, "its last snapshot": said[2], "vote of three": three}
ways["one longer cycle"] = fer.predict(longer, faces.images)
scored = {name: fer.score(faces.labels, answers, faces.ids) for name, answers in ways.items()}
fer.plots.accuracies({name: (one.correct.sum(), one.n) for name, one in scored.items()})

# %%
right = said.argmax(axis=2) == faces.labels
print(f"Yule's Q of the first two snapshots: {yules_q(right[0], right[1]):.2f}")
print("the vote against yours so far:", fer.compare(scored["yours so far"], scored["vote of three"]))
print("the vote against the longer cycle:", fer.compare(scored["one longer cycle"], scored["vote of three"]))

# %% [markdown]
# Snapshots resemble each other, so look at Q first. (0.00? Then `yules_q` is waiting for you.) Then decide by the intervals. **If the vote does not beat the longer
# cycle, time beats company for you as well**, and what raises your network is no jury: it is more minutes in lesson 12. And if
# neither beats yours so far, these few faces had nothing new to teach. The thread keeps one network, as it was; lesson 15 goes
# on with it.
#
# ## What you take with you
#
# - **A jury lives on different mistakes.** Copies gain next to nothing.
# - **Different is not enough.** A fool is different, too.
# - **Weights that were chosen on val look too good on val.** Cross-validate the gain, and give its interval.
# - **It costs.** Five members take five times the time, the memory and the battery.
# - **One network may do.** It can learn from a jury, or simply for longer.
#
# Next comes [lesson 15](15_bias_tuning.ipynb): no new network at all, only seven numbers.
