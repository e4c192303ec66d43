"""The report of a run: one HTML file that explains itself, without scripts and without a network."""

import base64
import io
import os
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import cv2
import numpy as np
from matplotlib.figure import Figure

from . import plots
from .cleaning.cleaner import CleaningResult, Thresholds
from .dataset import FaceDataset
from .emotions import EMOTIONS
from .files import write_beside

if TYPE_CHECKING:
    import pandas as pd

    from .evaluation.metrics import Evaluation
    from .training.history import History

_SHOWN = 10


def write_report(
    path: str | os.PathLike[str],
    *,
    dataset: FaceDataset,
    cleaning: CleaningResult,
    history: "History | pd.DataFrame",
    evaluated: FaceDataset,
    single: "Evaluation",
    tta: "Evaluation",
    settings: Mapping[str, object],
) -> Path:
    """Write what was run, what was removed and why, and how good the network is, as one HTML file.

    Args:
        path: The file to write, for example ``runs/sample/report.html``.
        dataset: The images before cleaning, all splits.
        cleaning: What ``clean`` returned for them.
        history: What ``fit`` returned, or its table of epochs.
        evaluated: The images that were scored, of one split.
        single: Their evaluation, one view of each image.
        tta: Their evaluation with flip test-time augmentation.
        settings: What else a reader needs to judge or repeat the run, by name: seed, machine, time, versions.

    Returns:
        The path written.
    """
    sections = [
        _headline(dataset, evaluated, single, tta),
        _settings(settings),
        _data(dataset, cleaning),
        _removed(cleaning),
        _training(history),
        _recognition(single),
        _examples(evaluated, single),
        _limits(dataset, evaluated),
    ]
    template = Template((files(__package__) / "report_template.html").read_text(encoding="utf-8"))
    title = escape(f"fer-course: a network for {_source(dataset)}")
    target = Path(path)
    with write_beside(target) as temporary:
        temporary.write_text(template.substitute(title=title, body="\n".join(sections)), encoding="utf-8")
    return target


def _headline(dataset: FaceDataset, evaluated: FaceDataset, single: "Evaluation", tta: "Evaluation") -> str:
    majority = np.bincount(evaluated.labels, minlength=len(EMOTIONS)).max() / len(evaluated)
    split = _split(evaluated)
    cards = [
        _card("Accuracy, flip TTA", tta.accuracy, _interval(tta), main=True),
        _card("Accuracy, single view", single.accuracy, _interval(single)),
        _card("Balanced accuracy", single.balanced_accuracy, "every emotion counts the same (single view)"),
        f'<div class="card"><span>Macro-F1</span><b>{single.macro_f1:.3f}</b>'
        "<span>hits and false alarms of every emotion (single view)</span></div>",
    ]
    return f"""<h1>How well does it read faces?</h1>
<p class="lead">A residual network, trained on {len(dataset.train):,} faces of {escape(_source(dataset))} before
cleaning, scored on the {len(evaluated):,} faces of {split}.</p>
{_drawn_notice(dataset)}
<div class="cards">{"".join(cards)}</div>
<p>Of 100 faces that it was not trained on, it names about {100 * tta.accuracy:.0f} as their label does. Always
answering with the most frequent emotion would be right {100 * majority:.0f} times. The 95 % interval says how far
luck alone could move the figure if other faces had been drawn for {split}: a difference smaller than that is no
difference. {_tta_sentence(single, tta)}</p>"""


def _card(name: str, share: float, note: str, main: bool = False) -> str:
    kind = "card main" if main else "card"
    return f'<div class="{kind}"><span>{name}</span><b>{100 * share:.1f} %</b><span>{note}</span></div>'


def _interval(evaluation: "Evaluation") -> str:
    low, high = evaluation.interval
    return f"95 % interval {100 * low:.1f} to {100 * high:.1f} %"


def _tta_sentence(single: "Evaluation", tta: "Evaluation") -> str:
    from .evaluation.metrics import compare

    comparison = compare(single, tta)
    verdict = (
        "more than luck would explain" if comparison.p_value < 0.05 else "no more than luck would explain"
    )
    return (
        f"Flip TTA, the mean over a face and its mirror image, changed the accuracy by "
        f"{100 * comparison.difference:+.1f} points, {verdict} (McNemar, p = {comparison.p_value:.2g})."
    )


