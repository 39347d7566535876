"""What the heatmap's script reads: the study as compact JSON.

Rows are arrays (`array_like`) and refer to each other by position, because names repeated in
every row would double a page that has to stay under 2 MB. The field order below is the order
in the arrays; `templates/heatmap/data.js` reads them by the same names (see its `ROWS`).
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from detcov.analysis.ledger import is_carried
from detcov.attack.threats import Threats
from detcov.model import SEVERITIES, Resolution, Rule, RuleIndex
from detcov.report.clean import clean
from detcov.study import Study

if TYPE_CHECKING:
    from detcov.report.heatmap_stages import StagesPayload

PAYLOAD_VERSION = 1

_SEVERITIES = (*SEVERITIES, "")


class RuleRow(Struct, frozen=True, array_like=True):
    """One rule that some number on the page can count."""

    name: str
    path: str
    line: int
    sources: tuple[int, ...]
    """Indices into `sources`: where a copy of it counts, that of `path` first"""
    severity: int
    """Index into `severities`"""
    state: int
    """Index into `states`"""
    platforms: int
    """Index into `platform_sets`"""
    native_id: str
    other_places: tuple[str, ...]
    """Of further copies of the same rule: paths, with several sources after the label"""


class TechniqueRow(Struct, frozen=True, array_like=True):
    """One technique in scope."""

    id: str
    name: str
    parent: int
    """Index into `techniques`, -1 for none (or one that is out of scope)"""
    platforms: tuple[int, ...]
    """Indices into `platforms`"""
    pre_only: bool
    claims: tuple[tuple[int, ...], ...]
    """(rule, line of the mapping), rules of any platform; where some of a rule's sources don't
    claim it there, those that do follow"""
    carried: tuple[tuple[int, int, int], ...]
    """(rule, line, index into `reasons`) of mappings whose technique or tactic changed"""
    users: tuple[int, ...]
    """Indices into `actors`"""


class CellRow(Struct, frozen=True, array_like=True):
    """One cell of the matrix and the rules drawn in it."""

    tactic: int
    technique: int
    stated: tuple[int, ...]
    inferred: tuple[int, ...]


class CopiesRow(Struct, frozen=True, array_like=True):
    """A rule in a cell that some of its sources draw otherwise than others, or don't draw."""

    cell: int
    """Index into `cells`"""
    rule: int
    stated: tuple[int, ...]
    """Indices into `sources`: those whose copies state the cell"""
    inferred: tuple[int, ...]
    """Those of which it is inferred"""


class TacticRow(Struct, frozen=True, array_like=True):
    """One column."""

    id: str
    name: str
    shortname: str
    pre_only: bool


class ActorRow(Struct, frozen=True, array_like=True):
    """A group, campaign or piece of software that uses a technique."""

    id: str
    name: str
    kind: str
    of_version: str
    """Release it was taken from where the target's own data lacks it, else \"\" """


class ReasonRow(Struct, frozen=True, array_like=True):
    """Why a mapping was carried forward."""

    text: str
    needs_person: bool


class HeatmapPayload(Struct, frozen=True, kw_only=True):
    """Everything the page's script knows."""

    version: int
    count: str
    scope: tuple[int, ...]
    """Platforms the run was limited to, as indices; empty means all"""
    platforms: tuple[str, ...]
    """Those in scope first, where the run was limited"""
    severities: tuple[str, ...]
    """Those that rules have, worst first; \"\" is unstated"""
    sources: tuple[str, ...]
    states: tuple[tuple[tuple[str, str], ...], ...]
    """(value, field) of lifecycle, emits, kind and enabled"""
    platform_sets: tuple[tuple[tuple[int, str], ...], ...]
    """(platform, field it came from), one set a kind of rule"""
    reasons: tuple[ReasonRow, ...]
    tactics: tuple[TacticRow, ...]
    techniques: tuple[TechniqueRow, ...]
    cells: tuple[CellRow, ...]
    copies: tuple[CopiesRow, ...]
    rules: tuple[RuleRow, ...]
    actors: tuple[ActorRow, ...]
    link_base: str
    """Address the files lie under; \"\" for none"""
    stages: "StagesPayload | UnsetType" = UNSET
    """What facts about the estate say, where there are some"""

    def to_json(self) -> str:
        r"""JSON that is safe inside a script element: `<`, U+2028 and U+2029 as \u escapes."""
        return script_safe(msgspec.json.encode(self).decode())

    @property
    def choices(self) -> tuple[str, ...]:
        """Platforms the page can be filtered by."""
        return self.platforms[: len(self.scope)] if self.scope else self.platforms


