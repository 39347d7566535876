"""M105: a technique under a tactic that it doesn't have."""

from collections.abc import Iterator

from detcov.attack.release import Release
from detcov.check.base import Check, Issue, Subject
from detcov.model import Severity
from detcov.resolve import tactic_ids


def _find(subject: Subject) -> Iterator[Issue]:
    if not subject.rule.paired:
        return
    for one in subject.techniques:
        mapping = one.mapping
        found = subject.target.active.get(mapping.technique_id or "")
        stated = subject.resolver.tactic_id(mapping.tactic_id, mapping.tactic_name)
        if found is None or stated is None or stated in tactic_ids(subject.target, found):
            continue

        def right(release: Release, at: str = found.id, tactic: str = stated) -> bool:
            before = release.active.get(at)
            return before is not None and tactic in tactic_ids(release, before)

        drift = subject.outdated(right)
        has = ", ".join(subject.target.tactic_by_shortname[name].name for name in found.tactics)
        tactic = mapping.tactic_name or stated
        message = f"{found.id} ({found.name}) is not in {tactic} ({stated}); it is in {has}"
        if drift and one.why:
            message += f". {one.why.rstrip('.')}"
        fix = one.tactics[0] if drift and len(one.tactics) == 1 else None
        yield Issue(message=message, place=mapping.place, subject=found.id, fix=fix, drift=drift)


CHECK = Check(
    code="M105",
    name="technique-not-in-tactic",
    severity=Severity.ERROR,
    summary="A technique stands under a tactic that it doesn't have.",
    why="The cell doesn't exist. Navigator keeps such an entry and never draws it.",
    example='tactic TA0006 (Credential Access) with technique id = "T1059"',
    fix="State a tactic that the technique has, or the technique that was meant.",
    drift_code="D105",
    of_rule=_find,
)
