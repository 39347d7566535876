"""How gaps are told: columns, scores, reports of use, what to collect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from detcov.analysis.collect import LogNeed, Need
from detcov.analysis.gap_study import GapStudy
from detcov.analysis.looking import ANY, ELSEWHERE, OF_PLATFORM, UNSTATED
from detcov.analysis.rank import RankedGap, RankPart
from detcov.attack.platforms import NO_PLATFORM
from detcov.attack.release import Release
from detcov.attack.threats import Actor
from detcov.facts import Answer
from detcov.model import Corpus, CountMode, ScopeColumn
from detcov.report.words import many, shorten

if TYPE_CHECKING:
    from detcov.analysis.candidates import Candidate

COLUMN_NAMES: Final[Mapping[str, str]] = {
    ScopeColumn.CONTROL_PLANE: "plane",
    ScopeColumn.RUNTIME: "runtime",
    ScopeColumn.NODE: "node",
    ScopeColumn.OTHER: "other",
    OF_PLATFORM: "platform",
    ANY: "rules",
    UNSTATED: "unstated",
    ELSEWHERE: "elsewhere",
}
"""Headings, short enough for a terminal"""
COLUMN_MEANINGS: Final[Mapping[str, str]] = {
    ScopeColumn.CONTROL_PLANE: "Kubernetes audit, managed Kubernetes in a cloud's audit log, "
    "registry, image",
    ScopeColumn.RUNTIME: "watches inside containers, or knows the container",
    ScopeColumn.NODE: "states Linux and nothing of containers: sees the node's processes, and may "
    "not know the container",
    ScopeColumn.OTHER: "all the rest: no evidence for containers",
    OF_PLATFORM: "states the platform itself",
    ANY: "any: the domain has no platforms",
    UNSTATED: "states no platform",
    ELSEWHERE: "states other platforms only",
}
COUNTED: Final[Mapping[CountMode, str]] = {
    "live": "live rules (would alert if deployed)",
    "active": "active rules (not deprecated)",
    "all": "rules of any state",
}
_READ: Final = {"yes": "read by {}", "no": "read by no rule", "unknown": "no rule tells"}
_COLLECTED: Final[Mapping[Answer, str]] = {
    Answer.YES: "stated",
    Answer.NO: "denied",
    Answer.UNKNOWN: "unknown",
}
_NAMES_SHOWN: Final = 5
_CANDIDATES_SHOWN: Final = 3
_REMAPS_SHOWN: Final = 3
_KINDS: Final = ("software", "group", "campaign")
REMAP: Final = "re-map first, if a rule near it sees this, too"
HELD_DOWN: Final = "held down: normal use looks the same, and a rule for it would alert on that"
_REASONS: Final[Mapping[str, str]] = {
    "platform-only": "exists on {} alone",
    "few-platforms": "exists on few platforms",
    "matrix": "in Microsoft's Kubernetes matrix",
    "at-hand": "a log at hand",
    "candidate": "a rule can be had",
    "unseen": "no rule near it",
}
"""The parts of a score that are so or aren't"""
_REPORTS: Final[Mapping[str, str]] = {
    "software": "software",
    "groups": "group",
    "campaigns": "campaign",
    "possible": "possible report",
    "general": "general report",
    "ubiquitous": "report",
}
"""The parts that count users of the technique"""


def place(platform: str) -> str:
    """A platform in a sentence."""
    return "this domain" if platform == NO_PLATFORM else platform


def score(ranked: RankedGap, platform: str) -> str:
    """A score's parts with their points: "5 groups +30, a log at hand +20"; "" without any."""
    return ", ".join(f"{_part(part, platform)} +{part.points}" for part in ranked.parts)


def _part(part: RankPart, platform: str) -> str:
    if part.name in _REASONS:
        return _REASONS[part.name].format(place(platform))
    return many(part.count, _REPORTS[part.name])


def reports(ranked: RankedGap, platform: str) -> str:
    """Whose reports of use there are: on the platform, perhaps on it, and elsewhere."""
    there = "" if platform == NO_PLATFORM else f" on {platform}"
    told = ", ".join(_users(ranked.actors))
    parts = [f"{told}{there}" if told else f"none known{there}, which isn't low risk"]
    if ranked.possible:
        parts.append(f"{_counted(ranked.possible)} may have used it there")
    if ranked.general:
        parts.append(f"{_counted(ranked.general)} elsewhere, or nobody says where")
    return "; ".join(parts)


def users(actors: Sequence[Actor]) -> str:
    """How many of which kind: "3 software, 2 groups"; "none known" for nobody."""
    return _counted(actors) or "none known"


