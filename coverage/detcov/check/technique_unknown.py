"""M102: an id of the right form that no release at hand has."""

from collections.abc import Iterator
from functools import partial

from detcov.attack.nearest import did_you_mean
from detcov.check.base import Check, Issue, Subject, is_active
from detcov.model import Severity, TechniqueOutcome


def _find(subject: Subject) -> Iterator[Issue]:
    for one in subject.techniques:
        if one.technique_outcome is TechniqueOutcome.UNKNOWN:
            stated = one.mapping.technique_id or ""
            asked = did_you_mean(subject.target, stated)
            yield Issue(
                message=f"{stated} is not in {subject.target.title}" + f"; {asked}" * bool(asked),
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
    fix="Correct the id. The finding names the techniques that are one character away, or the "
    "parent of a sub-technique that isn't there; `detcov attack show` looks any other up.",
    drift_code="D102",
    of_rule=_find,
)
