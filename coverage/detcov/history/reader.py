"""Reads many commits of one repository, each distinct version of a file once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter

from msgspec import Struct, structs

from detcov.cache import ParseCache
from detcov.history.git import GitRepository, unhashed
from detcov.history.revision import Commit
from detcov.history.tree import File, GitSource, Trees
from detcov.load.corpus import Aliases, Progress, amended_rules, read_corpus, united
from detcov.load.reading import Memo
from detcov.model import Corpus, ParseFailure, Rule
from detcov.source import MAX_BYTES, Document, printable

FileVersion = tuple[str, str, str]
"""Source label, path, blob id"""


class Place(Struct, frozen=True, kw_only=True):
    """A folder of the repository that rules come from."""

    label: str
    folder: str
    """POSIX; "" is the repository's root"""


class _Seen(Struct, frozen=True, kw_only=True):
    """What one version of a file comes to; it is no rule where both are empty."""

    at: tuple[str, str]
    """Source label, path as it is shown"""
    rules: tuple[Rule, ...]
    failures: tuple[ParseFailure, ...]


class HistoryReader:
    """The rules of a repository's commits."""

    def __init__(
        self,
        repository: GitRepository,
        places: Sequence[Place],
        *,
        cache: ParseCache | None = None,
        max_bytes: int = MAX_BYTES,
        progress: Progress | None = None,
        only: str | None = None,
        aliases: Aliases = (),
    ) -> None:
        self.repository = repository
        self.places = tuple(places)
        self._cache, self._max_bytes, self._progress = cache, max_bytes, progress
        self._only, self._aliases = only, aliases
        self._trees = Trees(repository)
        self._memo: Memo = {}
        self._seen: dict[tuple[str, str, File], _Seen] = {}
        self._last: tuple[list[_Seen], tuple[str, ...], Corpus] | None = None
        self._latest: dict[tuple[str, str], _Seen] = {}
        self._corpora: dict[tuple[str | None, ...], Corpus] = {}
        self._files: dict[tuple[str | None, ...], Mapping[tuple[str, str], str]] = {}

    def sources(self, commit: Commit) -> tuple[GitSource, ...]:
        """The places as they were in a commit, those that it lacks included."""
        return tuple(
            GitSource(
                label=place.label,
                trees=self._trees,
                commit=commit,
                folder=place.folder,
                max_bytes=self._max_bytes,
            )
            for place in self.places
        )

    def state(self, commit: Commit) -> tuple[str | None, ...]:
        """What identifies all rules of a commit: the hash of each place, None where it lacks it."""
        return tuple(source.key for source in self.sources(commit))

    def identity(self, commit: Commit) -> str:
        """A text that is the same for the same rules under the same labels, limit and format."""
        state = zip(self.places, self.state(commit), strict=True)
        held = " ".join(f"{place.label!r}={place.folder!r}@{key}" for place, key in state)
        aliases = repr(self._aliases) if self._aliases else ""
        return f"{held} {self._max_bytes} {self._only or ''} {aliases}".rstrip()

    def corpus(self, commit: Commit) -> Corpus:
        """The rules of a commit; a place that it lacks holds none."""
        state = self.state(commit)
        if state not in self._corpora:
            self._corpora[state] = self._corpus(commit)
        return self._corpora[state]

    def _corpus(self, commit: Commit) -> Corpus:
        """As `read_corpus` of the sources gives it, what is one rule united.

        What an earlier commit had isn't looked at.
        """
        sources = [one for one in self.sources(commit) if one.key is not None]
        files = [
            (source.label, path, file)
            for source in sources
            for path, file in source.files().items()
        ]
        self._read_fresh(sources, [one for one in files if one not in self._seen])
        found = sorted(map(self._seen.__getitem__, files), key=attrgetter("at"))
        labels = tuple(source.label for source in sources)
        # Where no rule changed, the corpus is the same one, and its numbers are known.
        if self._last is not None and self._last[:2] == (found, labels):
            return self._last[2]
        corpus = Corpus(
            rules=amended_rules(tuple(chain.from_iterable(map(attrgetter("rules"), found)))),
            failures=tuple(chain.from_iterable(map(attrgetter("failures"), found))),
            ignored=sum(1 for one in found if not one.rules and not one.failures),
            sources=labels,
        )
        self._last = found, labels, united(corpus, self._aliases)
        return self._last[2]

    def _read_fresh(
        self, sources: Sequence[GitSource], fresh: Sequence[tuple[str, str, File]]
    ) -> None:
        """Read files that no earlier commit had, and keep what each comes to."""
        files: defaultdict[str, dict[str, File]] = defaultdict(dict)
        for label, path, file in fresh:
            files[label][path] = file
        chosen = [structs.replace(one, only=files[one.label]) for one in sources]
        with unhashed():
            read = read_corpus(
                chosen,
                cache=self._cache,
                only=self._only,
                progress=self._progress,
                memo=self._memo,
                amend=False,
            )
        rules: defaultdict[tuple[str, str], list[Rule]] = defaultdict(list)
        failures: defaultdict[tuple[str, str], list[ParseFailure]] = defaultdict(list)
        for rule in read.rules:
            rules[rule.key.source, rule.path].append(rule)
        for failure in read.failures:
            failures[failure.source, failure.path].append(failure)
        for label, path, file in fresh:
            at = label, printable(path)
            # Two names that are shown alike are one place: what it holds goes with the first.
            seen = _Seen(
                at=at, rules=tuple(rules.pop(at, ())), failures=tuple(failures.pop(at, ()))
            )
            # Most changes of a file (its query, a date) leave all that is known of its rules.
            # Then the rules are the same objects, and whoever has looked at them is done.
            if seen == (known := self._latest.get((label, path))):
                seen = known
            self._seen[label, path, file] = self._latest[label, path] = seen

    def files(self, commit: Commit) -> Mapping[tuple[str, str], str]:
        """(label, path) to blob id of a commit's files, rules or not."""
        state = self.state(commit)
        if state not in self._files:
            self._files[state] = {
                (source.label, path): key
                for source in self.sources(commit)
                for path, key in source.keys().items()
            }
        return self._files[state]

    def rules(self, versions: Iterable[FileVersion]) -> Mapping[FileVersion, tuple[Rule, ...]]:
        """The rules of single versions of files; none for one that holds none or can't be read."""
        wanted: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for label, path, key in sorted(set(versions)):
            wanted[label, path].append(key)
        found: defaultdict[FileVersion, list[Rule]] = defaultdict(list)
        # A file has one version in one reading: as many readings as the most versions of a file.
        for turn in range(max(map(len, wanted.values()), default=0)):
            chosen = {at: keys[turn] for at, keys in wanted.items() if turn < len(keys)}
            for rule in self._read(chosen).rules:
                at = rule.key.source, rule.path
                found[*at, chosen[at]].append(rule)
        return {version: tuple(rules) for version, rules in found.items()}

    def _read(self, chosen: Mapping[tuple[str, str], str]) -> Corpus:
        by_label: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for (label, path), key in chosen.items():
            by_label[label].append((path, key))
        sources = [
            _Chosen(
                label,
                files,
                GitSource(
                    label=label, trees=self._trees, commit=_NO_COMMIT, max_bytes=self._max_bytes
                ),
            )
            for label, files in by_label.items()
        ]
        return read_corpus(sources, cache=self._cache, only=self._only, memo=self._memo)


_NO_COMMIT = Commit(sha="", time=0)


class _Chosen:
    """A source of given versions of files."""

    def __init__(self, label: str, files: Sequence[tuple[str, str]], within: GitSource) -> None:
        self.label = label
        self._files, self._within = files, within

    def documents(self, suffixes: frozenset[str]) -> Iterator[Document | ParseFailure | None]:
        endings = tuple(sorted(suffixes))
        for path, key in self._files:
            yield self._within.document(path, key) if path.lower().endswith(endings) else None
