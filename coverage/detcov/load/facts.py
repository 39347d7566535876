"""Reads facts about the estate (docs/facts.md).

What is wrong is a failure with its line, and the rest counts: a run never ends for a bad row.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date as day
from pathlib import Path
from typing import Final

from detcov.errors import UsageError
from detcov.facts import LONGEST_PATTERN, Answer, Fact, FactKind, Facts, is_pattern
from detcov.load.fact_rows import FIELDS, READERS, Row, near, shown
from detcov.model import ParseFailure, Place
from detcov.source import MAX_BYTES, printable, read_file

_YES = frozenset({"", "yes", "true", "y"})
_NO = frozenset({"no", "false", "n"})
_SUBJECTS = {
    FactKind.DEPLOYED: ("rule",),
    FactKind.TELEMETRY: ("data", "rule"),
    FactKind.FIRED: ("rule",),
    FactKind.TESTED: ("rule", "technique"),
    FactKind.WAIVED: ("technique",),
    FactKind.NOT_APPLICABLE: ("technique",),
}
# Half a surrogate pair can't be written as UTF-8; nobody types the others.
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
# What a spreadsheet leaves where it exports formulas, or couldn't work one out.
_FORMULA: Final = re.compile(r"[=＝]|#(?:N/A|REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!)")


class _RowError(Exception):
    """What is wrong with a row, for a person."""


def read_facts(*paths: str | Path, date: str | None = None, max_bytes: int = MAX_BYTES) -> Facts:
    """The facts of files, in order; `date` is the day to judge them on, "2026-05-05".

    A file that can't be read, a row that is wrong, one that says again what another says, and
    rows that contradict each other are in `Facts.failures`. Raises `UsageError` for a `date`
    that is no day.
    """
    if date is not None and not _is_day(date):
        raise UsageError(f"date {date!r}: facts need a day such as 2026-05-05 to be judged on")
    facts: list[Fact] = []
    failures: list[ParseFailure] = []
    for path in paths:
        name = printable(str(path))
        for one in _judged(_rows(Path(path), max_bytes), name):
            if isinstance(one, Fact):
                facts.append(one)
            else:
                failures.append(one)
    sound, clashes = _without_clashes(facts, date)
    return Facts(
        facts=tuple(sound),
        failures=tuple(_in_order((*failures, *clashes), paths)),
        files=len(paths),
        date=date,
    )


def _judged(rows: Iterable[Row], file: str) -> Iterator[Fact | ParseFailure]:
    for row in rows:
        try:
            yield _fact(row, file)
        except _RowError as error:
            yield _failure(file, row.line, str(error))


def _rows(path: Path, max_bytes: int) -> Iterator[Row]:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        yield Row(line=0, wrong="facts are read from .csv, .yaml and .json files")
        return
    data = _bytes(path, max_bytes)
    if isinstance(data, str):
        yield Row(line=0, wrong=data)
        return
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = "UTF-16, not UTF-8" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "not UTF-8"
        yield Row(line=1 + data[: error.start].count(b"\n"), wrong=found)
        return
    yield from reader(text)


def _bytes(path: Path, max_bytes: int) -> bytes | str:
    """What a file holds, or why it can't be had."""
    try:
        return read_file(str(path), max_bytes)
    except OSError as error:
        return f"can't be read: {error.strerror or error}"
    except ValueError:  # NUL in a path
        return "can't be read: no file can have this name"


def _failure(file: str, line: int, message: str) -> ParseFailure:
    """What is wrong, with its place; line 0 is the file as a whole."""
    place = Place(line=line, exact=False) if line else None
    return ParseFailure(source="facts", path=file, message=message, place=place)


def _in_order(failures: Iterable[ParseFailure], paths: Iterable[str | Path]) -> list[ParseFailure]:
    order = {printable(str(path)): position for position, path in enumerate(paths)}
    return sorted(failures, key=lambda one: (order[one.path], one.place.line if one.place else 0))


# ---- Rows ---------------------------------------------------------------------------------


def _fact(row: Row, file: str) -> Fact:
    """The fact of a row; raises `_RowError` with what is wrong."""
    if row.wrong:
        raise _RowError(row.wrong)
    values = {key: row.values.get(key, "") for key in FIELDS}
    for name, text in values.items():
        _check_text(name, text)
    for name in ("rule", "technique", "data"):
        _check_pattern(name, values[name])
    kind = _kind(values["kind"])
    _check_subject(kind, values)
    for name in ("date", "expiry"):
        if values[name] and not _is_day(values[name]):
            raise _RowError(f"{name} {shown(values[name])} is no day such as 2026-05-05")
    if kind.excuses and not values["owner"]:
        raise _RowError(f"{kind} needs an owner")
    if kind is FactKind.WAIVED and not values["expiry"]:
        raise _RowError("waived needs an expiry")
    return Fact(
        kind=kind,
        value=_value(kind, values["value"]),
        rule=values["rule"],
        technique=values["technique"].upper(),
        platform=values["platform"],
        data=values["data"],
        date=values["date"],
        expiry=values["expiry"],
        owner=values["owner"],
        source=values["source"],
        note=values["note"],
        file=file,
        line=row.line,
    )


