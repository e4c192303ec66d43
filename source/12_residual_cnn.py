# ---
# title: A residual CNN
# learn:
#   - what a convolution sees, and how few numbers it needs
#   - why a block that adds to its input keeps a deep network alive
#   - how to train, read the curves, and score test exactly once
# minutes: 55
# needs: lessons 02 and 03, NumPy arrays
# ---

# %% [markdown]
# ## Which of these two is nearer to the first?
#
# The second face is the first, moved by one pixel. The third is angry. The number is the distance from the first
# face: how far its 2,304 gray values are off, on average.

# %%
import numpy as np

smile = fer.draw_face(fer.EXPRESSIONS["happy"][0])
moved = np.pad(smile, ((0, 0), (1, 0)), mode="edge")[:, :48]
angry = fer.draw_face(fer.EXPRESSIONS["angry"][0])
images = np.stack([smile, moved, angry])
distances = np.abs(images - smile.astype(float)).mean(axis=(1, 2))
fer.plots.faces(images, titles=[f"distance {distance:.1f}" for distance in distances])

# %% [markdown]
# To your eye the second is the same smile. Number by number, the angry face is nearer. **One pixel of movement weighs
# more than the whole expression.** Whoever compares values at fixed places must learn the smile anew for each place.
#
# We need something that looks for a small pattern and does not care where it is.
#
# ## A stencil that slides
#
# Lay a stencil of nine numbers on the face. Multiply each with the pixel under it, add the nine products, write the
# sum down, and move one pixel on. That is a **convolution**; the picture of all sums is a **feature map**. The
# Laplacian of [lesson 03](03_blur.ipynb) was one. Here are four more: the stencil above, its map below.

# %%
import cv2
import matplotlib.pyplot as plt

stencils = {
    "bright above dark": [[1, 1, 1], [0, 0, 0], [-1, -1, -1]],
    "dark above bright": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "dark, then bright": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "a bright spot": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
}
figure, axes = plt.subplots(2, 4, figsize=(10, 4), height_ratios=[1, 3])
for (above, below), (name, stencil) in zip(axes.T, stencils.items()):
    response = cv2.filter2D(smile, cv2.CV_64F, np.array(stencil))
    above.imshow(np.sign(stencil), cmap="gray", vmin=-1.3, vmax=1.3)
    below.imshow(np.maximum(response, 0), cmap="gray", vmax=400)
    above.set_title(name, fontsize=11, loc="center")
for ax in axes.flat:
    ax.axis("off")

# %% [markdown]
# The first two find the upper and the lower edge of brows, eyes and lips. Sums below 0 are drawn black: a network
# cuts them off as well, and calls that **ReLU**. The nine numbers are the same everywhere, so when the smile moves,
# its map moves along. Nothing has to be learned twice.
#
# In a network nobody writes the stencils. Their numbers start at random, and training turns each a little in the
# direction that makes the answers better. A layer has many stencils; in the second layer each of them looks at
# **all** the maps of the first.
#
# ## Now you: `conv_parameters`
#
# How many numbers does such a layer learn? Every one of the `out_channels` stencils has `kernel_size` rows and
# columns for each of the `in_channels` maps, and one number that is added at the end, its **bias**. (Lesson 15 uses the same
# word for a number that is added to an answer.)


# %%
def conv_parameters(kernel_size, in_channels, out_channels):
    """Numbers that a convolution learns, biases included."""
    ### BEGIN SOLUTION
    return kernel_size**2 * in_channels * out_channels + out_channels
    ### STUB
    # return 0  # your turn
    ### END SOLUTION


# %%
from fer_course.exercises import residual_cnn as ex

ex.conv_parameters.check(conv_parameters)

# %%
# ex.conv_parameters.hint()
# ex.conv_parameters.solution()

# %% tags=["selftest"]
ex.conv_parameters.selftest(
    right=[conv_parameters, lambda size, ins, outs: (size * size * ins + 1) * outs],
    wrong={
        "the bias is missing": lambda size, ins, outs: size**2 * ins * outs,
        "a stencil is square": lambda size, ins, outs: size * ins * outs + outs,
        "its own bias": lambda size, ins, outs: size**2 * ins * outs + 1,
        "every channel that comes in": lambda size, ins, outs: size**2 * outs + outs,
    },
)

# %% tags=["nbval-check-output"]
from fer_course.training.backend import keras  # Keras, without TensorFlow's remarks on missing GPUs

layer = keras.layers.Conv2D(filters=32, kernel_size=3)
layer.build((None, 48, 48, 1))
print("you:", conv_parameters(3, 1, 32), " Keras:", layer.count_params())