def _counted(actors: Sequence[Actor]) -> str:
    counts = Counter(actor.kind for actor in actors)
    return ", ".join(many(counts[kind], kind) for kind in _KINDS if counts[kind])


def remap(ranked: RankedGap, release: Release, corpus: Corpus) -> str:
    """Which rules claim the parent or a sub-technique, and may see this, too; "" for none."""
    told = []
    for technique, rules in ranked.gap.remaps.items():
        names = [corpus.name_of(index) or "(unnamed rule)" for index in rules]
        name = release.techniques[technique].name
        told.append(f"{shorten(names, _REMAPS_SHOWN)} (of {technique} {name})")
    return shorten(told, _REMAPS_SHOWN)


def _users(actors: Iterable[Actor]) -> Iterator[str]:
    by_kind: dict[str, list[str]] = {}
    for one in actors:
        by_kind.setdefault(one.kind, []).append(actor(one))
    for kind in _KINDS:
        if names := by_kind.get(kind):
            yield f"{many(len(names), kind)} ({shorten(names, _NAMES_SHOWN)})"


def actor(one: Actor) -> str:
    """An actor's name, and the release it was taken from where it isn't of this one."""
    return f"{one.name}, of {one.of_version}" if one.of_version else one.name


def borrowed(actors: Iterable[Actor]) -> str:
    """Say what of the reporting is of an earlier release; "" where nothing is."""
    of: dict[str, set[str]] = {}
    for one in actors:
        if one.of_version:
            of.setdefault(one.of_version, set()).add(f"{one.kind}s")
        if one.details_of_version and one.kind == "software":
            of.setdefault(one.details_of_version, set()).add("platforms of software")
    return "; ".join(f"{', '.join(sorted(of[version]))} (of {version})" for version in sorted(of))


def candidates(found: Iterable[Candidate]) -> str:
    """Which rules of other corpora would close a gap."""
    rules = [f"{one.rule.name or '(unnamed rule)'} ({', '.join(one.labels)})" for one in found]
    return shorten(rules, _CANDIDATES_SHOWN) if rules else "none"


def rules(ranked: RankedGap) -> str:
    """Which rules claim the technique all the same."""
    gap = ranked.gap
    others = [
        f"{COLUMN_NAMES[name]} {len(inside):,}" for name, inside in gap.columns.items() if inside
    ]
    told = f"rules elsewhere: {', '.join(others)}" if others else "no rule claims it at all"
    if gap.subtechniques:
        told += f"; {gap.subtechniques_covered} of {gap.subtechniques} sub-techniques covered"
    return told


def build(need: Need) -> str:
    """What MITRE would build, and on which platform."""
    if not need.analytics:
        return "this release has no analytic for it"
    strategies = ", ".join(f"{one.id} {one.name}" for one in need.strategies)
    note = (
        f" (Linux {'analytic' if len(need.analytics) == 1 else 'analytics'}: "
        "there is none for Containers)"
        if need.substitute
        else ""
    )
    return f"{strategies}; {', '.join(one.id for one in need.analytics)}{note}"


def collect(need: Need) -> str:
    """Which logs that needs; "" where MITRE names none."""
    of = f" (of {need.of_version})" if need.of_version else ""
    if need.components:
        return f"data components {', '.join(need.components)}"
    told = "; ".join(log(one) for one in need.logs)
    return f"{told}{of}" if told else ""


def log(one: LogNeed) -> str:
    """A log source with its data components, and whether a rule of ours reads it."""
    components = f" [{', '.join(one.components)}]" if one.components else ""
    known = f", collected: {collected(one)}" if one.collected is not None else ""
    return f"{one.name}{components}, {read(one)}{known}"


def collected(one: LogNeed) -> str:
    """Whether the facts say that a log source is collected."""
    return _COLLECTED[one.collected] if one.collected is not None else ""


def read(one: LogNeed) -> str:
    """Whether a rule of ours reads a log source."""
    return _READ[one.read].format(many(len(one.readers), "rule"))


def selection(study: GapStudy, names: Mapping[str, str]) -> str:
    """What was left out by choice: "used by TeamTNT (G0139); in Execution". "" for nothing."""
    options = study.options
    parts = []
    if options.actors:
        listed = ", ".join(f"{one.name} ({one.id})" for one in options.actors)
        parts.append(f"used by {listed}")
    if options.tactics:
        parts.append(f"in {', '.join(names[one] for one in options.tactics)}")
    return "; ".join(parts)
