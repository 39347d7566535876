"""The small files that runs load instead of STIX: one a part, msgpack behind a checksum.

A release's facts, its threats and its detections lie apart, so that a run pays for what it
asks for. The checksum tells a damaged file from a sound one.
"""

import contextlib
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from detcov.attack.release import Release

if TYPE_CHECKING:  # what most runs don't need
    from detcov.attack.detections import Detections
    from detcov.attack.threats import Threats

Part = TypeVar("Part", "Release", "Threats", "Detections")

SCHEMA: Final = 2
"""Raise it whenever what bundle.py makes of a file changes: cached indexes are then made anew."""

_CHECKSUM_BYTES: Final = 4
_ENCODER = msgspec.msgpack.Encoder()


def part_file(folder: Path, stem: str, part: "type[Release | Threats | Detections]") -> Path:
    """Return where the index of one part lies."""
    return folder / f"{stem}.{part.__name__.lower()}.msgpack"


def write_part(path: Path, part: "Release | Threats | Detections") -> None:
    """Write one part; a reader or a second writer never sees half a file. Raises OSError."""
    payload = _ENCODER.encode(part)
    checksum = zlib.crc32(payload).to_bytes(_CHECKSUM_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, checksum + payload)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file in one step: what was there stays until all is written. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def read_part(path: Path, part: type[Part]) -> Part | None:
    """Read one part, or None where it is missing, unreadable or damaged."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    payload = memoryview(data)[_CHECKSUM_BYTES:]
    if data[:_CHECKSUM_BYTES] != zlib.crc32(payload).to_bytes(_CHECKSUM_BYTES):
        return None
    try:
        return msgspec.msgpack.decode(payload, type=part)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
