"""Line and column of an offset into a text."""

from bisect import bisect_right
from itertools import accumulate, count
from operator import add

from detcov.model import Place

Path = tuple[str | int, ...]
"""Keys and list positions from the node of interest down to a value."""


class Lines:
    """Line and column of an offset into a text."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        ends = accumulate(map(len, text.split("\n")))
        self._starts = [0, *map(add, ends, count(1))]

    def place(self, start: int, end: int) -> Place:
        """The place of a span of offsets."""
        line = bisect_right(self._starts, start)
        return Place(line=line, column=start - self._starts[line - 1] + 1, start=start, end=end)

    def at(self, line: int, column: int) -> Place:
        """The place between two code points, by line and column."""
        start = self._starts[line - 1] + column - 1
        return Place(line=line, column=column, start=start, end=start)

    @property
    def end(self) -> Place:
        """The place after the last code point."""
        return self.place(self._length, self._length)

    def line(self, start: int) -> Place:
        """The line of an offset, when no more is known."""
        return Place(line=bisect_right(self._starts, start), exact=False)