# %% [markdown]
# 320 numbers, whatever the size of the image. A layer that joins each of the 2,304 pixels to each value of those 32
# maps would need 170 million.
#
# ## Deep and blind
#
# One stencil sees 3x3 pixels; through a second layer it sees 5x5, through twenty 41x41, the whole face. So stack
# twenty layers? Here is what a face looks like on its way through twenty layers **before any training**. Above, each
# layer replaces what it gets. Below, it **adds** its result to what it gets.


# %%
def after_each_layer(image, layers, adding):
    x = keras.layers.Conv2D(16, 3, padding="same")(image[None, ..., None] / 127.5 - 1)
    for _ in range(layers):
        y = keras.layers.Conv2D(16, 3, padding="same")(keras.ops.relu(x))
        x = x + y if adding else y
        yield np.array(x[0, ..., 0])  # the first of its 16 maps


keras.utils.set_random_seed(1)
figure, axes = plt.subplots(2, 5, figsize=(10, 4.2))
for row, adding in zip(axes, [False, True]):
    maps = list(after_each_layer(smile, 20, adding))
    for ax, depth in zip(row, [1, 2, 5, 10, 20]):
        ax.imshow(maps[depth - 1], cmap="gray")
        ax.set_title(f"{'adding' if adding else 'replacing'}, {depth}", fontsize=11, loc="center")
        ax.axis("off")

# %% [markdown]
# Above, each layer stirs what the one before has stirred, and the face is gone. The last layer must decide on what
# it can no longer see. Training has the same trouble on the way back: what the answer teaches has to pass all twenty
# layers to reach the first. Below, the face gets through.
#
# Kaiming He and others saw it in real networks in 2015: a plain one of 56 layers made more mistakes than one of 20,
# **on its own training images**. It had not learned too much but too little. With additions the deeper one won.
# The paper is [Deep Residual Learning](https://arxiv.org/abs/1512.03385), and this is its block:

# %%
steps = ["x", "Conv2D\n3x3", "Batch\nNorm", "ReLU", "Conv2D\n3x3", "Batch\nNorm", "Add", "ReLU"]
box = {"boxstyle": "round,pad=0.4", "facecolor": "none", "linewidth": 2}
figure, ax = plt.subplots(figsize=(10, 2.4))
for place, step in enumerate(steps):
    ax.text(place, 0, step, ha="center", va="center", bbox=box)
    if place:
        ax.annotate("", (place - 0.35, 0), (place - 0.65, 0), arrowprops={"arrowstyle": "-|>", "lw": 2})
bow = {"arrowstyle": "-|>", "lw": 3, "color": fer.plots.ORANGE, "connectionstyle": "arc3,rad=-0.2"}
ax.annotate("", (6, 0.35), (0, 0.35), arrowprops=bow)
ax.text(3, 1.4, "the shortcut: x as it is", ha="center", color=fer.plots.ORANGE)
ax.set(xlim=(-0.5, 7.5), ylim=(-0.7, 1.8))
_ = ax.axis("off")

# %% [markdown]
# The branch learns only what should **change** about x, the residual. If nothing should, it learns 0, which is easy.
# **Batch norm** keeps the numbers in a healthy range: it shifts and scales every map to mean 0 and spread 1 over the
# batch (the faces of one training step), and lets training choose another mean and spread.
#
# ## Now you: `residual_block`
#
# In Keras a layer is made and then called: `y = keras.layers.ReLU()(x)`. Follow the drawing with `Conv2D`,
# `BatchNormalization`, `ReLU` and `Add`. Keep the size with `padding="same"`. One case needs care: x can only be added
# to something with as many maps. If `x.shape[-1]` is not `filters`, send the shortcut through a 1x1 convolution.


# %%
def residual_block(x, filters):
    """Two 3x3 convolutions whose result is added to x."""
    ### BEGIN SOLUTION
    shortcut = x if x.shape[-1] == filters else keras.layers.Conv2D(filters, 1)(x)
    y = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    y = keras.layers.ReLU()(keras.layers.BatchNormalization()(y))
    y = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(y)
    y = keras.layers.BatchNormalization()(y)
    return keras.layers.ReLU()(keras.layers.Add()([y, shortcut]))
    ### STUB
    # return x  # your turn
    ### END SOLUTION


# %%
ex.residual_block.check(residual_block)

# %%
# ex.residual_block.hint()
# ex.residual_block.solution()


# %% tags=["selftest"]
def block(
    x,
    filters,
    join=None,
    between=keras.ops.relu,
    at_the_end=lambda y: y,
    last=keras.ops.relu,
    project=None,
    size=1,
):
    """A block with one thing changed."""
    must = x.shape[-1] != filters if project is None else project
    shortcut = keras.layers.Conv2D(filters, size, padding="same")(x) if must else x
    y = between(keras.layers.BatchNormalization()(keras.layers.Conv2D(filters, 3, padding="same")(x)))
    y = at_the_end(keras.layers.BatchNormalization()(keras.layers.Conv2D(filters, 3, padding="same")(y)))
    return last(join([y, shortcut]) if join else y + shortcut)


