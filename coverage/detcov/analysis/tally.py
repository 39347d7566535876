"""The few numbers of a trend, for many days of nearly the same rules.

They are those of `measure`, which takes ten times as long because it also tells which rules
they come from: a rule's part is worked out once, a day adds the parts up.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from detcov.analysis.coverage import Coverage, Ratio
from detcov.model import Corpus, Resolution, Rule


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
    """Tallies corpora under one release; `empty` is the coverage of no rule, without platforms."""

    def __init__(self, empty: Coverage) -> None:
        self._empty, self._zero = empty, tally(empty)
        self._parts: dict[int, tuple[Rule, _Part | None]] = {}
        self._within = frozenset(
            key for key, one in empty.techniques.items() if not one.technique.pre_only
        )

    def tally(self, corpus: Corpus, resolutions: Sequence[Sequence[Resolution]]) -> Tally:
        """As `tally(measure(…))` gives it."""
        techniques, cells, counted = set[str](), set[tuple[str, str]](), set[int]()
        for rule, index, found in zip(corpus.rules, corpus.canonical, resolutions, strict=True):
            part = self._part(rule, found)
            if part is not None:
                counted.add(index)
                techniques |= part.techniques
                cells |= part.cells
        by_tactic = Counter(tactic for tactic, _ in cells & self._empty.cells.keys())
        return Tally(
            covered=structs.replace(self._zero.covered, numerator=len(techniques & self._within)),
            rules=len(counted),
            tactics={
                (one.tactic.id, one.tactic.name): structs.replace(
                    one.ratio, numerator=by_tactic[one.tactic.shortname]
                )
                for one in self._empty.tactics
            },
        )

    def _part(self, rule: Rule, found: Sequence[Resolution]) -> _Part | None:
        """A rule's part; None where it doesn't count. The rule is kept: so its id stays its own."""
        known = self._parts.get(id(rule))
        if known is None:
            part = _part(found) if rule.counts(self._empty.count) else None
            known = self._parts[id(rule)] = rule, part
        return known[1]


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
