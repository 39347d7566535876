"""The rules and techniques that changed: what became of each, what did it, and when."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from detcov.analysis.change import Change, TechniqueChange, Turn
from detcov.analysis.rule_change import Mark, RuleChange, RuleFate
from detcov.report.cells import codes
from detcov.report.document import (
    Audience,
    Cell,
    Code,
    Column,
    Heading,
    Many,
    Note,
    Number,
    Part,
    RuleCell,
    Sentence,
    State,
    Table,
    Tone,
)
from detcov.report.stage_change import RULE_LIMIT
from detcov.report.titles import Titles
from detcov.report.words import many, shorten

_TONES: Final[Mapping[RuleFate, Tone]] = {
    RuleFate.REMOVED: "bad",
    RuleFate.RETIRED: "bad",
    RuleFate.UNREADABLE: "bad",
    RuleFate.REMAPPED: "warn",
    RuleFate.ADDED: "good",
    RuleFate.REVIVED: "good",
    RuleFate.READABLE: "good",
    RuleFate.JOINED: "quiet",
    RuleFate.PARTED: "quiet",
    RuleFate.RENAMED: "quiet",
    RuleFate.FEWER: "quiet",
    RuleFate.MORE: "quiet",
}
_VERBS: Final[Mapping[RuleFate, str]] = {
    RuleFate.UNREADABLE: "became unreadable",
    RuleFate.READABLE: "became readable again",
    RuleFate.JOINED: "became one rule with another",
    RuleFate.PARTED: "became a rule of its own",
}
"""Where "was removed" and its like would read wrongly"""
_IN: Final = (
    Column(name="In", id="in", shrink=True, audience="people"),
    Column(name="Commit", id="commit", audience="machines"),
    Column(name="Date", id="commit_date", audience="machines"),
    Column(name="Subject", id="commit_subject", audience="machines"),
)
"""In which commit it happened"""
_TURN_TONES: Final[Mapping[Turn, Tone]] = {
    Turn.LOST: "bad",
    Turn.GAINED: "good",
    Turn.THINNER: "warn",
    Turn.DEEPER: "good",
}


def turn_state(turn: Turn) -> State:
    """What became of a technique, as a cell."""
    return State(word=turn.value, tone=_TURN_TONES[turn])


def techniques(change: Change) -> Iterator[Part]:
    """Lost first and gained, a line each; then a table of all that has more or fewer rules."""
    for turn in (Turn.LOST, Turn.GAINED):
        found = change.of(turn)
        yield Heading(text=turn.value.capitalize())
        if turn is Turn.LOST and found:
            yield Note(text=_lost_note(found), kind="warning")
        for one in found:
            yield Sentence(text=turned(one), indent=1, audience="people")
        if not found:
            yield Sentence(text="None.")
    yield Heading(text="Techniques with more or fewer rules")
    counts = (f"{len(change.of(turn)):,} {turn}" for turn in Turn)
    yield Sentence(text=f"{', '.join(counts)}.")
    yield technique_table(change)
    yield causes(change)


def technique_table(change: Change, *, audience: Audience = "all") -> Table:
    """A row a technique that has more or fewer rules."""
    columns = (
        Column(name="", id="turn"),
        Column(name="Technique", id="technique"),
        Column(name="Name", id="name", shrink=True),
        Column(name="before", align="right", id="before"),
        Column(name="after", align="right", id="after"),
        Column(name="By", id="rules", shrink=True, kind="rule"),
        *_IN,
    )
    rows = tuple(map(_technique, change.techniques))
    return Table(id="techniques", columns=columns, rows=rows, audience=audience)


def causes(change: Change) -> Table:
    """For machines: a row a technique and rule that did it, the last or the first one first."""
    columns = (
        Column(name="", id="turn"),
        Column(name="Technique", id="technique"),
        Column(name="Rule", id="rule", kind="rule"),
        Column(name="Fate", id="fate"),
        *_IN,
    )
    rows: list[tuple[Cell, ...]] = []
    for one in change.techniques:
        for rule in one.rules:
            turn, technique = turn_state(one.turn), Code(text=one.technique.id)
            rows.append((turn, technique, _cell(rule), _fate(rule), *_commit(rule)))
    return Table(id="causes", columns=columns, rows=tuple(rows), audience="machines")


def rules(change: Change, titles: Titles) -> Iterator[Part]:
    """One table of every rule that isn't what it was."""
    yield Heading(text="Rules")
    counts = [(fate, len(change.rules_of(fate))) for fate in RuleFate]
    told = ", ".join(f"{n:,} {fate}" for fate, n in counts if n)
    yield Sentence(text=f"{told or 'No rule changed in what it is or claims'}.")
    yield rule_table(change, titles)


