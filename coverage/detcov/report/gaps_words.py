"""How gaps are told: columns, scores, reports of use, what to collect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from detcov.analysis.collect import LogNeed, Need
from detcov.analysis.gap_study import GapStudy
from detcov.analysis.looking import ANY, ELSEWHERE, OF_PLATFORM, UNSTATED
from detcov.analysis.rank import RankedGap
from detcov.attack.platforms import NO_PLATFORM
from detcov.attack.threats import Actor
from detcov.facts import Answer
from detcov.model import CountMode, ScopeColumn
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
_KINDS: Final = ("software", "group", "campaign")


def place(platform: str) -> str:
    """A platform in a sentence."""
    return "this domain" if platform == NO_PLATFORM else platform


def score(ranked: RankedGap) -> str:
    """A score's parts: "software 4 × 10, matrix 1 × 2"; "" where nothing counts."""
    return ", ".join(f"{part.name} {part.count} × {part.weight}" for part in ranked.parts)


def reports(ranked: RankedGap, platform: str) -> str:
    """Who is reported to use the technique, on the platform and in general."""
    told = ", ".join(_users(ranked.actors))
    general = many(len(ranked.general), "general report")
    if told:
        return f"{told}; {general}" if ranked.general else told
    if ranked.general:
        return f"no reporting tied to {place(platform)}, which isn't low risk; {general}"
    return "no reporting, which isn't low risk"


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
