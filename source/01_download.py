# ---
# title: Download
# learn:
#   - how a face is stored as a line of text, and how to get it back
#   - how to fetch FER2013 with a Kaggle token that nobody sees, and how to know that it arrived whole
#   - which images are train, val and test, and whose faces they are
# minutes: 35
# needs: lesson 00, text and lists in Python
# ---

# %% [markdown]
# ## A face is a line of text
#
# FER2013 came out in 2013 as one file of text, `fer2013.csv`. Here is the beginning of such a line, made from a drawn
# face.

# %%
face = fer.draw_face(fer.EXPRESSIONS["surprise"][0])
label, pixels, usage = fer.image_to_fer2013_row(face, "surprise")
print(f"{label},{pixels[:75]} ...,{usage}")

# %% [markdown]
# Three columns. `emotion` is a number: 0 angry, 1 disgust, 2 fear, 3 happy, 4 sad, 5 surprise, 6 neutral. `Usage` names
# the split. And `pixels` is the face: 48 rows of 48 gray values, one after the other, each from 0 (black) to 255
# (white). Cut the line into rows and the face appears, a few rows at a time.

# %%
import numpy as np


def unrolled(rows):
    shown = np.zeros((48, 48), np.uint8)
    shown[:rows] = face[:rows]
    return shown.repeat(5, axis=0).repeat(5, axis=1)


fer.notebook.slide(unrolled, rows=(12, 48, 4))

# %% [markdown]
# ## Now you: `row_to_face`
#
# The slider had the picture already. You have the text only: 2,304 numbers with spaces between. Make the picture.
# `pixels.split()` cuts the text at its spaces, `np.uint8` is the type of whole numbers from 0 to 255, and an array's
# `.reshape(48, 48)` cuts it into rows.


# %%
def row_to_face(pixels):
    """The 48x48 picture, uint8, from 2,304 numbers with spaces between."""
    ### BEGIN SOLUTION
    numbers = [int(number) for number in pixels.split()]
    return np.array(numbers, np.uint8).reshape(48, 48)
    ### END SOLUTION


# %%
from fer_course.exercises import download as ex

ex.row_to_face.check(row_to_face)

# %%
# ex.row_to_face.hint()
# ex.row_to_face.solution()

# %% tags=["selftest"]
ex.row_to_face.selftest(
    right=[row_to_face, lambda pixels: np.array(pixels.split()).astype(np.uint8).reshape(48, -1)],
    wrong={
        "a picture has rows": lambda pixels: np.array(pixels.split(), np.uint8),
        "text, not numbers": lambda pixels: np.array(pixels.split()).reshape(48, 48),
        "np.uint8": lambda pixels: np.array(pixels.split(), np.int64).reshape(48, 48),
        "row by row": lambda pixels: np.array(pixels.split(), np.uint8).reshape(48, 48).T,
        "single characters": lambda pixels: np.array(list(pixels.replace(" ", ""))[:2304], np.uint8).reshape(
            48, 48
        ),
    },
)

# %% [markdown]
# ## Get the real one
#
# Everything in this course runs on drawn faces, so you can go on without a download. But photographs are the real thing.
# They are on [Kaggle](https://www.kaggle.com), which wants to know who asks:
#
# 1. Make a free account, and in its [settings](https://www.kaggle.com/settings) a **token**.
# 2. Hand the token over, once. **Here**: take the `#` away below and paste it into the form. **In Colab**: click the key
#    on the left, add a secret named `KAGGLE_API_TOKEN`, and allow this notebook to read it.
# 3. Download. Stopped halfway? Run it again and it goes on. **In Colab**, where each notebook begins with an empty
#    machine, take the `#` away from the last line of the first cell, here and in every lesson: your Google Drive keeps all.
# 4. What ten people said (lesson 02) is [FER+](https://github.com/microsoft/FERPlus)'s `fer2013new.csv`: into `data/fer2013/`.
#
# A token is a password. Never type it into a cell: a notebook is saved, sent and published with all its cells.

# %%
# fer.kaggle_login()
# fer.download("fer2013")

# %% [markdown]
# What is there, and what is on your disk already? The licences differ, and so do the classes.

