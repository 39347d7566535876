"""The few numbers of a trend, for many days of nearly the same rules.

They are those of `measure`, which takes ten times as long because it also tells which rules
they come from: a rule's part is worked out once, a day adds the parts up.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, KeysView, Mapping, Sequence
from typing import Generic, TypeVar

from msgspec import Struct, structs

from detcov.analysis.coverage import Coverage, Ratio
from detcov.model import Identity, Resolution, Rule

_T = TypeVar("_T", bound=Hashable)


class Tally(Struct, frozen=True, kw_only=True):
    """The numbers of a day."""

    covered: Ratio
    """The headline"""
    rules: int
    """That count"""
    tactics: Mapping[tuple[str, str], Ratio]
    """(id, name) of a tactic to its coverage"""


class _Part(Struct, frozen=True, gc=False):
    techniques: frozenset[str]
    """That the rule claims"""
    cells: frozenset[tuple[str, str]]
    """(tactic shortname, technique) that it states"""


def tally(coverage: Coverage) -> Tally:
    """The numbers of a coverage that is measured already."""
    return Tally(
        covered=coverage.headline,
        rules=len(coverage.counted),
        tactics={(one.tactic.id, one.tactic.name): one.ratio for one in coverage.tactics},
    )


class Tallier:
    """Tallies rules under one release; `empty` is the coverage of no rule, without platforms.

    Rules come and go one by one: what stays costs nothing.
    """

    def __init__(self, empty: Coverage) -> None:
        self._empty, self._zero = empty, tally(empty)
        self._within = frozenset(
            key for key, one in empty.techniques.items() if not one.technique.pre_only
        )
        self._identities = _Bag[Identity]()
        self._techniques = _Bag[str]()
        self._cells = _Bag[tuple[str, str]]()

    def add(self, identity: Identity, rule: Rule, found: Sequence[Resolution]) -> None:
        """Count a rule with its resolutions; those of one identity are one rule."""
        self._change(identity, rule, found, 1)

    def drop(self, identity: Identity, rule: Rule, found: Sequence[Resolution]) -> None:
        """No longer count a rule that was added."""
        self._change(identity, rule, found, -1)

    def tally(self) -> Tally:
        """As `tally(measure(…))` gives it for the rules that are in now."""
        by_tactic = Counter(tactic for tactic, _ in self._cells.kinds & self._empty.cells.keys())
        covered = len(self._techniques.kinds & self._within)
        return Tally(
            covered=structs.replace(self._zero.covered, numerator=covered),
            rules=len(self._identities.kinds),
            tactics={
                (one.tactic.id, one.tactic.name): structs.replace(
                    one.ratio, numerator=by_tactic[one.tactic.shortname]
                )
                for one in self._empty.tactics
            },
        )

    def _change(self, identity: Identity, rule: Rule, found: Sequence[Resolution], by: int) -> None:
        if not rule.counts(self._empty.count):
            return
        part = _part(found)
        self._identities.change((identity,), by)
        self._techniques.change(part.techniques, by)
        self._cells.change(part.cells, by)


class _Bag(Generic[_T]):
    """Things and how often each is there."""

    def __init__(self) -> None:
        self._counts: dict[_T, int] = {}

    @property
    def kinds(self) -> KeysView[_T]:
        """The things that are there at least once."""
        return self._counts.keys()

    def change(self, things: Iterable[_T], by: int) -> None:
        """Put each in once more (1), or take it out once (-1)."""
        for thing in things:
            left = self._counts.get(thing, 0) + by
            if left:
                self._counts[thing] = left
            else:
                del self._counts[thing]


def _part(found: Sequence[Resolution]) -> _Part:
    claims = [one for one in found if one.counts and one.technique is not None]
    return _Part(
        techniques=frozenset(one.technique for one in claims if one.technique is not None),
        cells=frozenset(
            (tactic, one.technique)
            for one in claims
            if one.technique is not None and not one.inferred
            for tactic in one.tactics
        ),
    )
