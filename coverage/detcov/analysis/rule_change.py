"""What became of each rule between two sides."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct, structs

from detcov.model import Corpus, CountMode, Resolution, Rule, RuleKey


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

    rules: Mapping[RuleKey, Mark] = {}
    """The last change of what a rule is or claims"""
    ended: Mapping[tuple[RuleKey, str], Mark] = {}
    """When a rule's claim of a technique ended"""
    began: Mapping[tuple[RuleKey, str], Mark] = {}


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
    RENAMED = "renamed"
    """Its name or its file has another name"""


class RuleChange(Struct, frozen=True, kw_only=True):
    """One rule and what became of it."""

    fate: RuleFate
    key: RuleKey
    was_key: RuleKey
    """Another than `key` only where a rule without an id of its own was renamed"""
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


class RuleView(Struct, frozen=True, kw_only=True):
    """A rule, its copies taken together."""

    rule: Rule
    """The first copy that counts, else the first"""
    counts: bool
    claims: frozenset[str]
    """Ids of the techniques it claims, where it counts"""

    @property
    def statements(self) -> tuple[tuple[str | None, ...], ...]:
        """What it states, without places: tells a renamed rule that has no id of its own."""
        return tuple(
            (one.role, one.tactic_id, one.tactic_name, one.technique_id)
            for one in self.rule.mappings
        )


class RuleSide(Struct, frozen=True, kw_only=True):
    """All rules of one side."""

    rules: Mapping[RuleKey, RuleView]
    unread: frozenset[tuple[str, str]]
    """(source label, path) of the files that couldn't be read"""


def rule_side(
    corpus: Corpus, resolutions: Sequence[Sequence[Resolution]], count: CountMode
) -> RuleSide:
    """The rules of a corpus by key, the copies of one taken together."""
    copies: defaultdict[RuleKey, list[tuple[Rule, Sequence[Resolution]]]] = defaultdict(list)
    for rule, found in zip(corpus.rules, resolutions, strict=True):
        copies[rule.key].append((rule, found))
    return RuleSide(
        rules={key: _view(of, count) for key, of in copies.items()},
        unread=frozenset((one.source, one.path) for one in corpus.failures),
    )


def claims_of(resolutions: Iterable[Resolution]) -> frozenset[str]:
    """The techniques that a rule claims."""
    return frozenset(one.technique for one in resolutions if one.counts and one.technique)


def rule_changes(before: RuleSide, after: RuleSide, marks: Marks) -> tuple[RuleChange, ...]:
    """What became of every rule that isn't what it was."""
    old, new = before.rules, after.rules
    renamed = _renamed(
        {key: one for key, one in old.items() if key not in new},
        {key: one for key, one in new.items() if key not in old},
    )
    new_keys = set(renamed.values())
    found: list[RuleChange] = []
    for key, was in old.items():
        if (new_key := renamed.get(key, key)) in new:
            found += _changed(key, new_key, was, new[new_key])
        else:
            unread = (key.source, was.rule.path) in after.unread
            found.append(_gone(key, was, RuleFate.UNREADABLE if unread else RuleFate.REMOVED))
    for key, now in new.items():
        if key not in old and key not in new_keys:
            unread = (key.source, now.rule.path) in before.unread
            found.append(_come(key, now, RuleFate.READABLE if unread else RuleFate.ADDED))
    order = list(RuleFate)
    dated = (one.at(marks.rules.get(one.key)) for one in found)
    return tuple(sorted(dated, key=lambda one: (order.index(one.fate), one.name, one.key)))


def _view(copies: list[tuple[Rule, Sequence[Resolution]]], count: CountMode) -> RuleView:
    counting = [(rule, found) for rule, found in copies if rule.counts(count)]
    rule = (counting or copies)[0][0]
    return RuleView(
        rule=rule,
        counts=bool(counting),
        claims=frozenset[str]().union(*(claims_of(found) for _, found in counting)),
    )


def _renamed(
    removed: Mapping[RuleKey, RuleView], added: Mapping[RuleKey, RuleView]
) -> dict[RuleKey, RuleKey]:
    """Rules known by their path alone whose file has another name, old key to new key.

    Two of the same source and format are the same rule where name and mappings are equal, and
    no other pair of rules is like it.
    """
    gone, come = _by_content(removed), _by_content(added)
    return {
        keys[0]: come[content][0]
        for content, keys in gone.items()
        if len(keys) == 1 and len(come.get(content, ())) == 1
    }


def _by_content(rules: Mapping[RuleKey, RuleView]) -> dict[object, list[RuleKey]]:
    found: defaultdict[object, list[RuleKey]] = defaultdict(list)
    for key, one in rules.items():
        if key.native_id.startswith(f"{one.rule.path}#"):
            found[key.source, key.format, one.rule.name, one.statements].append(key)
    return found


def _gone(key: RuleKey, was: RuleView, fate: RuleFate) -> RuleChange:
    return RuleChange(
        fate=fate,
        key=key,
        was_key=key,
        name=was.rule.name,
        path=was.rule.path,
        counts=was.counts,
        lost=tuple(sorted(was.claims)),
    )


def _come(key: RuleKey, now: RuleView, fate: RuleFate) -> RuleChange:
    return RuleChange(
        fate=fate,
        key=key,
        was_key=key,
        name=now.rule.name,
        path=now.rule.path,
        counts=now.counts,
        gained=tuple(sorted(now.claims)),
        why="" if now.counts else _why(now.rule),
    )


def _changed(was_key: RuleKey, key: RuleKey, was: RuleView, now: RuleView) -> Iterator[RuleChange]:
    def change(fate: RuleFate, why: str = "") -> RuleChange:
        named = fate is RuleFate.RENAMED
        return RuleChange(
            fate=fate,
            key=key,
            was_key=was_key,
            name=now.rule.name,
            path=now.rule.path,
            counts=now.counts,
            lost=() if named else tuple(sorted(was.claims - now.claims)),
            gained=() if named else tuple(sorted(now.claims - was.claims)),
            why=why,
        )

    if was.counts and not now.counts:
        yield change(RuleFate.RETIRED, _why(now.rule))
    elif now.counts and not was.counts:
        yield change(RuleFate.REVIVED)
    elif was.claims != now.claims:
        yield change(RuleFate.REMAPPED)
    if was.rule.name != now.rule.name:
        yield change(RuleFate.RENAMED, f'was "{was.rule.name}"')
    elif was.rule.path != now.rule.path:
        yield change(RuleFate.RENAMED, f"was {was.rule.path}")


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
            said = "not enabled" if fact is state.enabled else fact.value
            return f"{said} ({fact.field})" if fact.field else said
    return ""
