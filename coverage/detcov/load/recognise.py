"""From a file's bytes to rules: its syntax is parsed once, then its formats are asked in order."""

import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from msgspec import Struct

from detcov.attack import ids
from detcov.load import PARSERS, SYNTAXES, read_file, rule_format
from detcov.load.lines import Lines
from detcov.load.parsed import ParsedRule, ParseError
from detcov.model import Place, rule

_BY_SUFFIX = {suffix: name for name, syntax in SYNTAXES.items() for suffix in syntax.suffixes}


class Candidates(Struct, frozen=True, kw_only=True):
    """The formats that a file may be of."""

    syntax: str
    formats: tuple[str, ...]
    """In the order they are asked"""
    forced: bool = False
    """Whether a file is read as the one format without being asked for"""

    @property
    def identity(self) -> str:
        """What results rest on beside the file: the formats, and a hash of the loaders' source."""
        asked = " ".join((*self.formats, "forced" if self.forced else ""))
        mark = zlib.crc32(f"{source_hash()} {asked}".encode())
        return f"{self.syntax}{'-' + self.formats[0] if self.forced else ''}@{mark:08x}"


class Broken(Struct, frozen=True, kw_only=True, array_like=True):
    """A part of a file that couldn't be read, where the rest could."""

    message: str
    place: Place | None = None


class Outcome(Struct, frozen=True, kw_only=True, array_like=True):
    """What became of a file's content; all of it depends on the content alone, so it is cached."""

    format: str = ""
    """"" where no format knows the file, or none could be asked"""
    rules: tuple[ParsedRule, ...] = ()
    failure: str = ""
    """Why the file couldn't be read, in one line"""
    place: Place | None = None
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


def outcome_of(data: bytes, asked: Candidates) -> Outcome:
    """The rules of a file, or why it can't be read, or that it is nothing we know."""
    try:
        text = _decode(data)
        file = read_file(asked.syntax, text)
        for name in asked.formats:
            parser = rule_format(name)
            if asked.forced or parser.recognises(file):
                file.check()
                broken = tuple(Broken(message=str(one), place=one.place) for one in file.broken)
                return Outcome(format=name, rules=parser.parse(file), broken=broken)
        if file.broken:
            raise file.broken[0]
    except ParseError as error:
        if _may_be_rule(data, asked.formats):
            return Outcome(failure=str(error), place=error.place)
    return Outcome()


def excluded(path: str, formats: Iterable[str]) -> bool:
    """Whether a path is one where files of one of these formats are no rules."""
    return any(rule_format(name).excludes(path) for name in formats)


def _may_be_rule(data: bytes, formats: tuple[str, ...]) -> bool:
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


@cache
def source_hash() -> str:
    """A hash of the source of all that a result rests on: parsers, ids, what is kept of a rule.

    No more than a checksum: it is there for a change of ours, which nobody makes to deceive.
    """
    mark = 0
    for path in (
        *map(Path, (rule.__file__, ids.__file__)),
        *sorted(Path(__file__).parent.glob("*.py")),
    ):
        mark = zlib.crc32(path.read_bytes(), mark)
    return f"{mark:08x}"
