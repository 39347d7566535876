"""What became of each rule between two sides."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct, structs

from detcov.analysis.rule_side import RuleSide, RuleView
from detcov.model import Identity, Rule, RuleKey

_SAID = {"none": "no alert"}
"""What a state is called where it is the reason that a rule counts no longer"""


class Mark(Struct, frozen=True, kw_only=True):
    """The commit in which something happened."""

    order: int
    """Position in history: later is greater"""
    id: str
    date: str
    summary: str = ""
    """As its author wrote it"""


class Marks(Struct, frozen=True, kw_only=True):
    """When things happened, where that is known."""

    rules: Mapping[Identity, Mark] = {}
    """The last change of what a rule is or claims"""
    places: Mapping[Identity, Mark] = {}
    """The last change of the places where it is"""
    ended: Mapping[tuple[Identity, str], Mark] = {}
    """When a rule's claim of a technique ended"""
    began: Mapping[tuple[Identity, str], Mark] = {}

    def of(self, change: "RuleChange") -> Mark | None:
        """The one of what became of a rule."""
        moved = change.fate in {RuleFate.FEWER, RuleFate.MORE, RuleFate.RENAMED}
        return (self.places if moved else self.rules).get(change.identity)


class RuleFate(StrEnum):
    """What became of a rule. Whether a rule counts is told by the mode of the count."""

    REMOVED = "removed"
    RETIRED = "retired"
    """It is there and counts no longer"""
    UNREADABLE = "unreadable"
    """Its file is there and can't be read"""
    REMAPPED = "re-mapped"
    """It counts, and claims other techniques"""
    ADDED = "added"
    REVIVED = "revived"
    """It was there and counts now"""
    READABLE = "readable again"
    """Its file couldn't be read before"""
    JOINED = "now one rule"
    """What counted as several rules is known to be one, since it says so itself"""
    PARTED = "now several rules"
    RENAMED = "renamed"
    """Its name or its file has another name"""
    FEWER = "in fewer places"
    """A copy of it is gone, and it counts and claims what it did"""
    MORE = "in more places"
    """There is one more copy of it"""


class RuleChange(Struct, frozen=True, kw_only=True):
    """One rule and what became of it."""

    fate: RuleFate
    key: RuleKey
    identity: Identity
    """What all its copies share"""
    was_identity: Identity
    """Another than `identity` only where a rule without an id of its own was renamed"""
    name: str
    path: str
    counts: bool
    """Whether it counts now; of a removed rule whether it did"""
    lost: tuple[str, ...] = ()
    """Ids of techniques that it claimed and claims no longer"""
    gained: tuple[str, ...] = ()
    why: str = ""
    """The field that says so, or what the name was"""
    mark: Mark | None = None

    def at(self, mark: Mark | None) -> "RuleChange":
        """The same with this mark, if there is one."""
        return self if mark is None else structs.replace(self, mark=mark)

    def latest_first(self) -> tuple[int, str, RuleKey]:
        """Sort key: the last that happened first, then by name."""
        return -(self.mark.order if self.mark else -1), self.name, self.key

    def earliest_first(self) -> tuple[int, str, RuleKey]:
        """Sort key: the first that happened first, then by name."""
        return self.mark.order if self.mark else -1, self.name, self.key


def rule_changes(before: RuleSide, after: RuleSide, marks: Marks) -> tuple[RuleChange, ...]:
    """What became of every rule that isn't what it was."""
    old, new = before.differing(after), after.differing(before)
    unread = before.corpus.unread, after.corpus.unread
    renamed = _renamed(
        {one: view for one, view in old.items() if one not in new},
        {one: view for one, view in new.items() if one not in old},
    )
    renames = set(renamed.values())
    found: list[RuleChange] = []
    for one, was in old.items():
        if (now_called := renamed.get(one, one)) in new:
            if not _alike(was, now := new[now_called]):
                found += _Both((one, now_called), was, now, unread).changes()
        else:
            hidden = not unread[1].isdisjoint(_places(was.copies))
            found.append(_gone(one, was, RuleFate.UNREADABLE if hidden else RuleFate.REMOVED))
    for one, now in new.items():
        if one not in old and one not in renames:
            hidden = not unread[0].isdisjoint(_places(now.copies))
            found.append(_come(one, now, RuleFate.READABLE if hidden else RuleFate.ADDED))
    order = list(RuleFate)
    dated = (one.at(marks.of(one)) for one in found)
    return tuple(sorted(dated, key=lambda one: (order.index(one.fate), one.name, one.key)))


def _renamed(
    removed: Mapping[Identity, RuleView], added: Mapping[Identity, RuleView]
) -> dict[Identity, Identity]:
    """Rules known by their path alone whose file has another name, old identity to new.

    Two of the same source and format are the same rule where name and mappings are equal, and
    no other pair of rules is like it.
    """
    gone, come = _by_content(removed), _by_content(added)
    return {
        keys[0]: come[content][0]
        for content, keys in gone.items()
        if len(keys) == 1 and len(come.get(content, ())) == 1
    }


def _by_content(rules: Mapping[Identity, RuleView]) -> dict[object, list[Identity]]:
    found: defaultdict[object, list[Identity]] = defaultdict(list)
    for identity, one in rules.items():
        key = one.rule.key
        if key.native_id.startswith(f"{one.rule.path}#"):
            found[key.source, key.format, one.rule.name, one.statements].append(identity)
    return found


def _gone(identity: Identity, was: RuleView, fate: RuleFate) -> RuleChange:
    return RuleChange(
        fate=fate,
        key=was.rule.key,
        identity=identity,
        was_identity=identity,
        name=was.rule.name,
        path=was.rule.path,
        counts=was.counts,
        lost=tuple(sorted(was.claims)),
    )


