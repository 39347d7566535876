"""`detcov pr`: a comment for a pull request, in Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from detcov.cli.history import REPO, compare_sides, sides
from detcov.cli.output import output_options, put, tell
from detcov.cli.run import RuleCommand, RunOptions, run_options, tell_notes

if TYPE_CHECKING:
    from detcov.timeline.side import Side, Sides

_FAILS: Final[Mapping[str, tuple[str, ...]]] = {
    "error": ("error",),
    "warning": ("error", "warning"),
    "drift": ("error", "drift"),
    "never": (),
}
"""Levels of new findings that a choice of --fail-on fails on"""


@click.command(cls=RuleCommand)
@run_options(count="live")
@REPO
@click.option("--base", required=True, metavar="REV", help="What the change is merged into.")
@click.option("--head", default="HEAD", show_default=True, metavar="REV", help="The change.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "drift", "never"]),
    default="never",
    show_default=True,
    help="Exit 1 on new findings of this level; warning and drift include errors.",
)
@output_options("markdown", "text", "json", "html")
@click.pass_context
def pr(
    ctx: click.Context,
    /,
    repo: Path | None,
    base: str,
    head: str,
    fail_on: str,
    kind: str,
    target: str,
    **options: Any,
) -> None:
    """Say what a change adds, removes and breaks: a comment for a pull request.

    Every new error is named; Markdown stays within the 65,536 characters of a comment on GitHub.

    SOURCE says where the rules lie in the repository; the default is rules/.
    """
    from detcov.report.pull_request import render_pull_request

    run = RunOptions(**options)
    with sides(run, repo) as found:
        before, after = _both(found, base, head)
        compared = compare_sides(run, found, before, after)
    tell_notes(compared.after.corpus)
    change, titles = compared.change, compared.titles
    put(render_pull_request(change, titles, compared.after, kind), kind, target)
    tell(map(titles.failure, compared.after.corpus.failures))
    if compared.after.corpus.failures:
        ctx.exit(3)
    if any(one.level in _FAILS[fail_on] for one in change.found):
        ctx.exit(1)


def _both(found: Sides, base: str, head: str) -> tuple[Side, Side]:
    """What the change began from, and the change: what the base did since isn't its doing."""
    repository = found.reader.repository
    now = repository.head().time
    onto, change = repository.commit(base, now=now), repository.commit(head, now=now)
    return found.commit(repository.merge_base(onto, change) or onto), found.commit(change)
