"""M111: the same mapping twice in one rule."""

from collections.abc import Iterator

from detcov.check.base import Check, Issue, Subject
from detcov.model import Mapping, Role, Severity


def _find(subject: Subject) -> Iterator[Issue]:
    first: dict[tuple[str, str | None], Mapping] = {}
    for one in subject.techniques:
        mapping = one.mapping
        if mapping.role is not Role.CLAIM or not mapping.technique_id:
            continue
        tactic = subject.resolver.tactic_id(mapping.tactic_id, mapping.tactic_name)
        before = first.setdefault((mapping.technique_id, tactic), mapping)
        if before is not mapping:
            stated = mapping.technique_id
            under = f" under {tactic}" if tactic else ""
            message = f"{stated}{under} is stated twice, first in line {before.place.line}"
            yield Issue(message=message, place=mapping.place, subject=stated)


CHECK = Check(
    code="M111",
    name="duplicate-mapping",
    severity=Severity.WARNING,
    summary="A rule states the same technique under the same tactic twice.",
    why="It counts once; the second one is noise, or another id was meant.",
    example="T1059.001 under TA0002, twice",
    fix="Drop one, or correct its id.",
    of_rule=_find,
)
