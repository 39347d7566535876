"""R209: a rule without an id."""

from collections.abc import Iterator

from detcov.check.base import Check, Issue, Subject
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    rule = subject.rule
    if rule.key.native_id.rpartition("#")[0] == rule.path:
        yield Issue(message="the rule has no id of its own", place=rule.place)


CHECK = Check(
    code="R209",
    name="missing-rule-id",
    severity=Severity.WARNING,
    summary="A rule has no id of its own.",
    why="It is known by its path and place in the file, so moving it makes it another rule.",
    example="a Sigma rule without `id`; one of several that have only that of their global part",
    fix="Give it an id: a UUID.",
    formats=("elastic", "sigma"),
    of_rule=_find,
)
