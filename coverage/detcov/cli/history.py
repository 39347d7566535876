"""What the commands on history share: their options, and the way to sides and Studies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from detcov.cli.given import FOLDER
from detcov.cli.run import DEFAULT, RunOptions
from detcov.errors import UsageError

if TYPE_CHECKING:
    from detcov.analysis.change import Change
    from detcov.attack.detections import Detections
    from detcov.attack.release import Release
    from detcov.facts import Facts
    from detcov.history.revision import Commit
    from detcov.report.titles import Titles
    from detcov.study import Study
    from detcov.timeline.instants import ReleaseLine
    from detcov.timeline.side import Side, Sides
    from detcov.timeline.stage_change import StageChange
    from detcov.timeline.study_maker import StudyMaker


REPO = click.option(
    "--repo",
    type=FOLDER,
    help="Git repository that the sources are in [default: where they lie].",
)
ATTACK_BEFORE = click.option(
    "--attack-before",
    multiple=True,
    metavar="VERSION[@DAY]",
    help="ATT&CK release of the older side; with @DAY, if it is of before that day (repeatable).",
)


class Compared(Struct, frozen=True, kw_only=True):
    """Two sides and what changed."""

    change: Change
    titles: Titles
    before: Study
    """The old rules under the new release"""
    after: Study
    stages: StageChange | None
    """What became of stages; None where not both sides are snapshots with facts"""


@contextmanager
def sides(run: RunOptions, repo: Path | None) -> Iterator[Sides]:
    """Where sides are found and read; the parse cache is closed at the end."""
    from detcov.cache import ParseCache
    from detcov.timeline.side import Sides

    with closing(ParseCache.in_folder(run.folder)) as cache:
        yield Sides(
            run.sources or (DEFAULT,),
            repo=repo,
            cache=cache,
            max_bytes=run.max_bytes,
            exclude=run.exclude,
            only=run.rule_format,
            aliases=run.alias,
        )


def study_maker(run: RunOptions, known: Iterable[Release] = ()) -> StudyMaker:
    """Return what makes Studies with a command's options; `known` are further releases."""
    from detcov.attack.foreign import foreign_domain
    from detcov.attack.store import bundled_releases, load_release
    from detcov.study import StudyOptions
    from detcov.timeline.study_maker import StudyMaker

    named = (load_release(spec, cache_dir=run.folder) for spec in run.known)
    options = StudyOptions(count=run.count, platforms=run.platform, literal=run.literal)
    return StudyMaker(
        known=(*bundled_releases(), *known, *named), options=options, foreign=foreign_domain
    )


def release_of(run: RunOptions, spec: str | None) -> Release:
    """The release that a text names; without one the newest bundled."""
    from detcov.attack.store import default_release, load_release

    if spec is None:
        return default_release()
    version = run.attack_version if spec == run.attack else None
    return load_release(spec, cache_dir=run.folder, version=version)


def release_line(run: RunOptions, texts: Iterable[str]) -> ReleaseLine:
    """Which release was used when, by texts such as "18.1@2026-04-28"."""
    from detcov.timeline.instants import ReleaseLine

    earlier = []
    for text in texts:
        spec, day = _until(text)
        if not day:
            raise UsageError(f"--attack-before {text!r}: write VERSION@YYYY-MM-DD")
        earlier.append((day, release_of(run, spec)))
    return ReleaseLine(now=release_of(run, run.attack), earlier=tuple(earlier))


def _until(text: str) -> tuple[str, str]:
    """A release's name and the day up to which it was used, "" where none is stated."""
    from detcov.history.revision import end_of_day

    spec, at, day = text.rpartition("@")
    return (spec, day) if at and end_of_day(day) is not None else (text, "")


def _older_release(run: RunOptions, texts: tuple[str, ...], day: str) -> Release:
    """The release of an older side of a day ("" where it has none): one stated without a day."""
    always = [text for text in texts if not _until(text)[1]]
    if always:
        return release_of(run, always[-1])
    return release_line(run, texts).on(day) if day else release_of(run, run.attack)


def detections_of(
    run: RunOptions, release: Release, facts: tuple[Facts | None, Facts | None]
) -> Detections | None:
    """What facts about data are read with; None where nothing will be."""
    from detcov.attack.store import load_detections

    return None if None in facts else load_detections(release, cache_dir=run.folder)


def compare_sides(
    run: RunOptions, found: Sides, before: Side, after: Side, attack_before: tuple[str, ...] = ()
) -> Compared:
    """What changed from one side to the other, with commits where git tells them."""
    from detcov.analysis.change import compare
    from detcov.report.titles import Titles
    from detcov.timeline.side import same_labels
    from detcov.timeline.stage_change import stage_change

    maker = study_maker(run)
    new = release_of(run, run.attack)
    old = _older_release(run, attack_before, before.date)
    rules = same_labels(before.corpus, after.corpus)
    now = maker.study(after.corpus, new)
    then = maker.study(rules, new)
    same = old.version == new.version and old.sha256 == new.sha256
    first = then if same else maker.study(rules, old)
    change = compare(
        first,
        now,
        between=None if same else then,
        marks=_marks(found, before.commit, after.commit, now),
        findings=(then.findings, now.findings),
    )
    titles = Titles(
        before=before.title,
        after=after.title,
        release_before=old.title,
        release_after=new.title,
        folders=after.folders,
        folders_before=_called(before.folders, rules.sources),
    )
    facts = before.facts, after.facts
    stages = stage_change(then, now, facts, detections_of(run, new, facts))
    return Compared(change=change, titles=titles, before=then, after=now, stages=stages)


def _called(folders: Mapping[str, str], labels: tuple[str, ...]) -> Mapping[str, str]:
    """The folders under these labels: the only source of a side may be called as the other's."""
    return dict(zip(labels, folders.values(), strict=True)) if len(folders) == 1 else folders


def _marks(found: Sides, before: Commit | None, after: Commit | None, now: Study) -> Any:
    from detcov.analysis.rule_change import Marks
    from detcov.history.replay import replay

    if before is None or after is None:
        return Marks()
    return replay(found.reader, before, after, now.resolver, now.coverage.count)
