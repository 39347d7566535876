"""Where the values of a JSON text stand, by JSON pointer."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from detcov.layer.finding import child

LEXEME: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)


class Spot(Struct, frozen=True):
    """A value of the text: its pointer, the offset of its first character, and its lexeme."""

    pointer: str
    offset: int
    lexeme: str
    key_offset: int | None = None
    """Of its key, for the members of an object"""


class _Open(Struct):
    """A list or object the scan is inside of."""

    pointer: str
    index: int | None
    """Of the next item; None in an object"""
    key: str | None = None
    key_offset: int = 0


def spots(text: str) -> Iterator[Spot]:
    """Every value of a JSON text that `json.loads` accepts, in the text's order.

    A repeated key gives the same pointer again. Linear, and no deeper than a list: the text's
    nesting costs no recursion.
    """
    stack: list[_Open] = []
    for found in LEXEME.finditer(text):
        lexeme = found.group()
        if lexeme in "}]":
            stack.pop()
        elif lexeme in ",:":
            continue
        elif stack and stack[-1].index is None and stack[-1].key is None:
            stack[-1].key = json.loads(lexeme)
            stack[-1].key_offset = found.start()
        else:
            spot = _spot(stack, found.start(), lexeme)
            yield spot
            if lexeme in "{[":
                stack.append(_Open(spot.pointer, 0 if lexeme == "[" else None))


def _spot(stack: list[_Open], offset: int, lexeme: str) -> Spot:
    """Name the value at `offset`, and step to the next one."""
    if not stack:
        return Spot("", offset, lexeme)
    top = stack[-1]
    if top.index is None:
        key, top.key = top.key or "", None
        return Spot(child(top.pointer, key), offset, lexeme, top.key_offset)
    top.index += 1
    return Spot(child(top.pointer, top.index - 1), offset, lexeme)


class Lines:
    """Offsets of a text as line and column, both 1-based, in code points."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in re.finditer("\r\n|\n|\r", text))]

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
