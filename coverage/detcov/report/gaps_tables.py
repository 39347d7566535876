"""The tables of a gap report that count rules: by tactic, by technique, the gaps, the rules."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from detcov.analysis.coverage import CellCoverage
from detcov.analysis.gap_study import GapStudy
from detcov.analysis.gaps import TechniqueGaps
from detcov.analysis.rank import NAMES, RankedGap
from detcov.attack.release import Tactic, Technique
from detcov.model import RuleIndex
from detcov.report import gaps_words as words
from detcov.report.cells import codes, depth_state, technique_link
from detcov.report.document import Cell, Code, Column, Many, Number, RuleCell, Table
from detcov.study import Study

Medium = Literal["terminal", "page", "data"]
"""Who reads a table: a person in 80 columns, a person with a page, or a machine"""

TECHNIQUE: Final = Column(name="technique", id="technique", kind="link")
_NAME: Final = Column(name="name", shrink=True)
_KINDS: Final = {"software": "software", "groups": "group", "campaigns": "campaign"}


class GapTables:
    """Makes the tables of one platform. `suffix` keeps their ids apart from another's."""

    def __init__(self, study: Study, found: GapStudy, medium: Medium, suffix: str = "") -> None:
        self._study, self._found, self._medium, self._suffix = study, found, medium, suffix
        self._gaps = found.gaps

    def tactics(self) -> Table:
        """A row a tactic: techniques covered and open, distinct rules in each column."""
        columns = (
            Column(name="tactic"),
            Column(name="covered", align="right", kind="ratio"),
            *((Column(name="+n", align="right", id="inferred"),) if self._inferred() else ()),
            Column(name="gaps", align="right"),
            *((Column(name="accepted", align="right"),) if self._gaps.accepted else ()),
            *self._rule_columns(),
        )
        return self.table("tactics", columns, tuple(self._tactic_rows()))

    def _tactic_rows(self) -> Iterator[tuple[Cell, ...]]:
        for one in self._gaps.tactics:
            if self._left_out(one.tactic):
                continue
            inside = [
                row
                for row in self._gaps.techniques.values()
                if one.tactic.shortname in row.technique.tactics
            ]
            accepted = sum(1 for row in inside if row.accepted)
            if not inside:
                more = self._inferred() + 1 + bool(self._gaps.accepted)
                blank: tuple[Cell, ...] = (None,) * (more + len(self._gaps.columns))
                absent = one.tactic.shortname in self._gaps.absent
                yield (one.tactic.name, "n/a" if absent else "none asked for", *blank)
                continue
            rules = (
                {index for row in inside for index in row.columns[name]}
                for name in self._gaps.columns
            )
            yield (
                one.tactic.name,
                one.ratio,
                *((self._plus(one.inferred),) if self._inferred() else ()),
                Number(value=sum(1 for row in inside if row.gap) - accepted),
                *((Number(value=accepted),) if self._gaps.accepted else ()),
                *(Number(value=len(found)) for found in rules),
            )

    def _left_out(self, tactic: Tactic) -> bool:
        """Whether only other tactics were asked for."""
        wanted = self._found.options.tactics
        return bool(wanted) and tactic.shortname not in wanted

    def _inferred(self) -> bool:
        """Whether a column is worth its room for what is inferred."""
        return self._medium == "data" or any(one.inferred for one in self._gaps.tactics)

    def _plus(self, inferred: int) -> Number | None:
        return Number(value=inferred, signed=True) if inferred else None

    def cells(self) -> Table:
        """A row a technique in each of its tactics: depth, rules in each column."""
        if self._medium == "terminal":
            return self._cells_in_80_columns()
        columns = [
            Column(name="tactic"),
            TECHNIQUE,
            _NAME,
            Column(name="depth"),
            *self._stage_columns(),
            *self._rule_columns(),
            Column(name="in this tactic", align="right", id="in_tactic"),
            Column(name="inferred there", align="right", id="inferred"),
            *self._via_columns(),
        ]
        rows: list[tuple[Cell, ...]] = []
        for tactic, inside in self._by_tactic():
            for position, (one, cell) in enumerate(inside):
                first = position == 0 or self._medium == "data"
                rows.append(
                    (
                        tactic if first else None,
                        technique_link(one.technique.id),
                        one.technique.name,
                        depth_state(one.depth),
                        *self._stages(one),
                        *(Number(value=len(rules)) for rules in one.columns.values()),
                        Number(value=len(self._closing(one, cell.stated))),
                        Number(value=len(self._closing(one, cell.inferred))),
                        *self._via(one),
                    )
                )
        return self.table("techniques", tuple(columns), tuple(rows))

    def _cells_in_80_columns(self) -> Table:
        """Tactics stand between their techniques, as there is no room for them beside."""
        columns = (
            Column(name="technique", shrink=True),
            Column(name="depth"),
            *self._stage_columns(),
            *self._rule_columns(),
            Column(name="via", align="right"),
        )
        rows: list[tuple[Cell, ...]] = []
        for tactic, inside in self._by_tactic():
            rows.append((tactic, *(None,) * (len(columns) - 1)))
            for one, _ in inside:
                k, n = one.subtechniques_covered, one.subtechniques
                rows.append(
                    (
                        f"  {one.technique.id} {one.technique.name}",
                        depth_state(one.depth),
                        *self._stages(one),
                        *(Number(value=len(rules)) for rules in one.columns.values()),
                        f"{k} of {n}" if n else None,
                    )
                )
        return self.table("techniques", columns, tuple(rows))

    def _by_tactic(self) -> Iterator[tuple[str, list[tuple[TechniqueGaps, CellCoverage]]]]:
        for tactic in self._study.release.tactics:
            if self._left_out(tactic):
                continue
            inside = [
                (one, self._study.coverage.cells[tactic.shortname, identity])
                for identity, one in self._gaps.techniques.items()
                if tactic.shortname in one.technique.tactics
            ]
            if inside:
                yield tactic.name, inside

    def _closing(self, one: TechniqueGaps, rules: Iterable[RuleIndex]) -> frozenset[RuleIndex]:
        return frozenset(one.closing) & frozenset(rules)

    def gaps(self) -> Table:
        """A row a gap, the first to close first."""
        shown = [name for name in self._gaps.columns if name not in self._gaps.closes]
        columns = [
            Column(name="#", align="right", id="rank"),
            TECHNIQUE,
            _NAME,
            Column(name="score", align="right"),
            Column(name="reports", align="right"),
            *(Column(name=words.COLUMN_NAMES[name], align="right") for name in shown),
        ]
        if self._medium == "page":
            columns += [Column(name="why"), Column(name="re-map"), Column(name="tactics")]
        if self._medium == "data":
            columns += [
                *(Column(name=name, id=name) for name in _KINDS),
                Column(name="possible reports", align="right"),
                Column(name="general reports", align="right"),
                Column(name="normal use looks the same"),
                *(Column(name=f"points {part.encode_name}", align="right") for part in NAMES),
                Column(name="tactics"),
            ]
        rows = tuple(
            self._gap_row(position, one, shown)
            for position, one in enumerate(self._found.ranked, start=1)
        )
        return self.table("gaps", tuple(columns), rows)

    def _gap_row(self, position: int, ranked: RankedGap, shown: list[str]) -> tuple[Cell, ...]:
        gap = ranked.gap
        row: tuple[Cell, ...] = (
            Number(value=position),
            technique_link(gap.technique.id),
            gap.technique.name,
            Number(value=ranked.score),
            self._reports(ranked),
            *(Number(value=len(gap.columns[name])) for name in shown),
        )
        tactics = self._tactic_names(gap.technique)
        if self._medium == "page":
            why = words.score(ranked, self._gaps.platform)
            if ranked.ubiquitous:
                why = f"{why}; {words.HELD_DOWN}" if why else words.HELD_DOWN
            remap = words.remap(ranked, self._study.release, self._study.corpus)
            return (*row, why, remap or None, tactics)
        if self._medium == "data":
            return (*row, *_reasons(ranked), tactics)
        return row

    def actors(self) -> Table:
        """For machines: a row a user of a gap, and the release it was taken from if another."""
        columns = tuple(Column(name=name, id=name) for name in ("id", "name", "kind", "of_version"))
        actors = {one.id: one for gap in self._found.ranked for one in gap.actors}
        rows = tuple(
            (Code(text=one.id), one.name, one.kind, one.of_version)
            for _, one in sorted(actors.items())
        )
        return self.table("actors", columns, rows)

    def _reports(self, ranked: RankedGap) -> Cell:
        """How many used the technique on the platform; a page says whose reports they are."""
        if self._medium == "page":
            return words.users(ranked.actors)
        if self._medium == "terminal" and not ranked.actors:
            return "none known"
        return Number(value=len(ranked.actors))

    def remaps(self) -> Table:
        """For machines: a row a rule that claims the parent or a sub-technique of a gap."""
        columns = (
            TECHNIQUE,
            Column(name="rule", kind="rule"),
            Column(name="claims", id="claims", kind="link"),
            Column(name="path"),
        )
        rules = self._study.corpus.rules
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                technique_link(ranked.gap.technique.id),
                self.rule(index),
                technique_link(claimed),
                Code(text=rules[index].path),
            )
            for ranked in self._found.ranked
            for claimed, inside in ranked.gap.remaps.items()
            for index in inside
        )
        return self.table("re-map", columns, rows)

    def rules(self) -> Table:
        """A row a rule that looks at the platform: which field says so, what it claims.

        For machines also those that don't look at it, where a field says where they look.
        """
        claims: dict[RuleIndex, list[str]] = {}
        for identity, one in self._gaps.techniques.items():
            for index in (i for rules in one.columns.values() for i in rules):
                claims.setdefault(index, []).append(identity)
        columns = (
            Column(name="rule", kind="rule"),
            *(Column(name=name) for name in ("column", "because of", "techniques", "path")),
        )
        rules = self._study.corpus.rules
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                self.rule(index),
                column.value,
                column.field,
                codes(claims.get(index, ())),
                Code(text=rules[index].path),
            )
            for index, column in self._gaps.reasons.items()
            if column.value in self._gaps.closes
            or (self._medium == "data" and column.field and index in claims)
        )
        return self.table("rules", columns, rows)

    def rule(self, index: RuleIndex) -> RuleCell:
        """A rule of ours as a cell."""
        return RuleCell.of(self._study.corpus.rules[index])

    def table(
        self,
        name: str,
        columns: tuple[Column, ...],
        rows: tuple[tuple[Cell, ...], ...],
        *,
        limit: int | None = None,
    ) -> Table:
        """A table with an id that no other platform's has; people see the first `limit` rows."""
        id_ = name + self._suffix
        return Table(columns=columns, rows=rows, id=id_, limit=limit, hint=" (--full)")

    def _rule_columns(self) -> tuple[Column, ...]:
        return tuple(
            Column(name=words.COLUMN_NAMES[name], align="right", id=name.replace(" ", "_"))
            for name in self._gaps.columns
        )

    def _stage_columns(self) -> tuple[Column, ...]:
        if self._gaps.stages is None:
            return ()
        names = ("stage", "deployed", "fed", "tested") if self._medium == "data" else ("stage",)
        return tuple(Column(name=name) for name in names)

    def _stages(self, one: TechniqueGaps) -> tuple[Cell, ...]:
        """The furthest stage known to be reached; for machines also what is known of each."""
        found = one.stages
        if found is None:
            return ()
        reached = "accepted" if one.accepted else found.reached.value
        if self._medium == "data":
            return (reached, found.deployed.value, found.fed.value, found.tested.value)
        return (reached,)

    def accepted(self) -> Table:
        """A row a gap that somebody accepts: who, and until when."""
        columns = (
            TECHNIQUE,
            _NAME,
            Column(name="accepted as"),
            Column(name="by", shrink=True),
            Column(name="until"),
            *((Column(name="note"),) if self._medium != "terminal" else ()),
        )
        rows: list[tuple[Cell, ...]] = []
        for one in self._gaps.accepted:
            fact = one.accepted
            if fact is not None:
                note = (fact.note,) if self._medium != "terminal" else ()
                kind = fact.kind.value.replace("-", " ")
                link = technique_link(one.technique.id)
                expiry = fact.expiry or None
                rows.append((link, one.technique.name, kind, fact.owner, expiry, *note))
        return self.table("accepted", columns, tuple(rows))

    def _via_columns(self) -> tuple[Column, ...]:
        if self._medium == "page":
            return (Column(name="sub-techniques", align="right"),)
        return (
            Column(name="sub-techniques covered", align="right", id="subtechniques_covered"),
            Column(name="sub-techniques", align="right", id="subtechniques"),
        )

    def _via(self, one: TechniqueGaps) -> tuple[Cell, ...]:
        k, n = one.subtechniques_covered, one.subtechniques
        if self._medium == "page":
            return (f"{k} of {n}" if n else None,)
        return (Number(value=k), Number(value=n)) if n else (None, None)

    def _tactic_names(self, technique: Technique) -> Many:
        tactics = self._study.release.tactic_by_shortname
        return Many(cells=tuple(tactics[one].name for one in technique.tactics))


def _reasons(ranked: RankedGap) -> Iterator[Cell]:
    """Users by kind, other reports, whether it is held down, and the points of every part."""
    for kind in _KINDS.values():
        yield Many(cells=tuple(one.name for one in ranked.actors if one.kind == kind))
    yield Number(value=len(ranked.possible))
    yield Number(value=len(ranked.general))
    yield "yes" if ranked.ubiquitous else "no"
    points = {part.name: part.points for part in ranked.parts}
    for part in NAMES:
        yield Number(value=points.get(part.encode_name, 0))
