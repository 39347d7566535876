"""M113: a tactic that no release at hand has."""

from collections.abc import Iterator
from functools import partial

from detcov.attack.ids import tactic_slug
from detcov.attack.release import Release, Tactic
from detcov.check.base import Check, Issue, Subject
from detcov.check.tactic_now import meant_by, only_left, tactics_now, where_now
from detcov.check.tactic_tags import names_tactic
from detcov.check.tactic_to_decide import decided_by_a_person
from detcov.check.written import tactic_as_written
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
        told, fix = _meant(subject, mapping)
        message = f"{stated!r} is no ATT&CK tactic" + (f"; {told}" if told else "")
        yield Issue(message=message, place=place, subject=stated, fix=fix)
    elif found not in target.tactic_by_id:
        if subject.outdated(partial(_has, tactic_id=found)):
            message = f"{stated} is no tactic of {target.title} any more"
            yield Issue(message=message, place=place, subject=stated, drift=True)
    elif mapping.tactic_id is None:
        right = partial(names_tactic, slug=tactic_slug(stated))
        if subject.outdated(right) and not right(target):
            yield _renamed(subject, mapping, target.tactic_by_id[found])


def _meant(subject: Subject, mapping: Mapping) -> tuple[str, str | None]:
    """Say what is meant by what names no tactic, and what to write."""
    name, target = mapping.tactic_name or "", subject.target
    if mapping.tactic_id is None:
        told, tactic = meant_by(subject, name)
        fix = tactic_as_written(subject, name, tactic.name) if tactic else None
        return told or _technique_called(target, name), fix
    told, tactic = meant_by(subject, name, lambda one: f"{one.id} ({one.name})")
    if tactic is not None and names_tactic(target, tactic_slug(name)):
        told = f"{name!r} is {tactic.id}"
    return told, tactic.id if tactic else None


def _technique_called(release: Release, name: str) -> str:
    """Say which technique has this name ("mitre_data_destruction")."""
    slug = tactic_slug(name)
    named = (one for one in release.active.values() if tactic_slug(one.name) == slug)
    return ", ".join(f"{one.name} is the technique {one.id}" for one in named)


def _renamed(subject: Subject, mapping: Mapping, now: Tactic) -> Issue:
    """A tactic has another name: what is meant is where the rule's techniques of it are now."""
    title, stated = subject.target.title, mapping.tactic_name or ""
    where, tactic = where_now(subject, stated, now)
    fix = tactic_as_written(subject, stated, tactic.name) if tactic else None
    if _is_stale(subject, mapping, now):
        where, fix = f"{where}; drop the tag", ""
    return Issue(
        message=f"{title} has no tactic {stated!r} any more; {where}",
        place=mapping.tactic_place or mapping.tactic_name_place or mapping.place,
        subject=stated,
        fix=fix,
        drift=True,
    )


def _is_stale(subject: Subject, mapping: Mapping, now: Tactic) -> bool:
    """Whether a tag is to be dropped: other tags say where its techniques went, or none went on."""
    if subject.rule.paired or decided_by_a_person(subject, None, mapping.tactic_name):
        return False
    stated = mapping.tactic_name or ""
    became = {tactic.id for tactic in tactics_now(subject, stated, now)}
    if not became:
        return bool(subject.tactics_of_now) and only_left(subject, stated, now)
    return became <= subject.tactics_of_now


def _has(release: Release, tactic_id: str) -> bool:
    return tactic_id in release.tactic_by_id


CHECK = Check(
    code="M113",
    name="tactic-unknown",
    severity=Severity.ERROR,
    summary="A tactic's id (or name, where no id is stated) is in no ATT&CK release at hand.",
    why="The pair can't be true, so nothing is drawn for it.",
    example='id = "TA0099"',
    fix="Write a tactic of the release; `detcov attack show` lists them. Where a tactic has "
    "another name now, the rule's techniques tell where they went, and the finding says so.",
    drift_code="D113",
    of_rule=_find,
)
