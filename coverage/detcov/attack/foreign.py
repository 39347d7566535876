"""Names what is of the domains that aren't bundled, so that a foreign id can be called so."""

from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from detcov.attack.ids import tactic_slug
from detcov.attack.release import Release

# Mobile's is called so too; in a rule it is what Enterprise had until 18.1.
_ENTERPRISE_TOO: Final = frozenset({"defense-evasion"})
LIST_FILE: Final = Path(__file__).parent.parent / "data" / "foreign.json"


class ForeignDomain(Struct, frozen=True, kw_only=True):
    """The ids and names of one domain's tactics and techniques, revoked ones too."""

    domain: str
    version: str
    tactics: dict[str, str]
    """Id to name, in the matrix's order"""
    techniques: dict[str, str]
    """Id to name, sorted"""


@cache
def foreign_domains() -> tuple[ForeignDomain, ...]:
    """Return what is known of the domains that aren't bundled (Mobile, ICS)."""
    return msgspec.json.decode(LIST_FILE.read_bytes(), type=tuple[ForeignDomain, ...])


def foreign_domain(stated: str) -> str | None:
    """Return the domain ("mobile-attack") that a technique's id or a tactic is of, else None.

    A tactic may be given by its id or its name; one that Enterprise has too is asked there first.
    """
    return _owners().get(stated) or _owners().get(tactic_slug(stated))


@cache
def _owners() -> dict[str, str]:
    found: dict[str, str] = {}
    for known in foreign_domains():
        slugs = {tactic_slug(name) for name in known.tactics.values()} - _ENTERPRISE_TOO
        for one in (*known.techniques, *known.tactics, *slugs):
            found.setdefault(one, known.domain)
    return found


def encode_list(releases: tuple[Release, ...]) -> bytes:
    """Encode the list as it is committed: JSON, one technique a line."""
    domains = [
        ForeignDomain(
            domain=release.domain,
            version=release.version or "",
            tactics={tactic.id: tactic.name for tactic in release.tactics},
            techniques={key: item.name for key, item in release.techniques.items()},
        )
        for release in releases
    ]
    return msgspec.json.format(msgspec.json.encode(domains), indent=1) + b"\n"
