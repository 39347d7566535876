"""A comment for a pull request: what it adds, removes and breaks."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct, structs

from detcov.analysis.change import Change, TechniqueChange, Turn
from detcov.analysis.rule_change import RuleChange, RuleFate
from detcov.model import Finding
from detcov.report.change import (
    UNREAD_LIMIT,
    found_and_gone,
    found_table,
    gone_table,
    headline,
    numbers,
    tactic_table,
    unread,
)
from detcov.report.changed_rules import causes, rule_table, technique_table, turned
from detcov.report.document import Document, Heading, Note, Part, Sentence
from detcov.report.formats import render_document
from detcov.report.method import method
from detcov.report.titles import Titles
from detcov.report.words import many, shorten
from detcov.study import Study

GITHUB_LIMIT: Final = 65_536
"""Characters that GitHub takes in a comment"""
_LINE: Final = 1_000
"""Characters of a line: names and messages hold what a rule says, however long"""
_IDS: Final = 5
"""Techniques named in one line on a rule"""
_QUIET: Final = (RuleFate.RENAMED, RuleFate.FEWER, RuleFate.MORE)
"""Fates that are summed: they change no number"""


class Room(Struct, frozen=True, kw_only=True):
    """Lines of each list, the most important one first; None is all."""

    errors: int | None = None
    unread: int = UNREAD_LIMIT
    lost: int = 5
    warnings: int = 3
    drift: int = 3
    gained: int = 3
    named: int = 10
    """Thinner and deeper techniques, in one line each"""
    rules: int = 3


def render_pull_request(change: Change, titles: Titles, after: Study, kind: str) -> bytes:
    """The comment in one of `FORMATS`; as Markdown it is never longer than GitHub takes.

    Where it would be, lists are left out, the least important one first, and of the errors as
    many are named as there is room for.
    """
    if kind != "markdown":
        return render_document(pull_request(change, titles, after), kind, lead=True)

    def rendered(room: Room) -> bytes:
        return render_document(pull_request(change, titles, after, room=room), kind, lead=True)

    room = Room()
    data = rendered(room)
    for name in reversed(Room.__struct_fields__):
        if _fits(data):
            return data
        if name != "errors":
            room = structs.replace(room, **{name: 0})
            data = rendered(room)
    fits, too_many = 0, sum(one.level == "error" for one in change.found)
    while fits + 1 < too_many:
        errors = (fits + too_many) // 2
        if _fits(rendered(structs.replace(room, errors=errors))):
            fits = errors
        else:
            too_many = errors
    return rendered(structs.replace(room, errors=fits))


def _fits(data: bytes) -> bool:
    return len(data.decode()) <= GITHUB_LIMIT


def pull_request(
    change: Change, titles: Titles, after: Study, *, room: Room | None = None
) -> Document:
    """The comment: every error, and of the rest what a reviewer has to know.

    `after` is the rules after the change. Machines get the tables of `detcov diff`.
    """
    room = room or Room()
    failures = tuple(map(titles.failure, after.corpus.failures))
    parts: tuple[Part, ...] = (
        Sentence(text=headline(change), strong=True),
        numbers(change),
        *_shortened(room),
        *unread(failures, most=room.unread),
        *_techniques(change, room),
        *_rules(change.rules, room),
        *_findings(change, titles, room),
        technique_table(change, audience="machines"),
        causes(change),
        rule_table(change, titles, audience="machines"),
        found_table(change, titles, audience="machines"),
        gone_table(change, titles, audience="machines"),
        tactic_table(change.tactics, titles, audience="machines"),
        *method(after, full=False),
    )
    return Document(
        title="Detection coverage",
        subject="pull-request",
        subtitle=f"{titles.before} → {titles.after}; {titles.release_after}",
        main="rules",
        parts=parts,
    )


def _shortened(room: Room) -> Iterator[Part]:
    if room != Room():
        yield Note(
            text=f"Shortened to the {GITHUB_LIMIT:,} characters of a comment: what is left out is "
            "counted. detcov diff names all of it.",
            kind="warning",
            audience="people",
        )


def _techniques(change: Change, room: Room) -> Iterator[Part]:
    for heading, turn, most in (
        ("Lost", Turn.LOST, room.lost),
        ("Gained", Turn.GAINED, room.gained),
    ):
        if found := change.of(turn):
            yield _heading(heading)
            yield from _some(list(map(turned, found)), most)
    for heading, turn in (("Thinner", Turn.THINNER), ("Deeper", Turn.DEEPER)):
        if found := change.of(turn):
            told = shorten(list(map(_counted, found)), room.named) if room.named else len(found)
            yield Sentence(text=f"{heading}: {told}.", audience="people")


def _heading(text: str) -> Heading:
    return Heading(text=text, audience="people")


def _counted(one: TechniqueChange) -> str:
    return f"{one.technique.id} {one.technique.name} ({one.before} → {one.after})"


def _rules(changes: Sequence[RuleChange], room: Room) -> Iterator[Part]:
    shown = [one for one in changes if one.fate not in _QUIET]
    if shown:
        yield _heading("Rules")
        yield from _some(list(map(_rule, shown)), room.rules)
    counts = [(sum(1 for one in changes if one.fate is fate), fate) for fate in _QUIET]
    if told := ", ".join(f"{n:,} {fate}" for n, fate in counts if n):
        yield Sentence(text=f"{told}.", audience="people")


def _rule(one: RuleChange) -> str:
    text = f"{one.fate}: {one.name}"
    if one.lost:
        text += f", no longer {shorten(one.lost, _IDS)}"
    if one.gained:
        text += f", now {shorten(one.gained, _IDS)}"
    return f"{text} ({one.why})" if one.why else text


def _findings(change: Change, titles: Titles, room: Room) -> Iterator[Part]:
    """Every error; of warnings and drift the first; notes by their codes."""
    yield _heading("Findings")
    yield from (Sentence(text=text, audience="people") for text in found_and_gone(change))
    limits = (("error", room.errors), ("warning", room.warnings), ("drift", room.drift))
    for level, most in limits:
        texts = [_finding(one, titles) for one in change.found if one.level == level]
        yield from _some(texts, len(texts) if most is None else most, noun=level)
    notes = Counter(f"{one.code} {one.name}" for one in change.found if one.level == "note")
    if notes:
        told = ", ".join(f"{name} {n:,}" for name, n in sorted(notes.items()))
        text = f"{many(notes.total(), 'note')}: {told}"
        yield Sentence(text=text, indent=1, audience="people")


def _finding(one: Finding, titles: Titles) -> str:
    at = f":{one.place.line}" if one.place.exact else ""
    return f"{one.level} {one.code} {titles.path(one.source, one.path)}{at}: {one.message}"


def _some(texts: Sequence[str], limit: int, *, noun: str = "") -> Iterator[Part]:
    """The first lines, and how many more there are; that line has room for a single one."""
    shown = len(texts) if limit and len(texts) <= limit + 1 else limit
    for text in texts[:shown]:
        line = text if len(text) <= _LINE else f"{text[: _LINE - 1]}…"
        yield Sentence(text=line, indent=1, audience="people")
    if left := len(texts) - shown:
        what = "drift" if noun == "drift" else f"{noun}{'' if left == 1 else 's'}"
        more = f"{left:,} more" if shown else f"{left:,}"
        yield Sentence(
            text=f"and {more} {what}" if noun else f"and {more}", indent=1, audience="people"
        )
