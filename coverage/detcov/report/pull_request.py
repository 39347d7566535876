"""A comment for a pull request: what it adds, removes and breaks, on one screen."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from detcov.analysis.change import Change, TechniqueChange, Turn
from detcov.analysis.rule_change import RuleChange, RuleFate
from detcov.model import Finding
from detcov.report.change import found_and_gone, headline, numbers, unread
from detcov.report.changed_rules import turned
from detcov.report.document import Document, Heading, Part, Sentence
from detcov.report.method import method
from detcov.report.titles import Titles
from detcov.report.words import shorten
from detcov.study import Study

LIMIT: Final = 5
"""Lines of the list of what was lost, and ids named in one line on a rule"""
_LESS: Final = 3
"""Lines of every other list: with all of them full, the comment has 58"""
_NAMED: Final = 10
"""Techniques named in one line"""
_RANKS: Final = ("error", "warning", "drift", "note")
_QUIET: Final = (RuleFate.RENAMED, RuleFate.FEWER, RuleFate.MORE)
"""Fates that are summed: they change no number"""
_LISTS: Final = (
    ("Lost", Turn.LOST),
    ("Gained", Turn.GAINED),
    ("Thinner", Turn.THINNER),
    ("Deeper", Turn.DEEPER),
)


def pull_request(change: Change, titles: Titles, after: Study) -> Document:
    """The comment: under 60 lines of Markdown, however much changed.

    `after` is the rules after the change.
    """
    parts: tuple[Part, ...] = (
        Sentence(text=headline(change), strong=True),
        numbers(change),
        *unread(tuple(map(titles.failure, after.corpus.failures))),
        *_techniques(change),
        *_rules(change.rules),
        *_findings(change, titles),
        *method(after, full=False),
    )
    return Document(
        title="Detection coverage",
        subject="pull-request",
        subtitle=f"{titles.before} → {titles.after}; {titles.release_after}",
        parts=parts,
    )


def _techniques(change: Change) -> Iterator[Part]:
    for heading, turn in _LISTS:
        found = change.of(turn)
        if not found:
            continue
        if turn in {Turn.LOST, Turn.GAINED}:
            yield Heading(text=heading)
            yield from _some(map(turned, found), LIMIT if turn is Turn.LOST else _LESS)
        else:
            yield Sentence(text=f"{heading}: {shorten(list(map(_counted, found)), _NAMED)}.")


def _counted(one: TechniqueChange) -> str:
    return f"{one.technique.id} {one.technique.name} ({one.before} → {one.after})"


def _rules(changes: Sequence[RuleChange]) -> Iterator[Part]:
    shown = [one for one in changes if one.fate not in _QUIET]
    if shown:
        yield Heading(text="Rules")
        yield from _some(map(_rule, shown), _LESS)
    counts = [(sum(1 for one in changes if one.fate is fate), fate) for fate in _QUIET]
    if told := ", ".join(f"{n:,} {fate}" for n, fate in counts if n):
        yield Sentence(text=f"{told}.")


def _rule(one: RuleChange) -> str:
    text = f"{one.fate}: {one.name}"
    if one.lost:
        text += f", no longer {shorten(one.lost, LIMIT)}"
    if one.gained:
        text += f", now {shorten(one.gained, LIMIT)}"
    return f"{text} ({one.why})" if one.why else text


def _findings(change: Change, titles: Titles) -> Iterator[Part]:
    yield Heading(text="Findings")
    yield Sentence(text=found_and_gone(change))
    grave = sorted(change.found, key=lambda one: _RANKS.index(one.level))
    told = (_finding(one, titles) for one in grave if one.level != "note")
    yield from _some(told, _LESS)


def _finding(one: Finding, titles: Titles) -> str:
    at = f":{one.place.line}" if one.place.exact else ""
    return f"{one.level} {one.code} {titles.path(one.source, one.path)}{at}: {one.message}"


def _some(texts: Iterable[str], limit: int) -> Iterator[Part]:
    """The first lines, and how many more there are: that line has room for a single one."""
    listed = list(texts)
    shown = limit if len(listed) > limit + 1 else len(listed)
    for text in listed[:shown]:
        yield Sentence(text=text, indent=1)
    if len(listed) > shown:
        yield Sentence(text=f"and {len(listed) - shown:,} more", indent=1)
