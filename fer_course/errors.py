"""The exceptions that the package raises for what the user can mend, and advice that they share."""

from collections.abc import Iterable
from importlib.metadata import metadata


class FerCourseError(Exception):
    """Bad input: the message says what was found, where, and what to do.

    Example:
        >>> raise FerCourseError("fer2013.csv, row 17: 2303 pixels, expected 2304")
        Traceback (most recent call last):
        fer_course.errors.FerCourseError: fer2013.csv, row 17: 2303 pixels, expected 2304
    """


class DownloadError(FerCourseError):
    """A download that cannot go on; a notebook shows the message alone, without a traceback.

    Example:
        >>> raise DownloadError("no Kaggle credentials found")
        Traceback (most recent call last):
        fer_course.errors.DownloadError: no Kaggle credentials found
    """

    def _render_traceback_(self) -> list[str]:
        """Tell IPython what to show instead of a traceback."""
        return [str(self)]


def known_names(given: str | Iterable[str], known: Iterable[str], what: str) -> tuple[str, ...]:
    """Return the one name that is given, or the several, as a tuple, or say which one is not known."""
    names, choice = (given,) if isinstance(given, str) else tuple(given), list(dict.fromkeys(known))
    unknown = [name for name in names if name not in choice]
    if unknown:
        raise FerCourseError(f"unknown {what} {unknown[0]!r}; expected some of {', '.join(choice)}")
    return names


def install_command(extra: str) -> str:
    """Return the command that installs this version with an extra; PyPI does not have the package.

    Example:
        >>> install_command("faces")
        'pip install "fer-course[faces] @ git+https://github.com/...@v..."'
    """
    about = metadata("fer-course")
    links = dict(link.split(", ") for link in about.get_all("Project-URL", []))
    return f'pip install "fer-course[{extra}] @ git+{links["Repository"]}@v{about["Version"]}"'