def script_safe(json_text: str) -> str:
    """The same JSON with no character that could end a script element or a JS line.

    In JSON these characters occur only inside strings, where an escape means the same.
    """
    return (
        json_text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    )


def build_payload(study: Study, threats: Threats | None, link_base: str) -> HeatmapPayload:
    """The payload of `study`: techniques, cells and rules in scope, by position."""
    return _Builder(study, threats, link_base).payload()


T = TypeVar("T")


class _Table(Generic[T]):
    """Distinct values, numbered as they come."""

    def __init__(self, values: Iterable[T] = ()) -> None:
        self._numbers: dict[T, int] = dict(zip(values, count(), strict=False))

    def number(self, value: T) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    @property
    def values(self) -> tuple[T, ...]:
        return tuple(self._numbers)


class _Builder:
    """Holds the tables while the rows are made."""

    def __init__(self, study: Study, threats: Threats | None, link_base: str) -> None:
        self._study = study
        self._users = threats.users if threats is not None else {}
        self._link_base = link_base
        coverage = study.coverage
        self._shown = _rules_shown(study)
        self._rule_number = {rule: n for n, rule in enumerate(self._shown)}
        self._technique_number = {key: n for n, key in enumerate(coverage.techniques)}
        rules = [study.corpus.rules[index] for index in self._shown]
        self._counted = study.corpus.counted(coverage.count)
        stated = {name for index in self._shown for name in self._counted.platforms[index]}
        self._platforms = _Table(
            [
                *coverage.platforms,
                *sorted({*study.release.platforms, *stated} - {*coverage.platforms}),
            ]
        )
        self._scope = tuple(self._platforms.number(name) for name in coverage.platforms)
        severities = {rule.severity for rule in rules}
        self._severities = _Table(
            [s for s in _SEVERITIES if s in severities] + sorted(severities - {*_SEVERITIES})
        )
        self._sources = _Table(study.corpus.sources)
        self._states = _Table[tuple[tuple[str, str], ...]]()
        self._platform_sets = _Table[tuple[tuple[int, str], ...]]()
        self._reasons = _Table[ReasonRow]()
        self._actors = _Table[ActorRow]()
        self._mapped: dict[str, list[tuple[RuleIndex, Rule, Resolution]]] = {}
        shown = frozenset(self._shown)
        corpus = study.corpus
        for rule, index, found in zip(
            corpus.rules, corpus.canonical, study.resolutions, strict=True
        ):
            if index not in shown or not rule.counts(coverage.count):
                continue
            for one in found:
                if one.technique and one.counts:
                    self._mapped.setdefault(one.technique, []).append((index, rule, one))

    def payload(self) -> HeatmapPayload:
        study = self._study
        tactics = tuple(
            TacticRow(one.tactic.id, one.tactic.name, one.tactic.shortname, one.pre_only)
            for one in study.coverage.tactics
        )
        rules = tuple(self._rule(index, study.corpus.copies[index]) for index in self._shown)
        techniques = tuple(self._technique(key) for key in study.coverage.techniques)
        cells = self._cells()
        return HeatmapPayload(
            version=PAYLOAD_VERSION,
            count=study.coverage.count,
            scope=self._scope,
            platforms=self._platforms.values,
            severities=self._severities.values,
            sources=tuple(map(clean, self._sources.values)),
            states=self._states.values,
            platform_sets=self._platform_sets.values,
            reasons=self._reasons.values,
            tactics=tactics,
            techniques=techniques,
            cells=tuple(cells.values()),
            copies=tuple(self._copies(cells)),
            rules=rules,
            actors=self._actors.values,
            link_base=self._link_base,
            stages=self._stages(),
        )

    def _stages(self) -> "StagesPayload | UnsetType":
        study = self._study
        if study.estate is None or study.stages is None:
            return UNSET
        from detcov.report.heatmap_stages import build_stages

        return build_stages(
            study.estate,
            study.stages,
            rules=self._rule_number,
            techniques=self._technique_number,
            platforms={name: n for n, name in enumerate(self._platforms.values)},
        )

    def _rule(self, index: RuleIndex, copies: tuple[Rule, ...]) -> RuleRow:
        rule, state = copies[0], copies[0].state
        facts = (state.lifecycle, state.emits, state.kind, state.enabled)
        fields = self._counted.platform_fields(index)
        return RuleRow(
            name=clean(rule.name),
            path=clean(rule.path),
            line=rule.place.line,
            sources=self._sources_of(copies),
            severity=self._severities.number(rule.severity),
            state=self._states.number(tuple((fact.value, clean(fact.field)) for fact in facts)),
            platforms=self._platform_sets.number(
                tuple(
                    (self._platforms.number(name), clean(fields[name])) for name in sorted(fields)
                )
            ),
            native_id=clean(rule.key.native_id),
            other_places=tuple(clean(self._place(copy)) for copy in copies[1:]),
        )

    def _sources_of(self, copies: Iterable[Rule]) -> tuple[int, ...]:
        mode = self._study.coverage.count
        labels = (copy.key.source for copy in copies if copy.counts(mode))
        return tuple(dict.fromkeys(map(self._sources.number, labels)))

    def _place(self, copy: Rule) -> str:
        several = len(self._study.corpus.sources) > 1
        return f"{copy.key.source}: {copy.path}" if several else copy.path

    def _technique(self, key: str) -> TechniqueRow:
        entry = self._study.coverage.techniques[key]
        technique = entry.technique
        lines: dict[RuleIndex, int] = {}
        claiming: dict[RuleIndex, list[Rule]] = {}
        carried: list[tuple[int, int, int]] = []
        for index, rule, resolution in self._mapped.get(key, ()):
            shown = self._study.corpus.rules[index]
            number, line = self._rule_number[index], resolution.mapping.place.line
            if rule is shown:
                lines.setdefault(index, line)
            else:  # a line of another file than the one that is named
                line = shown.place.line
            claiming.setdefault(index, []).append(rule)
            if is_carried(resolution) and resolution.why:
                reason = ReasonRow(clean(resolution.why), resolution.needs_person)
                carried.append((number, line, self._reasons.number(reason)))
        owners = sorted({*entry.rules, *entry.unstated, *entry.elsewhere})
        return TechniqueRow(
            id=technique.id,
            name=clean(technique.name),
            parent=self._technique_number.get(technique.parent or "", -1),
            platforms=tuple(self._platforms.number(name) for name in technique.platforms),
            pre_only=technique.pre_only,
            claims=tuple(self._claim(one, lines, claiming.get(one, ())) for one in owners),
            carried=tuple(carried),
            users=tuple(
                self._actors.number(ActorRow(a.id, clean(a.name), a.kind, a.of_version or ""))
                for a in self._users.get(key, ())
            ),
        )

    def _claim(
        self, index: RuleIndex, lines: Mapping[RuleIndex, int], claiming: Iterable[Rule]
    ) -> tuple[int, ...]:
        copies = self._study.corpus.copies[index]
        row = self._rule_number[index], lines.get(index, copies[0].place.line)
        if len(copies) == 1:
            return row
        here = self._sources_of(claiming)
        return row if {*here} == {*self._sources_of(copies)} else (*row, *here)

    def _cells(self) -> dict[tuple[str, str], CellRow]:
        """The cells by tactic and technique, in the order of the page."""
        order = {tactic.shortname: n for n, tactic in enumerate(self._study.release.tactics)}
        rows = {
            (tactic, technique): CellRow(
                tactic=order[tactic],
                technique=self._technique_number[technique],
                stated=tuple(self._rule_number[rule] for rule in cell.stated),
                inferred=tuple(self._rule_number[rule] for rule in cell.inferred),
            )
            for (tactic, technique), cell in self._study.coverage.cells.items()
        }
        return dict(sorted(rows.items(), key=lambda item: (item[1].tactic, item[1].technique)))

    def _copies(self, cells: Mapping[tuple[str, str], CellRow]) -> Iterator[CopiesRow]:
        """What sources don't share, in cells; nothing for rules that have one source."""
        sources = {
            index: self._sources_of(self._study.corpus.copies[index]) for index in self._shown
        }
        several = {index for index, labels in sources.items() if len(labels) > 1}
        if not several:
            return
        for at, ((tactic, technique), row) in enumerate(cells.items()):
            stated: dict[RuleIndex, list[Rule]] = {}
            inferred: dict[RuleIndex, list[Rule]] = {}
            for index, rule, found in self._mapped.get(technique, ()):
                if index in several and tactic in found.tactics:
                    (inferred if found.inferred else stated).setdefault(index, []).append(rule)
            for index in sorted(stated.keys() | inferred.keys()):
                number = self._rule_number[index]
                state = self._sources_of(stated.get(index, ()))
                infer = self._sources_of(inferred.get(index, ()))
                infer = tuple(one for one in infer if one not in state)
                alike = {*sources[index]} in ({*state}, {*infer})
                if not alike and number in (*row.stated, *row.inferred):
                    yield CopiesRow(at, number, state, infer)


def _rules_shown(study: Study) -> list[RuleIndex]:
    """Rules that some number counts or names, in corpus order."""
    shown = {*study.coverage.counted}
    for entry in study.coverage.techniques.values():
        shown.update(entry.rules, entry.unstated, entry.elsewhere)
    return sorted(shown)
