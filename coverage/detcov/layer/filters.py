"""Lint rules for the platform filter: what it says, and what it hides."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from detcov.attack.release import Release
from detcov.layer.finding import Hit, hit, shown
from detcov.layer.subject import Subject, is_annotated

OLD_PLATFORMS: Final = {
    "windows": "Windows",
    "linux": "Linux",
    "mac": "macOS",
    "android": "Android",
    "ios": "iOS",
    "AWS": "IaaS",
    "GCP": "IaaS",
    "Azure": "IaaS",
}
"""The names that Navigator rewrites; every other one has to be right."""


def filters(subject: Subject) -> Iterator[Hit]:
    """Check the shape of `filters`, its names, and which annotated techniques it hides."""
    if "filters" not in subject.layer:
        return
    stated, at = subject.layer["filters"], subject.at("filters")
    if stated is None:
        yield hit("L130", at, "filters is null")
    elif not isinstance(stated, dict):
        yield hit("L131", at, f"filters is {shown(stated)}, not an object")
    elif "platforms" not in stated:
        yield hit("L133", at, "filters has no platforms")
    else:
        yield from _platforms(subject, stated["platforms"])


def _platforms(subject: Subject, stated: object) -> Iterator[Hit]:
    at = subject.at("filters", "platforms")
    if not isinstance(stated, list):
        # JavaScript skips what counts as false, and fails over the rest.
        code = "L130" if stated else "L133"
        yield hit(code, at, f"platforms is {shown(stated)}, not a list")
        return
    if not stated:
        yield hit("L133", at, "platforms is empty")
        return
    odd = [index for index, value in enumerate(stated) if not isinstance(value, str)]
    for index in odd:
        detail = f"platforms holds {shown(stated[index])}, not a string"
        yield hit("L132", subject.at("filters", "platforms", index), detail)
    if odd:
        return
    for index, value in enumerate(stated):
        if value in OLD_PLATFORMS:
            detail = f"{shown(value)} is called {OLD_PLATFORMS[value]} today"
            yield hit("L136", subject.at("filters", "platforms", index), detail)
    if subject.release is not None:
        yield from _against(subject, subject.release, stated)


def _against(subject: Subject, release: Release, stated: list[str]) -> Iterator[Hit]:
    chosen = frozenset(OLD_PLATFORMS.get(value, value) for value in stated)
    unknown = [
        (index, value)
        for index, value in enumerate(stated)
        if OLD_PLATFORMS.get(value, value) not in release.platforms
    ]
    for index, value in unknown:
        near = get_close_matches(value[:60].lower(), [p.lower() for p in release.platforms], 1, 0.8)
        meant = [p for p in release.platforms if p.lower() in near]
        hint = f" ({meant[0]}?)" if meant else ""
        detail = f"{release.title} has no platform {shown(value)}{hint}"
        yield hit("L134", subject.at("filters", "platforms", index), detail)
    if len(unknown) == len(stated):
        at = subject.at("filters", "platforms")
        yield hit("L135", at, f"{release.title} has none of the platforms")
        return
    yield from _hidden(subject, release, chosen)


def _hidden(subject: Subject, release: Release, chosen: frozenset[str]) -> Iterator[Hit]:
    """Annotated techniques of the release that the filter leaves no cell for."""
    for at, entry in subject.entries():
        identity = entry.get("techniqueID")
        technique = release.active.get(identity) if isinstance(identity, str) else None
        if technique is None or not is_annotated(entry) or entry.get("enabled") is False:
            continue
        if chosen.isdisjoint(technique.platforms):
            has = ", ".join(technique.platforms) or "no platform"
            yield hit("L137", at, f"{technique.id} is of {has}, which the filter leaves out")
            continue
        parent = release.active.get(technique.parent or "")
        if parent is not None and chosen.isdisjoint(parent.platforms):
            has = ", ".join(parent.platforms) or "no platform"
            detail = f"{technique.id}'s parent {parent.id} is of {has}, which the filter leaves out"
            yield hit("L138", at, detail)
