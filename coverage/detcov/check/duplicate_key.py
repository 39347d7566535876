"""R210: a key that stands twice."""

from collections.abc import Iterator

from detcov.check.base import Check, Issue, Subject
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    for one in subject.rule.defects:
        if one.kind == "duplicate-key":
            message = f"the key {one.subject!r} stands twice in one mapping; the last one counts"
            yield Issue(message=message, place=one.place, subject=one.subject)


CHECK = Check(
    code="R210",
    name="duplicate-key",
    severity=Severity.WARNING,
    summary="A key stands twice in one mapping of the file.",
    why="Only the last one counts, so part of what is written there does nothing.",
    example="two `selection:` under one `detection:`",
    fix="Drop one, or rename it.",
    of_rule=_find,
)
