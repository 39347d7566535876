"""Line charts as SVG of our own, for a page that may load and run nothing.

Only attributes are used, no style: the page's policy admits no other style than its own. Lines
are told apart by dashes and by the words at their ends, never by colour alone.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from msgspec import Struct

from detcov.report.clean import clean

WIDTH: Final = 720
HEIGHT: Final = 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 150, 14, 30
_DASHES: Final = ("", "7 4", "2 4", "10 4 2 4")


class Svg(Struct, frozen=True):
    """A finished drawing: well-formed, what it shows escaped."""

    text: str


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


def draw(chart: Chart) -> Svg:
    """The chart, from nought up to its highest value, each value named to those who can't see."""
    top = _top([value for line in chart.lines for value in line.values if value is not None])
    frame = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" fill="none" stroke="currentColor" '
        f'font-size="12" font-family="inherit" aria-label="{_shown(_told(chart))}">'
    )
    parts = [
        frame,
        f"<title>{_shown(chart.title)}</title>",
        *_axes(chart, top),
        *_breaks(chart),
    ]
    names = list(dict.fromkeys(line.name for line in chart.lines))
    for line in chart.lines:
        parts += _line(chart, line, _DASHES[names.index(line.name) % len(_DASHES)], top)
    parts += _names(chart, top)
    return Svg("\n".join([*parts, "</svg>"]))


def _top(values: Sequence[float]) -> float:
    """The highest tick: 1, 2 or 5 times a power of ten, at or above every value."""
    highest = max(values, default=0)
    for power in range(16):
        for first in (1, 2, 5):
            step: int = first * 10**power
            if step >= highest:
                return step
    return highest


def _x(chart: Chart, position: int) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * position / max(1, len(chart.days) - 1)


def _y(value: float, top: float) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / top


def _axes(chart: Chart, top: float) -> Iterator[str]:
    for part in (0.0, 0.5, 1.0):
        y, value = _y(top * part, top), top * part
        yield f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" opacity="0.2"/>'
        shown = f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
        yield _text(_LEFT - 6, y + 4, shown, anchor="end")
    for position in sorted({0, len(chart.days) // 2, len(chart.days) - 1}):
        if 0 <= position < len(chart.days):
            yield _text(_x(chart, position), HEIGHT - 10, chart.days[position], anchor="middle")


def _breaks(chart: Chart) -> Iterator[str]:
    for position, name in chart.breaks:
        x = _x(chart, position)
        yield f'<path d="M{x:.1f} {_TOP}V{HEIGHT - _BOTTOM}" opacity="0.5" stroke-dasharray="1 3"/>'
        yield _text(x + 4, _TOP + 8, name)


def _line(chart: Chart, line: Line, dashes: str, top: float) -> Iterator[str]:
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    for stretch in _stretches(line.values):
        steps = (f"{_x(chart, at):.1f} {_y(value, top):.1f}" for at, value in stretch)
        yield f'<path d="M{"L".join(steps)}" stroke-width="2"{dash}/>'
        for at, value in stretch:
            yield (
                f'<circle cx="{_x(chart, at):.1f}" cy="{_y(value, top):.1f}" r="2.5" '
                f'fill="currentColor"><title>{_shown(line.name)}, {_shown(chart.days[at])}: '
                f"{value:,g}</title></circle>"
            )


def _names(chart: Chart, top: float) -> Iterator[str]:
    """The lines' names at their ends, pushed apart where they would cover one another."""
    values = {
        line.name: found[-1]
        for line in chart.lines
        if (found := [value for value in line.values if value is not None])
    }
    ends = sorted((_y(value, top), name, value) for name, value in values.items())
    last = float("-inf")
    for y, name, value in ends:
        last = max(y + 4, last + 14)
        yield _text(WIDTH - _RIGHT + 8, last, f"{name} {value:,g}")


def _stretches(values: Sequence[float | None]) -> Iterator[list[tuple[int, float]]]:
    found: list[tuple[int, float]] = []
    for at, value in enumerate((*values, None)):
        if value is not None:
            found.append((at, value))
        elif found:
            yield found
            found = []


def _told(chart: Chart) -> str:
    """The chart in words: each line's first and last value."""
    said: dict[str, list[float]] = {}
    for line in chart.lines:
        said.setdefault(line.name, []).extend(v for v in line.values if v is not None)
    words = (f"{name} from {of[0]:,g} to {of[-1]:,g}" for name, of in said.items() if of)
    return f"{chart.title}: {'; '.join(words) or 'no value'}"


def _text(x: float, y: float, text: str, *, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="currentColor" '
        f'stroke="none">{_shown(text)}</text>'
    )


def _shown(text: str) -> str:
    return escape(clean(text))
