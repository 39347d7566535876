"""From a decoded STIX bundle to a release: tactics in matrix order, techniques, successors."""

from collections import Counter
from collections.abc import Iterable

from msgspec import structs

from detcov.attack import published
from detcov.attack.detections import Detections
from detcov.attack.domains import COLLECTIONS, DOMAINS, KILL_CHAINS, is_version, version_in_name
from detcov.attack.release import Release, Tactic, Technique
from detcov.attack.stix import StixBundle, StixObject, decode_bundle
from detcov.attack.threats import Threats
from detcov.attack.usage import detections_of, threats_of
from detcov.errors import BundleError, UsageError


def read_bundle(data: bytes, *, name: str, version: str | None = None) -> Release:
    """Read a STIX 2.0 or 2.1 bundle, plain or gzip, as a release.

    The version comes from the bundle's ATT&CK collection, else from its official SHA-256, else
    from `version`, else from `name` (the file's name), else it is None: never a guess.
    A bundle of several domains is read as the one with most techniques.
    Raises BundleError when the bytes aren't a sound ATT&CK bundle, or when `version`
    contradicts what the bundle itself says; UsageError when `version` is none.
    """
    return named(release_of(decode_bundle(data, name)), name=name, version=version)


def read_parts(data: bytes, *, name: str) -> tuple[Release, Threats, Detections]:
    """Read all facts of a bundle at once; the release knows only what the bytes tell.

    Raises BundleError.
    """
    bundle = decode_bundle(data, name)
    release = release_of(bundle)
    return release, threats_of(bundle, release), detections_of(bundle, release)


def named(release: Release, *, name: str, version: str | None = None) -> Release:
    """Give a release its origin, and its version from `version` or `name` if need be.

    Raises BundleError when `version` contradicts the version the bundle itself tells, UsageError
    when it is none.
    """
    if version is not None and not is_version(version):
        raise UsageError(f'"{version}" is no ATT&CK version (like 18.1)')
    if version is not None and release.version is not None and version != release.version:
        raise BundleError(f"{name}: this is ATT&CK {release.version}, not {version}")
    known = release.version or version or version_in_name(name)
    return structs.replace(release, version=known, origin=name)


def release_of(bundle: StixBundle) -> Release:
    """Build the release of a decoded bundle; its version only if the bundle itself tells it."""
    official = published.official(bundle.sha256)
    domain = _domain(bundle)
    matrices = [item for item in bundle.of("x-mitre-matrix") if _belongs(item, domain)]
    tactics = _tactics(bundle, matrices, domain)
    return Release(
        domain=domain,
        version=_version(bundle, domain) or (official.version if official else None),
        tactics=tactics,
        techniques=_techniques(bundle, domain, tactics),
        sha256=bundle.sha256,
        origin=bundle.name,
    )


def _domain(bundle: StixBundle) -> str:
    counted = Counter(
        domain for item in bundle.of("attack-pattern") for domain in item.x_mitre_domains
    )
    if not counted:  # bundles before ATT&CK 9 name no domains: the kill chain tells
        by_chain = {chain: domain for domain, chain in KILL_CHAINS.items()}
        counted = Counter(
            by_chain[phase.kill_chain_name]
            for item in bundle.of("attack-pattern")
            for phase in item.kill_chain_phases
            if phase.kill_chain_name in by_chain
        )
    if not counted:
        raise BundleError(f"{bundle.name}: holds no ATT&CK technique")
    return min(counted, key=lambda domain: (-counted[domain], domain))


def _belongs(item: StixObject, domain: str) -> bool:
    if item.x_mitre_domains:
        return domain in item.x_mitre_domains
    if item.type == "x-mitre-matrix":
        named_domain = item.attack_id or next(
            (ref.external_id for ref in item.external_references if ref.external_id), ""
        )
        return named_domain == domain or named_domain not in DOMAINS
    return True


def _version(bundle: StixBundle, domain: str) -> str | None:
    # A collection of an organisation's own has a version that isn't ATT&CK's: the name tells.
    versions = {
        item.x_mitre_version
        for item in bundle.of("x-mitre-collection")
        if item.name == COLLECTIONS.get(domain) and is_version(item.x_mitre_version)
    }
    return versions.pop() if len(versions) == 1 else None


