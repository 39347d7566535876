"""M123: a rule whose platforms ATT&CK doesn't list for a technique that it maps."""

from collections.abc import Iterator

from detcov.check.base import Check, Issue, Subject
from detcov.check.platform_contradiction import platform_issues
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    yield from platform_issues(subject, of_systems=False)


CHECK = Check(
    code="M123",
    name="platform-not-listed",
    severity=Severity.NOTE,
    summary="ATT&CK lists none of the rule's platforms for the technique (operating systems that "
    "contradict each other are M122).",
    why="The mapping counts for the technique, and for none of the rule's platforms. Mostly it is "
    "ATT&CK's list that is short, for cloud services above all.",
    example="T1136.001 (Local Account) in a rule for SaaS",
    fix="Nothing, if the mapping is meant; else write a technique that the platform has.",
    drift_code="D123",
    of_rule=_find,
)
