"""Figures in a lesson's text come from saved results, so that no sentence drifts from its measurement."""

import json
import re
from pathlib import Path

_REFERENCE = re.compile(r"@\[(\w+)\.([\w.]+)\]")


def quote_figures(text: str, results: Path) -> str:
    """Replace every ``@[file.key.key]`` by its value in ``<results>/file.json``.

    Args:
        text: A text cell's source.
        results: Folder of the saved results.

    Returns:
        The text with the values: whole numbers with thousands separators, the rest as saved.

    Raises:
        LookupError: There is no such file or no such key.

    Example:
        >>> quote_figures("A median of @[fer2013_blur.quantiles.50].", Path("benchmarks/results"))
        'A median of 2,033.'
    """
    return _REFERENCE.sub(lambda match: _value(match[1], match[2].split("."), results), text)


def _value(name: str, keys: list[str], results: Path) -> str:
    path = results / f"{name}.json"
    if not path.is_file():
        raise LookupError(
            f"the text quotes {name}.{'.'.join(keys)}, but there is no {path.name} in {results.name}/"
        )
    value = json.loads(path.read_text(encoding="utf-8"))
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            raise LookupError(
                f"the text quotes {name}.{'.'.join(keys)}, but {path.name} has no {key!r} there"
            )
        value = value[key]
    return f"{value:,}" if isinstance(value, int) else str(value)
