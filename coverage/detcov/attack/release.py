"""One ATT&CK release of one domain, as values."""

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from detcov.attack.ids import tactic_slug


class Tactic(Struct, frozen=True, kw_only=True):
    """A column of the matrix. Keyed by shortname within a release, by id across releases."""

    id: str
    name: str
    shortname: str


class Technique(Struct, frozen=True, kw_only=True):
    """An attack-pattern, sub-techniques included, revoked and deprecated ones too."""

    id: str
    name: str
    tactics: tuple[str, ...]
    """Shortnames, in the matrix's order"""
    platforms: tuple[str, ...]
    """Sorted"""
    revoked: bool = False
    deprecated: bool = False
    revoked_by: str | None = None
    """ATT&CK id of the direct successor, where the bundle names one"""

    @property
    def active(self) -> bool:
        """Neither revoked nor deprecated."""
        return not (self.revoked or self.deprecated)

    @property
    def parent(self) -> str | None:
        """The parent's id; the dot in the id decides (STIX's own flags are at times wrong)."""
        return self.id.split(".")[0] if "." in self.id else None

    @property
    def pre_only(self) -> bool:
        """Seen by no endpoint rule: PRE is its only platform."""
        return self.platforms == ("PRE",)


class Release(Struct, frozen=True, kw_only=True, dict=True):
    """One ATT&CK release of one domain. `version` is None where nothing tells it."""

    domain: str
    version: str | None
    tactics: tuple[Tactic, ...]
    """In the order of the matrix's `tactic_refs`"""
    techniques: Mapping[str, Technique]
    """By id, sorted; revoked and deprecated ones too"""
    sha256: str = ""
    """Of the bundle the facts came from"""
    origin: str = ""
    """bundled, downloaded, or the file's name"""
    location: str = ""
    """The file it was read from, for the parts that are loaded later; "" when bundled. Of this
    machine: never part of an output"""

    @cached_property
    def active(self) -> Mapping[str, Technique]:
        """The techniques that are neither revoked nor deprecated, by id."""
        return {key: value for key, value in self.techniques.items() if value.active}

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """Parent id to the ids of its active sub-techniques."""
        found: dict[str, list[str]] = {}
        for technique in self.active.values():
            if technique.parent is not None:
                found.setdefault(technique.parent, []).append(technique.id)
        return {parent: tuple(ids) for parent, ids in found.items()}

    @cached_property
    def tactic_by_id(self) -> Mapping[str, Tactic]:
        """Tactics by id (TA0001)."""
        return {tactic.id: tactic for tactic in self.tactics}

    @cached_property
    def tactic_by_shortname(self) -> Mapping[str, Tactic]:
        """Tactics by shortname (initial-access)."""
        return {tactic.shortname: tactic for tactic in self.tactics}

    @cached_property
    def tactic_slugs(self) -> frozenset[str]:
        """What tactics are called here: their shortnames, and their names as slugs."""
        return frozenset(
            name for one in self.tactics for name in (one.shortname, tactic_slug(one.name))
        )

    @cached_property
    def platforms(self) -> tuple[str, ...]:
        """Every platform an active technique names, sorted."""
        return tuple(sorted({p for t in self.active.values() for p in t.platforms}))

    @cached_property
    def cells(self) -> tuple[tuple[str, str], ...]:
        """(tactic shortname, technique id) of the matrix, by tactic order, then id."""
        return tuple(
            (tactic.shortname, technique.id)
            for tactic in self.tactics
            for technique in self.active.values()
            if tactic.shortname in technique.tactics
        )

    @property
    def title(self) -> str:
        """For headings: "ATT&CK Enterprise 19.0"."""
        return f"{domain_title(self.domain)} {self.version or 'of unknown version'}"


def domain_title(domain: str) -> str:
    """A domain for headings: "ics-attack" → "ATT&CK ICS"."""
    name = domain.removesuffix("-attack").replace("-", " ")
    return f"ATT&CK {'ICS' if name == 'ics' else name.title()}"
