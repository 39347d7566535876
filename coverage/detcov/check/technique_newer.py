"""M114: a technique or pair that came with a later release than the one in use."""

from collections.abc import Iterator

from detcov.check.base import Check, Issue, Subject
from detcov.model import Severity, TacticOutcome, TechniqueOutcome


def _find(subject: Subject) -> Iterator[Issue]:
    for one in subject.techniques:
        newer = one.technique_outcome is TechniqueOutcome.NEWER
        if newer or one.tactic_outcome is TacticOutcome.NEWER:
            yield Issue(
                message=f"{one.why.rstrip('.')}; {subject.target.title} can't show it",
                place=one.mapping.place,
                subject=one.mapping.technique_id,
            )


CHECK = Check(
    code="M114",
    name="newer-than-release",
    severity=Severity.NOTE,
    summary="A technique, or its place under a tactic, came with a later release.",
    why="The rule is ahead of the dataset. Nothing is carried back, so it isn't drawn.",
    example='id = "T1685" while running with `--attack 18.1`',
    fix="Run with the newer release.",
    of_rule=_find,
)
