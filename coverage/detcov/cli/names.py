"""Lists that an option takes: repeated, with commas, or from a file."""

from collections.abc import Iterable
from pathlib import Path

from detcov.errors import UsageError

_MAX_BYTES = 1_000_000


def read_names(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts, each "@FILE" replaced by the lines of the file.

    A file is UTF-8, has a name or a list with commas a line; what follows a # is a comment.
    Raises `UsageError` for a file that can't be read.
    """
    found: list[str] = []
    for text in texts:
        if text == "@":
            raise UsageError('"@" names no file: write @FILE')
        found += _lines(Path(text[1:])) if text.startswith("@") else [text]
    return tuple(found)


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise UsageError(f"{path}: over {_MAX_BYTES:,} bytes, too long for a list of names")
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    names = [line.partition("#")[0].strip() for line in text.splitlines()]
    if not any(names):
        raise UsageError(f"{path}: holds no name")
    return [name for name in names if name]
