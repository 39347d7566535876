"""What report, layer and check share: their options, and the way from sources to a Study."""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from msgspec import Struct, structs

from detcov.cli.given import FILE_NAME, FOLDER
from detcov.cli.output import note_read, say, tell
from detcov.errors import SourceError, UsageError
from detcov.load import PARSERS
from detcov.source import MAX_BYTES, open_sources, roots_of, split_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Self

    from detcov.model import Corpus, CountMode
    from detcov.study import Study

_F = TypeVar("_F", bound="Callable[..., Any]")
DEFAULT = "rules"
"""Where the rules lie if no source is named"""
_BAR_AFTER = 0.7
"""Seconds before a progress bar is worth showing"""


class RunOptions(Struct, frozen=True, kw_only=True):
    """The options that commands on rules share; a command that hasn't one has its default."""

    sources: tuple[str, ...] = ()
    attack: str | None = None
    attack_version: str | None = None
    known: tuple[str, ...] = ()
    count: CountMode = "live"
    platform: tuple[str, ...] = ()
    literal: bool = False
    rule_format: str | None = None
    max_bytes: int = MAX_BYTES
    exclude: tuple[str, ...] = ()
    """Globs of the files to leave out, below each source"""
    cache_dir: Path | None = None
    cache: bool = True
    facts: tuple[str, ...] = ()
    """Files of facts about the estate"""
    alias: tuple[tuple[str, ...], ...] = ()
    """Groups of references to rules, each group one rule"""
    date: str | None = None
    """The day of the report, as written; see `day`"""

    @property
    def day(self) -> str | None:
        """The day stated, else that of SOURCE_DATE_EPOCH, where it is set; as YYYY-MM-DD.

        Raises `UsageError` for what is no day.
        """
        from detcov.history.revision import end_of_day

        if self.date is None:
            return _epoch_day()
        if end_of_day(self.date) is None:
            raise UsageError(f"date {self.date!r}: write YYYY-MM-DD")
        return self.date

    @property
    def named(self) -> tuple[str, ...]:
        """The sources, or where the rules lie if none is named.

        Raises `SourceError` where nothing is named and nothing lies there.
        """
        if self.sources:
            return self.sources
        try:
            Path(DEFAULT).stat()
        except FileNotFoundError as error:
            message = f"{DEFAULT}: no such folder; name the one that your rules are in"
            raise SourceError(message) from error
        except OSError:
            pass  # there it is, and the reader says why it can't be read
        return (DEFAULT,)

    @property
    def folder(self) -> Path | None:
        """Where indexes and parsed rules are kept; None keeps none."""
        if not self.cache:
            return None
        return self.cache_dir or default_cache_dir()


def default_cache_dir() -> Path:
    """The user's cache folder for detcov."""
    import platformdirs

    return platformdirs.user_cache_path("detcov", appauthor=False)


def _epoch_day() -> str | None:
    """The day of SOURCE_DATE_EPOCH (reproducible-builds.org), where it is set."""
    from datetime import UTC, datetime

    stated = os.environ.get("SOURCE_DATE_EPOCH")
    if not stated:
        return None
    try:
        return f"{datetime.fromtimestamp(int(stated), UTC):%Y-%m-%d}"
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"SOURCE_DATE_EPOCH={stated}: not a time in seconds") from error


def _groups(
    ctx: click.Context,  # noqa: ARG001 - click gives it
    param: click.Parameter,  # noqa: ARG001 - click gives it
    values: Iterable[Any],
) -> tuple[tuple[str, ...], ...]:
    """Groups of rules that are one: "A == B" of the command line, lists of the settings."""
    found = []
    for value in values:
        parts = value.split(" == ") if isinstance(value, str) else value
        group = tuple(part.strip() for part in parts)
        if len(group) < 2 or not all(group):
            raise click.BadParameter(f"{value!r}: write RULE == RULE")
        found.append(group)
    return tuple(found)


