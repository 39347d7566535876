"""Makes many Studies that share what is the same: each rule is resolved and checked once."""

from collections.abc import Callable, Iterable
from itertools import chain

from msgspec import structs

from detcov.analysis.measure import measure
from detcov.analysis.platform_names import in_names_of
from detcov.analysis.tally import tally
from detcov.attack.release import Release
from detcov.model import Corpus, Finding, Resolution, Rule
from detcov.study import Study, StudyOptions, build_study
from detcov.timeline.looked import Looked, files_of
from detcov.timeline.running import Numbers, Running


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

    def numbers(self, corpus: Corpus, release: Release) -> Numbers:
        """Those of `study(…)`, without the study; fast for rules like those asked of before."""
        return self._of(release).numbers(corpus)

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
        self._resolved: dict[int, tuple[Rule, tuple[Resolution, ...]]] = {}
        self._looked = Looked(empty, self._resolve)
        self._running = Running(empty, self._resolve, self._looked)
        self._studies: dict[int, tuple[Corpus, Study]] = {}
        self._findings: dict[int, tuple[Study, tuple[Finding, ...]]] = {}

    def study(self, corpus: Corpus) -> Study:
        if id(corpus) not in self._studies:
            resolutions, scope = tuple(map(self._resolve, corpus.rules)), self.empty.coverage
            named = in_names_of(self.empty.release, corpus)
            made = Study(
                resolver=self._resolver,
                corpus=named,
                resolutions=resolutions,
                coverage=measure(
                    self.empty.release,
                    named,
                    resolutions,
                    count=scope.count,
                    platforms=scope.platforms,
                ),
            )
            self._studies[id(corpus)] = corpus, made
        return self._studies[id(corpus)][1]

    def findings(self, study: Study) -> tuple[Finding, ...]:
        if id(study) not in self._findings:
            rules = study.corpus.rules
            single = self._looked.files(files_of(rules))
            found = (*chain.from_iterable(single), *self._looked.together(study.corpus))
            self._findings[id(study)] = study, found
        return self._findings[id(study)][1]

    def numbers(self, corpus: Corpus) -> Numbers:
        numbers = self._running.numbers(corpus)
        if not self.empty.coverage.platforms:
            return numbers
        # A tally knows nothing of platforms.
        return structs.replace(numbers, tally=tally(self.study(corpus).coverage))

    def _resolve(self, rule: Rule) -> tuple[Resolution, ...]:
        known = self._resolved.get(id(rule))
        if known is None:
            known = self._resolved[id(rule)] = rule, self._resolver.resolve(rule)
        return known[1]
