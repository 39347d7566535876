"""M113: a tactic that no release at hand has."""

from collections.abc import Iterator
from functools import partial

from detcov.attack.ids import tactic_slug
from detcov.attack.release import Release, Tactic
from detcov.check.base import Check, Issue, Subject
from detcov.check.tactic_tags import names_tactic
from detcov.model import Mapping, Severity, TacticOutcome
from detcov.resolve import PairFate

_FOLLOWED = frozenset(
    {
        TacticOutcome.SAME,
        TacticOutcome.REDEFINED,
        TacticOutcome.MOVED,
        TacticOutcome.REASSIGNED,
    }
)


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
        message += f"; {name!r} is {found}" if found is not None else _near(subject, name)
        yield Issue(message=message, place=place, subject=stated, fix=found)
    elif found not in target.tactic_by_id:
        if subject.outdated(partial(_has, tactic_id=found)):
            message = f"{stated} is no tactic of {target.title} any more"
            yield Issue(message=message, place=place, subject=stated, drift=True)
    elif mapping.tactic_id is None:
        right = partial(names_tactic, slug=tactic_slug(stated))
        if subject.outdated(right) and not right(target):
            yield _renamed(subject, mapping, target.tactic_by_id[found])


def _near(subject: Subject, name: str | None) -> str:
    """Name a tactic that a misspelt one is near to."""
    from difflib import get_close_matches

    known = [one.shortname for release in subject.resolver.releases for one in release.tactics]
    near = get_close_matches(tactic_slug(name or ""), known, n=1, cutoff=0.85)
    return f"; did you mean {near[0]}?" if near else ""


def _renamed(subject: Subject, mapping: Mapping, now: Tactic) -> Issue:
    """A tactic has another name: what is meant is where the rule's techniques of it are now."""
    title, stated = subject.target.title, mapping.tactic_name or ""
    fates = _fates(subject, mapping)
    found = {name for fate in fates if fate.outcome in _FOLLOWED for name in fate.tactics}
    tactics = [one for one in subject.target.tactics if one.shortname in found]
    if tactics:
        where = f"what the rule maps there is in {' and '.join(one.name for one in tactics)}"
    elif any(fate.outcome is TacticOutcome.DROPPED for fate in fates):
        where = f"what the rule maps there isn't in {now.name}, which came of it"
    else:
        where = f"{now.id} is {now.name}"
    return Issue(
        message=f"{title} has no tactic {stated!r} any more; {where}",
        place=mapping.tactic_place or mapping.tactic_name_place or mapping.place,
        subject=stated,
        fix=tactics[0].shortname if len(tactics) == 1 else None,
        drift=True,
    )


def _fates(subject: Subject, mapping: Mapping) -> list[PairFate]:
    """What became of the rule's techniques under a stated tactic."""
    stated = mapping.tactic_id, mapping.tactic_name
    return [
        subject.resolver.pair_fate(one.mapping.technique_id or "", one.mapping.framework, stated)
        for one in subject.techniques
        if one.technique is not None
    ]


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
