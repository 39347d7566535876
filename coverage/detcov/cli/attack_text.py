"""What `detcov attack` prints, as lines of at most 80 columns."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence

from detcov.attack.changes import changes
from detcov.attack.detections import Detections
from detcov.attack.domains import version_key
from detcov.attack.foreign import foreign_objects
from detcov.attack.ids import tactic_url, technique_url
from detcov.attack.published import newer_than, published_releases
from detcov.attack.release import Release, Tactic, Technique
from detcov.attack.threats import Actor, Threats
from detcov.errors import UsageError
from detcov.report.words import many

WIDTH = 80
_LABEL = 16

_KINDS = ("group", "campaign", "software")


def listing(bundled: Sequence[Release], downloaded: Sequence[tuple[str, str]]) -> list[str]:
    """Say which releases are at hand and which are published.

    `downloaded` are (domain, version) pairs.
    """
    lines = ["MITRE ATT&CK® releases at hand"]
    for release in bundled:
        newer = newer_than(release)
        default = f", the default{f'; {newer}' if newer else ''}" if release is bundled[-1] else ""
        lines += _field(
            f"{release.version} bundled",
            f"{len(release.active)} techniques, {len(release.tactics)} tactics, "
            f"{len(release.cells)} cells{default}",
        )
    for domain, version in downloaded:
        lines += _field(f"{version} downloaded", _domain_name(domain))
    lines += ["", "Published (detcov attack download VERSION --domain DOMAIN)"]
    for domain in sorted({item.domain for item in published_releases()}):
        versions = [
            item.version for item in published_releases() if item.domain == domain and item.stix21
        ]
        lines += _field(_domain_name(domain), " ".join(sorted(versions, key=version_key)))
    return lines


def technique_lines(
    technique: Technique,
    release: Release,
    others: Iterable[Release],
    threats: Threats,
    detections: Detections,
) -> list[str]:
    """Say all there is about one technique; `others` are releases to compare it with."""
    lines = [f"{technique.id} {technique.name}", *_field("release", _named(release))]
    lines += _field("status", _status(technique, release))
    tactics = [release.tactic_by_shortname[name] for name in technique.tactics]
    lines += _field("tactics", ", ".join(f"{item.name} ({item.id})" for item in tactics))
    lines += _field("platforms", ", ".join(technique.platforms))
    if technique.parent is not None:
        parent = release.techniques.get(technique.parent)
        lines += _field("parent", f"{technique.parent} {parent.name if parent else ''}".strip())
    children = release.children.get(technique.id, ())
    lines += _field(
        "sub-techniques", ", ".join(f"{key} {release.techniques[key].name}" for key in children)
    )
    lines += _field("used by", _users(threats.users.get(technique.id, ())))
    for strategy in detections.by_technique.get(technique.id, ()):
        platforms = {name for item in strategy.analytics for name in item.platforms}
        count = many(len(strategy.analytics), "analytic")
        lines += _field("detection", f"{strategy.id}, {count}: {', '.join(sorted(platforms))}")
    lines += _differences(technique.id, release, others)
    return [*lines, *_field("page", technique_url(technique.id))]


def tactics_lines(release: Release) -> list[str]:
    """Name the tactics in the matrix's order."""
    lines = [f"Tactics of {_named(release)}"]
    for tactic in release.tactics:
        inside = sum(1 for item in release.active.values() if tactic.shortname in item.tactics)
        lines += _field(f"{tactic.id}", f"{tactic.name}, {many(inside, 'technique')}")
    return [*lines, "detcov attack show ID says more of one, or of a technique or a group."]


def id_of(name: str, release: Release, threats: Threats) -> str:
    """The id of what has this name, or alias, in any case.

    Raises `UsageError` where nothing or more than one has it.
    """
    asked = " ".join(name.split()).casefold()
    found = [one.id for one in release.tactics if asked in {one.shortname, one.name.casefold()}]
    found += [one.id for one in release.active.values() if one.name.casefold() == asked]
    actors = threats.actors.values()
    named = [one.id for one in actors if one.name.casefold() == asked]
    aliased = [one.id for one in actors if asked in map(str.casefold, one.aliases)]
    found += named or aliased
    if len(found) > 1:
        raise UsageError(f"{name!r} is the name of {', '.join(sorted(found))}: write one of these")
    if not found:
        raise not_found(name.strip(), release, near=_near(asked, release, threats))
    return found[0]


