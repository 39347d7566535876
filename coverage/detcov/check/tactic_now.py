"""Where a tactic's techniques are, when the release calls no tactic by its name any more."""

from collections.abc import Callable, Iterator

from detcov.attack.release import Tactic
from detcov.check.base import Subject
from detcov.check.tactic_tags import near_tactic
from detcov.model import TacticOutcome
from detcov.resolve import PairFate

_FOLLOWED = frozenset(
    {
        TacticOutcome.SAME,
        TacticOutcome.REDEFINED,
        TacticOutcome.MOVED,
        TacticOutcome.REASSIGNED,
    }
)


def tactics_now(
    subject: Subject, stated: str, now: Tactic, entry: int | None = None
) -> list[Tactic]:
    """The tactics that the techniques stated under this name are in, of one entry or of all.

    `now` is what the tactic itself is called in the release; to write that without looking at the
    techniques is wrong for all that moved.
    """
    fates = _fates(subject, stated, now, entry)
    found = {name for fate in fates if fate.outcome in _FOLLOWED for name in fate.tactics}
    return [one for one in subject.target.tactics if one.shortname in found]


def where_now(subject: Subject, stated: str, now: Tactic) -> tuple[str, Tactic | None]:
    """Say where what the rule maps under this name is; and the one tactic, if it is one."""
    tactics = tactics_now(subject, stated, now)
    if tactics:
        where = f"what the rule maps there is in {' and '.join(one.name for one in tactics)}"
    elif only_left(subject, stated, now):
        where = f"what the rule maps there isn't in {now.name}, which came of it"
    else:
        where = f"{now.id} is {now.name}"
    return where, tactics[0] if len(tactics) == 1 else None


def only_left(subject: Subject, stated: str, now: Tactic) -> bool:
    """Whether a technique stated under this name left the tactic for no other one."""
    return any(fate.outcome is TacticOutcome.DROPPED for fate in _fates(subject, stated, now))


def meant_by(subject: Subject, name: str, like: Callable[[str], str]) -> tuple[str, str | None]:
    """Say which tactic a misspelt name is near to; and what to write, where that is one tactic.

    `like` writes a tactic's name as the misspelt one is written.
    """
    near = near_tactic(subject.resolver, name)
    if near is None:
        return "", None
    asked = f"did you mean {like(near.name)}?"
    now = subject.target.tactic_by_id.get(near.id)
    if now is None or now.shortname == near.shortname:
        return asked, like(near.name) if now is not None else None
    where, tactic = where_now(subject, near.name, now)
    return f"{asked} {where[0].upper()}{where[1:]}", like(tactic.name) if tactic else None


def _fates(
    subject: Subject, name: str, now: Tactic, entry: int | None = None
) -> Iterator[PairFate]:
    """What became of the techniques of a tactic; of a paired rule, those that are stated in it."""
    at = (now.id, entry) if subject.rule.paired else (None, None)
    for technique, framework in subject.stated_in.get(at, ()):
        yield subject.resolver.pair_fate(technique, framework, (None, name))