def _drawn_notice(dataset: FaceDataset) -> str:
    if "sample" not in np.asarray(dataset.source):
        return ""
    return """<p class="notice"><strong>Drawn faces, not an accuracy claim.</strong> These faces were drawn by the
package, to learn with. A network that reads them says nothing about photographs: on real faces it would be near
chance. Run it on FER2013 for figures that count.</p>"""


def _settings(settings: Mapping[str, object]) -> str:
    rows = "".join(
        f"<dt>{escape(str(name))}</dt><dd>{escape(str(value))}</dd>" for name, value in settings.items()
    )
    return f"<h2>What was run</h2>\n<dl>{rows}</dl>"


def _data(dataset: FaceDataset, cleaning: CleaningResult) -> str:
    counts = dataset.train.class_counts()
    rare, frequent = counts.idxmin(), counts.idxmax()
    figure = plots.class_counts({"before cleaning": dataset.train, "after": cleaning.dataset.train})
    return f"""<h2>What it learned from</h2>
<p>The train faces of each emotion, before and after cleaning. {str(frequent).capitalize()} has {counts[frequent]:,},
{rare} only {counts[rare]:,}. Training makes up for that with class weights: a mistake on a rare emotion costs more.</p>
{_picture(figure, "Bars: train images of each emotion, before and after cleaning")}"""


def _removed(cleaning: CleaningResult) -> str:
    statistics = cleaning.statistics()
    splits = " and ".join(cleaning.splits)
    before = sum(statistics["splits"][name]["before"] for name in cleaning.splits)
    removed = statistics["images"]["removed"]
    share = 100 * removed / before if before else 0
    reasons = sorted(statistics["reasons"].items(), key=lambda item: -item[1]["removed"])
    return f"""<h2>What was removed, and why</h2>
<p>{removed:,} of {before:,} images of {splits} ({share:.1f} %) were dropped before training. The other splits stay as
they are, so that the exam does not change with the cleaning. An image may have several reasons.</p>
{_removed_by_class(statistics["classes"])}
{"".join(_reason(name, counts, before, cleaning) for name, counts in reasons if counts["removed"])}
<p class="muted">Found nothing: {", ".join(name for name, counts in reasons if not counts["removed"]) or "none"}.</p>"""


def _removed_by_class(classes: Mapping[str, Mapping[str, float]]) -> str:
    rows = "".join(
        f"<tr><td>{name}</td><td>{counts['before']:,}</td><td>{counts['removed']:,}</td>"
        f"<td>{100 * counts['removed'] / max(counts['before'], 1):.1f} %</td></tr>"
        for name, counts in classes.items()
    )
    return f"""<div class="wide"><table><tr><th>emotion</th><th>before</th><th>removed</th><th>share</th></tr>
{rows}</table></div>"""


def _reason(name: str, counts: Mapping[str, object], before: int, cleaning: CleaningResult) -> str:
    reasons = np.char.split(cleaning.removed.attributes["reasons"], ", ")
    own = cleaning.removed.subset(np.array([name in given for given in reasons], dtype=bool))
    shown = own.subset(
        np.linspace(0, len(own) - 1, min(_SHOWN, len(own))).astype(int)
    )  # from all over the split
    by_class = [f"{emotion} {count:,}" for emotion, count in own.class_counts().items() if count]
    return f"""<h3>{escape(name)}: {len(own):,} ({100 * len(own) / before:.1f} %)</h3>
<p>{_why(name, cleaning.thresholds)}</p>
<p class="muted">{", ".join(by_class)}. {counts["alone"]:,} of them for this reason alone.</p>
{_gallery(shown.images, shown.to_frame()["emotion"])}"""


def _why(reason: str, limits: Thresholds) -> str:
    sentences = {
        "blurred": f"Too few sharp edges: the variance of the Laplacian is below {limits.blur:g}.",
        "dark": f"Nearly black: the mean gray value is below {limits.brightness[0]:g} of 255.",
        "bright": f"Nearly white: the mean gray value is above {limits.brightness[1]:g} of 255.",
        "flat": f"Hardly any contrast: the gray values spread by less than {limits.contrast:g} around their mean.",
        "empty": f"Little to see: fewer than {100 * limits.edge_density:g} % edge pixels, or an entropy below "
        f"{limits.entropy:g} bits. Blanks, placeholders and a few plain drawings end up here.",
        "copy": "The same picture again, with the same label. The first one stays.",
        "conflict": "The same picture under two labels. Nothing says which is right, so none of them stays.",
        "twin": "The same picture is in val or test. Learning it by heart would be rewarded there.",
    }
    return sentences.get(reason, "")


