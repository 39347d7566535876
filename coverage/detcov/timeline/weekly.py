"""What a weekly report says, as values: the change, the trend, and what to look at."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, structs

from detcov.analysis.change import Change, compare
from detcov.analysis.gap_study import GapContext, GapStudy, main_platforms, study_gaps
from detcov.analysis.gaps import Gaps, find_gaps
from detcov.analysis.looking import CONTAINERS
from detcov.analysis.rule_change import Marks
from detcov.analysis.scope import columns_of
from detcov.attack.detections import Detections
from detcov.attack.release import Release, Technique
from detcov.model import Finding, RuleIndex
from detcov.study import Study
from detcov.timeline.instants import History, Instant, ReleaseLine
from detcov.timeline.point import Point, PointCache
from detcov.timeline.stage_change import StageChange, stage_change
from detcov.timeline.studies import Studies

OVER_MAPPED = 5
"""A rule that claims more techniques than this is over-mapped"""


class OverMapped(Struct, frozen=True, kw_only=True):
    """A rule that claims many techniques."""

    rule: RuleIndex
    techniques: int


class Weekly(Struct, frozen=True, kw_only=True):
    """Everything that the report tells."""

    before: Instant
    now: Instant
    release_before: Release
    change: Change
    study: Study
    """The rules of now"""
    findings: tuple[Finding, ...]
    """Those of now"""
    trend: tuple[Point, ...]
    """Oldest first; the day on which the release changed has a point under each"""
    fragile: tuple[tuple[Technique, RuleIndex], ...]
    """Techniques on one rule"""
    over_mapped: tuple[OverMapped, ...]
    """The most techniques first"""
    gaps: Gaps | None
    """Of Containers; None where the report is of some platforms only"""
    gaps_before: Gaps | None
    """The old rules', under the new release"""
    to_build: tuple[GapStudy, ...]
    """Gaps of the report's platforms; without any, of those that a tenth of the rules state"""
    stages: StageChange | None
    """How far detection has come since; None where not both snapshots hold facts"""
    notes: tuple[str, ...]
    folders: Mapping[str, str] = {}
    """Source label to its folder, from the repository's root; of snapshots none is known"""


def make_weekly(
    history: History,
    studies: Studies,
    releases: ReleaseLine,
    *,
    context: GapContext,
    marks: Callable[[Study], Marks] = lambda _: Marks(),
    points: PointCache | None = None,
    detections: Detections | None = None,
) -> Weekly:
    """Work the report out. `marks` tells when things happened, given the study of now.

    `context` and `detections` are those of the release of now; `points` remembers the numbers of
    days already worked out.
    """
    old_release, rules = releases.on(history.before.day), history.before.read()
    before = studies.study(rules, old_release)
    then = studies.study(rules, releases.now)
    now = studies.study(history.now.read(), releases.now)
    found, gaps = studies.findings(now), _gaps(now)
    return Weekly(
        before=history.before,
        now=history.now,
        release_before=old_release,
        change=compare(
            before,
            now,
            between=None if old_release is releases.now else then,
            marks=marks(now),
            findings=(studies.findings(then), found),
        ),
        study=now,
        findings=found,
        trend=_trend(history.trend, studies, releases, points or PointCache(None)),
        fragile=_fragile(now),
        over_mapped=_over_mapped(now),
        gaps=gaps,
        gaps_before=_gaps(then),
        to_build=_to_build(now, context),
        stages=stage_change(
            then, now, (history.before.facts, history.now.facts), detections=detections
        ),
        notes=(*history.notes, *_without_facts(history.before, history.now)),
    )


def _trend(
    instants: Sequence[Instant], studies: Studies, releases: ReleaseLine, cache: PointCache
) -> tuple[Point, ...]:
    wanted: list[tuple[Instant, Release]] = []
    last: Release | None = None
    for instant in instants:
        release = releases.on(instant.day)
        if last is not None and release is not last:
            wanted.append((instant, last))
        wanted.append((instant, release))
        last = release
    points: list[Point] = []
    for instant, release in wanted:
        key = f"{instant.key}\n{studies.identity(release)}" if instant.key else ""
        known = cache.get(key)
        if known is None:
            known = _point(instant, studies, release)
            cache.put(key, known)
        points.append(structs.replace(known, day=instant.day))
    cache.flush()
    return tuple(points)


def _point(instant: Instant, studies: Studies, release: Release) -> Point:
    corpus = instant.read()
    numbers = studies.numbers(corpus, release)
    return Point(
        day=instant.day,
        release=release.title,
        version=release.version or "?",
        covered=numbers.tally.covered,
        rules=numbers.tally.rules,
        findings=numbers.findings,
        unread=len(corpus.unread),
        tactics=numbers.tally.tactics,
    )


def _without_facts(before: Instant, now: Instant) -> tuple[str, ...]:
    if (before.facts is None) == (now.facts is None):
        return ()
    lacks = before if before.facts is None else now
    return (f"The {lacks.title} holds no facts: stages can't be compared.",)


def _to_build(study: Study, context: GapContext) -> tuple[GapStudy, ...]:
    platforms, study = study.coverage.platforms, study.of_all_platforms
    release, corpus, coverage = study.release, study.corpus, study.coverage
    return tuple(
        study_gaps(release, corpus, coverage, platform, context=context)
        for platform in platforms or main_platforms(release, corpus, coverage)
    )


def _gaps(study: Study) -> Gaps | None:
    if study.coverage.platforms:
        return None
    columns = columns_of(study.corpus, study.coverage.count)
    return find_gaps(study.release, study.corpus, study.coverage, CONTAINERS, columns=columns)


def _fragile(study: Study) -> tuple[tuple[Technique, RuleIndex], ...]:
    return tuple(
        (one.technique, one.rules[0])
        for one in study.coverage.techniques.values()
        if len(one.rules) == 1
    )


def _over_mapped(study: Study) -> tuple[OverMapped, ...]:
    counts: Counter[RuleIndex] = Counter(
        index for one in study.coverage.techniques.values() for index in one.rules
    )
    found = [OverMapped(rule=index, techniques=n) for index, n in counts.items() if n > OVER_MAPPED]
    name = study.corpus.rules
    return tuple(sorted(found, key=lambda one: (-one.techniques, name[one.rule].name)))
