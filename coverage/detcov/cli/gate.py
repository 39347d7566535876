"""The gates of report and check: thresholds, lost techniques, findings that are new."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from msgspec import Struct, structs

from detcov.cli.history import sides, study_maker
from detcov.cli.output import say, tell
from detcov.cli.run import RunOptions
from detcov.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from detcov.model import Corpus, Finding
    from detcov.study import Study
    from detcov.timeline.gate import Threshold
    from detcov.timeline.side import Sides

_F = TypeVar("_F", bound="Callable[..., Any]")


def gate_options(function: _F) -> _F:
    """The options of `gate`."""
    for option in (
        click.option(
            "--baseline",
            metavar="FILE|REV",
            help="What --no-lost compares with: a git revision or a snapshot.",
        ),
        click.option(
            "--no-lost/--allow-lost",
            default=False,
            help="Exit 1 if a technique lost its last rule since --baseline.",
        ),
        click.option(
            "--fail-under",
            multiple=True,
            metavar="[P.]METRIC=PERCENT",
            help="Exit 1 under this, such as covered=60, Containers.covered=40 (repeatable).",
        ),
    ):
        function = option(function)
    return function


class Gates(Struct, frozen=True, kw_only=True):
    """What a run has to reach."""

    thresholds: tuple[Threshold, ...]
    lost_since: str | None
    """A baseline since which no technique may have lost its last rule; None asks for none"""


def read_gates(fail_under: tuple[str, ...], no_lost: bool, baseline: str | None) -> Gates:
    """The gates of the options. Raises `UsageError` for what is none, before anything is done."""
    if no_lost and baseline is None:
        raise UsageError("--no-lost needs --baseline: what to compare with")
    thresholds: tuple[Threshold, ...] = ()
    if fail_under:
        from detcov.timeline.gate import parse_threshold

        thresholds = tuple(map(parse_threshold, fail_under))
    return Gates(thresholds=thresholds, lost_since=baseline if no_lost else None)


def gate(run: RunOptions, study: Study, gates: Gates) -> bool:
    """Whether a gate is missed; says which, a line each, on standard error."""
    lines = [*_under(run, study, gates.thresholds)]
    if gates.lost_since is not None:
        lines += _lost(run, study, gates.lost_since)
    for line in lines:
        say(f"gate missed: {line}")
    return bool(lines)


def only_new(run: RunOptions, study: Study, baseline: str) -> tuple[Finding, ...]:
    """The findings that the baseline hasn't."""
    from detcov.analysis.change import identity, unknown
    from detcov.source import is_file
    from detcov.timeline.gate import known_findings

    path = Path(baseline)
    known: tuple[Hashable, ...] | None = None
    if is_file(path):
        try:
            known = known_findings(path.read_bytes())
        except OSError as error:
            raise InputError(f"{path}: {error.strerror or error}") from error
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
    if known is None:
        corpus = _corpus(run, study, baseline)
        known = tuple(map(identity, study_maker(run).study(corpus, study.release).findings))
    return unknown(study.findings, known)


def _under(run: RunOptions, study: Study, thresholds: tuple[Threshold, ...]) -> Iterator[str]:
    from detcov.timeline.gate import missed

    for threshold in thresholds:
        seen = study
        if threshold.platform:
            scoped = structs.replace(run, platform=(threshold.platform,))
            seen = study_maker(scoped).study(study.corpus, study.release)
        if (line := missed(threshold, seen.coverage)) is not None:
            yield line


def _lost(run: RunOptions, study: Study, baseline: str) -> Iterator[str]:
    from detcov.analysis.change import Turn, compare
    from detcov.report.changed_rules import turned

    before = study_maker(run).study(_corpus(run, study, baseline), study.release)
    for one in compare(before, study).of(Turn.LOST):
        yield f"lost {turned(one)}"


def _corpus(run: RunOptions, study: Study, baseline: str) -> Corpus:
    """The rules of the baseline; says which files of it couldn't be read."""
    from detcov.source import exists, is_file, split_label
    from detcov.timeline.side import same_labels

    paths = [path for _, path in map(split_label, run.named)]
    with sides(run, None) as found:
        if all(map(is_file, paths)) and not exists(Path(baseline)):
            return _files_then(found, run, baseline)
        corpus = found.read(baseline).corpus
    tell(corpus.failures, of=baseline)
    return same_labels(corpus, study.corpus)


def _files_then(found: Sides, run: RunOptions, revision: str) -> Corpus:
    """Return the rules that single files held in a git revision; a file it lacks is new."""
    from detcov.history.tree import CommitFiles
    from detcov.load.corpus import read_corpus, united
    from detcov.source import named_files, roots_of

    repository = found.reader.repository
    commit = repository.commit(revision.removeprefix("rev:"), now=repository.head().time)
    labels = tuple(roots_of(run.named))
    files: dict[str, dict[str, str]] = {label: {} for label in labels}
    for (label, shown), path in named_files(run.named).items():
        files[label][shown] = repository.folder_of(path)
    sources = [
        CommitFiles(label=label, repository=repository, commit=commit, files=files[label])
        for label in labels
    ]
    return united(read_corpus(sources, only=run.rule_format), run.alias)
