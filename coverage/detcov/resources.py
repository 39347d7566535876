"""Where the files that ship beside the code lie."""

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def templates_dir() -> Path:
    """The folder of HTML, CSS and JavaScript sources.

    A wheel holds them inside the package; a checkout keeps them at its root.
    """
    packaged = _PACKAGE / "templates"
    return packaged if packaged.is_dir() else _PACKAGE.parent.parent / "templates"


def template_text(name: str) -> str:
    """The text of one template file, as UTF-8; FileNotFoundError names a missing one."""
    return (templates_dir() / name).read_text(encoding="utf-8")
