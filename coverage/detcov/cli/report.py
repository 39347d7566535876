"""`detcov report`: the main job."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from detcov.cli.gate import gate, gate_options
from detcov.cli.run import RunOptions, build, run_options
from detcov.errors import UsageError


@click.command()
@run_options(count="live")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="Folder for the files.",
)
@click.option("--title", default="Detection coverage", show_default=True, help="Heading.")
@click.option("--date", help="Date shown on heatmap and pictures [default: SOURCE_DATE_EPOCH's].")
@click.option("--link-base", metavar="URL", help="Where a rule's path leads to, for links.")
@gate_options
@click.pass_context
def report(
    ctx: click.Context,
    /,
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
    from detcov.attack.store import load_threats
    from detcov.report.files import ReportOptions, render_report
    from detcov.report.summary import summary
    from detcov.report.text import render_text
    from detcov.report.write import write

    date = date or _epoch_date()
    gates = {name: options.pop(name) for name in ("fail_under", "no_lost", "baseline")}
    run = RunOptions(**options)
    study = build(run)
    bold = sys.stdout.isatty()
    click.echo(render_text(summary(study, newer=newer_than(study.release)), bold=bold))
    files = render_report(
        study,
        threats=load_threats(study.release, cache_dir=run.folder),
        options=ReportOptions(title=title, date=date, link_base=link_base),
    )
    for name, data in files.items():
        write(out / name, data)
    if major := (study.release.version or "").split(".")[0]:
        click.echo(f"The layer needs a Navigator with ATT&CK {major} data.")
    click.echo(f"Wrote {len(files)} files to {click.format_filename(out)}/.")
    missed = gate(run, study, **gates)
    if study.corpus.failures:
        ctx.exit(3)
    if missed:
        ctx.exit(1)


def _epoch_date() -> str | None:
    """The day of SOURCE_DATE_EPOCH (reproducible-builds.org), where it is set."""
    from datetime import UTC, datetime

    stated = os.environ.get("SOURCE_DATE_EPOCH")
    if not stated:
        return None
    try:
        return f"{datetime.fromtimestamp(int(stated), UTC):%Y-%m-%d}"
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"SOURCE_DATE_EPOCH={stated}: not a time in seconds") from error
