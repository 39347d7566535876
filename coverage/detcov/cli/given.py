"""What the command line names. An empty text is wrong usage, and no default.

It is mostly a variable that isn't set: `-o "$OUT"` wrote to another place than was meant,
`check "$RULES"` read all that lay in the current folder.
"""

import os
from pathlib import Path
from typing import Any, Final

import click

_MAY_BE_EMPTY: Final = frozenset({"title", "origin"})
_EMPTY: Final = "it is empty (a variable that isn't set?)"


def forbid_empty(command: click.Command) -> None:
    """Have a command and its subcommands refuse an empty text, for all but what may be empty."""
    for param in command.params:
        if param.type is click.STRING and param.name not in _MAY_BE_EMPTY:
            param.type = _TEXT
    for one in getattr(command, "commands", {}).values():
        forbid_empty(one)


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


_TEXT: Final = _Text()
PLACE: Final = _Path(path_type=Path)
FOLDER: Final = _Path(file_okay=False, path_type=Path)
FILE: Final = _Path(dir_okay=False, path_type=Path)
FILE_NAME: Final = _Path(dir_okay=False)
