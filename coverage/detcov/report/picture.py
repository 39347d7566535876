"""The matrix as a picture for a slide, 1920 px wide, as PNG or SVG (docs/pictures.md).

Both formats draw one scene: the data (picture_data), laid out (picture_layout), painted by
matplotlib's renderers (picture_paint). The pictures carry the SHA-256 of the data they were
drawn from, so that a committed picture can be proven current on any machine, whatever its
matplotlib and zlib.
"""

import hashlib
import re
import struct
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from msgspec import Struct

from detcov.report.picture_data import PictureData, collect, to_json
from detcov.study import Study

PictureFormat = Literal["png", "svg"]

FINGERPRINT_KEY: Final = "detcov-data"
"""Name of the PNG's text chunk, and what stands before the colon in the SVG's dc:identifier"""

_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_SVG_FINGERPRINT: Final = re.compile(
    rb"<dc:identifier>\s*" + FINGERPRINT_KEY.encode() + rb":([0-9a-f]{64})\s*</dc:identifier>"
)


class PictureOptions(Struct, frozen=True, kw_only=True):
    """What a caller can choose."""

    title: str = "Detection coverage"
    date: str | None = None
    """Shown as given; nothing here reads a clock"""
    dark: bool = False


def render_pictures(
    study: Study,
    *,
    formats: Iterable[PictureFormat] = ("png", "svg"),
    options: PictureOptions,
) -> dict[PictureFormat, bytes]:
    """Pictures by format, in the order given; the scene is laid out once for all of them.

    They are the same for the same input and the same matplotlib.
    """
    from detcov.report.picture_layout import lay_out
    from detcov.report.picture_paint import paint_png, paint_svg

    data = collect(study)
    fingerprint = _fingerprint_of(data)
    scene = lay_out(data, title=options.title, date=options.date, dark=options.dark)
    painters = {"png": paint_png, "svg": paint_svg}
    return {
        each: painters[each](scene, key=FINGERPRINT_KEY, fingerprint=fingerprint)
        for each in formats
    }


def picture_data(study: Study) -> bytes:
    """Everything a picture of the study shows but title, date and colours, as canonical JSON."""
    return to_json(collect(study))


def picture_fingerprint(data: bytes) -> str | None:
    """The SHA-256, in hex, of the data that a PNG or SVG of ours was drawn from, else None."""
    if data.startswith(_PNG_SIGNATURE):
        wanted = FINGERPRINT_KEY.encode() + b"\0"
        for kind, body in _png_chunks(data):
            if kind == b"tEXt" and body.startswith(wanted):
                return body.removeprefix(wanted).decode("latin-1")
        return None
    found = _SVG_FINGERPRINT.search(data)
    return found[1].decode() if found else None


def _fingerprint_of(data: PictureData) -> str:
    return hashlib.sha256(to_json(data)).hexdigest()


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, body) of each whole chunk (PNG specification, section 5)."""
    at = len(_PNG_SIGNATURE)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 12 + length
