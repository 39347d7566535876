"""M110: a tactic without a technique."""

from collections.abc import Iterator

from detcov.check.base import Check, Issue, Subject
from detcov.model import Role, Severity


def _find(subject: Subject) -> Iterator[Issue]:
    entries = subject.resolutions
    if not subject.rule.paired:
        # Tactics and techniques stand side by side: only a rule without any technique is one.
        alone = all(one.mapping.role is Role.TACTIC for one in entries)
        entries = entries[:1] if alone and not subject.rule.amends else ()
    for one in entries:
        if one.mapping.role is Role.TACTIC:
            stated = one.mapping.tactic_id or one.mapping.tactic_name
            name = one.mapping.tactic_name
            shown = f"{stated} ({name})" if name and name != stated else stated
            message = f"{shown} is stated without a technique"
            yield Issue(
                message=message if stated else "the entry states neither tactic nor technique",
                place=one.mapping.place,
                subject=stated,
            )


CHECK = Check(
    code="M110",
    name="tactic-only",
    severity=Severity.NOTE,
    summary="An entry (or, where tags state tactics, a rule) states a tactic and no technique.",
    why="It counts for no technique and fills no cell.",
    example="tactic TA0003 (Persistence) with no technique",
    fix="Name the technique that the rule sees, or drop the entry.",
    of_rule=_find,
)
