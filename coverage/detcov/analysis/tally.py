"""The few numbers of a trend, for many days of nearly the same rules.

They are those of `measure`, which takes ten times as long because it also tells which rules
they come from: here rules come and go, and what stays costs nothing.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

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


def tally(coverage: Coverage) -> Tally:
    """The numbers of a coverage that is measured already."""
    return Tally(
        covered=coverage.headline,
        rules=len(coverage.counted),
        tactics={(one.tactic.id, one.tactic.name): one.ratio for one in coverage.tactics},
    )


class Tallier:
    """Tallies rules under one release; `empty` is the coverage of no rule, without platforms."""

    def __init__(self, empty: Coverage) -> None:
        self._empty, self._zero = empty, tally(empty)
        self._within = frozenset(
            key for key, one in empty.techniques.items() if not one.technique.pre_only
        )
        self._identities = Counter[Identity]()
        self._techniques = Counter[str]()
        self._cells = Counter[tuple[str, str]]()

    def add(self, identity: Identity, rule: Rule, found: Sequence[Resolution]) -> None:
        """Count a rule with its resolutions; those of one identity are one rule."""
        self._change(identity, rule, found, 1)

    def drop(self, identity: Identity, rule: Rule, found: Sequence[Resolution]) -> None:
        """No longer count a rule that was added."""
        self._change(identity, rule, found, -1)

    def tally(self) -> Tally:
        """As `tally(measure(…))` gives it for the rules that are in now."""
        by_tactic = Counter(tactic for tactic, _ in self._cells.keys() & self._empty.cells.keys())
        covered = len(self._techniques.keys() & self._within)
        return Tally(
            covered=structs.replace(self._zero.covered, numerator=covered),
            rules=len(self._identities),
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
        techniques, cells = _claimed(found)
        _add(self._identities, (identity,), by)
        _add(self._techniques, techniques, by)
        _add(self._cells, cells, by)


def _add(counts: Counter[_T], things: Iterable[_T], by: int) -> None:
    """Count each once more (1) or less (-1); what is there no longer has no entry."""
    for thing in things:
        counts[thing] += by
        if not counts[thing]:
            del counts[thing]


def _claimed(found: Sequence[Resolution]) -> tuple[set[str], set[tuple[str, str]]]:
    """What a rule claims: techniques, and of them the cells (tactic, technique) it states."""
    techniques, cells = set[str](), set[tuple[str, str]]()
    for one in found:
        if one.counts and one.technique is not None:
            techniques.add(one.technique)
            if not one.inferred:
                cells.update((tactic, one.technique) for tactic in one.tactics)
    return techniques, cells
