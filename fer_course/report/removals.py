"""What a cleaning removed and why: a section of the report of a run, and a report of its own."""

import os
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..cleaning.cleaner import CleaningResult
from ..cleaning.thresholds import Thresholds
from ..dataset import SPLITS, FaceDataset
from . import page


def write_cleaning_report(
    path: str | os.PathLike[str],
    dataset: FaceDataset,
    cleaning: CleaningResult,
    settings: Mapping[str, object],
) -> Path:
    """Write what a cleaning of these images removed, why, from whom, and how it looks, as one HTML file."""
    counted = cleaning.statistics()
    sections = [
        _headline(dataset, counted, cleaning.splits),
        page.settings_list(settings),
        _by_filter(counted),
        f"<h2>What is left of each split</h2>\n{_retentions('split', counted['splits'])}",
        _balance(dataset, cleaning),
        removed_section(cleaning, shown=30),  # the galleries are what this report is about
        page.limits(_limits(dataset)),
    ]
    return page.write_page(path, f"fer-course: cleaning {page.source_of(dataset)}", sections)


def removed_section(cleaning: CleaningResult, shown: int = 10) -> str:
    """Return what was removed by emotion and by reason, with a gallery of each reason, of ``shown`` faces."""
    counted = cleaning.statistics()
    before = sum(counted["splits"][name]["before"] for name in cleaning.splits)
    removed = counted["images"]["removed"]
    reasons = sorted(counted["reasons"].items(), key=lambda item: -item[1]["removed"])
    unused = [name for name, counts in reasons if not counts["removed"]]
    untouched = ""
    if len(cleaning.splits) < len(SPLITS):
        untouched = "The other splits stay as they are, so that the exam does not change with the cleaning. "
    return f"""<h2>What was removed, and why</h2>
<p>{removed:,} of {before:,} images of {" and ".join(cleaning.splits)}
({page.percent(removed, before)}) were dropped. {untouched}An image may have several reasons.</p>
{_retentions("emotion", counted["classes"])}
{"".join(_reason(name, counts, before, cleaning, shown) for name, counts in reasons if counts["removed"])}
{f'<p class="muted">No image was {escape(" or ".join(unused))}.</p>' if unused else ""}"""


def _headline(dataset: FaceDataset, counted: Mapping[str, Any], splits: Sequence[str]) -> str:
    before = sum(counted["splits"][name]["before"] for name in splits)
    removed = counted["images"]["removed"]
    kept = page.percent(1 - removed / max(before, 1))
    lost = {name: 1 - counts["retention"] for name, counts in counted["classes"].items() if counts["before"]}
    cards = [
        page.card("Kept", kept, f"{before - removed:,} of {before:,} images", main=True),
        page.card("Removed", f"{removed:,}", f"images of {' and '.join(splits)}"),
    ]
    if removed:
        reasons = {name: counts["removed"] for name, counts in counted["reasons"].items()}
        reason = max(reasons, key=reasons.__getitem__)
        share = f"{100 * reasons[reason] / removed:.0f} %"
        most, least = max(lost, key=lost.__getitem__), min(lost, key=lost.__getitem__)
        note = f"of {most} was removed; of {least} {page.percent(lost[least])}"
        cards.append(page.card("Most common reason", share, f"of the removed are {escape(reason)}"))
        cards.append(page.card("Loses most", page.percent(lost[most]), note))
    return f"""<h1>What did the cleaning throw away?</h1>
<p class="lead">{len(dataset):,} images of {escape(page.source_of(dataset))} were measured, and
{" and ".join(splits)} was cleaned. Look at the galleries before you believe a count.</p>
<div class="cards">{"".join(cards)}</div>"""


