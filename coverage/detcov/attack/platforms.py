"""Finds a release's platforms by what people type."""

from collections.abc import Iterable

from detcov.attack.release import Release
from detcov.errors import UsageError

NO_PLATFORM = "None"
"""What a domain without platforms names (ICS): every rule looks at it"""


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
    near = get_close_matches(name.casefold(), by_case, n=1)
    hint = f"; did you mean {by_case[near[0]]}?" if near else ""
    return f"{release.title} has no platform {name!r}{hint}"
