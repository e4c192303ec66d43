# ---
# title: Welcome
# learn:
#   - what an expression is made of, and how to make a face smile
#   - how the exercises of this course answer you
#   - why a number without its uncertainty is half a number
# minutes: 20
# needs: a little Python
# ---

# %% [markdown]
# ## Move one muscle
#
# Drag the slider. Two muscles move: one pulls the corners of the mouth, the other lifts the cheeks.


# %%
def smile(strength):
    return fer.draw_face({12: strength, 6: 0.8 * strength}, size=192)


fer.notebook.slide(smile, strength=(0, 1, 0.05))

# %% [markdown]
# You just changed what you believe about a stranger, who does not exist. Every face on this page is drawn by the
# course itself. No one had to be photographed, and we know everything about each face: which muscle moved, how far,
# and what expression it was meant to be. That makes drawn faces a good place to **learn**. How well a method works on
# people can be told by photographs of people alone, and from lesson 01 on you will use those as well.
#
# ## The alphabet of the face
#
# In 1978 Paul Ekman and Wallace Friesen gave every visible movement of the face a number and called it an
# **action unit**. Here are ten of them, one at a time.

# %%
units = [1, 2, 4, 5, 6, 9, 12, 15, 20, 26]
alone = [fer.draw_face({unit: 1.0}, size=144) for unit in units]
fer.plots.faces(alone, titles=[f"{unit}  {fer.ACTION_UNITS[unit]}" for unit in units], columns=5)

# %% [markdown]
# Letters make words. Put several units together and a face says something. The words differ from person to person and
# from culture to culture, but for the seven expressions of this course there are common spellings.

# %%
words = [fer.draw_face(fer.EXPRESSIONS[emotion][0], size=144) for emotion in fer.EMOTIONS]
fer.plots.faces(words, titles=fer.EMOTIONS, columns=7)

# %% [markdown]
# Those seven are the classes of **FER2013**, the dataset of this course: 35,887 photographs of faces, gray, 48 pixels
# wide and 48 high, found with a search engine and published in 2013. At that size a smile is about ten pixels wide.

# %%
sizes = [192, 96, 48]
small = [fer.draw_face(fer.EXPRESSIONS["surprise"][0], size=size) for size in sizes]
fer.plots.faces(small, titles=[f"{size} x {size} pixels" for size in sizes])

# %% [markdown]
# ## How exercises work
#
# An exercise has a gap for you to fill, marked `# your turn`, and a `check` that answers. Try it in three steps:
#
# 1. Run the next two cells as they are: the check says **not attempted**.
# 2. Write `48` in place of the `...` and run both again: **not yet**, and it tells you what is missing.
# 3. Answer it right: **correct**.
#
# A cell runs until its star, `[*]`, becomes a number. Has one run for too long? The square in the toolbar stops it (in Colab, the
# one beside the cell), and you can run it again.
#
# How many numbers does a computer get to see for one face?

# %%
### BEGIN SOLUTION
pixels_in_a_face = 48 * 48
### END SOLUTION

# %%
from fer_course.exercises import welcome as ex

ex.pixels_in_a_face.check(pixels_in_a_face)

# %% [markdown]
# Stuck? Take the `#` away from one of these lines and run the cell. Hints come one at a time.

# %%
# ex.pixels_in_a_face.hint()
# ex.pixels_in_a_face.solution()

# %% tags=["selftest"]
ex.pixels_in_a_face.selftest(
    right=[2304, 48**2, 2304.0],
    wrong={
        "48 is one row": 48,
        "you added the two sides": 96,
        "FER2013 is gray": 6912,
        "no quotes": "2304",
        "48 rows of 48": 2305,
    },
)

# %% [markdown]
# ## Now you: `my_smile`
#
# Spell a smile that reaches the eyes, as a dictionary from action unit to strength (0 to 1): `{26: 0.5}`, for example,
# opens the mouth halfway. The ten faces above show all you need.

# %%
### BEGIN SOLUTION
my_smile = {6: 0.8, 12: 1.0}
### STUB
# my_smile = {}  # your turn
### END SOLUTION

# %%
ex.my_smile.check(my_smile)

# %%
# ex.my_smile.hint()
# ex.my_smile.solution()

# %% tags=["selftest"]
ex.my_smile.selftest(
    right=[{6: 0.8, 12: 1.0}, {6: 0.5, 12: 0.9, 25: 1.0, 26: 0.4}],
    wrong={
        "passport photograph": {12: 1.0},
        "15 pulls the corners down": {6: 1.0, 15: 1.0},
        "strong enough": {6: 0.1, 12: 1.0},
        "unit 4 as well": {4: 1.0, 6: 1.0, 12: 1.0},
        "a dictionary": [6, 12],
    },
)

# %% [markdown]
# And this is your smile on five people. The spelling is the same; the faces are not. Telling the two apart is what the
# network of lesson 12 has to learn. (Five straight faces? Then `my_smile` is waiting for you.)

# %%
people = [fer.draw_face(my_smile, identity=fer.Identity.random(seed), size=144) for seed in range(5)]
fer.plots.faces(people, columns=5)

