"""M119: an ATT&CK object that is no mapping."""

from collections.abc import Iterator

from detcov.check.base import Check, Issue, Subject
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    for one in subject.rule.defects:
        if one.kind == "other-object":
            message = f"the tag {one.subject!r} names an ATT&CK object that rules don't map to"
            yield Issue(message=message, place=one.place, subject=one.subject)


CHECK = Check(
    code="M119",
    name="other-object",
    severity=Severity.NOTE,
    summary="A tag names an ATT&CK object that is no mapping and no actor: a data source and such.",
    why="Data sources and the like say what a rule reads, and count for nothing here.",
    example="`attack.ds0005`",
    fix="Nothing, if it is meant.",
    of_rule=_find,
)
