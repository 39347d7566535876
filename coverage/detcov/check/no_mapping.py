"""R201: a rule that states neither technique nor tactic."""

from collections.abc import Iterator

from detcov.check.base import Check, Issue, Subject
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    if not subject.rule.mappings:
        yield Issue(message="the rule has no ATT&CK mapping", place=subject.rule.place)


CHECK = Check(
    code="R201",
    name="no-mapping",
    severity=Severity.WARNING,
    summary="A rule states no technique and no tactic.",
    why="Whatever it sees, no coverage number knows of it.",
    example="a rule without `[[rule.threat]]`",
    fix="Map it. Rules that forward another product's alerts may rightly have none.",
    of_rule=_find,
)
