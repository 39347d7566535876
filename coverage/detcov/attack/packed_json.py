"""A bundle's objects as plain JSON, for packs, which keep fields that a release doesn't."""

from typing import Any

import msgspec

from detcov.attack.domains import ID_SOURCES

StixJson = dict[str, Any]
"""One STIX object."""


def objects_of(text: bytes) -> list[StixJson]:
    """Decode the objects of a bundle that `read_bundle` has found sound; newest versions only."""
    newest: dict[str, StixJson] = {}
    for item in msgspec.json.decode(text)["objects"]:
        key = item.get("id", "")
        known = newest.get(key)
        if known is None or known.get("modified", "") < item.get("modified", ""):
            newest[key] = item
    return list(newest.values())


def attack_id(item: StixJson) -> str:
    """Return the ATT&CK id of an object, "" where it has none."""
    for reference in item.get("external_references", ()):
        if reference.get("source_name") in ID_SOURCES and reference.get("external_id"):
            return str(reference["external_id"])
    return ""


def is_active(item: StixJson) -> bool:
    """Whether an object is neither revoked nor deprecated."""
    return not (item.get("revoked") or item.get("x_mitre_deprecated"))
