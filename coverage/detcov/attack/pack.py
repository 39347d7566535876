"""Packs: an ATT&CK bundle cut down to its facts, still STIX 2.1, and the indexes beside it.

A pack holds ids, names, tactics, platforms, status, relationships and log sources, and no
prose. `mitreattack.stix20.MitreAttackData` reads it; the indexes are what detcov's runs load.
"""

import gzip
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, structs

from detcov.attack.borrow import borrow
from detcov.attack.bundle import read_bundle, read_parts
from detcov.attack.domains import COLLECTIONS
from detcov.attack.index import part_file, write_part, write_whole
from detcov.attack.packed_json import StixJson, attack_id, objects_of
from detcov.attack.release import Release
from detcov.attack.stix import unpack
from detcov.errors import BundleError, OutputError, UsageError

NOTICE_FILE: Final = Path(__file__).parent.parent / "data" / "NOTICE"
"""MITRE's copyright designation and licence, which go with every copy."""

_ALWAYS: Final = ("type", "id", "created", "modified", "revoked", "x_mitre_deprecated")
_NAMED: Final = (*_ALWAYS, "name", "x_mitre_domains", "x_detcov_of_version")
_DETAILS: Final = ("x_mitre_platforms", "x_detcov_completed_from")

_KEPT: Final = {
    "x-mitre-collection": (*_NAMED, "x_mitre_version"),
    "x-mitre-matrix": (*_NAMED, "tactic_refs"),
    "x-mitre-tactic": (*_NAMED, "x_mitre_shortname"),
    "attack-pattern": (
        *_NAMED,
        "kill_chain_phases",
        "x_mitre_is_subtechnique",
        "x_mitre_platforms",
    ),
    "intrusion-set": (*_NAMED, *_DETAILS, "aliases"),
    "campaign": (*_NAMED, *_DETAILS, "aliases"),
    "malware": (*_NAMED, *_DETAILS, "x_mitre_aliases", "is_family"),
    "tool": (*_NAMED, *_DETAILS, "x_mitre_aliases"),
    "x-mitre-detection-strategy": (*_NAMED, "x_mitre_analytic_refs"),
    "x-mitre-analytic": (*_NAMED, *_DETAILS, "x_mitre_log_source_references"),
    "x-mitre-data-component": _NAMED,
    "relationship": (
        *_ALWAYS,
        "relationship_type",
        "source_ref",
        "target_ref",
        "x_detcov_of_version",
    ),
}
"""Type to the fields that are facts; the other types and fields stay behind."""

_RELATIONSHIPS: Final = frozenset(
    {"uses", "revoked-by", "subtechnique-of", "detects", "attributed-to"}
)

# MITRE's own marking definition and its identity in every ATT&CK bundle.
_MARKING_ID: Final = "marking-definition--fa42a846-8d90-4e51-bc29-71d5b4802168"
_MARKING: Final[StixJson] = {
    "type": "marking-definition",
    "id": _MARKING_ID,
    "spec_version": "2.1",
    "created": "2017-06-01T00:00:00.000Z",
    "definition_type": "statement",
    "definition": {
        "statement": "© 2026 The MITRE Corporation. This work is reproduced and distributed with "
        "the permission of The MITRE Corporation. MITRE ATT&CK and ATT&CK are registered "
        "trademarks of The MITRE Corporation."
    },
}


class Pack(Struct, frozen=True, kw_only=True):
    """A pack in memory: what `write_pack` writes."""

    release: Release
    """Of the pack, with the SHA-256 of the bundle it was made from"""
    bundle: bytes
    """The STIX 2.1 bundle as JSON"""


def make_pack(
    data: bytes, *, name: str, origin: str = "", older: tuple[bytes, str] | None = None
) -> Pack:
    """Cut a bundle down to its facts.

    `name` is the bundle's file name, `origin` says where it was put together from if not by
    MITRE. `older` is an earlier release's bundle and file name: campaigns, log sources, data
    components, platforms of software and aliases come from it where `data` has none at all,
    each labelled with that release. The same input gives the same bytes.
    Raises BundleError for an unsound bundle or one whose version nothing tells.
    """
    release = read_bundle(data, name=name)
    if release.version is None:
        raise BundleError(f"{name}: nothing tells its version, so it can't be packed")
    if release.domain not in COLLECTIONS:
        raise BundleError(f"{name}: {release.domain[:40]} is no domain of ATT&CK's")
    objects = _known(data, name)
    if older is not None:
        earlier = read_bundle(older[0], name=older[1])
        if earlier.version is None:
            raise BundleError(f"{older[1]}: nothing tells its version, so nothing can be taken")
        objects = borrow(objects, _known(*older), release=release, older_version=earlier.version)
    collection = _collection(objects, release, name=name, origin=origin)
    others = [item for item in objects if item["type"] != "x-mitre-collection"]
    packed = [collection, _MARKING, *_linked(others)]
    bundle = {
        "type": "bundle",
        "id": f"bundle--{uuid.uuid5(uuid.NAMESPACE_URL, release.sha256)}",
        "objects": packed,
    }
    return Pack(release=release, bundle=msgspec.json.encode(bundle, order="sorted") + b"\n")


