"""Makes many Studies that share what is the same: each rule is resolved and checked once."""

from collections.abc import Callable, Iterable

from detcov.analysis.measure import measure
from detcov.attack.release import Release
from detcov.model import Corpus, CountMode, Finding, Resolution, Rule
from detcov.study import Study, StudyOptions, build_study


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
        self._empty: dict[int, tuple[Release, Study]] = {}
        self._resolved: dict[tuple[int, int], tuple[Rule, tuple[Resolution, ...]]] = {}
        self._studies: dict[tuple[int, int], Study] = {}
        self._all_findings: dict[int, tuple[Study, tuple[Finding, ...]]] = {}
        self._findings: dict[tuple[int, int], tuple[Finding, ...]] = {}

    def study(self, corpus: Corpus, release: Release) -> Study:
        """As `build_study` makes it. Raises `UsageError` for a platform the release lacks."""
        key = id(release), id(corpus)
        if key not in self._studies:
            self._studies[key] = self._study(corpus, release)
        return self._studies[key]

    def _study(self, corpus: Corpus, release: Release) -> Study:
        empty = self._of(release)
        resolutions = tuple(self._resolve(rule, empty) for rule in corpus.rules)
        return Study(
            resolver=empty.resolver,
            corpus=corpus,
            resolutions=resolutions,
            coverage=measure(
                release,
                corpus,
                resolutions,
                count=self._options.count,
                platforms=empty.coverage.platforms,
            ),
        )

    def findings(self, study: Study) -> tuple[Finding, ...]:
        """The same as `study.findings`, in no certain order."""
        if id(study) not in self._all_findings:
            self._all_findings[id(study)] = study, self._find(study)
        return self._all_findings[id(study)][1]

    def identity(self, release: Release) -> str:
        """What, beside the rules, decides on a Study under this release."""
        resolver = self._of(release).resolver
        known = "+".join(f"{one.version}:{one.sha256}" for one in resolver.releases)
        options = self._options
        scope = ",".join(self._of(release).coverage.platforms)
        return (
            f"{release.domain} {release.version}:{release.sha256} {known} {options.count} {scope}"
        )

    def _find(self, study: Study) -> tuple[Finding, ...]:
        from detcov.check import CHECKS, run_checks

        resolver = study.resolver
        count: CountMode = "all" if study.coverage.count == "all" else "active"
        single = tuple(check for check in CHECKS if check.of_rule is not None)
        whole = tuple(check for check in CHECKS if check.of_rule is None)
        found: list[Finding] = []
        for rule, resolutions in zip(study.corpus.rules, study.resolutions, strict=True):
            key = id(resolver), id(rule)
            if key not in self._findings:
                alone = Corpus(rules=(rule,))
                self._findings[key] = run_checks(alone, (resolutions,), resolver, count, single)
            found += self._findings[key]
        found += run_checks(study.corpus, study.resolutions, resolver, count, whole)
        return tuple(found)

    def _of(self, release: Release) -> Study:
        """A study of no rules: its resolver remembers what it worked out."""
        if id(release) not in self._empty:
            made = build_study(
                Corpus(rules=()),
                release,
                known=self._known,
                options=self._options,
                foreign=self._foreign,
            )
            self._empty[id(release)] = release, made
        return self._empty[id(release)][1]

    def _resolve(self, rule: Rule, empty: Study) -> tuple[Resolution, ...]:
        key = id(empty.resolver), id(rule)
        if key not in self._resolved:
            # The rule is kept beside its resolutions: an id is its own only while it lives.
            self._resolved[key] = rule, empty.resolver.resolve(rule)
        return self._resolved[key][1]
