"""The one place that writes: whole files or none."""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from detcov.errors import OutputError

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def write(path: Path, data: bytes) -> None:
    """Put `data` at `path`, replacing what was there in one step; folders are made.

    A link stays, what it leads to is replaced. Raises `OutputError`; then what was there is
    there still, and nothing else is left behind.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            _write_through(path, data)
            return
        target = os.path.realpath(path)
        if os.path.islink(target):  # noqa: PTH114 - a str here; a link that leads back to itself
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        name = os.path.join(os.path.dirname(target), f".detcov-{os.urandom(6).hex()}")  # noqa: PTH118, PTH120 - a str here
    except (FileExistsError, NotADirectoryError) as error:
        where = error.filename or path.parent
        raise OutputError(f"{path}: can't be written: {where} is no folder") from error
    except OSError as error:
        raise OutputError(f"{path}: can't be written: {error.strerror or error}") from error
    try:
        with open(os.open(name, _NEW, 0o666), "wb") as file:  # noqa: PTH123 - a handle, not a path
            file.write(data)
        os.replace(name, target)  # noqa: PTH105 - a str here
    except OSError as error:
        raise OutputError(f"{path}: can't be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108 - a str here


def _write_through(path: Path, data: bytes) -> None:
    """Write into what can't be replaced: a device, a pipe."""
    if path.is_dir():
        raise OutputError(f"{path}: can't be written: is a folder")
    with path.open("wb") as file:
        file.write(data)
