"""`detcov gaps`: what of a platform no rule looks at, why it matters, what to build."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import structs

from detcov.cli.run import RuleCommand, RunOptions, build, epoch_day, run_options

if TYPE_CHECKING:
    from detcov.model import Corpus

_FORMATS = ("text", "markdown", "json", "csv", "html", "png", "layer")

SCOPE = click.option(
    "--scope",
    multiple=True,
    metavar="COLUMN=WHAT:PATTERN",
    help='Put rules into a column, such as "runtime=tag:Team: Containers" (repeatable).',
)
WEIGHT = click.option(
    "--weight",
    multiple=True,
    metavar="PART=N",
    help='Points of a part of a gap\'s score, such as "general=1" (repeatable).',
)


@click.command(cls=RuleCommand)
@run_options(count="live", facts=True)
@click.option("--tactic", multiple=True, metavar="T", help="Only this tactic (repeatable).")
@click.option(
    "--group", multiple=True, metavar="G", help="Only what it uses: TeamTNT,G0106 or @FILE."
)
@click.option("--software", multiple=True, metavar="S", help="Only what this software uses.")
@click.option("--campaign", multiple=True, metavar="C", help="Only what this campaign uses.")
@click.option(
    "--candidates",
    multiple=True,
    metavar="SOURCE",
    help="Rules of another corpus that may close a gap (repeatable).",
)
@SCOPE
@WEIGHT
@click.option(
    "--top",
    type=click.IntRange(min=0),
    help="Gaps told in sentences [default: 10 as text or data, else all].",
)
@click.option("--full", is_flag=True, help="As text, too: every table and every gap.")
@click.option("--title", default="Gaps", show_default=True, help="Heading.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="Form of the report.",
)
@click.option("-o", "--output", "to", metavar="FILE", help="File to write [default: screen].")
@click.pass_context
def gaps(
    ctx: click.Context,
    /,
    *,
    top: int | None,
    full: bool,
    title: str,
    form: str,
    to: str | None,
    **options: Any,
) -> None:
    """Tell which techniques of a platform no rule looks at, why that matters, what to build.

    A SOURCE is a folder or file, or label=PATH; the default is rules/. Without --platform, one
    line a platform. What --group, --software and --campaign name adds up.
    """
    from detcov import api
    from detcov.attack.published import newer_than
    from detcov.cli.names import read_names
    from detcov.report.gaps import GapReportOptions
    from detcov.report.gaps_files import render_gaps

    date = _day(options["date"])
    chosen = {
        theirs: options.pop(ours)
        for ours, theirs in (
            ("tactic", "tactics"),
            ("group", "groups"),
            ("software", "software"),
            ("campaign", "campaigns"),
            ("scope", "scope"),
            ("weight", "weights"),
        )
    }
    for kind in ("groups", "software", "campaigns"):
        chosen[kind] = read_names(chosen[kind])
    others: tuple[str, ...] = options.pop("candidates")
    run = RunOptions(**options)
    study = build(structs.replace(run, platform=()))
    candidates = _candidates(run, others) if others else None
    found = api.gaps_of(study, *run.platform, candidates=candidates, cache_dir=run.folder, **chosen)
    report = GapReportOptions(
        title=title, full=full, top=top, newer=newer_than(study.release), date=date
    )
    _write(render_gaps(study, found, form, overview=not run.platform, options=report), form, to)
    if study.failures or (candidates is not None and candidates.failures):
        ctx.exit(3)


def _day(stated: str | None) -> str | None:
    """The day of the report; raises `UsageError` for what is none."""
    if stated is None:
        return epoch_day()
    from detcov.cli.history import stated_day

    return stated_day(stated)


def _candidates(run: RunOptions, sources: tuple[str, ...]) -> Corpus:
    """Rules of other corpora; says which files couldn't be read."""
    from detcov import api
    from detcov.cli.history import tell

    corpus = api.read_rules(*sources, cache_dir=run.folder, max_bytes=run.max_bytes)
    tell(corpus.failures)
    return corpus


def _write(data: bytes, form: str, to: str | None) -> None:
    if to is not None and to != "-":
        from detcov.report.write import write

        write(Path(to), data)
        click.echo(f"Wrote {click.format_filename(to)}.")
        return
    if form in {"json", "layer"}:
        from detcov.cli.run import print_json

        print_json(data)
    else:
        sys.stdout.buffer.write(data)