class _Shared(click.Option):
    """An option that many commands have."""


class RuleCommand(click.Command):
    """A command on rules. Its help tells its own options first, then those that many have."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write both lists."""
        params = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        for title, shared in (("Options", False), ("Rules, release and cache", True)):
            lines = (
                one.get_help_record(ctx) for one in params if isinstance(one, _Shared) == shared
            )
            with formatter.section(title):
                formatter.write_dl([line for line in lines if line is not None])


def _shared(*names: str, **more: Any) -> Callable[[_F], _F]:
    return click.option(*names, cls=_Shared, **more)


_SOURCES = click.argument("sources", nargs=-1, metavar="[SOURCE]...")
_RELEASE = (
    _shared(
        "--attack",
        metavar="VERSION|PATH",
        help="ATT&CK release: a version, or a STIX bundle [default: the newest bundled].",
    ),
    _shared("--attack-version", metavar="V", help="Version of a bundle that doesn't tell its own."),
)
_JUDGING = (
    _shared(
        "--known",
        multiple=True,
        metavar="VERSION|PATH",
        help="A further release that rules may be written for (repeatable).",
    ),
    _shared(
        "--literal/--no-literal",
        default=False,
        show_default=True,
        help="Judge against the release alone, carry nothing over.",
    ),
)
_PLATFORM = _shared(
    "--platform",
    multiple=True,
    metavar="P",
    help="Only techniques and rules of this platform (repeatable).",
)
_ALIAS = _shared(
    "--alias",
    multiple=True,
    type=click.UNPROCESSED,
    callback=_groups,
    metavar='"RULE == RULE"',
    help="Rules that are one, each by its key, id, path or name (repeatable).",
)
EXCLUDE = _shared(
    "--exclude",
    multiple=True,
    metavar="GLOB",
    help="Leave out files and folders below a source, ** for any folders (repeatable).",
)
_READING = (
    _shared(
        "--rule-format",
        type=click.Choice(list(PARSERS)),
        metavar="NAME",
        help="Read every file as this format (docs/formats), and as no other.",
    ),
    _shared(
        "--max-bytes",
        type=click.IntRange(min=1),
        metavar="N",
        default=MAX_BYTES,
        show_default=True,
        help="Leave out files of more bytes.",
    ),
    EXCLUDE,
    _shared(
        "--cache-dir",
        type=FOLDER,
        help="Where parsed rules and indexes are kept [default: the user's cache].",
    ),
    _shared(
        "--cache/--no-cache",
        default=True,
        show_default=True,
        help="Keep parsed rules and indexes.",
    ),
)
_FACTS = _shared(
    "--facts",
    multiple=True,
    type=FILE_NAME,
    help="What is deployed, fed, tested, waived: CSV, YAML, JSON (repeatable).",
)


def _date(default: str) -> Callable[[_F], _F]:
    return _shared(
        "--date", metavar="DAY", help=f"Day of the report, YYYY-MM-DD [default: {default}]."
    )


_COUNTS = "Rules that count: live would alert if deployed, active aren't deprecated."


def run_options(
    count: str | None,
    *,
    counts: str = _COUNTS,
    platform: bool = True,
    facts: bool = False,
    date: str | None = None,
) -> Callable[[_F], _F]:
    """The shared options of a command, as parameters of its function.

    `count` is the default of --count, which `counts` explains; a command without it (None) counts
    and judges nothing. `platform` gives it --platform, `facts` both --facts and --date, which
    decides their expiry. `date` gives it --date with this default, in words.
    """
    options = [_SOURCES, *_RELEASE]
    if count is not None:
        kinds = click.Choice(["live", "active", "all"])
        options += [
            *_JUDGING,
            _shared("--count", type=kinds, default=count, show_default=True, help=counts),
            *([_PLATFORM] if platform else []),
            _ALIAS,
        ]
    options += [
        *_READING,
        *([_FACTS] if facts else []),
        *([_date(date or "SOURCE_DATE_EPOCH's, else none")] if facts or date else []),
    ]

    def decorate(function: _F) -> _F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def build(options: RunOptions) -> Study:
    """Read sources and release, and build the Study; says which files couldn't be read."""
    return _study(options, read(options))


