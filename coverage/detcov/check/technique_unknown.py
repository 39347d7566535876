"""M102: an id of the right form that no release at hand has."""

from collections.abc import Iterator
from functools import partial

from detcov.check.base import Check, Issue, Subject, is_active
from detcov.model import Severity, TechniqueOutcome


def _find(subject: Subject) -> Iterator[Issue]:
    for one in subject.techniques:
        if one.technique_outcome is TechniqueOutcome.UNKNOWN:
            stated = one.mapping.technique_id or ""
            yield Issue(
                message=f"{stated} is not in {subject.target.title}",
                place=one.mapping.place,
                subject=stated,
                drift=subject.outdated(partial(is_active, stated)),
            )


CHECK = Check(
    code="M102",
    name="technique-unknown",
    severity=Severity.ERROR,
    summary="A technique id is in no ATT&CK release at hand.",
    why="The mapping counts for nothing, and a Navigator layer with it shows nothing.",
    example='id = "T9999"',
    fix="Look the id up with `detcov attack show`, and correct it.",
    drift_code="D102",
    of_rule=_find,
)
