"""Counts coverage: distinct counted rules with an own claim, per technique, cell and platform."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import structs

from detcov.analysis.coverage import (
    CellCoverage,
    Coverage,
    Ratio,
    TacticCoverage,
    TechniqueCoverage,
)
from detcov.attack.platforms import NO_PLATFORM
from detcov.attack.release import Release, Tactic, Technique
from detcov.model import Corpus, CountMode, Resolution, RuleIndex

_Rules = set[RuleIndex]
_Platforms = Mapping[RuleIndex, frozenset[str]]


def measure(
    release: Release,
    corpus: Corpus,
    resolutions: Sequence[Sequence[Resolution]],
    *,
    count: CountMode = "live",
    platforms: Iterable[str] = (),
) -> Coverage:
    """The coverage of a release.

    `resolutions` holds each rule's, in the corpus's order. With `platforms`, techniques that
    have none of them are out of scope, and a rule counts for a technique only if it states a
    platform that is both the technique's and in scope.
    """
    scope = tuple(sorted({*platforms} - {NO_PLATFORM}))
    claims, stated = _Claims(corpus, resolutions, count), corpus.counted(count).platforms
    techniques = {
        technique.id: technique
        for technique in release.active.values()
        if not scope or set(scope) & set(technique.platforms)
    }
    covered = _techniques(release, techniques, claims, stated, scope)
    cells = _cells(release, covered, claims)
    columns: defaultdict[str, list[str]] = defaultdict(list)
    for tactic, technique_id in release.cells:
        columns[tactic].append(technique_id)
    return Coverage(
        count=count,
        platforms=scope,
        counted=tuple(
            index for index in sorted(claims.counted) if not scope or set(scope) & stated[index]
        ),
        techniques=covered,
        cells=cells,
        tactics=tuple(
            _tactic(tactic, columns[tactic.shortname], release, cells) for tactic in release.tactics
        ),
        **_ratios(covered, scope),
    )


class _Claims:
    """Who claims what, before any scope: canonical rules by technique and by cell."""

    def __init__(
        self, corpus: Corpus, resolutions: Sequence[Sequence[Resolution]], count: CountMode
    ) -> None:
        self.own: defaultdict[str, _Rules] = defaultdict(set)
        self.stated: defaultdict[tuple[str, str], _Rules] = defaultdict(set)
        self.inferred: defaultdict[tuple[str, str], _Rules] = defaultdict(set)
        self.counted: _Rules = set()
        for position in corpus.counted(count).positions:
            index = corpus.canonical[position]
            self.counted.add(index)
            for one in resolutions[position]:
                technique = one.technique
                if technique is None or not one.counts:
                    continue
                self.own[technique].add(index)
                drawn = self.inferred if one.inferred else self.stated
                for tactic in one.tactics:
                    drawn[tactic, technique].add(index)


def _techniques(
    release: Release,
    techniques: Mapping[str, Technique],
    claims: _Claims,
    platforms: _Platforms,
    scope: tuple[str, ...],
) -> dict[str, TechniqueCoverage]:
    matching: dict[str, _Rules] = {}
    for technique in techniques.values():
        wanted = set(scope) & set(technique.platforms)
        rules = claims.own[technique.id]
        matching[technique.id] = (
            {index for index in rules if wanted & platforms[index]} if scope else rules
        )
    found = {}
    for technique in techniques.values():
        rules, own = matching[technique.id], claims.own[technique.id]
        unstated = {index for index in own if not platforms[index]} if scope else set()
        children = [one for one in release.children.get(technique.id, ()) if one in techniques]
        found[technique.id] = TechniqueCoverage(
            technique=technique,
            rules=tuple(sorted(rules)),
            unstated=tuple(sorted(unstated)),
            elsewhere=tuple(sorted(own - rules - unstated)) if scope else (),
            by_platform=_by_platform(technique, own, platforms),
            subtechniques=len(children),
            subtechniques_covered=sum(1 for one in children if matching[one]),
        )
    return found


def _by_platform(
    technique: Technique, own: _Rules, platforms: _Platforms
) -> dict[str, tuple[RuleIndex, ...]]:
    if not own:
        return dict.fromkeys(technique.platforms, ())
    stated = [(index, platforms[index]) for index in sorted(own)]
    return {
        platform: tuple([index for index, names in stated if platform in names])
        for platform in technique.platforms
    }


def _cells(
    release: Release, techniques: Mapping[str, TechniqueCoverage], claims: _Claims
) -> dict[tuple[str, str], CellCoverage]:
    found = {}
    for cell in release.cells:
        tactic, technique_id = cell
        technique = techniques.get(technique_id)
        if technique is None:
            continue
        rules = set(technique.rules)
        stated = claims.stated[cell] & rules
        found[cell] = CellCoverage(
            tactic=tactic,
            technique=technique_id,
            stated=tuple(sorted(stated)),
            inferred=tuple(sorted((claims.inferred[cell] & rules) - stated)),
        )
    return found


def _tactic(
    tactic: Tactic,
    column: Sequence[str],
    release: Release,
    cells: Mapping[tuple[str, str], CellCoverage],
) -> TacticCoverage:
    """`column` holds the ids of its techniques, in scope or not."""
    keys = ((tactic.shortname, technique) for technique in column)
    own = [cells[key] for key in keys if key in cells]
    return TacticCoverage(
        tactic=tactic,
        techniques=len(own),
        covered=sum(1 for cell in own if cell.stated),
        inferred=sum(1 for cell in own if cell.inferred and not cell.stated),
        pre_only=bool(column) and all(release.active[one].pre_only for one in column),
    )


def _ratios(
    techniques: Mapping[str, TechniqueCoverage], scope: tuple[str, ...]
) -> dict[str, Ratio]:
    seen = [one for one in techniques.values() if not one.technique.pre_only]
    parents = [one for one in seen if one.technique.parent is None]
    pre = [one for one in techniques.values() if one.technique.pre_only]
    within = f" for {', '.join(scope)}" if scope else ""

    def ratio(
        of: list[TechniqueCoverage], test: Callable[[TechniqueCoverage], bool], definition: str
    ) -> Ratio:
        numerator = sum(1 for one in of if test(one))
        return Ratio(numerator=numerator, denominator=len(of), definition=definition)

    return {
        "headline": ratio(
            seen, lambda one: one.covered, f"techniques with at least one own rule{within}"
        ),
        "two_or_more": ratio(
            seen, lambda one: len(one.rules) > 1, f"techniques with two own rules or more{within}"
        ),
        "parents_with_via": ratio(
            parents,
            lambda one: one.covered_or_via,
            f"parent techniques, own rule or via sub-techniques{within}",
        ),
        "some_claim": ratio(
            seen,
            lambda one: bool(one.rules or one.unstated or one.elsewhere),
            "techniques in scope that any counted rule claims, whatever its platform",
        ),
        "pre_only": structs.replace(
            ratio(
                pre, lambda one: one.covered, "techniques before the intrusion (platform PRE only)"
            ),
            pre_only=True,
        ),
    }
