"""Makes many Studies that share what is the same: each rule is resolved and checked once."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

from detcov.analysis.measure import measure
from detcov.analysis.tally import Tallier, Tally, tally
from detcov.attack.release import Release
from detcov.model import LEVELS, Corpus, CountMode, Finding, Resolution, Rule
from detcov.study import Study, StudyOptions, build_study

_File = tuple[int, ...]
"""A file's rules, by identity: checks see them together"""


class Studies:
    """Studies with the same options, of any corpus under any release.

    `known` and `foreign` are those of `build_study`. Rules are recognised by identity: corpora
    read with one memo share theirs.
    """

    def __init__(
        self,
        known: Iterable[Release],
        *,
        options: StudyOptions | None = None,
        foreign: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        self._known, self._foreign = tuple(known), foreign
        self._options = options or StudyOptions()
        self._memories: dict[int, _Memory] = {}

    def study(self, corpus: Corpus, release: Release) -> Study:
        """As `build_study` makes it. Raises `UsageError` for a platform the release lacks."""
        return self._of(release).study(corpus)

    def findings(self, study: Study) -> tuple[Finding, ...]:
        """The same as `study.findings`, in no certain order."""
        return self._of(study.release).findings(study)

    def tally(self, corpus: Corpus, release: Release) -> Tally:
        """The numbers of `study(…).coverage` for a trend, without the study."""
        return self._of(release).tally(corpus)

    def totals(self, corpus: Corpus, release: Release) -> Mapping[str, int]:
        """How many findings `study(…)` has of each of `LEVELS`, without the study."""
        return self._of(release).totals(corpus)

    def identity(self, release: Release) -> str:
        """What, beside the rules, decides on a Study under this release."""
        empty = self._of(release).empty
        known = "+".join(f"{one.version}:{one.sha256}" for one in empty.known)
        count, scope = self._options.count, ",".join(empty.coverage.platforms)
        return f"{release.domain} {release.version}:{release.sha256} {known} {count} {scope}"

    def _of(self, release: Release) -> "_Memory":
        if id(release) not in self._memories:
            made = build_study(
                Corpus(rules=()),
                release,
                known=self._known,
                options=self._options,
                foreign=self._foreign,
            )
            self._memories[id(release)] = _Memory(made)
        return self._memories[id(release)]


class _Memory:
    """What is known under one release. `empty` is the study of no rules.

    Everything is kept beside the rule or corpus that it is of: an id is its own only while that
    lives.
    """

    def __init__(self, empty: Study) -> None:
        self.empty = empty
        self._resolver = empty.resolver
        self._count: CountMode = "all" if empty.coverage.count == "all" else "active"
        self._tallier = Tallier(empty.coverage)
        self._last: tuple[Corpus, tuple[tuple[Resolution, ...], ...]] = (empty.corpus, ())
        self._resolved: dict[int, tuple[Rule, tuple[Resolution, ...]]] = {}
        self._found: dict[_File, tuple[Finding, ...]] = {}
        self._levels: dict[_File, tuple[str, ...]] = {}
        self._studies: dict[int, Study] = {}
        self._findings: dict[int, tuple[Study, tuple[Finding, ...]]] = {}

    def study(self, corpus: Corpus) -> Study:
        if id(corpus) not in self._studies:
            resolutions, scope = self._resolutions(corpus), self.empty.coverage
            self._studies[id(corpus)] = Study(
                resolver=self._resolver,
                corpus=corpus,
                resolutions=resolutions,
                coverage=measure(
                    self.empty.release,
                    corpus,
                    resolutions,
                    count=scope.count,
                    platforms=scope.platforms,
                ),
            )
        return self._studies[id(corpus)]

    def findings(self, study: Study) -> tuple[Finding, ...]:
        if id(study) not in self._findings:
            single = [self._found[file] for file in self._look(study.corpus, study.resolutions)]
            found = (*chain.from_iterable(single), *self._whole(study.corpus, study.resolutions))
            self._findings[id(study)] = study, found
        return self._findings[id(study)][1]

    def totals(self, corpus: Corpus) -> Mapping[str, int]:
        resolutions = self._resolutions(corpus)
        files = self._look(corpus, resolutions)
        totals = Counter(dict.fromkeys(LEVELS, 0))
        totals.update(chain.from_iterable([self._levels[file] for file in files]))
        totals.update(one.level for one in self._whole(corpus, resolutions))
        return totals

    def tally(self, corpus: Corpus) -> Tally:
        if self.empty.coverage.platforms:
            return tally(self.study(corpus).coverage)
        return self._tallier.tally(corpus, self._resolutions(corpus))

    def _resolutions(self, corpus: Corpus) -> tuple[tuple[Resolution, ...], ...]:
        if self._last[0] is not corpus:
            known = self._resolved
            for rule in corpus.rules:
                if id(rule) not in known:
                    known[id(rule)] = rule, self._resolver.resolve(rule)
            self._last = corpus, tuple([known[id(rule)][1] for rule in corpus.rules])
        return self._last[1]

    def _look(
        self, corpus: Corpus, resolutions: Sequence[tuple[Resolution, ...]]
    ) -> Sequence[_File]:
        """The files, after the checks that need one file alone ran on those that are new."""
        from detcov.check import CHECKS, run_checks

        files = _files(corpus.rules)
        fresh = [(file, part) for file, part in files if file not in self._found]
        single = tuple(check for check in CHECKS if check.of_rule is not None)
        found = run_checks(
            Corpus(rules=tuple(rule for _, part in fresh for rule in corpus.rules[part])),
            [one for _, part in fresh for one in resolutions[part]],
            self._resolver,
            self._count,
            single,
        )
        at: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
        for one in found:
            at[one.source, one.path].append(one)
        for file, part in fresh:
            first = corpus.rules[part.start]
            self._found[file] = tuple(at.get((first.key.source, first.path), ()))
            self._levels[file] = tuple(one.level for one in self._found[file])
        return [file for file, _ in files]

    def _whole(
        self, corpus: Corpus, resolutions: Sequence[Sequence[Resolution]]
    ) -> tuple[Finding, ...]:
        from detcov.check import CHECKS, run_checks

        whole = tuple(check for check in CHECKS if check.of_rule is None)
        return run_checks(corpus, resolutions, self._resolver, self._count, whole)


def _files(rules: Sequence[Rule]) -> list[tuple[_File, slice]]:
    """The files of a corpus, each with where its rules stand there."""
    found, start = [], 0
    for end in range(1, len(rules) + 1):
        if end == len(rules) or not _is_one_file(rules[start], rules[end]):
            found.append((tuple(map(id, rules[start:end])), slice(start, end)))
            start = end
    return found


def _is_one_file(one: Rule, other: Rule) -> bool:
    return one.path == other.path and one.key.source == other.key.source
