"""One side of a comparison: a git revision, a snapshot or a folder, given by a text."""

import os
import posixpath
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct, structs

from detcov.cache import ParseCache
from detcov.errors import HistoryError, SourceError
from detcov.facts import Facts
from detcov.history.git import GitRepository, open_repository
from detcov.history.reader import HistoryReader, Place
from detcov.history.revision import Commit
from detcov.history.snapshot import SUFFIX
from detcov.history.snapshot_folder import read_snapshot
from detcov.load.corpus import Aliases, read_corpus, united
from detcov.load.mistaken import no_rules
from detcov.model import Corpus, Identity, ParseFailure
from detcov.source import Exclude, FolderSource, exists, is_file, printable, split_label


class Side(Struct, frozen=True, kw_only=True):
    """Rules at some time, with what to call it."""

    title: str
    """Such as "commit 0123456789 (2026-05-04)" """
    corpus: Corpus
    date: str = ""
    commit: Commit | None = None
    version: str | None = None
    """The ATT&CK version that was in use, where a snapshot tells it"""
    facts: Facts | None = None
    """What was known of the estate, where a snapshot tells it"""
    folders: Mapping[str, str] = {}
    """Source label to the folder that its paths are shown in: of git from the repository's root"""


class Sides:
    """Finds and reads sides. `sources` are `PATH` or `label=PATH`, for git revisions.

    `only` is as for `read_corpus`, `aliases` as for `united`, `exclude` as for `Exclude.of`.
    """

    def __init__(
        self,
        sources: tuple[str, ...],
        *,
        repo: Path | None = None,
        cache: ParseCache | None = None,
        max_bytes: int,
        exclude: Iterable[str] = (),
        only: str | None = None,
        aliases: Aliases = (),
    ) -> None:
        self._labelled = [split_label(text) for text in sources]
        self._repo, self._max_bytes, self._only = repo, max_bytes, only
        self._aliases, self._exclude = aliases, Exclude.of(exclude)
        self.cache = cache
        self._reader: HistoryReader | None = None

    @property
    def reader(self) -> HistoryReader:
        """The reader of the repository; it is opened when first asked for.

        Raises `HistoryError` where there is none, or a source lies outside.
        """
        if self._reader is None:
            repository = open_repository(self._repo or self._labelled[0][1].absolute())
            self._reader = HistoryReader(
                repository,
                [
                    Place(label=label, folder=repository.folder_of(self._inside(path, repository)))
                    for label, path in self._labelled
                ],
                cache=self.cache,
                max_bytes=self._max_bytes,
                exclude=self._exclude,
                only=self._only,
                aliases=self._aliases,
            )
        return self._reader

    def read(self, text: str, *, now: int | None = None) -> Side:
        """The side that a text names: "rev:…" or "path:…", else a path that is there, else git.

        `now` is what a span is counted back from, HEAD's time unless given. Raises `HistoryError`
        where there is no such side, `SourceError` for a folder without a rule.
        """
        kind, _, rest = text.partition(":")
        if kind == "rev":
            return self.revision(rest, now=now)
        path = Path(rest if kind == "path" else text)
        if kind == "path" or exists(path):
            return self._path(path)
        return self.revision(text, now=now)

    def revision(self, text: str, *, now: int | None = None) -> Side:
        """The rules of a git revision."""
        repository = self.reader.repository
        when = repository.head().time if now is None else now
        return self.commit(repository.commit(text, now=when))

    def commit(self, commit: Commit) -> Side:
        """The rules of a commit. Raises `HistoryError` where it has none of the folders."""
        if not any(self.reader.state(commit)):
            folders = ", ".join(place.folder or "." for place in self.reader.places)
            raise HistoryError(f"{folders}: not in commit {commit}")
        corpus = self.reader.corpus(commit)
        return Side(
            title=f"commit {commit}",
            corpus=corpus,
            date=commit.day,
            commit=commit,
            folders=self.folders(commit),
        )

    def folders(self, commit: Commit) -> dict[str, str]:
        """Source label to its folder, from the repository's root; "" is the root itself."""
        found = {}
        for place in self.reader.places:
            entry = self.reader.repository.entry(commit, place.folder) if place.folder else None
            is_file = entry is not None and entry.type_str == "blob"
            found[place.label] = posixpath.dirname(place.folder) if is_file else place.folder
        return found

    def _inside(self, path: Path, repository: GitRepository) -> Path:
        """A source's path: within the repository's root where --repo names one."""
        if self._repo is None or repository.root is None or path.is_absolute():
            return path
        return repository.root / path

    def _path(self, path: Path) -> Side:
        if path.suffix == SUFFIX and is_file(path):
            found = read_snapshot(path)
            return Side(
                title=f"snapshot of {found.date}",
                corpus=united(found.corpus, self._aliases),
                date=found.date,
                version=found.dataset.version,
                facts=found.known,
            )
        label = self._labelled[0][0]
        source = FolderSource(
            label=label, root=path, max_bytes=self._max_bytes, exclude=self._exclude
        )
        corpus = united(read_corpus((source,), cache=self.cache, only=self._only), self._aliases)
        if not corpus.rules:
            raise SourceError(no_rules(corpus, [path]))
        folder = str(path.parent if is_file(path) else path)
        return Side(
            title=f"folder {printable(path.name or str(path))}",
            corpus=corpus,
            folders={label: printable("" if folder == os.curdir else folder)},
        )


def same_labels(before: Corpus, after: Corpus) -> Corpus:
    """`before`, its only source called what the only one of `after` is called."""
    if len(before.sources) != 1 or len(after.sources) != 1 or before.sources == after.sources:
        return before
    (label,) = after.sources

    def called(one: Identity) -> Identity:
        return one if isinstance(one, str) else structs.replace(one, source=label)

    return structs.replace(
        before,
        rules=tuple(
            structs.replace(rule, key=structs.replace(rule.key, source=label))
            for rule in before.rules
        ),
        failures=tuple(
            ParseFailure(source=label, path=one.path, message=one.message, place=one.place)
            for one in before.failures
        ),
        sources=after.sources,
        united={called(one): called(other) for one, other in before.united.items()},
    )
