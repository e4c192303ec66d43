# ---
# title: Your report
# learn:
#   - how to turn tables and figures into three answers
#   - how to write down what a network must not be used for
# minutes: 60
# needs: lessons 07, 12 and 16
# ---

# %% [markdown]
# ## The last exercise has no single right answer
#
# You train a network of your own, ask three questions about it, and write a short report, with every number from your own run:
#
# 1. **Label noise**: which labels does it contradict, and who is right?
# 2. **Robustness**: which damage hurts, and does it matter where you would use it?
# 3. **Fairness**: for whom does it work worse, and is that more than luck?
#
# First the network. Choose the recipe yourself: what did lessons 09 to 13 teach you? This is a start, of about a minute.

# %%
trained = fer.train("sample", "runs/capstone", epochs=12)
trained

# %% [markdown]
# Unhappy with it? Change the recipe (`augment=1`, `balance="weights"`, more epochs) and add `restart=True`. With the real
# FER2013, write the path of its file in place of `"sample"`, here and below, and take your time.
#
# ## What was measured
#
# Everything on val. You chose the recipe by it, so keep test closed until the report is written.

# %%
studies = fer.study("runs/capstone", "sample")
studies

# %% [markdown]
# ## Now you: `words`
#
# Two to five sentences (at least 20 words) under each of the last four headings, with numbers from the tables above. Say how
# far luck reaches (the interval, the gap by luck, the p-value), and separate what you saw from what you believe. The
# conclusion says what your network must not be used for.


# %%
### BEGIN SOLUTION
words = {
    "Title": "What a small network makes of drawn faces",
    "Author": "A student",
    "Label noise": "With more than 50 % confidence the network contradicts 20 of 304 labels. The drawings say "
    "that 8 of these labels are wrong, and that the network is right about 5. By a wrong label nobody can be "
    "right, so even a perfect network would stay below 100 %.",
    "Robustness": "At severity 5 low resolution hurts most: 14.8 %, and the interval ends at 19.2 %, far below "
    "the 46.7 % where that of severity 1 begins. That is no luck. Small faces in a webcam picture are just "
    "this. Enlarged small faces in training may help; I did not try.",
    "Fairness": "The widest gap is 9.4 points, between light and medium skin. Luck alone makes gaps of up to 18.0 "
    "points with so few people, and p is 1.0. So I cannot tell. I do not say that it is fair.",
    "Conclusion": "On drawn faces like these it is useful to learn with. On photographs nobody has measured "
    "it. It must not be used to judge people.",
}
### STUB
# words = {
#     "Title": "",
#     "Author": "",
#     "Label noise": "",
#     "Robustness": "",
#     "Fairness": "",
#     "Conclusion": "",
# }  # your turn
### END SOLUTION

# %%
from fer_course.exercises import capstone as ex

ex.words.check(words)

# %%
# ex.words.hint()
# ex.words.solution()

# %% tags=["selftest"]
finding = "We found 12 of 304, and the interval goes from 2 to 7 %: that is more than luck makes of so few faces here."
limit = "It is good to learn with, on drawn faces and on no others. It must not be used to judge people, anywhere."
full = {"Title": "A report", "Author": "Somebody", "Label noise": finding, "Robustness": finding}
full |= {"Fairness": finding, "Conclusion": limit}
no_number = finding.replace("12 of 304", "some").replace("2 to 7 %", "few to many of them")
no_luck = finding.replace("interval", "share").replace("luck", "anybody")
no_limit = limit.replace("on no others", "others").replace(
    "must not be used to judge", "may be used to judge all"
)
ex.words.selftest(
    right=[full],
    wrong={
        "Robustness": {name: text for name, text in full.items() if name != "Robustness"},
        "20 words": full | {"Fairness": "It is fair: p = 0.3."},
        "a number": full | {"Robustness": no_number},
        "luck": full | {"Fairness": no_luck},
        "not be used": full | {"Conclusion": no_limit},
    },
)

# %% [markdown]
# ## The report
#
# `report.html` holds tables, figures and your words; open it in a browser. Want to change a sentence? Change it above, and run
# that cell and this one again: it writes your words into `words.md` as well, over those of before. For LaTeX,
# `studies.write("tex")` writes `report.tex` beside it.

# %%
studies.write(words=words)

# %% [markdown]
# ## On your photographs
#
# The same questions to the network that has come with you since [lesson 12](12_residual_cnn.ipynb), on the val that it has not
# learned from. (Before lesson 12 that is the network of the course.) With photographs this takes two minutes.

# %%
own_studies = fer.study(fer.mine().network)
own_studies

# %% [markdown]
# Its report has a page of its own. Your words go into the `words.md` beside it, under the questions that stand there; then run
# the cell again. What did you raise on the way, and what can nobody raise with these faces? Your thread remembers:

# %%
print(own_studies.write())
fer.mine()

# %% [markdown]
# ### Test, once
#
# Is your report written? Then all is chosen: the network, the views (13), the biases (15), and from where on it keeps silent (16).
# Now open test. First as the network came out of lesson 12, in a single view:

# %%
from fer_course.course.thread import load_photographs

test, _ = load_photographs(splits=["test"])
network, decided = fer.mine().load_network(), fer.mine().decisions(test)
single = fer.evaluate(network, test)
single

# %% [markdown]
# Then with all that you decided:

# %%
final, biases = fer.evaluate(network, test, decided.get("views")), fer.mine().biases(test)
if biases is not None:
    final = fer.score(test.labels, biases.apply(final.probabilities), test.ids)
sure = final.confidence >= (decided.get("silence") or 0)
print("accuracy:", fer.compare(single, final))
print("balanced accuracy:", fer.compare(single, final, "balanced_accuracy"))

# %%
counts = {"a single view": single.correct, "as you decided": final.correct}
counts["where it answers"] = final.correct[sure]
title = f"it answers {sure.mean():.0%} of test"
fer.plots.accuracies({name: (right.sum(), len(right)) for name, right in counts.items()}, title)

# %% [markdown]
# These are the numbers to quote, with their intervals. **Nothing is changed after them**: whoever goes back now and decides anew has
# made a second val of test. Write them under your conclusion, whatever they are.

# %% [markdown]
# ## And the others?
#
# All exercises of the course, and which of them you have passed. "Save summary" writes a page to hand in.

# %%
fer.progress()

# %% [markdown]
# ## A question before you hand it in
#
# Would you show this report to the people whose faces are in it? If not, what is missing?
#
# ## What you take with you
#
# - **A report is three honest answers**, not twenty tables.
# - **Every number comes with how far luck reaches.**
# - **The last sentence says what it is not for.**
#
# ## One face is missing
#
# You have come all the way, from raw pictures to a network that you can answer for. It was judged on strangers. In
# [lesson 20](20_your_face.ipynb) it meets a face that you know better than anybody: your own.
