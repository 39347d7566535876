"""What groups, campaigns and software do, and which of it rules see."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from detcov.analysis.coverage import Coverage, Depth, Ratio, TacticCoverage, depth_of
from detcov.analysis.gaps import Gaps, find_gaps, tactics_of
from detcov.analysis.looking import CONTAINERS, Rules
from detcov.attack.platforms import NO_PLATFORM
from detcov.attack.release import Release, Technique
from detcov.attack.threats import Actor, Threats
from detcov.errors import UsageError
from detcov.model import Corpus, RuleIndex, Stated


class UsedTechnique(Struct, frozen=True, kw_only=True):
    """One technique that is used."""

    technique: Technique
    users: tuple[Actor, ...]
    """Of those asked for, in their order"""
    through: Mapping[str, tuple[Actor, ...]]
    """User's id to its software that uses the technique, where the user itself isn't said to"""
    rules: Rules
    """Counted rules that cover it, sorted; what that means is `ThreatStudy.covered.definition`"""
    subtechniques: int
    """n: its active sub-techniques in scope, used or not"""
    subtechniques_covered: int
    """k: those that are covered themselves"""

    @property
    def gap(self) -> bool:
        """No rule covers it. Sub-techniques don't."""
        return not self.rules

    @property
    def depth(self) -> Depth:
        """none, one or several rules."""
        return depth_of(self.rules)


class ActorCoverage(Struct, frozen=True, kw_only=True):
    """One of those asked for."""

    actor: Actor
    techniques: tuple[str, ...]
    """What it uses, in scope, by id"""
    elsewhere: int
    """What it uses besides, which has none of the platforms in scope"""
    covered: Ratio
    alone: int
    """Techniques that none of the others asked for uses"""


class ThreatStudy(Struct, frozen=True, kw_only=True):
    """What those asked for do, and which of it rules see."""

    platforms: tuple[str, ...]
    """In scope; empty means all"""
    with_software: bool
    actors: tuple[ActorCoverage, ...]
    techniques: Mapping[str, UsedTechnique]
    """By id: those that one of them uses, in scope, PRE-only ones included"""
    tactics: tuple[TacticCoverage, ...]
    """All of the release, in matrix order; one without a technique used is n/a"""
    covered: Ratio
    """PRE-only techniques on neither side"""
    pre_only: Ratio

    @property
    def gaps(self) -> tuple[UsedTechnique, ...]:
        """What no rule covers, the most used first, then by id; PRE-only ones left out."""
        found = [one for one in self.techniques.values() if one.gap and not one.technique.pre_only]
        return tuple(sorted(found, key=lambda one: (-len(one.users), one.technique.id)))

    @property
    def shared(self) -> tuple[UsedTechnique, ...]:
        """What all of them use, by id."""
        n = len(self.actors)
        return tuple(one for one in self.techniques.values() if len(one.users) == n)


def study_threat(
    release: Release,
    corpus: Corpus,
    coverage: Coverage,
    threats: Threats,
    actors: Sequence[Actor],
    *,
    platforms: Sequence[str] = (),
    columns: Mapping[RuleIndex, Stated] | None = None,
    with_software: bool = False,
) -> ThreatStudy:
    """See which of what `actors` use the counted rules cover.

    `coverage` is that of all platforms; with `platforms`, techniques that have none of them are
    out of scope, and a rule covers a technique if it looks at one of the platforms that is the
    technique's, as in `find_gaps` (`columns` are those of `analysis.scope`, for Containers).
    `with_software` adds what the software of a group or a campaign uses.
    Raises `UsageError` for a coverage of some platforms only, or no actor.
    """
    if not actors:
        raise UsageError("nobody asked for: name a group, a campaign or software")
    scope = _Scope(release, corpus, coverage, platforms, columns or {})
    uses = {one.id: _uses(one, threats, with_software=with_software) for one in actors}
    used = {technique for found in uses.values() for technique in found}
    techniques = {
        identity: scope.used(identity, actors, uses)
        for identity in sorted(used & scope.closing.keys())
    }
    rows = {identity: one.rules for identity, one in techniques.items()}
    definition = f"techniques they use that {scope.looks}"
    return ThreatStudy(
        platforms=tuple(platforms),
        with_software=with_software,
        actors=tuple(_of_actor(one, uses[one.id], techniques, definition) for one in actors),
        techniques=techniques,
        tactics=tactics_of(coverage, rows),
        covered=_ratio(techniques.values(), definition),
        pre_only=_pre_only(techniques.values()),
    )