def shared_layer(x, filters):
    first = keras.layers.Conv2D(filters, 3, padding="same")
    y = first(x) if x.shape[-1] != filters else first(first(x))
    return keras.ops.relu(y + (x if x.shape[-1] == filters else keras.layers.Conv2D(filters, 1)(x)))


def without_norm(x, filters):
    shortcut = x if x.shape[-1] == filters else keras.layers.Conv2D(filters, 1)(x)
    y = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return keras.ops.relu(keras.layers.Conv2D(filters, 3, padding="same")(y) + shortcut)


ex.residual_block.selftest(
    right=[residual_block, block],
    wrong={
        "do not stack them": lambda x, filters: block(x, filters, join=keras.layers.Concatenate()),
        "the size stays": lambda x, filters: keras.layers.MaxPooling2D()(block(x, filters)),
        "raised": lambda x, filters: block(x, filters, project=False),
        "called twice shares": shared_layer,
        "for the case that": lambda x, filters: block(x, filters, project=True),
        "followed by a BatchNormalization": without_norm,
        "nothing is added": lambda x, filters: block(x, filters, join=lambda pair: pair[0]),
        "no more than one": lambda x, filters: block(x, filters, between=lambda y: y),
        "it comes after the sum": lambda x, filters: block(x, filters, at_the_end=keras.ops.relu),
        "mixes channels": lambda x, filters: block(x, filters, size=3),
        "the last word is a ReLU": lambda x, filters: block(x, filters, last=lambda y: y),
    },
)

# %% [markdown]
# ## Eight faces first
#
# Before you train for an hour, train for five seconds: a network that cannot learn eight faces **by heart** has a bug,
# and no amount of data will cure it. Your block, twice, in the smallest network that deserves the name:

# %%
pixels = keras.Input((48, 48, 1))
x = keras.layers.Rescaling(1 / 127.5, offset=-1)(pixels)  # 0..255 becomes -1..1
x = keras.layers.Conv2D(16, 3, strides=2, padding="same")(x)
x = keras.layers.MaxPooling2D(2)(residual_block(x, 16))
x = keras.layers.GlobalAveragePooling2D()(residual_block(x, 32))
small = keras.Model(pixels, keras.layers.Dense(7, activation="softmax")(x))

# %%
faces = fer.sample_faces()
eight = faces.train.subset(np.arange(8))
loss = "sparse_categorical_crossentropy"  # for labels that are numbers, 0 to 6
small.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"], jit_compile=False)
memory = small.fit(eight.images[..., None], eight.labels, epochs=40, verbose=0).history
figure, ax = plt.subplots(figsize=(8, 3.2))
ax.plot(range(1, 41), memory["loss"], color=fer.plots.BLUE)
_ = ax.set(title=f"eight faces: {memory['accuracy'][-1]:.0%} known by heart", xlabel="epoch", ylabel="loss")

# %% [markdown]
# The **loss** is the surprise at the right answer: 0 when the network gave it 100 %, 1.95 when it gave all seven the
# same. It has to go to 0 here; with an empty block it gets stuck halfway. Try another bug: write `relu` for `softmax`
# and run the two cells again.
#
# ## EmotionCNN
#
# The course's network stacks three such blocks. Each of them also halves the image, by moving its stencils two pixels
# at a time, and the shortcut does the same. At the end every map is averaged to one number, and a last layer makes
# seven probabilities of them. Where are its parameters, and where is the work?

# %%
keras.utils.set_random_seed(0)
model = fer.EmotionCNN()
parameters, products = {}, {}
for layer in model.layers:
    if isinstance(layer, keras.layers.Conv2D):
        side = layer.output.shape[1]
        stage = f"{side}x{side}"
        parameters[stage] = parameters.get(stage, 0) + layer.count_params()
        products[stage] = products.get(stage, 0) + layer.count_params() * side**2
figure, axes = plt.subplots(1, 2, figsize=(10, 3.2), sharey=True)
for ax, counts, what in zip(axes, [parameters, products], ["parameters", "multiplications for one face"]):
    bars = ax.barh(list(counts), list(counts.values()), color=fer.plots.BLUE)
    ax.bar_label(bars, [f"{count:,}" for count in counts.values()], padding=4)
    ax.set(title=what, xticks=[], ylabel="size of the maps" if counts is parameters else "")
    ax.margins(x=0.35)
    ax.grid(visible=False)
axes[0].invert_yaxis()

