"""M104: a technique that ATT&CK deprecated."""

from collections.abc import Iterator
from functools import partial

from detcov.check.base import Check, Issue, Subject, is_active
from detcov.model import Severity, TechniqueOutcome


def _find(subject: Subject) -> Iterator[Issue]:
    for one in subject.techniques:
        if one.technique_outcome is TechniqueOutcome.SAME:
            continue
        stated = one.mapping.technique_id or ""
        found = subject.target.techniques.get(stated)
        if found is not None and found.deprecated and not found.revoked:
            yield Issue(
                message=f"{stated} ({found.name}) is deprecated and has no successor",
                place=one.mapping.place,
                subject=stated,
                drift=subject.outdated(partial(is_active, stated)),
            )


CHECK = Check(
    code="M104",
    name="technique-deprecated",
    severity=Severity.ERROR,
    summary="A technique was deprecated: ATT&CK took it out and names no successor.",
    why="It is not in the matrix, so the mapping counts for nothing.",
    example='id = "T1175"',
    fix="Map the rule to the techniques of today that it sees.",
    drift_code="D104",
    of_rule=_find,
)
