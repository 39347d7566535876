"""Ranks gaps by what speaks for closing them first; every part of the score is kept."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from msgspec import Struct, structs

from detcov.analysis.gaps import Gaps, TechniqueGaps
from detcov.attack.platforms import NO_PLATFORM
from detcov.attack.release import Release, Technique
from detcov.attack.threats import Actor, Threats
from detcov.errors import UsageError

_EARLIER_CLOUD: Final = frozenset({"Office 365", "Google Workspace", "Azure AD"})
"""What releases before 16 called cloud services"""
_CLOUD: Final = frozenset({"IaaS", "SaaS", "Office Suite", "Identity Provider"}) | _EARLIER_CLOUD
_WORKLOADS: Final = frozenset({"Linux", "Containers", "IaaS"})
_RELATED: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(_CLOUD, _CLOUD),
    "Linux": _WORKLOADS,
    "Containers": _WORKLOADS,
}
"""Platforms whose reports speak for this one, too: a container's processes are Linux processes,
mostly on a cloud's machines, and who acts in a cloud's account acts on its services"""
_EVERY_DESKTOP: Final = frozenset({"Windows", "Linux", "macOS"})
_STANDS_OUT: Final = frozenset({"T1046", "T1518.001"})
"""Discovery that stands out though every desktop system has it: a scan opens many connections in a
short time, and few programs ask which security tools run"""
_LIKE_ALL_TRAFFIC: Final = frozenset({"T1132", "T1573"})
"""With their sub-techniques: encoded and encrypted traffic. Nearly all traffic is"""


class Weights(Struct, frozen=True, kw_only=True, rename="kebab"):
    """Points of each part, never negative; the reasons are in docs/gaps.md.

    Users of a technique add their points for each doubling of their number: 1, 2, 4, 8 and so on.
    """

    software: int = 5
    """Software of the platform that uses the technique"""
    groups: int = 10
    """Groups that use it on the platform"""
    campaigns: int = 10
    """Campaigns that use it on the platform"""
    possible: int = 2
    """Users that may have used it on the platform: nothing says where they did"""
    general: int = 0
    """Users that nothing ties to the platform"""
    ubiquitous: int = 1
    """All users on the platform together, if normal use looks the same: in place of the above, of
    logs at hand and of `unseen`"""
    platform_only: int = 40
    """The technique exists on this platform alone"""
    few_platforms: int = 20
    """It exists on this platform and one more, or on related platforms alone"""
    matrix: int = 5
    """It is in Microsoft's Threat Matrix for Kubernetes"""
    at_hand: int = 20
    """A log that detects it is read by rules already, or facts say that it is collected"""
    candidate: int = 30
    """A rule of another corpus would close the gap"""
    unseen: int = 10
    """No rule claims its parent, a sibling or a sub-technique, nor itself on Linux nodes"""


class RankPart(Struct, frozen=True, kw_only=True):
    """One part of a score."""

    name: str
    count: int
    """Users that count here; 1 for what is so or isn't"""
    weight: int

    @property
    def points(self) -> int:
        """What it adds: the weight for each doubling of the count."""
        return self.count.bit_length() * self.weight


class RankedGap(Struct, frozen=True, kw_only=True):
    """A gap with its score."""

    gap: TechniqueGaps
    parts: tuple[RankPart, ...]
    """Those that add points, in the order of `Weights`"""
    actors: tuple[Actor, ...]
    """Those that use the technique on the platform, by id"""
    possible: tuple[Actor, ...]
    """Its users that are tied to the platform, and may have used it elsewhere; by id"""
    general: tuple[Actor, ...]
    """Its other users, by id"""
    ubiquitous: bool
    """Normal use looks the same"""

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
            changed[known[name.strip()]] = points = int(number)
        except (KeyError, ValueError) as error:
            raise UsageError(_no_weight(text, known)) from error
        if points < 0:
            raise UsageError(_no_weight(text, known))
    return Weights(**changed)


def _no_weight(text: str, known: Iterable[str]) -> str:
    return (
        f"weight {text!r}: write PART=WHOLE NUMBER (0 or more), "
        f"where PART is one of {', '.join(known)}"
    )