def _tactics(bundle: StixBundle, matrices: Iterable[StixObject], domain: str) -> tuple[Tactic, ...]:
    by_ref = bundle.by_type.get("x-mitre-tactic", {})
    # Mobile still carries its deprecated "Network-Based Effects" beside the real matrix.
    refs = [ref for matrix in matrices if matrix.active for ref in matrix.tactic_refs]
    if not refs:
        refs = [item.id for item in by_ref.values() if _belongs(item, domain)]
    tactics: dict[str, Tactic] = {}
    for ref in refs:
        item = by_ref.get(ref)
        if item is None:
            raise BundleError(f"{bundle.name}: its matrix names {ref[:80]}, which isn't in it")
        if item.active:
            tactic = _tactic(item, bundle.name)
            tactics.setdefault(tactic.shortname, tactic)
    if not tactics:
        raise BundleError(f"{bundle.name}: holds no ATT&CK tactic")
    return tuple(tactics.values())


def _tactic(item: StixObject, name: str) -> Tactic:
    for value, field in (
        (item.attack_id, "ATT&CK id"),
        (item.name, "name"),
        (item.x_mitre_shortname, "x_mitre_shortname"),
    ):
        if not value:
            raise BundleError(f"{name}: {item.id[:80] or 'a tactic'} has no {field}")
    return Tactic(id=item.attack_id, name=item.name, shortname=item.x_mitre_shortname)


def _techniques(
    bundle: StixBundle, domain: str, tactics: tuple[Tactic, ...]
) -> dict[str, Technique]:
    chosen: dict[str, StixObject] = {}
    ids: dict[str, str] = {}
    for item in bundle.of("attack-pattern"):
        if not _belongs(item, domain):
            continue
        attack_id = ids[item.id] = item.attack_id
        if not attack_id:  # a draft that Workbench hasn't given an id yet
            continue
        known = chosen.get(attack_id)
        chosen[attack_id] = item if known is None else _preferred(known, item, bundle.name)
    successors = _successors(bundle, ids)
    order = {tactic.shortname: place for place, tactic in enumerate(tactics)}
    techniques: dict[str, Technique] = {}
    for key in sorted(chosen):
        item = chosen[key]
        if not item.name:
            raise BundleError(f"{bundle.name}: {key} has no name")
        phases = _phases(item, domain) & order.keys()
        techniques[key] = Technique(
            id=key,
            name=item.name,
            tactics=tuple(sorted(phases, key=order.__getitem__)),
            platforms=tuple(sorted(set(item.x_mitre_platforms))),
            revoked=bool(item.revoked),
            deprecated=bool(item.x_mitre_deprecated),
            revoked_by=successors.get(item.id) if item.revoked else None,
        )
    return techniques


def _preferred(one: StixObject, other: StixObject, name: str) -> StixObject:
    """Which of two objects with one id counts: the active one, else the newer."""
    if one.active and other.active:
        raise BundleError(f"{name}: two active techniques have the id {one.attack_id}")
    return max(one, other, key=lambda item: (item.active, item.modified, item.id))


def _phases(item: StixObject, domain: str) -> set[str]:
    # A technique of two domains has the phases of both; a custom chain's name can be anything.
    others = {chain for key, chain in KILL_CHAINS.items() if key != domain}
    return {
        phase.phase_name for phase in item.kill_chain_phases if phase.kill_chain_name not in others
    }


def _successors(bundle: StixBundle, ids: dict[str, str]) -> dict[str, str]:
    """STIX id of a technique to the ATT&CK id of its direct successor."""
    patterns = bundle.by_type.get("attack-pattern", {})
    found: dict[str, list[tuple[bool, str]]] = {}
    for relationship in bundle.relationships:
        if relationship.relationship_type != "revoked-by":
            continue
        successor = ids.get(relationship.target_ref)
        if successor and relationship.source_ref in ids:
            inactive = not patterns[relationship.target_ref].active
            found.setdefault(relationship.source_ref, []).append((inactive, successor))
    # Should a bundle name several, an active one is the better guide, then the lower id.
    return {source: min(named_)[1] for source, named_ in found.items()}
