"""The parse cache: one SQLite file, keyed by content and parser. Any error means "run without"."""

import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Self

_CHUNK = 500
_SCHEMA = """
create table if not exists parsed (
  parser text not null, key text not null, value blob not null, primary key (parser, key)
)
"""
_PAGE = 32_768
"""Rows are thousands of bytes: in SQLite's pages of 4,096 they take half as much room again,
and twice the time to write"""


@cache
def program_hash() -> str:
    """A checksum of all our source, for keys: what is kept may depend on any module."""
    mark = 0
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        mark = zlib.crc32(path.read_bytes(), mark)
    return f"{mark:08x}"


class ParseCache:
    """Parsed files by (parser, key). `parser` holds the parser's id and `program_hash`.

    Two runs may share the file: SQLite locks it, and a run that waits too long goes on without.
    A damaged file is removed, and made anew at once or, where the damage shows late, by the
    next run.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._connection = _open(path) if path is not None else None
        self._tidied: set[str] = set()

    @classmethod
    def in_folder(cls, folder: Path | None) -> Self:
        """The cache of a cache folder; None keeps nothing."""
        return cls(folder / "parsed.sqlite" if folder is not None else None)

    @property
    def keeps(self) -> bool:
        """Whether there is a file to keep anything in."""
        return self._connection is not None

    def get_many(self, parser: str, keys: Iterable[str]) -> dict[str, memoryview]:
        """What is known of these keys; views, since rows are large."""
        if self._connection is None:
            return {}
        found: dict[str, object] = {}
        wanted = sorted(set(keys))
        try:
            for start in range(0, len(wanted), _CHUNK):
                chunk = wanted[start : start + _CHUNK]
                marks = ",".join("?" * len(chunk))
                query = f"select key, value from parsed where parser = ? and key in ({marks})"  # noqa: S608 - marks only
                found.update(self._connection.execute(query, (parser, *chunk)))
        except sqlite3.Error as error:
            self._give_up(error)
            return {}
        views = ((key, _whole(row, parser, key)) for key, row in found.items())
        return {key: view for key, view in views if view is not None}

    def put_many(self, parser: str, values: Mapping[str, bytes]) -> None:
        """Remember these, and forget what older versions of the same parser left."""
        if self._connection is None or not values:
            return
        try:
            with self._connection:
                self._forget_older(self._connection, parser)
                self._connection.executemany(
                    "insert or replace into parsed values (?, ?, ?)",
                    [
                        (parser, key, _sum(parser, key, value) + value)
                        for key, value in sorted(values.items())
                    ],
                )
        except sqlite3.Error as error:
            self._give_up(error)

    def _forget_older(self, connection: sqlite3.Connection, parser: str) -> None:
        """Once a run: the search goes through every row of the parser."""
        if parser in self._tidied:
            return
        self._tidied.add(parser)
        name = parser.partition("@")[0]
        connection.execute(
            "delete from parsed where parser >= ? and parser < ? and parser <> ?",
            (f"{name}@", f"{name}A", parser),
        )

    def close(self) -> None:
        """Let go of the file; further calls find and remember nothing."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _give_up(self, error: sqlite3.Error) -> None:
        self.close()
        if self._path is not None and _is_damage(error):
            with suppress(OSError):
                self._path.unlink(missing_ok=True)


def _sum(parser: str, key: str, value: bytes | memoryview) -> bytes:
    """Guards a row: SQLite keeps no checksum, and a changed byte may well decode."""
    return zlib.crc32(value, zlib.crc32(f"{parser} {key}".encode())).to_bytes(4)


def _whole(row: object, parser: str, key: str) -> memoryview | None:
    """What a row holds behind its sum; None for one that was changed."""
    if not isinstance(row, bytes):
        return None
    value = memoryview(row)[4:]
    return value if row[:4] == _sum(parser, key, value) else None


def _is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is at fault, and not a lock, a full disk or missing rights."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, sqlite3.OperationalError
    )


def _open(path: Path) -> sqlite3.Connection | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _connect(path)
    except sqlite3.Error as error:
        return _open_anew(path) if _is_damage(error) else None
    except OSError:
        return None


def _open_anew(path: Path) -> sqlite3.Connection | None:
    try:
        path.unlink(missing_ok=True)
        return _connect(path)
    except (OSError, sqlite3.Error):
        return None


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=2)
    try:
        connection.execute("pragma synchronous = off")
        connection.execute(f"pragma page_size = {_PAGE}")
        connection.execute(_SCHEMA)
        connection.execute("select count(*) from (select 1 from parsed limit 1)").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection
