"""Which rules of other corpora would close gaps, technique by technique."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from detcov.analysis.coverage import Coverage
from detcov.analysis.gaps import Gaps, find_gaps
from detcov.analysis.scope import ScopeRule, columns_of
from detcov.attack.release import Release
from detcov.model import Corpus, Rule, Stated


class Candidate(Struct, frozen=True, kw_only=True):
    """A rule of another corpus."""

    places: tuple[Rule, ...]
    """Where it lies, the liveliest first"""
    column: Stated
    """Where it looks, with the field that says so"""

    @property
    def rule(self) -> Rule:
        """The liveliest of its copies."""
        return self.places[0]

    @property
    def labels(self) -> tuple[str, ...]:
        """The sources it lies in."""
        return tuple(dict.fromkeys(rule.key.source for rule in self.places))


def find_candidates(
    gaps: Gaps,
    release: Release,
    ours: Corpus,
    candidates: Corpus,
    coverage: Coverage,
    *,
    scope: Iterable[ScopeRule] = (),
) -> Mapping[str, tuple[Candidate, ...]]:
    """Gap to the counted candidates that look at the platform and claim it, by source and name.

    `coverage` is that of the candidates, on all platforms. A candidate that is a copy of
    a counted rule of ours is left out: we have it, and it doesn't close the gap.
    """
    wanted = frozenset(one.technique.id for one in gaps.open)
    theirs = find_gaps(
        release,
        candidates,
        coverage,
        gaps.platform,
        columns=columns_of(candidates, coverage.count, scope),
        wanted=lambda technique: technique.id in wanted,
    )
    known = {name for index in gaps.reasons for name in ours.told_by(index)}
    found = {}
    for identity, one in theirs.techniques.items():
        inside = [
            Candidate(places=candidates.copies[index], column=theirs.reasons[index])
            for index in one.closing
            if known.isdisjoint(candidates.told_by(index))
        ]
        found[identity] = tuple(
            sorted(inside, key=lambda one: (one.rule.key.source, one.rule.name, one.rule.key))
        )
    return found
