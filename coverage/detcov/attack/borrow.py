"""Fills what a rebuilt bundle lacks from an earlier release, each part labelled with it.

The facts of 19.0 came without campaigns, log sources, data components, aliases and platforms
of software. What 18.1 says of them is the best there is; the label keeps it honest.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from detcov.attack.packed_json import StixJson, attack_id, is_active
from detcov.attack.release import Release

_DETAILS: Final = {
    "malware": ("x_mitre_platforms", "x_mitre_aliases"),
    "tool": ("x_mitre_platforms", "x_mitre_aliases"),
    "intrusion-set": ("aliases",),
}


def borrow(
    objects: list[StixJson], older: list[StixJson], *, release: Release, older_version: str
) -> list[StixJson]:
    """Return a release's objects with those parts of `older` that they have none of.

    A technique that was revoked in between is followed to its successor in `release`.
    """
    result = objects
    if not any(item["type"] == "campaign" for item in result):
        result = result + _campaigns(result, older, release, older_version)
    if not any(item.get("x_mitre_log_source_references") for item in result):
        result = _with_log_sources(result, older, release, older_version)
    software = [item for item in result if item["type"] in {"malware", "tool"}]
    if not any(item.get("x_mitre_platforms") for item in software):
        result = _with_details(result, older, older_version)
    return result


def _campaigns(
    objects: list[StixJson], older: list[StixJson], release: Release, label: str
) -> list[StixJson]:
    """Give the campaigns, with what they use or are attributed to as far as it exists here."""
    campaigns = {
        item["id"]: item for item in older if item["type"] == "campaign" and is_active(item)
    }
    here = {attack_id(item): item["id"] for item in objects if is_active(item)}
    there = {item["id"]: attack_id(item) for item in older}
    added = list(campaigns.values())
    for item in older:
        if item.get("source_ref") in campaigns and is_active(item):
            target = here.get(_today(there.get(item["target_ref"], ""), release))
            if target is not None:
                added.append({**item, "target_ref": target})
    return [{**item, "x_detcov_of_version": label} for item in added]


def _with_log_sources(
    objects: list[StixJson], older: list[StixJson], release: Release, label: str
) -> list[StixJson]:
    """Give analytics the log sources of the same analytic of the same technique."""
    techniques_here = _techniques_of_analytics(objects)
    techniques_there = _techniques_of_analytics(older)
    logs = {
        attack_id(item): item["x_mitre_log_source_references"]
        for item in older
        if item["type"] == "x-mitre-analytic" and item.get("x_mitre_log_source_references")
    }
    result: list[StixJson] = []
    wanted: set[str] = set()
    for item in objects:
        key = attack_id(item) if item["type"] == "x-mitre-analytic" else ""
        earlier = {_today(technique, release) for technique in techniques_there.get(key, ())}
        if key in logs and earlier & techniques_here.get(key, set()):
            wanted |= {log["x_mitre_data_component_ref"] for log in logs[key]}
            borrowed = {
                "x_mitre_log_source_references": logs[key],
                "x_detcov_completed_from": label,
            }
            result.append({**item, **borrowed})
        else:
            result.append(item)
    missing = wanted - {item["id"] for item in objects}
    components = [item for item in older if item["id"] in missing]
    return result + [{**item, "x_detcov_of_version": label} for item in components]


def _with_details(objects: list[StixJson], older: list[StixJson], label: str) -> list[StixJson]:
    """Give software its platforms and aliases, and groups their aliases."""
    known = {
        (item["type"] in {"malware", "tool"}, attack_id(item)): item
        for item in older
        if item["type"] in _DETAILS and is_active(item)
    }
    result: list[StixJson] = []
    for item in objects:
        earlier = known.get((item["type"] in {"malware", "tool"}, attack_id(item)), {})
        details = {
            field: earlier[field]
            for field in _DETAILS.get(item["type"], ())
            if earlier.get(field) and not item.get(field)
        }
        if details:
            details["x_detcov_completed_from"] = label
        result.append({**item, **details})
    return result


def _techniques_of_analytics(objects: Iterable[StixJson]) -> Mapping[str, set[str]]:
    """Analytic id to the ids of the techniques that its strategies detect."""
    by_id = {item["id"]: item for item in objects}
    found: dict[str, set[str]] = {}
    for item in by_id.values():
        strategy = by_id.get(item.get("source_ref", ""), {})
        technique = by_id.get(item.get("target_ref", ""), {})
        if item.get("relationship_type") == "detects" and technique:
            for ref in strategy.get("x_mitre_analytic_refs", ()):
                if ref in by_id:
                    found.setdefault(attack_id(by_id[ref]), set()).add(attack_id(technique))
    return found


def _today(technique: str, release: Release) -> str:
    """Follow a technique that was revoked in between to what it is called now."""
    seen: set[str] = set()
    while technique not in seen:
        seen.add(technique)
        known = release.techniques.get(technique)
        if known is None or known.revoked_by is None:
            break
        technique = known.revoked_by
    return technique
