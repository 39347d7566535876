"""Where a tactic's techniques are, when the release calls no tactic by its name any more."""

from collections.abc import Callable, Iterator

from detcov.attack.release import Tactic
from detcov.attack.successors import told_successors
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


def _name(tactic: Tactic) -> str:
    return tactic.name


def where_now(subject: Subject, stated: str, now: Tactic) -> tuple[str, Tactic | None]:
    """Say where what the rule maps under this name is; and the one tactic, if it is one."""
    tactics = tactics_now(subject, stated, now)
    if tactics:
        where = f"what the rule maps there is in {' and '.join(one.name for one in tactics)}"
    elif only_left(subject, stated, now):
        where = f"what the rule maps there isn't in {now.name}, which came of it"
    elif (known := subject.resolver.became(stated)) is not None:
        where = told_successors(*known)
    else:
        where = f"{now.id} is {now.name}"
    return where, tactics[0] if len(tactics) == 1 else None


def only_left(subject: Subject, stated: str, now: Tactic) -> bool:
    """Whether a technique stated under this name left the tactic for no other one."""
    return any(fate.outcome is TacticOutcome.DROPPED for fate in _fates(subject, stated, now))


def meant_by(
    subject: Subject, name: str, called: Callable[[Tactic], str] = _name
) -> tuple[str, Tactic | None]:
    """Say which tactic a misspelt or former name means; and the target's tactic, where that is one.

    What is asked for is always a tactic that the target has, `called` in that way.
    """
    near = near_tactic(subject.resolver, name)
    if near is None:
        return "", None
    target = subject.target
    tactic = target.tactic_by_shortname.get(near.shortname)
    if tactic is not None:
        return f"did you mean {called(tactic)}?", tactic
    known = subject.resolver.became(near.name)
    if known is None:
        return f"{near.name}, which may be meant, came after {target.title}", None
    former, successors = known
    if not successors:
        return told_successors(former, successors), None
    now = successors[0]
    told = tactics_now(subject, near.name, now)
    asked = " or ".join(map(called, told or successors))
    message = f"did you mean {asked}? {told_successors(former, successors)}"
    if told or only_left(subject, near.name, now):
        message += f"; {where_now(subject, near.name, now)[0]}"
    return message, told[0] if len(told) == 1 else None


def _fates(
    subject: Subject, name: str, now: Tactic, entry: int | None = None
) -> Iterator[PairFate]:
    """What became of the techniques of a tactic; of a paired rule, those that are stated in it."""
    at = (now.id, entry) if subject.rule.paired else (None, None)
    for technique, framework in subject.stated_in.get(at, ()):
        yield subject.resolver.pair_fate(technique, framework, (None, name))
