"""M117: a technique whose tactics the rule doesn't state."""

from collections.abc import Iterator

from detcov.attack.release import Release
from detcov.check.base import Check, Issue, Subject
from detcov.check.tag_statements import tactic_names, tactics_in, tag_statements
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    stated = tag_statements(subject)
    if stated is None:
        return
    names = {tactic: one.tactic_name or tactic for one, tactic in stated.tactics}
    given = ", ".join(names.values())
    for mapping, technique in stated.techniques:
        if id(mapping) in stated.to_decide:
            continue
        has = tactics_in(subject.target, technique)

        def right(release: Release, technique: str = technique) -> bool:
            return not stated.tactic_ids.isdisjoint(tactics_in(release, technique))

        if not has or right(subject.target) or subject.ahead(right):
            continue
        if not has.isdisjoint(stated.told):
            continue  # With what M113 or D113 tells to write, it is stated.
        yield Issue(
            message=f"{technique} is in {tactic_names(subject.target, has)}; the rule's tags name "
            + (f"{given} only" if given else "no tactic"),
            place=mapping.place,
            subject=technique,
            drift=subject.outdated(right),
        )


CHECK = Check(
    code="M117",
    name="technique-without-tactic",
    severity=Severity.WARNING,
    summary="Tags state a technique and none of its tactics.",
    why="Where it is drawn has to be inferred: in all of its cells, and none of them counts for a "
    "tactic's ratio.",
    example="`attack.t1110.003` beside `attack.initial-access` alone",
    fix="Add the tag of the tactic that is meant.",
    drift_code="D117",
    # Where a format has no place for a tactic, none is missing.
    formats=("sigma", "falco", "datadog", "sentinel", "sentinel-arm", "yaral"),
    of_rule=_find,
)
