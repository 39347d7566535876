"""M103: a technique that ATT&CK revoked."""

from collections.abc import Iterator
from functools import partial

from detcov.check.base import Check, Issue, Subject, is_active
from detcov.check.written import FOR_A_PERSON, candidates, id_as_written
from detcov.model import Severity, TacticOutcome, TechniqueOutcome


def _find(subject: Subject) -> Iterator[Issue]:
    techniques = subject.target.techniques
    for one in subject.techniques:
        if one.technique_outcome is TechniqueOutcome.SAME:
            continue
        stated = one.mapping.technique_id or ""
        found = techniques.get(stated)
        if found is None or not found.revoked:
            continue
        message = f"{stated} ({found.name}) is revoked"
        if one.technique is not None:
            message += f"; use {one.technique} ({techniques[one.technique].name})"
            if one.tactic_outcome is TacticOutcome.MOVED and one.tactics:
                message += f" in {subject.target.tactic_by_shortname[one.tactics[0]].name}"
        # Where tags state tactics, M120 tells.
        person = subject.rule.paired and one.for_a_person
        yield Issue(
            message=message + FOR_A_PERSON * person,
            place=one.mapping.place,
            subject=stated,
            fix=one.technique and id_as_written(subject.rule, one.mapping, one.technique),
            drift=subject.outdated(partial(is_active, stated)),
            need_person=int(person),
            candidates=candidates(subject.target, one) if person else (),
        )


CHECK = Check(
    code="M103",
    name="technique-revoked",
    severity=Severity.ERROR,
    summary="A technique was revoked in favour of another.",
    why="Navigator drops it silently. detcov follows `revoked-by` to the end and counts the "
    "successor, but the rule should say what it means.",
    example='id = "T1086" (PowerShell), which became T1059.001',
    fix='Write the successor: `id = "T1059.001"`, with its name, url and tactic.',
    drift_code="D103",
    of_rule=_find,
)
