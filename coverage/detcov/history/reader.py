"""Reads many commits of one repository, each distinct version of a file once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from detcov.cache import ParseCache
from detcov.history.git import GitRepository
from detcov.history.revision import Commit
from detcov.history.tree import File, GitSource, Trees
from detcov.load.corpus import Aliases, amended_rules, read_corpus, united
from detcov.model import Corpus, ParseFailure, PassedOver, Rule
from detcov.source import MAX_BYTES, Exclude, printable

FilePath = tuple[str, str]
"""Source label, and path below the source as git has it"""


class Place(Struct, frozen=True, kw_only=True):
    """A folder of the repository that rules come from."""

    label: str
    folder: str
    """POSIX; "" is the repository's root"""


class FileContent(Struct, frozen=True, kw_only=True):
    """What one version of a file holds."""

    rules: tuple[Rule, ...]
    """As the file has them: entries of other files may change them"""
    failures: tuple[ParseFailure, ...]
    passed_over: tuple[PassedOver, ...]
    """The file itself, where it holds no rule"""


class HistoryReader:
    """The rules of a repository's commits."""

    def __init__(
        self,
        repository: GitRepository,
        places: Sequence[Place],
        *,
        cache: ParseCache | None = None,
        max_bytes: int = MAX_BYTES,
        exclude: Exclude | None = None,
        only: str | None = None,
        aliases: Aliases = (),
    ) -> None:
        self.repository = repository
        self.places = tuple(places)
        self._cache, self._max_bytes, self._exclude = cache, max_bytes, exclude or Exclude()
        self._only, self._aliases = only, aliases
        self._trees = Trees(repository)
        self._contents: dict[tuple[FilePath, File], FileContent] = {}
        """Each version of a file that was read: most of a commit is as the one before had it"""

    def sources(self, commit: Commit) -> tuple[GitSource, ...]:
        """Return the places as they were in a commit, those that it lacks included."""
        return tuple(
            GitSource(
                label=place.label,
                trees=self._trees,
                commit=commit,
                folder=place.folder,
                max_bytes=self._max_bytes,
                exclude=self._exclude,
            )
            for place in self.places
        )

    def state(self, commit: Commit) -> tuple[str | None, ...]:
        """Return the hash of each place in a commit, None where the commit lacks it."""
        return tuple(source.key for source in self.sources(commit))

    def identity(self, commit: Commit) -> str:
        """Return a text that is the same for the same rules under the same labels and settings."""
        state = zip(self.places, self.state(commit), strict=True)
        held = " ".join(f"{place.label!r}={place.folder!r}@{key}" for place, key in state)
        aliases = repr(self._aliases) if self._aliases else ""
        excluded = repr(self._exclude.patterns) if self._exclude.patterns else ""
        return f"{held} {self._max_bytes} {self._only or ''} {aliases} {excluded}".rstrip()

    def files(self, commit: Commit) -> dict[FilePath, File]:
        """Return the version of each file of a commit, rules or not."""
        return {
            (source.label, path): file
            for source in self._sources_there(commit)
            for path, file in source.files().items()
        }

    def rules(self, commit: Commit, files: Mapping[FilePath, File]) -> tuple[Rule, ...]:
        """Return the rules of some files of a commit, as entries of these files change them."""
        contents = self._read(commit, files)
        return amended_rules(tuple(rule for content in contents for rule in content.rules))

    def corpus(self, commit: Commit) -> Corpus:
        """Return the rules of a commit; a place that it lacks holds none.

        It is what `read_corpus` makes of the sources, with the rules that are one united.
        """
        contents = self._read(commit, self.files(commit))
        passed_over = tuple(each for content in contents for each in content.passed_over)
        corpus = Corpus(
            rules=amended_rules(tuple(rule for content in contents for rule in content.rules)),
            failures=tuple(failure for content in contents for failure in content.failures),
            ignored=len(passed_over),
            passed_over=passed_over,
            sources=tuple(source.label for source in self._sources_there(commit)),
        )
        return united(corpus, self._aliases)

    def _sources_there(self, commit: Commit) -> list[GitSource]:
        return [source for source in self.sources(commit) if source.key is not None]

    def _read(self, commit: Commit, files: Mapping[FilePath, File]) -> list[FileContent]:
        """Return what files of a commit hold, sorted by source and path; parse those not seen."""
        fresh = [version for version in files.items() if version not in self._contents]
        if fresh:
            self._read_fresh(commit, fresh)
        return [self._contents[version] for version in sorted(files.items(), key=_order)]

    def _read_fresh(self, commit: Commit, fresh: Sequence[tuple[FilePath, File]]) -> None:
        chosen: defaultdict[str, dict[str, File]] = defaultdict(dict)
        for (label, path), file in fresh:
            chosen[label][path] = file
        sources = [
            structs.replace(source, only=chosen[source.label])
            for source in self._sources_there(commit)
        ]
        corpus = read_corpus(sources, cache=self._cache, only=self._only, amend=False)
        rules: defaultdict[tuple[str, str], list[Rule]] = defaultdict(list)
        failures: defaultdict[tuple[str, str], list[ParseFailure]] = defaultdict(list)
        for rule in corpus.rules:
            rules[rule.key.source, rule.path].append(rule)
        for failure in corpus.failures:
            failures[failure.source, failure.path].append(failure)
        passed_over: defaultdict[tuple[str, str], list[PassedOver]] = defaultdict(list)
        for each in corpus.passed_over:
            passed_over[each.source, each.path].append(each)
        for version in fresh:
            (label, path), _ = version
            shown = label, printable(path)
            # Two names may be shown alike. What both hold is told of the first.
            self._contents[version] = FileContent(
                rules=tuple(rules.pop(shown, ())),
                failures=tuple(failures.pop(shown, ())),
                passed_over=tuple(passed_over.pop(shown, ())),
            )


def _order(version: tuple[FilePath, File]) -> tuple[str, str]:
    (label, path), _ = version
    return label, printable(path)