# %% [markdown]
# Three quarters of the parameters sit in the last block, where the maps are tiny. The work is spread over all
# three: half the side is a quarter of the places; twice the maps, in and out, is four times the numbers at each.
# **Parameters tell how much a network can store, not how long it takes.**
#
# ## Train
#
# Twins first. [Lesson 02](02_explore.ipynb) found images that stand in train and again in val or test. They go, or we
# would score the network's memory.

# %%
twins = fer.find_twins(faces)
leaking = twins.loc[twins["split"] == "train", "index"]
faces = faces.subset(~np.isin(np.arange(len(faces)), leaking))
faces

# %% [markdown]
# `fer.fit` shuffles, mirrors and moves the train images, lets rare emotions count more, asks for a little less than 100 %
# in each answer (**label smoothing**, so this loss cannot reach 0), and lowers the **learning rate**, which says how far a
# step turns the numbers, epoch by epoch. After each epoch it looks at val, and at the end it gives back the weights of the best. **It never
# looks at test.** This takes about a minute on two cores. Watch the bar.

# %%
history = fer.fit(model, faces, fer.Recipe(epochs=12))

# %%
fer.plots.learning_curves(history)

# %% [markdown]
# How to read them:
#
# - **Both fall, side by side**: it is still learning. Train longer.
# - **Train falls, val rises**: it begins to learn the train images by heart. More data, more augmentation, or stop.
# - **Neither falls**: a bug, or a wrong learning rate. Back to the eight faces.
#
# The val curve is jagged because val is small. Do not explain every dent.
#
# ## Now you: `best_epoch`
#
# Which epoch would you keep? Write what `fer.fit` does: `val_accuracy` lists the accuracy after each epoch; return the
# number of the best epoch, counted from 1 (of two equals, the earlier).


# %%
def best_epoch(val_accuracy):
    """Number of the epoch, from 1, with the highest accuracy on val."""
    ### BEGIN SOLUTION
    return int(np.argmax(val_accuracy)) + 1
    ### STUB
    # return 1  # your turn
    ### END SOLUTION


# %%
ex.best_epoch.check(best_epoch)

# %%
# ex.best_epoch.hint()
# ex.best_epoch.solution()

# %% tags=["selftest"]
ex.best_epoch.selftest(
    right=[best_epoch, lambda values: values.index(max(values)) + 1],
    wrong={
        "argmax counts from 0": lambda values: np.argmax(values),
        "that is the accuracy": lambda values: max(values),
        "last epoch is not always": lambda values: len(values),
        "the earlier": lambda values: len(values) - np.argmax(values[::-1]),
    },
)

# %%
print("you:", best_epoch(history.frame["val_accuracy"].tolist()), " fer.fit:", history.best_epoch)

# %% [markdown]
# ## What is it looking for?
#
# Thirty-two stencils that nobody wrote. Here is a face from val, and what fifteen of them make of it.

# %%
stem = keras.Model(model.input, model.layers[4].output)  # the first convolution, normalised, after its ReLU
maps = np.array(stem(faces.val.images[:1, ..., None]))[0]
busy = maps.std(axis=(0, 1)).argsort()[::-1][:15]
brightened = np.clip(255 * maps[..., busy] / maps[..., busy].max(axis=(0, 1)), 0, 255).astype(np.uint8)
fer.plots.faces([faces.val.images[0], *np.moveaxis(brightened, -1, 0)])

# %% [markdown]
# Edges from above, from below, from the side, and fine lines, much like the four at the start that somebody wrote by hand.
# The blocks behind can combine them into corners, and corners into mouths; which ones they do, we have not looked at.
#
# ## The twist: a colleague's number
#
# A colleague trained the same network on the same data and reports five points more on test. No bug, no leak. "I
# evaluated test after every epoch and took the best." What is that worth? Compare the colleague's number with yours:
# you take the epoch that is best **on val**, and report what **test** says there.
#
# ## Now you: `lucky_gain`
#
# Both arrays hold an accuracy for each epoch. Return the colleague's number minus yours.


# %%
def lucky_gain(val_accuracy, test_accuracy):
    """How much more the best epoch on test reports than the epoch that val chooses."""
    ### BEGIN SOLUTION
    return test_accuracy.max() - test_accuracy[val_accuracy.argmax()]
    ### STUB
    # return 0.0  # your turn
    ### END SOLUTION


# %%
ex.lucky_gain.check(lucky_gain)

# %%
# ex.lucky_gain.hint()
# ex.lucky_gain.solution()

# %% tags=["selftest"]
ex.lucky_gain.selftest(
    right=[lucky_gain, lambda val, test: max(test) - test[np.argmax(val)]],
    wrong={
        "what the colleague reports": lambda val, test: test.max(),
        "what you would report": lambda val, test: test[val.argmax()],
        "comes first": lambda val, test: test[val.argmax()] - test.max(),
        "both numbers are test": lambda val, test: test.max() - val.max(),
        "not the last one": lambda val, test: test.max() - test[-1],
    },
)

