"""A bundle's objects as plain JSON, for packs, which keep fields that a release doesn't."""

from typing import Any

import msgspec

from detcov.attack.domains import ID_SOURCES
from detcov.errors import BundleError

StixJson = dict[str, Any]
"""One STIX object."""


def objects_of(text: bytes, name: str) -> list[StixJson]:
    """Decode the objects of a bundle that `read_bundle` has found sound; newest versions only.

    `name` is for messages. Raises BundleError for what only a pack needs: text that is UTF-8, and
    an id of each object, relationships too.
    """
    try:
        objects = msgspec.json.decode(text)["objects"]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BundleError(f"{name}: not JSON in UTF-8: {error}") from error
    newest: dict[str, StixJson] = {}
    for item in objects:
        key = item.get("id", "")
        if not key:
            raise BundleError(f"{name}: an object of type {item['type'][:40]} has no id")
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