def _check_text(name: str, text: str) -> None:
    if _CONTROL.search(text):
        raise _RowError(f"{name} has a character that no text has: {shown(text)}")
    if _FORMULA.match(text):
        raise _RowError(
            f"{name} {shown(text)} is a formula, or what became of one: write its value"
        )


def _check_pattern(name: str, text: str) -> None:
    if len(text) > LONGEST_PATTERN and is_pattern(text):
        raise _RowError(
            f"{name} is a pattern of {len(text):,} characters; {LONGEST_PATTERN} is the most"
        )


def _kind(text: str) -> FactKind:
    wanted = text.lower().replace("_", "-").replace(" ", "-")
    if wanted in set(FactKind):
        return FactKind(wanted)
    if not wanted:
        raise _RowError(f"no kind (there are {', '.join(FactKind)})")
    raise _RowError(f"unknown kind {shown(text)}{near(wanted, FactKind)}")


def _check_subject(kind: FactKind, values: dict[str, str]) -> None:
    stated = [name for name in ("rule", "technique", "data") if values[name]]
    wanted = _SUBJECTS[kind]
    if len(stated) != 1 or stated[0] not in wanted:
        found = " and ".join(stated) or "none of them"
        raise _RowError(f"{kind} is about {' or '.join(wanted)}; the row has {found}")
    if values["platform"] and stated != ["technique"]:
        raise _RowError("a platform goes with a technique only")


def _value(kind: FactKind, text: str) -> Answer:
    wanted = text.lower()
    if wanted in _YES:
        return Answer.YES
    if wanted in _NO:
        return Answer.NO
    if wanted == "unknown":
        return Answer.UNKNOWN
    if kind is FactKind.FIRED and wanted.isascii() and wanted.isdigit():
        return Answer.YES if wanted.strip("0") else Answer.NO
    numbers = ", or how often" if kind is FactKind.FIRED else ""
    raise _RowError(f"value {shown(text)} must be yes, no or unknown{numbers}")


def _is_day(text: str) -> bool:
    try:
        return day.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


# ---- Rows that clash ----------------------------------------------------------------------


def _without_clashes(facts: list[Fact], date: str | None) -> tuple[list[Fact], list[ParseFailure]]:
    """The facts that no other repeats or contradicts, and a failure for each that does.

    Two rows clash that say something of the same subject for the same day; a later day's row is
    news, and one that has expired says nothing. Of rows that say the same the first counts; of
    rows that contradict each other none does, for nobody can tell which is true.
    """
    groups: dict[tuple[str, ...], list[Fact]] = {}
    for fact in facts:
        if not fact.expired(date):
            groups.setdefault(_subject_and_day(fact), []).append(fact)
    dropped: set[int] = set()
    failures: list[ParseFailure] = []
    for group in groups.values():
        if len({fact.value for fact in group}) > 1:
            dropped.update(map(id, group))
        first = group[0]
        seen = {(first.value, first.expiry)}
        for fact in group[1:]:
            if fact.value is not first.value:
                clash = f"{fact.value} here, {first.value} in {_from(fact, first)}: neither counts"
                failures.append(_failure(fact.file, fact.line, f"{_about(fact)}: {clash}"))
            elif (fact.value, fact.expiry) in seen:
                dropped.add(id(fact))
                again = f"{_from(fact, first)} says the same"
                failures.append(_failure(fact.file, fact.line, f"{_about(fact)}: {again}"))
            seen.add((fact.value, fact.expiry))
    return [fact for fact in facts if id(fact) not in dropped], failures


def _subject_and_day(fact: Fact) -> tuple[str, ...]:
    subject = (fact.rule, fact.technique, fact.platform, fact.data)
    return (fact.kind, *(one.casefold() for one in subject), fact.date)


def _about(fact: Fact) -> str:
    return f"{fact.kind} {shown(fact.subject)}"


def _from(fact: Fact, other: Fact) -> str:
    """Where another fact stands, seen from this one."""
    return f"line {other.line}" if other.file == fact.file else other.where