# %% [markdown]
# Now let a thousand colleagues do it, thirty epochs each, with networks that are all **exactly equally good**: each
# answer is right with probability 0.7, in every epoch. Whatever anyone gains is luck.


# %%
def gains(images, epochs=30, colleagues=1000):
    scores = np.random.default_rng(0).binomial(images, 0.7, (colleagues, 2, epochs)) / images
    return [100 * lucky_gain(val, test) for val, test in scores]


figure, ax = plt.subplots(figsize=(8, 3.5))
for images, color in [(len(faces.test), fer.plots.ORANGE), (3589, fer.plots.BLUE)]:
    points = gains(images)
    label = f"{images:,} test images: {np.mean(points):.1f} points on average"
    ax.hist(points, np.arange(0, 16), color=color, alpha=0.7, label=label)
ax.legend()
_ = ax.set(title="Gained by choosing on test", xlabel="points of accuracy", ylabel="colleagues")

# %% [markdown]
# Nobody cheated, nothing was learned, and the number is several points too good. Even with FER2013's 3,589 test images
# it is about as much as lies between many published networks. (Real epochs resemble each other, so the real gain is
# smaller. It is never negative.) **Choose on val. Score test once.**
#
# ## Test, once
#
# The epoch is chosen. Nothing will be changed any more. Now.

# %%
test = fer.evaluate(model, faces.test)
test

# %%
fer.plots.confusion(test)

# %% [markdown]
# (Lesson 13 explains the other numbers.) Report the interval with the number: with so few test faces it is wide. Then read the rows: each adds up to 100 %, and
# the small numbers count faces. Which emotion is taken for which, and could you have told them apart at 48 pixels?
#
# ## Sure, and wrong
#
# The best teachers among the mistakes are those the network was surest of. Since our faces are drawn, we can ask
# something more: a green frame means that the network agrees with the drawing, and **the label** is wrong.

# %%
wrong = np.flatnonzero(~test.correct)
surest = wrong[test.probabilities[wrong].max(axis=1).argsort()[::-1][:12]]
names, truth = np.array(fer.EMOTIONS), faces.test.attributes["true_label"]
sure = test.probabilities.max(axis=1)
fer.plots.faces(
    faces.test.images[surest],
    titles=[f"{names[test.predictions[i]]} {sure[i]:.0%}\nlabel: {names[test.labels[i]]}" for i in surest],
    colors=[fer.EMOTION_COLORS["disgust"] if test.predictions[i] == truth[i] else None for i in surest],
    columns=6,
)

# %% [markdown]
# On real data nobody tells you. But sorting by "sure, and wrong" is how label errors are found there as well
# ([lesson 07](07_outliers.ipynb); [lesson 02](02_explore.ipynb) measured how many there are).
#
# ## For whom does it work?
#
# One number for everybody can hide that some people pay for it. The pale bands are 95 % intervals.

# %%
people = faces.test.to_frame().assign(right=test.correct)
shares = {}
for column in ["skin_tone", "age", "glasses"]:
    for value, group in people.groupby(column)["right"]:
        shares[f"{column.replace('_', ' ')}: {value}"] = (group.sum(), len(group))
fer.plots.accuracies(shares)

# %% [markdown]
# **A question to answer in words**: which of these differences would you report? Look at the bands before you do: where
# a group is small they are wide, and a real difference can hide in them just as well as none. Would it still be there
# after another training with another seed? Lesson 16 shows how to tell.
#
# ## Talk to it
#
# A face nobody labelled: you pull the corners of the mouth up and the brows down, and the network says what it
# believes. All 121 faces are computed beforehand, so the sliders are instant.

# %%
strengths = np.linspace(0, 1, 11).round(1).tolist()
moves = [(lips, brows) for lips in strengths for brows in strengths]
expressions = np.stack([fer.draw_face({12: lips, 6: lips / 2, 4: brows}) for lips, brows in moves])
beliefs = model.predict(expressions[..., None], verbose=0)


def belief(lip_corners, brow_lowerer):
    number = moves.index((lip_corners, brow_lowerer))
    figure, (above, below) = plt.subplots(2, 1, figsize=(3.4, 4.8), height_ratios=[1.2, 1])
    above.imshow(expressions[number], cmap="gray", vmin=0, vmax=255)
    above.axis("off")
    below.barh(fer.EMOTIONS, beliefs[number], color=list(fer.EMOTION_COLORS.values()))
    below.set(xlim=(0, 1), xticks=[0, 0.5, 1], xticklabels=["0", "50 %", "100 %"])
    below.invert_yaxis()
    return figure


