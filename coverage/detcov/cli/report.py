"""`detcov report`: the main job."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detcov.cli.gaps import SCOPE, WEIGHT
from detcov.cli.gate import gate, gate_options, read_gates
from detcov.cli.given import PLACE
from detcov.cli.output import hush_drawing, shown, write_files
from detcov.cli.run import RuleCommand, RunOptions, build, run_options

if TYPE_CHECKING:
    from detcov.analysis.gap_study import GapStudy
    from detcov.study import Study


@click.command(cls=RuleCommand)
@run_options(count="live", facts=True)
@click.option(
    "-o",
    "--out",
    type=PLACE,
    default=Path("reports"),
    show_default=True,
    help="Folder for the files.",
)
@click.option("--title", default="Detection coverage", show_default=True, help="Heading.")
@click.option("--link-base", metavar="URL", help="Where a rule's path leads to, for links.")
@click.option(
    "--gaps",
    multiple=True,
    metavar="PLATFORM",
    help="Write this platform's gaps, too (repeatable) [default: Containers, if rules look there].",
)
@SCOPE
@WEIGHT
@gate_options
@click.pass_context
def report(
    ctx: click.Context,
    /,
    out: Path,
    title: str,
    link_base: str | None,
    gaps: tuple[str, ...],
    scope: tuple[str, ...],
    weight: tuple[str, ...],
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

    hush_drawing()
    gates = read_gates(*(options.pop(name) for name in ("fail_under", "no_lost", "baseline")))
    run = RunOptions(**options)
    date = run.day
    study = build(run)
    bold = sys.stdout.isatty()
    click.echo(render_text(summary(study, newer=newer_than(study.release)), bold=bold))
    files = render_report(
        study,
        threats=load_threats(study.release, cache_dir=run.folder),
        gaps=_gaps(study, gaps, scope, weight, run.folder),
        options=ReportOptions(title=title, date=date, link_base=link_base),
    )
    write_files({out / name: data for name, data in files.items()}, option="out")
    if major := (study.release.version or "").split(".")[0]:
        click.echo(f"The layer needs a Navigator with ATT&CK {major} data.")
    click.echo(f"Wrote {len(files)} files to {shown(out)}/.")
    missed = gate(run, study, gates)
    if study.failures:
        ctx.exit(3)
    if missed:
        ctx.exit(1)


def _gaps(
    study: Study,
    platforms: tuple[str, ...],
    scope: tuple[str, ...],
    weights: tuple[str, ...],
    folder: Path | None,
) -> tuple[GapStudy, ...]:
    """The gaps of these platforms; unless some are given, of Containers, if a rule looks there."""
    from detcov import api
    from detcov.analysis.looking import CONTAINERS

    if platforms:
        return api.gaps_of(study, *platforms, scope=scope, weights=weights, cache_dir=folder)
    scoped = study.coverage.platforms
    if CONTAINERS not in (scoped or study.release.platforms):
        return ()
    found = api.gaps_of(study, CONTAINERS, scope=scope, weights=weights, cache_dir=folder)
    return found if any(one.gaps.rules[name] for one in found for name in one.gaps.closes) else ()
