"""M115: a tactic written otherwise than ATT&CK does."""

from collections.abc import Iterator

from detcov.attack.ids import is_tactic_id, tactic_slug
from detcov.check.base import Check, Issue, Subject
from detcov.check.tactic_tags import names_tactic
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    for one in subject.rule.defects:
        slug = tactic_slug(one.subject.rpartition(".")[2])
        # What no release calls so is told as unknown, however it is written.
        if one.kind == "tactic-malformed" and slug in subject.resolver.tactic_slugs:
            fix = one.meant if names_tactic(subject.target, slug) else None
            message = f"{one.subject!r} is no tactic's short name; {one.meant} is meant"
            yield Issue(message=message, place=one.place, subject=one.subject, fix=fix)
    for entry in subject.tactic_entries:
        stated = entry.mapping.tactic_id
        meant = subject.resolver.tactic_id(stated, None)
        if stated and meant and not is_tactic_id(stated):
            place = entry.mapping.tactic_place or entry.mapping.place
            message = f"{stated!r} is no tactic id; {meant} is meant"
            yield Issue(message=message, place=place, subject=stated, fix=meant)


CHECK = Check(
    code="M115",
    name="tactic-malformed",
    severity=Severity.WARNING,
    summary="A tactic's short name or id is written in another form than ATT&CK's.",
    why="Other tools look for `credential-access` and pass over `credential_access`. detcov reads "
    "what is meant beyond doubt.",
    example="`attack.credential_access`, `attack.Defense Evasion`, `TA003`",
    fix="Write the short name with hyphens, in lower case; an id with four digits.",
    of_rule=_find,
)
