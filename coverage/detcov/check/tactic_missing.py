"""M118: a technique some of whose tactics the rule doesn't state."""

from collections.abc import Iterator

from detcov.attack.release import Release
from detcov.check.base import Check, Issue, Subject
from detcov.check.tag_statements import tactic_names, tactics_in, tag_statements
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    stated = tag_statements(subject)
    if stated is None:
        return
    for mapping, technique in stated.techniques:
        if id(mapping) in stated.to_decide:
            continue
        has = tactics_in(subject.target, technique)

        def right(release: Release, technique: str = technique) -> bool:
            had = tactics_in(release, technique)
            return bool(had) and had <= stated.tactic_ids

        if has.isdisjoint(stated.tactic_ids) or right(subject.target) or subject.ahead(right):
            continue
        # What M113 or D113 tells to write needs no second finding.
        missing = has - stated.tactic_ids - stated.told
        if not missing:
            continue
        names = tactic_names(subject.target, missing)
        yield Issue(
            message=f"{technique} is in {names} as well, which no tag names",
            place=mapping.place,
            subject=technique,
            drift=subject.outdated(right),
        )


CHECK = Check(
    code="M118",
    name="tactic-missing",
    severity=Severity.NOTE,
    summary="Tags state a technique and some of its tactics, but not all.",
    why="That is right if the rule sees the technique in these only; where all are meant, the "
    "cells of the others stay empty.",
    example="`attack.t1078` beside `attack.persistence` alone",
    fix="Add the others, if they are meant.",
    drift_code="D118",
    of_rule=_find,
)
