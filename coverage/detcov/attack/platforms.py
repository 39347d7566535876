"""Finds a release's platforms by what people type."""

from collections.abc import Iterable
from difflib import get_close_matches

from detcov.attack.release import Release
from detcov.errors import UsageError


def find_platforms(release: Release, names: Iterable[str]) -> tuple[str, ...]:
    """The platforms of these names (case doesn't count), each once, in their order.

    Raises `UsageError` for one that the release doesn't have; the message names the nearest.
    """
    by_case = {platform.casefold(): platform for platform in release.platforms}
    return tuple(dict.fromkeys(_one(name, by_case, release) for name in names))


def _one(name: str, by_case: dict[str, str], release: Release) -> str:
    if (found := by_case.get(name.strip().casefold())) is not None:
        return found
    near = get_close_matches(name.casefold(), by_case, n=1)
    hint = f"; did you mean {by_case[near[0]]}?" if near else ""
    known = ", ".join(release.platforms)
    raise UsageError(f"{release.title} has no platform {name!r}{hint} (it has {known})")
