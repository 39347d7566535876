"""Which rules to take over from other corpora, and what they leave open, as a Document."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from detcov.analysis.coverage import Ratio
from detcov.analysis.suggest import OpenTarget, Suggestion, Suggestions, Target
from detcov.load.licence import Licence
from detcov.model import Corpus, RuleIndex
from detcov.report.cells import codes, technique_link
from detcov.report.copies import ALSO_IN, also_in, place
from detcov.report.document import (
    Audience,
    Cell,
    Code,
    Column,
    Document,
    Heading,
    KeyNumber,
    KeyNumbers,
    Number,
    Part,
    RuleCell,
    Sentence,
    Table,
)
from detcov.report.method import method
from detcov.report.words import counted, dataset, many
from detcov.study import Study

_FIRST_OPEN: Final = 15
NOT_STATED: Final = "not stated"


class SuggestReportOptions(Struct, frozen=True, kw_only=True):
    """What a caller may choose about the report."""

    title: str = "Suggested rules"
    full: bool = True
    """People see every table whole; else what a terminal has room for"""
    newer: str | None = None
    """Says that a later release is out, if one is"""
    licences: Mapping[RuleIndex, tuple[Licence | None, ...]] = {}
    """Of what is suggested, in each of its places, as `load.licence` finds them"""


def suggest_document(
    study: Study,
    candidates: Corpus,
    found: Suggestions,
    options: SuggestReportOptions | None = None,
) -> Document:
    """The report of what `suggest_from` found; `study` is of our rules and all platforms."""
    options = options or SuggestReportOptions()
    report = _Report(study, candidates, found, options)
    about = (dataset(study, options.newer), ", ".join(found.platforms))
    return Document(
        title=options.title,
        subtitle=" · ".join(filter(None, about)),
        lead="" if options.full else dataset(study, options.newer, found.platforms),
        subject="suggest",
        parts=tuple(report.parts()),
        main="suggestions",
    )


class _Report:
    """Makes the parts; holds what each of them looks up."""

    def __init__(
        self, study: Study, candidates: Corpus, found: Suggestions, options: SuggestReportOptions
    ) -> None:
        self._study, self._rules, self._found = study, candidates.rules, found
        self._copies = candidates.copies
        self._sources, self._options = candidates.sources, options
        self._several = len(found.platforms) > 1
        self._if_full: Audience = "all" if options.full else "machines"

    def parts(self) -> Iterator[Part]:
        yield from self._headline()
        yield Heading(text="Rules to take over, the greatest gain first")
        if not self._found.picked:
            yield Sentence(text="None: no candidate in scope claims what is open.")
        if not self._options.full:
            yield from self._told()
        yield self._table()
        yield self._closed()
        yield from self._open()
        yield from method(self._study, full=self._options.full)

    def _headline(self) -> Iterator[Part]:
        found = self._found
        text = (
            f"{many(len(found.picked), 'rule')} {'closes' if len(found.picked) == 1 else 'close'} "
            f"{found.closed:,} of {many(len(found.targets), 'gap')}, {found.gain:,} of "
            f"{found.weight:,} points; {len(found.still_open):,} stay open"
        )
        yield Sentence(text=text, strong=True)
        yield self._numbers()
        now, then = found.covered, found.covered.numerator + found.closed
        yield Sentence(
            text=f"covered: {counted(now)} now, {then:,} then; {now.definition}", indent=1
        )
        yield Sentence(text=f"points: {_POINTS if found.platforms else _POINTS_ANYWHERE}", indent=1)
        scope = f", {found.in_scope:,} look at {' or '.join(found.platforms)}"
        yield Sentence(
            text=f"Candidates from {', '.join(self._sources)}: {found.counted:,} counted"
            f"{scope if found.platforms else ''}."
        )

    def _numbers(self) -> KeyNumbers:
        found = self._found
        cannot = sum(1 for one in found.still_open if not one.closers)
        return KeyNumbers(
            audience=self._if_full,
            numbers=(
                KeyNumber(
                    id="closed",
                    label="Gaps closed",
                    value=Ratio(
                        numerator=found.closed,
                        denominator=len(found.targets),
                        definition="gaps that the suggested rules close",
                    ),
                ),
                KeyNumber(id="rules", label="Rules", value=Number(value=len(found.picked))),
                KeyNumber(
                    id="still_open",
                    label="Still open",
                    value=Number(value=len(found.still_open)),
                    detail=f"{cannot:,} can't be closed from there",
                ),
                KeyNumber(
                    id="points",
                    label="Points closed",
                    value=Ratio(
                        numerator=found.gain,
                        denominator=found.weight,
                        definition="points of the gaps that the suggested rules close",
                    ),
                ),
                KeyNumber(id="covered", label="Covered now", value=found.covered),
            ),
        )

    def _told(self) -> Iterator[Part]:
        for position, one in enumerate(self._found.picked, start=1):
            rule = self._rules[one.rule]
            title = f"{position}. +{one.gain:,} {rule.name}"
            yield Sentence(text=title, strong=True, audience="people")
            closes = ", ".join(self._called(target) for target in one.closes)
            places = map(place, self._copies[one.rule])
            for text in (f"closes {closes}", *places, "; ".join(self._more(one))):
                yield Sentence(text=text, indent=1, audience="people")

    def _more(self, one: Suggestion) -> Iterator[str]:
        yield f"licence: {self._licence(one)}"
        if one.alternatives:
            others = "other closes" if one.alternatives == 1 else "others close"
            yield f"{one.alternatives:,} {others} the same"
        if one.ours is not None:
            yield f"ours by id: {self._study.corpus.rules[one.ours].path}, which doesn't close it"

    def _licence(self, one: Suggestion) -> str:
        """Where its places have different ones, each with the places that have it."""
        copies = self._copies[one.rule]
        found = self._options.licences.get(one.rule, (None,) * len(copies))
        if len({licence and licence.name for licence in found}) == 1:
            return _stated(found[0])
        labels = Counter(copy.key.source for copy in copies)
        places: dict[str, list[str]] = {}
        for copy, licence in zip(copies, found, strict=True):
            label = copy.key.source
            place = label if labels[label] == 1 else f"{label}: {copy.path}"
            places.setdefault(_stated(licence), []).append(place)
        return "; ".join(f"{text} in {', '.join(of)}" for text, of in places.items())

    def _called(self, target: Target) -> str:
        technique = target.technique
        on = f" on {target.platform}" if self._several else ""
        return f"{technique.id} {technique.name}{on} ({target.weight:,})"

    def _table(self) -> Table:
        columns = (
            Column(name="#", id="rank", align="right"),
            Column(name="rule", id="rule", kind="rule"),
            Column(name="gain", id="gain", align="right"),
            Column(name="closes", id="closes"),
            Column(name="so far", id="closed", align="right"),
            Column(name="licence", id="licence"),
            Column(name="others alike", id="alternatives", align="right"),
            Column(name="source", id="source"),
            Column(name="path", id="path"),
            Column(name="id", id="id"),
            Column(name="lifecycle", id="lifecycle"),
            Column(name="ours by id", id="ours"),
        )
        also = (ALSO_IN,) if self._in_places else ()
        return Table(
            columns=(*columns, *also),
            rows=tuple(self._rows()),
            id="suggestions",
            audience=self._if_full,
        )

    def _rows(self) -> Iterator[tuple[Cell, ...]]:
        closed = 0
        for position, one in enumerate(self._found.picked, start=1):
            rule = self._rules[one.rule]
            closed += len(one.closes)
            ours = self._study.corpus.rules[one.ours].path if one.ours is not None else None
            yield (
                Number(value=position),
                RuleCell.of(rule),
                Number(value=one.gain),
                codes(target.technique.id for target in one.closes),
                Number(value=closed),
                self._licence(one),
                Number(value=one.alternatives),
                rule.key.source,
                Code(text=rule.path),
                Code(text=rule.key.native_id),
                rule.state.lifecycle.value,
                Code(text=ours) if ours is not None else None,
                *([also_in(self._copies[one.rule])] if self._in_places else ()),
            )

    @property
    def _in_places(self) -> bool:
        """Whether a suggested rule is in several places."""
        return any(len(self._copies[one.rule]) > 1 for one in self._found.picked)

    def _closed(self) -> Table:
        columns = [
            Column(name="#", id="rank", align="right"),
            Column(name="closes", id="technique", kind="link"),
            Column(name="name", id="name"),
            Column(name="points", id="points", align="right"),
        ]
        if self._several:
            columns.insert(3, Column(name="platform", id="platform"))
        rows = tuple(
            (
                Number(value=position),
                technique_link(target.technique.id),
                target.technique.name,
                *([target.platform] if self._several else ()),
                Number(value=target.weight),
            )
            for position, one in enumerate(self._found.picked, start=1)
            for target in one.closes
        )
        return Table(columns=tuple(columns), rows=rows, id="closed", audience=self._if_full)

    def _open(self) -> Iterator[Part]:
        found = self._found.still_open
        yield Heading(text="Still open")
        if not found:
            yield Sentence(text="Nothing.")
        more = [one for one in found if one.closers]
        never = [one for one in found if not one.closers]
        if more:
            yield Sentence(
                text=f"{many(len(more), 'gap')} ({many(_points(more), 'point')}): further "
                "candidates would close them (--max)."
            )
        if never:
            yield Sentence(
                text=f"{many(len(never), 'gap')} ({many(_points(never), 'point')}): can't be "
                "closed from there."
            )
        elsewhere = sum(1 for one in never if one.elsewhere)
        if elsewhere:
            yield Sentence(
                text=f"{elsewhere:,} of these are claimed by candidates that look elsewhere.",
                indent=1,
            )
        yield self._open_table(found)

    def _open_table(self, found: tuple[OpenTarget, ...]) -> Table:
        columns = [
            Column(name="technique", id="technique", kind="link"),
            Column(name="name", id="name", shrink=True),
            Column(name="points", id="points", align="right"),
            Column(name="candidates", id="candidates", align="right"),
            Column(name="elsewhere", id="elsewhere", align="right"),
        ]
        if self._several:
            columns.insert(2, Column(name="platform", id="platform"))
        return Table(
            columns=tuple(columns),
            rows=tuple(map(self._open_row, found)),
            id="open",
            limit=None if self._options.full else _FIRST_OPEN,
            hint=" (--full)",
        )

    def _open_row(self, one: OpenTarget) -> tuple[Cell, ...]:
        technique = one.target.technique
        return (
            technique_link(technique.id),
            technique.name,
            *([one.target.platform] if self._several else ()),
            Number(value=one.target.weight),
            Number(value=one.closers),
            Number(value=one.elsewhere),
        )


_POINTS: Final = "a gap's score among the gaps, one at least"
_POINTS_ANYWHERE: Final = (
    "those of a gap's score for users of the technique, wherever, and for nothing covered near it; "
    "one at least"
)


def _stated(licence: Licence | None) -> str:
    return NOT_STATED if licence is None else f"{licence.name} ({licence.stated_by})"


def _points(found: list[OpenTarget]) -> int:
    return sum(one.target.weight for one in found)
