# ---
# title: FER2013 from start to end
# learn:
#   - how the course looks on one page, from a token to a webcam
#   - in which order one decides, and what one looks at last
# minutes: 15
# needs: nothing; every step names the lesson that explains it
# ---

# %% [markdown]
# ## One page
#
# **Run all**, and read while it works: each step has one sentence here, and a lesson behind it. In Colab, choose a GPU first (menu
# Runtime > Change runtime type). With the photographs the training takes ten minutes there, and half an hour without a GPU.
# Without them everything runs on drawn faces, in two minutes, and says so.
#
# ## Where am I?
#
# What is there, and what is missing? ([Lesson 00](00_welcome.ipynb))

# %%
fer.doctor()[["topic", "state", "found"]]

# %% [markdown]
# ## Get the photographs
#
# All that Kaggle wants is a token: in Colab a secret named `KAGGLE_API_TOKEN`, elsewhere the form that the second line shows
# without its `#`. ([Lesson 01](01_download.ipynb))

# %%
from fer_course.sources.credentials import find_credentials

# fer.kaggle_login()
faces = fer.load_fer2013(download=find_credentials() is not None)

# %% [markdown]
# ## Who is in it?
#
# Seven emotions, and one of them hardly ever: look before you count. ([Lesson 02](02_explore.ipynb))

# %%
import numpy as np

train, counts = faces.train, faces.train.class_counts()
some = [np.flatnonzero(train.labels == label)[:5][-1] for label in np.unique(train.labels)]
titles = [f"{name} {count:,}" for name, count in counts[counts > 0].items()]
fer.plots.faces(train.images[some], titles=titles, columns=7)

# %% [markdown]
# ## What goes, and why?
#
# What is too blurred ([03](03_blur.ipynb)), too dark, too bright or too flat ([04](04_brightness.ipynb)), and every copy, above
# all those of faces in val and test; only train is cleaned, never the exam. ([Lesson 09](09_cleaning_pipeline.ipynb))

# %%
cleaned = fer.clean(faces)
cleaned

# %% [markdown]
# Would you have kept some of these?

# %%
from fer_course.cleaning.duplicates import worth_showing

gone = cleaned.removed.subset(worth_showing(cleaned.removed.images))
reasons = [why.split(",")[0] for why in gone.attributes["reasons"][:16]]
fer.plots.faces(gone.images[:16], titles=reasons, columns=8)

# %% [markdown]
# ## CLAHE or not? Should rare emotions count more?
#
# CLAHE ([08](08_clahe.ipynb)) changed accuracy by @[cleaning_ablation.clahe.gain_points] points
# (@[cleaning_ablation.clahe.gain_interval_points]), so no; weights ([10](10_class_balancing.ipynb)) gain
# @[recipe_ablation.effective.balanced_gain_interval_points] points of balanced accuracy and change accuracy by
# @[recipe_ablation.effective.gain_interval_points], so that is your choice; how far images are changed
# ([11](11_augmentation.ipynb)) follows from how often each is seen.

# %%
choices = {"clahe": False, "balance": "none"}  # or True, or "effective"

# %% [markdown]
# ## Train
#
# Say how many minutes it may take; `fer.train` measures this machine, chooses images and epochs, says what to expect, and keeps to
# the time. Another choice, later? Add `restart=True`. ([Lesson 12](12_residual_cnn.ipynb))

# %%
from fer_course.report.page import is_drawn
from fer_course.training.backend import has_gpu

minutes = 1 if is_drawn(faces) else 10 if has_gpu() else 30
print(f"{minutes} min on {'a GPU' if has_gpu() else 'the processor'}")

# %%
from pathlib import Path

home = Path("runs/start_to_end")
own = fer.train(cleaned.save(home) / "cleaned.npz", home, minutes=minutes, **choices)
fer.plots.confusion(own)

# %% [markdown]
# ## Look twice
#
# The face and its mirror image, and the mean of both answers. ([Lesson 13](13_evaluation.ipynb))

# %%
network = fer.Predictor.load(home)
ways = {
    "one view": lambda images: fer.predict(network, images),
    "two views": lambda images: fer.predict(network, images, "flip"),
}

# %% [markdown]
# ## Ask a jury
#
# The network and two snapshots of its training as it goes on, one more round for each, which may take a minute: do they know
# more together? ([Lesson 14](14_ensembles.ipynb))

