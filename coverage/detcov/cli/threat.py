"""`detcov threat`: what groups, campaigns and software do, and which of it rules see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from msgspec import structs

from detcov.cli.gaps import SCOPE
from detcov.cli.output import output_options, put
from detcov.cli.run import RuleCommand, RunOptions, build, run_options

if TYPE_CHECKING:
    from detcov.analysis.threat import ThreatStudy
    from detcov.attack.threats import Actor, ActorKind, Threats
    from detcov.report.threat import ThreatReportOptions
    from detcov.study import Study

_KINDS: tuple[ActorKind, ...] = ("group", "software", "campaign")


@click.command(cls=RuleCommand)
@run_options(count="live")
@click.option("--group", multiple=True, metavar="G", help="Group: TeamTNT,G0106 or @FILE.")
@click.option("--software", multiple=True, metavar="S", help="Software, likewise.")
@click.option("--campaign", multiple=True, metavar="C", help="Campaign, likewise.")
@click.option("--with-software", is_flag=True, help="Also what a group's own software does.")
@SCOPE
@click.option("--full", is_flag=True, help="Every table whole in text, too.")
@click.option("--title", default="Threats", show_default=True, help="Heading.")
@output_options("text", "markdown", "json", "csv", "html", "layer")
@click.pass_context
def threat(
    ctx: click.Context,
    /,
    *,
    with_software: bool,
    scope: tuple[str, ...],
    full: bool,
    title: str,
    kind: str,
    target: str,
    **options: Any,
) -> None:
    """Tell which techniques of groups, campaigns and software your rules cover.

    A name is an id, a name or an alias, several with commas; @FILE is a file with one a line. A
    SOURCE is a folder or file, or label=PATH; the default is rules/.
    """
    from detcov import api
    from detcov.attack.actors import replaced
    from detcov.attack.published import newer_than
    from detcov.attack.store import load_threats
    from detcov.cli.names import read_names
    from detcov.errors import UsageError
    from detcov.report.threat import ThreatReportOptions

    asked = {kind: read_names(options.pop(kind)) for kind in _KINDS}
    if not any(asked.values()):
        raise UsageError("name at least one: --group TeamTNT,G0106, --software or --campaign")
    run = RunOptions(**options)
    study = build(structs.replace(run, platform=()))
    threats = load_threats(study.release, cache_dir=run.folder)
    found = api.threat_of(
        study,
        _actors(threats, asked),
        threats=threats,
        platforms=run.platform,
        scope=scope,
        with_software=with_software,
    )
    notes = (note for one, texts in asked.items() for note in replaced(threats, texts, one))
    report = ThreatReportOptions(
        title=title,
        full=full or kind != "text",
        newer=newer_than(study.release),
        notes=tuple(notes),
    )
    put(_rendered(study, found, kind, report), kind, target)
    if study.corpus.failures:
        ctx.exit(3)


def _rendered(study: Study, found: ThreatStudy, kind: str, options: ThreatReportOptions) -> bytes:
    if kind == "layer":
        from detcov.report.threat_layer import render_threat_layer

        return render_threat_layer(study, found, title=options.title)
    from detcov.report.formats import render_document
    from detcov.report.threat import threat_document

    document = threat_document(study, found, options)
    return render_document(document, kind, lead=True)


def _actors(threats: Threats, asked: dict[ActorKind, tuple[str, ...]]) -> tuple[Actor, ...]:
    from detcov.attack.actors import find_actors

    return tuple(one for kind, texts in asked.items() for one in find_actors(threats, texts, kind))
