"""Objects that git keeps in a file each, told whole from cut off before libgit2 reads them.

libgit2 up to 1.9 reads a file that ends too soon for ever, deaf to signals (libgit2, issue 7342).
"""

import zlib
from pathlib import Path

_CHUNK = 1 << 16
_BEGINNING = 64
"""Bytes that libgit2 unpacks to learn an object's size"""


def objects_folder(repository: Path) -> Path:
    """Where a repository, or the one that a work tree belongs to, keeps its objects."""
    try:
        common = (repository / "commondir").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        common = ""
    return repository / common / "objects"


def is_cut_off(objects: Path, sha: str) -> bool:
    """Whether the file of an object ends too soon; not where it has none of its own."""
    stream = zlib.decompressobj()
    try:
        with (objects / sha[:2] / sha[2:]).open("rb") as file:
            while chunk := file.read(_CHUNK):
                stream.decompress(chunk)
    except (OSError, zlib.error):
        return False  # of the latter libgit2 tells
    return not stream.eof


def begins_cut_off(objects: Path, sha: str) -> bool:
    """As `is_cut_off`, of what tells the object's size."""
    stream = zlib.decompressobj()
    try:
        with (objects / sha[:2] / sha[2:]).open("rb") as file:
            begins = stream.decompress(file.read(_CHUNK), _BEGINNING)
    except (OSError, zlib.error):
        return False
    return len(begins) < _BEGINNING and not stream.eof
