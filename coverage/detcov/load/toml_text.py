"""TOML text to a tree: tomli is the reference, a faster parser goes first where it agrees.

rtoml gives the same tree as tomli in a quarter of the time. It keeps CR LF inside of multi-line
strings, which tomli doesn't, so text with a CR goes to tomli; so does whatever rtoml refuses,
since tomli's messages say line and column.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache, cached_property
from importlib import import_module
from types import ModuleType
from typing import Any

from detcov.load.lines import Lines, Path, without_bom
from detcov.load.parsed import ParseError
from detcov.load.toml_places import find_header
from detcov.model import Place

_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class TomlFile:
    """A TOML file, parsed once for all formats."""

    broken = ()

    def __init__(self, text: str) -> None:
        self.text = without_bom(text)
        self.tree = read_toml(self.text)

    @cached_property
    def lines(self) -> Lines:
        """Line and column of offsets into the text."""
        return Lines(self.text)

    def parts(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """The tables that a rule may be: the file itself, its tables and those of its arrays."""
        yield (), self.tree
        for name, value in self.tree.items():
            if isinstance(value, dict):
                yield (name,), value
            elif isinstance(value, list):
                tables = (each for each in value if isinstance(each, dict))
                yield from (((name, index), each) for index, each in enumerate(tables))

    def key_line(self, at: Path, keys: Iterable[str]) -> Place:
        """The line of a table's header, of the file itself that of the first of these keys."""
        if at:
            header = f"[{at[0]}]" if len(at) == 1 else f"[[{at[0]}]]"
            start = find_header(self.text, header)
        else:
            pattern = "|".join(map(re.escape, keys))
            found = re.search(rf"^[ \t]*(?:{pattern})[ \t]*=", self.text, re.MULTILINE)
            start = found.start() if found else None
        return Place(line=1, exact=False) if start is None else self.lines.line(start)

    def check(self) -> None:
        """As `SyntaxFile.check`: TOML that parses holds nothing to refuse."""


def read(text: str) -> TomlFile:
    """The file of a text. Raises `ParseError` with the place where it breaks."""
    return TomlFile(text)


@cache
def _rtoml() -> ModuleType | None:
    """rtoml; None where it can't be loaded (Python 3.13, the current folder gone)."""
    try:
        return import_module("rtoml")
    except (ImportError, SystemError):
        return None


def read_toml(text: str) -> dict[str, Any]:
    """The tree of a TOML document. Raises `ParseError` with the place where it breaks."""
    # A run that finds every file in the cache needs no parser.
    import tomli

    if "\r" not in text and (rtoml := _rtoml()) is not None:
        with suppress(rtoml.TomlParsingError):
            tree: dict[str, Any] = rtoml.loads(text)
            return tree
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        message, lines = str(error), Lines(text)
        found = _POSITION.search(message)
        place = lines.at(int(found[1]), int(found[2])) if found and found[1] else lines.end
        raise ParseError(f"not TOML: {_POSITION.sub('', message)}", place) from error
    except RecursionError as error:
        raise ParseError("not TOML that can be read: nested too deep") from error
    except ValueError as error:
        # Integers of more digits than Python converts.
        raise ParseError(f"not TOML: {error}") from error
