"""`detcov lint-layer`: what Navigator would refuse, drop or hide of a layer."""

from __future__ import annotations

import re
import sys
import textwrap
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec
from msgspec import UNSET, Struct, UnsetType

from detcov.attack.drawn import newest_at_hand, release_at_hand
from detcov.attack.release import Release
from detcov.cli.run import default_cache_dir
from detcov.errors import InputError
from detcov.layer.finding import LayerFinding
from detcov.layer.lint import lint_document
from detcov.layer.read import SIZE_LIMIT, read_document
from detcov.model import Severity
from detcov.report.clean import clean, clean_json, inert
from detcov.source import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FORMAT_VERSION: Final = 1
"""Of the JSON output. 1: the first."""
WIDTH: Final = 80


class FileReport(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one file: its findings, or why it couldn't be read."""

    file: str
    error: str | UnsetType = UNSET
    checked_against: tuple[str, ...] | UnsetType = UNSET
    """ATT&CK releases of its layers"""
    structure_only: tuple[str, ...] | UnsetType = UNSET
    """Why the checks that need ATT&CK were left out, of layers without a release at hand"""
    findings: tuple[LayerFinding, ...] | UnsetType = UNSET


def _major(
    ctx: click.Context,  # noqa: ARG001 - click gives it
    param: click.Parameter,  # noqa: ARG001 - click gives it
    value: str | None,
) -> int | None:
    """Return the major number of an ATT&CK version: Navigator goes by nothing else."""
    if value is None:
        return None
    version = re.fullmatch(r"v?([1-9][0-9]?)(?:\.[0-9]{1,2})?", value.strip(), re.ASCII)
    if version is None:
        raise click.BadParameter(f"{value!r} is no ATT&CK version such as 18 or 18.1")
    return int(version[1])


@click.command("lint-layer")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--attack",
    metavar="VERSION|PATH",
    help="Check against this release, not the one that the layer names.",
)
@click.option(
    "--navigator-attack",
    "newest",
    callback=_major,
    metavar="VERSION",
    help="Newest ATT&CK version of your Navigator. A layer without a version is judged against "
    "it [default: the newest release at hand].",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    help="Exit 1 on these; warning includes errors.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Output format.",
)
@click.pass_context
def lint_layer(
    ctx: click.Context,
    files: tuple[str, ...],
    attack: str | None,
    newest: int | None,
    fail_on: str,
    output_format: str,
) -> None:
    """Find what the ATT&CK Navigator would refuse, drop or hide of a layer.

    FILE is a layer of any tool, or a list of layers; "-" reads standard input.
    Exit code 1 at the --fail-on level, 3 when a file can't be read. An entry that can't be seen
    is an error.
    """
    releases = _Releases(_load(attack) if attack is not None else None, newest)
    reports = [_lint(file, releases, newest) for file in files]
    if output_format == "json":
        click.echo(clean_json(_as_json(reports).encode()).decode())
    else:
        for line in _as_text(reports):
            click.echo(line)
    for report in reports:
        if report.error is not UNSET:
            click.echo(clean(f"detcov: {report.file}: {report.error}"), err=True)
    ctx.exit(_exit_code(reports, fail_on))


class _Releases:
    """The release for each layer of a file, remembered for all files."""

    def __init__(self, named: Release | None, newest: int | None) -> None:
        self._named, self._newest = named, newest
        self._loaded: dict[tuple[str, int], Release | None] = {}
        self.used: set[str] = set()
        self.missing: set[str] = set()

    def start(self) -> None:
        """Begin a file."""
        self.used, self.missing = set(), set()

    def __call__(self, domain: str, major: int | None) -> Release | None:
        if self._named is not None:
            release = self._named if self._named.domain == domain else None
            why = f"{self._named.title} isn't of {domain}"
        elif (drawn := self._drawn(domain, major)) is None:
            release, why = None, f"no release of {domain} is at hand"
        else:
            release, why = self._at_hand(domain, drawn), f"{domain} {drawn} isn't at hand"
        if release is None:
            self.missing.add(why)
        else:
            self.used.add(release.title)
        return release

    def _drawn(self, domain: str, major: int | None) -> int | None:
        """The version that Navigator draws: the layer's own, else the newest that it has."""
        if major is not None:
            return major
        return self._newest or newest_at_hand(domain, default_cache_dir())

    def _at_hand(self, domain: str, major: int) -> Release | None:
        if (domain, major) not in self._loaded:
            self._loaded[domain, major] = release_at_hand(domain, major, default_cache_dir())
        return self._loaded[domain, major]


