"""The report of a run: what was trained, on what, and how good it is."""

import os
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd

from .. import plots
from ..cleaning.cleaner import CleaningResult
from ..dataset import FaceDataset
from ..emotions import EMOTIONS
from ..evaluation.comparison import compare
from ..evaluation.scores import Evaluation
from . import page
from .removals import removed_section


def write_report(
    path: str | os.PathLike[str],
    *,
    dataset: FaceDataset,
    cleaning: CleaningResult,
    history: pd.DataFrame,
    evaluated: FaceDataset,
    single: Evaluation,
    tta: Evaluation,
    settings: Mapping[str, object],
) -> Path:
    """Write what was run, what was removed and why, and how good the network is, as one HTML file.

    ``dataset`` holds the images before cleaning; ``evaluated`` were scored from one view (``single``) and
    with flip TTA (``tta``).
    """
    sections = [
        _headline(cleaning, evaluated, single, tta),
        page.settings_list(settings),
        _data(dataset, cleaning),
        removed_section(cleaning),
        _training(history),
        _recognition(single),
        _examples(evaluated, single),
        page.limits(_limits(evaluated)),
    ]
    return page.write_page(path, f"fer-course: a network for {page.source_of(dataset)}", sections)


def _headline(cleaning: CleaningResult, evaluated: FaceDataset, single: Evaluation, tta: Evaluation) -> str:
    majority = np.bincount(evaluated.labels, minlength=len(EMOTIONS)).max() / len(evaluated)
    split, trained = _split(evaluated), cleaning.dataset.train
    cards = [
        page.card("Accuracy, flip TTA", page.percent(tta.accuracy), _interval(tta), main=True),
        page.card("Accuracy, single view", page.percent(single.accuracy), _interval(single)),
        page.card(
            "Balanced accuracy", page.percent(single.balanced_accuracy), "every emotion counts the same"
        ),
        page.card("Macro-F1", f"{single.macro_f1:.3f}", "misses and false alarms of every emotion"),
    ]
    return f"""<h1>How well does it read faces?</h1>
<p class="lead">A residual network, trained on {len(trained):,} faces of {escape(page.source_of(trained))} and
scored on the {len(evaluated):,} of {split}.</p>
{_drawn_notice(trained)}
<div class="cards">{"".join(cards)}</div>
<p>Of 100 faces that it was not trained on, it names about {100 * tta.accuracy:.0f} as their label does.
Always answering with the most frequent emotion would be right {100 * majority:.0f} times. The 95 %
interval says how far luck alone could move the figure if other faces had come to stand in {split}: a
difference well inside it means little. {_tta_sentence(single, tta)} Balanced accuracy and macro-F1 are
those of the single view.</p>"""


def _interval(evaluation: Evaluation) -> str:
    low, high = evaluation.interval
    return f"95 % interval {100 * low:.1f} to {100 * high:.1f} %"


def _tta_sentence(single: Evaluation, tta: Evaluation) -> str:
    comparison = compare(single, tta)
    verdict = "more than luck would explain" if comparison.significant else "no more than luck would explain"
    return (
        f"Flip TTA, the mean over a face and its mirror image, changed the accuracy by "
        f"{100 * comparison.difference:+.1f} points, {verdict} (McNemar, p = {comparison.p_value:.2g})."
    )


def _drawn_notice(dataset: FaceDataset) -> str:
    if not page.is_drawn(dataset):
        return ""
    return """<p class="notice"><strong>Drawn faces, not an accuracy claim.</strong> These faces were drawn
by the package, to learn with. A network that reads them says nothing about photographs: there it would
do no better than always answering "happy". Run it on FER2013 for figures that count.</p>"""


def _data(dataset: FaceDataset, cleaning: CleaningResult) -> str:
    counts = dataset.train.class_counts().to_dict()
    rare, frequent = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    return f"""<h2>What it learned from</h2>
<p>The train faces of each emotion, before and after cleaning: {counts[frequent]:,} of {frequent}, but
only {counts[rare]:,} of {rare}. Training makes up for that with class weights: a mistake on a rare
emotion costs more.</p>
{page.before_and_after(dataset.train, cleaning.dataset.train, "train ")}"""


def _training(history: pd.DataFrame) -> str:
    figure = plots.learning_curves(history)
    return f"""<h2>How it learned</h2>
<p>Loss is what training lowers; accuracy is what we want. Where the train line goes on improving and
the val line does not, the network has begun to learn its faces by heart. The weights of the best epoch
on val are the ones that were kept.</p>
{page.picture(figure, "Learning curves: loss and accuracy on train and val by epoch", (9, 3.6))}"""


def _recognition(single: Evaluation) -> str:
    mistakes = single.confusion.copy()
    np.fill_diagonal(mistakes, 0)
    true, predicted = np.unravel_index(mistakes.argmax(), mistakes.shape)
    mistake = (
        f"The most common mistake: {EMOTIONS[true]} taken for {EMOTIONS[predicted]}, "
        f"{mistakes[true, predicted]:,} of {single.confusion[true].sum():,} images."
    )
    bars = page.picture(
        plots.recall_bars(single), "Bars: recall of each emotion with its interval", (6.4, 3.8)
    )
    matrix = page.picture(plots.confusion(single), "Confusion matrix: true by predicted emotion", (6.4, 5.8))
    return f"""<h2>What it recognises</h2>
<p>For each emotion, the share of its faces that are named right (its recall), from a single view. The
thin lines are 95 % intervals: long where there are few faces.</p>
{bars}
<p>Where do the others go? Each row holds the faces of one label and adds up to 100 %; the diagonal is
the recall. {mistake if mistakes.any() else ""}</p>
{matrix}"""


def _examples(evaluated: FaceDataset, single: Evaluation) -> str:
    order = np.argsort(-single.confidence, kind="stable")
    wrong = single.most_confident_mistakes(14)
    surest = order[single.correct[order]]
    right = [surest[single.labels[surest] == label][:1] for label in range(len(EMOTIONS))]
    return f"""<h2>Right and wrong</h2>
<p>The face of each emotion that it was surest of, and right:</p>
{_answers(evaluated, single, np.concatenate(right))}
<p>{"Its most confident mistakes. Look twice: is the network wrong, or the label?" if len(wrong) else ""}</p>
{_answers(evaluated, single, wrong)}"""


def _answers(evaluated: FaceDataset, single: Evaluation, chosen: np.ndarray) -> str:
    captions = []
    for position in chosen:
        predicted, label = single.predictions[position], single.labels[position]
        answer = f"{EMOTIONS[predicted]} {100 * single.probabilities[position, predicted]:.0f} %"
        captions.append(answer if predicted == label else f"{answer}, label: {EMOTIONS[label]}")
    return page.gallery(evaluated.images[chosen], captions, "faces large")


def _limits(evaluated: FaceDataset) -> Iterator[str]:
    if _split(evaluated) != "test":
        yield f"Scored on {_split(evaluated)}, which also chose the best epoch: a little flattering."
    if page.is_drawn(evaluated):
        yield "The faces are drawn: the figures show that the pipeline works, and nothing beyond."
    else:
        yield "The labels err too: on FER2013, ten later raters agree with about six labels of ten."
    yield "One training with one seed. Another seed moves the figure too; the interval does not include that."
    yield "A face shows muscles at work, not what a person feels. Nothing here should decide about anyone."


def _split(evaluated: FaceDataset) -> str:
    return " and ".join(sorted(set(evaluated.split.tolist())))
