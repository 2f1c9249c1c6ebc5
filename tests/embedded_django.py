"""Sets Django up before tables are imported: to be imported first by the conftest of tests that need tables.

The folder is an empty one; each test then moves on to a workspace of its own with `platform.configure`.
"""

import atexit
from pathlib import Path
from tempfile import TemporaryDirectory

from footproof.server.platform import configure
from footproof.server.workspace import CONFIGURATION, FORMAT

_FOLDER = TemporaryDirectory(prefix="footproof-django-")
atexit.register(_FOLDER.cleanup)


def bare_folder(folder: Path) -> Path:
    """Make a folder with the settings of a workspace and nothing else, and return it."""
    (folder / "keys").mkdir(parents=True)
    text = f'format = "{FORMAT}"\nbase = "https://w.footproof.example"\norigin = "w.footproof.example/log"\n'
    (folder / CONFIGURATION).write_text(text)
    return folder


configure(bare_folder(Path(_FOLDER.name) / "workspace"))