def _come(identity: Identity, now: RuleView, fate: RuleFate) -> RuleChange:
    return RuleChange(
        fate=fate,
        key=now.rule.key,
        identity=identity,
        was_identity=identity,
        name=now.rule.name,
        path=now.rule.path,
        counts=now.counts,
        gained=tuple(sorted(now.claims)),
        why="" if now.counts else _why(now.rule),
    )


def _alike(was: RuleView, now: RuleView) -> bool:
    """Whether nothing became of a rule that stands in one place."""
    if not len(was.copies) == len(now.copies) == 1:
        return False
    old, new = was.rule, now.rule
    here = old.key.source, old.path, old.name, was.counts, was.claims
    return here == (new.key.source, new.path, new.name, now.counts, now.claims)


_File = tuple[str, str]
"""Source label, path"""


class _Both:
    """A rule that is there before and after.

    Its file has another name where none of a source's paths is what it was; all other places are
    compared one by one.
    """

    def __init__(
        self,
        identities: tuple[Identity, Identity],
        was: RuleView,
        now: RuleView,
        unread: tuple[frozenset[_File], frozenset[_File]],
    ) -> None:
        self._identities, self._unread = identities, unread
        self._was, self._now = was, now
        self._before, self._after = _places(was.copies), _places(now.copies)
        labels = [{label for label, _ in side} for side in (self._before, self._after)]
        self._several = len(labels[0] | labels[1]) > 1
        self._same_sources = sorted(labels[0] & labels[1])
        stayed = {label for label, _ in self._before.keys() & self._after.keys()}
        self._moved = (
            labels[0] - stayed
            if not self._same_sources
            else {label for label in self._same_sources if label not in stayed}
        )

    def changes(self) -> Iterator[RuleChange]:
        """What became of it; a copy more or less is told by itself only where nothing else is."""
        was, now = self._was, self._now
        gone, come = "; ".join(self._gone()), "; ".join(self._come())
        if was.counts and not now.counts:
            yield self._change(RuleFate.RETIRED, _why(now.rule))
        elif now.counts and not was.counts:
            yield self._change(RuleFate.REVIVED)
        elif was.claims != now.claims:
            yield self._change(RuleFate.REMAPPED, "; ".join(filter(None, (gone, come))))
        else:
            if gone:
                yield self._change(RuleFate.FEWER, gone)
            if come:
                yield self._change(RuleFate.MORE, come)
        if was.counts and now.counts and len(was.parts) != len(now.parts):
            joined = len(was.parts) > len(now.parts)
            apart = (was if joined else now).parts
            places = (self._called((one.key.source, one.path)) for one in apart)
            yield self._change(RuleFate.JOINED if joined else RuleFate.PARTED, ", ".join(places))
        if renamed := self._renamed():
            yield self._change(RuleFate.RENAMED, renamed)

    def _gone(self) -> Iterator[str]:
        for place in self._only(self._was, self._now):
            if place in self._unread[1]:
                yield f"{self._called(place)} can't be read"
            elif copy := self._after.get(place):
                yield f"{self._called(place)}: {_why(copy)}"
            else:
                yield f"no longer in {self._called(place)}"

    def _come(self) -> Iterator[str]:
        for place in self._only(self._now, self._was):
            if place in self._unread[0]:
                yield f"{self._called(place)} can be read again"
            elif place in self._before:
                yield f"counts in {self._called(place)} too"
            else:
                yield f"now in {self._called(place)} too"

    def _only(self, side: RuleView, other: RuleView) -> list[_File]:
        """The places where it counts (where it never does: is) on this side alone."""
        counting = self._was.counts and self._now.counts
        here, there = (
            _places(view.counting if counting else view.copies) for view in (side, other)
        )
        if not self._same_sources:
            return []
        return [place for place in here if place not in there and place[0] not in self._moved]

    def _renamed(self) -> str:
        """What its name or its path was, "" where it has that still in each source it stays in."""
        for label in self._same_sources or [""]:
            was, now = (
                [copy.name for copy in view.copies if label in {"", copy.key.source}]
                for view in (self._was, self._now)
            )
            if set(was).isdisjoint(now):
                return f'was "{was[0]}"'
        moved = [place for place in self._before if place[0] in self._moved]
        return f"was {self._called(moved[0])}" if moved else ""

    def _called(self, place: _File) -> str:
        return ": ".join(place) if self._several else place[1]

    def _change(self, fate: RuleFate, why: str = "") -> RuleChange:
        was, now = self._was, self._now
        named = fate is RuleFate.RENAMED
        was_identity, identity = self._identities
        return RuleChange(
            fate=fate,
            key=now.rule.key,
            identity=identity,
            was_identity=was_identity,
            name=now.rule.name,
            path=now.rule.path,
            counts=now.counts,
            lost=() if named else tuple(sorted(was.claims - now.claims)),
            gained=() if named else tuple(sorted(now.claims - was.claims)),
            why=why,
        )


def _places(copies: Iterable[Rule]) -> dict[_File, Rule]:
    found: dict[_File, Rule] = {}
    for copy in copies:
        found.setdefault((copy.key.source, copy.path), copy)
    return found


def _why(rule: Rule) -> str:
    """Why a rule isn't live: the first fact of its state that keeps it from being so."""
    state = rule.state
    for fact, right in (
        (state.lifecycle, state.active),
        (state.emits, state.emits.value == "alert"),
        (state.kind, state.kind.value == "detection"),
        (state.enabled, state.enabled.value != "no"),
    ):
        if not right:
            said = "not enabled" if fact is state.enabled else _SAID.get(fact.value, fact.value)
            return f"{said} by {fact.field}" if fact.field else said
    return ""
