"""The trend as a picture for a slide: the charts of the page, painted by Pillow.

Pillow comes with matplotlib and loads in a tenth of its time. The font is matplotlib's too, as
in the other pictures: the same on every machine.
"""

import io
import math
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import cycle, pairwise
from pathlib import Path
from typing import Final, assert_never

from PIL import Image, ImageColor, ImageDraw, ImageFont

from detcov.report.chart import Chart, Dot, Mark, Stroke, Word, marks
from detcov.report.clean import clean

WIDTH, HEIGHT = 1920, 1080
_UNITS: Final = 720
"""Width of a chart in its own measure"""
_FINER: Final = 2
"""Painted so many times larger and shrunk: Pillow's lines have hard edges"""
_SCALE: Final = WIDTH / _UNITS * _FINER
_TITLE: Final = 26
"""Units above a chart for its title"""
_COLORS: Final = ("#0072b2", "#d55e00", "#009e73", "#555555")
"""Of Okabe and Ito's palette"""
_STEPS: Final = 24
"""Of a colour on its way to white"""
_SQUEEZE: Final = 3
"""Of zlib's levels"""
_INK: Final = (0x22, 0x22, 0x22)
_ANCHORS: Final = {"start": "ls", "middle": "ms", "end": "rs"}
_Point = tuple[float, float]


def render_plot(charts: Sequence[Chart]) -> bytes:
    """The charts, one below the other, as a PNG 1920 × 1080."""
    image = Image.new("RGB", (WIDTH * _FINER, HEIGHT * _FINER), "white")
    pen = _Pen(ImageDraw.Draw(image))
    each = HEIGHT / (WIDTH / _UNITS) / max(1, len(charts))
    for position, chart in enumerate(charts):
        pen.offset = position * each + _TITLE
        pen.title(chart.title)
        for mark in marks(chart, width=_UNITS, height=int(each - _TITLE)):
            pen.paint(mark)
    out = io.BytesIO()
    # Of few colours the file is a third as large, and written in a quarter of the time.
    small = image.reduce(_FINER).quantize(palette=_palette(), dither=Image.Dither.NONE)
    small.save(out, "PNG", compress_level=_SQUEEZE)
    return out.getvalue()


class _Pen:
    """Paints marks; `offset` is where the chart begins, in its units from the top."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        self._draw = draw
        self.offset = 0.0

    def title(self, text: str) -> None:
        self._draw.text(self._at(10, -8), clean(text), fill=_INK, font=_font(15), anchor="ls")

    def paint(self, mark: Mark) -> None:
        match mark:
            case Stroke():
                self._stroke(mark)
            case Dot():
                (x, y), radius = self._at(mark.x, mark.y), 3 * _SCALE
                box = (x - radius, y - radius, x + radius, y + radius)
                self._draw.ellipse(box, fill=_colour(mark.line))
            case Word():
                at, anchor = self._at(mark.x, mark.y), _ANCHORS[mark.anchor]
                self._draw.text(at, clean(mark.text), fill=_INK, font=_font(12), anchor=anchor)
            case _:
                assert_never(mark)

    def _stroke(self, stroke: Stroke) -> None:
        colour = _colour(stroke.line) if stroke.line is not None else _faded(stroke.opacity)
        width = max(1, round(stroke.width * _SCALE / 1.5))
        points = [self._at(x, y) for x, y in stroke.points]
        dashes = [length * _SCALE for length in stroke.dashes]
        for piece in _pieces(points, dashes) if dashes else [points]:
            self._draw.line(piece, fill=colour, width=width, joint="curve")

    def _at(self, x: float, y: float) -> _Point:
        return x * _SCALE, (y + self.offset) * _SCALE


def _pieces(points: Sequence[_Point], dashes: Sequence[float]) -> Iterator[list[_Point]]:
    """The drawn parts of a dashed line; `dashes` are the lengths of what is drawn and left out."""
    lengths = cycle(dashes)
    left, drawn = next(lengths), True
    for (x, y), (end_x, end_y) in pairwise(points):
        length, done = math.hypot(end_x - x, end_y - y), 0.0
        while done < length:
            step = min(left, length - done)
            if drawn:
                along = (done / length, (done + step) / length)
                yield [(x + (end_x - x) * part, y + (end_y - y) * part) for part in along]
            done, left = done + step, left - step
            if left <= 0:
                left, drawn = next(lengths), not drawn


@cache
def _palette() -> Image.Image:
    """All that is painted in, each in steps to the white around it: edges are mixed of both."""
    inks = ("#000000", "#222222", *_COLORS)
    steps = [
        round(255 + (part - 255) * step / _STEPS)
        for ink in inks
        for step in range(1, _STEPS + 1)
        for part in ImageColor.getrgb(ink)[:3]
    ]
    found = Image.new("P", (1, 1))
    found.putpalette([255, 255, 255, *steps])
    return found


def _colour(line: int) -> str:
    return _COLORS[line % len(_COLORS)]


def _faded(opacity: float) -> tuple[int, ...]:
    return tuple(round(255 + (part - 255) * opacity) for part in _INK)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    # Found without importing matplotlib, which takes as long as the rest of a report.
    package = find_spec("matplotlib")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("matplotlib")
    path = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(path, round(size * _SCALE))
