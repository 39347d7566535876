"""M113: a tactic that no release at hand has."""

from collections.abc import Iterator
from functools import partial

from detcov.attack.ids import tactic_slug
from detcov.attack.release import Release
from detcov.check.base import Check, Issue, Subject
from detcov.check.tactic_tags import names_tactic
from detcov.model import Mapping, Severity


def _find(subject: Subject) -> Iterator[Issue]:
    for one in subject.tactic_entries:
        mapping = one.mapping
        if subject.resolver.foreign_tactic(mapping) is None:
            yield from _judge(subject, mapping)


def _judge(subject: Subject, mapping: Mapping) -> Iterator[Issue]:
    name, target = mapping.tactic_name, subject.target
    stated = mapping.tactic_id or name or ""
    place = mapping.tactic_place or mapping.tactic_name_place or mapping.place
    found = subject.resolver.tactic_id(mapping.tactic_id, name)
    by_id = found is not None and subject.resolver.tactic_id(mapping.tactic_id, None) == found
    if found is None or (mapping.tactic_id is not None and not by_id):
        message = f"{stated!r} is no ATT&CK tactic"
        message += f"; {name!r} is {found}" if found is not None else ""
        yield Issue(message=message, place=place, subject=stated, fix=found)
    elif found not in target.tactic_by_id:
        if subject.outdated(partial(_has, tactic_id=found)):
            message = f"{stated} is no tactic of {target.title} any more"
            yield Issue(message=message, place=place, subject=stated, drift=True)
    elif (
        mapping.tactic_id is None
        and subject.outdated(right := partial(names_tactic, slug=tactic_slug(stated)))
        and not right(target)
    ):
        now = target.tactic_by_id[found].name
        message = f"{target.title} has no tactic {stated!r} any more; {found} is {now}"
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
