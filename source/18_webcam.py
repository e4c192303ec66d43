# ---
# title: Webcam
# learn:
#   - how a face gets out of a camera's frame, also when it hangs over the edge
#   - why names flicker, what calm costs, and why a queue of frames kills a live demo
#   - what to tell people before you point a camera at them
# minutes: 40
# needs: lesson 06, NumPy arrays
# ---

# %% [markdown]
# ## Who moved?

# %%
from fer_course.evaluation.corruptions import add_noise
import matplotlib.pyplot as plt
import numpy as np

film = np.concatenate([fer.sample_video()] * 2)
evening = add_noise(film, deviation=20)
recognizer = fer.EmotionRecognizer()

# %%
said = [min(recognizer.recognize(frame), key=lambda face: face.x) for frame in evening[:6]]
names = [f"{face.emotion} {face.confidence:.0%}" for face in said]
fer.plots.faces(evening[:6, :, :240], names)

# %% [markdown]
# Six frames of a film, a tenth of a second apart. She holds still; only the grain of bad light changes, as in any room in the
# evening. **Nobody moved, and the answer did.** On a screen, that flickers.
#
# A live demo is more than a network that is called thirty times a second. Today you build what stands between camera and name.
# The film is drawn and the network is the course's, so everything works without a camera. At the end you hold **your own network**
# before your own camera, if you like.
#
# ## Out of the frame
#
# In every frame a detector looks for faces ([lesson 06](06_face_detection.ipynb)) and gives boxes: `x` and `y` of the upper left
# corner, width, height. The box goes to the network, scaled to 48x48. One line, it seems. But people move, and boxes follow them
# over the edge.

# %%
from matplotlib.patches import Rectangle

leaning = film[12][:, 60:240]
figure, ax = plt.subplots(figsize=(4.4, 4))
ax.imshow(leaning, cmap="gray", vmin=0, vmax=255)
ax.grid(visible=False)
ax.add_patch(Rectangle((-28, 26), 181, 181, fill=False, edgecolor=fer.plots.ORANGE, linewidth=3))
_ = ax.set(title="x = -28, y = 26, width = height = 181", xlim=(-40, 180))

# %% [markdown]
# ## Now you: `cut_out`
#
# Return what is inside box and frame as 48x48 pixels; `cv2.resize(image, (48, 48))` scales. What does `frame[26:207, -28:153]`
# give? Try it: Python has an idea about -28 that is not yours.

# %%
import cv2


def cut_out(frame, x, y, width, height):
    """The face in a box, as 48x48 pixels."""
    ### BEGIN SOLUTION
    inside = frame[max(y, 0) : y + height, max(x, 0) : x + width]
    return cv2.resize(inside, (48, 48))
    ### STUB
    # return np.zeros((48, 48), np.uint8)  # your turn
    ### END SOLUTION


# %%
from fer_course.exercises import webcam as ex

ex.cut_out.check(cut_out)

# %%
# ex.cut_out.hint()
# ex.cut_out.solution()

# %% tags=["selftest"]
ex.cut_out.selftest(
    right=[
        cut_out,
        lambda frame, x, y, width, height: cv2.resize(
            frame[np.clip(y, 0, None) : y + height][:, np.clip(x, 0, None) : x + width], (48, 48)
        ),
    ],
    wrong={
        "rows come first": lambda frame, x, y, width, height: cv2.resize(
            frame[max(x, 0) : x + width, max(y, 0) : y + height], (48, 48)
        ),
        "max(y, 0)": lambda frame, x, y, width, height: cv2.resize(
            frame[abs(y) : y + height, abs(x) : x + width], (48, 48)
        ),
        "the far end": lambda frame, x, y, width, height: cv2.resize(
            frame[y : y + height, x : x + width], (48, 48)
        ),
        "but end at x + width": lambda frame, x, y, width, height: cv2.resize(
            frame[max(y, 0) : max(y, 0) + height, max(x, 0) : max(x, 0) + width], (48, 48)
        ),
        "48x48": lambda frame, x, y, width, height: frame[max(y, 0) : y + height, max(x, 0) : x + width],
        "neither turn nor mirror": lambda frame, x, y, width, height: cut_out(frame, x, y, width, height)[
            ::-1
        ],
    },
)

# %% [markdown]
# Your function on the whole film: she sits on the left, 80 frames, 8 seconds.

# %%
detector = fer.FaceDetector(min_face_ratio=0.12)
boxes = detector.detect(evening).astype(int)
left = boxes[boxes["x"] < 200].drop_duplicates("image")
left = left[["image", "x", "y", "width", "height"]].to_numpy()

# %%
network = fer.Predictor.load()
crops = [cut_out(evening[image], *box) for image, *box in left]
raw = network.predict_proba(crops)
fer.plots.faces(crops[::10])

