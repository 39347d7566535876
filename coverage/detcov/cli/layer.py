"""`detcov layer`: one Navigator layer, and nothing loaded that it doesn't need."""

from pathlib import Path
from typing import Any

import click

from detcov.cli.run import RunOptions, build, print_json, run_options


@click.command()
@run_options(count="live", facts=True)
@click.option(
    "-o",
    "--output",
    default="coverage.layer.json",
    show_default=True,
    help='File to write; "-" is standard output.',
)
@click.option("--title", default="Detection coverage", show_default=True, help="Layer's name.")
@click.option("--link-base", metavar="URL", help="Where a rule's path leads to, for links.")
@click.pass_context
def layer(
    ctx: click.Context, /, output: str, title: str, link_base: str | None, **options: Any
) -> None:
    """Write the coverage of rules as one ATT&CK Navigator layer.

    A SOURCE is a folder or file, or label=PATH; the default is rules/.
    """
    from detcov.report.layer import LayerOptions, render_layer
    from detcov.report.write import write

    study = build(RunOptions(**options))
    data = render_layer(study, options=LayerOptions(name=title, link_base=link_base))
    if output == "-":
        print_json(data)
    else:
        write(Path(output), data)
        headline = study.coverage.headline
        click.echo(
            f"Wrote {click.format_filename(output)}: {headline.numerator:,} of "
            f"{headline.denominator:,} techniques covered, {study.release.title}."
        )
    if study.failures:
        ctx.exit(3)
