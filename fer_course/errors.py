"""The exceptions that the package raises for what the user can mend."""


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