fer.notebook.slide(belief, lip_corners=strengths, brow_lowerer=strengths)

# %% [markdown]
# At which strength does it change its mind? Is it ever undecided, or does it jump? Can lowered brows talk it out of a
# smile?
#
# ## On the real FER2013
#
# The network of this lesson, trained by `fer-course run` (version 0.1.0) for @[run_fer2013.epochs] epochs on @[run_fer2013.train_images] train
# images (@[run_fer2013.dataset]; figures: `benchmarks/run_fer2013.py`). That is a short training: val was still rising
# when it ended, and rare emotions counted more, which costs accuracy and buys recall.
#
# | network | parameters | accuracy, % | on |
# | --- | --- | --- | --- |
# | always "happy" | 0 | @[transfer.always_happy_percent] | val |
# | **EmotionCNN, this run** | @[run_fer2013.parameters] | **@[run_fer2013.val_accuracy_percent]** (@[run_fer2013.val_interval_percent]) | val |
# | **CompactCNN, which comes with the package** | @[compact.parameters] | **@[compact.val_accuracy_percent]** (@[compact.val_low_percent] to @[compact.val_high_percent]) | val |
# | the same, mean with the mirror image | | @[compact.flip_accuracy_percent] (@[compact.flip_interval_percent]) | val |
# | ResNet, [Pramerdorfer and Kampel 2016](https://arxiv.org/abs/1612.02903) | | 72.4 | test |
# | a [ResNet18, code on GitHub](https://github.com/LetheSec/Fer2013-Facial-Emotion-Recognition-Pytorch) | | 73.7 | test, best epoch **chosen on test** |
# | people, [Goodfellow and others 2013](https://arxiv.org/abs/1307.0414) | | 65 ± 5 | |
#
# You now know what to ask of the second line from below. And of ours: their epochs were chosen on the val images that they
# are scored on, so a little luck is in them. Nobody has looked at test yet.
#
# ### More: what brings the points
#
# Beyond the stated minutes: go on to *From drawings to photographs* if you like, and come back.
#
# What is different about the second network: half of the stem and one more block, which is twice the parameters for a
# quarter more multiplications; all train images, without CLAHE, where the first had cleaned and enhanced ones;
# @[compact.training.epochs] epochs, @[compact.training.minutes] minutes on two cores; images that are also turned, zoomed
# and lit anew (lesson 11); the **running average** of the weights, which does not jump with every step; no label
# smoothing, but **more than labels to learn from** (below). Rare emotions count no more than others, and the recall shows
# who pays. So many things changed at once that nobody can say which of them brought the points. The whole recipe (the
# network's card is `fer_course/models/README.md`):

# %%
fer.COMPACT

