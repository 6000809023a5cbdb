"""The documentation's configuration: Sphinx, the pydata theme, numpydoc, pages in Markdown."""

import perdure

project = "perdure"
author = "The perdure developers"
copyright = "The perdure developers"
release = version = perdure.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
]
root_doc = "index"
exclude_patterns = ["_build"]
nitpicky = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
# A public page without its parameters or what it returns fails the build.
numpydoc_validation_checks = {"PR01", "PR02", "PR03", "PR04", "RT01"}
# The kinds of PerdureError take what PerdureError takes, which is described there.
numpydoc_validation_exclude = {r"\.(?!Perdure)\w+Error$", r"\.with_traceback$", r"\.add_note$"}

html_theme = "pydata_sphinx_theme"
html_title = "perdure"
html_static_path = ["_static"]
html_show_sourcelink = False
html_theme_options = {
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {page: [] for page in ("index", "architecture", "dependencies", "format")}
