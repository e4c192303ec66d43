"""Settings of the book that ``make book`` builds; the pages are gathered by tools/build_book.py."""

import os

os.environ["KERAS_BACKEND"] = "numpy"  # imports in a third of TensorFlow's time; nothing is computed

project = "fer-course"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = project
html_static_path = ["book.css"]
html_css_files = ["book.css"]
html_copy_source = False
html_show_copyright = False

nb_execution_mode = "off"
nb_code_prompt_show = "Show the answer"
nb_code_prompt_hide = "Hide the answer"
myst_heading_anchors = 3

add_module_names = False
autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say more: shapes, units, ranges