# %%
fer.datasets()[["title", "images", "on_disk", "licence"]]

# %% [markdown]
# `fer.load_fer2013()` takes the best that it finds: a path that you give, the folder `data/fer2013`, or the drawn
# faces. It always says which. Read that line: it decides what your numbers mean.

# %%
mine = fer.load_fer2013()

# %%
fer.plots.class_counts(mine.train)

# %% [markdown]
# ## The trap in the folder names
#
# The download from Kaggle is not a CSV. It is a zip with a picture for each line, and **two** folders:
#
# ```
# train/happy/Training_10019449.jpg
# test/happy/PublicTest_10049200.jpg
# test/happy/PrivateTest_10013223.jpg
# ```
#
# Many tutorials use `test/` to choose when to stop training **and** to report the result. That is the same exam twice. The
# contest had three parts, and the file names still tell them apart: `PublicTest` is val, to choose on; `PrivateTest`
# is test, to score once.
#
# ## Now you: `split_of`
#
# Write the function that knows, for any of these paths: look at the file's name, not at its folder.


# %%
def split_of(path):
    """'train', 'val' or 'test', for a path such as test/happy/PublicTest_10049200.jpg."""
    ### BEGIN SOLUTION
    name = path.split("/")[-1]
    return {"Training": "train", "PublicTest": "val", "PrivateTest": "test"}[name.split("_")[0]]
    ### END SOLUTION


# %%
ex.split_of.check(split_of)

# %%
# ex.split_of.hint()
# ex.split_of.solution()

# %% tags=["selftest"]
ex.split_of.selftest(
    right=[split_of, lambda path: "train" if "Training" in path else "val" if "Public" in path else "test"],
    wrong={
        "the folder says test": lambda path: path.split("/")[0],
        "however many": lambda path: (
            "train" if path.startswith("train") else "val" if "/PublicTest" in path else "test"
        ),
        "PublicTest is val": lambda path: {"Tr": "train", "Pu": "test", "Pr": "val"}[path.split("/")[-1][:2]],
        "'train', 'val' or 'test'": lambda path: path.split("/")[-1].split("_")[0],
    },
)

# %% [markdown]
# `fer.read_dataset` does the same, for the zip without unpacking it, for the folders, and for the CSV.
#
# ## Did it arrive whole?
#
# A file of 60 megabytes is half a billion bits. What if one of them changes on the way? Save a face as JPEG, flip a
# single bit, and open it. The slider says where.

# %%
import cv2

large = fer.draw_face(fer.EXPRESSIONS["happy"][0], size=192)
content = cv2.imencode(".jpg", large)[1].tobytes()


def with_one_bit_flipped(content, place):
    damaged = bytearray(content)
    damaged[place] ^= 0b00010000
    return bytes(damaged)


def opened(place=3200):
    damaged = with_one_bit_flipped(content, place)
    return cv2.imdecode(np.frombuffer(damaged, np.uint8), cv2.IMREAD_GRAYSCALE)


fer.notebook.slide(opened, place=(2400, 7600, 400))

# %% [markdown]
# Sometimes there is nothing to see, sometimes a shifted head, sometimes noise in an eye. At most the decoder mutters
# "Corrupt JPEG data" where no program listens. There is **no error**: the file opens, and the damage goes into train. Its
# size is right, too.
#
# A **checksum** helps. SHA-256 makes 64 characters out of any file. Change one bit, and nearly all of them change. Here is
# the beginning of both.

# %%
import hashlib

for bytes_ in (content, with_one_bit_flipped(content, 3200)):
    print(len(bytes_), "bytes", hashlib.sha256(bytes_).hexdigest()[:32], "...")

# %% [markdown]
# ## Now you: `arrived_whole`
#
# So whoever gives you a file gives you its checksum too, and you compare. Some write its letters small, some large, and
# mean the same.


# %%
def arrived_whole(content, sha256):
    """True if these bytes have this SHA-256 checksum, written in hexadecimal."""
    ### BEGIN SOLUTION
    return hashlib.sha256(content).hexdigest() == sha256.lower()
    ### END SOLUTION


