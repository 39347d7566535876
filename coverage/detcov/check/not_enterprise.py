"""M121: an id of another domain or framework in a place that declares ATT&CK Enterprise."""

from collections.abc import Iterator

from msgspec import structs

from detcov.check.base import Check, Issue, Subject
from detcov.check.other_framework import declares_enterprise, foreign_mappings
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    for mapping, issue in foreign_mappings(subject):
        if declares_enterprise(subject, mapping):
            message = f"{issue.message}, not of {subject.target.title}"
            yield structs.replace(issue, message=message)


CHECK = Check(
    code="M121",
    name="not-enterprise",
    severity=Severity.ERROR,
    summary="A place that declares ATT&CK Enterprise has an id of another ATT&CK domain, or of "
    "MITRE ATLAS.",
    why="The mapping counts for nothing, and whoever reads the rule believes that it does. Fields "
    "that are for any domain (Elastic's hunting queries, KubeArmor's tags, Sentinel's, Suricata's) "
    "have M112, a note.",
    example='`attack.t1398` (Mobile); `id = "AML.T0051"` where `framework = "MITRE ATT&CK"`',
    fix="Write the technique of Enterprise that is meant, or put the id where its own framework is "
    'declared: `framework = "MITRE ATLAS"`.',
    of_rule=_find,
)