# %% [markdown]
# | recall on val, % | angry | disgust | fear | happy | sad | surprise | neutral |
# | --- | --- | --- | --- | --- | --- | --- | --- |
# | EmotionCNN | @[run_fer2013.recall_percent.angry] | @[run_fer2013.recall_percent.disgust] | @[run_fer2013.recall_percent.fear] | @[run_fer2013.recall_percent.happy] | @[run_fer2013.recall_percent.sad] | @[run_fer2013.recall_percent.surprise] | @[run_fer2013.recall_percent.neutral] |
# | CompactCNN | @[compact.recall_percent.angry] | @[compact.recall_percent.disgust] | @[compact.recall_percent.fear] | @[compact.recall_percent.happy] | @[compact.recall_percent.sad] | @[compact.recall_percent.surprise] | @[compact.recall_percent.neutral] |
#
# **Which part of a recipe is worth what?** One thing changed at a time, in a network with half of `EmotionCNN`'s widths:
# @[recipe_ablation.settings.train_images] photographs of train, @[recipe_ablation.settings.epochs] epochs, the mean of three seeds, scored on all
# @[recipe_ablation.settings.val_images] of val (`benchmarks/recipe_ablation.py`). Gains over the plain one are 95 % intervals over seeds and
# images. Hard labels ask for 100 %; the calibration error is how far the network's confidence is from its share of
# right answers, and several views are answers averaged over changed copies of a face (both in lesson 13).
#
# | what is changed | accuracy, % | gain, points | gain in balanced accuracy, points | calibration error, % |
# | --- | --- | --- | --- | --- |
# | nothing: hard labels, all emotions alike, level 1 | @[recipe_ablation.plain.val_accuracy_percent] |  |  | @[recipe_ablation.plain.calibration_error_percent] |
# | label smoothing 0.1 | @[recipe_ablation.label_smoothing.val_accuracy_percent] | @[recipe_ablation.label_smoothing.gain_interval_points] | @[recipe_ablation.label_smoothing.balanced_gain_interval_points] | @[recipe_ablation.label_smoothing.calibration_error_percent] |
# | MixUp, alpha 0.2 | @[recipe_ablation.mixup.val_accuracy_percent] | @[recipe_ablation.mixup.gain_interval_points] | @[recipe_ablation.mixup.balanced_gain_interval_points] | @[recipe_ablation.mixup.calibration_error_percent] |
# | running average of the weights | @[recipe_ablation.average.val_accuracy_percent] | @[recipe_ablation.average.gain_interval_points] | @[recipe_ablation.average.balanced_gain_interval_points] | @[recipe_ablation.average.calibration_error_percent] |
# | rare emotions weigh more (effective number) | @[recipe_ablation.effective.val_accuracy_percent] | @[recipe_ablation.effective.gain_interval_points] | @[recipe_ablation.effective.balanced_gain_interval_points] | @[recipe_ablation.effective.calibration_error_percent] |
# | nothing, but two views: the mirror image | @[recipe_ablation.flip.val_accuracy_percent] | @[recipe_ablation.flip.gain_interval_points] | @[recipe_ablation.flip.balanced_gain_interval_points] | @[recipe_ablation.flip.calibration_error_percent] |
# | nothing, but ten views: mirrored and moved | @[recipe_ablation.shifts.val_accuracy_percent] | @[recipe_ablation.shifts.gain_interval_points] | @[recipe_ablation.shifts.balanced_gain_interval_points] | @[recipe_ablation.shifts.calibration_error_percent] |
#
# - **Nothing here makes it more accurate**: no gain in accuracy is clear of 0. Label smoothing, MixUp and averages
#   are cures for learning by heart, and with level 1 and so few epochs there is little to cure. `COMPACT` has the
#   average because others found it good in long trainings, not because of this table.
# - **Weights for rare emotions decide who pays**: balanced accuracy moves by
#   @[recipe_ablation.effective.balanced_gain_interval_points] points, accuracy by @[recipe_ablation.effective.gain_interval_points].
# - Label smoothing teaches modesty. This network was modest enough without: the calibration error is twice as large.
#
# **What if the labels themselves are in doubt?** Ten raters of FER+ looked at every image again (lesson 02). Can what they
# said help to foresee the *labels* of val? The same small network, @[rater_targets.settings.train_images] photographs,
# @[rater_targets.settings.epochs] epochs, two seeds (`benchmarks/rater_targets.py`):
#
# | what it learns | right by the label, % | gain, points | right by the raters, % |
# | --- | --- | --- | --- |
# | the label | @[rater_targets.labels.val_accuracy_percent] |  | @[rater_targets.labels.raters_agree_percent] |
# | half the label, half the shares of the votes | @[rater_targets.half_votes.val_accuracy_percent] | @[rater_targets.half_votes.gain_interval_points] | @[rater_targets.half_votes.raters_agree_percent] |
# | the votes, **translated** | @[rater_targets.translated.val_accuracy_percent] | @[rater_targets.translated.gain_interval_points] | @[rater_targets.translated.raters_agree_percent] |
# | **half the label, half the votes, translated** | @[rater_targets.half_translated.val_accuracy_percent] | @[rater_targets.half_translated.gain_interval_points] | @[rater_targets.half_translated.raters_agree_percent] |
#
# - **Raters have habits, and these are not those of the labels**: what raters most often call neutral is labelled
#   neutral in @[rater_targets.labels_where_raters_say_neutral_percent.neutral] % of the cases, and sad in @[rater_targets.labels_where_raters_say_neutral_percent.sad] %. Shares of votes make it agree with raters, but
#   no gain against the labels can be seen.
# - So translate: `votes.label_probabilities(labels)` learns from the other images which labels go with such votes. Half of
#   that and half of the label is the one way here whose gain is clear of 0, the best of three tries.
# - The network of the package learned so: `fer-course train --recipe compact --ferplus fer2013new.csv`. In Python:
#
# ```python
# faces, votes = fer.load_ferplus()
# train, labels = faces.split == "train", faces.train.labels
# likely = fer.Votes(votes.counts[train]).label_probabilities(labels)
# targets = fer.soft_targets(labels, likely, temperature=1)  # half of each
# fer.fit(fer.CompactCNN(), faces, fer.COMPACT, targets=targets)
# ```
#
# ### From drawings to photographs
#
# And a network trained on drawn faces, like yours of today? **On photographs it reaches @[transfer.accuracy_percent] %**
# (@[transfer.interval_percent]; `benchmarks/transfer.py`). It has never seen a photograph. If you have the files, see
# for yourself; without them the cell scores the sample's val.

# %%
photographs = fer.load_fer2013().val
transferred = fer.evaluate(model, photographs)
transferred