def _by_filter(counted: Mapping[str, Any]) -> str:
    reasons = pd.DataFrame(counted["reasons"]).T.reindex(columns=["removed", "alone", "first"])
    balance = ""
    if spared := counted["kept_for_balance"]:
        balance = f""" {spared:,} flagged images were kept all the same: leaving copies aside, no emotion is
to lose a larger share than all together."""
    return f"""<h2>What each filter does</h2>
<p>In the order of the filters. Removed by it, with or without others; by it alone, so that dropping this
filter would save them; and first, which is what it adds to the filters before it.{balance}</p>
{page.table(reasons.map("{:,}".format).rename_axis("filter"))}"""


def _retentions(what: str, counted: Mapping[str, Mapping[str, Any]]) -> str:
    counts = pd.DataFrame(counted).T.rename_axis(what)[["before", "removed"]]
    shares = [page.percent(removed, before) for before, removed in counts.to_numpy()]
    return page.table(counts.map("{:,.0f}".format).assign(share=shares))


def _balance(dataset: FaceDataset, cleaning: CleaningResult) -> str:
    both = (dataset, cleaning.dataset)
    before, after = (faces.subset(np.isin(faces.split, cleaning.splits)) for faces in both)
    return f"""<h2>Does it change the balance?</h2>
<p>A filter knows nothing of emotions, and still takes more of some than of others.</p>
{page.before_and_after(before, after)}"""


def _reason(name: str, counts: Mapping[str, Any], before: int, cleaning: CleaningResult, most: int) -> str:
    reasons = np.char.split(cleaning.removed.attributes["reasons"], ", ")
    own = cleaning.removed.subset(np.array([name in given for given in reasons], dtype=bool))
    alone = np.flatnonzero(own.attributes["reasons"] == name)  # shows best what the filter does
    candidates = alone if len(alone) >= min(most, len(own)) else np.arange(len(own))
    spread = np.linspace(0, len(candidates) - 1, min(most, len(own))).astype(int)  # from all over the split
    shown = own.subset(candidates[spread])
    by_class = [f"{emotion} {count:,}" for emotion, count in counts["classes"].items() if count]
    return f"""<h3>{escape(name)}: {len(own):,} ({page.percent(len(own), before)})</h3>
<p>{_why(name, cleaning.thresholds)}</p>
<p class="muted">{", ".join(by_class)}. For this reason alone: {counts["alone"]:,}.</p>
{page.gallery(shown.images, shown.to_frame()["emotion"])}"""


def _why(reason: str, limits: Thresholds) -> str:
    sentences = {
        "blurred": f"Too few sharp edges: the variance of the Laplacian is below {limits.blur:g}.",
        "dark": f"Nearly black: the mean gray value is below {limits.brightness[0]:g} of 255.",
        "bright": f"Nearly white: the mean gray value is above {limits.brightness[1]:g} of 255.",
        "flat": f"Hardly any contrast: the gray values have a standard deviation below {limits.contrast:g}.",
        "empty": f"Little to see: fewer than {100 * limits.edge_density:g} % edge pixels, or less than "
        f"{limits.entropy:g} bits of entropy. Blanks, placeholders and a few plain drawings end up here.",
        "copy": "The same picture again, with the same label. The first one stays.",
        "conflict": "The same picture under two labels. Nothing says which is right, so none of them stays.",
        "twin": "The same picture is in val or test. Learning it by heart would be rewarded there.",
        "faceless": "The detector found no face. It misses turned, covered and strained faces too: look.",
        "crowded": "The detector found more than one face, so the label may belong to either. It also "
        "takes a pattern for a face now and then.",
        "outlying": "Its embedding lies far from those of its emotion. Unusual is not wrong: children, "
        "drawings and rare poses end up here as well.",
        "mislabelled": "A classifier that has not seen it finds another emotion far more likely. Some labels "
        "are wrong, other faces are only hard.",
    }
    return sentences.get(reason, "")


def _limits(dataset: FaceDataset) -> Iterator[str]:
    if page.is_drawn(dataset):
        yield "The faces are drawn: which filter catches what is different on photographs."
    yield "A flag says that a number is unusual. Whether the image is bad, only looking tells."
    yield "Fewer images can be worse than worse images: train with and without, and compare on untouched val."
