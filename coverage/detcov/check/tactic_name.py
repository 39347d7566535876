"""M107: a tactic's id and name that don't belong together."""

from collections.abc import Iterator

from detcov.attack.names import says_name, tactic_like
from detcov.attack.release import Release
from detcov.check.base import Check, Issue, Subject
from detcov.check.tactic_now import tactics_now
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    for one in subject.tactic_entries:
        stated, name = one.mapping.tactic_id or "", one.mapping.tactic_name
        tactic = subject.target.tactic_by_id.get(stated)
        if tactic is None or name is None or says_name(name, tactic.name):
            continue

        def right(release: Release, at: str = stated, name: str = name) -> bool:
            before = release.tactic_by_id.get(at)
            return before is not None and says_name(name, before.name)

        if subject.ahead(right):
            continue
        place = one.mapping.tactic_name_place or one.mapping.tactic_place or one.mapping.place
        message = f"{stated} is {tactic.name}, not {name!r}"
        drift = subject.outdated(right)
        meant = tactics_now(subject, name, tactic, one.mapping.entry) if drift else []
        elsewhere = meant not in ([], [tactic])
        if elsewhere:
            message += f"; what is mapped there is in {' and '.join(one.name for one in meant)}"
        yield Issue(
            message=message,
            place=place,
            subject=stated,
            # The id goes first (D105, D103): with another name alone it would be wrong again.
            fix=None if elsewhere else tactic_like(name, tactic.name),
            drift=drift,
        )


CHECK = Check(
    code="M107",
    name="tactic-name-mismatch",
    severity=Severity.ERROR,
    summary="A tactic's id and its name don't belong together.",
    why="The numbers go by the id, a reader goes by the name: one of them is misled.",
    example='id = "TA0002", name = "Persistence"',
    fix="Correct whichever is wrong. In 19.0 TA0005 is Stealth, and what impairs defences is "
    "Defense Impairment (TA0112): the finding says where the techniques are.",
    drift_code="D107",
    of_rule=_find,
)
