"""M116: a tactic of which the rule states no technique."""

from collections.abc import Iterator
from typing import Final

from detcov.attack.ids import tactic_slug
from detcov.attack.release import Release
from detcov.check.base import Check, Issue, Subject
from detcov.check.tactic_tags import names_tactic
from detcov.check.tactic_to_decide import decided_by_a_person
from detcov.check.tag_statements import tactics_in, tag_statements
from detcov.model import Severity, TechniqueOutcome

_UNREAD: Final = frozenset({TechniqueOutcome.MALFORMED, TechniqueOutcome.UNKNOWN})


def _find(subject: Subject) -> Iterator[Issue]:
    stated = tag_statements(subject)
    if stated is None or not stated.techniques:
        return
    if any(not one.technique and one.technique_outcome in _UNREAD for one in subject.techniques):
        return  # It may be the tactic of what M101 or M102 tells.
    for mapping, tactic in stated.tactics:

        def right(release: Release, tactic: str = tactic) -> bool:
            return any(tactic in tactics_in(release, one) for one in stated.technique_ids)

        found = subject.target.tactic_by_id.get(tactic)
        if found is None or right(subject.target) or subject.ahead(right):
            continue
        said, drift = mapping.tactic_name, subject.outdated(right)
        # That it is called otherwise now is told already (D113): where to, its techniques tell.
        if drift and said and not names_tactic(subject.target, tactic_slug(said)):
            continue
        if drift and decided_by_a_person(subject, mapping.tactic_id, said):
            continue  # D120 tells.
        stale = " any more; drop the tag" if drift else ""
        yield Issue(
            message=f"none of the rule's techniques is in {found.name}{stale}",
            place=mapping.place,
            subject=said or mapping.tactic_id,
            fix="" if drift else None,
            drift=drift,
        )


CHECK = Check(
    code="M116",
    name="tactic-without-technique",
    severity=Severity.NOTE,
    summary="Tags state a tactic that none of the rule's techniques has.",
    why="The tactic fills no cell: a technique of it is missing, or the tactic is too much.",
    example="`attack.impact` beside `attack.t1213.003` alone",
    fix="Add the technique that is meant, or drop the tactic.",
    drift_code="D116",
    of_rule=_find,
)
