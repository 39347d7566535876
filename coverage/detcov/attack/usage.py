"""Who uses a technique and how it is detected, from a decoded bundle."""

from collections.abc import Mapping
from typing import Final

from detcov.attack.detections import Analytic, Detections, LogSource, Strategy
from detcov.attack.release import Release
from detcov.attack.stix import StixBundle, StixObject
from detcov.attack.threats import Actor, ActorKind, GoneActor, Threats

_ACTORS: Final[Mapping[str, ActorKind]] = {
    "intrusion-set": "group",
    "campaign": "campaign",
    "malware": "software",
    "tool": "software",
}


def threats_of(bundle: StixBundle, release: Release) -> Threats:
    """Active groups, campaigns and software, and the active techniques they use."""
    techniques = _technique_ids(bundle, release)
    actors: dict[str, Actor] = {}
    ids: dict[str, str] = {}
    for item in bundle.of(*_ACTORS):
        attack_id = item.attack_id
        if item.active and attack_id and item.name:
            ids[item.id] = attack_id
            actors[attack_id] = _actor(attack_id, item)
    uses: dict[str, set[str]] = {}
    software: dict[str, set[str]] = {}
    groups: dict[str, set[str]] = {}
    for relationship in bundle.relationships:
        source = ids.get(relationship.source_ref)
        if source is None:
            continue
        target = relationship.target_ref
        if relationship.relationship_type == "uses":
            if target in techniques:
                uses.setdefault(source, set()).add(techniques[target])
            elif target in ids:
                software.setdefault(source, set()).add(ids[target])
        elif relationship.relationship_type == "attributed-to" and target in ids:
            groups.setdefault(source, set()).add(ids[target])
    return Threats(
        actors={key: actors[key] for key in sorted(actors)},
        uses=_sorted(uses),
        software=_sorted(software),
        groups=_sorted(groups),
        gone=_gone(bundle, ids),
    )


def _gone(bundle: StixBundle, active: Mapping[str, str]) -> dict[str, GoneActor]:
    """Revoked and deprecated actors; one whose id an active one has as well is none of them."""
    next_one = {
        link.source_ref: link.target_ref
        for link in bundle.relationships
        if link.relationship_type == "revoked-by"
    }
    here = frozenset(active.values())
    found = {
        item.attack_id: GoneActor(
            id=item.attack_id,
            name=item.name,
            kind=_ACTORS[item.type],
            successor=_successor(item.id, next_one, active) if item.revoked else None,
        )
        for item in bundle.of(*_ACTORS)
        if not item.active and item.attack_id and item.attack_id not in here and item.name
    }
    return {key: found[key] for key in sorted(found)}


def _successor(ref: str, next_one: Mapping[str, str], active: Mapping[str, str]) -> str | None:
    seen: set[str] = set()
    while ref not in active:
        if ref in seen or ref not in next_one:
            return None
        seen.add(ref)
        ref = next_one[ref]
    return active[ref]


def detections_of(bundle: StixBundle, release: Release) -> Detections:
    """Strategies with their analytics; for releases up to 17.1 the data components alone."""
    techniques = _technique_ids(bundle, release)
    strategies = bundle.by_type.get("x-mitre-detection-strategy", {})
    components = bundle.by_type.get("x-mitre-data-component", {})
    detected: dict[str, set[str]] = {}
    direct: dict[str, set[str]] = {}
    for relationship in bundle.relationships:
        if relationship.relationship_type != "detects":
            continue
        technique = techniques.get(relationship.target_ref)
        source = relationship.source_ref
        if technique is None:
            continue
        if source in strategies:
            detected.setdefault(source, set()).add(technique)
        elif source in components and components[source].active:
            direct.setdefault(technique, set()).add(components[source].name)
    found = {
        item.attack_id: _strategy(item, detected[item.id], bundle)
        for item in strategies.values()
        if item.id in detected and item.active and item.attack_id
    }
    return Detections(
        strategies={key: found[key] for key in sorted(found)}, components=_sorted(direct)
    )


def _technique_ids(bundle: StixBundle, release: Release) -> dict[str, str]:
    """STIX id to ATT&CK id of the release's active techniques."""
    return {
        item.id: item.attack_id
        for item in bundle.of("attack-pattern")
        if item.active and item.attack_id in release.active
    }


def _actor(attack_id: str, item: StixObject) -> Actor:
    # MITRE lists the name itself among the aliases.
    aliases = {*item.aliases, *item.x_mitre_aliases} - {item.name}
    return Actor(
        id=attack_id,
        name=item.name,
        kind=_ACTORS[item.type],
        platforms=tuple(sorted(set(item.x_mitre_platforms))),
        aliases=tuple(sorted(aliases)),
        of_version=item.x_detcov_of_version,
        details_of_version=item.x_detcov_completed_from,
    )


def _strategy(item: StixObject, techniques: set[str], bundle: StixBundle) -> Strategy:
    analytics = bundle.by_type.get("x-mitre-analytic", {})
    components = bundle.by_type.get("x-mitre-data-component", {})
    members = [analytics[ref] for ref in item.x_mitre_analytic_refs if ref in analytics]
    return Strategy(
        id=item.attack_id,
        name=item.name,
        techniques=tuple(sorted(techniques)),
        analytics=tuple(_analytic(member, components) for member in members if member.active),
    )


def _analytic(item: StixObject, components: Mapping[str, StixObject]) -> Analytic:
    return Analytic(
        id=item.attack_id,
        platforms=tuple(sorted(set(item.x_mitre_platforms))),
        log_sources=tuple(
            LogSource(
                name=log.name,
                channel=log.channel,
                component=components[log.x_mitre_data_component_ref].name
                if log.x_mitre_data_component_ref in components
                else "",
            )
            for log in item.x_mitre_log_source_references
        ),
        of_version=item.x_detcov_completed_from,
    )


def _sorted(found: Mapping[str, set[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(sorted(found[key])) for key in sorted(found)}
