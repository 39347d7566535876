"""Line and column of an offset into a text."""

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate, count
from operator import add

from detcov.model import Place

Path = tuple[str | int, ...]
"""Keys and list positions from the node of interest down to a value."""
_COUNTED = 8
"""Lookups that count line ends, before it pays to know where all lines start"""


def without_bom(text: str) -> str:
    """The text with a space in place of a byte order mark: every offset stays what it is."""
    return " " + text[1:] if text.startswith("\ufeff") else text


class Lines:
    """Line and column of an offset into a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lookups = 0

    @cached_property
    def _starts(self) -> list[int]:
        ends = accumulate(map(len, self._text.split("\n")))
        return [0, *map(add, ends, count(1))]

    def place(self, start: int, end: int) -> Place:
        """The place of a span of offsets."""
        line, line_start = self._line(start)
        return Place(line=line, column=start - line_start + 1, start=start, end=end)

    def at(self, line: int, column: int) -> Place:
        """The place between two code points, by line and column."""
        start = self._starts[line - 1] + column - 1
        return Place(line=line, column=column, start=start, end=start)

    @property
    def end(self) -> Place:
        """The place after the last code point."""
        return self.place(len(self._text), len(self._text))

    def line(self, start: int) -> Place:
        """The line of an offset, when no more is known."""
        return Place(line=self._line(start)[0], exact=False)

    def _line(self, start: int) -> tuple[int, int]:
        """Number and first offset of the line that an offset is in."""
        self._lookups += 1
        if self._lookups > _COUNTED:
            line = bisect_right(self._starts, start)
            return line, self._starts[line - 1]
        text = self._text
        return text.count("\n", 0, start) + 1, text.rfind("\n", 0, start) + 1
