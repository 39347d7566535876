"""Ranks gaps by what speaks for closing them first; every part of the score is kept."""

from collections.abc import Iterable, Mapping

from msgspec import Struct, structs

from detcov.analysis.gaps import Gaps, TechniqueGaps
from detcov.attack.platforms import NO_PLATFORM
from detcov.attack.release import Release
from detcov.attack.threats import Actor, Threats
from detcov.errors import UsageError


class Weights(Struct, frozen=True, kw_only=True, rename="kebab"):
    """Points for each one of a part; the reasons are in docs/gaps.md.

    A report of use on the platform outweighs all other parts together. Negative points put a gap
    further down: something sees part of it already.
    """

    software: int = 10
    """Software with the platform that uses the technique"""
    groups: int = 10
    """Groups tied to the platform that use it"""
    campaigns: int = 10
    """Campaigns tied to the platform that use it"""
    general: int = 0
    """Reports of use that nothing ties to the platform"""
    platform_only: int = 3
    """The technique exists on this platform alone"""
    matrix: int = 2
    """It is in Microsoft's Threat Matrix for Kubernetes"""
    relative_covered: int = -1
    """Its parent, or a sub-technique of the same parent, is covered"""
    node_only: int = -1
    """Rules on Linux nodes claim it"""


class RankPart(Struct, frozen=True, kw_only=True):
    """One part of a score."""

    name: str
    count: int
    weight: int

    @property
    def points(self) -> int:
        """What it adds."""
        return self.count * self.weight


class RankedGap(Struct, frozen=True, kw_only=True):
    """A gap with its score."""

    gap: TechniqueGaps
    parts: tuple[RankPart, ...]
    """Those that count here, in the order of `Weights`"""
    actors: tuple[Actor, ...]
    """Users of the technique that are tied to the platform, by id"""
    general: tuple[Actor, ...]
    """Its other users, by id"""

    @property
    def score(self) -> int:
        """The sum of the parts."""
        return sum(part.points for part in self.parts)


NAMES = tuple(structs.fields(Weights))
"""The parts, in order"""


def parse_weights(texts: Iterable[str]) -> Weights:
    """Weights of which some are written as "general=1". Raises `UsageError` for any other text."""
    known = {field.encode_name: field.name for field in NAMES}
    changed: dict[str, int] = {}
    for text in texts:
        name, _, number = text.partition("=")
        try:
            changed[known[name.strip()]] = int(number)
        except (KeyError, ValueError) as error:
            raise UsageError(
                f"weight {text!r}: write PART=WHOLE NUMBER, where PART is one of {', '.join(known)}"
            ) from error
    return Weights(**changed)


def rank_gaps(
    gaps: Gaps,
    release: Release,
    threats: Threats,
    *,
    matrix: frozenset[str] = frozenset(),
    weights: Weights | None = None,
) -> tuple[RankedGap, ...]:
    """The gaps, the first to close first; equal ones by id.

    `matrix` holds the techniques of Microsoft's Threat Matrix for Kubernetes, for platforms that
    it is about.
    """
    weights = weights or Weights()
    tied = tied_actors(release, threats, gaps.platform)
    ranked = [_ranked(gap, gaps, threats, tied, matrix, weights) for gap in gaps.open]
    return tuple(sorted(ranked, key=lambda one: (-one.score, one.gap.technique.id)))


def tied_actors(release: Release, threats: Threats, platform: str) -> frozenset[str]:
    """Ids of software with the platform, and of groups and campaigns tied to it.

    Those are tied that use such software, or a technique that exists on this platform alone; all
    are where the domain has no platforms.
    """
    if platform == NO_PLATFORM:
        return frozenset(threats.actors)
    software = {one.id for one in threats.actors.values() if platform in one.platforms}
    only = {one.id for one in release.active.values() if one.platforms == (platform,)}
    others = {
        one.id
        for one in threats.actors.values()
        if one.kind != "software"
        and (
            not software.isdisjoint(threats.software.get(one.id, ()))
            or not only.isdisjoint(threats.uses.get(one.id, ()))
        )
    }
    return frozenset(software | others)


def _ranked(
    gap: TechniqueGaps,
    gaps: Gaps,
    threats: Threats,
    tied: frozenset[str],
    matrix: frozenset[str],
    weights: Weights,
) -> RankedGap:
    technique = gap.technique
    users = threats.users.get(technique.id, ())
    actors = tuple(one for one in users if one.id in tied)
    counts: Mapping[str, int] = {
        "software": sum(1 for one in actors if one.kind == "software"),
        "groups": sum(1 for one in actors if one.kind == "group"),
        "campaigns": sum(1 for one in actors if one.kind == "campaign"),
        "general": len(users) - len(actors),
        "platform_only": technique.platforms == (gaps.platform,) != (NO_PLATFORM,),
        "matrix": technique.id in matrix,
        "relative_covered": gap.relative_covered,
        "node_only": gap.node_only,
    }
    parts = tuple(
        RankPart(
            name=field.encode_name,
            count=int(counts[field.name]),
            weight=getattr(weights, field.name),
        )
        for field in NAMES
        if counts[field.name]
    )
    general = tuple(one for one in users if one.id not in tied)
    return RankedGap(gap=gap, parts=parts, actors=actors, general=general)
