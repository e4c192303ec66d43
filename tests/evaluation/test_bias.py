import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fer_course as fer
from fer_course.evaluation.bias.result import BiasResult, apply_biases, read_biases
from fer_course.evaluation.bias.search import OBJECTIVES, Problem, fingerprint, grid
from fer_course.evaluation.bias.tuning import closed_form_biases, estimate_shares
from fer_course.evaluation.comparison import stratified_folds
from fer_course.evaluation.scores import SCORES

TRAIN = np.array([0.2, 0.05, 0.1, 0.3, 0.1, 0.15, 0.1])
HERE = np.array([0.05, 0.05, 0.3, 0.05, 0.3, 0.05, 0.2])


def world(shares, n=3000, seed=0):
    """Draw images of a world in which the shares of the emotions, and nothing else, differ from training."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(7, n, p=shares)
    seen = rng.normal(size=(n, 7)) + 1.2 * np.eye(7)[labels]
    probabilities = TRAIN * np.exp(1.2 * seen)  # what a perfect network says: Bayes' rule with TRAIN's shares
    return probabilities / probabilities.sum(axis=1, keepdims=True), labels


def small(n=60, seed=0, sharpness=0.5):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 7, n)
    logits = rng.normal(size=(n, 7)) + sharpness * np.eye(7)[labels]
    probabilities = np.exp(logits)
    return probabilities / probabilities.sum(axis=1, keepdims=True), labels


def problem_of(probabilities, labels, objective="accuracy", free=(0, 3, 4), target=None):
    logs = np.log(probabilities).astype(np.float32).T
    return Problem(np.ascontiguousarray(logs), labels, objective, target, tuple(free), np.zeros(7))


@settings(max_examples=25, deadline=None, derandomize=True)  # a rounding at a border would be no fault
@given(
    free=st.sets(st.integers(0, 6), min_size=1, max_size=3).map(sorted),
    objective=st.sampled_from(OBJECTIVES),
    folds=st.sampled_from([1, 3]),
    seed=st.integers(0, 1000),
)
def test_the_quick_grid_counts_what_predicting_every_point_counts(free, objective, folds, seed):
    probabilities, labels = small(seed=seed)
    problem = problem_of(probabilities, labels, objective, free, HERE)
    part = stratified_folds(labels, folds, 0)
    points, values = grid(problem, trials=6 ** len(free), jobs=2, part=part)
    assert len(np.unique(points, axis=0)) == 5 ** len(free)
    assert (points == 0).all(axis=1).any()
    assert values[0] == pytest.approx(problem.values(points))
    for number, row in enumerate(values[1:]):
        assert row == pytest.approx(problem.subset(part != number, np.zeros(7)).values(points))
    assert len(values) == (1 if folds == 1 else 1 + folds)


@pytest.mark.parametrize("objective", SCORES)
def test_an_objective_is_what_an_evaluation_says(objective):
    probabilities, labels = small(200)
    biases = np.array([0.5, -1, 2, 0, 0.3, 0, 0])
    problem = problem_of(probabilities, labels, objective)
    expected = getattr(fer.score(labels, apply_biases(probabilities, biases)), objective)
    assert problem.values(biases[np.newaxis])[0] == pytest.approx(expected)


def test_the_objective_of_a_distribution_is_the_share_that_need_not_move():
    probabilities = np.eye(7)[[0, 0, 0, 3]] * 0.9 + 0.1 / 7
    target = np.array([0.5, 0, 0, 0.5, 0, 0, 0])
    problem = problem_of(probabilities, np.zeros(4, int), "distribution", target=target)
    assert problem.values(np.zeros((1, 7)))[0] == pytest.approx(0.75)


def test_the_closed_form_mends_other_shares_and_says_that_it_is_no_noise():
    probabilities, labels = world(HERE)
    result = fer.tune_bias(probabilities, labels, method="prior", train_distribution=TRAIN)
    assert result.after > result.before + 0.1
    assert result.gain.significant
    wanted = np.log(HERE / TRAIN)
    assert result.biases.to_numpy() == pytest.approx(wanted - wanted.mean(), abs=0.25)


def test_shares_are_estimated_without_labels():
    probabilities, _ = world(HERE, n=6000)
    assert estimate_shares(probabilities, TRAIN) == pytest.approx(HERE, abs=0.03)
    result = fer.tune_bias(probabilities, method="prior", train_distribution=TRAIN, label_smoothing=0)
    wanted = closed_form_biases(HERE, TRAIN)
    assert result.biases.to_numpy() == pytest.approx(wanted - wanted.mean(), abs=0.5)
    assert (result.objective, result.gain) == (None, None)
    assert "no labels" in repr(result)


def test_where_nothing_has_changed_the_shares_of_training_are_estimated():
    probabilities, _ = world(TRAIN, n=6000)
    assert estimate_shares(probabilities, TRAIN) == pytest.approx(TRAIN, abs=0.03)


def test_smoothed_labels_are_taken_back_before_shares_are_estimated():
    probabilities, _ = world(HERE, n=6000)
    smoothed = 0.9 * probabilities + 0.1 / 7
    wrong = np.abs(estimate_shares(smoothed, TRAIN) - HERE).max()
    assert estimate_shares(smoothed, TRAIN, 0.1) == pytest.approx(HERE, abs=0.03)
    assert wrong > 0.06


@pytest.mark.parametrize("method", ["grid", "evolution", "optuna"])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_no_search_is_beaten_on_its_own_images_by_no_biases_or_the_closed_form(method, objective):
    probabilities, labels = small(150)
    target = HERE if objective == "distribution" else None
    arguments = {"objective": objective, "target_distribution": target, "folds": 0}
    closed = fer.tune_bias(probabilities, labels, method="prior", **arguments)
    result = fer.tune_bias(probabilities, labels, method=method, trials=40, **arguments)
    assert result.after >= max(result.before, closed.after)
    assert result.after == pytest.approx(result.trials["value"].max())
    assert result.biases.sum() == pytest.approx(0, abs=1e-5)


def test_a_search_on_labels_without_meaning_finds_noise_and_says_so():
    probabilities, labels = small(300, sharpness=0.0)
    result = fer.tune_bias(probabilities, labels, method="evolution", trials=300)
    assert result.after > result.before  # on its own images it looks like a gain
    assert not result.gain.significant
    assert "not significant" in repr(result).splitlines()[2]


def test_only_differences_count_and_other_emotions_keep_0():
    probabilities, labels = small()
    assert apply_biases(probabilities, np.arange(7.0)) == pytest.approx(
        apply_biases(probabilities, np.arange(7.0) + 5)
    )
    some = fer.tune_bias(probabilities, labels, method="grid", emotions=["Anger", "sad"], folds=0)
    assert set(some.biases.index[some.biases != 0]) <= {"angry", "sad"}
    assert some.tuned == ["angry", "sad"]
    applied = some.apply(probabilities)
    assert applied.dtype == np.float32
    assert applied.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (applied.argmax(axis=1) == labels).mean() == pytest.approx(some.after)


@pytest.mark.parametrize("method", ["evolution", "optuna", "grid"])
def test_the_same_seed_gives_the_same_biases(method):
    probabilities, labels = small()
    once, again = (
        fer.tune_bias(probabilities, labels, method=method, trials=30, seed=4, folds=2) for _ in range(2)
    )
    assert once.biases.equals(again.biases)
    assert once.gain == again.gain


def test_probabilities_of_0_leave_numbers():
    probabilities = np.eye(7)[[0, 3, 3, 6, 0, 6]]
    result = fer.tune_bias(
        probabilities, [0, 3, 3, 6, 0, 3], method="grid", trials=9, emotions=["happy"], folds=0
    )
    assert np.isfinite(result.apply(probabilities)).all()


def test_a_file_keeps_the_result(tmp_path):
    probabilities, labels = small()
    for result in (
        fer.tune_bias(probabilities, labels, method="grid", trials=729, folds=3),
        fer.tune_bias(probabilities, method="prior"),
    ):
        path = result.save(tmp_path / "biases.json")
        loaded = BiasResult.load(path)
        assert repr(loaded) == repr(result)
        assert loaded.biases.to_numpy() == pytest.approx(result.biases.to_numpy(), abs=1e-6)
        assert read_biases(path).equals(loaded.biases)
        assert loaded.trials.empty


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no json", "no JSON"),
        ("[1]", "holds a list"),
        ('{"angry": "much"}', "angry is 'much'"),
        ('{"hungry": 1}', "unknown emotion 'hungry'"),
        ('{"angry": NaN}', "angry is nan"),
        ('{"angry": true}', "angry is True"),
        ('{"angry": 1, "anger": 2}', "two biases for angry; keep one"),
        ('{"angry": 1, "angry": 2}', r"biases\.json: two values are called 'angry'; keep one"),
        ('{"angry": 1%s}' % ("0" * 400), "angry is 1000.*expected a number"),
        ('{"biases": {}}', "no biases in it"),
        ('{"biases": {"angry": 1}, "network": "compact"}', "network is 'compact'; expected its name and"),
    ],
)
def test_a_file_of_something_else_is_refused(text, words, tmp_path):
    path = tmp_path / "biases.json"
    path.write_text(text)
    with pytest.raises(fer.FerCourseError, match=words):
        read_biases(path)
    with pytest.raises(fer.FerCourseError):
        BiasResult.load(path)


def test_an_emotion_without_images_gets_no_bias():
    probabilities, labels = small(120)
    labels[labels == 1] = 2
    with pytest.warns(UserWarning, match="no image is disgust"):
        result = fer.tune_bias(probabilities, labels, method="evolution", trials=50, folds=2)
    assert result.biases["disgust"] == 0
    with pytest.raises(fer.FerCourseError, match="no image is disgust"):
        fer.tune_bias(probabilities, labels, emotions=["disgust", "sad"])


SAID, LABELS = small()
UNSUITED = SAID.copy()
UNSUITED[7, 3] = np.nan


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"probabilities": UNSUITED}, "row 7 of the probabilities"),
        ({"probabilities": SAID * 3}, "logits need a softmax first"),
        ({"probabilities": SAID[:, :6]}, r"expected \(n, 7\)"),
        ({"probabilities": SAID - 1 / 7 + np.eye(7)[0]}, "least value is -"),
        ({"probabilities": SAID[:0], "labels": LABELS[:0]}, "no images"),
        ({"labels": LABELS[:9]}, r"labels have shape \(9,\)"),
        ({"labels": LABELS - 1}, "images have no label"),
        ({"labels": np.full(60, 3)}, "all images are happy"),
        ({"labels": None}, "give labels or a target_distribution"),
        ({"labels": None, "objective": "accuracy", "target_distribution": HERE}, "is for objective"),
        ({"objective": "distribution"}, "needs a target_distribution"),
        ({"objective": "luck"}, "objective is 'luck'"),
        ({"target_distribution": [0.5] * 7}, "sums to 3.5"),
        ({"target_distribution": {"happy": 0.6}}, "sums to 0.6"),
        ({"target_distribution": {"hungry": 1}}, "unknown emotion"),
        ({"target_distribution": {"happy": "many"}}, "holds 'many'"),
        ({"target_distribution": [0.5, 0.5]}, "expected 7 shares"),
        ({"target_distribution": [1.5, -0.5, 0, 0, 0, 0, 0]}, "least share is -0.5"),
        ({"train_distribution": [0.5] * 7}, "train_distribution sums to 3.5"),
        ({"method": "magic"}, "method is 'magic'"),
        ({"trials": 0}, "trials is 0"),
        ({"folds": 1}, "folds is 1"),
        ({"folds": 61}, "folds is 61, of 60 images"),
        ({"jobs": 0}, "jobs is 0"),
        ({"method": "grid", "storage": "study.db"}, "a storage is for Optuna"),
        ({"label_smoothing": 1}, "label_smoothing is 1"),
        ({"emotions": "sad"}, "give a list"),
        ({"emotions": []}, "emotions is empty"),
    ],
)
def test_bad_input_is_said_in_words(arguments, words):
    given = {"probabilities": SAID, "labels": LABELS, **arguments}
    with pytest.raises(fer.FerCourseError, match=words):
        fer.tune_bias(**given)


@pytest.mark.parametrize("name", ["study.db", "study.journal"])
def test_a_study_goes_on_where_it_stopped_and_is_of_one_problem(name, tmp_path):
    storage = tmp_path / name
    few = fer.tune_bias(SAID, LABELS, trials=3, folds=0, storage=storage)
    more = fer.tune_bias(SAID, LABELS, trials=5, folds=0, storage=storage)
    assert (len(few.trials), len(more.trials)) == (5, 7)
    assert more.trials.iloc[:5].equals(few.trials)
    with pytest.raises(fer.FerCourseError, match="a study of another problem"):
        fer.tune_bias(SAID, LABELS, trials=8, folds=0, storage=storage, objective="macro_f1")
    with pytest.raises(fer.FerCourseError, match="a study of another problem"):
        fer.tune_bias(SAID[::-1], LABELS, trials=8, folds=0, storage=storage)


def test_a_file_that_is_no_study_is_refused(tmp_path):
    storage = tmp_path / "study.db"
    storage.write_text("my notes")
    with pytest.raises(fer.FerCourseError, match="not a storage that Optuna can use"):
        fer.tune_bias(SAID, LABELS, trials=3, storage=storage)
    assert storage.read_text() == "my notes"


@pytest.mark.slow
def test_processes_share_the_trials(tmp_path):
    storage = tmp_path / "study.journal"
    np.savez(tmp_path / "scores.npz", probabilities=SAID, labels=LABELS)
    code = (
        "import sys, numpy as np, fer_course as fer\n"
        "with np.load(sys.argv[1]) as file:\n"
        "    fer.tune_bias(file['probabilities'], file['labels'], trials=30, folds=0, storage=sys.argv[2])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "scores.npz"), str(storage)]
    processes = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    result = fer.tune_bias(SAID, LABELS, trials=30, folds=0, storage=storage)
    assert 32 <= len(result.trials) <= 34  # each process may finish the one that it has begun


def test_a_problem_is_named_by_its_content():
    problem = problem_of(SAID, LABELS)
    assert fingerprint(problem) == fingerprint(problem_of(SAID, LABELS))
    others = [
        problem_of(SAID, LABELS, free=(0, 3)),
        problem_of(SAID, LABELS, "macro_f1"),
        problem_of(SAID, LABELS[::-1]),
    ]
    assert fingerprint(problem) not in {fingerprint(other) for other in others}


def test_cma_es_finds_more_than_no_biases_and_the_closed_form():
    probabilities, labels = world(HERE, n=400)
    result = fer.tune_bias(
        probabilities, labels, method="cma-es", trials=150, folds=0, train_distribution=TRAIN
    )
    assert result.after > result.trials["value"].iloc[:2].max()


def test_an_emotion_that_training_never_showed_leaves_numbers():
    train = np.array([0.25, 0, 0.15, 0.25, 0.15, 0.1, 0.1])
    result = fer.tune_bias(world(HERE)[0], method="prior", train_distribution=train)
    assert np.isfinite(result.biases).all()


def test_smoothing_reaches_the_estimate():
    probabilities, _ = world(HERE)
    first, second = (fer.tune_bias(probabilities, method="prior", label_smoothing=s).biases for s in (0, 0.1))
    assert not np.allclose(first, second)


def test_the_gain_on_other_images_is_that_of_their_objective():
    probabilities, labels = world(HERE)
    result = fer.tune_bias(probabilities, labels, method="prior", train_distribution=TRAIN, folds=0)
    others, truth = world(HERE, seed=1)
    gain = result.gain_on(others, truth)
    right = [(p.argmax(axis=1) == truth).mean() for p in (others, result.apply(others))]
    assert gain.difference == pytest.approx(right[1] - right[0]) and gain.low < gain.difference < gain.high
    assert gain.significant
