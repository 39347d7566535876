"""Rules seen through Microsoft's Threat Matrix for Kubernetes, in its columns, as a Document."""

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Final

from msgspec import Struct

from detcov.analysis.kubernetes_lens import Lens, LensRow, LensState, distinct, sum_up
from detcov.model import RuleIndex
from detcov.report.cells import codes, technique_link
from detcov.report.document import (
    Audience,
    Cell,
    Code,
    Column,
    Document,
    Heading,
    KeyNumber,
    KeyNumbers,
    Many,
    Note,
    Number,
    Part,
    RuleCell,
    Sentence,
    State,
    Table,
    Tone,
    slug,
)
from detcov.report.method import method
from detcov.report.words import counted, dataset, many
from detcov.study import Study

_TONES: Final[Mapping[LensState, Tone]] = {
    LensState.COVERED: "good",
    LensState.VIA: "good",
    LensState.NODE: "warn",
    LensState.GAP: "bad",
    LensState.UNMAPPED: "quiet",
}
_SHORT: Final[Mapping[LensState, str]] = {
    LensState.COVERED: "covered",
    LensState.VIA: "via subs",
    LensState.NODE: "node only",
    LensState.GAP: "gap",
    LensState.UNMAPPED: "n/a",
}


class KubernetesReportOptions(Struct, frozen=True, kw_only=True):
    """What a caller may choose about the report."""

    title: str = "Kubernetes"
    full: bool = True
    """People see every table whole; else what a terminal has room for"""
    newer: str | None = None
    """Says that a later release is out, if one is"""


def kubernetes_document(
    study: Study, lens: Lens, options: KubernetesReportOptions | None = None
) -> Document:
    """The report of what `kubernetes_lens` saw; `study` is of all platforms."""
    options = options or KubernetesReportOptions()
    report = _Report(study, lens, options)
    called, data = f"{lens.matrix.publisher}'s {lens.matrix.name}", dataset(study, options.newer)
    return Document(
        title=options.title,
        subtitle=f"{called} · {data}",
        lead="" if options.full else f"{called}, by {data}",
        subject="kubernetes",
        parts=tuple(report.parts()),
        main="techniques",
    )


