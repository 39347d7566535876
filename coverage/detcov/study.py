"""Builds the Study: everything a run knows, frozen. One function for the CLI and the API."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from detcov.analysis.coverage import Coverage
from detcov.analysis.measure import measure
from detcov.analysis.platform_names import in_names_of
from detcov.attack.platforms import find_platforms
from detcov.attack.release import Release
from detcov.model import Corpus, CountMode, Finding, ParseFailure, Resolution, RuleIndex
from detcov.resolve import Resolver

if TYPE_CHECKING:  # what most runs don't need
    from detcov.analysis.by_source import SourceCoverage
    from detcov.analysis.estate import Estate
    from detcov.analysis.ledger import Ledger
    from detcov.analysis.stages import Stages
    from detcov.attack.detections import Detections
    from detcov.facts import Facts


class Study(Struct, frozen=True, kw_only=True, dict=True):
    """Release, rules, what became of their mappings, coverage and findings.

    What not every output needs (ledger, findings) is worked out when it is first asked for.
    """

    resolver: Resolver
    corpus: Corpus
    resolutions: tuple[tuple[Resolution, ...], ...]
    """Per rule of `corpus.rules`, in the same order"""
    coverage: Coverage
    facts: "Facts | None" = None
    """What is known of the estate, where it was given"""
    detections: "Detections | None" = None
    """How MITRE would detect techniques: where given, facts about data tell more"""

    @property
    def release(self) -> Release:
        """The target: what mappings are resolved against."""
        return self.resolver.target

    @cached_property
    def of_all_platforms(self) -> "Study":
        """The same Study without platforms in scope."""
        if not self.coverage.platforms:
            return self
        count = self.coverage.count
        return structs.replace(
            self, coverage=measure(self.release, self.corpus, self.resolutions, count=count)
        )

    @property
    def known(self) -> tuple[Release, ...]:
        """Every release the resolution could look into, oldest first, the target included."""
        return self.resolver.releases

    @cached_property
    def ledger(self) -> "Ledger":
        """What became of the claims of active rules, in sums."""
        from detcov.analysis.ledger import keep_ledger

        return keep_ledger(self.corpus, self.resolutions, self.resolver)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of active rules (of all, where all are counted), sorted by place."""
        from detcov.check import run_checks

        count: CountMode = "all" if self.coverage.count == "all" else "active"
        return run_checks(self.corpus, self.resolutions, self.resolver, count, stages=self.stages)

    @cached_property
    def estate(self) -> "Estate | None":
        """The facts, matched with rules and release; None where there are none."""
        if self.facts is None:
            return None
        from detcov.analysis.estate import Estate

        return Estate(self.release, self.corpus, self.coverage.count, self.facts, self.detections)

    @cached_property
    def stages(self) -> "Stages | None":
        """What the facts make of the coverage; None where there are none."""
        if self.estate is None:
            return None
        from detcov.analysis.stand import stages_of

        return stages_of(self.coverage, self.estate)

    @property
    def failures(self) -> tuple[ParseFailure, ...]:
        """Everything that couldn't be read: files of rules, and rows of facts."""
        return self.corpus.failures + (self.facts.failures if self.facts is not None else ())

    @cached_property
    def states(self) -> Mapping[str, int]:
        """Distinct rules by what they are: live, active but not live, deprecated.

        A rule in several places is what the liveliest of its copies is.
        """
        ranks = [self.corpus.rules[index].state.rank for index in set(self.corpus.canonical)]
        return {
            "live": ranks.count(2),
            "not live": ranks.count(1),
            "deprecated": ranks.count(0),
        }

    @cached_property
    def by_source(self) -> "tuple[SourceCoverage, ...]":
        """What each source covers, and what only it covers."""
        from detcov.analysis.by_source import by_source

        return by_source(self.coverage, self.corpus, self.resolutions)

    def rules_of(self, technique: str) -> tuple[RuleIndex, ...]:
        """The counted rules with an own claim of a technique; empty for one out of scope."""
        found = self.coverage.techniques.get(technique)
        return found.rules if found is not None else ()

    def to_frame(self) -> Any:
        """One row a cell, as a pandas DataFrame; columns as in coverage.csv (docs/outputs.md)."""
        from detcov.analysis.frame import to_frame

        return to_frame(self.release, self.coverage, self.corpus, self.stages)


class StudyOptions(Struct, frozen=True, kw_only=True):
    """What a Study looks at."""

    count: CountMode = "live"
    platforms: tuple[str, ...] = ()
    """ATT&CK platform names; empty means all"""
    literal: bool = False
    """Judge every mapping against the target release alone: no other release is known"""


def build_study(
    corpus: Corpus,
    release: Release,
    *,
    known: Iterable[Release] = (),
    options: StudyOptions | None = None,
    foreign: Callable[[str], str | None] = lambda _: None,
    facts: "Facts | None" = None,
    detections: "Detections | None" = None,
) -> Study:
    """Resolve a corpus against a release and count what it covers.

    `known` are further releases (see `Resolver`); `foreign` names the domain of an id of
    another one. `facts` and `detections` are those of `Study`. Raises `UsageError` for a platform
    that the release doesn't have.
    """
    options = options or StudyOptions()
    platforms = find_platforms(release, options.platforms)
    # Literally, too, an id of another domain is that domain's, and not unknown.
    others = (one for one in known if not options.literal or one.domain != release.domain)
    resolver = Resolver(release, others, foreign)
    corpus = in_names_of(release, corpus)
    resolutions = tuple(resolver.resolve(rule) for rule in corpus.rules)
    return Study(
        resolver=resolver,
        corpus=corpus,
        resolutions=resolutions,
        coverage=measure(release, corpus, resolutions, count=options.count, platforms=platforms),
        facts=facts,
        detections=detections,
    )
