"""Names what is of the domains that aren't bundled, so that a foreign id can be called so."""

from collections.abc import Iterator
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
UNLISTED: Final = (
    # MITRE's crosswalk: attack.mitre.org/docs/subtechniques/ics-sub-techniques-crosswalk.json
    (
        "ics-attack",
        "19.0",
        {
            "T0843.001": "Download All",
            "T0843.002": "Online Edit",
            "T0843.003": "Program Append",
            "T0846.001": "Port Scan",
            "T0846.002": "Broadcast Discovery",
            "T0846.003": "Multicast Discovery",
            "T0873.001": "Siemens Project File Format",
            "T1691": "Block Operational Technology Message",
            "T1691.001": "Command Message",
            "T1691.002": "Reporting Message",
            "T1692": "Unauthorized Message",
            "T1692.001": "Command Message",
            "T1692.002": "Reporting Message",
            "T1693": "Modify Firmware",
            "T1693.001": "System Firmware",
            "T1693.002": "Module Firmware",
            "T1694": "Insecure Credentials",
            "T1694.001": "Default Credentials",
            "T1694.002": "Hardcoded Credentials",
            "T1695": "Block Communications",
            "T1695.001": "Serial COM",
            "T1695.002": "Ethernet",
            "T1695.003": "Wi-Fi",
        },
    ),
    ("mobile-attack", "18.1", {"T1636.005": "Accounts", "T1676": "Linked Devices"}),
    # Deprecated tactics: no columns of the matrix
    ("mobile-attack", "17.1", {"TA0038": "Network Effects", "TA0039": "Remote Service Effects"}),
)
"""What the list lacks, most of it of later releases: domain, version, id to name"""


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


def foreign_objects() -> Iterator[tuple[str, str, str, str]]:
    """Id, name, domain and version of every technique and tactic that is known of them."""
    for known in foreign_domains():
        for key, name in (*known.techniques.items(), *known.tactics.items()):
            yield key, name, known.domain, known.version
    for domain, version, names in UNLISTED:
        for key, name in names.items():
            yield key, name, domain, version


@cache
def _owners() -> dict[str, str]:
    found: dict[str, str] = {}
    for key, _, domain, _ in foreign_objects():
        found.setdefault(key, domain)
    for known in foreign_domains():
        for name in known.tactics.values():
            if (slug := tactic_slug(name)) not in _ENTERPRISE_TOO:
                found.setdefault(slug, known.domain)
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