class _Report:
    """Makes the parts; holds what each of them looks up."""

    def __init__(self, study: Study, lens: Lens, options: KubernetesReportOptions) -> None:
        self._study, self._matrix, self._rows = study, lens.matrix, lens.rows
        self._columns, self._by_tactic, self._options = lens.columns, lens.by_tactic, options
        self._containers = lens.containers
        self._if_full: Audience = "all" if options.full else "machines"

    def parts(self) -> Iterator[Part]:
        yield from self._headline()
        yield Heading(text="By tactic of the matrix")
        yield self._tactics()
        if self._options.full:
            yield Heading(text="The matrix", audience="people")
            yield self._grid()
        else:
            yield from self._told()
        yield Heading(text="Techniques of the matrix", audience=self._if_full)
        yield self._techniques()
        yield Heading(text="Rules", audience=self._if_full)
        yield self._rules()
        yield from self._caveats()
        yield from method(self._study, full=self._options.full)

    def _headline(self) -> Iterator[Part]:
        sums = sum_up(self._rows)
        covered, itself = sums.covered, sums.itself.numerator
        behind, containers = distinct(self._rows), self._containers
        yield KeyNumbers(
            audience=self._if_full,
            numbers=(
                KeyNumber(id="distinct", label="ATT&CK techniques", value=behind),
                KeyNumber(id="covered", label="Of the matrix", value=covered),
                KeyNumber(id="itself", label="Not via subs", value=sums.itself),
                KeyNumber(id="with_node", label="With nodes", value=sums.with_node),
                KeyNumber(id="gaps", label="Gaps", value=Number(value=sums.gaps)),
                KeyNumber(id="unmapped", label="Can't tell", value=Number(value=sums.unmapped)),
                KeyNumber(id="containers", label="Of Containers", value=containers),
            ),
        )
        yield Sentence(
            text=f"{counted(behind)} ATT&CK techniques named in the matrix are covered "
            f"({behind.percent})",
            strong=True,
        )
        yield Sentence(
            text=f"They make {counted(covered)} techniques of the matrix ({covered.percent}), "
            f"{many(sums.gaps, 'gap')}: it names one ATT&CK technique in several places."
        )
        yield Sentence(
            text="detcov gaps --platform Containers counts other techniques, all that ATT&CK has "
            f"for Containers, and own claims only: {counted(containers)} ({containers.percent})."
        )
        yield Sentence(text=f"covered: {covered.definition}", indent=1)
        via = covered.numerator - itself
        yield Sentence(
            text=f"of these {itself:,} themselves, {via:,} only via sub-techniques; "
            f"{counted(sums.with_node)} with rules on Linux nodes",
            indent=1,
        )
        if sums.unmapped:
            yield Sentence(
                text=f"n/a: {sums.unmapped:,} for which {self._matrix.publisher} names no "
                "technique that this release has: rules can't tell",
                indent=1,
            )

    def _tactics(self) -> Table:
        columns = (
            Column(name="tactic", id="tactic"),
            Column(name="covered", id="covered", align="right", kind="ratio"),
            Column(name="themselves", id="itself", align="right"),
            Column(name="gaps", id="gaps", align="right"),
            Column(name="n/a", id="unmapped", align="right"),
        )
        rows: list[tuple[Cell, ...]] = []
        for tactic, inside in self._by_tactic.items():
            sums = sum_up(inside)
            counts = (sums.itself.numerator, sums.gaps, sums.unmapped)
            rows.append((tactic, sums.covered, *(Number(value=one) for one in counts)))
        return Table(columns=columns, rows=tuple(rows), id="tactics")

    def _told(self) -> Iterator[Part]:
        for tactic, inside in self._by_tactic.items():
            columns = (
                Column(name="id"),
                Column(name="name", shrink=True),
                Column(name="seen"),
                Column(name="rules", align="right"),
                Column(name="node", align="right"),
                Column(name="ATT&CK"),
            )
            yield Heading(text=tactic, audience="people")
            rows = tuple(self._short(row) for row in inside)
            name = f"tactic-{slug(tactic)}"
            yield Table(columns=columns, rows=rows, id=name, audience="people")

    def _short(self, row: LensRow) -> tuple[Cell, ...]:
        technique = row.technique
        return (
            technique.id,
            technique.name,
            _SHORT[row.state],
            Number(value=len(row.rules) + len(row.via)) if row.mapped else None,
            Number(value=len(row.node)) if row.mapped else None,
            ", ".join(row.attack),
        )

    def _grid(self) -> Table:
        columns = tuple(Column(name=tactic) for tactic in self._matrix.tactics)
        rows = zip_longest(*self._by_tactic.values())
        cells = tuple(tuple(map(self._cell, row)) for row in rows)
        return Table(columns=columns, rows=cells, id="matrix", audience="people")

    def _cell(self, row: LensRow | None) -> Cell:
        if row is None:
            return None
        rules = len(row.rules) + len(row.via)
        seen = f"{_SHORT[row.state]} {rules:,}" if rules else _SHORT[row.state]
        return Many(cells=(row.technique.name, State(word=seen, tone=_TONES[row.state])))

    def _techniques(self) -> Table:
        columns = (
            Column(name="id", id="id"),
            Column(name="name", id="name"),
            Column(name="tactics", id="tactics"),
            Column(name="ATT&CK", id="attack"),
            Column(name="seen", id="state"),
            Column(name="rules", id="rules", align="right"),
            Column(name="via", id="via", align="right"),
            Column(name="node", id="node", align="right"),
            Column(name="shares it with", id="shared"),
        )
        rows = tuple(map(self._technique, self._rows))
        return Table(columns=columns, rows=rows, id="techniques", audience=self._if_full)

    def _technique(self, row: LensRow) -> tuple[Cell, ...]:
        technique = row.technique
        return (
            Code(text=technique.id),
            technique.name,
            Many(cells=technique.tactics),
            Many(cells=tuple(map(technique_link, row.attack))),
            State(word=row.state.value, tone=_TONES[row.state]),
            Number(value=len(row.rules)),
            Number(value=len(row.via)),
            Number(value=len(row.node)),
            Many(
                cells=tuple(
                    Code(text=other.technique.id)
                    for other in self._rows
                    if other is not row and not set(row.attack).isdisjoint(other.attack)
                )
            ),
        )

    def _rules(self) -> Table:
        columns = (
            Column(name="rule", id="rule", kind="rule"),
            Column(name="looks at", id="column"),
            Column(name="because of", id="reason"),
            Column(name="counts for", id="techniques"),
            Column(name="source", id="source"),
            Column(name="path", id="path"),
        )
        found: dict[RuleIndex, list[str]] = {}
        for row in self._rows:
            for index in (*row.rules, *row.via):
                found.setdefault(index, []).append(row.technique.id)
        rows = []
        for index in sorted(found):
            rule, column = self._study.corpus.rules[index], self._columns[index]
            rows.append(
                (
                    RuleCell.of(rule),
                    column.value,
                    column.field,
                    codes(found[index]),
                    rule.key.source,
                    Code(text=rule.path),
                )
            )
        return Table(columns=columns, rows=tuple(rows), id="rules", audience=self._if_full)

    def _caveats(self) -> Iterator[Part]:
        matrix = self._matrix
        told = [row for row in self._rows if row.covered]
        behind = {one for row in told for one in row.attack_covered}
        yield Heading(text="How to read it")
        yield Note(
            text=f"A technique of the matrix is narrower than the ATT&CK technique named for it, "
            f"and several name the same: the {many(len(told), 'covered one')} stand on "
            f"{many(len(behind), 'covered technique')} of ATT&CK's. Covered says that a rule "
            "claims that, not that it sees what the matrix means."
        )
        yield Sentence(
            text=f"Source: {matrix.source}, commit {matrix.commit[:12]} of {matrix.date}, "
            f"{matrix.licence}, {matrix.publisher}. Names in sentence case; no text of it is here."
        )
