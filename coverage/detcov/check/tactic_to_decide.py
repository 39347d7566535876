"""M120: a technique whose tactics changed so that a person has to decide, where tags state them."""

from collections.abc import Iterator, Sequence

from detcov.check.base import Check, Issue, Subject
from detcov.check.written import FOR_A_PERSON, candidates
from detcov.model import Resolution, Severity


def _find(subject: Subject) -> Iterator[Issue]:
    if subject.rule.paired:
        return  # M105 and M103 tell.
    for found in _by_mapping(subject.resolutions):
        one = found[0]
        told = dict.fromkeys(each.why.rstrip(".") for each in found)
        yield Issue(
            message="; ".join(told) + FOR_A_PERSON,
            place=one.mapping.place,
            subject=one.mapping.technique_id,
            drift=True,
            need_person=len(found),
            candidates=candidates(subject.target, one),
        )


def _by_mapping(resolutions: Sequence[Resolution]) -> Sequence[Sequence[Resolution]]:
    """What needs a person, under each tactic that was stated, by the technique's statement."""
    found: dict[int, list[Resolution]] = {}
    for one in resolutions:
        if one.for_a_person:
            found.setdefault(id(one.mapping), []).append(one)
    return tuple(found.values())


def decided_by_a_person(subject: Subject, tactic_id: str | None, name: str | None) -> bool:
    """Whether what became of a tactic of the rule's tags is told by this check."""
    fate = subject.resolver.pair_fate
    return any(fate(*stated, (tactic_id, name)).needs_person for stated in subject.for_a_person)


CHECK = Check(
    code="M120",
    name="tactic-to-decide",
    severity=Severity.WARNING,
    summary="Tags state a technique under tactics that it left, for others than can be told.",
    why="It is drawn where that can be inferred, or not at all, until somebody who knows what the "
    "rule sees has chosen.",
    example="`attack.t1574.001` beside `attack.persistence` and `attack.privilege-escalation`, "
    "which it left in 19.0 for Execution",
    fix="Choose among the tactics that the technique has now (`candidates` in findings.json), and "
    "drop the others. `detcov check --person` lists all that waits for such a choice.",
    drift_code="D120",
    of_rule=_find,
)
