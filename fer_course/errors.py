"""The one exception that the package raises for bad input of its own kind."""


class FerCourseError(Exception):
    """Bad input: the message says what was found, where, and what to do.

    Example:
        >>> raise FerCourseError("fer2013.csv, row 17: 2303 pixels, expected 2304")
        Traceback (most recent call last):
        fer_course.errors.FerCourseError: fer2013.csv, row 17: 2303 pixels, expected 2304
    """
