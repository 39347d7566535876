"""Files that are given for rules and are something else of ours: what to do with them instead."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from detcov.source import is_file, printable

_HEAD: Final = 1 << 16
_BUNDLE: Final = re.compile(rb'"type"\s*:\s*"bundle"')
_LAYER: Final = re.compile(
    rb'"domain"\s*:\s*"[a-z]+-attack"|"versions"\s*:\s*\{\s*"(?:attack|layer)'
)
_GZIP: Final = b"\x1f\x8b"


def mistaken(paths: Iterable[Path]) -> Iterator[str]:
    """Say of each file that is a layer or a bundle which option or command takes it."""
    for path in paths:
        if is_file(path) and (told := _told(_beginning(path))):
            yield f"{printable(str(path))} {told}"


def instead(paths: Iterable[Path]) -> str:
    """Say what to do where these hold no rules."""
    return next(mistaken(paths), "name the folder or file that holds them")


def _told(data: bytes) -> str:
    if data.startswith(_GZIP):
        return "is compressed: an ATT&CK bundle is given by --attack, rules are read unpacked"
    if _BUNDLE.search(data):
        return "is a STIX bundle: give it by --attack"
    if _LAYER.search(data):
        return "is a Navigator layer: detcov lint-layer checks it, detcov diff compares two"
    return ""


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""
