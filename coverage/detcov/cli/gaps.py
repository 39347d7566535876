"""`detcov gaps`: what of a platform no rule looks at, why it matters, what to build."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from msgspec import structs

from detcov.cli.output import hush_drawing, output_options, put
from detcov.cli.run import RuleCommand, RunOptions, build, build_beside, read, run_options

if TYPE_CHECKING:
    from detcov.model import Corpus
    from detcov.study import Study

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
    help='Points of a part of a gap\'s score, 0 or more, such as "general=1" (repeatable).',
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
    metavar="N",
    help="Gaps told in sentences [default: 10 as text, else all].",
)
@click.option("--full", is_flag=True, help="As text, too: every table and every gap.")
@click.option("--title", default="Gaps", show_default=True, help="Heading.")
@output_options("text", "markdown", "json", "csv", "html", "png", "layer")
@click.pass_context
def gaps(
    ctx: click.Context,
    /,
    *,
    top: int | None,
    full: bool,
    title: str,
    kind: str,
    target: str,
    **options: Any,
) -> None:
    """Tell which techniques of a platform no rule looks at, why that matters, what to build.

    A SOURCE is a folder or file, or label=PATH; the default is rules/. Without --platform, one
    line a platform. What --group, --software and --campaign name adds up.
    """
    from detcov import api
    from detcov.attack.published import newer_than
    from detcov.report.gaps import GapReportOptions
    from detcov.report.gaps_files import render_gaps

    if kind == "png":
        hush_drawing()
    chosen = _chosen(options)
    others: tuple[str, ...] = options.pop("candidates")
    run = RunOptions(**options)
    date = run.day  # before the rules are read: it may be none
    study, candidates = _read(structs.replace(run, platform=()), others)
    found = api.gaps_of(study, *run.platform, candidates=candidates, cache_dir=run.folder, **chosen)
    report = GapReportOptions(
        title=title, full=full, top=top, newer=newer_than(study.release), date=date
    )
    put(render_gaps(study, found, kind, overview=not run.platform, options=report), kind, target)
    if study.failures or (candidates is not None and candidates.failures):
        ctx.exit(3)


def _chosen(options: dict[str, Any]) -> dict[str, Any]:
    """What `api.gaps_of` narrows down and weighs by, taken out of the options."""
    from detcov.cli.names import read_names

    return {
        "tactics": options.pop("tactic"),
        "groups": read_names(options.pop("group")),
        "software": read_names(options.pop("software")),
        "campaigns": read_names(options.pop("campaign")),
        "scope": options.pop("scope"),
        "weights": options.pop("weight"),
    }


def _read(run: RunOptions, others: tuple[str, ...]) -> tuple[Study, Corpus | None]:
    """Our rules, and those of other corpora that may close gaps."""
    if not others:
        return build(run), None
    theirs = structs.replace(run, sources=others, rule_format=None, alias=())
    return build_beside(run, lambda: read(theirs))