def rank_gaps(
    gaps: Gaps,
    release: Release,
    threats: Threats,
    *,
    matrix: Collection[str] = (),
    at_hand: Collection[str] = (),
    candidates: Collection[str] = (),
    weights: Weights | None = None,
) -> tuple[RankedGap, ...]:
    """Return the gaps, the first to close first; equal ones by id.

    `matrix` holds the techniques of Microsoft's Threat Matrix for Kubernetes, for platforms that
    it is about; `at_hand` those that a log at hand detects, `candidates` those that a rule of
    another corpus would close.
    """
    weights = weights or Weights()
    tied = tied_actors(release, threats, gaps.platform)
    ranked = []
    for gap in gaps.open:
        technique = gap.technique
        users = threats.users.get(technique.id, ())
        certain = _users_on(gaps.platform, technique, users, threats)
        actors = tuple(actor for actor in users if actor.id in certain)
        others = [actor for actor in users if actor.id not in certain]
        possible = tuple(actor for actor in others if actor.id in tied)
        general = tuple(actor for actor in others if actor.id not in tied)
        ubiquitous = normal_use_looks_the_same(technique)
        counts = {
            **report_counts(technique, actors),
            **_platform_counts(technique, gaps.platform, release),
            "general": len(general),
            "matrix": int(technique.id in matrix),
            "candidate": int(technique.id in candidates),
        }
        if not ubiquitous:
            counts["possible"] = len(possible)
            counts["at_hand"] = int(technique.id in at_hand)
            counts["unseen"] = int(not gap.relative_covered and not gap.node_only)
        ranked.append(
            RankedGap(
                gap=gap,
                parts=parts_of(counts, weights),
                actors=actors,
                possible=possible,
                general=general,
                ubiquitous=ubiquitous,
            )
        )
    return tuple(sorted(ranked, key=lambda found: (-found.score, found.gap.technique.id)))


def normal_use_looks_the_same(technique: Technique) -> bool:
    """Whether a rule would alert on normal use.

    It would for what is discovery alone and of every desktop system (any program lists files,
    processes and users), and for how traffic is encoded or encrypted.
    """
    if (technique.parent or technique.id) in _LIKE_ALL_TRAFFIC:
        return True
    return (
        technique.tactics == ("discovery",)
        and frozenset(technique.platforms) >= _EVERY_DESKTOP
        and technique.id not in _STANDS_OUT
    )


def report_counts(technique: Technique, actors: Collection[Actor]) -> dict[str, int]:
    """Return how many users count in each part of a score: by kind, or all as "ubiquitous"."""
    if normal_use_looks_the_same(technique):
        return {"ubiquitous": len(actors)}
    kinds = {"software": "software", "groups": "group", "campaigns": "campaign"}
    return {part: sum(1 for actor in actors if actor.kind == kind) for part, kind in kinds.items()}


def parts_of(counts: Mapping[str, int], weights: Weights) -> tuple[RankPart, ...]:
    """Return the parts that add points, in the order of `Weights`."""
    parts = (
        RankPart(
            name=field.encode_name,
            count=counts.get(field.name, 0),
            weight=getattr(weights, field.name),
        )
        for field in NAMES
    )
    return tuple(part for part in parts if part.points)


def tied_actors(release: Release, threats: Threats, platform: str) -> frozenset[str]:
    """Return the ids of software with the platform, and of groups and campaigns tied to it.

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


def _users_on(
    platform: str, technique: Technique, users: Collection[Actor], threats: Threats
) -> frozenset[str]:
    """Return the ids of those that used the technique on this platform, or a related one.

    ATT&CK doesn't say where a technique was used. Software did where its platforms and the
    technique's meet. A group or campaign did if its software did, or if the technique exists
    nowhere else.
    """
    if platform == NO_PLATFORM:
        return frozenset(actor.id for actor in users)
    related = _related(platform)
    if related.issuperset(technique.platforms):
        return frozenset(
            actor.id for actor in users if actor.kind != "software" or platform in actor.platforms
        )
    software = set()
    for actor in users:
        meeting = frozenset(actor.platforms).intersection(technique.platforms)
        if platform in meeting and meeting <= related:
            software.add(actor.id)
    others = {
        actor.id for actor in users if not software.isdisjoint(threats.software.get(actor.id, ()))
    }
    return frozenset(software | others)


def _platform_counts(technique: Technique, platform: str, release: Release) -> dict[str, int]:
    platforms = frozenset(technique.platforms)
    if platform == NO_PLATFORM:
        return {}
    if platforms == {platform}:
        return {"platform_only": 1}
    # Two platforms are few only where there are more (Mobile has Android and iOS).
    few = len(platforms) == 2 and len(release.platforms) > 2
    return {"few_platforms": int(few or platforms <= _related(platform))}


def _related(platform: str) -> frozenset[str]:
    return _RELATED.get(platform, frozenset({platform}))
