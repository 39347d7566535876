"""Objects that git keeps in a file each, told whole from cut off before libgit2 reads them.

libgit2 up to 1.9 reads a file that ends too soon for ever, deaf to signals (libgit2, issue 7342).
"""

import os
import zlib
from collections.abc import Iterator
from pathlib import Path

_CHUNK = 1 << 16
_BEGINNING = 64
"""Bytes that libgit2 unpacks to learn an object's size"""
_HEAD = 4096
"""Bytes that hold them, deflated, whatever tables stand before them"""


def objects_folder(repository: Path) -> Path:
    """Where a repository, or the one that a work tree belongs to, keeps its objects."""
    try:
        common = (repository / "commondir").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        common = ""
    return repository / common / "objects"


class LooseObjects:
    """The files of one folder of objects; each of its folders is listed once."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._names: dict[str, frozenset[str]] = {}

    def is_cut_off(self, sha: str) -> bool:
        """Whether the file of an object ends too soon; not where it has none of its own."""
        if sha[2:] not in self._listed(sha[:2]):
            return False
        stream = zlib.decompressobj()
        try:
            with open(self._path(sha), "rb", buffering=0) as file:  # noqa: PTH123 - hot
                while chunk := file.read(_CHUNK):
                    stream.decompress(chunk)
        except (OSError, zlib.error):
            return False  # of the latter libgit2 tells
        return not stream.eof

    def begins_cut_off(self, sha: str) -> bool:
        """As `is_cut_off`, of what tells the object's size."""
        if sha[2:] not in self._listed(sha[:2]):
            return False
        stream = zlib.decompressobj()
        try:
            with open(self._path(sha), "rb", buffering=0) as file:  # noqa: PTH123 - hot
                begins = stream.decompress(file.read(_HEAD), _BEGINNING)
        except (OSError, zlib.error):
            return False
        return len(begins) < _BEGINNING and not stream.eof

    def beginning_with(self, start: str) -> Iterator[str]:
        """The objects here whose hash begins so, with two characters or more."""
        for name in sorted(self._listed(start[:2])):
            if name.startswith(start[2:]):
                yield start[:2] + name

    def all_cut_off(self) -> Iterator[str]:
        """Every object whose file ends too soon: reads them all."""
        for first in range(256):
            for sha in self.beginning_with(f"{first:02x}"):
                if self.is_cut_off(sha):
                    yield sha

    def _path(self, sha: str) -> str:
        return f"{self._folder}/{sha[:2]}/{sha[2:]}"

    def _listed(self, first: str) -> frozenset[str]:
        if (known := self._names.get(first)) is None:
            try:
                known = frozenset(os.listdir(f"{self._folder}/{first}"))  # noqa: PTH208 - hot
            except OSError:
                known = frozenset()
            self._names[first] = known
        return known
