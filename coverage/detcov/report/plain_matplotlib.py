"""Imports matplotlib with the settings it comes with, whatever lies in the current folder.

At its import matplotlib reads a `matplotlibrc` of the current folder, else that of the user. A
checkout of rules may hold one, and a broken one ends the import with an error. Import this before
matplotlib.
"""

import os
from contextlib import chdir
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path


def _import_matplotlib() -> None:
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        return  # the import that follows says so
    own = Path(found.origin).parent / "mpl-data"
    try:
        os.getcwd()  # noqa: PTH109 - the folder may be gone; then no settings lie in it either
    except FileNotFoundError:
        return
    with chdir(own):  # the first place that it looks at
        import_module("matplotlib")


_import_matplotlib()
