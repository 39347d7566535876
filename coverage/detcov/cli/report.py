"""`detcov report`: the main job."""

import os
from pathlib import Path
from typing import Any

import click

from detcov.cli.run import RunOptions, build, run_options, tell_failures
from detcov.study import Study


@click.command()
@run_options(count="live")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="Folder for the files.",
)
@click.option("--title", default="Detection coverage", show_default=True, help="Heading.")
@click.option("--date", help="Date shown on heatmap and pictures [default: SOURCE_DATE_EPOCH's].")
@click.option("--link-base", metavar="URL", help="Where a rule's path leads to, for links.")
@click.pass_context
def report(  # noqa: PLR0913 - one parameter an option
    ctx: click.Context,
    out: Path,
    title: str,
    date: str | None,
    link_base: str | None,
    **options: Any,
) -> None:
    """Read rules, resolve their mappings, and write layer, heatmap and numbers.

    A SOURCE is a folder or file, or label=PATH; the default is rules/.
    """
    from detcov.attack.published import newer_than
    from detcov.report.summary import summary
    from detcov.report.text import render_text
    from detcov.report.write import write

    study = build(RunOptions(**options))
    tell_failures(study.corpus)
    bold = click.get_text_stream("stdout").isatty()
    click.echo(render_text(summary(study, newest=newer_than(study.release)), bold=bold))
    cache_dir = RunOptions(**options).folder
    files = _render(study, title, date or _epoch_date(), link_base, cache_dir)
    for name, data in files.items():
        write(out / name, data)
    major = (study.release.version or "").split(".")[0]
    needs = f"; the layer needs a Navigator with ATT&CK {major} data" if major else ""
    click.echo(f"Wrote {len(files)} files to {click.format_filename(out)}/{needs}.")
    if study.corpus.failures:
        ctx.exit(3)


def _render(
    study: Study, title: str, date: str | None, link_base: str | None, cache_dir: Path | None
) -> dict[str, bytes]:
    """Every file of a report by its name."""
    from detcov.attack.store import load_threats
    from detcov.report.heatmap import HeatmapOptions, render_heatmap
    from detcov.report.layer import LayerOptions, render_layer
    from detcov.report.picture import PictureOptions, render_pictures
    from detcov.report.tables import (
        render_coverage_csv,
        render_coverage_json,
        render_findings_json,
    )

    layer = render_layer(study, options=LayerOptions(name=title, link_base=link_base))
    pictures = render_pictures(study, options=PictureOptions(title=title, date=date))
    page = render_heatmap(
        study,
        threats=load_threats(study.release, cache_dir=cache_dir),
        layer=layer,
        options=HeatmapOptions(title=title, date=date, link_base=link_base),
    )
    return {
        "coverage.layer.json": layer,
        "heatmap.html": page,
        **{f"heatmap.{kind}": data for kind, data in pictures.items()},
        "coverage.csv": render_coverage_csv(study),
        "coverage.json": render_coverage_json(study),
        "findings.json": render_findings_json(study),
    }


def _epoch_date() -> str | None:
    """The day of SOURCE_DATE_EPOCH (reproducible-builds.org), where it is set."""
    from datetime import UTC, datetime

    stated = os.environ.get("SOURCE_DATE_EPOCH", "")
    return f"{datetime.fromtimestamp(int(stated), UTC):%Y-%m-%d}" if stated.isdigit() else None