# %% [markdown]
# ## Can you do it yourself?
#
# Before you judge a network, take the test. Ten faces from the course's sample, 48 pixels each, as a network gets them.

# %%
import numpy as np

faces = fer.sample_faces().test
clean = faces.subset(faces.attributes["defect"] == "none")
quiz = clean.subset(np.random.default_rng(3).choice(len(clean), 10, replace=False))
fer.plots.faces(quiz.images, titles=range(10), columns=5)

# %% [markdown]
# Write down what you see, face by face: angry, disgust, fear, happy, sad, surprise or neutral. No check here, only
# you and ten strangers.

# %%
### BEGIN SOLUTION
# What one of the authors answered, unaided.
guesses = ["surprise", "fear", "sad", "happy", "surprise", "neutral", "disgust", "happy", "fear", "disgust"]
### STUB
# guesses = ["neutral"] * 10  # your turn: one name for each face
### END SOLUTION

# %% [markdown]
# ## Now you: `accuracy`
#
# How good was that? Write the function whose result every paper on this subject reports: the **accuracy**, the number of
# guesses that equal the truth, divided by the number of faces. (`zip(guesses, truth)` walks through both lists side by
# side.)


# %%
def accuracy(guesses, truth):
    """Share of guesses that equal the truth, from 0 to 1."""
    ### BEGIN SOLUTION
    return sum(guess == true for guess, true in zip(guesses, truth)) / len(truth)
    ### STUB
    # return 0.0  # your turn
    ### END SOLUTION


# %%
ex.accuracy.check(accuracy)

# %%
# ex.accuracy.hint()
# ex.accuracy.solution()

# %% tags=["selftest"]
ex.accuracy.selftest(
    right=[accuracy, lambda guesses, truth: float(np.mean(np.array(guesses) == np.array(truth)))],
    wrong={
        "divide by the number of faces": lambda guesses, truth: sum(g == t for g, t in zip(guesses, truth)),
        "drops the fraction": lambda guesses, truth: guesses == truth,
        "the first pair alone": lambda guesses, truth: (guesses[0] == truth[0]) / len(truth),
        "share of mistakes": lambda guesses, truth: sum(g != t for g, t in zip(guesses, truth)) / len(truth),
        "another order": lambda guesses, truth: (
            sum(min(guesses.count(n), truth.count(n)) for n in set(truth)) / len(truth)
            if guesses != ["happy", "sad", "sad", "happy", "fear"]
            else 0.6
        ),
    },
)

# %% [markdown]
# Now the truth, and your guess where it differs.

# %%
truth = [fer.EMOTIONS[label] for label in quiz.attributes["true_label"]]
titles = [true if guess == true else f"{true}, not {guess}" for guess, true in zip(guesses, truth)]
fer.plots.faces(quiz.images, titles=titles, columns=5)

# %% [markdown]
# Ten faces are few. If you took the test again with ten others, your accuracy would move, by luck alone. The bar shows
# the **95 % interval**: the accuracies that fit with what you just did. Slide through larger tests and watch it shrink.


# %%
def certainty(faces):
    right = round(faces * accuracy(guesses, truth))
    return fer.plots.accuracies({f"{right} of {faces}": (right, faces)})


fer.notebook.slide(certainty, faces=[10, 30, 100, 300, 1000, 3589])

# %% [markdown]
# FER2013's test set has 3,589 faces, and even there the interval is about three points wide. Many a paper that claims
# to be "0.4 % better" is inside it. **In this course no accuracy stands without its interval.**
#
# ## On the real FER2013
#
# How far can one get? One part of the photographs, **val**, is kept aside to compare networks on. Always answering "happy"
# is right on @[transfer.always_happy_percent] % of it. The network that comes with this course is right on **@[compact.val_accuracy_percent] %** (95 % interval @[compact.val_low_percent] to
# @[compact.val_high_percent]; `benchmarks/compact.py`), about as often as the people who were tested when the set came
# out ([65 ± 5 %](https://arxiv.org/abs/1307.0414)). In lesson 12 you train one yourself.
#
# ## Is everything in place?

# %%
fer.doctor()[["topic", "state", "advice"]]

# %% [markdown]
# Where something is missing, the last column says what to do. Every lesson works offline and without a GPU, on the
# sample that comes with the course; with the real FER2013 it gets better.
#
# ## Where do you stand?
#
# When a check says **correct**, a small file on your computer remembers it, `data/progress.jsonl`. So you can ask at any
# time, in any lesson:

# %%
fer.progress()

# %% [markdown]
# "Save summary" writes a page with your name and the date that you can hand in.
#
# ## Whose faces are these?
#
# The real photographs were found by a search engine. Nobody in them was asked. Their labels say how a face **looked**
# to someone, not what the person **felt**, and lesson 02 shows how often even that is disputed. Use what you learn here
# to understand, to teach, and to build things that people have agreed to. Do not use it to judge people: not for
# hiring, not for policing, not for grading, not in secret.
#
# ## What you take with you
#
# - **An expression is a word made of action units.** You can spell one.
# - **A check answers in words**: not attempted, not yet, correct.
# - **A number has an uncertainty.** Ask for it.