# %%
ex.arrived_whole.check(arrived_whole)

# %%
# ex.arrived_whole.hint()
# ex.arrived_whole.solution()

# %% tags=["selftest"]
ex.arrived_whole.selftest(
    right=[arrived_whole, lambda content, sha256: hashlib.sha256(content).digest() == bytes.fromhex(sha256)],
    wrong={
        "call .hexdigest()": lambda content, sha256: hashlib.sha256(content) == sha256,
        "capital letters": lambda content, sha256: hashlib.sha256(content).hexdigest() == sha256,
        "not SHA-256": lambda content, sha256: hashlib.md5(content).hexdigest() == sha256.lower(),
        "the whole checksum": lambda content, sha256: (
            hashlib.sha256(content).hexdigest()[:8] == sha256[:8].lower()
        ),
        "one flipped bit": lambda content, sha256: True,
    },
)

# %% [markdown]
# `fer.download` writes the checksum of every file down beside the data, and `fer.download("fer2013", verify=True)`
# compares them again whenever you doubt your disk.
#
# ## Whose faces are these?
#
# FER2013 was made with a search engine. Somebody typed "happy woman" or "angry man", a program cut out the faces, and
# people sorted them. **Nobody in the pictures was asked.** There are children among them, and actors, and people on the
# worst day of their lives. The makers state no licence. Other sets are stricter: for CK+ people agreed to be filmed,
# and whoever uses it signs for that.
#
# This course asks three things of you:
#
# - **Do not publish the faces.** Not in a repository, not on a slide that goes online. The drawn ones you may.
# - **Do not look for the people**, and do not add names.
# - **Do not turn it on anybody who has not agreed**, and never to hire, grade, police or diagnose. A label says how a
#   face looked to a stranger. It does not say what a person felt.
#
# **A question to answer in words**: you find a photograph of yourself in the set. What would you want to be able to do?
#
# ## On the real FER2013
#
# - 35,887 images: 28,709 `Training`, 3,589 `PublicTest`, 3,589 `PrivateTest`. In the zip, `test/` holds the last two
#   together.
# - Text is a generous way to store pictures. The CSV of the first two splits (@[reading.rows] images) takes
#   @[reading.csv_mb] MB; in memory, a byte for each pixel, the same images take 74.
# - `fer.read_dataset` reads it @[reading.csv_pandas_split_times_slower] times as fast as pandas with a loop over the
#   rows, with less than half of its memory (@[reading.csv.peak_memory_mb] against
#   @[reading.csv_pandas_split.peak_memory_mb] MB). Figures: `benchmarks/bench_reading.py`.
#
# ## On your photographs
#
# Before any number: look at them. The next cell says what you see: FER2013's photographs or, without files, drawn faces.

# %%
from fer_course.cleaning.duplicates import worth_showing
from fer_course.course.thread import load_photographs

photographs, votes = load_photographs()

# %% [markdown]
# Seven rows of ten, each row one emotion. **Read the labels only after you have guessed.**

# %%
shown = np.flatnonzero(worth_showing(photographs.images))
order = np.random.default_rng(4).permutation(np.unique(photographs.labels[shown]))
rows = [np.resize(shown[photographs.labels[shown] == label], 10) for label in order]
fer.plots.faces(photographs.images[np.concatenate(rows)], columns=10)

# %% [markdown]
# Now the labels.

# %%
for row, label in enumerate(order, start=1):
    print(f"row {row}: {fer.EMOTIONS[label]}")

# %% [markdown]
# Two or three rows were easy. For the others you are in good company: ten people looked at each photograph again, and
# lesson 02 tells what they said.
#
# From lesson 03 on, most lessons end with a decision of yours on photographs. They are kept in one folder, empty at first:

# %%
fer.mine()

# %% [markdown]
# ## What you take with you
#
# - **Know what is in the file** before a library hides it: three columns, 2,304 numbers, a split.
# - **A folder named `test` can hold two splits.** Choose on val, score test once.
# - **It opened without an error** does not mean that it is whole. Compare checksums.
# - **Behind every image is a person** who did not sign up for your course.
