"""`detcov snapshot`: keep what the rules say today as a small file, for reports without git."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detcov.cli.given import FOLDER
from detcov.cli.history import release_of
from detcov.cli.output import shown, tell, write_files
from detcov.cli.run import RuleCommand, RunOptions, require_rules, run_options
from detcov.errors import HistoryError, UsageError

if TYPE_CHECKING:
    from detcov.facts import Facts
    from detcov.model import Corpus


@click.command(cls=RuleCommand)
@run_options(count=None, facts=True, date="SOURCE_DATE_EPOCH's, else that of the rules' commit")
@click.option(
    "-o",
    "--out",
    "folder",
    type=FOLDER,
    default=Path("reports/history"),
    show_default=True,
    help="Folder of the snapshots.",
)
@click.pass_context
def snapshot(ctx: click.Context, /, folder: Path, **options: Any) -> None:
    """Add a snapshot of the rules to a folder, one a day; what is there is never changed.

    The day is --date, else SOURCE_DATE_EPOCH's, else that of the commit the rules are in.
    A SOURCE is a folder or file, or label=PATH; the default is rules/.
    """
    from detcov import __version__
    from detcov.history.snapshot import Dataset, Snapshot, encode_snapshot
    from detcov.history.snapshot_folder import may_be_written
    from detcov.report.words import many

    run = RunOptions(**options)
    release = release_of(run, run.attack)
    corpus, hashes = _read(run)
    tell(corpus.failures, run.named)
    require_rules(corpus, run.named)
    day, commit = _day(run)
    facts = _facts(run, day)
    made = Snapshot(
        date=day,
        corpus=corpus,
        hashes=hashes,
        dataset=Dataset(domain=release.domain, version=release.version, sha256=release.sha256),
        tool=__version__,
        commit=commit,
        facts=facts.facts,
    )
    path = folder / made.file_name
    if may_be_written(made, folder):
        write_files({path: encode_snapshot(made)}, option="folder")
        told = many(len(corpus.rules), "rule")
        click.echo(f"Wrote {shown(path)}: {told}.")
    else:
        click.echo(f"{shown(path)} is there already, the same.")
    tell(facts.failures, run.named)
    if corpus.failures or facts.failures:
        ctx.exit(3)


def _facts(run: RunOptions, day: str) -> Facts:
    from detcov.load.facts import read_facts

    return read_facts(*run.facts, date=day, max_bytes=run.max_bytes)


def _read(run: RunOptions) -> tuple[Corpus, dict[tuple[str, str], str]]:
    """The rules, and the hash of each file."""
    from detcov import api
    from detcov.history.snapshot import NotedSource
    from detcov.source import open_sources

    hashes: dict[tuple[str, str], str] = {}
    opened = open_sources(run.named, max_bytes=run.max_bytes, exclude=run.exclude)
    noted = [NotedSource(one, hashes) for one in opened]
    return api.read_opened(noted, cache_dir=run.folder, rule_format=run.rule_format), hashes


def _day(run: RunOptions) -> tuple[str, str | None]:
    """The day of the snapshot, and the commit that the first source is in."""
    from detcov.history.git import open_repository
    from detcov.source import split_label

    stated = run.day
    try:
        head = open_repository(split_label(run.named[0])[1].absolute()).head()
    except HistoryError as error:
        if stated is None:
            raise UsageError(f"which day is it? Give --date ({error})") from error
        return stated, None
    return stated or head.day, head.sha