# %% [markdown]
# Keep it all the same, with a word on what it learned from: in lesson 18 it will look at you.

# %%
from fer_course.training.about import About

scored = f"right on {transferred.accuracy:.0%} of {photographs.source[0]}'s val"
about = About("EmotionCNN", "the drawn sample", len(faces.train), "course, 12 epochs", note=scored)
_ = fer.save_model(model, fer.mine().folder.parent / "drawn.keras", about)

# %% [markdown]
# And the other way round? The network of the package has seen photographs, and never a drawn face. `fer.Predictor` needs
# neither Keras nor TensorFlow, so it will run on a webcam in lesson 18.

# %%
compact = fer.Predictor.load().predict_proba(faces.val.images)
fer.score(faces.val.labels, compact, faces.val.ids)

# %% [markdown]
# It names about half of the drawings. From photographs to drawings much survives; from drawings to photographs nothing:
# whoever always says "happy" is right about @[transfer.always_happy_percent] % of them, too.
#
# ## On your photographs
#
# So it has to see photographs. **How long have you got?** Say it in minutes. `fer.train` measures this machine for some seconds,
# chooses images and epochs by what earlier trainings reached (`benchmarks/scaling.py`), says **before it starts** which
# accuracy to expect, and stays within the time. Without the files it trains on drawn faces; its first lines say on which. Two
# minutes show how it goes, one with drawn faces. With half an hour it gets somewhere: then write `minutes=30`, add `restart=True`, and have a tea.
#
# What does more time buy? These are the trainings on photographs that the choice rests on, each from scratch, and the law that
# was fitted to them:

# %%
from fer_course.training.budget import law_of

law, speeds = law_of("FER2013")
fer.plots.scaling_curves(law, ("CompactCNN", 1.0), "CompactCNN: what buys accuracy?")

# %% [markdown]
# To the right lies what you pay: images shown. At first their number is all that counts, be they different or the same
# few again. Later few images fall behind: seen for the thirtieth time, a face has little left to tell. And each doubling buys
# less. All images for 8 epochs lead to about @[scaling.law_of_compact.images_28709_epochs_8.val_accuracy_percent] % (@[scaling.law_of_compact.images_28709_epochs_8.interval_percent]), for 32 to
# @[scaling.law_of_compact.images_28709_epochs_32.val_accuracy_percent] (@[scaling.law_of_compact.images_28709_epochs_32.interval_percent]), for 100 to @[scaling.law_of_compact.images_28709_epochs_100.val_accuracy_percent] (@[scaling.law_of_compact.images_28709_epochs_100.interval_percent]).
#
# The set that you cleaned in lesson 09, and what you decided in 08, 10 and 11, go into it: that is `mine.recipe`.

# %%
from fer_course.report.page import is_drawn

mine, minutes = fer.mine(), 1 if is_drawn(photographs) else 2
own = fer.train(minutes=minutes, out=mine.folder, **mine.recipe(photographs))

# %% [markdown]
# Was the accuracy within what it had promised? And which emotions does it confuse?

# %%
fer.plots.confusion(own)

# %% [markdown]
# Its way beside that of this page's network, epoch by epoch:

# %%
import pandas as pd

curves = {"this page's, on drawn faces": history.frame}
curves[f"yours, on {photographs.source[0]}"] = pd.read_csv(mine.folder / "history.csv")
_, ax = plt.subplots(figsize=(8.5, 3.2))
ax.locator_params("x", integer=True)
for name, curve in curves.items():
    ax.plot(curve["epoch"], 100 * curve["val_accuracy"], ".-", label=name)
ax.set(xlabel="epoch", ylabel="accuracy on its own val, %", ylim=(0, 100))
_ = ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)

# %% [markdown]
# Yours had little time. But time alone does not do it: the network of the course learned from all of train for
# @[compact.training.minutes] minutes and is right on @[compact.val_accuracy_percent] % of val. Why are photographs harder than drawings? Two reasons
# you have seen: a smile is drawn in one way and worn in thousands, and hardly a label of the drawings is in doubt, while
# many of the photographs' are ([lesson 02](02_explore.ipynb)).
#
# It lies in your own folder, with its scores, and it is **the** network from here on: lesson 17 makes it small, lesson 18
# holds it before a camera, and `fer.study(fer.mine().folder)` examines it as lesson 19 does.

# %%
mine

# %% [markdown]
# ## What you take with you
#
# - **A convolution is one small stencil, used everywhere.** Few parameters, and no place is special.
# - **Add, do not replace.** What a block learns is the change; what it had gets through.
# - **Choose on val, score test once, give the interval.** The best of many looks is luck.
#
# Your `residual_block` is at home in the package: `fer.EmotionCNN` is a stem, three such blocks that halve the image,
# and one layer that answers.
