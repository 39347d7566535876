"""R204: a tag that names a tactic that isn't one."""

from collections.abc import Iterator
from functools import partial

from detcov.attack.ids import tactic_slug
from detcov.attack.names import tactic_like
from detcov.check.base import Check, Issue, Subject
from detcov.check.tactic_now import meant_by, where_now
from detcov.check.tactic_tags import names_tactic
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    for tag, name in subject.tactic_tags.items():
        right = partial(names_tactic, slug=tactic_slug(name))
        if right(subject.target) or subject.ahead(right):
            continue
        if subject.resolver.foreign_tactic_name(name) is not None:
            continue  # M112 tells
        known = subject.target.tactic_by_id.get(subject.resolver.tactic_id(None, name) or "")
        if known is not None:
            where, tactic = where_now(subject, name, known)
        else:
            where, tactic = meant_by(subject, name)
        fix = tactic_like(name, tactic.name) if tactic else None
        yield Issue(
            message=f"the tag {tag!r} names no tactic of {subject.target.title}"
            + (f"; {where}" if where else ""),
            place=subject.rule.tag_places.get(tag, subject.rule.place),
            subject=tag,
            fix=tag.replace(name, fix) if fix else None,
            drift=subject.outdated(right),
        )


CHECK = Check(
    code="R204",
    name="tactic-tag-unknown",
    severity=Severity.WARNING,
    summary="A tactic tag names a tactic that the release doesn't have (another domain's is M112).",
    why="Whoever filters rules by that tag looks for a tactic that isn't there.",
    example='"Tactic: Defence Evasion"',
    fix="Write the tactic's name as ATT&CK does.",
    drift_code="D204",
    of_rule=_find,
)
