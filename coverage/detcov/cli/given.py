"""Types of what the command line names. An empty text is wrong usage, and no default.

It is mostly a variable that isn't set: `-o "$OUT"` wrote to another place than was meant,
`check "$RULES"` read all that lay in the current folder.
"""

import os
from pathlib import Path
from typing import Any

import click


class _Text(click.types.StringParamType):
    """A text that isn't empty."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give it as click does."""
        if value == "":
            self.fail(_EMPTY, param, ctx)
        return super().convert(value, param, ctx)


class _Path(click.Path):
    """A path that isn't empty."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """Give it as `click.Path` does."""
        if value == "":
            self.fail(_EMPTY, param, ctx)
        return super().convert(value, param, ctx)


_EMPTY = "it is empty (a variable that isn't set?)"
TEXT = _Text()
PLACE = _Path(path_type=Path)
FOLDER = _Path(file_okay=False, path_type=Path)
FILE = _Path(dir_okay=False, path_type=Path)
FILE_NAME = _Path(dir_okay=False)
