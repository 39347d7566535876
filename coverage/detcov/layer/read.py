"""Reads the bytes of a layer file as a browser and `JSON.parse` do."""

import codecs
import json
from typing import Any, Final

from msgspec import Struct

from detcov.errors import LayerError
from detcov.layer.finding import Hit, shown
from detcov.layer.position import spots

SIZE_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of the largest file looked at. Navigator is past use long before."""
SLOW_SIZE: Final = 2_500_000
"""Bytes from which Navigator was seen to need about ten seconds."""

BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Constant(float):
    """A NaN or Infinity of the text: Python reads them, `JSON.parse` doesn't."""


class Document(Struct, frozen=True, kw_only=True):
    """A layer file: its text, the JSON value in it, and what is wrong with the file itself."""

    text: str
    value: Any
    """None where `is_json` is false"""
    is_json: bool
    hits: tuple[Hit, ...]


def read_document(data: bytes) -> Document:
    """Decode and parse a file; what Navigator itself would stumble over becomes a hit.

    Raises LayerError for a file over `SIZE_LIMIT` or nested too deeply to be read.
    """
    if len(data) > SIZE_LIMIT:
        raise LayerError(f"over {SIZE_LIMIT >> 20} MB, far more than a Navigator layer can be")
    text, hits = _decoded(data)
    if len(data) > SLOW_SIZE:
        hits.append(Hit(code="L006", pointer="", detail=f"the file has {len(data) / 1e6:.1f} MB"))
    duplicates: list[str] = []
    constants: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            duplicates.append("")
        return made

    def constant(literal: str) -> Constant:
        constants.append(literal)
        return Constant(literal.replace("Infinity", "inf"))

    try:
        value = json.loads(
            text, object_pairs_hook=members, parse_constant=constant, parse_int=_integer
        )
    except json.JSONDecodeError as error:
        detail = f"not JSON ({error.msg[:1].lower()}{error.msg[1:]})" if text.strip() else "empty"
        hits.append(Hit(code="L001", pointer="", detail=detail, offset=error.pos))
        return Document(text=text, value=None, is_json=False, hits=tuple(hits))
    except RecursionError as error:
        raise LayerError("nested too deeply to be a Navigator layer") from error
    if duplicates:
        hits += _repeated_keys(text)
    if constants:
        hits += _constants(text)
    return Document(text=text, value=value, is_json=True, hits=tuple(hits))


def _decoded(data: bytes) -> tuple[str, list[Hit]]:
    """Decode by byte order mark as browsers do; bytes that don't fit become U+FFFD."""
    encoding, mark = "utf-8", b""
    for known, name in BYTE_ORDER_MARKS:
        if data.startswith(known):
            encoding, mark = name, known
    try:
        return data[len(mark) :].decode(encoding), []
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding, "replace")
        detail = f"byte {len(mark) + error.start} isn't {encoding.upper()}"
        text = data[len(mark) :].decode(encoding, "replace")
        return text, [Hit(code="L004", pointer="", detail=detail, offset=len(before))]


def _integer(literal: str) -> int | float:
    """Read an int, or for one too long for Python the float that JavaScript makes of it."""
    try:
        return int(literal)
    except ValueError:
        return float(literal)


def _repeated_keys(text: str) -> list[Hit]:
    seen: set[str] = set()
    hits = []
    for spot in spots(text):
        if spot.key_offset is None:
            continue
        if spot.pointer in seen:
            name = spot.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
            detail = f"the key {shown(name)} stands here twice"
            hits.append(
                Hit(code="L003", pointer=spot.pointer, detail=detail, offset=spot.key_offset)
            )
        seen.add(spot.pointer)
    return hits


def _constants(text: str) -> list[Hit]:
    return [
        Hit(
            code="L002",
            pointer=spot.pointer,
            detail=f"{spot.lexeme} isn't JSON",
            offset=spot.offset,
        )
        for spot in spots(text)
        if spot.lexeme.lstrip("-") in {"NaN", "Infinity"}
    ]
