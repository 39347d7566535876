"""The tables of a gap report that say what to build: logs, candidates, near misses."""

from collections.abc import Iterator, Mapping
from typing import Final

from detcov.analysis.collect import LogNeed
from detcov.analysis.gap_study import GapStudy
from detcov.report import gaps_words as words
from detcov.report.cells import codes, technique_link
from detcov.report.copies import ALSO_IN, also_in
from detcov.report.document import (
    Cell,
    Code,
    Column,
    Many,
    Number,
    RuleCell,
    State,
    Table,
    Tone,
)
from detcov.report.gaps_tables import TECHNIQUE, GapTables, Medium
from detcov.study import Study

_FIRST: Final = 12
"""Rows that a terminal shows, unless all are asked for"""
_TONES: Final[Mapping[str, Tone]] = {"stated": "good", "denied": "bad"}


class BuildTables:
    """Makes the tables of one platform."""

    def __init__(
        self, study: Study, found: GapStudy, tables: GapTables, medium: Medium, *, full: bool
    ) -> None:
        self._study, self._found, self._tables, self._medium = study, found, tables, medium
        self._facts = found.gaps.stages is not None
        self._most = None if full or medium != "terminal" else _FIRST

    def logs(self) -> Table:
        """A row a log source that MITRE's analytics for the gaps read, most asked for first."""
        asked: dict[str, list[str]] = {}
        logs: dict[str, LogNeed] = {}
        components: dict[str, set[str]] = {}
        for technique, need in self._found.needs.items():
            for log in need.logs:
                key = log.name.lower()
                logs.setdefault(key, log)
                asked.setdefault(key, []).append(technique)
                components.setdefault(key, set()).update(log.components)
        columns = (
            Column(name="log source"),
            Column(name="data components", shrink=True),
            Column(name="gaps", align="right"),
            Column(name="read by our rules", audience="people"),
            Column(name="read", audience="machines"),
            *((Column(name="collected"),) if self._facts else ()),
            *((Column(name="techniques"),) if self._medium != "terminal" else ()),
            *((Column(name="readers", kind="rule"),) if self._medium == "data" else ()),
        )
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                Code(text=logs[key].name),
                Many(cells=tuple(sorted(components[key]))),
                Number(value=len(asked[key])),
                words.read(logs[key]),
                logs[key].read,
                *((_collected(logs[key]),) if self._facts else ()),
                *self._more(asked[key], logs[key]),
            )
            for key in sorted(logs, key=lambda key: (-len(asked[key]), key))
        )
        return self._tables.table("log-sources", columns, rows, limit=self._most)

    def _more(self, asked: list[str], log: LogNeed) -> Iterator[Cell]:
        """Which techniques ask for a log; for machines also who reads it."""
        if self._medium != "terminal":
            yield codes(asked)
        if self._medium == "data":
            yield Many(cells=tuple(map(self._tables.rule, log.readers)))

    def needs(self) -> Table:
        """For machines: a row a gap and log source that its analytics read."""
        columns = (
            TECHNIQUE,
            Column(name="strategies"),
            Column(name="strategy names"),
            Column(name="analytics"),
            Column(name="analytics for"),
            Column(name="instead of the platform", id="substitute"),
            Column(name="log source"),
            Column(name="channels"),
            Column(name="data components"),
            Column(name="of version"),
            Column(name="read"),
            Column(name="rules that read it", align="right", id="readers"),
            Column(name="collected"),
        )
        return self._tables.table("to-build", columns, tuple(self._need_rows()))

    def _need_rows(self) -> Iterator[tuple[Cell, ...]]:
        for ranked in self._found.ranked:
            need = self._found.needs[ranked.gap.technique.id]
            build: tuple[Cell, ...] = (
                technique_link(ranked.gap.technique.id),
                codes(one.id for one in need.strategies),
                Many(cells=tuple(one.name for one in need.strategies)),
                codes(one.id for one in need.analytics),
                need.platform if need.analytics else None,
                "yes" if need.substitute else "no",
            )
            for log in need.logs:
                yield (
                    *build,
                    Code(text=log.name),
                    Many(cells=log.channels),
                    Many(cells=log.components),
                    need.of_version,
                    log.read,
                    Number(value=len(log.readers)),
                    words.collected(log) or None,
                )
            if not need.logs:
                components = Many(cells=need.components) if need.components else None
                yield (*build, None, None, components, None, None, None, None)

    def candidates(self) -> Table:
        """A row a rule of another corpus that would close a gap; gaps first to close first."""
        columns = [
            TECHNIQUE,
            Column(name="candidate", shrink=True, kind="rule"),
            Column(name="source"),
            Column(name="column"),
        ]
        if self._medium != "terminal":
            columns += [Column(name="because of"), Column(name="path")]
            columns += [ALSO_IN] if self._in_places else []
        rows = tuple(
            row
            for ranked in self._found.ranked
            for row in self._candidate_rows(ranked.gap.technique.id)
        )
        return self._tables.table("candidates", tuple(columns), rows, limit=self._most)

    def _candidate_rows(self, technique: str) -> Iterator[tuple[Cell, ...]]:
        for one in (self._found.candidates or {}).get(technique, ()):
            row: tuple[Cell, ...] = (
                technique_link(technique),
                RuleCell.of(one.rule),
                ", ".join(one.labels) if self._medium == "terminal" else one.rule.key.source,
                one.column.value,
            )
            if self._medium != "terminal":
                row = (*row, one.column.field, Code(text=one.rule.path))
                row = (*row, also_in(one.places)) if self._in_places else row
            yield row

    @property
    def _in_places(self) -> bool:
        """Whether a candidate is in several places."""
        found = (self._found.candidates or {}).values()
        return any(len(one.places) > 1 for inside in found for one in inside)

    def near_misses(self) -> Table:
        """A row a rule that knows containers and doesn't say so."""
        columns = (
            Column(name="rule", shrink=True, kind="rule"),
            Column(name="column"),
            Column(name="uses", shrink=True),
            Column(name="would close"),
            *((Column(name="path"),) if self._medium != "terminal" else ()),
        )
        rules = self._study.corpus.rules
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                self._tables.rule(one.rule),
                one.column,
                codes(one.fields),
                codes(one.techniques),
                *((Code(text=rules[one.rule].path),) if self._medium != "terminal" else ()),
            )
            for one in self._found.gaps.near_misses
        )
        return self._tables.table("near-misses", columns, rows, limit=self._most)


def _collected(log: LogNeed) -> State:
    word = words.collected(log)
    return State(word=word, tone=_TONES.get(word, "quiet"))
