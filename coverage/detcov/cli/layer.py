"""`detcov layer`: one Navigator layer, and nothing loaded that it doesn't need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detcov.cli.output import put, shown, write_files
from detcov.cli.run import RuleCommand, RunOptions, build, run_options
from detcov.errors import UsageError

if TYPE_CHECKING:
    from detcov.analysis.split import Dimension
    from detcov.report.layer import LayerOptions
    from detcov.study import Study


@click.command(cls=RuleCommand)
@run_options(count="live", facts=True)
@click.option(
    "-o",
    "--output",
    default="-",
    show_default=True,
    metavar="PATH",
    help='File to write; "-" is standard output. With --split the folder, which has to be named.',
)
@click.option(
    "--split",
    type=click.Choice(["source", "format", "severity", "tag", "platform", "tactic"]),
    help="One layer for each, and an index page.",
)
@click.option("--title", default="Detection coverage", show_default=True, help="Layer's name.")
@click.option("--link-base", metavar="URL", help="Where a rule's path leads to, for links.")
@click.pass_context
def layer(
    ctx: click.Context,
    /,
    output: str,
    split: Dimension | None,
    title: str,
    link_base: str | None,
    **options: Any,
) -> None:
    """Write the coverage of rules as an ATT&CK Navigator layer.

    A SOURCE is a folder or file, or label=PATH; the default is rules/.
    """
    from detcov.report.layer import LayerOptions

    if split is not None and output == "-":
        raise UsageError("--split writes many files: name a folder with -o FOLDER")
    study = build(RunOptions(**options))
    layer_options = LayerOptions(name=title, link_base=link_base)
    if split is None:
        _one(study, layer_options, output)
    else:
        _many(study, layer_options, split, Path(output))
    if study.failures:
        ctx.exit(3)


def _one(study: Study, options: LayerOptions, output: str) -> None:
    from detcov.report.layer import render_layer

    data = render_layer(study, options=options)
    if output == "-":
        put(data, "layer")
        return
    write_files({Path(output): data}, option="output")
    headline = study.coverage.headline
    click.echo(
        f"Wrote {shown(output)}: {headline.numerator:,} of "
        f"{headline.denominator:,} techniques covered, {study.release.title}."
    )


def _many(study: Study, options: LayerOptions, by: Dimension, folder: Path) -> None:
    from detcov.report.split import INDEX, render_split
    from detcov.report.words import many

    files = {folder / name: data for name, data in render_split(study, by, options=options)}
    write_files(files, option="output")
    layers = len(files) - 1  # the index is none
    click.echo(f"Wrote {many(layers, 'layer')} and {INDEX} to {shown(folder)}/.")