def rule_table(change: Change, titles: Titles, *, audience: Audience = "all") -> Table:
    """A row a rule that isn't what it was."""
    found = change.rules
    columns = (
        Column(name="", id="fate"),
        Column(name="Rule", id="rule", shrink=True, kind="rule"),
        Column(name="claims no longer", id="lost", shrink=True),
        Column(name="claims now", id="gained", shrink=True),
        Column(name="Why", id="why", shrink=True),
        *_IN,
        Column(name="File", id="file", shrink=True, audience="people"),
        Column(name="File", id="path", audience="machines"),
    )
    several = len({one.key.source for one in found}) > 1
    rows = tuple(_rule(one, titles, several) for one in found)
    return Table(id="rules", columns=columns, rows=rows, audience=audience)


def turned(one: TechniqueChange) -> str:
    """What became of a technique, with the rule that did it last, and when."""
    technique = one.technique
    text = f"{technique.id} {technique.name}"
    said = [many(one.before, "rule") + " before"] if one.turn is Turn.LOST else []
    if technique.pre_only:
        said.append("PRE-only")
    if said:
        text += f" ({', '.join(said)})"
    if not one.rules:
        return f"{text}."
    last, *others = one.rules
    text += f": {last.name} {_VERBS.get(last.fate, f'was {last.fate}')}"
    text += f" ({last.why})" if last.why else ""
    text += f" in {_said(last.mark)}" if last.mark else ""
    if others:
        names = shorten([other.name for other in others], RULE_LIMIT)
        apart = "before that" if one.turn is Turn.LOST else "later"
        same = all(other.mark == last.mark for other in others)
        text += f"; {'together with' if same else apart} {names}"
    return f"{text}."


def _lost_note(found: Sequence[TechniqueChange]) -> str:
    n = len(found)
    return f"{many(n, 'technique')} {'has' if n == 1 else 'have'} no rule that counts any more."


def _said(mark: Mark) -> str:
    summary = f' "{mark.summary}"' if mark.summary else ""
    return f"{mark.id} on {mark.date}{summary}"


def _technique(one: TechniqueChange) -> tuple[Cell, ...]:
    last = one.rules[0] if one.rules else None
    return (
        turn_state(one.turn),
        Code(text=one.technique.id),
        one.technique.name,
        Number(value=one.before),
        Number(value=one.after),
        _named(one.rules),
        *((None,) * len(_IN) if last is None else _commit(last)),
    )


def _named(changes: Sequence[RuleChange]) -> Cell:
    """The rules that did it, the last first, each with what became of it."""
    cells = tuple(_cell(one, note=one.fate.value) for one in changes)
    return Many(cells=cells, limit=RULE_LIMIT)


def _cell(one: RuleChange, *, note: str = "") -> RuleCell:
    return RuleCell(key=one.key, name=one.name, path=one.path, note=note)


def _fate(one: RuleChange) -> State:
    return State(word=one.fate.value, tone=_TONES[one.fate])


def _rule(one: RuleChange, titles: Titles, several: bool) -> tuple[Cell, ...]:
    """A row; with `several` sources the file is named with its own, unless its folder is known."""
    source, gone = one.key.source, one.fate is RuleFate.REMOVED
    apart = several and source not in titles.folders
    path = titles.path(source, one.path, gone=gone)
    return (
        _fate(one),
        _cell(one),
        _claims(one.lost),
        _claims(one.gained),
        one.why or None,
        *_commit(one),
        Code(text=f"{source}: {path}" if apart else path),
        Code(text=path),
    )


def _commit(one: RuleChange) -> tuple[Cell, ...]:
    """The cells of the columns `_IN`."""
    mark = one.mark
    if mark is None:
        return (None,) * len(_IN)
    return f"{mark.id} {mark.date} {mark.summary}", mark.id, mark.date, mark.summary


def _claims(ids: Iterable[str]) -> Cell:
    found = codes(ids)
    return found if found.cells else None
