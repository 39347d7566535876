"""The weekly report as a Document, in the order in which a lead reads it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from detcov.analysis.gaps import Gaps
from detcov.analysis.rank import RankedGap
from detcov.attack.release import Technique
from detcov.model import LEVELS, RuleIndex
from detcov.report import gaps_words
from detcov.report.cells import codes
from detcov.report.change import (
    findings,
    headline,
    numbers,
    release,
    tactics,
    unread,
)
from detcov.report.changed_rules import rules, techniques
from detcov.report.chart import Chart, Line
from detcov.report.document import (
    Cell,
    Code,
    Column,
    Document,
    Heading,
    Many,
    Note,
    Number,
    Part,
    RuleCell,
    Sentence,
    Table,
)
from detcov.report.heatmap_card import method_card
from detcov.report.stage_change import stages
from detcov.report.svg import Svg, draw
from detcov.report.titles import Titles
from detcov.report.words import counted, many
from detcov.study import Study
from detcov.timeline.point import Point
from detcov.timeline.weekly import OVER_MAPPED, Weekly

NEXT = 3
"""Gaps to build next, of each platform"""
LISTED = 20
"""Rows that people see of a list that goes on"""


def weekly(report: Weekly, *, title: str, newer: str | None = None) -> Document:
    """The report. `newer` says that a later release is out, if one is."""
    titles = titles_of(report)
    parts: tuple[Part, ...] = (
        Sentence(text=headline(report.change), strong=True),
        numbers(report.change),
        *unread(tuple(map(titles.failure, report.study.corpus.failures))),
        *(Note(text=one) for one in report.notes),
        *techniques(report.change),
        *rules(report.change, titles),
        *findings(report.change, titles),
        _codes(report),
        *tactics(report.change.tactics, titles),
        *release(report.change.release),
        *stages(report.stages),
        *_trend(report),
        *_fragile(report),
        *_over_mapped(report),
        *_containers(report),
        *_next(report),
        *_method(report, newer),
    )
    return Document(
        title=title,
        subject="weekly",
        subtitle=f"{report.before.day} to {report.now.day}; {report.study.release.title}",
        main="trend",
        parts=parts,
    )


def titles_of(report: Weekly) -> Titles:
    """What the two sides are called."""
    return Titles(
        before=report.before.title,
        after=report.now.title,
        release_before=report.release_before.title,
        release_after=report.study.release.title,
        folders=report.folders,
        folders_before=report.folders,
    )


def charts(report: Weekly) -> dict[str, Chart]:
    """The trend as charts, by the id of the table that tells the same."""
    points = report.trend
    breaks = _breaks(points)
    days = tuple(point.day for point in points)

    def line(name: str, values: tuple[float, ...]) -> tuple[Line, ...]:
        return _broken(name, values, tuple(at for at, _ in breaks))

    return {
        "trend": Chart(
            title="Techniques covered and rules that count, by week",
            days=days,
            lines=(
                *line("covered", tuple(one.covered.numerator for one in points)),
                Line(name="rules", values=tuple(one.rules for one in points)),
            ),
            breaks=breaks,
        ),
        "trend_findings": Chart(
            title="Findings, by week",
            days=days,
            lines=tuple(
                part
                for key in ("error", "warning", "drift")
                for part in line(key, tuple(one.findings[key] for one in points))
            ),
            breaks=breaks,
        ),
    }


def figures(report: Weekly) -> dict[str, Svg]:
    """The same, drawn."""
    return {name: draw(chart) for name, chart in charts(report).items()}


def _breaks(points: tuple[Point, ...]) -> tuple[tuple[int, str], ...]:
    return tuple(
        (at, f"ATT&CK {now.version}")
        for at, (before, now) in enumerate(pairwise(points), start=1)
        if before.release != now.release
    )


def _broken(name: str, values: tuple[float, ...], at: tuple[int, ...]) -> tuple[Line, ...]:
    """A line, cut where the release changed: both sides are values of the same day."""
    edges = (0, *at, len(values))
    return tuple(
        Line(
            name=name,
            values=tuple(
                value if start <= position < end else None for position, value in enumerate(values)
            ),
        )
        for start, end in pairwise(edges)
    )


def _codes(report: Weekly) -> Part:
    """Findings of now by code, drift after the rest."""
    counts = Counter((one.level, one.code, one.name) for one in report.findings)
    rows = sorted(counts.items(), key=lambda item: (LEVELS.index(item[0][0]), item[0][1]))
    columns = (
        Column(name="All now", id="severity"),
        Column(name="Code", id="code"),
        Column(name="Check", id="check", shrink=True),
        Column(name="Findings", id="findings", align="right"),
    )
    return Table(
        id="findings",
        columns=columns,
        rows=tuple(
            (word, Code(text=code), name, Number(value=n)) for (word, code, name), n in rows
        ),
    )


def _trend(report: Weekly) -> Iterator[Part]:
    yield Heading(text=f"Trend of {many(len({one.day for one in report.trend}), 'week')}")
    if _breaks(report.trend):
        yield Note(
            text="The release changed inside this time: the last day before it stands twice, the "
            "same rules under both releases."
        )
    day, by_release = Column(name="Day", id="day"), Column(name="ATT&CK", id="version")
    yield Table(
        id="trend",
        columns=(
            day,
            by_release,
            Column(name="covered", id="covered", align="right", kind="ratio"),
            Column(name="rules", id="rules", align="right"),
            Column(name="unread files", id="unread", align="right"),
        ),
        rows=tuple(
            (one.day, one.version, one.covered, Number(value=one.rules), Number(value=one.unread))
            for one in report.trend
        ),
    )
    yield Table(
        id="trend_findings",
        columns=(day, by_release, *(Column(name=key, id=key, align="right") for key in LEVELS)),
        rows=tuple(
            (one.day, one.version, *(Number(value=one.findings[key]) for key in LEVELS))
            for one in report.trend
        ),
    )
    yield _tactic_trend(report)


def _tactic_trend(report: Weekly) -> Table:
    """A line a tactic, by id and name: it begins and ends where a release names it otherwise."""
    names = dict.fromkeys(key for point in reversed(report.trend) for key in point.tactics)
    rows: list[tuple[Cell, ...]] = []
    for key in names:
        points = [point for point in report.trend if key in point.tactics]
        covered = tuple(Number(value=point.tactics[key].numerator) for point in points)
        rows.append((key[1], points[0].day, points[-1].day, Many(cells=covered)))
    columns = (
        Column(name="Tactic", id="tactic", shrink=True),
        Column(name="from", id="first"),
        Column(name="to", id="last"),
        Column(name="techniques covered, by week", id="covered", shrink=True),
    )
    return Table(id="trend_tactics", columns=columns, rows=tuple(rows))


def _fragile(report: Weekly) -> Iterator[Part]:
    found = report.fragile
    yield Heading(text="Fragile")
    yield Sentence(text=on_one_rule([one for one, _ in found]))
    columns = (
        Column(name="Technique", id="technique"),
        Column(name="Name", id="name", shrink=True),
        Column(name="Only rule", id="rule", shrink=True, kind="rule"),
    )
    rows = tuple(
        (Code(text=technique.id), technique.name, _cell(report, rule)) for technique, rule in found
    )
    yield Table(id="fragile", columns=columns, rows=rows, limit=LISTED, hint=" on one rule")


def on_one_rule(found: Sequence[Technique]) -> str:
    """How many, those apart that no ratio counts."""
    pre = sum(one.pre_only for one in found)
    text = f"{many(len(found) - pre, 'technique')} on one rule"
    return f"{text}, and {pre:,} PRE-only." if pre else f"{text}."


def _over_mapped(report: Weekly) -> Iterator[Part]:
    found = report.over_mapped
    yield Heading(text="Over-mapped")
    yield Sentence(
        text=f"{many(len(found), 'rule')} that {'claims' if len(found) == 1 else 'claim'} more "
        f"than {OVER_MAPPED} techniques."
    )
    columns = (
        Column(name="Rule", id="rule", shrink=True, kind="rule"),
        Column(name="Techniques", id="techniques", align="right"),
        Column(name="Which", id="technique_ids", audience="machines"),
    )
    claims = _claims(report)
    rows = tuple(
        (_cell(report, one.rule), Number(value=one.techniques), codes(claims[one.rule]))
        for one in found
    )
    hint = f" with more than {OVER_MAPPED} techniques"
    yield Table(id="over_mapped", columns=columns, rows=rows, limit=LISTED, hint=hint)


def _cell(report: Weekly, rule: RuleIndex) -> RuleCell:
    """A rule of now, which people see with its source where there are several."""
    corpus = report.study.corpus
    return RuleCell.of(corpus.rules[rule], called=corpus.name_of(rule))


def _claims(report: Weekly) -> dict[RuleIndex, list[str]]:
    """The techniques that each rule which counts claims."""
    found: dict[RuleIndex, list[str]] = {}
    for technique_id, one in report.study.coverage.techniques.items():
        for index in one.rules:
            found.setdefault(index, []).append(technique_id)
    return found


def _containers(report: Weekly) -> Iterator[Part]:
    yield Heading(text="Container gaps")
    gaps, before = report.gaps, report.gaps_before
    if gaps is None or before is None:
        yield Sentence(text="Left out: this report is of some platforms only.")
        return
    now, have = gaps.covered, "has" if gaps.covered.numerator == 1 else "have"
    yield Sentence(
        text=f"{counted(now)} techniques of Containers {have} a rule of "
        f"the control plane or the runtime ({now.percent}); {before.covered.numerator:,} had one "
        f"before. {_named('Closed', before, gaps)} {_named('Opened', gaps, before)}"
    )


def _named(word: str, of: Gaps, without: Gaps) -> str:
    """The gaps of one side that the other hasn't."""
    open_ = {one.technique.id for one in without.open}
    found = [one.technique.id for one in of.open if one.technique.id not in open_]
    return f"{word}: {', '.join(found) or 'none'}."


