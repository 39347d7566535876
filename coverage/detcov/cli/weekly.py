"""`detcov weekly`: what changed in a week, why, what was lost, what to build next."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import structs

from detcov.cli.given import FOLDER
from detcov.cli.history import REPO, detections_of, release_line, sides, study_maker
from detcov.cli.output import hush_drawing, put, shown, tell, write_files
from detcov.cli.run import RuleCommand, RunOptions, run_options, tell_notes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detcov.analysis.rule_change import Marks
    from detcov.model import ParseFailure
    from detcov.study import Study
    from detcov.timeline.instants import History, ReleaseLine
    from detcov.timeline.point import PointCache
    from detcov.timeline.side import Sides
    from detcov.timeline.weekly import Weekly


@click.command(cls=RuleCommand)
@run_options(count="live", date="SOURCE_DATE_EPOCH's, else that of the newest commit or snapshot")
@REPO
@click.option(
    "--since",
    metavar="1w|DAY|REV",
    help="What to compare with: a span, a day, a revision [default: 1w, or the first commit].",
)
@click.option(
    "--weeks",
    type=click.IntRange(1, 520),
    metavar="N",
    default=12,
    show_default=True,
    help="Weeks in the trend.",
)
@click.option(
    "--snapshots",
    type=FOLDER,
    help="Read snapshots of this folder, not git.",
)
@click.option(
    "--attack-before",
    multiple=True,
    metavar="VERSION@DAY",
    help="The ATT&CK release used before that day (repeatable).",
)
@click.option(
    "-o",
    "--out",
    "folder",
    type=FOLDER,
    default=Path("reports/weekly"),
    show_default=True,
    help="Folder for the files.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["text", "markdown", "csv", "json", "html"]),
    help="Print this format, and write no file.",
)
@click.option("--title", default="Weekly detection coverage", show_default=True, help="Heading.")
@click.pass_context
def weekly(
    ctx: click.Context, /, repo: Path | None, kind: str | None, title: str, **options: Any
) -> None:
    """Report what changed in the rules and in ATT&CK, week by week, from git or snapshots.

    SOURCE says where the rules lie in the repository; the default is rules/.
    """
    from detcov.attack.published import newer_than
    from detcov.report.change import headline
    from detcov.report.text import WIDTH, wrap
    from detcov.report.weekly import titles_of
    from detcov.report.weekly import weekly as document_of
    from detcov.report.weekly_files import render, render_weekly

    folder: Path = options.pop("folder")
    with _report(repo, **options) as (report, damaged, cache):
        document = document_of(report, title=title, newer=newer_than(report.study.release))
        if kind is not None:
            put(render(document, report, kind), kind)
        else:
            click.echo("\n".join(wrap(headline(report.change), WIDTH)))
            hush_drawing()
            files = render_weekly(document, report, cache=cache)
            write_files({folder / name: data for name, data in files.items()}, option="folder")
            click.echo(f"Wrote {len(files)} files to {shown(folder)}/.")
    failures = (*damaged, *report.study.corpus.failures)
    tell((*damaged, *map(titles_of(report).failure, report.study.corpus.failures)))
    tell_notes(report.study.corpus)
    if failures:
        ctx.exit(3)


@contextmanager
def _report(
    repo: Path | None,
    *,
    since: str | None,
    weeks: int,
    snapshots: Path | None,
    attack_before: tuple[str, ...],
    **options: Any,
) -> Iterator[tuple[Weekly, tuple[ParseFailure, ...], PointCache]]:
    """The report, the snapshots that had to be left out, and what remembers its numbers."""
    from detcov.timeline.instants import from_git
    from detcov.timeline.point import PointCache

    run = RunOptions(**options)
    now = _now(run.day)
    releases = release_line(run, attack_before)
    with sides(run, repo) as found:
        damaged: tuple[ParseFailure, ...] = ()
        if snapshots is None:
            history = from_git(found.reader, since=since, weeks=weeks, now=now)
        else:
            history, damaged = _from_snapshots(run, snapshots, since, weeks, now)
        cache = PointCache(found.cache)
        yield _worked_out(run, found, history, releases, cache), damaged, cache


def _from_snapshots(
    run: RunOptions, folder: Path, since: str | None, weeks: int, now: int | None
) -> tuple[History, tuple[ParseFailure, ...]]:
    from detcov.history.snapshot_folder import read_snapshots
    from detcov.timeline.instants import from_snapshots

    found, damaged = read_snapshots(folder)
    history = from_snapshots(found, since=since, weeks=weeks, now=now, aliases=run.alias)
    return history, damaged


def _now(day: str | None) -> int | None:
    from detcov.history.revision import end_of_day

    return None if day is None else end_of_day(day)


def _worked_out(
    run: RunOptions, found: Sides, history: History, releases: ReleaseLine, points: PointCache
) -> Weekly:
    from detcov.analysis.gap_study import GapContext
    from detcov.analysis.rule_change import Marks
    from detcov.attack.kubernetes_matrix import load_kubernetes_matrix
    from detcov.attack.store import load_detections, load_threats
    from detcov.history.replay import replay
    from detcov.timeline.weekly import make_weekly

    commit = history.now.commit

    def marks(study: Study) -> Marks:
        before, now = history.before.commit, history.now.commit
        if before is None or now is None:
            return Marks()
        return replay(found.reader, before, now, study.resolver, study.coverage.count)

    report = make_weekly(
        history,
        study_maker(run),
        releases,
        context=GapContext(
            threats=load_threats(releases.now, cache_dir=run.folder),
            detections=load_detections(releases.now, cache_dir=run.folder),
            matrix=load_kubernetes_matrix(),
        ),
        marks=marks,
        points=points,
        detections=detections_of(run, releases.now, (history.before.facts, history.now.facts)),
    )
    return structs.replace(report, folders={} if commit is None else found.folders(commit))