def write_pack(pack: Pack, folder: Path, *, inputs: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Write a pack, its indexes and MITRE's notice into a folder; give the files' paths.

    Raises OutputError where that can't be done, UsageError where it would replace an input.
    """
    stem = f"{pack.release.domain}-{pack.release.version}"
    bundle_path = folder / f"{stem}.json.gz"
    notice_path = folder / NOTICE_FILE.name
    if bundle_path.exists() and any(map(bundle_path.samefile, inputs)):
        raise UsageError(f"{bundle_path}: is what the pack is made from; name another folder")
    parts = read_parts(pack.bundle, name=bundle_path.name)
    release = structs.replace(parts[0], sha256=pack.release.sha256, origin="")
    written = [bundle_path]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # mtime and file name stay out of the gzip header: the same facts, the same bytes.
        write_whole(bundle_path, gzip.compress(pack.bundle, compresslevel=9, mtime=0))
        for part in (release, *parts[1:]):
            path = part_file(folder, stem, type(part))
            write_part(path, part)
            written.append(path)
        if notice_path != NOTICE_FILE:
            write_whole(notice_path, NOTICE_FILE.read_bytes())
    except (FileExistsError, NotADirectoryError) as error:
        raise OutputError(f"{folder}: is no folder") from error
    except OSError as error:
        raise OutputError(f"{folder}: {error.strerror or error}") from error
    return (*written, notice_path)


def _known(data: bytes, name: str) -> list[StixJson]:
    return [_facts(item) for item in objects_of(unpack(data, name), name) if item["type"] in _KEPT]


def _facts(item: StixJson) -> StixJson:
    """Keep the fields that are facts, and of the references the one with the ATT&CK id."""
    facts = {key: item[key] for key in _KEPT[item["type"]] if key in item}
    facts["spec_version"] = "2.1"
    if item["type"] == "malware":
        facts.setdefault("is_family", True)  # STIX 2.1 demands the field, 2.0 hasn't got it
    if item["type"] == "relationship":
        return facts
    facts["object_marking_refs"] = [_MARKING_ID]
    wanted = attack_id(item)
    references = [
        {key: ref[key] for key in ("source_name", "external_id", "url") if key in ref}
        for ref in item.get("external_references", ())
        if wanted and ref.get("external_id") == wanted
    ]
    if references:
        facts["external_references"] = references[:1]
    return facts


def _collection(objects: list[StixJson], release: Release, *, name: str, origin: str) -> StixJson:
    found = next((item for item in objects if item["type"] == "x-mitre-collection"), {})
    made_from = f"rebuilt from {name}" + (f", put together from {origin}" if origin else "")
    return {
        "created": "2018-01-17T12:56:55.080Z",
        "modified": "2018-01-17T12:56:55.080Z",
        "id": f"x-mitre-collection--{uuid.uuid5(uuid.NAMESPACE_URL, release.domain)}",
        "type": "x-mitre-collection",
        "spec_version": "2.1",
        "object_marking_refs": [_MARKING_ID],
        **found,
        "name": COLLECTIONS[release.domain],
        "x_mitre_version": release.version,
        "x_mitre_domains": [release.domain],
        "x_detcov_source_name": name,
        "x_detcov_source_sha256": release.sha256,
        "x_detcov_made": f"Facts only, no prose; {made_from} by detcov attack pack",
    }


def _linked(objects: list[StixJson]) -> list[StixJson]:
    """Drop relationships that lead out of the pack or aren't facts of it, and sort the rest."""
    ids = {item["id"] for item in objects}
    kept = (
        item
        for item in objects
        if item["type"] != "relationship"
        or (
            item.get("relationship_type") in _RELATIONSHIPS
            and item.get("source_ref") in ids
            and item.get("target_ref") in ids
        )
    )
    return sorted(kept, key=_place)


def _place(item: StixJson) -> tuple[bool, str, str, str, str]:
    # Relationships of one object stand together: a quarter less to store once compressed.
    linked = item["type"] == "relationship"
    kind = item["relationship_type"] if linked else item["type"]
    return linked, kind, item.get("source_ref", ""), item.get("target_ref", ""), item["id"]
