"""Sphinx: how the documentation is built (`make docs`)."""

from primase import __version__ as release

project = "primase"
author = "the primase authors"
copyright = "the primase authors, Apache-2.0"
version = release

extensions = ["myst_nb", "sphinx_click", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
suppress_warnings = ["toc.empty_glob"]  # results pages are made by `make results`; there may be none

html_theme = "furo"
html_title = f"primase {release}"
html_static_path = ["_static"]
html_css_files = ["figures.css"]

nb_execution_mode = "off"  # the tutorial stands here with its output; tests/test_docs.py executes it
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

autodoc_typehints = "none"  # the docstrings say the types, and what they mean
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
