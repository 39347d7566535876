"""`detcov check`: findings on the terminal or as JSON, and an exit code for CI."""

import sys
from collections.abc import Iterable
from typing import Any, Final

import click

from detcov.cli.gate import only_new
from detcov.cli.output import put
from detcov.cli.run import RuleCommand, RunOptions, build, run_options
from detcov.model import Finding

_FAILING: Final = {
    "error": frozenset({"error"}),
    "warning": frozenset({"error", "warning"}),
    "drift": frozenset({"error", "drift"}),
    "never": frozenset[str](),
}
"""What --fail-on may be, to the levels of the findings that it names"""


@click.command(cls=RuleCommand)
@run_options(
    count="active",
    counts="Rules to judge: all judges deprecated ones, too; live is as active.",
    platform=False,
    facts=True,
)
@click.option(
    "--fail-on",
    type=click.Choice(list(_FAILING)),
    default="error",
    show_default=True,
    help="Exit 1 on these; warning and drift each include errors.",
)
@click.option(
    "--show",
    type=click.Choice(["error", "warning", "note", "drift"]),
    default="warning",
    show_default=True,
    help="List findings down to this level; sums of the rest.",
)
@click.option(
    "--format",
    type=click.Choice(["text", "csv", "json"]),
    default="text",
    show_default=True,
    help="Output format.",
)
@click.option(
    "--person",
    is_flag=True,
    help="Only, and all, that needs a person to decide after a change of ATT&CK.",
)
@click.option(
    "--baseline",
    metavar="FILE|REV",
    help="Only findings that it hasn't: a git revision, a snapshot, a findings.json.",
)
@click.option(
    "--show-ignored",
    is_flag=True,
    help="List the files that were passed over, and why.",
)
@click.pass_context
def check(
    ctx: click.Context,
    /,
    fail_on: str,
    show: str,
    person: bool,
    baseline: str | None,
    show_ignored: bool,
    **options: Any,
) -> None:
    """Check the mappings of rules.

    A SOURCE is a folder or file, or label=PATH; the default is rules/.
    """
    from detcov.report.findings import findings_table, render_findings
    from detcov.report.tables import render_findings_json

    kind = options.pop("format")
    run = RunOptions(**options)
    study = build(run)
    findings = study.findings if baseline is None else only_new(run, study, baseline)
    if person:
        show = "drift"
        findings = tuple(one for one in findings if one.need_person)
    if kind == "json":
        put(render_findings_json(study, findings=findings), kind)
    elif kind == "csv":
        from detcov.report.formats import render_document

        put(render_document(findings_table(study, findings, sources=run.named), kind), kind)
    else:
        bold = sys.stdout.isatty()
        text = render_findings(
            study,
            findings=findings,
            show=show,
            bold=bold,
            sources=run.named,
            show_ignored=show_ignored,
        )
        click.echo(text, nl=False)
    if study.failures:
        ctx.exit(3)
    if _fails(findings, fail_on):
        ctx.exit(1)


def _fails(findings: Iterable[Finding], fail_on: str) -> bool:
    """Return whether a finding is one of those that --fail-on names."""
    failing = _FAILING[fail_on]
    return any(finding.level in failing for finding in findings)
