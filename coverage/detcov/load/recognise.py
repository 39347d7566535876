"""From a file's bytes to rules: its syntax is parsed once, then its formats are asked in order."""

import zlib
from collections.abc import Sequence
from functools import cache

from msgspec import Struct, structs

from detcov.cache import program_hash
from detcov.load import PARSERS, SYNTAXES, read_file, rule_format
from detcov.load.lines import Lines
from detcov.load.parsed import ParseError
from detcov.model import Place, Rule, shortened

_BY_SUFFIX = {suffix: name for name, syntax in SYNTAXES.items() for suffix in syntax.suffixes}


class Candidates(Struct, frozen=True, kw_only=True):
    """The formats that a file may be of."""

    syntax: str
    formats: tuple[str, ...]
    """In the order they are asked"""
    forced: bool = False
    """Whether every file is taken for the one format"""

    @property
    def identity(self) -> str:
        """What results rest on beside the file: the formats, who made them, and all our code."""
        asked = [f"{name} {PARSERS[name].plug_in}" for name in self.formats]
        mark = zlib.crc32(f"{program_hash()} {asked} {self.forced}".encode())
        return f"{self.syntax}{'-' + self.formats[0] if self.forced else ''}@{mark:08x}"


class Broken(Struct, frozen=True, kw_only=True, array_like=True):
    """A file, or a part of one, that couldn't be read."""

    message: str
    """One line for a person"""
    place: Place | None = None


class FileRules(Struct, frozen=True, kw_only=True, array_like=True):
    """What a file comes to; nothing for one that is no rule. This is what the cache keeps."""

    rules: tuple[Rule, ...] = ()
    broken: tuple[Broken, ...] = ()


def suffixes(only: str | None = None) -> frozenset[str]:
    """Endings of the files that are wanted."""
    names = SYNTAXES if only is None else (PARSERS[only].syntax,)
    return frozenset(suffix for name in names for suffix in SYNTAXES[name].suffixes)


@cache
def candidates(suffix: str, only: str | None = None) -> Candidates | None:
    """The formats for a file whose name ends so (".yml"); None where there is none."""
    if only is not None:
        return Candidates(syntax=PARSERS[only].syntax, formats=(only,), forced=True)
    syntax = _BY_SUFFIX.get(suffix)
    if syntax is None:
        return None
    formats = tuple(name for name, parser in PARSERS.items() if parser.syntax == syntax)
    return Candidates(syntax=syntax, formats=formats)


def rules_of_file(data: bytes, path: str, asked: Candidates) -> FileRules:
    """Return the rules of a file, or why it can't be read.

    It depends on content, path and code alone: the rules' keys have no source yet.
    """
    try:
        file = read_file(asked.syntax, _decode(data))
        for name in asked.formats:
            rules = rule_format(name).rules(file, path)
            if rules is not None or asked.forced:
                if _is_excluded(path, (name,)):
                    return FileRules()
                file.check()
                broken = [Broken(message=str(error), place=error.place) for error in file.broken]
                return FileRules(rules=_finished(rules or (), path), broken=tuple(broken))
        if file.broken:
            raise file.broken[0]
    except ParseError as error:
        if _may_be_rule(data, asked.formats) and not _is_excluded(path, asked.formats):
            return FileRules(broken=(Broken(message=str(error), place=error.place),))
    return FileRules()


def _finished(rules: Sequence[Rule], path: str) -> tuple[Rule, ...]:
    """The rules, their names cut to what is read, those without an id named by their place."""
    return tuple(
        structs.replace(
            rule,
            name=shortened(rule.name),
            key=rule.key
            if rule.key.native_id
            else structs.replace(rule.key, native_id=f"{path}#{position}"),
        )
        for position, rule in enumerate(rules)
    )


def _is_excluded(path: str, formats: Sequence[str]) -> bool:
    """Whether a path is one where files of one of these formats are no rules."""
    folders = path.split("/")[:-1]
    return any(not rule_format(name).not_rules.isdisjoint(folders) for name in formats)


def _may_be_rule(data: bytes, formats: Sequence[str]) -> bool:
    """Whether a broken file seems to be meant as a rule; templates and the like are not."""
    if not data.strip(b"\xef\xbb\xbf \t\r\n"):
        return True
    # What PowerShell writes is UTF-16 by default.
    encoding = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(data[:2], "utf-8")
    marks = (mark for name in formats for mark in rule_format(name).marks)
    return any(mark.encode(encoding) in data for mark in marks)


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = Lines(data[: error.start].decode("utf-8")).end
        raise ParseError(f"not UTF-8: byte 0x{data[error.start]:02x}", place) from error
    if not text.strip("\ufeff \t\r\n"):
        raise ParseError("empty")
    return text
