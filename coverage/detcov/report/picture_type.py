"""Setting type: which characters can be drawn, how wide they are, where a name breaks.

What the font has no glyph for is replaced here, before a renderer warns about it.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from detcov.report import plain_matplotlib  # noqa: F401 - before matplotlib

# isort: split
from matplotlib import get_data_path
from matplotlib.ft2font import FT2Font
from numpy.typing import NDArray

from detcov.report.picture_data import printable

# Large, so that hinting and rounding leave no trace in the outlines.
_OUTLINE_SIZE = 1024
_REPLACEMENT = "\ufffd"


class Glyph(NamedTuple):
    """A character at size 1: outline (y upwards from the baseline) and advance."""

    points: NDArray[np.float64]
    codes: NDArray[np.uint8]
    advance: float


def font_path(*, bold: bool) -> str:
    """The font that matplotlib itself brings along: the same on every machine."""
    return f"{get_data_path()}/fonts/ttf/DejaVuSans{'-Bold' if bold else ''}.ttf"


@cache
def _font(*, bold: bool) -> Any:
    font = FT2Font(font_path(bold=bold))
    font.set_size(_OUTLINE_SIZE, 72)
    return font


@cache
def _has_glyph(character: str) -> bool:
    return bool(_font(bold=False).get_char_index(ord(character)))


class Face(dict[str, Glyph]):
    """The characters of one weight, outlined when first asked for."""

    def __init__(self, *, bold: bool) -> None:
        super().__init__()
        self._font = _font(bold=bold)

    def __missing__(self, character: str) -> Glyph:
        advance = self._font.load_char(ord(character)).linearHoriAdvance / 65536
        points, codes = self._font.get_path()
        self[character] = found = Glyph(points / _OUTLINE_SIZE, codes, advance / _OUTLINE_SIZE)
        return found


@cache
def face(*, bold: bool) -> Face:
    """The regular or the bold weight."""
    return Face(bold=bold)


def clean(text: str) -> str:
    """The printable text, with a replacement for what the font has no glyph for."""
    return "".join(c if _has_glyph(c) else _REPLACEMENT for c in printable(text))


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Width in pixels of clean text."""
    glyphs = face(bold=bold)
    return size * sum([glyphs[character].advance for character in text])


def shorten(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """The text, or as much of it as fits with an ellipsis."""
    if width(text, size, bold=bold) <= room:
        return text
    glyphs = face(bold=bold)
    left = room / size - glyphs["…"].advance
    kept = 0
    for character in text:
        left -= glyphs[character].advance
        if left < 0:
            break
        kept += 1
    return text[:kept].rstrip() + "…"


def wrap(text: str, size: float, room: float, lines: int, *, bold: bool = False) -> list[str]:
    """At most `lines` lines of at most `room` pixels; what is left over ends in an ellipsis."""
    words = text.split()
    found: list[str] = []
    while words and len(found) < lines - 1:
        taken = 1
        while taken < len(words) and width(" ".join(words[: taken + 1]), size, bold=bold) <= room:
            taken += 1
        found.append(shorten(" ".join(words[:taken]), size, room, bold=bold))
        words = words[taken:]
    if words:
        found.append(shorten(" ".join(words), size, room, bold=bold))
    return found


def fit(
    text: str, sizes: Sequence[float], room: float, lines: int, *, bold: bool = False
) -> tuple[float, list[str]]:
    """The largest size at which the text fits whole, else the last, and its lines."""
    for size in sizes:
        found = wrap(text, size, room, lines, bold=bold)
        if " ".join(found) == text:
            break
    return size, found
