"""Finds a release's platforms by what people type."""

from collections.abc import Iterable
from typing import Final

from detcov.attack.release import Release
from detcov.errors import UsageError

NO_PLATFORM = "None"
"""What a domain without platforms names (ICS): every rule looks at it"""

_ALSO_CALLED: Final = {
    "kubernetes": "Containers",
    "k8s": "Containers",
    "docker": "Containers",
    "aws": "IaaS",
    "azure": "IaaS",
    "gcp": "IaaS",
    "cloud": "IaaS",
    "azure ad": "Identity Provider",
    "entra id": "Identity Provider",
    "okta": "Identity Provider",
    "office 365": "Office Suite",
    "microsoft 365": "Office Suite",
    "m365": "Office Suite",
    "o365": "Office Suite",
    "google workspace": "Office Suite",
    "github": "SaaS",
    "osx": "macOS",
    "mac": "macOS",
    "vmware": "ESXi",
    "network": "Network Devices",
}
"""What people call things that a platform of ATT&CK stands for: nothing in both is alike"""


def find_platforms(release: Release, names: Iterable[str]) -> tuple[str, ...]:
    """The platforms of these names (case doesn't count), each once, in their order.

    A text alone is one name, and not the names of its letters.
    Raises `UsageError` for one that the release doesn't have; the message names the nearest.
    """
    by_case = {platform.casefold(): platform for platform in release.platforms}
    found: dict[str, None] = {}
    for name in (names,) if isinstance(names, str) else names:
        platform = by_case.get(name.strip().casefold())
        if platform is None:
            known = ", ".join(release.platforms)
            raise UsageError(f"{no_platform(release, name)} (it has {known})")
        found[platform] = None
    return tuple(found)


def no_platform(release: Release, name: str) -> str:
    """Say that the release has no platform of a name, and which is the nearest."""
    from difflib import get_close_matches

    by_case = {platform.casefold(): platform for platform in release.platforms}
    typed = " ".join(name.casefold().replace("-", " ").split())
    near = _ALSO_CALLED.get(typed)
    if near not in release.platforms:
        near = next((by_case[one] for one in get_close_matches(typed, by_case, n=1)), None)
    hint = f"; did you mean {near}?" if near else ""
    return f"{release.title} has no platform {name!r}{hint}"
