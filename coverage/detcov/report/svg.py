"""Line charts as SVG of our own, for a page that may load and run nothing.

Only attributes are used, no style: the page's policy admits no other style than its own.
"""

from html import escape
from typing import Final, assert_never

from msgspec import Struct

from detcov.report.chart import Chart, Dot, Mark, Stroke, Word, marks, told
from detcov.report.clean import clean

WIDTH: Final = 720
HEIGHT: Final = 220


class Svg(Struct, frozen=True):
    """A finished drawing: well-formed, what it shows escaped."""

    text: str


def draw(chart: Chart) -> Svg:
    """The chart, each value named to those who can't see."""
    frame = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" fill="none" stroke="currentColor" '
        f'font-size="12" font-family="inherit" aria-label="{_shown(told(chart))}">'
    )
    title = f"<title>{_shown(chart.title)}</title>"
    drawn = map(_mark, marks(chart, width=WIDTH, height=HEIGHT))
    return Svg("\n".join([frame, title, *drawn, "</svg>"]))


def _mark(mark: Mark) -> str:
    match mark:
        case Stroke():
            return _stroke(mark)
        case Dot():
            return (
                f'<circle cx="{mark.x:.1f}" cy="{mark.y:.1f}" r="2.5" fill="currentColor">'
                f"<title>{_shown(mark.tip)}</title></circle>"
            )
        case Word():
            return (
                f'<text x="{mark.x:.1f}" y="{mark.y:.1f}" text-anchor="{mark.anchor}" '
                f'fill="currentColor" stroke="none">{_shown(mark.text)}</text>'
            )
        case _:
            assert_never(mark)


def _stroke(stroke: Stroke) -> str:
    steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in stroke.points)
    given = [f'd="M{steps}"']
    if stroke.width != 1:
        given.append(f'stroke-width="{stroke.width:g}"')
    if stroke.opacity != 1:
        given.append(f'opacity="{stroke.opacity:g}"')
    if stroke.dashes:
        given.append(f'stroke-dasharray="{" ".join(map(str, stroke.dashes))}"')
    return f"<path {' '.join(given)}/>"


def _shown(text: str) -> str:
    return escape(clean(text))
