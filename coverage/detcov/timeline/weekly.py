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
from detcov.timeline.point import Point, PointCache, point_of
from detcov.timeline.stage_change import StageChange, stage_change
from detcov.timeline.study_maker import StudyMaker

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
    """Oldest first; the last day before the release changed has a point under each"""
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
    maker: StudyMaker,
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
    same_release = old_release is releases.now
    before = maker.study(rules, old_release)
    then = before if same_release else maker.study(rules, releases.now)
    now = maker.study(history.now.read(), releases.now)
    gaps = _gaps(now)
    points = points or PointCache(None)
    # What is compared is most often a week of the trend, too.
    for instant, study in ((history.before, then), (history.now, now)):
        points.put(_key(instant, maker, study.release), point_of(study))
    return Weekly(
        before=history.before,
        now=history.now,
        release_before=old_release,
        change=compare(
            before,
            now,
            between=None if same_release else then,
            marks=marks(now),
            findings=(then.findings, now.findings),
        ),
        study=now,
        findings=now.findings,
        trend=_trend(history.trend, maker, releases, points),
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
    instants: Sequence[Instant], maker: StudyMaker, releases: ReleaseLine, cache: PointCache
) -> tuple[Point, ...]:
    wanted: list[tuple[Instant, Release]] = []
    for instant in instants:
        release = releases.on(instant.day)
        if wanted and release is not wanted[-1][1]:
            # The rules of the week before, under both releases: what differs there, the release
            # did. This week's rules may be rewritten already, and would lose under the old one.
            wanted.append((wanted[-1][0], release))
        wanted.append((instant, release))
    points: list[Point] = []
    for instant, release in wanted:
        key = _key(instant, maker, release)
        point = cache.get(key)
        if point is None:
            point = point_of(maker.study(instant.read(), release))
            cache.put(key, point)
        points.append(structs.replace(point, day=instant.day))
    cache.flush()
    return tuple(points)


def _key(instant: Instant, maker: StudyMaker, release: Release) -> str:
    """Return what identifies a point; "" where nothing identifies the rules."""
    return f"{instant.key}\n{maker.identity(release)}" if instant.key else ""


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
