"""M111: the same mapping twice in one rule."""

from collections.abc import Iterator

from detcov.check.base import Check, Issue, Subject
from detcov.model import Place, Role, Severity


def _find(subject: Subject) -> Iterator[Issue]:
    first: dict[tuple[str, str | None], Place] = {}
    for one in subject.techniques:
        mapping = one.mapping
        tactic = subject.resolver.tactic_id(mapping.tactic_id, mapping.tactic_name)
        key = mapping.technique_id or "", tactic
        if mapping.role is not Role.CLAIM:
            continue
        before = first.setdefault(key, mapping.place)
        if before is not mapping.place:
            under = f" under {tactic}" if tactic else ""
            message = f"{key[0]}{under} is stated twice, first in line {before.line}"
            yield Issue(message=message, place=mapping.place, subject=key[0])


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
