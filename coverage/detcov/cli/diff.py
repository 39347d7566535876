"""`detcov diff`: what changed between two revisions, snapshots or folders."""

import sys
from pathlib import Path
from typing import Any

import click

from detcov.cli.history import ATTACK_BEFORE, REPO, compare_sides, sides
from detcov.cli.run import RunOptions, run_options


@click.command()
@click.argument("before")
@click.argument("after")
@run_options(count="live")
@REPO
@ATTACK_BEFORE
@click.option(
    "--format",
    "kind",
    type=click.Choice(["text", "markdown", "csv", "json", "html", "layer"]),
    default="text",
    show_default=True,
    help="Output format.",
)
@click.option(
    "-o",
    "--output",
    "target",
    default="-",
    show_default=True,
    help='File to write; "-" is standard output.',
)
@click.pass_context
def diff(
    ctx: click.Context,
    /,
    before: str,
    after: str,
    repo: Path | None,
    attack_before: str | None,
    kind: str,
    target: str,
    **options: Any,
) -> None:
    """Say what changed from BEFORE to AFTER: techniques, rules, findings, tactics.

    Each is a git revision (a name, a hash, a date, or a span such as 1w), a snapshot's file or a
    folder. SOURCE says where rules lie in a git revision; the default is rules/.
    """
    from detcov.report.change import diff as document_of
    from detcov.report.formats import render_document
    from detcov.report.write import write

    run = RunOptions(**options)
    with sides(run, repo) as found:
        old, new = found.read(before), found.read(after)
        compared = compare_sides(run, found, old, new, attack_before)
    if kind == "layer":
        from detcov.report.change_layer import change_layer

        data = change_layer(
            compared.change, compared.after.release, compared.titles, name="What changed"
        )
    else:
        data = render_document(document_of(compared.change, compared.titles), kind)
    if target == "-":
        sys.stdout.buffer.write(data)
    else:
        write(Path(target), data)
    if old.corpus.failures or new.corpus.failures:
        ctx.exit(3)
