"""M122: a rule for one operating system that maps a technique of another."""

from collections.abc import Iterator
from typing import Final

from detcov.attack.release import Release
from detcov.check.base import Check, Issue, Subject
from detcov.model import Severity

_SYSTEMS: Final = frozenset({"Windows", "Linux", "macOS"})


def _find(subject: Subject) -> Iterator[Issue]:
    yield from platform_issues(subject, of_systems=True)


def platform_issues(subject: Subject, *, of_systems: bool) -> Iterator[Issue]:
    """Give each claim of a technique that has none of the rule's platforms, once a technique.

    Of those where rule and technique each name an operating system, or of all others.
    """
    ours = subject.rule.platform_names
    for mapping, technique in subject.of_other_platforms:
        theirs = frozenset(technique.platforms)
        if bool(ours & _SYSTEMS and theirs & _SYSTEMS) != of_systems:
            continue
        stated = mapping.technique_id or ""

        def right(release: Release, stated: str = stated) -> bool:
            known = release.active.get(stated)
            return known is not None and not ours.isdisjoint(known.platforms)

        if subject.ahead(right):
            continue
        platforms = ", ".join(sorted(theirs, key=str.casefold))
        yield Issue(
            message=f"{technique.id} ({technique.name}) is for {platforms}; "
            f"the rule is for {', '.join(sorted(ours, key=str.casefold))}",
            place=mapping.place,
            subject=stated,
            drift=subject.outdated(right),
        )


CHECK = Check(
    code="M122",
    name="platform-contradiction",
    severity=Severity.WARNING,
    summary="Rule and technique each name Windows, Linux or macOS, and have no platform in common.",
    why="Either the technique is another one, or the rule's platform is wrong: on the rule's "
    "platform the mapping counts for nothing, and on the technique's the rule sees nothing.",
    example="T1202 (Indirect Command Execution, for Windows) in a rule for Linux",
    fix="Write the technique that the rule's platform has, or correct the platform.",
    drift_code="D122",
    of_rule=_find,
)
