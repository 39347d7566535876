"""The numbers of one day, and a memory for them: the past doesn't change."""

import hashlib
from collections import Counter
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from detcov.analysis.coverage import Ratio
from detcov.cache import ParseCache, program_hash
from detcov.model import LEVELS
from detcov.study import Study


class Point(Struct, frozen=True, kw_only=True):
    """The numbers of one day under one release."""

    day: str
    release: str
    """Its title"""
    version: str
    covered: Ratio
    rules: int
    """That count"""
    findings: Mapping[str, int]
    """error, warning, note, drift"""
    unread: int
    """Files that couldn't be read, or not in full"""
    tactics: Mapping[tuple[str, str], Ratio]
    """(id, name) of a tactic to its coverage"""


def point_of(study: Study) -> Point:
    """Return the numbers of a Study that a trend shows; the caller fills in the day."""
    coverage = study.coverage
    levels = Counter(finding.level for finding in study.findings)
    return Point(
        day="",
        release=study.release.title,
        version=study.release.version or "?",
        covered=coverage.headline,
        rules=len(coverage.counted),
        findings={level: levels[level] for level in LEVELS},
        unread=len(study.corpus.unread),
        tactics={(row.tactic.id, row.tactic.name): row.ratio for row in coverage.tactics},
    )


class PointCache:
    """Points by what decides on them; kept in the parse cache's file until detcov changes."""

    def __init__(self, kept: ParseCache | None) -> None:
        self._kept = kept
        self._fresh: dict[str, bytes] = {}

    def get(self, key: str) -> Point | None:
        """The point of this key, where it is known; "" never is."""
        if not key:
            return None
        place = _place(key)
        value: bytes | memoryview | None = self._fresh.get(place)
        if value is None and self._kept is not None:
            value = self._kept.get_many(f"point@{program_hash()}", [place]).get(place)
        try:
            return None if value is None else msgspec.msgpack.decode(value, type=Point)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None

    def put(self, key: str, point: Point) -> None:
        """Remember a point; `flush` writes it down."""
        if key:
            self._fresh[_place(key)] = msgspec.msgpack.encode(point)

    def get_bytes(self, key: str) -> bytes | None:
        """What `put_bytes` remembered."""
        if self._kept is None:
            return None
        place = _place(key)
        value = self._kept.get_many(f"point@{program_hash()}", [place]).get(place)
        return None if value is None else bytes(value)

    def put_bytes(self, key: str, value: bytes) -> None:
        """Remember something made from points, at once."""
        if self._kept is not None:
            self._kept.put_many(f"point@{program_hash()}", {_place(key): value})

    def flush(self) -> None:
        """Write down what is new."""
        if self._kept is not None:
            self._kept.put_many(f"point@{program_hash()}", self._fresh)
        self._fresh = {}


def _place(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest()
