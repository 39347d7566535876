"""M101: an id that isn't of the form T1059 or T1059.001."""

from collections.abc import Iterator

from detcov.attack.ids import is_technique_id, meant_id
from detcov.attack.nearest import did_you_mean
from detcov.check.base import Check, Issue, Subject
from detcov.check.written import id_as_written
from detcov.model import Severity, TechniqueOutcome


def _find(subject: Subject) -> Iterator[Issue]:
    for one in subject.techniques:
        if one.technique_outcome is TechniqueOutcome.MALFORMED:
            stated = one.mapping.technique_id or ""
            fix = meant_id(stated)
            fix = fix if fix and is_technique_id(fix) else None
            message = f"{stated!r} is no technique id" if stated else "the technique has no id"
            if fix:
                message += f"; {fix} is meant"
                fix = id_as_written(subject.rule, one.mapping, fix)
            elif asked := did_you_mean(subject.target, stated):
                message += f"; {asked}"
            yield Issue(message=message, place=one.mapping.place, subject=stated, fix=fix)


CHECK = Check(
    code="M101",
    name="technique-malformed",
    severity=Severity.ERROR,
    summary="A technique id isn't of the form T1059 or T1059.001.",
    why="Other tools drop such an id without a word. Where it is beyond doubt what is meant, "
    "detcov counts it all the same; where it isn't, the mapping counts for nothing.",
    example='id = "t1059-001"',
    fix='Write the id as ATT&CK does: `id = "T1059.001"`.',
    of_rule=_find,
)
