"""The rules and techniques that changed: what became of each, what did it, and when."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from detcov.analysis.change import Change, TechniqueChange, Turn
from detcov.analysis.rule_change import Mark, RuleChange, RuleFate
from detcov.report.cells import codes
from detcov.report.document import (
    Cell,
    Code,
    Column,
    Heading,
    Many,
    Note,
    Number,
    Part,
    Sentence,
    State,
    Table,
    Tone,
)
from detcov.report.stage_change import RULE_LIMIT
from detcov.report.titles import Titles
from detcov.report.words import first, many, shorten

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
            yield Sentence(text=turned(one), indent=1)
        if not found:
            yield Sentence(text="None.")
    yield Heading(text="Techniques with more or fewer rules")
    counts = (f"{len(change.of(turn)):,} {turn}" for turn in Turn)
    yield Sentence(text=f"{', '.join(counts)}.")
    columns = (
        Column(name="", id="turn"),
        Column(name="Technique", id="technique"),
        Column(name="Name", id="name", shrink=True),
        Column(name="before", align="right", id="before"),
        Column(name="after", align="right", id="after"),
        Column(name="By", id="rules", shrink=True),
        Column(name="In", id="commit", shrink=True),
    )
    yield Table(id="techniques", columns=columns, rows=tuple(map(_technique, change.techniques)))


def rules(change: Change, titles: Titles) -> Iterator[Part]:
    """One table of every rule that isn't what it was."""
    found = change.rules
    yield Heading(text="Rules")
    counts = [(fate, len(change.rules_of(fate))) for fate in RuleFate]
    told = ", ".join(f"{n:,} {fate}" for fate, n in counts if n)
    yield Sentence(text=f"{told or 'No rule changed in what it is or claims'}.")
    columns = (
        Column(name="", id="fate"),
        Column(name="Rule", id="rule", shrink=True),
        Column(name="claims no longer", id="lost", shrink=True),
        Column(name="claims now", id="gained", shrink=True),
        Column(name="Why", id="why", shrink=True),
        Column(name="In", id="commit", shrink=True),
        Column(name="File", id="path", shrink=True),
    )
    several = len({one.key.source for one in found}) > 1
    rows = tuple(_rule(one, titles, several) for one in found)
    yield Table(id="rules", columns=columns, rows=rows)


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
        None if last is None else _commit(last),
    )


def _named(changes: Sequence[RuleChange]) -> Cell:
    """The rules that did it, the last first, each with what became of it."""
    return Many(cells=first([f"{one.name} ({one.fate})" for one in changes], RULE_LIMIT))


def _rule(one: RuleChange, titles: Titles, several: bool) -> tuple[Cell, ...]:
    """A row; with `several` sources the file is named with its own, unless its folder is known."""
    source, gone = one.key.source, one.fate is RuleFate.REMOVED
    apart = several and source not in titles.folders
    path = titles.path(source, one.path, gone=gone)
    return (
        State(word=one.fate.value, tone=_TONES[one.fate]),
        one.name,
        _claims(one.lost),
        _claims(one.gained),
        one.why or None,
        _commit(one),
        Code(text=f"{source}: {path}" if apart else path),
    )


def _commit(one: RuleChange) -> Cell:
    mark = one.mark
    return None if mark is None else f"{mark.id} {mark.date} {mark.summary}"


def _claims(ids: Iterable[str]) -> Cell:
    found = codes(ids)
    return found if found.cells else None
