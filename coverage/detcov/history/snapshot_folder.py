"""A folder of snapshots: one file for each day on which one was taken."""

from pathlib import Path
from typing import Final

from detcov.errors import HistoryError, OutputError
from detcov.history.snapshot import SUFFIX, Snapshot, decode_snapshot, encode_snapshot
from detcov.model import ParseFailure
from detcov.source import read_file

_LARGEST: Final = 512 * 2**20
"""Bytes; tens of thousands of rules take a tenth of it"""


def read_snapshots(folder: Path) -> tuple[tuple[Snapshot, ...], tuple[ParseFailure, ...]]:
    """The snapshots of a folder, oldest first, and those that had to be left out, with why.

    Raises `HistoryError` where the folder can't be read or holds no snapshot at all.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)
    except OSError as error:
        raise HistoryError(f"{folder}: {error.strerror or error}") from error
    found: dict[str, Snapshot] = {}
    damaged = []
    for path in paths:
        try:
            one = read_snapshot(path)
        except HistoryError as error:
            message = str(error).removeprefix(f"{path}: ")
            damaged.append(ParseFailure(source=folder.name, path=path.name, message=message))
            continue
        if one.date in found:
            message = f"left out: another file is of {one.date} already"
            damaged.append(ParseFailure(source=folder.name, path=path.name, message=message))
        else:
            found[one.date] = one
    if not found:
        raise HistoryError(f"{folder}: no snapshot that can be read")
    return tuple(found[date] for date in sorted(found)), tuple(damaged)


def read_snapshot(path: Path) -> Snapshot:
    """One snapshot. Raises `HistoryError` for one that can't be read."""
    try:
        data = read_file(str(path), _LARGEST)
        if isinstance(data, str):
            raise HistoryError(data)
        return decode_snapshot(data)
    except OSError as error:
        raise HistoryError(f"{path}: {error.strerror or error}") from error
    except HistoryError as error:
        raise HistoryError(f"{path}: {error}") from error


def may_be_written(snapshot: Snapshot, folder: Path) -> bool:
    """Whether the folder still lacks this snapshot; False where the same one is there.

    Raises `OutputError` where another one of that date is there: history isn't rewritten.
    """
    path = folder / snapshot.file_name
    try:
        there = read_file(str(path), _LARGEST)
    except FileNotFoundError:
        return True
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror or error}") from error
    if there == encode_snapshot(snapshot):
        return False
    raise OutputError(f"{path}: there is another snapshot of {snapshot.date}; it is kept as it is")
