"""A folder's files in batches, each kept in the cache whole, rules and all.

Most runs find most batches as they were, and making rules of a thousand rows takes longer than
reading them. Whether a batch is as it was is told by its files' sizes and times, as git's index
tells it, where those are old enough to tell; else by their contents.
"""

import os
import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

import msgspec

from detcov.cache import ParseCache
from detcov.load.reading import ENCODER, Reading, by_candidates, decoded, read_each
from detcov.load.recognise import Candidates, source_hash, suffixes
from detcov.model import ParseFailure, Rule
from detcov.source import Document, FolderSource, Listed, printable

BATCH: Final = 256
_UNSURE: Final = 2_000_000_000
"""Nanoseconds. A file that is younger may be written once more without its times telling:
FAT's clock, the coarsest, ticks every two seconds"""
_TELLS: Final = os.name != "nt"
"""Windows keeps no time of the last change but the one that copying tools set"""


class _Batch(msgspec.Struct, frozen=True, array_like=True):
    """What became of a batch's files of one kind."""

    digest: str
    """Of the files' paths and contents"""
    rules: Sequence[Rule]
    failures: Sequence[ParseFailure]
    ignored: int


class _Stamped(msgspec.Struct, frozen=True, array_like=True):
    """A batch as it lay in the folder."""

    stamp: bytes
    """Its files' paths, sizes and times; empty where they don't tell enough"""
    ignored: int
    """Files of no kind that is read"""
    kept: tuple[tuple[str, str], ...]
    """Parser and digest of each `_Batch` that it came to"""


_BATCH_ROW = msgspec.msgpack.Decoder(_Batch)
_STAMPS = msgspec.msgpack.Decoder(tuple[_Stamped, ...])


class Shelf:
    """A folder's batches in the cache: by its place, so that the next run's replace them."""

    def __init__(self, source: FolderSource, cache: ParseCache, only: str | None) -> None:
        self._source, self._cache, self._only = source, cache, only
        self._place = printable(f"{source.label} {source.root.absolute()}")
        self._endings = tuple(sorted(suffixes(only)))
        self._stamps_of = f"stamps@{source_hash()}"
        self._before: tuple[_Stamped, ...] = ()
        self._now: list[_Stamped] = []

    def read(self, reading: Reading, progress: Callable[[int], None] | None = None) -> None:
        """Count the folder's files. Raises `SourceError` where it can't be opened."""
        certain = time.time_ns() - _UNSURE
        row = self._cache.get_many(self._stamps_of, (self._place,)).get(self._place)
        self._before = decoded(_STAMPS, row) or ()
        listing = self._source.listing()
        while batch := list(islice(listing, BATCH)):
            stamp, newest = self._stamp(batch)
            if not self._take(stamp, reading):
                self._read(batch, stamp if newest < certain else b"", reading)
            if progress is not None:
                progress(len(batch))
        if tuple(self._now) != self._before:
            self._cache.put_many(self._stamps_of, {self._place: ENCODER.encode(self._now)})

    def _stamp(self, batch: Sequence[Listed]) -> tuple[bytes, int]:
        """What the folder says of its files, and the time of the newest one.

        Nothing where that says too little: of links, and of what can't be opened.
        """
        if not _TELLS:
            return b"", 0
        said: list[object] = [self._source.max_bytes, self._only]
        newest = 0
        endings = self._endings
        for _, relative, entry in batch:
            if entry is None or isinstance(entry, str) or not entry.is_file(follow_symlinks=False):
                return b"", 0
            if not (relative.endswith(endings) or relative.lower().endswith(endings)):
                said.append(relative)
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                return b"", 0
            changed, written = found.st_ctime_ns, found.st_mtime_ns
            newest = max(newest, changed, written)
            said += (relative, found.st_size, written, changed, found.st_ino)
        try:
            return ENCODER.encode(said), newest
        except (UnicodeEncodeError, OverflowError):  # a name not in UTF-8; a time past 2554
            return b"", 0

    def _take(self, stamp: bytes, reading: Reading) -> bool:
        """Count a batch that is as it was the last time, without opening a file of it."""
        number = len(self._now)
        last = self._before[number] if number < len(self._before) else None
        if last is None or not stamp or last.stamp != stamp:
            return False
        found = [self._kept(parser, number, digest) for parser, digest in last.kept]
        if None in found:
            return False
        for batch in filter(None, found):
            reading.add_all(batch.rules, batch.failures, batch.ignored)
        reading.ignored += last.ignored
        self._now.append(last)
        return True

    def _read(self, batch: Sequence[Listed], stamp: bytes, reading: Reading) -> None:
        """Count a batch whose files have to be opened."""
        documents = [self._source.document(one, self._endings) for one in batch]
        known, ignored = len(reading.failures), reading.ignored
        found = by_candidates(documents, self._only, reading)
        # Why a file couldn't be opened, its times don't tell.
        stamp = stamp if len(reading.failures) == known else b""
        ignored = reading.ignored - ignored
        kept = [self._read_kind(asked, of, reading) for asked, of in found.items()]
        self._now.append(_Stamped(stamp, ignored, tuple(kept)))

    def _read_kind(
        self, asked: Candidates, documents: list[Document], reading: Reading
    ) -> tuple[str, str]:
        """Count files of one kind, at once if they are those that were here the last time."""
        from hashlib import sha256

        parser, number = f"batch-{asked.identity}", len(self._now)
        listed = "\n".join(f"{one.path}\0{one.key}" for one in documents)
        digest = sha256(listed.encode()).hexdigest()
        batch = self._kept(parser, number, digest)
        if batch is None:
            made = Reading()
            read_each(documents, asked, self._cache, None, made)
            batch = _Batch(digest, made.rules, made.failures, made.ignored)
            self._cache.put_many(parser, {self._key(number): ENCODER.encode(batch)})
        reading.add_all(batch.rules, batch.failures, batch.ignored)
        return parser, digest

    def _kept(self, parser: str, number: int, digest: str) -> _Batch | None:
        key = self._key(number)
        batch = decoded(_BATCH_ROW, self._cache.get_many(parser, (key,)).get(key))
        return batch if batch is not None and batch.digest == digest else None

    def _key(self, number: int) -> str:
        return f"{self._place} {number + 1}"