def build_beside(options: RunOptions, candidates: Callable[[], Corpus]) -> tuple[Study, Corpus]:
    """As `build`, and the candidates read by the function; an alias may be of one of each."""
    from detcov import api

    alone = structs.replace(options, alias=())
    ours, theirs = api.unite_rules(read(alone), candidates(), aliases=options.alias)
    tell_notes(ours)
    return _study(alone, ours), theirs


def _study(options: RunOptions, corpus: Corpus) -> Study:
    from detcov import api

    folder, facts = options.folder, None
    day = options.day if options.facts or options.date else None
    if options.facts:
        facts = api.read_facts(*options.facts, date=day, max_bytes=options.max_bytes)
    release = None
    if options.attack is not None:
        release = api.load_release(options.attack, cache_dir=folder, version=options.attack_version)
    if facts is not None:
        tell(facts.failures)
    return api.study_of(
        corpus,
        release,
        known=[api.load_release(spec, cache_dir=folder) for spec in options.known],
        count=options.count,
        platforms=options.platform,
        literal=options.literal,
        facts=facts,
        cache_dir=folder,
    )


def read(options: RunOptions) -> Corpus:
    """Read the sources; says which files couldn't be read.

    Raises `SourceError` where no rule is left: nothing is reported of nothing.
    """
    from detcov import api

    sources = options.named
    with _Bar(sources) as bar:
        corpus = api.read_rules(
            *sources,
            cache_dir=options.folder,
            max_bytes=options.max_bytes,
            exclude=options.exclude,
            rule_format=options.rule_format,
            aliases=options.alias,
            progress=bar.advance,
        )
    note_read(_files_of(corpus, sources))
    tell(corpus.failures, sources)
    require_rules(corpus, sources)
    tell_notes(corpus)
    return corpus


def _files_of(corpus: Corpus, sources: tuple[str, ...]) -> Iterator[str]:
    """Give the path of each file that rules were read from, or would have been."""
    roots = {label: str(root) for label, root in roots_of(sources).items()}
    yield from roots.values()
    for rule in corpus.rules:
        yield os.path.join(roots[rule.key.source], rule.path)  # noqa: PTH118 - thousands of them
    for failure in corpus.failures:
        yield os.path.join(roots[failure.source], failure.path)  # noqa: PTH118 - as above


def require_rules(corpus: Corpus, sources: Iterable[str]) -> None:
    """Raise `SourceError` where sources, as they were named, hold no rule that could be read."""
    if not corpus.rules:
        from detcov.load.mistaken import no_rules

        raise SourceError(no_rules(corpus, (path for _, path in map(split_label, sources))))


def tell_notes(corpus: Corpus) -> None:
    """Name the aliases that come to nothing, a line each, on standard error."""
    for note in corpus.notes:
        say(note)


class _Bar:
    """A bar on a terminal, once reading takes long; nothing in a pipe."""

    def __init__(self, sources: tuple[str, ...]) -> None:
        self._sources = sources
        self._done = 0
        self._start = time.monotonic()
        self._wanted = sys.stderr.isatty()
        self._bar: Any = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def advance(self, documents: int) -> None:
        """Count these."""
        self._done += documents
        if self._bar is not None:
            self._bar.update(documents)
        elif self._wanted and time.monotonic() - self._start > _BAR_AFTER:
            files = sum(source.count() for source in open_sources(self._sources))
            self._bar = self._open.enter_context(
                click.progressbar(length=files, label="Reading rules", file=sys.stderr)
            )
            self._bar.update(self._done)

    def __exit__(self, *_: object) -> None:
        self._open.close()
