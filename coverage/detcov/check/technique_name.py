"""M108: a technique's name that isn't ATT&CK's."""

from collections.abc import Iterator

from detcov.attack.release import Release
from detcov.check.base import Check, Issue, Subject
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    for one in subject.techniques:
        stated, name = one.mapping.technique_id or "", one.mapping.technique_name
        found = subject.target.techniques.get(stated)
        if found is None or name is None or name == found.name:
            continue

        def right(release: Release, at: str = stated, name: str = name) -> bool:
            before = release.techniques.get(at)
            return before is not None and before.name == name

        if subject.ahead(right):
            continue
        yield Issue(
            message=f"{stated} is {found.name!r}, not {name!r}",
            place=one.mapping.name_place or one.mapping.place,
            subject=stated,
            fix=found.name,
            drift=subject.outdated(right),
        )


CHECK = Check(
    code="M108",
    name="technique-name-mismatch",
    severity=Severity.WARNING,
    summary="A technique's name isn't the one ATT&CK gives to its id (compared exactly).",
    why="Either the name is an old one, or the id is wrong.",
    example='id = "T1218", name = "Signed Binary Proxy Execution"',
    fix="Write ATT&CK's name, or correct the id.",
    drift_code="D108",
    of_rule=_find,
)
