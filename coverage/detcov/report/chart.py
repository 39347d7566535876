"""Line charts, laid out: what is drawn where, for whatever draws it (svg, weekly_plot).

Lines are told apart by dashes and by the words at their ends, never by colour alone.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from msgspec import Struct

_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 150, 14, 30
_LINE: Final = 14
_WIDE: Final = 7
"""Of a letter, about"""
_DASHES: Final = ((), (7, 4), (2, 4), (10, 4, 2, 4))
_BREAK: Final = (1, 3)


class Line(Struct, frozen=True, kw_only=True):
    """One line of a chart; None breaks it. Lines of one name are one line that is cut."""

    name: str
    values: tuple[float | None, ...]


class Chart(Struct, frozen=True, kw_only=True):
    """Lines over the same days."""

    title: str
    days: tuple[str, ...]
    """One a value; a day may stand twice, where something else changed on it"""
    lines: tuple[Line, ...]
    breaks: tuple[tuple[int, str], ...] = ()
    """(position of the first point after it, what changed): drawn as an upright line"""


class Stroke(Struct, frozen=True, kw_only=True):
    """A line through points."""

    points: tuple[tuple[float, float], ...]
    width: float = 1
    opacity: float = 1
    dashes: tuple[int, ...] = ()
    line: int | None = None
    """Which of the chart's lines, by name; None for axes and breaks"""


class Dot(Struct, frozen=True, kw_only=True):
    """A value, with what a pointer on it tells."""

    x: float
    y: float
    line: int
    tip: str


class Word(Struct, frozen=True, kw_only=True):
    """One line of text; `y` is its baseline."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"] = "start"


Mark = Stroke | Dot | Word


def marks(chart: Chart, *, width: int, height: int) -> tuple[Mark, ...]:
    """Everything that is drawn, in order, from the upper left corner; text is 12 high."""
    return tuple(_Layout(chart, width, height).marks())


def told(chart: Chart) -> str:
    """The chart in words: each line's first and last value."""
    said: dict[str, list[float]] = {}
    for line in chart.lines:
        said.setdefault(line.name, []).extend(v for v in line.values if v is not None)
    words = (f"{name} from {of[0]:,g} to {of[-1]:,g}" for name, of in said.items() if of)
    return f"{chart.title}: {'; '.join(words) or 'no value'}"


class _Layout:
    """A chart on a surface; values go from nought up to a round number."""

    def __init__(self, chart: Chart, width: int, height: int) -> None:
        self._chart, self._width, self._height = chart, width, height
        self._highest = _top([v for line in chart.lines for v in line.values if v is not None])
        self._names = list(dict.fromkeys(line.name for line in chart.lines))

    def marks(self) -> Iterator[Mark]:
        yield from self._axes()
        yield from self._breaks()
        for line in self._chart.lines:
            yield from self._line(line)
        yield from self._ends()

    def _x(self, position: int) -> float:
        steps = max(1, len(self._chart.days) - 1)
        return _LEFT + (self._width - _LEFT - _RIGHT) * position / steps

    def _y(self, value: float) -> float:
        return self._height - _BOTTOM - (self._height - _TOP - _BOTTOM) * value / self._highest

    def _axes(self) -> Iterator[Mark]:
        right, days = self._width - _RIGHT, self._chart.days
        for value in (0, self._highest / 2, self._highest):
            if value == int(value):  # there is no half a rule
                y = self._y(value)
                yield Stroke(points=((_LEFT, y), (right, y)), opacity=0.2)
                yield Word(x=_LEFT - 6, y=y + 4, text=f"{value:,.0f}", anchor="end")
        for position in sorted({0, len(days) // 2, len(days) - 1}):
            if 0 <= position < len(days):
                x, y = self._x(position), self._height - 10
                yield Word(x=x, y=y, text=days[position], anchor="middle")

    def _breaks(self) -> Iterator[Mark]:
        for position, name in self._chart.breaks:
            x = self._x(position)
            points = ((x, _TOP), (x, self._height - _BOTTOM))
            yield Stroke(points=points, opacity=0.5, dashes=_BREAK)
            # Where it has no room on its right, the lines' own names stand there.
            if x + 4 + _WIDE * len(name) <= self._width - _RIGHT:
                yield Word(x=x + 4, y=_TOP + 8, text=name)
            else:
                yield Word(x=x - 4, y=_TOP + 8, text=name, anchor="end")

    def _line(self, line: Line) -> Iterator[Mark]:
        at = self._names.index(line.name)
        for stretch in _stretches(line.values):
            points = tuple((self._x(position), self._y(value)) for position, value in stretch)
            yield Stroke(points=points, width=2, dashes=_DASHES[at % len(_DASHES)], line=at)
            for (x, y), (position, value) in zip(points, stretch, strict=True):
                tip = f"{line.name}, {self._chart.days[position]}: {value:,g}"
                yield Dot(x=x, y=y, line=at, tip=tip)

    def _ends(self) -> Iterator[Mark]:
        """The lines' names at their ends, pushed apart where they would cover one another."""
        values = {
            line.name: found[-1]
            for line in self._chart.lines
            if (found := [value for value in line.values if value is not None])
        }
        ends = sorted((self._y(value), name, value) for name, value in values.items())
        places = _apart([y + 4 for y, _, _ in ends], self._height - _BOTTOM + 4)
        for y, (_, name, value) in zip(places, ends, strict=True):
            yield Word(x=self._width - _RIGHT + 8, y=y, text=f"{name} {value:,g}")


def _apart(places: Sequence[float], lowest: float) -> list[float]:
    """The places, from the top, a line's height apart and none below the lowest."""
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + _LINE) if found else place)
    for at in range(len(found) - 1, -1, -1):
        found[at] = min(found[at], lowest - _LINE * (len(found) - 1 - at))
    return found


def _top(values: Sequence[float]) -> float:
    """The highest tick: 1, 2 or 5 times a power of ten, at or above every value."""
    highest = max(values, default=0)
    for power in range(16):
        for first in (1, 2, 5):
            step: int = first * 10**power
            if step >= highest:
                return step
    return highest


def _stretches(values: Sequence[float | None]) -> Iterator[list[tuple[int, float]]]:
    found: list[tuple[int, float]] = []
    for at, value in enumerate((*values, None)):
        if value is not None:
            found.append((at, value))
        elif found:
            yield found
            found = []
