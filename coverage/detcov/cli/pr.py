"""`detcov pr`: a comment for a pull request, in Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detcov.cli.history import REPO, compare_sides, sides
from detcov.cli.output import output_options, put, tell
from detcov.cli.run import RuleCommand, RunOptions, run_options, tell_notes

if TYPE_CHECKING:
    from detcov.timeline.side import Side, Sides


@click.command(cls=RuleCommand)
@run_options(count="live")
@REPO
@click.option("--base", required=True, metavar="REV", help="What the change is merged into.")
@click.option("--head", default="HEAD", show_default=True, metavar="REV", help="The change.")
@output_options("markdown", "text", "json", "html")
@click.pass_context
def pr(
    ctx: click.Context,
    /,
    repo: Path | None,
    base: str,
    head: str,
    kind: str,
    target: str,
    **options: Any,
) -> None:
    """Say what a change adds, removes and breaks, in under 60 lines for a pull request.

    SOURCE says where the rules lie in the repository; the default is rules/.
    """
    from detcov.report.formats import render_document
    from detcov.report.pull_request import pull_request

    run = RunOptions(**options)
    with sides(run, repo) as found:
        before, after = _both(found, base, head)
        compared = compare_sides(run, found, before, after)
    tell_notes(compared.after.corpus)
    document = pull_request(compared.change, compared.titles, compared.after)
    put(render_document(document, kind, lead=True), kind, target)
    tell(map(compared.titles.failure, compared.after.corpus.failures))
    if compared.after.corpus.failures:
        ctx.exit(3)


def _both(found: Sides, base: str, head: str) -> tuple[Side, Side]:
    """What the change began from, and the change: what the base did since isn't its doing."""
    repository = found.reader.repository
    now = repository.head().time
    onto, change = repository.commit(base, now=now), repository.commit(head, now=now)
    return found.commit(repository.merge_base(onto, change) or onto), found.commit(change)
