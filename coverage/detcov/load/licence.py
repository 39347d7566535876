"""Under which licence a rule stands: by its own file, else by a licence file above it."""

import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from detcov.load.parsed import ParseError
from detcov.load.toml_text import read_toml
from detcov.model import Corpus, Rule, RuleIndex

_MAX_BYTES: Final = 5_000_000
_HEAD: Final = 4_000
"""Characters of a licence file that name it"""
_NAME_LENGTH: Final = 60
_SPDX = re.compile(r"SPDX-License-Identifier:\s*([A-Za-z0-9.+-]+)")
# At a line's start no text of YAML can stand for a key; in JSON no text can hold such quotes.
_IN_YAML = re.compile(
    r"""^licen[cs]e:[ \t]*["']?([^\s"'#][^"'#\n\r]*)""", re.MULTILINE | re.IGNORECASE
)
_IN_JSON = re.compile(r'"licen[cs]e"\s*:\s*"((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_KEYS: Final = ("license", "licence")
_FILE = re.compile(r"(?:licen[cs]e|copying|unlicense)(?:[.-].*)?", re.IGNORECASE)
# What a licence's text begins with, to its SPDX identifier (spdx.org/licenses); the first fits.
_TEXTS: Final = (
    (r"Apache License\s+Version 2\.0", "Apache-2.0"),
    (r"Elastic License 2\.0", "Elastic-2.0"),
    (r"Detection Rule License \(?DRL\)? 1\.1", "DRL-1.1"),
    (r"Detection Rule License \(?DRL\)? 1\.0", "DRL-1.0"),
    (r"MIT License|Permission is hereby granted, free of charge", "MIT"),
    (r"Mozilla Public License,? Version 2\.0", "MPL-2.0"),
    (r"GNU AFFERO GENERAL PUBLIC LICENSE\s+Version 3", "AGPL-3.0"),
    (r"GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3", "LGPL-3.0"),
    (r"GNU GENERAL PUBLIC LICENSE\s+Version 3", "GPL-3.0"),
    (r"GNU GENERAL PUBLIC LICENSE\s+Version 2", "GPL-2.0"),
    (r"CC0 1\.0 Universal", "CC0-1.0"),
    (r"Attribution 4\.0 International", "CC-BY-4.0"),
    (
        r"Redistribution and use in source and binary forms(?=[\s\S]*Neither the name)",
        "BSD-3-Clause",
    ),
    (r"Redistribution and use in source and binary forms", "BSD-2-Clause"),
)


class Licence(Struct, frozen=True, kw_only=True):
    """What is stated of a rule's licence."""

    name: str
    """As the rule says, or the SPDX identifier or first line of a licence file"""
    stated_by: str
    """"in the rule", or the licence file's path seen from the source's folder"""


def licences(
    corpus: Corpus, rules: Iterable[RuleIndex], roots: Mapping[str, Path]
) -> dict[RuleIndex, Licence]:
    """The licences of rules as far as they are stated; `roots` has each source's folder or file.

    A field or SPDX line of the rule's own file comes first, then the nearest licence file from
    the rule's folder up to the source's, or on to the root of its git repository. What can't be
    read states nothing.
    """
    finder = _Finder()
    found = {}
    for index in rules:
        rule = corpus.rules[index]
        root = roots.get(rule.key.source)
        licence = finder.of(rule, root) if root is not None else None
        if licence is not None:
            found[index] = licence
    return found


class _Finder:
    """Looks each folder up once."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[str, str] | None] = {}

    def of(self, rule: Rule, root: Path) -> Licence | None:
        if not root.exists():
            return None
        file = root / rule.path if root.is_dir() else root
        if own := _own(_read(file), file.suffix.lower(), rule.place.line):
            return Licence(name=own, stated_by="in the rule")
        base = root if root.is_dir() else root.parent
        for folder in _above(file, base):
            if folder not in self._known:
                self._known[folder] = _licence_file(folder)
            if (found := self._known[folder]) is not None:
                return Licence(name=found[0], stated_by=_seen(folder / found[1], base))
        return None


def _above(file: Path, base: Path) -> Iterable[Path]:
    """Folders from a rule's up to the source's, then on to the root of its repository."""
    inside = [folder for folder in file.parents if folder == base or base in folder.parents]
    outside = []
    for folder in base.absolute().parents:
        outside.append(folder)
        if (folder / ".git").exists():
            break
    else:
        outside = []
    return (*inside, *([] if (base / ".git").exists() else outside))


def _seen(path: Path, base: Path) -> str:
    """A path without what lies above the repository: of this machine, no part of an output."""
    return path.relative_to(base).as_posix() if base in path.parents else path.name


def _own(text: str, suffix: str, line: int) -> str | None:
    """The licence that the rule's own file states, in its own document of several."""
    if suffix in {".yml", ".yaml"}:
        text = _document(text, line)
    if spdx := _SPDX.search(text[:_HEAD]):
        return spdx[1]
    if suffix == ".toml":
        return _in_toml(text)
    pattern = {".json": _IN_JSON, ".yml": _IN_YAML, ".yaml": _IN_YAML}.get(suffix)
    found = pattern.search(text) if pattern is not None else None
    return _short(found[1]) or None if found is not None else None


def _in_toml(text: str) -> str | None:
    """Of the file or of one of its tables."""
    try:
        tree = read_toml(text)
    except ParseError:
        return None
    for table in (tree, *(one for one in tree.values() if isinstance(one, dict))):
        for key in _KEYS:
            if isinstance(value := table.get(key), str) and value.strip():
                return _short(value)
    return None


def _document(text: str, line: int) -> str:
    """The YAML document that has this line."""
    # As places count them: to str.splitlines a line ends at U+2028 and form feeds as well.
    lines = io.StringIO(text, newline="\n").readlines()
    ends = [at for at, one in enumerate(lines) if one.startswith("---")]
    start = max((at for at in ends if at < line), default=0)
    end = min((at for at in ends if at >= line), default=len(lines))
    return "".join(lines[start:end])


def _licence_file(folder: Path) -> tuple[str, str] | None:
    """Name of the licence and of its file, where a folder has one."""
    try:
        names = sorted(one.name for one in folder.iterdir() if _FILE.fullmatch(one.name))
    except OSError:
        return None
    for name in names:
        if text := _read(folder / name):
            return _named(text), name
    return None


def _named(text: str) -> str:
    head = text[:_HEAD]
    for pattern, name in _TEXTS:
        if re.search(pattern, head, re.IGNORECASE):
            return name
    first = next((line.strip(" \t#*=-") for line in head.splitlines() if line.strip()), "")
    return _short(first) or "unnamed"


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _NAME_LENGTH else f"{text[: _NAME_LENGTH - 1]}…"


def _read(path: Path) -> str:
    """A regular file's text; "" where there is none that can be read."""
    try:
        if not path.is_file() or path.stat().st_size > _MAX_BYTES:
            return ""
        return path.read_bytes().decode("utf-8-sig", "replace")
    except (OSError, ValueError):
        return ""
