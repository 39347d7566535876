"""`detcov suggest`: which rules of other corpora close the most of what is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from msgspec import structs

from detcov.cli.gaps import SCOPE, WEIGHT
from detcov.cli.output import output_options, put
from detcov.cli.run import RuleCommand, RunOptions, build_beside, read, run_options
from detcov.model import RuleIndex

if TYPE_CHECKING:
    from detcov.analysis.suggest import Suggestions
    from detcov.load.licence import Licence
    from detcov.model import Corpus


@click.command(cls=RuleCommand)
@run_options(count="live")
@click.option(
    "--from",
    "from",
    multiple=True,
    metavar="CORPUS",
    help="Folder or file of candidates, or label=PATH (repeatable).",
)
@click.option(
    "--max",
    "max",
    type=click.IntRange(min=1),
    metavar="N",
    default=20,
    show_default=True,
    help="Rules to suggest at most.",
)
@SCOPE
@WEIGHT
@click.option("--full", is_flag=True, help="Every table whole in text, too.")
@click.option("--title", default="Suggested rules", show_default=True, help="Heading.")
@output_options("text", "markdown", "json", "csv", "html")
@click.pass_context
def suggest(
    ctx: click.Context,
    /,
    *,
    scope: tuple[str, ...],
    weight: tuple[str, ...],
    full: bool,
    title: str,
    kind: str,
    target: str,
    **options: Any,
) -> None:
    """Choose the fewest rules of other corpora that close the most of your gaps.

    A SOURCE is a folder or file of your rules, or label=PATH; the default is rules/. Rules are
    candidates if they count as yours do, and, with --platform, look at the platform.
    """
    from detcov import api
    from detcov.attack.published import newer_than
    from detcov.attack.store import load_threats
    from detcov.errors import UsageError
    from detcov.report.formats import render_document
    from detcov.report.suggest import SuggestReportOptions, suggest_document

    corpora, most = options.pop("from"), options.pop("max")
    if not corpora:
        raise UsageError("name a corpus to choose from: --from sigma=PATH")
    run = RunOptions(**options)
    theirs = structs.replace(run, sources=corpora, rule_format=None, alias=())
    study, candidates = build_beside(structs.replace(run, platform=()), lambda: read(theirs))
    found = api.suggest_from(
        study,
        candidates,
        threats=load_threats(study.release, cache_dir=run.folder),
        platforms=run.platform,
        scope=scope,
        weights=weight,
        most=most,
    )
    report = SuggestReportOptions(
        title=title,
        full=full or kind != "text",
        newer=newer_than(study.release),
        licences=_licences(candidates, found, corpora),
    )
    document = suggest_document(study, candidates, found, report)
    put(render_document(document, kind, lead=True), kind, target)
    if study.corpus.failures or candidates.failures:
        ctx.exit(3)


def _licences(
    candidates: Corpus, found: Suggestions, corpora: tuple[str, ...]
) -> dict[RuleIndex, tuple[Licence | None, ...]]:
    """Of each suggested rule in each of its places, in the order of `Corpus.copies`."""
    from detcov.load.licence import licences
    from detcov.source import roots_of

    places: dict[RuleIndex, list[RuleIndex]] = {one.rule: [one.rule] for one in found.picked}
    for position, index in enumerate(candidates.canonical):
        if index in places and position != index:
            places[index].append(RuleIndex(position))
    stated = licences(candidates, (one for of in places.values() for one in of), roots_of(corpora))
    return {index: tuple(map(stated.get, of)) for index, of in places.items()}
