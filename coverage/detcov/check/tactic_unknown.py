"""M113: a tactic that no release at hand has."""

from collections.abc import Iterator
from functools import partial

from detcov.attack.release import Release
from detcov.check.base import Check, Issue, Subject
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    for one in subject.tactic_entries:
        mapping = one.mapping
        stated = mapping.tactic_id or mapping.tactic_name or ""
        found = subject.resolver.tactic_id(mapping.tactic_id, mapping.tactic_name)
        by_id = mapping.tactic_id is None or any(
            mapping.tactic_id in release.tactic_by_id for release in subject.resolver.releases
        )
        if found is None or not by_id:
            message = f"{stated!r} is no ATT&CK tactic"
            if found is not None:
                message += f"; {mapping.tactic_name!r} is {found}"
            place = mapping.tactic_place or mapping.tactic_name_place or mapping.place
            yield Issue(message=message, place=place, subject=stated, fix=found)
        elif found not in subject.target.tactic_by_id and subject.outdated(
            partial(_has, tactic_id=found)
        ):
            place = mapping.tactic_place or mapping.tactic_name_place or mapping.place
            message = f"{stated} is no tactic of {subject.target.title} any more"
            yield Issue(message=message, place=place, subject=stated, drift=True)


def _has(release: Release, tactic_id: str) -> bool:
    return tactic_id in release.tactic_by_id


CHECK = Check(
    code="M113",
    name="tactic-unknown",
    severity=Severity.ERROR,
    summary="A tactic's id (or name, where no id is stated) is in no ATT&CK release at hand.",
    why="The pair can't be true, so nothing is drawn for it.",
    example='id = "TA0099"',
    fix="Write the id of a tactic of the release; `detcov attack show` lists them.",
    drift_code="D113",
    of_rule=_find,
)
