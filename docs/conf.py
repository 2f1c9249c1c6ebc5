"""How the documentation is built: `sphinx-build -W docs docs/_build/html`, Markdown through MyST."""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "_ext"))

project = "Footproof"
author = "The Footproof authors"
project_copyright = "2026, The Footproof authors"
_VERSION = re.search(r'__version__ = "(.+)"', (HERE.parent / "src/footproof/__init__.py").read_text("utf-8"))
release = _VERSION[1] if _VERSION else ""

extensions = ["myst_parser", "error_catalogue"]
exclude_patterns = ["_build", "_ext"]
nitpicky = True
# An example may leave things out with "…": colour what can be coloured.
suppress_warnings = ["misc.highlighting_failure"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"Footproof {release}"
html_show_sphinx = False
html_copy_source = False
