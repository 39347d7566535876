"""An ATT&CK STIX bundle, decoded straight from its JSON into the few fields facts come from.

Every object has the same shape, whatever its type: msgspec skips what isn't named here, which
makes decoding all of ATT&CK cheaper than finding out first what an object is.
"""

import gzip
import hashlib
import io
import zlib
from typing import Final

import msgspec
from msgspec import Struct

from detcov.attack.domains import ID_SOURCES, OBJECT_ID
from detcov.errors import BundleError

SIZE_LIMIT: Final = 512 * 2**20
"""Bytes of JSON, unpacked. All three domains together are about 60 MB."""

MOST_BRACKETS: Final = 1_000_000
"""Objects and lists in a bundle. ATT&CK Enterprise 18.1 has 184,097; each takes memory."""
MOST_COMMAS: Final = 5_000_000
"""As many as there are values, about. ATT&CK Enterprise 18.1 has 674,447."""

_GZIP_MAGIC = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


class Reference(Struct, frozen=True, gc=False):
    """One of an object's external references."""

    source_name: str = ""
    external_id: str = ""


class Phase(Struct, frozen=True, gc=False):
    """One of a technique's kill chain phases."""

    kill_chain_name: str = ""
    phase_name: str = ""


class LogReference(Struct, frozen=True, gc=False):
    """One of an analytic's log sources."""

    x_mitre_data_component_ref: str = ""
    name: str = ""
    channel: str = ""


class StixObject(Struct, frozen=True):
    """Any object of a bundle. STIX 2.0 and 2.1 agree in all of these fields."""

    type: str
    id: str = ""
    name: str = ""
    modified: str = ""
    revoked: bool | None = None
    x_mitre_deprecated: bool | None = None
    external_references: tuple[Reference, ...] = ()
    kill_chain_phases: tuple[Phase, ...] = ()
    x_mitre_platforms: tuple[str, ...] = ()
    x_mitre_domains: tuple[str, ...] = ()
    relationship_type: str = ""
    source_ref: str = ""
    target_ref: str = ""
    x_mitre_shortname: str = ""
    tactic_refs: tuple[str, ...] = ()
    x_mitre_version: str = ""
    aliases: tuple[str, ...] = ()
    x_mitre_aliases: tuple[str, ...] = ()
    x_mitre_analytic_refs: tuple[str, ...] = ()
    x_mitre_log_source_references: tuple[LogReference, ...] = ()
    x_detcov_of_version: str | None = None
    x_detcov_completed_from: str | None = None
    x_detcov_source_sha256: str = ""

    @property
    def active(self) -> bool:
        """Neither revoked nor deprecated."""
        return not (self.revoked or self.x_mitre_deprecated)

    @property
    def attack_id(self) -> str:
        """The ATT&CK id, or "" where there is none.

        MITRE's own reference wins; an organisation's custom object may name its own source.
        """
        for reference in self.external_references:
            if reference.source_name in ID_SOURCES and reference.external_id:
                return reference.external_id
        for reference in self.external_references:
            if OBJECT_ID.fullmatch(reference.external_id):
                return reference.external_id
        return ""


class _Wire(Struct, frozen=True):
    type: str
    objects: list[StixObject]


class StixBundle(Struct, frozen=True, kw_only=True):
    """A decoded bundle: the newest version of every object, by type, in the file's order."""

    name: str
    """For messages: the file's name"""
    sha256: str
    """Of the JSON, unpacked: what MITRE's list of hashes is about"""
    by_type: dict[str, dict[str, StixObject]]
    """Type to STIX id to object"""
    relationships: list[StixObject]
    """The ones in force"""

    def of(self, *types: str) -> list[StixObject]:
        """All objects of these types, revoked and deprecated ones too."""
        return [item for kind in types for item in self.by_type.get(kind, {}).values()]


_DECODER = msgspec.json.Decoder(_Wire)


def decode_bundle(data: bytes, name: str) -> StixBundle:
    """Decode a bundle's bytes, plain JSON or gzip. `name` is for messages.

    Raises BundleError in one line for anything that isn't a whole STIX bundle.
    """
    text = unpack(data, name)
    # Small objects take many times as much memory as text: they are counted before.
    if text.count(b"{") + text.count(b"[") > MOST_BRACKETS or text.count(b",") > MOST_COMMAS:
        raise BundleError(f"{name}: more objects than any ATT&CK bundle has")
    try:
        wire = _DECODER.decode(text)
    except msgspec.ValidationError as error:
        raise BundleError(f"{name}: not an ATT&CK STIX bundle: {error}") from error
    except RecursionError as error:
        raise BundleError(f"{name}: not an ATT&CK STIX bundle: nested too deeply") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BundleError(f"{name}: not JSON: {error}") from error
    if wire.type != "bundle":
        raise BundleError(f'{name}: not a STIX bundle: its type is "{wire.type[:40]}"')
    by_type, relationships = _sort_out(wire.objects, name)
    return StixBundle(
        name=name,
        sha256=hashlib.sha256(text).hexdigest(),
        by_type=by_type,
        relationships=relationships,
    )


def unpack(data: bytes, name: str) -> bytes:
    """Return the JSON text of a file, gunzipped if need be and without a byte order mark.

    Raises BundleError for a broken gzip stream and for more than SIZE_LIMIT bytes.
    """
    if data.startswith(_GZIP_MAGIC):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
                data = stream.read(SIZE_LIMIT + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise BundleError(f"{name}: broken gzip file: {error}") from error
    if len(data) > SIZE_LIMIT:
        raise BundleError(f"{name}: larger than {SIZE_LIMIT // 2**20} MB unpacked")
    return data.removeprefix(_BOM)


def _sort_out(
    objects: list[StixObject], name: str
) -> tuple[dict[str, dict[str, StixObject]], list[StixObject]]:
    by_type: dict[str, dict[str, StixObject]] = {}
    relationships: list[StixObject] = []
    for item in objects:
        if item.type == "relationship":
            if not (item.revoked or item.x_mitre_deprecated):
                relationships.append(item)
            continue
        if not item.id:
            raise BundleError(f"{name}: an object of type {item.type[:40]} has no id")
        seen = by_type.setdefault(item.type, {})
        known = seen.setdefault(item.id, item)
        if known is not item:
            seen[item.id] = _newer(known, item, name)
    return by_type, relationships


def _newer(one: StixObject, other: StixObject, name: str) -> StixObject:
    # STIX lets a bundle hold several versions of an object; Workbench writes such bundles.
    if one.modified == other.modified and one != other:
        raise BundleError(f"{name}: {one.id[:80]} stands twice in it, with different contents")
    return max(one, other, key=lambda item: item.modified)
