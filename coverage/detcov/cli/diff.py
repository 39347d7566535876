"""`detcov diff`: what changed between two revisions, snapshots, folders or layers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detcov.cli.history import ATTACK_BEFORE, REPO, compare_sides, release_of, sides
from detcov.cli.output import output_options, put, tell
from detcov.cli.run import RuleCommand, RunOptions, run_options, tell_notes
from detcov.errors import UsageError

if TYPE_CHECKING:
    from detcov.attack.release import Release
    from detcov.model import ParseFailure
    from detcov.report.layer_diff import ScoredLayer


@click.command(cls=RuleCommand)
@click.argument("before")
@click.argument("after")
@run_options(count="live")
@REPO
@ATTACK_BEFORE
@output_options("text", "markdown", "csv", "json", "html", "layer")
@click.pass_context
def diff(
    ctx: click.Context,
    /,
    before: str,
    after: str,
    repo: Path | None,
    attack_before: tuple[str, ...],
    kind: str,
    target: str,
    **options: Any,
) -> None:
    """Say what changed from BEFORE to AFTER: techniques, rules, findings, tactics.

    Each is a git revision (a name, a hash, a date, or a span such as 1w), a snapshot's file, a
    folder, or a Navigator layer (both then). SOURCE says where rules lie in a git revision; the
    default is rules/.
    """
    run = RunOptions(**options)
    failures: tuple[ParseFailure, ...] = ()
    layers = _layers(before, after)
    if layers is not None:
        data = _of_layers(run, *layers, kind)
    else:
        data, failures = _of_rules(run, repo, before, after, attack_before, kind)
    put(data, kind, target)
    tell(dict.fromkeys(failures))
    if failures:
        ctx.exit(3)


def _of_rules(
    run: RunOptions,
    repo: Path | None,
    before: str,
    after: str,
    attack_before: tuple[str, ...],
    kind: str,
) -> tuple[bytes, tuple[ParseFailure, ...]]:
    """What changed in rules, and the files of both sides that couldn't be read."""
    from detcov.report.change import diff as document_of
    from detcov.report.formats import render_document

    with sides(run, repo) as found:
        old, new = found.read(before), found.read(after)
        compared = compare_sides(run, found, old, new, attack_before)
    tell_notes(new.corpus)
    titles = compared.titles
    failures = (
        *(titles.failure(one, gone=True) for one in compared.before.corpus.failures),
        *map(titles.failure, new.corpus.failures),
    )
    if kind != "layer":
        full = kind != "text"
        document = document_of(
            compared.change, titles, compared.after, stages=compared.stages, full=full
        )
        return render_document(document, kind, lead=True), failures
    from detcov.report.change_layer import change_layer

    data = change_layer(compared.change, compared.after, titles, name="What changed")
    return data, failures


def _layers(before: str, after: str) -> tuple[Path, Path] | None:
    """Both sides' files where they are Navigator layers; raises `UsageError` for only one."""
    from detcov.report.layer_diff import is_layer
    from detcov.source import is_file

    paths = Path(before), Path(after)
    found = [is_file(path) and is_layer(path) for path in paths]
    if any(found) and not all(found):
        layer, other = (before, after) if found[0] else (after, before)
        raise UsageError(
            f"{layer} is a layer and {other} isn't: a layer can be compared with a layer only"
        )
    return paths if all(found) else None


def _of_layers(run: RunOptions, before: Path, after: Path, kind: str) -> bytes:
    from detcov.report.formats import render_document
    from detcov.report.layer_diff import layer_diff, layer_of, read_layer

    old, new = read_layer(before), read_layer(after)
    if kind != "layer":
        return render_document(layer_diff(old, new), kind)
    return layer_of(old, new, _release_drawn(run, old, new))


def _release_drawn(run: RunOptions, before: ScoredLayer, after: ScoredLayer) -> Release | None:
    """The release to draw what changed with: that of --attack, else that Navigator takes."""
    from detcov.attack.drawn import newest_at_hand, release_at_hand

    if run.attack is not None:
        release = release_of(run, run.attack)
        if release.domain != after.domain:
            raise UsageError(f"{release.title} isn't of the layers' domain, {after.domain}")
        return release
    major = after.version or before.version or newest_at_hand(after.domain, run.folder)
    return None if major is None else release_at_hand(after.domain, int(major), run.folder)