# %%
import shutil
from dataclasses import replace

from fer_course.jobs.training_data import limited

seen = replace(cleaned.dataset, images=network.prepare(cleaned.dataset.images)[..., 0])
seen = limited(seen, {"train": 30_000 if has_gpu() else 1000}, seed=0)  # what there is time for
one_round = fer.Recipe(epochs=1, balance=choices["balance"])
start = home / "model.keras"
shutil.rmtree(home / "members", ignore_errors=True)  # run again, it begins anew
files = fer.train_snapshots(fer.load_model(start), seen, home / "members", 2, one_round)
members = [fer.load_model(file) for file in (start, *files)]


# %%
def jury(images):
    prepared = network.prepare(images)[..., 0]
    return np.mean([fer.predict(member, prepared, "flip") for member in members], axis=0)


ways["a jury, two views"] = jury

# %% [markdown]
# ## Let val decide
#
# Every choice is made on val, so the best of these looks a little better than it is. ([Lesson 13](13_evaluation.ipynb))

# %%
on_val = {name: fer.evaluate(way, faces.val) for name, way in ways.items()}
chosen = max(on_val, key=lambda name: on_val[name].accuracy)
counts = {name: (scored.correct.sum(), scored.n) for name, scored in on_val.items()}
fer.plots.accuracies(counts, f"on val; chosen: {chosen}")

# %% [markdown]
# ## Lend the rare ones a hand
#
# Seven numbers that let every emotion count alike, found without a search; they are taken only if their cross-validated gain in
# balanced accuracy is clear of 0, and accuracy pays for it. ([Lesson 15](15_bias_tuning.ipynb))

# %%
from fer_course.jobs.tune import trained_with

shares, smoothing = trained_with(home)
how = {"method": "prior", "objective": "balanced_accuracy"}
how |= {"train_distribution": shares, "label_smoothing": smoothing}
biases = fer.tune_bias(on_val[chosen].probabilities, faces.val.labels, **how)
biases

# %% [markdown]
# ## Test, once
#
# All is chosen, so now, for the first and the last time, test; quote the interval with the number.
# ([Lesson 12](12_residual_cnn.ipynb) says what a second look costs)

# %%
test = faces.test
single, final = (fer.evaluate(ways[name], test) for name in ("one view", chosen))
if biases.gain.low > 0:
    final = fer.score(test.labels, biases.apply(final.probabilities), test.ids)
for name, one in {"one view": single, "as val chose": final}.items():
    low, high = one.interval
    print(f"{name}: {one.accuracy:.1%} ({low:.1%} to {high:.1%}), balanced {one.balanced_accuracy:.1%}")

# %% [markdown]
# For whom is that number true? For photographs like these, undamaged; in other light, and for other people, nobody has measured
# it. ([Lesson 16](16_robustness_fairness.ipynb))
#
# ## Take it home
#
# Files for servers, phones and browsers, each compared with the network that it was made of. (A jury stays at home: a file
# holds one network. [Lesson 17](17_export.ipynb))

# %%
fer.plots.exports(fer.export(home, home / "export"))

# %% [markdown]
# ## Look into the camera
#
# Tell people first, in words of your own. ([Lesson 18](18_webcam.ipynb))

# %%
fer.WebcamWidget(home)

# %% [markdown]
# ## Where to go from here
#
# In a terminal, `fer-course run` does the main part of this page, and writes a report.
#
# - **A report** on your network, in three honest answers: `fer.study("runs/start_to_end").write()`
#   ([lesson 19](19_capstone.ipynb)).
# - **In a browser**: `fer.export("runs/start_to_end", web="runs/page")` makes a page that runs your network. Nothing leaves the
#   machine. On your own computer, `fer.run_realtime_demo(model="runs/start_to_end")` opens a window.
# - **Better labels**: learn from the votes of FER+ as well ([lesson 12](12_residual_cnn.ipynb) knows how), or merge datasets
#   (`fer.datasets()`).
# - **Other answers**: valence and arousal instead of seven words; action units, which can be seen, instead of emotions, which
#   cannot. Li and Deng's [survey](https://arxiv.org/abs/1804.08348) maps the field.
# - **A model card** for your network ([Mitchell and others, 2019](https://arxiv.org/abs/1810.03993)): what it was trained on,
#   for whom it was measured, what it must not be used for. You have every number for it already.
#
# That was the course. Thank you for staying to the end.
