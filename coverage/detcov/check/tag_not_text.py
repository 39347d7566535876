"""R211: a tag that isn't text."""

from collections.abc import Iterator

from detcov.check.base import Check, Issue, Subject
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    for one in subject.rule.defects:
        if one.kind == "not-text":
            message = f"the tag {one.subject} is no text"
            yield Issue(message=message, place=one.place, subject=one.subject)


CHECK = Check(
    code="R211",
    name="tag-not-text",
    severity=Severity.WARNING,
    summary="A tag is a number, a date, empty or a structure, and no text.",
    why="It says nothing to whoever reads tags, and an id without its T is a number to YAML.",
    example="`- 1059.001`, `- null`",
    fix="Write it as text, quoted if need be.",
    of_rule=_find,
)