def tactic_lines(tactic: Tactic, release: Release, others: Iterable[Release]) -> list[str]:
    """Say all there is about one tactic."""
    lines = [f"{tactic.id} {tactic.name}", *_field("release", _named(release))]
    lines += _field("shortname", tactic.shortname)
    place = release.tactics.index(tactic) + 1
    lines += _field("column", f"{place} of {len(release.tactics)}")
    inside = [item for item in release.active.values() if tactic.shortname in item.tactics]
    parents = sum(1 for item in inside if item.parent is None)
    lines += _field(
        "techniques", f"{len(inside)}: {parents} parents, {len(inside) - parents} sub-techniques"
    )
    for other in others:
        theirs = other.tactic_by_id.get(tactic.id)
        if theirs is None:
            lines += _field(f"in {other.version}", "none of this id")
        elif theirs != tactic:
            lines += _field(f"in {other.version}", f"{theirs.name} ({theirs.shortname})")
    return [*lines, *_field("page", tactic_url(tactic.id))]


def actor_lines(actor: Actor, release: Release, threats: Threats) -> list[str]:
    """Say all there is about one group, campaign or piece of software."""
    lines = [f"{actor.id} {actor.name} ({actor.kind})", *_field("release", _named(release))]
    taken = actor.of_version or actor.details_of_version
    if taken is not None:
        details = "aliases and platforms" if actor.kind == "software" else "aliases"
        what = "all of it" if actor.of_version else details
        lines += _field("note", f"{what} of {taken}: {release.version}'s own data has none")
    lines += _field("aliases", ", ".join(actor.aliases))
    if actor.kind == "software":
        lines += _field("platforms", ", ".join(actor.platforms))
    lines += _field("attributed to", _names(threats.groups.get(actor.id, ()), threats))
    lines += _field("software", _names(threats.software.get(actor.id, ()), threats))
    used = threats.uses.get(actor.id, ())
    return [
        *lines,
        *_field("uses", f"{many(len(used), 'technique')}: {', '.join(used)}"),
    ]


def _near(asked: str, release: Release, threats: Threats) -> str:
    """Ask whether what a misspelt name is nearest to is meant."""
    from difflib import get_close_matches

    told = {one.name.casefold(): f"{one.name} ({one.id})" for one in threats.actors.values()}
    told |= {one.name.casefold(): f"{one.name} ({one.id})" for one in release.active.values()}
    told |= {one.name.casefold(): f"{one.name} ({one.id})" for one in release.tactics}
    near = get_close_matches(asked, told, n=1, cutoff=0.8)
    return f"; did you mean {told[near[0]]}?" if near else ""


def not_found(asked: str, release: Release, *, near: str = "") -> UsageError:
    """Make the error for what a release doesn't have, by id or name: whose it is, if known."""
    for key, name, domain, version in foreign_objects():
        if key == asked.upper():
            return UsageError(
                f"{key} is no id of {release.title}; it is {name} of "
                f"ATT&CK {_domain_name(domain)} {version}"
            )
    return UsageError(
        f"{asked} is no technique, tactic, group, campaign or software of {release.title}{near}"
    )


def _field(label: str, value: str) -> list[str]:
    if not value:
        return []
    return textwrap.wrap(
        value,
        WIDTH,
        initial_indent=f"  {label:<{_LABEL}}",
        subsequent_indent=" " * (_LABEL + 2),
        break_on_hyphens=False,
    )


def _named(release: Release) -> str:
    newer = newer_than(release)
    return f"{release.title} ({release.origin}{f'; {newer}' if newer else ''})"


def _status(technique: Technique, release: Release) -> str:
    if technique.deprecated:
        return "deprecated"
    if not technique.revoked:
        return "active"
    if technique.revoked_by is None:
        return "revoked, no successor named"
    successor = release.techniques[technique.revoked_by]
    return f"revoked by {successor.id} {successor.name}"


def _users(actors: Iterable[Actor]) -> str:
    counted: Counter[str] = Counter(actor.kind for actor in actors)
    return ", ".join(many(counted[kind], kind) for kind in _KINDS if counted[kind])


def _differences(technique_id: str, release: Release, others: Iterable[Release]) -> list[str]:
    lines: list[str] = []
    for other in others:
        older, newer = sorted((release, other), key=lambda item: version_key(item.version or ""))
        said = changes(older, newer).of(technique_id)
        lines += _field(f"{older.version} → {newer.version}", "; ".join(said) or "no difference")
    return lines


def _names(ids: Iterable[str], threats: Threats) -> str:
    return ", ".join(f"{key} {threats.actors[key].name}" for key in ids)


def _domain_name(domain: str) -> str:
    return {"enterprise-attack": "Enterprise", "mobile-attack": "Mobile", "ics-attack": "ICS"}.get(
        domain, domain
    )
