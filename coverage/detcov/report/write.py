"""The one place that writes: whole files or none, and a set of files at once."""

import errno
import os
import re
import stat
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from detcov.errors import OutputError, UsageError

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_HOST: Final = zlib.crc32(os.uname().nodename.encode()) if hasattr(os, "uname") else 0
_TEMPORARY: Final = re.compile(r"\.detcov-(?:([0-9a-f]{8})-([0-9]{1,10})-)?[0-9a-f]{12}", re.ASCII)
"""Our temporary files: host and process that write it (earlier versions told neither)"""
_ABANDONED: Final = 86_400
"""Seconds after which nobody writes a temporary file any more, whoever began it"""


def write(path: Path, data: bytes) -> None:
    """Put `data` at `path`, as `write_all` does."""
    write_all({path: data})


def write_all(
    files: Mapping[Path, bytes], *, within: Path | None = None, inputs: Iterable[str] = ()
) -> None:
    """Put each content at its path; folders are made, and what was there is replaced.

    Everything is written beside its target first, then all are replaced: a run that is stopped
    before leaves the old set. A link stays, what it leads to is replaced. What earlier runs that
    were killed left in these folders is removed.

    `within` is a folder that no target may lie outside of, links resolved; `inputs` are files that
    this run has read, and that aren't to be replaced. Raises `UsageError` for such a target,
    `OutputError` where one can't be written; then what was there is there still, and nothing else
    is left behind.
    """
    read = _Inputs(inputs)
    for path in files:
        if within is not None and not is_inside(path, within):
            raise UsageError(
                f"{path}: leads outside {within}; name the place on the command line if it is meant"
            )
        if path in read:
            raise UsageError(f"{path}: is an input of this run; name another file to write")
    prepared: list[tuple[str, str, Path]] = []
    try:
        for path, data in files.items():
            if (target := _target(path)) is not None:
                prepared.append((_name_beside(target), target, path))
                _fill(prepared[-1][0], data, path)
        for path, data in files.items():
            if not any(path == ready for _, _, ready in prepared):
                _write_through(path, data)
        for name, target, path in prepared:
            try:
                os.replace(name, target)  # noqa: PTH105 - a str here
            except OSError as error:
                raise _cannot(path, error) from error
    finally:
        for name, _, _ in prepared:
            with suppress(OSError):
                os.unlink(name)  # noqa: PTH108 - a str here
    for folder in {os.path.dirname(target) for _, target, _ in prepared}:  # noqa: PTH120 - a str here
        _sweep(folder)


def is_inside(path: Path, folder: Path) -> bool:
    """Return whether a path lies in a folder, links resolved, and not in git's own files."""
    real, root = Path(os.path.realpath(path)), Path(os.path.realpath(folder))
    return real.is_relative_to(root) and ".git" not in real.relative_to(root).parts


class _Inputs:
    """The files that a run has read; they are looked at only where something would be replaced."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = paths
        self._known: set[tuple[int, int]] | None = None

    def __contains__(self, path: Path) -> bool:
        try:
            found = path.stat()
        except (OSError, ValueError):
            return False
        if not stat.S_ISREG(found.st_mode):
            return False
        if self._known is None:
            self._known = set(self._read())
        return (found.st_dev, found.st_ino) in self._known

    def _read(self) -> Iterator[tuple[int, int]]:
        for path in self._paths:
            with suppress(OSError, ValueError):
                found = os.stat(path)  # noqa: PTH116 - a str here, thousands of them
                yield found.st_dev, found.st_ino


def _target(path: Path) -> str | None:
    """Return what is to be replaced, its folder made; None for what can only be written into."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            if path.is_dir():
                raise OutputError(f"{path}: can't be written: is a folder")
            return None
        target = os.path.realpath(path)
        if os.path.islink(target):  # noqa: PTH114 - a str here; a link that leads back to itself
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    except (FileExistsError, NotADirectoryError) as error:
        where = error.filename or path.parent
        raise OutputError(f"{path}: can't be written: {where} is no folder") from error
    except OSError as error:
        raise _cannot(path, error) from error
    return target


def _name_beside(target: str) -> str:
    """Return a new name in the target's folder, which tells who writes it."""
    name = f".detcov-{_HOST:08x}-{os.getpid()}-{os.urandom(6).hex()}"
    return os.path.join(os.path.dirname(target), name)  # noqa: PTH118, PTH120 - a str here


def _fill(name: str, data: bytes, path: Path) -> None:
    try:
        with open(os.open(name, _NEW, 0o666), "wb") as file:  # noqa: PTH123 - a handle, not a path
            file.write(data)
    except OSError as error:
        raise _cannot(path, error) from error


def _write_through(path: Path, data: bytes) -> None:
    """Write into what can't be replaced: a device, a pipe."""
    try:
        with path.open("wb") as file:
            file.write(data)
    except OSError as error:
        raise _cannot(path, error) from error


def _cannot(path: Path, error: OSError) -> OutputError:
    return OutputError(f"{path}: can't be written: {error.strerror or error}")


def _sweep(folder: str) -> None:
    """Remove temporary files of runs that are no more. What can't be removed stays."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            named = _TEMPORARY.fullmatch(entry.name)
            if named is None:
                continue
            with suppress(OSError):
                found = entry.stat(follow_symlinks=False)
                ours = named[1] == f"{_HOST:08x}" and _has_ended(int(named[2]))
                old = time.time() - found.st_mtime > _ABANDONED
                if stat.S_ISREG(found.st_mode) and (ours or old):
                    os.unlink(entry.path)  # noqa: PTH108 - a str here


def _has_ended(process: int) -> bool:
    """Return whether no process of this host has a number; False where that can't be asked."""
    if os.name != "posix":  # there `kill` ends the process
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False
