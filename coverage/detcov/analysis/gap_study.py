"""Everything about the gaps of one platform in one value: found, ranked, and what to build."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from detcov.analysis.collect import Collector, Need
from detcov.analysis.coverage import Coverage
from detcov.analysis.gaps import Gaps, find_gaps
from detcov.analysis.kubernetes_lens import LensRow, look_through
from detcov.analysis.looking import CONTAINERS
from detcov.analysis.rank import RankedGap, Weights, rank_gaps
from detcov.analysis.scope import ScopeRule, columns_of
from detcov.attack.detections import Detections
from detcov.attack.ids import tactic_slug
from detcov.attack.kubernetes_matrix import KubernetesMatrix
from detcov.attack.release import Release, Tactic, Technique
from detcov.attack.successors import became, tactic_called, told_successors
from detcov.attack.threats import Actor, Threats
from detcov.errors import UsageError
from detcov.model import Corpus

if TYPE_CHECKING:
    from detcov.analysis.candidates import Candidate
    from detcov.analysis.estate import Estate


_TENTH = 10


class GapOptions(Struct, frozen=True, kw_only=True):
    """What a caller may choose about gaps."""

    tactics: tuple[str, ...] = ()
    """Shortnames: only techniques of these; empty means all"""
    actors: tuple[Actor, ...] = ()
    """Only techniques that one of these uses; empty means all"""
    weights: Weights = Weights()
    scope: tuple[ScopeRule, ...] = ()


class Others(Struct, frozen=True, kw_only=True):
    """Rules of other corpora, which may close gaps."""

    corpus: Corpus
    coverage: Coverage
    """Of all platforms"""


class GapContext(Struct, frozen=True, kw_only=True):
    """What is known beside the rules."""

    threats: Threats
    detections: Detections
    matrix: KubernetesMatrix
    others: Others | None = None
    estate: Estate | None = None
    """What is known of the estate"""


class GapStudy(Struct, frozen=True, kw_only=True):
    """The gaps of one platform."""

    gaps: Gaps
    ranked: tuple[RankedGap, ...]
    """The gaps, the first to close first"""
    needs: Mapping[str, Need]
    """Technique of a gap to what to build for it"""
    lens: tuple[LensRow, ...]
    """Of Containers only: the rules seen through Microsoft's Threat Matrix for Kubernetes"""
    matrix: KubernetesMatrix
    candidates: Mapping[str, tuple[Candidate, ...]] | None
    """Technique of a gap to rules of other corpora that would close it; None where there are no
    other corpora"""
    options: GapOptions


def study_gaps(
    release: Release,
    corpus: Corpus,
    coverage: Coverage,
    platform: str,
    *,
    context: GapContext,
    options: GapOptions | None = None,
) -> GapStudy:
    """Find and rank the gaps of a platform of the release, and say what to build for each.

    `coverage` is that of all platforms; raises `UsageError` for another.
    """
    options, estate = options or GapOptions(), context.estate
    columns = columns_of(corpus, coverage.count, options.scope)
    gaps = find_gaps(
        release,
        corpus,
        coverage,
        platform,
        columns=columns,
        estate=estate,
        wanted=_wanted(options, context.threats),
    )
    for_containers = platform == CONTAINERS
    in_matrix = context.matrix.attack_in(release) if for_containers else frozenset[str]()
    collected = estate.collected if estate else None
    collector = Collector(gaps, corpus.counted(coverage.count), context.detections, collected)
    needs = {gap.technique.id: collector.need(gap.technique.id) for gap in gaps.open}
    candidates = _candidates(gaps, release, corpus, context.others, options)
    ranked = rank_gaps(
        gaps,
        release,
        context.threats,
        matrix=in_matrix,
        at_hand={technique for technique, need in needs.items() if need.at_hand},
        candidates={technique for technique, rules in (candidates or {}).items() if rules},
        weights=options.weights,
    )
    lens = look_through(context.matrix, release, coverage, columns) if for_containers else ()
    return GapStudy(
        gaps=gaps,
        ranked=ranked,
        needs={one.gap.technique.id: needs[one.gap.technique.id] for one in ranked},
        lens=lens,
        matrix=context.matrix,
        candidates=candidates,
        options=options,
    )


def main_platforms(release: Release, corpus: Corpus, coverage: Coverage) -> tuple[str, ...]:
    """Return the platforms that at least a tenth of the counted rules state, most rules first."""
    platforms = corpus.counted(coverage.count).platforms
    counts = Counter(name for index in coverage.counted for name in platforms[index])
    known = [name for name in release.platforms if counts[name] * _TENTH >= len(coverage.counted)]
    return tuple(sorted((name for name in known if counts[name]), key=lambda name: -counts[name]))


def _wanted(options: GapOptions, threats: Threats) -> Callable[[Technique], bool]:
    tactics = frozenset(options.tactics)
    used = {one for actor in options.actors for one in threats.uses.get(actor.id, ())}

    def wanted(technique: Technique) -> bool:
        if tactics and tactics.isdisjoint(technique.tactics):
            return False
        return not options.actors or technique.id in used

    return wanted


def _candidates(
    gaps: Gaps, release: Release, ours: Corpus, others: Others | None, options: GapOptions
) -> Mapping[str, tuple[Candidate, ...]] | None:
    if others is None:
        return None
    from detcov.analysis.candidates import find_candidates

    return find_candidates(gaps, release, ours, others.corpus, others.coverage, scope=options.scope)


def find_tactics(release: Release, texts: Iterable[str]) -> tuple[Tactic, ...]:
    """The tactics of these ids, shortnames or names. Raises `UsageError` for any other text."""
    known = {
        name.casefold(): tactic
        for tactic in release.tactics
        for name in (tactic.id, tactic.shortname, tactic.name)
    }
    found = []
    for text in texts:
        tactic = known.get(text.strip().casefold())
        if tactic is None:
            names = ", ".join(one.name for one in release.tactics)
            hint = _instead(release, text)
            raise UsageError(f"{release.title} has no tactic {text!r}{hint} (it has {names})")
        found.append(tactic)
    return tuple(dict.fromkeys(found))


def _instead(release: Release, text: str) -> str:
    """Say which tactic is meant by what names none: a misspelt one, or one that was split."""
    from difflib import get_close_matches

    from detcov.attack.store import bundled_releases

    others = [one for one in bundled_releases() if one.domain == release.domain]
    slugs = sorted({slug for one in (release, *others) for slug in one.tactic_slugs})
    near = get_close_matches(tactic_slug(text), slugs, n=1, cutoff=0.8)
    if not near:
        return ""
    tactic = tactic_called(release, near[0])
    if tactic is not None:
        return f"; did you mean {tactic.name}?"
    former, successors = became(near[0], others, release) or (near[0], ())
    return f"; {told_successors(former, successors)}"
