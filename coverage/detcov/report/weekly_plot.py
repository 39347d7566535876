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
_SCALE: Final = WIDTH / _UNITS
_FINER: Final = 2
"""Lines are painted so many times larger and shrunk: Pillow's have hard edges"""
_TITLE: Final = 26
"""Units above a chart for its title"""
_INKS: Final = ("#222222", "#0072b2", "#d55e00", "#009e73", "#555555")
"""The first for axes and words; the lines' are of Okabe and Ito's palette"""
_STEPS: Final = 24
"""Of an ink on its way from white"""
_SQUEEZE: Final = 3
"""Of zlib's levels"""
_ANCHORS: Final = {"start": "ls", "middle": "ms", "end": "rs"}
_Point = tuple[float, float]


def render_plot(charts: Sequence[Chart]) -> bytes:
    """The charts, one below the other, as a PNG 1920 × 1080."""
    # Numbers of colours, not colours: less to paint, and less to squeeze.
    image = Image.new("L", (WIDTH, HEIGHT), 0)
    each = HEIGHT / _SCALE / max(1, len(charts))
    for position, chart in enumerate(charts):
        top = round(position * each * _SCALE)
        pen = _Pen(math.ceil(each * _SCALE))
        pen.title(chart.title)
        for mark in marks(chart, width=_UNITS, height=int(each - _TITLE)):
            pen.paint(mark)
        pen.put_on(image, top)
    image.putpalette(_palette())
    out = _Png()
    image.save(out, compress_level=_SQUEEZE)
    return out.getvalue()


class _Png(io.BytesIO):
    """Told by a name what to write, Pillow loads the code of no other format."""

    name = "trend.png"


class _Pen:
    """Paints a chart's marks, each ink on a sheet that says how much of it is where."""

    def __init__(self, height: int) -> None:
        self._height = height
        self._sheets: dict[int, Image.Image] = {}

    def title(self, text: str) -> None:
        self._write(Word(x=10, y=-8, text=text), size=15)

    def paint(self, mark: Mark) -> None:
        match mark:
            case Stroke():
                self._stroke(mark)
            case Dot():
                self._dot(mark)
            case Word():
                self._write(mark, size=12)
            case _:
                assert_never(mark)

    def put_on(self, image: Image.Image, top: int) -> None:
        """Put the sheets on an image of colours' numbers, one over the other."""
        for ink, sheet in sorted(self._sheets.items()):
            if (box := sheet.getbbox()) is not None:
                numbers = sheet.crop(box).point(_numbers(ink))
                image.paste(numbers, (box[0], box[1] + top), numbers.point(_ANY))

    def _sheet(self, line: int | None) -> Image.Image:
        """The sheet of a line's ink; None is for what is no line."""
        ink = 0 if line is None else 1 + line % (len(_INKS) - 1)
        if ink not in self._sheets:
            self._sheets[ink] = Image.new("L", (WIDTH, self._height), 0)
        return self._sheets[ink]

    def _stroke(self, stroke: Stroke) -> None:
        points = [_at(x, y) for x, y in stroke.points]
        dashes = [length * _SCALE for length in stroke.dashes]
        width = max(1, round(stroke.width * _SCALE * _FINER / 1.5))
        detail = _Detail(points, margin=width)
        for piece in _pieces(points, dashes) if dashes else [points]:
            line = list(map(detail.at, piece))
            detail.draw.line(line, fill=255, width=width, joint="curve")
        detail.put_on(self._sheet(stroke.line), stroke.opacity)

    def _dot(self, dot: Dot) -> None:
        middle, radius = _at(dot.x, dot.y), 3 * _SCALE
        detail = _Detail([middle], margin=math.ceil(radius))
        detail.draw.circle(detail.at(middle), radius * _FINER, fill=255)
        detail.put_on(self._sheet(dot.line))

    def _write(self, word: Word, size: int) -> None:
        draw = ImageDraw.Draw(self._sheet(None))
        at, anchor = _at(word.x, word.y), _ANCHORS[word.anchor]
        draw.text(at, clean(word.text), fill=255, font=_font(size), anchor=anchor)


class _Detail:
    """The part of a sheet around some points, painted finer."""

    def __init__(self, points: Sequence[_Point], margin: int) -> None:
        across, down = zip(*points, strict=True)
        self._left, self._top = int(min(across)) - margin, int(min(down)) - margin
        width = math.ceil(max(across)) + margin - self._left
        height = math.ceil(max(down)) + margin - self._top
        self._image = Image.new("L", (width * _FINER, height * _FINER), 0)
        self.draw = ImageDraw.Draw(self._image)

    def at(self, point: _Point) -> _Point:
        """A point of the sheet, here."""
        return (point[0] - self._left) * _FINER, (point[1] - self._top) * _FINER

    def put_on(self, sheet: Image.Image, opacity: float = 1) -> None:
        """Add this to the sheet, in its place."""
        sheet.paste(round(255 * opacity), (self._left, self._top), self._image.reduce(_FINER))


def _at(x: float, y: float) -> _Point:
    """Where a chart's point is on its sheet, which begins with the title."""
    return x * _SCALE, (y + _TITLE) * _SCALE


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


_ANY: Final = [0, *[255] * 255]
"""Everywhere but on white"""


def _numbers(ink: int) -> list[int]:
    """For each amount of an ink, from 0 to 255, the number of its colour; 0 is white."""
    steps = [round(amount * _STEPS / 255) for amount in range(256)]
    return [ink * _STEPS + step if step else 0 for step in steps]


@cache
def _palette() -> list[int]:
    """Red, green and blue of white and of every step of the inks."""
    steps = [
        round(255 + (part - 255) * step / _STEPS)
        for ink in _INKS
        for step in range(1, _STEPS + 1)
        for part in ImageColor.getrgb(ink)[:3]
    ]
    return [255, 255, 255, *steps]


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    # Found without importing matplotlib, which takes as long as the rest of a report.
    package = find_spec("matplotlib")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("matplotlib")
    path = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(path, round(size * _SCALE))
