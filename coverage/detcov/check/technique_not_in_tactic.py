"""M105: a technique under a tactic that it doesn't have."""

from collections.abc import Iterator

from detcov.attack.release import Release
from detcov.check.base import Check, Issue, Subject
from detcov.check.written import FOR_A_PERSON, candidates
from detcov.model import Severity, TacticOutcome
from detcov.resolve import has_tactic


def _find(subject: Subject) -> Iterator[Issue]:
    if not subject.rule.paired:
        return
    for one in subject.techniques:
        if one.tactic_outcome is TacticOutcome.SAME:
            continue
        mapping = one.mapping
        found = subject.target.active.get(mapping.technique_id or "")
        stated = subject.resolver.tactic_id(mapping.tactic_id, mapping.tactic_name)
        if found is None or stated is None or one.tactic_outcome is TacticOutcome.NEWER:
            continue
        if has_tactic(found, stated, subject.target):
            continue

        def right(release: Release, at: str = found.id, tactic_id: str = stated) -> bool:
            before = release.active.get(at)
            return before is not None and has_tactic(before, tactic_id, release)

        tactics = subject.target.tactic_by_shortname
        has = ", ".join(tactics[name].name for name in found.tactics)
        tactic = subject.target.tactic_by_id.get(stated)
        # The id decides; a name that disagrees with it is M107's.
        name = tactic.name if tactic else mapping.tactic_name or "the tactic"
        message = f"{found.id} ({found.name}) is not in {name} ({stated}); it is in {has}"
        drift = subject.outdated(right)
        beyond_doubt = drift and len(one.tactics) == 1 and not one.needs_person
        person = drift and one.for_a_person
        yield Issue(
            message=one.why.rstrip(".") + FOR_A_PERSON * person if drift else message,
            place=mapping.place,
            subject=found.id,
            fix=tactics[one.tactics[0]].id if beyond_doubt else None,
            drift=drift,
            need_person=int(person),
            candidates=candidates(subject.target, one) if person else (),
        )


CHECK = Check(
    code="M105",
    name="technique-not-in-tactic",
    severity=Severity.ERROR,
    summary="A technique stands under a tactic that it doesn't have.",
    why="The cell doesn't exist. Navigator keeps such an entry and never draws it.",
    example='tactic TA0006 (Credential Access) with technique id = "T1059"',
    fix="State a tactic that the technique has, or the technique that was meant. The fix of a "
    "finding is the id of the tactic to state.",
    drift_code="D105",
    of_rule=_find,
)
