"""Gaps of a platform: per technique, which rules look where, and which of them close it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from detcov.analysis.coverage import Coverage, Depth, Ratio, TacticCoverage, depth_of
from detcov.analysis.looking import CONTAINERS, Looking, Rules, of_platform
from detcov.analysis.stages import StageSums, TechniqueStages
from detcov.attack.platforms import NO_PLATFORM
from detcov.attack.release import Release, Technique
from detcov.errors import UsageError
from detcov.facts import Fact
from detcov.model import Corpus, RuleIndex, ScopeColumn, Stated

if TYPE_CHECKING:
    from detcov.analysis.estate import Estate


class TechniqueGaps(Struct, frozen=True, kw_only=True):
    """One technique of the platform. Rules are indices into the corpus, sorted."""

    technique: Technique
    columns: Mapping[str, Rules]
    """Column to the distinct counted rules in it with an own claim; disjoint, in column order"""
    closing: Rules
    """Those that look at the platform: what makes the technique covered"""
    subtechniques: int
    """n: its active sub-techniques on the platform"""
    subtechniques_covered: int
    """k: those that are covered themselves"""
    relative_covered: bool = False
    """Whether its parent, a sibling or a sub-technique on the platform is covered"""
    remaps: Mapping[str, Rules] = {}
    """Its parent or sub-techniques, to the rules that look at the platform and claim them: such
    a rule may see this technique, too"""
    stages: TechniqueStages | None = None
    """How far the closing rules bring it, where facts about the estate tell"""

    @property
    def gap(self) -> bool:
        """No rule that looks at the platform claims the technique itself."""
        return not self.closing

    @property
    def accepted(self) -> Fact | None:
        """The fact that accepts the gap, which leaves the denominator then."""
        if self.stages is None or not self.stages.excused:
            return None
        return self.stages.excuses[0]

    @property
    def depth(self) -> Depth:
        """none, one or several closing rules."""
        return depth_of(self.closing)

    @property
    def node_only(self) -> bool:
        """A gap that rules on Linux nodes claim: they may not know the container."""
        return self.gap and bool(self.columns.get(ScopeColumn.NODE))


class NearMiss(Struct, frozen=True, kw_only=True):
    """A rule whose query uses container or Kubernetes fields, and nothing says it is for them."""

    rule: RuleIndex
    column: str
    fields: tuple[str, ...]
    techniques: tuple[str, ...]
    """Gaps of the platform that it claims"""


class Gaps(Struct, frozen=True, kw_only=True):
    """What of a platform the counted rules leave open."""

    platform: str
    columns: tuple[str, ...]
    closes: frozenset[str]
    """The columns whose rules close a gap"""
    rules: Mapping[str, int]
    """Column to the counted rules in it, whatever they claim"""
    reasons: Mapping[RuleIndex, Stated]
    """Counted rule to its column, and the field that decided it"""
    techniques: Mapping[str, TechniqueGaps]
    """By id: those of the platform that were asked for"""
    tactics: tuple[TacticCoverage, ...]
    """All of the release, in matrix order, by the techniques that were asked for"""
    absent: frozenset[str]
    """Shortnames of those in which ATT&CK has nothing for the platform: n/a, no gap"""
    near_misses: tuple[NearMiss, ...]
    covered: Ratio
    with_node: Ratio | None
    """The same with rules on Linux nodes; None where the platform has no such column"""
    some_claim: Ratio
    """Accepted gaps are on neither side of these three"""
    stages: StageSums | None = None
    """Mapped, deployed, fed, tested, where facts about the estate tell"""

    @property
    def open(self) -> tuple[TechniqueGaps, ...]:
        """The gaps that nobody accepts, by id."""
        return tuple(one for one in self.techniques.values() if one.gap and not one.accepted)

    @property
    def accepted(self) -> tuple[TechniqueGaps, ...]:
        """The gaps that somebody accepts, by id."""
        return tuple(one for one in self.techniques.values() if one.accepted)


def find_gaps(
    release: Release,
    corpus: Corpus,
    coverage: Coverage,
    platform: str,
    *,
    columns: Mapping[RuleIndex, Stated],
    estate: Estate | None = None,
    wanted: Callable[[Technique], bool] = lambda _: True,
) -> Gaps:
    """The gaps of a platform of the release.

    `coverage` is that of all platforms (raises `UsageError` for another). `columns` are those of
    `analysis.scope`, used for Containers; for any other platform a rule closes a gap if it states
    the platform, as it counts in `measure`. `estate` tells how far its rules bring a technique, and
    which gaps are accepted. `wanted` leaves techniques out.
    """
    if coverage.platforms:
        raise UsageError("gaps need a coverage of all platforms, not of some")
    looking = Looking(platform, corpus.counted(coverage.count), columns)
    reasons = {index: looking.column(index) for index in coverage.counted}
    there = {
        identity: one.technique
        for identity, one in coverage.techniques.items()
        if of_platform(one.technique, platform)
    }
    # What was not asked for is still a relative of what was.
    all_of_it = _techniques(release, coverage, there, looking, reasons, estate)
    techniques = {key: one for key, one in all_of_it.items() if wanted(one.technique)}
    return _summed(corpus, coverage, looking, reasons, techniques, staged=estate is not None)


def _summed(
    corpus: Corpus,
    coverage: Coverage,
    looking: Looking,
    reasons: Mapping[RuleIndex, Stated],
    techniques: Mapping[str, TechniqueGaps],
    *,
    staged: bool,
) -> Gaps:
    """What the techniques come to."""
    platform = looking.platform
    counting = {key: one for key, one in techniques.items() if not one.accepted}
    totals = Counter(column.value for column in reasons.values())
    return Gaps(
        platform=platform,
        columns=looking.names,
        closes=looking.closes,
        rules={name: totals[name] for name in looking.names},
        reasons=reasons,
        techniques=techniques,
        tactics=tactics_of(coverage, {key: one.closing for key, one in counting.items()}),
        absent=_absent(coverage, platform),
        near_misses=_near_misses(corpus, reasons, techniques) if looking.for_containers else (),
        covered=_covered(counting, platform, accepting=len(counting) < len(techniques)),
        with_node=_with_node(counting) if looking.for_containers else None,
        some_claim=_some_claim(counting, platform),
        stages=_sums(techniques, platform) if staged else None,
    )


def _techniques(
    release: Release,
    coverage: Coverage,
    there: Mapping[str, Technique],
    looking: Looking,
    reasons: Mapping[RuleIndex, Stated],
    estate: Estate | None,
) -> dict[str, TechniqueGaps]:
    rules = {identity: coverage.techniques[identity].rules for identity in there}
    closing = {identity: tuple(filter(looking.looks, rules[identity])) for identity in there}
    facts_for = (looking.platform,) if looking.platform != NO_PLATFORM else ()
    found = {}
    for identity, technique in there.items():
        children = [one for one in release.children.get(identity, ()) if one in there]
        parent = technique.parent
        family = (parent, *release.children.get(parent, ())) if parent else children
        near = [parent] if parent else release.children.get(identity, ())
        found[identity] = TechniqueGaps(
            technique=technique,
            columns=_by_column(rules[identity], looking.names, reasons),
            closing=closing[identity],
            subtechniques=len(children),
            subtechniques_covered=sum(1 for one in children if closing[one]),
            relative_covered=any(closing.get(one) for one in family if one != identity),
            remaps={} if closing[identity] else _claims(near, coverage, looking),
            stages=estate.stages(identity, facts_for, closing[identity]) if estate else None,
        )
    return found


def _claims(techniques: Iterable[str], coverage: Coverage, looking: Looking) -> dict[str, Rules]:
    """Return those of the techniques that rules claim which look at the platform."""
    found = {
        one: tuple(filter(looking.looks, coverage.techniques[one].rules))
        for one in techniques
        if one in coverage.techniques
    }
    return {one: rules for one, rules in found.items() if rules}


def _by_column(
    rules: Rules, names: tuple[str, ...], reasons: Mapping[RuleIndex, Stated]
) -> dict[str, Rules]:
    found: dict[str, list[RuleIndex]] = {name: [] for name in names}
    for index in rules:
        found[reasons[index].value].append(index)
    return {name: tuple(inside) for name, inside in found.items()}


def tactics_of(coverage: Coverage, closing: Mapping[str, Rules]) -> tuple[TacticCoverage, ...]:
    """As in a report of the platform: stated cells cover, inferred ones are counted beside."""
    techniques, covered, inferred = Counter[str](), Counter[str](), Counter[str]()
    for (tactic, identity), cell in coverage.cells.items():
        if identity not in closing:
            continue
        rules = frozenset(closing[identity])
        techniques[tactic] += 1
        if not rules.isdisjoint(cell.stated):
            covered[tactic] += 1
        elif not rules.isdisjoint(cell.inferred):
            inferred[tactic] += 1
    return tuple(
        TacticCoverage(
            tactic=one.tactic,
            techniques=techniques[one.tactic.shortname],
            covered=covered[one.tactic.shortname],
            inferred=inferred[one.tactic.shortname],
            pre_only=one.pre_only,
        )
        for one in coverage.tactics
    )


def _absent(coverage: Coverage, platform: str) -> frozenset[str]:
    there = {
        tactic
        for tactic, identity in coverage.cells
        if of_platform(coverage.techniques[identity].technique, platform)
    }
    return frozenset(one.tactic.shortname for one in coverage.tactics) - there


def _near_misses(
    corpus: Corpus,
    counted: Mapping[RuleIndex, Stated],
    techniques: Mapping[str, TechniqueGaps],
) -> tuple[NearMiss, ...]:
    claimed: dict[RuleIndex, list[str]] = {}
    for identity, one in techniques.items():
        for index in (i for rules in one.columns.values() for i in rules if one.gap):
            claimed.setdefault(index, []).append(identity)
    return tuple(
        NearMiss(
            rule=index,
            column=column.value,
            fields=corpus.rules[index].container_fields,
            techniques=tuple(claimed.get(index, ())),
        )
        for index, column in counted.items()
        if not ScopeColumn(column.value).in_scope and corpus.rules[index].container_fields
    )


def _sums(techniques: Mapping[str, TechniqueGaps], platform: str) -> StageSums:
    from detcov.analysis.stand import sum_stages

    return sum_stages(platform, [one.stages for one in techniques.values() if one.stages])


def _ratio(
    techniques: Mapping[str, TechniqueGaps], test: Callable[[TechniqueGaps], bool], definition: str
) -> Ratio:
    numerator = sum(1 for one in techniques.values() if test(one))
    return Ratio(numerator=numerator, denominator=len(techniques), definition=definition)


def _covered(techniques: Mapping[str, TechniqueGaps], platform: str, *, accepting: bool) -> Ratio:
    looks = f"a rule that states {platform}"
    if platform == CONTAINERS:
        looks = "a rule of the control plane or the runtime"
    elif platform == NO_PLATFORM:
        looks = "a rule"
    sides = "; accepted gaps are on neither side" if accepting else ""
    definition = f"{_techniques_of(platform)} that {looks} claims itself{sides}"
    return _ratio(techniques, lambda one: not one.gap, definition)


def _some_claim(techniques: Mapping[str, TechniqueGaps], platform: str) -> Ratio:
    definition = f"{_techniques_of(platform)} that any counted rule claims, wherever it looks"
    return _ratio(techniques, lambda one: any(one.columns.values()), definition)


def _techniques_of(platform: str) -> str:
    return "techniques" if platform == NO_PLATFORM else f"techniques of {platform}"


def _with_node(techniques: Mapping[str, TechniqueGaps]) -> Ratio:
    return _ratio(
        techniques,
        lambda one: not one.gap or one.node_only,
        f"techniques of {CONTAINERS} that such a rule, or one on Linux nodes, claims",
    )