def _next(report: Weekly) -> Iterator[Part]:
    yield Heading(text="Build next")
    if not report.to_build:
        yield Sentence(
            text="No platform is stated by a tenth of the rules. Choose one with --platform."
        )
        return
    platforms = ", ".join(found.gaps.platform for found in report.to_build)
    stated = "" if report.study.coverage.platforms else ", which a tenth of the rules or more state"
    yield Sentence(text=f"The first {NEXT} gaps to close on {platforms}{stated}.")
    columns = (
        Column(name="Platform", id="platform"),
        Column(name="", id="rank", align="right"),
        Column(name="Technique", id="technique"),
        Column(name="Name", id="name", shrink=True),
        Column(name="Score", id="score", align="right"),
        Column(name="Why", id="why", shrink=True, audience="people"),
        Column(name="Users", id="users", audience="machines"),
        Column(name="Points", id="points", audience="machines"),
    )
    rows = tuple(
        (
            found.gaps.platform,
            Number(value=rank),
            Code(text=ranked.gap.technique.id),
            ranked.gap.technique.name,
            Number(value=ranked.score),
            why(ranked, found.gaps.platform, report.study),
            codes(user.id for user in ranked.actors),
            codes(part.name for part in ranked.parts),
        )
        for found in report.to_build
        for rank, ranked in enumerate(found.ranked[:NEXT], start=1)
    )
    if rows:
        yield Table(id="next", columns=columns, rows=rows)
    if closed := [found.gaps.platform for found in report.to_build if not found.ranked]:
        yield Sentence(text=f"No gap is left on {', '.join(closed)}.")


def why(ranked: RankedGap, platform: str, study: Study) -> str:
    """Say which rules to re-map first, whose reports there are, and how the score comes about."""
    remap = gaps_words.remap(ranked, study.release, study.corpus)
    score = gaps_words.score(ranked, platform)
    parts = (
        f"{gaps_words.REMAP}: {remap}" if remap else "",
        gaps_words.reports(ranked, platform),
        f"score: {score}" if score else "",
        gaps_words.HELD_DOWN if ranked.ubiquitous else "",
    )
    return "; ".join(part for part in parts if part)


def _method(report: Weekly, newer: str | None) -> Iterator[Part]:
    yield Heading(text="Method")
    yield Sentence(text="Mapped is not the same as detected.", strong=True)
    if newer:
        yield Sentence(text=f"ATT&CK {newer}.")
    yield Sentence(text=f"Compared: {report.before.title} with {report.now.title}. Days are UTC.")
    rows = [(row.label, line) for row in method_card(report.study) for line in row.lines]
    columns = (Column(name="", id="label"), Column(name="", id="text", shrink=True))
    yield Table(id="method", columns=columns, rows=tuple(rows))
