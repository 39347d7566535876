"""All that a run has read: its rules, which of them are copies of one, and which count."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NewType

from msgspec import Struct

from detcov.model.rule import CountMode, Identity, ParseFailure, PassedOver, Rule, RuleKey

RuleIndex = NewType("RuleIndex", int)
"""Position of a rule in `Corpus.rules`."""


class Counted(Struct, frozen=True, kw_only=True, dict=True):
    """The rules of a corpus that count by one mode, and what their places state together.

    What only a place that doesn't count states is said by no rule that counts: a retired copy for
    Windows makes no live one look at Windows.
    """

    positions: Sequence[int]
    """Of these rules in the corpus, copies among them"""
    places: Mapping[RuleIndex, tuple[Rule, ...]]
    """Of each canonical rule that counts the places that do, its own first"""

    @cached_property
    def platforms(self) -> Mapping[RuleIndex, frozenset[str]]:
        """The ATT&CK platforms of each of these rules."""
        return {
            index: frozenset([stated.value for rule in places for stated in rule.platforms])
            for index, places in self.places.items()
        }

    @cached_property
    def reads(self) -> Mapping[RuleIndex, frozenset[str]]:
        """What each of these rules reads."""
        return {
            index: frozenset([name for rule in places for name in rule.reads])
            for index, places in self.places.items()
        }

    def platform_fields(self, index: RuleIndex) -> dict[str, str]:
        """The platforms of a rule by name, each with the field it came from."""
        stated = [(one.value, one.field) for rule in self.places[index] for one in rule.platforms]
        return dict(sorted(dict(reversed(stated)).items()))


class Corpus(Struct, frozen=True, kw_only=True, dict=True):
    """Everything read from the sources of a run: rules sorted by (source, path, place)."""

    rules: tuple[Rule, ...]
    failures: tuple[ParseFailure, ...] = ()
    ignored: int = 0
    """How many files were passed over, since they hold no rule"""
    passed_over: tuple[PassedOver, ...] = ()
    """These files, sorted by source and path; empty in a snapshot, which holds their number"""
    sources: tuple[str, ...] = ()
    """Labels, in the order given"""
    united: Mapping[Identity, Identity] = {}
    """Identity to the one it is united with, of rules that are one by an alias; see load.alias"""
    notes: tuple[str, ...] = ()
    """Aliases that come to nothing, and why"""

    def identity(self, key: RuleKey) -> Identity:
        """What the places of a rule share: its key's identity, or that of its aliases."""
        own = key.identity
        return self.united.get(own, own) if self.united else own

    def anywhere(self, rule: Rule) -> tuple[Hashable, ...]:
        """What its copies in other rules are told by: one of these is enough."""
        united = self.united.get(rule.key.identity)
        return (rule.key.anywhere,) if united is None else (rule.key.anywhere, united)

    @property
    def unread(self) -> frozenset[tuple[str, str]]:
        """(source label, path) of the files that couldn't be read, or not in full."""
        return frozenset((one.source, one.path) for one in self.failures)

    @cached_property
    def identities(self) -> tuple[Identity, ...]:
        """`identity` of each rule."""
        own = [rule.key.identity for rule in self.rules]
        return tuple([self.united.get(one, one) for one in own] if self.united else own)

    @cached_property
    def canonical(self) -> tuple[RuleIndex, ...]:
        """For each rule the liveliest one with its identity: copies of a rule are one rule."""
        best: dict[Identity, RuleIndex] = {}
        identities = self.identities
        for position, identity in enumerate(identities):
            index = RuleIndex(position)
            known = best.setdefault(identity, index)
            if known != index and self._rank(index) > self._rank(known):
                best[identity] = index
        return tuple([best[identity] for identity in identities])

    @property
    def distinct(self) -> int:
        """How many rules there are, one in several places counted once."""
        return len(set(self.canonical))

    def _rank(self, index: RuleIndex) -> int:
        return self.rules[index].state.rank

    @cached_property
    def copies(self) -> Mapping[RuleIndex, tuple[Rule, ...]]:
        """All places of each canonical rule, its own first."""
        return self._places(range(len(self.rules)))

    def _places(self, positions: Iterable[int]) -> Mapping[RuleIndex, tuple[Rule, ...]]:
        found: dict[RuleIndex, list[Rule]] = {}
        for position in positions:
            index = self.canonical[position]
            places = found.setdefault(index, [self.rules[index]])
            if position != index:
                places.append(self.rules[position])
        return {index: tuple(rules) for index, rules in found.items()}

    def told_by(self, index: RuleIndex) -> Iterator[Hashable]:
        """What the canonical rule's copies in other rules are told by, by that of any place."""
        return (name for rule in self.copies[index] for name in self.anywhere(rule))

    def labels_of(self, index: RuleIndex) -> tuple[str, ...]:
        """The labels of the sources that have the canonical rule."""
        return tuple(dict.fromkeys(rule.key.source for rule in self.copies[index]))

    def name_of(self, index: RuleIndex) -> str:
        """A rule's name, its sources' labels before it where there are several sources."""
        name = self.rules[index].name
        return f"{' + '.join(self.labels_of(index))}: {name}" if len(self.sources) > 1 else name

    def counted(self, mode: CountMode) -> Counted:
        """The rules that count by this mode."""
        if mode not in self._counted:
            positions = [at for at, rule in enumerate(self.rules) if rule.counts(mode)]
            self._counted[mode] = Counted(positions=positions, places=self._places(positions))
        return self._counted[mode]

    @cached_property
    def _counted(self) -> dict[CountMode, Counted]:
        return {}
