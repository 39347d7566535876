"""From a file's bytes to rules: its syntax is parsed once, then its formats are asked in order."""

import zlib
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final

from msgspec import Struct, structs

from detcov.cache import program_hash
from detcov.load import PARSERS, SYNTAXES, read_file, rule_format
from detcov.load.lines import Lines
from detcov.load.parsed import ParseError, SyntaxFile
from detcov.load.telltale import is_other_kind, lacking
from detcov.model import Place, Reason, Rule, shortened

MAX_MAPPINGS: Final = 10_000
"""Of a file: what is over it isn't read, so that no file fills a report by itself"""
_BLANK: Final = b"\xef\xbb\xbf \t\r\n"
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

    @classmethod
    def of(cls, error: ParseError) -> "Broken":
        """What an error says."""
        return cls(message=str(error), place=error.place)


class FileRules(Struct, frozen=True, kw_only=True, array_like=True):
    """What a file comes to. This is what the cache keeps."""

    rules: tuple[Rule, ...] = ()
    broken: tuple[Broken, ...] = ()
    reason: Reason | None = None
    """Why the file is passed over; None where it has rules, or is broken"""
    format: str = ""
    """As `PassedOver.format`"""


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
    if not data.strip(_BLANK):
        return FileRules(reason=Reason.EMPTY)
    try:
        return _recognised(read_file(asked.syntax, _decode(data)), path, asked)
    except ParseError as error:
        if not _may_be_rule(data, asked.formats):
            return FileRules(reason=Reason.FORMAT)
        return _in_folder(path, asked.formats) or FileRules(broken=(Broken.of(error),))


def _recognised(file: SyntaxFile, path: str, asked: Candidates) -> FileRules:
    """What a file that was parsed comes to. Raises `ParseError` where it is broken all the same."""
    for name in asked.formats:
        rules = rule_format(name).rules(file, path)
        if rules is not None:
            return _claimed(file, path, name, rules)
    if file.broken:
        raise file.broken[0]
    untyped: Any = file
    for name in asked.formats:
        if missing := list(lacking(untyped, rule_format(name), gave_rules=False)):
            broken = tuple(map(Broken.of, missing))
            return _in_folder(path, (name,)) or FileRules(broken=broken)
    for name in asked.formats:
        if is_other_kind(untyped, rule_format(name)):
            return FileRules(reason=Reason.KIND, format=name)
    return FileRules(reason=Reason.FORMAT)


def _claimed(file: SyntaxFile, path: str, name: str, rules: Sequence[Rule]) -> FileRules:
    """What a file comes to that is of this format."""
    if (passed_over := _in_folder(path, (name,))) is not None:
        return passed_over
    file.check()
    untyped: Any = file
    missing = lacking(untyped, rule_format(name), gave_rules=True)
    kept, beyond = _within_limit(_finished(rules, path))
    broken = (*map(Broken.of, (*file.broken, *missing)), *beyond)
    if not kept and not broken:
        return FileRules(reason=Reason.KIND, format=name)
    return FileRules(rules=kept, broken=broken)


def _within_limit(rules: Iterable[Rule]) -> tuple[tuple[Rule, ...], tuple[Broken, ...]]:
    """Return the rules up to the limits, and the failure that says there are more mappings."""
    kept: list[Rule] = []
    mappings = defects = MAX_MAPPINGS
    for rule in rules:
        for what, places, left in (
            ("mappings", [mapping.place for mapping in rule.mappings], mappings),
            ("entries that are wrong", [defect.place for defect in rule.defects], defects),
        ):
            if len(places) > left:
                message = f"more than {MAX_MAPPINGS:,} {what}; the rest is not read"
                kept.append(
                    structs.replace(
                        rule, mappings=rule.mappings[:mappings], defects=rule.defects[:defects]
                    )
                )
                return tuple(kept), (Broken(message=message, place=places[left]),)
        kept.append(rule)
        mappings, defects = mappings - len(rule.mappings), defects - len(rule.defects)
    return tuple(kept), ()


def _finished(rules: Sequence[Rule], path: str) -> tuple[Rule, ...]:
    """Return the rules with short names; those without an id get path and position as one."""
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


def _in_folder(path: str, formats: Sequence[str]) -> FileRules | None:
    """Return why a file is passed over for its folder; None where its formats have rules there."""
    folders = "/" + path.rpartition("/")[0] + "/"
    for name in formats:
        if any(f"/{folder}/" in folders for folder in rule_format(name).not_rules):
            return FileRules(reason=Reason.FOLDER, format=name)
    return None


def _may_be_rule(data: bytes, formats: Sequence[str]) -> bool:
    """Whether a broken file seems to be meant as a rule; templates and the like are not."""
    # What PowerShell writes is UTF-16 by default.
    encoding = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(data[:2], "utf-8")
    marks = (mark for name in formats for mark in rule_format(name).marks)
    return any(mark.encode(encoding) in data for mark in marks)


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = Lines(data[: error.start].decode("utf-8")).end
        raise ParseError(f"not UTF-8: byte 0x{data[error.start]:02x}", place) from error
