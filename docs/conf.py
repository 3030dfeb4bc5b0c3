"""The documentation site: Sphinx, MyST for pages in markdown, numpydoc for docstrings.

`sphinx-build -W --keep-going -n docs docs/_site` builds it; `docs/_site/index.html` opens from disk.
"""

import sys
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

import reference
import sample_charts

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "workforce"
project_copyright = "the authors of workforce; MIT licence"
version = release = version_of("workforce")

extensions = ["myst_parser"]
exclude_patterns = ["_site", "README.md"]
language = "en_GB"
default_role = (
    "literal"  # docstrings name columns and arguments in single backticks
)
smartquotes = False  # quotation marks in text are often code
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"workforce {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": False}
pygments_dark_style = "default"


def setup(app: "Sphinx") -> None:
    """Write the pages of the measure book and of the reference before Sphinx reads the folder."""
    app.connect("builder-inited", reference.write_pages)
    app.add_directive("sample-chart", sample_charts.SampleChart)
    app.connect("env-check-consistency", sample_charts.every_kind_is_explained)