def _load(spec: str) -> Release:
    from detcov.attack.store import load_release

    return load_release(spec, cache_dir=default_cache_dir())


def _lint(file: str, releases: _Releases, newest: int | None) -> FileReport:
    releases.start()
    try:
        findings = lint_document(read_document(_read(file)), pick=releases, newest=newest)
    except InputError as error:
        return FileReport(file=printable(file), error=str(error))
    return FileReport(
        file=printable(file),
        checked_against=tuple(sorted(releases.used)),
        structure_only=tuple(sorted(releases.missing)),
        findings=findings,
    )


def _read(file: str) -> bytes:
    """Read a file, a little further than the limit, for the reader to refuse it."""
    try:
        if file == "-":
            if sys.stdin is None:
                raise InputError("standard input is closed")
            return sys.stdin.buffer.read(SIZE_LIMIT + 1)
        with Path(file).open("rb") as stream:
            return stream.read(SIZE_LIMIT + 1)
    except IsADirectoryError as error:
        raise InputError("is a folder; name the layers' files") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise InputError(reason or str(error)) from error


def _counts(reports: Iterable[FileReport]) -> Counter[Severity]:
    return Counter(finding.severity for report in reports for finding in report.findings or ())


def _exit_code(reports: list[FileReport], fail_on: str) -> int:
    if any(report.error is not UNSET for report in reports):
        return InputError.exit_code
    counts = _counts(reports)
    failing = {"error": [Severity.ERROR], "warning": [Severity.ERROR, Severity.WARNING]}
    return 1 if any(counts[severity] for severity in failing.get(fail_on, [])) else 0


def _as_json(reports: list[FileReport]) -> str:
    counts = _counts(reports)
    data = {
        "format_version": FORMAT_VERSION,
        "summary": {severity.value: counts[severity] for severity in Severity},
        "files": reports,
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode()


def _as_text(reports: list[FileReport]) -> Iterator[str]:
    for report in reports:
        if report.findings is UNSET:
            continue
        name = clean(report.file)
        for finding in report.findings or ():
            yield _folded(_line(name, finding))
        for why in report.structure_only or ():
            yield _folded(f"{name}: checked its structure only: {why} (--attack names a release)")
        if not report.findings:
            against = ", ".join(report.checked_against or ())
            yield _folded(f"{name}: nothing found" + (f", {against}" if against else ""))
    yield _folded(_totals(reports))


def _line(name: str, finding: LayerFinding) -> str:
    place = f"{name}:{finding.line}:{finding.column}: "
    if finding.pointer:
        place += f"{clean(finding.pointer)}: "
    return f"{place}{finding.code} {finding.severity}: {finding.message}"


def _folded(line: str) -> str:
    lines = textwrap.wrap(
        line, WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(map(inert, lines))


def _totals(reports: list[FileReport]) -> str:
    counts = _counts(reports)
    words = [
        f"{counts[severity]} {severity}{'' if counts[severity] == 1 else 's'}"
        for severity in Severity
    ]
    files = f"{len(reports)} file{'' if len(reports) == 1 else 's'}"
    unread = sum(1 for report in reports if report.error is not UNSET)
    more = f"; {unread} couldn't be read" if unread else ""
    return f"{files}: {', '.join(words)}{more}."