def _training(history: "History | pd.DataFrame") -> str:
    figure = plots.learning_curves(history)
    return f"""<h2>How it learned</h2>
<p>Loss is what training lowers; accuracy is what we want. Where the train line goes on improving and the val line
does not, the network has begun to learn its faces by heart. The weights of the best epoch on val are the ones that
were kept.</p>
{_picture(figure, "Learning curves: loss and accuracy on train and val by epoch")}"""


def _recognition(single: "Evaluation") -> str:
    share = single.confusion / np.maximum(single.confusion.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(share, 0)
    true, predicted = np.unravel_index(share.argmax(), share.shape)
    return f"""<h2>What it recognises</h2>
<p>For each emotion, the share of its faces that are named right (its recall). The thin lines are 95 % intervals: long
where there are few faces.</p>
{_picture(plots.recall_bars(single), "Bars: recall of each emotion with its 95 % interval")}
<p>Where do the others go? Each row holds the faces of one label and adds up to 100 %; the diagonal is the recall. The
most common mistake: {EMOTIONS[true]} taken for {EMOTIONS[predicted]}, {100 * share[true, predicted]:.0f} % of
{EMOTIONS[true]}.</p>
{_picture(plots.confusion(single), "Confusion matrix: true emotion by predicted emotion")}"""


def _examples(evaluated: FaceDataset, single: "Evaluation") -> str:
    confidence = single.probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    wrong = order[~single.correct[order]][:14]
    right = [
        order[single.correct[order] & (single.labels[order] == label)][:1] for label in range(len(EMOTIONS))
    ]
    return f"""<h2>Right and wrong</h2>
<p>The face of each emotion that it was surest of, and right:</p>
{_answers(evaluated, single, np.concatenate(right))}
<p>Its most confident mistakes. Look twice: is the network wrong, or the label?</p>
{_answers(evaluated, single, wrong)}"""


def _answers(evaluated: FaceDataset, single: "Evaluation", chosen: np.ndarray) -> str:
    captions = []
    for position in chosen:
        predicted, label = single.predictions[position], single.labels[position]
        answer = f"{EMOTIONS[predicted]} {100 * single.probabilities[position, predicted]:.0f} %"
        captions.append(answer if predicted == label else f"{answer}, label: {EMOTIONS[label]}")
    return _gallery(evaluated.images[chosen], captions, "faces large")


def _limits(dataset: FaceDataset, evaluated: FaceDataset) -> str:
    points = [
        "One training with one seed. Another seed moves the figure too, and the interval does not include that.",
        "The labels are part of the question: on FER2013, ten later raters agree with six labels of ten.",
        "A face shows a movement of muscles, not what a person feels. Nothing here should decide about anyone.",
    ]
    if _split(evaluated) != "test":
        points.insert(
            0, f"Scored on {_split(evaluated)}, which also chose the best epoch: a little flattering."
        )
    return f"<h2>Limits</h2>\n{_drawn_notice(dataset)}\n<ul>{''.join(f'<li>{point}</li>' for point in points)}</ul>"


def _gallery(images: np.ndarray, captions: Iterable[str], kind: str = "faces") -> str:
    items = [
        f'<li><img src="{_face_source(image)}" alt="{escape(caption)}"><span>{escape(caption)}</span></li>'
        for image, caption in zip(images, captions, strict=True)
    ]
    return f'<ul class="{kind}">{"".join(items)}</ul>'


def _face_source(image: np.ndarray) -> str:
    in_bgr = image[..., ::-1] if image.ndim == 3 else image
    return _data_address(cv2.imencode(".png", in_bgr)[1].tobytes())


def _picture(figure: Figure, description: str) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=144)
    return (
        f'<div class="wide"><img src="{_data_address(buffer.getvalue())}" alt="{escape(description)}"></div>'
    )


def _data_address(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _source(dataset: FaceDataset) -> str:
    names = sorted(set(np.asarray(dataset.source).tolist()))
    return "the drawn sample" if names == ["sample"] else " and ".join(names)


def _split(evaluated: FaceDataset) -> str:
    return " and ".join(sorted(set(np.asarray(evaluated.split).tolist())))
