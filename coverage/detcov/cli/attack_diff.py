"""`detcov attack diff`: what changed between two releases, in general and for given rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from detcov.cli.given import FOLDER
from detcov.cli.output import output_options, put
from detcov.cli.run import EXCLUDE, RunOptions, default_cache_dir, read

if TYPE_CHECKING:
    from detcov.attack.release import Release
    from detcov.model import Corpus
    from detcov.report.attack_diff import RulesSeen


@click.command(short_help="What changed between two releases, for rules, too.")
@click.argument("older", metavar="OLDER")
@click.argument("newer", metavar="NEWER")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@output_options("text", "markdown", "csv", "json", "html")
@click.option(
    "--cache-dir",
    type=FOLDER,
    help="Cache folder [default: the user's].",
)
@EXCLUDE
@click.pass_context
def diff(
    ctx: click.Context,
    /,
    older: str,
    newer: str,
    sources: tuple[str, ...],
    kind: str,
    target: str,
    cache_dir: Path | None,
    exclude: tuple[str, ...],
) -> None:
    """Say what changed from release OLDER to NEWER; with a SOURCE also what that did to its rules.

    A release is a version (18.1) or the path of a STIX bundle; a SOURCE a folder or file.
    """
    from detcov.attack.changes import changes
    from detcov.attack.store import load_release
    from detcov.errors import UsageError
    from detcov.report.attack_diff import attack_diff
    from detcov.report.formats import render_document

    folder = cache_dir or default_cache_dir()
    first, second = (load_release(spec, cache_dir=folder) for spec in (older, newer))
    if first.domain != second.domain:
        raise UsageError(f"{first.title} and {second.title} are of different domains")
    run = RunOptions(sources=sources, cache_dir=folder, exclude=exclude)
    corpus = read(run) if sources else None
    seen = None if corpus is None else _seen(run, corpus, first, second)
    document = attack_diff(changes(first, second), first, second, rules=seen)
    put(render_document(document, kind, lead=True), kind, target)
    if corpus is not None and corpus.failures:
        ctx.exit(3)


def _seen(run: RunOptions, corpus: Corpus, older: Release, newer: Release) -> RulesSeen:
    """The same rules under both releases."""
    from detcov.analysis.release_change import release_change
    from detcov.cli.history import study_maker
    from detcov.report.attack_diff import RulesSeen

    maker = study_maker(run, known=(older, newer))
    before, after = maker.study(corpus, older), maker.study(corpus, newer)
    return RulesSeen(
        change=release_change(before, after),
        before=before.coverage,
        after=after.coverage,
        ledger=after.ledger,
    )