Uses = Mapping[str, tuple[Actor, ...]]
"""Technique used, to the software through which; empty where the actor itself uses it"""


def _uses(actor: Actor, threats: Threats, *, with_software: bool) -> Uses:
    own = dict.fromkeys(threats.uses.get(actor.id, ()), ())
    if not with_software:
        return own
    through: dict[str, tuple[Actor, ...]] = {}
    for key in threats.software.get(actor.id, ()):
        for technique in threats.uses.get(key, ()):
            through[technique] = (*through.get(technique, ()), threats.actors[key])
    return {**through, **own}


class _Scope:
    """What is in scope, and which rules cover it."""

    def __init__(
        self,
        release: Release,
        corpus: Corpus,
        coverage: Coverage,
        platforms: Sequence[str],
        columns: Mapping[RuleIndex, Stated],
    ) -> None:
        if coverage.platforms:
            raise UsageError("a threat needs a coverage of all platforms, not of some")
        self._release, self._coverage = release, coverage
        self.closing: Mapping[str, Rules] = {
            identity: one.rules for identity, one in coverage.techniques.items()
        }
        self.looks = "a counted rule claims itself"
        if platforms:
            found = [
                find_gaps(release, corpus, coverage, platform, columns=columns)
                for platform in platforms
            ]
            self.closing = _united(found)
            self.looks = f"{_looks(platforms)} claims itself"

    def used(
        self, identity: str, actors: Sequence[Actor], uses: Mapping[str, Uses]
    ) -> UsedTechnique:
        children = [one for one in self._release.children.get(identity, ()) if one in self.closing]
        users = tuple(one for one in actors if identity in uses[one.id])
        return UsedTechnique(
            technique=self._coverage.techniques[identity].technique,
            users=users,
            through={one.id: found for one in users if (found := uses[one.id][identity])},
            rules=self.closing[identity],
            subtechniques=len(children),
            subtechniques_covered=sum(1 for one in children if self.closing[one]),
        )


def _united(found: Iterable[Gaps]) -> dict[str, Rules]:
    rules: dict[str, set[RuleIndex]] = {}
    for one in found:
        for identity, technique in one.techniques.items():
            rules.setdefault(identity, set()).update(technique.closing)
    return {identity: tuple(sorted(rules[identity])) for identity in sorted(rules)}


def _looks(platforms: Sequence[str]) -> str:
    """Which rules count, in words."""
    if NO_PLATFORM in platforms:
        return "a counted rule"
    others = [one for one in platforms if one != CONTAINERS]
    words = []
    if CONTAINERS in platforms:
        words.append("a rule of the control plane or the runtime (Containers)")
    if others:
        words.append(f"a rule that states {' or '.join(others)}")
    return ", or ".join(words)


def _of_actor(
    actor: Actor, uses: Uses, techniques: Mapping[str, UsedTechnique], definition: str
) -> ActorCoverage:
    own = tuple(one for one in techniques if one in uses)
    return ActorCoverage(
        actor=actor,
        techniques=own,
        elsewhere=len(uses) - len(own),
        covered=_ratio((techniques[one] for one in own), definition),
        alone=sum(1 for one in own if len(techniques[one].users) == 1),
    )


def _ratio(techniques: Iterable[UsedTechnique], definition: str) -> Ratio:
    counted = [one for one in techniques if not one.technique.pre_only]
    return Ratio(
        numerator=sum(1 for one in counted if one.rules),
        denominator=len(counted),
        definition=definition,
    )


def _pre_only(techniques: Iterable[UsedTechnique]) -> Ratio:
    counted = [one for one in techniques if one.technique.pre_only]
    return Ratio(
        numerator=sum(1 for one in counted if one.rules),
        denominator=len(counted),
        definition="techniques they use that are PRE-only, with a rule",
        pre_only=True,
    )
