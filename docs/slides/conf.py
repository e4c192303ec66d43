"""Settings of the slides that ``make slides`` builds; the decks are gathered by tools/build_book.py."""

project = "fer-course"
author = "the fer-course authors"

extensions = ["myst_parser", "sphinx_revealjs"]
html_copy_source = False

revealjs_style_theme = "white"
revealjs_static_path = ["slides.css"]
revealjs_css_files = ["revealjs/plugin/highlight/zenburn.css", "slides.css"]
revealjs_script_conf = {
    "width": 1280,
    "height": 720,
    "margin": 0.03,
    "center": False,
    "slideNumber": True,
    "hash": True,
}
revealjs_script_plugins = [
    {"name": "RevealHighlight", "src": "revealjs/plugin/highlight/highlight.js"},
    {"name": "RevealNotes", "src": "revealjs/plugin/notes/notes.js"},
]
