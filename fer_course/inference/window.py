"""A window that shows pictures and tells which keys were pressed, made with Tk, which comes with Python."""

import numpy as np
from PIL import Image

from ..errors import FerCourseError

SHARE = 0.85
"""The largest share of the screen that the window takes."""

_ELSEWHERE = (
    "; on a machine without a screen, fer-course predict VIDEO --annotated FOLDER writes a video, and in a "
    "notebook there is fer.WebcamWidget()"
)


class Window:
    """A window with a picture and a line of text below it.

    Args:
        title: Of the window.

    Raises:
        FerCourseError: This Python has no Tk, or the machine no display.
    """

    def __init__(self, title: str) -> None:
        try:
            import tkinter

            from PIL import ImageTk
        except ImportError as error:
            raise FerCourseError(
                f"a window needs Tk, which this Python lacks ({error}): install python3-tk (Debian, Ubuntu) "
                f"or python-tk (Homebrew), or take Python from python.org or conda{_ELSEWHERE}"
            ) from error
        try:
            self.root = tkinter.Tk()
        except tkinter.TclError as error:
            raise FerCourseError(f"no window can be opened: {error}{_ELSEWHERE}") from error
        self._image_type = ImageTk.PhotoImage
        self._image: ImageTk.PhotoImage | None = None
        self._keys: list[str] = []
        self.root.title(title)
        self.root.configure(background="black")
        self.root.protocol("WM_DELETE_WINDOW", lambda: self._keys.append("q"))
        self.root.bind("<Key>", lambda event: self._keys.append(event.keysym))
        self._picture = tkinter.Label(self.root, background="black")
        self._picture.pack()
        self._text = tkinter.Label(self.root, background="black", foreground="white", pady=6)
        self._text.pack(fill="x")

    def show(self, picture: np.ndarray) -> None:
        """Show a picture, scaled down if it is larger than the screen.

        Args:
            picture: ``(height, width, 3)`` RGB, ``uint8``.
        """
        image = Image.fromarray(picture)
        most = int(SHARE * self.root.winfo_screenwidth()), int(SHARE * self.root.winfo_screenheight())
        image.thumbnail(most)
        if self._image is None or image.size != (self._image.width(), self._image.height()):
            self._image = self._image_type(image, master=self.root)
            self._picture.configure(image=self._image)
            self._text.configure(wraplength=image.width)
        else:
            self._image.paste(image)

    def say(self, text: str) -> None:
        """Write below the picture."""
        self._text.configure(text=text)

    def pressed(self) -> list[str]:
        """Let the window work, and name the keys pressed since the last time; closing the window is q."""
        self.root.update()
        keys, self._keys = self._keys, []
        return keys

    def close(self) -> None:
        """Close the window."""
        self.root.destroy()