# %% [markdown]
# Now let her tilt her head. An upright box cuts a tilted face, of which your network has seen few. But a detector that marks the
# **eyes** tells how far a face is turned, `face.angle` in degrees, and what is turned can be turned back.

# %%
height, width = film[0].shape
turn = cv2.getRotationMatrix2D((120, 120), 20, 1)  # around a point, by degrees to the left
tilted = cv2.warpAffine(film[0], turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
face = recognizer.recognize(tilted)[0]

# %%
middle = face.x + face.width / 2, face.y + face.height / 2
back = cv2.warpAffine(tilted, cv2.getRotationMatrix2D(middle, face.angle, 1), (width, height))
box = face.x, face.y, face.width, face.height

# %%
drawn = fer.sample_faces().train.images[0]
views = [cut_out(tilted, *box), cut_out(back, *box), drawn]
fer.plots.faces(views, ["the raw box", "turned upright", "a face of the sample"])

# %% [markdown]
# That is what `predict`, the window and the web page do with every face: turned by the eyes, and as large in the crop as in
# FER2013's. `fer.align` does the same to a dataset, so that a network can train on faces as the camera cuts them.
#
# A number for the flicker: how often does the name change? On the film she changes her face seven times.


# %%
def name_changes(rows):
    return int((np.diff(rows.argmax(axis=1)) != 0).sum())


def timeline(rows):
    figure, ax = plt.subplots(figsize=(10, 2.8), layout="constrained")
    for label, name in enumerate(fer.EMOTIONS):
        ax.plot(np.arange(len(rows)) / 10, 100 * rows[:, label], color=fer.EMOTION_COLORS[name], label=name)
    ax.set(xlabel="seconds", ylabel="%", ylim=(0, 100), title=f"the name changes {name_changes(rows)} times")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.close(figure)
    return figure


timeline(raw)

# %% [markdown]
# ## Now you: `smoothed`
#
# A face does not change thirty times a second. So do not show what the network says, but **go towards it**: from what was shown
# last, by a `share` of the way. This is exponential smoothing (Brown, 1956); it needs one row of memory and no history.


# %%
def smoothed(rows, share):
    """Probabilities smoothed over time; rows are frames."""
    ### BEGIN SOLUTION
    shown = rows.copy()
    for k in range(1, len(rows)):
        shown[k] = shown[k - 1] + share * (rows[k] - shown[k - 1])
    return shown
    ### STUB
    # return rows * 0  # your turn
    ### END SOLUTION


# %%
ex.smoothed.check(smoothed)

# %%
# ex.smoothed.hint()
# ex.smoothed.solution()


# %% tags=["selftest"]
def from_what_was_seen(rows, share):
    return np.vstack([rows[:1], rows[:-1] + share * (rows[1:] - rows[:-1])])


def from_zero(rows, share):
    shown, last = [], np.zeros(rows.shape[1])
    for row in rows:
        last = last + share * (row - last)
        shown.append(last)
    return np.array(shown)


def as_a_list(rows, share):
    shown = [rows[0]]
    for row in rows[1:]:
        shown.append((1 - share) * shown[-1] + share * row)
    return shown


ex.smoothed.selftest(
    right=[smoothed, as_a_list],
    wrong={
        "not rows[k - 1]": from_what_was_seen,
        "nothing before it": from_zero,
        "swap the two weights": lambda rows, share: smoothed(rows, 1 - share),
        "as many rows": lambda rows, share: smoothed(rows, share)[1:],
    },
)


# %%
def calm(share=0.2):
    return timeline(smoothed(raw, share))


fer.notebook.slide(calm, share=[1.0, 0.5, 0.2, 0.1, 0.05])

# %% [markdown]
# Calm, for nothing? Look at the first smile. On the film it begins after 0.6 seconds.

# %%
happy = fer.EMOTIONS.index("happy")
for share in [1.0, 0.5, 0.2, 0.1, 0.05]:
    rows = smoothed(raw, share)
    first = (rows.argmax(axis=1) == happy).argmax() / 10
    print(f"share {share:4}: {name_changes(rows):2} changes, happy at {first} s")

# %% [markdown]
# **Calm costs time.** With the smallest share most of her smile is over when you are told, and some faces never appear. There is no right
# share; there is one that fits what you show. And a trap: the share is for one **frame**. Thirty frames a second forget three
# times as fast as ten, so the same demo flickers on a quick computer. The package therefore counts in seconds,
# `share = 1 - exp(-t / seconds)`, and follows each face by the overlap of its boxes, so that two people do not get mixed:
# `FaceTracker(smoothing=0.5)`.
#
# ## How old is now?
#
# A camera gives 30 frames a second. Say finding and naming takes 50 milliseconds. What happens to the frames?

# %%
arrivals = np.arange(300) / 30
work = 0.05

# %% [markdown]
# ## Now you: `ages_in_a_queue`
#
# If every frame waits for its turn: how old is each frame when its answer comes? `arrivals` are the times at which frames come, in
# order; each takes `work` seconds, one after another.


# %%
def ages_in_a_queue(arrivals, work):
    """Seconds from the arrival of each frame to its answer: a list."""
    ### BEGIN SOLUTION
    done, ages = 0.0, []
    for arrival in arrivals:
        done = max(arrival, done) + work
        ages.append(done - arrival)
    return ages
    ### STUB
    # return [0.0] * len(arrivals)  # your turn
    ### END SOLUTION


# %%
ex.ages_in_a_queue.check(ages_in_a_queue)

# %%
# ex.ages_in_a_queue.hint()
# ex.ages_in_a_queue.solution()


# %% tags=["selftest"]
def from_the_start(arrivals, work):
    return [work * (place + 1) - arrival for place, arrival in enumerate(arrivals)]


def times_of_answers(arrivals, work):
    return [age + arrival for age, arrival in zip(ages_in_a_queue(arrivals, work), arrivals)]


def never_idle(arrivals, work):
    done, ages = arrivals[0], []
    for arrival in arrivals:
        done += work
        ages.append(max(done - arrival, work))
    return ages


ex.ages_in_a_queue.selftest(
    right=[ages_in_a_queue, lambda arrivals, work: np.array(ages_in_a_queue(arrivals, work))],
    wrong={
        "begin at max": lambda arrivals, work: [work for _ in arrivals],
        "from the arrival": times_of_answers,
        "as old as the work takes": from_the_start,
        "one age for each": lambda arrivals, work: ages_in_a_queue(arrivals, work)[-1:],
        "before the frame is there": lambda arrivals, work: (
            never_idle(arrivals, work) if arrivals[-1] < 4 else [work + 0.9 * k for k in range(len(arrivals))]
        ),
    },
)

# %%
figure, ax = plt.subplots(figsize=(8, 3))
ax.plot(arrivals, ages_in_a_queue(arrivals, work), color=fer.plots.ORANGE)
_ = ax.set(xlabel="seconds since the start", ylabel="age of the answer, s")

# %% [markdown]
# After ten seconds you see what you did five seconds ago. After an hour it is half an hour, and all the frames of that half hour
# lie in memory. **A queue that fills faster than it empties has no end.** It is why many webcam demos stutter, freeze and crash.
#
# ## Now you: `taken`
#
# The cure is to throw away. Take a frame only if nothing is being worked on when it arrives (one that comes just when the work
# is done is taken); otherwise nobody ever looks at it. Engineers call it **back-pressure**: whoever works tells the source
# when to send. Return the places of the frames that are taken: 0 is the first frame, 1 the second.


# %%
def taken(arrivals, work):
    """The places of the frames that are looked at: a list."""
    ### BEGIN SOLUTION
    done, places = 0.0, []
    for place, arrival in enumerate(arrivals):
        if arrival >= done:
            places.append(place)
            done = arrival + work
    return places
    ### STUB
    # return []  # your turn
    ### END SOLUTION


# %%
ex.taken.check(taken)

# %%
# ex.taken.hint()
# ex.taken.solution()


# %% tags=["selftest"]
def work_goes_on(arrivals, work):
    done, places = 0.0, []
    for place, arrival in enumerate(arrivals):
        if arrival >= done:
            places.append(place)
            done += work
    return places


ex.taken.selftest(
    right=[taken, lambda arrivals, work: np.array(taken(arrivals, work))],
    wrong={
        "places, and only of frames": lambda arrivals, work: [2.0 * k for k in range(4)],
        "while 1.5 s are worked": lambda arrivals, work: [arrivals.index(a) for a in arrivals if a < 4],
        "not done + work": work_goes_on,
        "compare times": lambda arrivals, work: taken(list(range(len(arrivals))), work),
        "not its arrival": lambda arrivals, work: [arrivals[place] for place in taken(arrivals, work)],
    },
)


# %%
def compare(milliseconds=50):
    figure, ax = plt.subplots(figsize=(8, 3))
    work = milliseconds / 1000
    places = taken(arrivals, work)
    ax.plot(arrivals, ages_in_a_queue(arrivals, work), color=fer.plots.ORANGE, label="queue")
    ax.plot(arrivals[places], [work] * len(places), color=fer.plots.BLUE, label="only when free")
    ax.set(xlabel="seconds since the start", ylabel="age of the answer, s", ylim=(-0.2, 17))
    ax.set_title(f"{milliseconds} ms for a frame: {len(places) / 10:.0f} frames/s are looked at")
    ax.legend(loc="upper left")
    return figure


fer.notebook.slide(compare, milliseconds=[20, 30, 40, 50, 80])

# %% [markdown]
# Up to 33 ms both are the same. One step beyond, and one of them is lost. Dropping has a price, too: at 50 ms it looks at 15 frames
# a second, not at 20, because after each answer it waits for the next frame to come.
#
# The widget below is a bit cleverer. While one frame is being worked on, the next one may travel already, so nobody ever waits for
# the way. But never a third one, and when the work is slow, not even the second.
#
# ## Before you press Start
#
# A camera is pointed at people, not at data. Tell them, in words of your own, **before** it runs:
#
# - [ ] **What it does**: it guesses which of seven expressions a face shows. It does not know what anybody feels
#   ([lesson 16](16_robustness_fairness.ipynb)), and one answer in three is wrong even on photographs like those it
#   learned from; your own network errs more often.
# - [ ] **For whom it works worse**: glasses, beards, bad light. What you did not measure, you do not know.
# - [ ] **Where the pictures go**: from the browser to the Python of this notebook, and they are forgotten there. In Colab and on a
#   server, that Python runs on somebody else's computer. Say so.
# - [ ] **What is stored**: nothing, unless somebody presses *Save snapshot*. Then say where it lies, and for how long.
# - [ ] **Who sees the screen.** A name on a projector is read by all.
# - [ ] **That nobody has to**, that stepping out of the picture is enough, and that saying no has no consequence. With
#   children, ask their parents first.
# - [ ] **What it is not for**: no marks, no attention scores, no jokes about somebody's face.
#
# In the European Union, inferring the emotions of people at school and at work is prohibited
# ([AI Act, article 5(1)(f)](https://eur-lex.europa.eu/eli/reg/2024/1689/oj)), and a picture of a face is personal data everywhere the GDPR
# holds. In a class, let the film do it, or let volunteers **act** faces on purpose, and ask your school before.
#
# ## Your own network, live
#
# From [lesson 12](12_residual_cnn.ipynb), if you trained it there; otherwise the network of the course. Before anybody believes a
# name, say whose network it is, what it learned from, and how often it was right there:

# %%
network = fer.mine().load_network()

# %%
fer.WebcamWidget(fer.EmotionRecognizer(network), smoothing=0.5)

# %% [markdown]
# No camera, or you would rather not? *Sample video* and *Open a picture* need none. Six things to try:
#
# 1. Raise your brows, then frown, then press your lips together. Which of these does it know?
# 2. Cover your mouth, then your eyes. Which of them did it look at?
# 3. Turn your head. Who loses you first, the detector or the network?
# 4. Switch the light off, then put it behind you. Your robustness curves, live.
# 5. Run the cell again with `smoothing=0`, then with `smoothing=3`.
# 6. Run it with two others in place of `network`: `"compact"` is that of the course, and `fer.mine().folder.parent / "drawn.keras"`
#    the one that you trained on drawn faces in lesson 12. Which of the three do you believe, and why?
#
# The line beside the picture tells how many frames it looks at, how old an answer is when it comes, and how much of that Python
# needed. The rest is the way: drawing, packing, sending.
#
# ## On the real FER2013
#
# A photograph of a real face before a camera, in JupyterLab, browser and Python on the same two cores (@[webcam.machine];
# `benchmarks/bench_webcam.py`): **@[webcam.frames_per_second] frames a second**, each answered
# @[webcam.milliseconds_from_frame_to_answer] ms after it was taken, of which Python needed @[webcam.milliseconds_in_python] ms.
# Most of that is finding the face: of the @[inference.frame_milliseconds.yunet.frame_to_names] ms from pixels to a name, the network
# takes @[inference.frame_milliseconds.yunet.crop_and_predict] ms (`benchmarks/bench_inference.py`).
#
# How good is the network of the course? On the photographs of val it is right on @[robustness.accuracy_percent] %
# (@[robustness.low_percent] to @[robustness.high_percent]). Before your camera nobody has measured it. **You** could: let ten people act seven
# faces, note what it says, and you have a confusion matrix and an interval that nobody else has.
#
# ## What you take with you
#
# - **Cut with care**: a negative index counts from the other end.
# - **Calm costs time**, and belongs to seconds, not to frames.
# - **Throw away instead of queueing**: an old answer is no answer.
# - **Tell people first.** An expression is not a feeling.
#
# Data cleaned and measured, a network trained, judged, exported, and alive. One thing is left, and it is yours: a report on a
# network of your own, in [lesson 19](19_capstone.ipynb).
