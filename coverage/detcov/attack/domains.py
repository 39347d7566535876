"""ATT&CK's domains as STIX names them, and the versions of their releases."""

import re
from typing import Final

ID_SOURCES: Final = frozenset({"mitre-attack", "mitre-mobile-attack", "mitre-ics-attack"})
"""`source_name` of the external reference that holds an object's ATT&CK id."""

KILL_CHAINS: Final = {
    "enterprise-attack": "mitre-attack",
    "mobile-attack": "mitre-mobile-attack",
    "ics-attack": "mitre-ics-attack",
}
"""Domain to the name of its kill chain."""

COLLECTIONS: Final = {
    "enterprise-attack": "Enterprise ATT&CK",
    "mobile-attack": "Mobile ATT&CK",
    "ics-attack": "ICS ATT&CK",
}
"""Domain to the name of its collection, the object that tells a release's version."""

DOMAINS: Final = tuple(KILL_CHAINS)

# ATT&CK Workbench puts an organisation's namespace in front: ACME-T9001.
OBJECT_ID: Final = re.compile(r"(?:[A-Za-z0-9]+-)?(?:TA|T|G|C|S|DET|AN|DC)\d{4}(?:\.\d{3})?", re.A)
"""An id of any ATT&CK object, whole."""

_FILE_VERSION: Final = re.compile(
    r"(?:enterprise|mobile|ics)-attack[-_ ]?v?(\d{1,2}\.\d{1,2})(?![\d.]*\d)", re.A
)


_VERSION: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){0,2}(?:-[a-z0-9]{1,10})?", re.A)


def is_version(text: str) -> bool:
    """Whether this has the form of a release's version: "18.1", "11.0-beta"."""
    return _VERSION.fullmatch(text) is not None


def version_key(version: str) -> tuple[int, ...]:
    """Sort key of a release's version: "9.0" before "18.1". Letters (a beta's) count as zero."""
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))


def version_in_name(name: str) -> str | None:
    """Return the version in a file's name as MITRE writes it (`enterprise-attack-17.1.json`)."""
    found = _FILE_VERSION.search(name)
    return found[1] if found else None
