"""M108: a technique's name that isn't ATT&CK's."""

from collections.abc import Iterator
from functools import partial

from detcov.attack.names import says_name, written_like
from detcov.attack.release import Release
from detcov.check.base import Check, Issue, Subject
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    for one in subject.techniques:
        stated, name = one.mapping.technique_id or "", one.mapping.technique_name
        found = subject.target.techniques.get(stated)
        if (
            found is None
            or name is None
            or name == found.name
            or _is_named(subject.target, stated, name)
        ):
            continue
        right = partial(_is_named, at=stated, name=name)

        if subject.ahead(right):
            continue
        yield Issue(
            message=f"{stated} is {found.name!r}, not {name!r}",
            place=one.mapping.name_place or one.mapping.place,
            subject=stated,
            fix=written_like(name, found.name),
            drift=subject.outdated(right),
        )


def _is_named(release: Release, at: str, name: str) -> bool:
    found, parent = release.techniques.get(at), release.techniques.get(at.partition(".")[0])
    return found is not None and says_name(
        name, found.name, parent.name if parent and parent is not found else ""
    )


CHECK = Check(
    code="M108",
    name="technique-name-mismatch",
    severity=Severity.WARNING,
    summary="A technique's name isn't ATT&CK's for its id (compared exactly; a slug as a slug).",
    why="Either the name is an old one, or the id is wrong.",
    example='id = "T1218", name = "Signed Binary Proxy Execution"',
    fix="Write ATT&CK's name, or correct the id.",
    drift_code="D108",
    of_rule=_find,
)
