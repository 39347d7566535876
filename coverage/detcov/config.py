"""Settings from `[tool.detcov]` in pyproject.toml, or from detcov.toml (docs/config.md)."""

import functools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from detcov.errors import ConfigError
from detcov.source import MAX_BYTES, exists, is_file

KEYS: Mapping[str, type] = {
    "alias": list,
    "attack": str,
    "attack-before": list,
    "attack-version": str,
    "base": str,
    "baseline": str,
    "cache": bool,
    "cache-dir": str,
    "count": str,
    "date": str,
    "exclude": list,
    "facts": list,
    "fail-on": str,
    "fail-under": list,
    "format": str,
    "from": list,
    "gaps": list,
    "known": list,
    "link-base": str,
    "literal": bool,
    "max-bytes": int,
    "no-lost": bool,
    "out": str,
    "output": str,
    "platform": list,
    "repo": str,
    "rule-format": str,
    "scope": list,
    "show": str,
    "since": str,
    "snapshots": str,
    "sources": list,
    "split": str,
    "title": str,
    "weeks": int,
    "weight": list,
}
"""Every key and its TOML type; each is an option of the same name"""
_TYPES = {
    str: "of type string",
    bool: "of type boolean",
    int: "of type integer",
    list: "a list of strings",
}
_FOLDERS_AND_FILES = frozenset({"cache-dir", "out", "output", "repo", "snapshots"})
_WRITTEN = ("cache-dir", "out", "output")
_VERSIONS_OR_PATHS = frozenset({"attack", "attack-before", "known"})
_PATHS = _FOLDERS_AND_FILES | _VERSIONS_OR_PATHS | {"baseline", "facts", "from", "sources"}


def find_config(folder: Path) -> Path | None:
    """The nearest detcov.toml or pyproject.toml with `[tool.detcov]`, up to a repository's root.

    Raises `ConfigError` for a pyproject.toml that is there and can't be read.
    """
    for place in (folder, *folder.parents):
        own = place / "detcov.toml"
        if is_file(own):
            return own
        project = place / "pyproject.toml"
        if is_file(project) and b"tool.detcov" in _read(project):
            return project
        if exists(place / ".git"):
            return None
    return None


def read_config(path: Path) -> dict[str, Any]:
    """The settings of a file, its relative paths made relative to the file's folder.

    Raises `ConfigError` for a file that can't be read, an unknown key (naming the nearest right
    one) or a value of the wrong type.
    """
    import tomli

    try:
        tree = tomli.loads(_read(path).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: nested too deep") from error
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
    if path.name == "pyproject.toml":
        tool = tree.get("tool")
        tree = tool.get("detcov", {}) if isinstance(tool, dict) else {}
        if not isinstance(tree, dict):
            raise ConfigError(f"{path}: [tool.detcov] is no table")
    elif isinstance(tree.get("tool"), dict) and "detcov" in tree["tool"]:
        raise ConfigError(
            f"{path}: [tool.detcov] is for pyproject.toml; leave that line out, the keys stand at "
            "the top here"
        )
    return {
        key.replace("-", "_"): _placed(key, _checked(key, value, path), path.parent)
        for key, value in tree.items()
    }


def repository_around(folder: Path) -> Path:
    """Return the root of the git repository that a folder lies in, else the folder."""
    real = Path(os.path.realpath(folder))
    return next((place for place in (real, *real.parents) if exists(place / ".git")), real)


def confine(settings: Mapping[str, Any], path: Path, root: Path) -> None:
    """Raise `ConfigError` where settings write outside `root`, links resolved.

    A repository's settings are found by whoever works in it: they don't decide what is
    overwritten elsewhere.
    """
    from detcov.report.write import is_inside

    for key in _WRITTEN:
        value = settings.get(key.replace("-", "_"), "-")
        if value == "-":
            continue
        place = Path(value)
        # The cache's own files are written through links as well.
        below = [place / name for name in _listed(place)] if key == "cache-dir" else []
        for one in (place, *below):
            if not is_inside(one, root):
                raise ConfigError(
                    f"{path}: {key} leads outside {root} ({one}); name it on the command line, or "
                    "the settings by --config"
                )


def _listed(folder: Path) -> list[str]:
    """Return the names of what lies in a folder and the folders below."""
    return [
        os.path.relpath(os.path.join(place, name), folder)  # noqa: PTH118 - a str here
        for place, folders, files in os.walk(folder)
        for name in (*folders, *files)
    ]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path}: over the limit of {MAX_BYTES:,} bytes")
    return data


def _checked(key: str, value: Any, path: Path) -> Any:
    if key not in KEYS:
        from difflib import get_close_matches

        near = get_close_matches(key, KEYS, n=1, cutoff=0)
        raise ConfigError(f"{path}: unknown key {key!r}; did you mean {near[0]!r}?")
    value = _groups(value, path) if key == "alias" else _typed(key, value, path)
    if key != "title" and "" in _texts(value):
        raise ConfigError(f"{path}: {key} is empty; leave it out for the default")
    # A command line can't hold it, so nothing that takes the value is ready for it.
    if any("\0" in one for one in _texts(value)):
        raise ConfigError(f"{path}: {key} has a NUL character")
    return value


def _typed(key: str, value: Any, path: Path) -> Any:
    expected = KEYS[key]
    if expected is list and isinstance(value, str):
        value = [value]
    wrong = not isinstance(value, expected) or (expected is int and isinstance(value, bool))
    if wrong or (isinstance(value, list) and not all(isinstance(one, str) for one in value)):
        raise ConfigError(f"{path}: {key} must be {_TYPES[expected]}")
    return value


def _groups(value: Any, path: Path) -> Any:
    """Aliases: lists of two texts or more, in a list."""
    groups = value if isinstance(value, list) else [value]
    for group in groups:
        texts = group if isinstance(group, list) else ()
        if len(texts) < 2 or not all(isinstance(one, str) and one for one in texts):
            raise ConfigError(f"{path}: alias must be a list of lists of two rules or more")
    return groups


def _texts(value: Any) -> Iterator[str]:
    if not isinstance(value, list):
        yield str(value)
        return
    for one in value:
        yield from _texts(one)


def _placed(key: str, value: Any, folder: Path) -> Any:
    """A value whose paths are seen from here, and not from the file's folder."""
    if key in _PATHS:
        value = [_system(text) for text in value] if isinstance(value, list) else _system(value)
    if key in _FOLDERS_AND_FILES:
        return value if value == "-" else str(folder / value)
    if key == "baseline":  # a file, or a revision, which may have a slash in it too
        return str(folder / value) if is_file(folder / value) else value
    if key in _VERSIONS_OR_PATHS:
        one = functools.partial(_version_or_path, folder=folder)
    elif key == "facts":
        one = functools.partial(_file, folder=folder)
    elif key in {"from", "sources"}:
        one = functools.partial(_source, folder=folder)
    else:
        return value
    return [one(text) for text in value] if isinstance(value, list) else one(value)


def _system(text: str) -> str:
    """Return a path as the system gives it: the file's UTF-8 are the bytes of its name."""
    return os.fsdecode(text.encode()) if os.name == "posix" else text


def _version_or_path(text: str, folder: Path) -> str:
    return str(folder / text) if "/" in text or exists(folder / text) else text


def _file(text: str, folder: Path) -> str:
    return str(folder / text)


def _source(text: str, folder: Path) -> str:
    label, equals, rest = text.partition("=")
    if equals and label and "/" not in label and not exists(folder / text):
        return f"{label}={folder / rest}"
    return str(folder / text)
