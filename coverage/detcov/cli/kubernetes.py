"""`detcov kubernetes`: rules seen through Microsoft's Threat Matrix for Kubernetes."""

from __future__ import annotations

from typing import Any

import click

from detcov.cli.gaps import SCOPE
from detcov.cli.output import output_options, put
from detcov.cli.run import RuleCommand, RunOptions, build, run_options


@click.command(cls=RuleCommand)
@run_options(count="live", platform=False)
@SCOPE
@click.option("--full", is_flag=True, help="Every table whole in text, too.")
@click.option("--title", default="Kubernetes", show_default=True, help="Heading.")
@output_options("text", "markdown", "json", "csv", "html")
@click.pass_context
def kubernetes(
    ctx: click.Context,
    /,
    *,
    scope: tuple[str, ...],
    full: bool,
    title: str,
    kind: str,
    target: str,
    **options: Any,
) -> None:
    """Show your rules in the columns of Microsoft's Threat Matrix for Kubernetes.

    A SOURCE is a folder or file, or label=PATH; the default is rules/. Rules of the control plane
    and the runtime count, whatever platform they state.
    """
    from detcov import api
    from detcov.attack.published import newer_than
    from detcov.report.formats import render_document
    from detcov.report.kubernetes import KubernetesReportOptions, kubernetes_document

    study = build(RunOptions(**options))
    report = KubernetesReportOptions(
        title=title, full=full or kind != "text", newer=newer_than(study.release)
    )
    document = kubernetes_document(study, api.kubernetes_lens(study, scope=scope), report)
    put(render_document(document, kind, lead=True), kind, target)
    if study.corpus.failures:
        ctx.exit(3)
