"""What facts say of rules, techniques and data, the better of two facts first."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache

from detcov.analysis.coverage import Coverage
from detcov.analysis.matching import DataMatcher, Matcher
from detcov.analysis.stages import (
    RuleStanding,
    TechniqueStages,
    Unmatched,
    agreed,
    all_of,
    any_of,
)
from detcov.attack.detections import Detections, LogSource
from detcov.attack.release import Release
from detcov.facts import Answer, Fact, FactKind, Facts
from detcov.model import Corpus, CountMode, RuleIndex

_Rank = tuple[bool, bool, str, int]
"""Named outright, on a platform, date, position: the greatest of several facts counts"""


class Estate:
    """What the facts in force say of a run's rules, techniques and data."""

    def __init__(
        self,
        release: Release,
        corpus: Corpus,
        count: CountMode,
        facts: Facts,
        detections: Detections | None = None,
    ) -> None:
        """Match `facts` with a run's release, and its rules counted by this mode.

        `detections` tell which log sources and data components see a technique; without them
        facts about data count only where a rule itself names what it reads.
        """
        self.facts = facts
        self._counted = corpus.counted(count)
        self._detections = detections
        self._matcher = Matcher(corpus, release, detections)
        self.expired = tuple(one for one in facts.facts if one.expired(facts.date))
        self._facts = [one for one in facts.facts if not one.expired(facts.date)]
        self._of_rule = self._best_of_rules()
        self._of_data = [
            (DataMatcher(one.data), one.date, position, one.value)
            for position, one in enumerate(self._facts)
            if one.data
        ]
        self.rule = cache(self._rule)
        self._reads = cache(self._read_answer)
        self._log = cache(self._log_answer)
        self.data = cache(self._data)
        self._tested = self._best_of_techniques(lambda one: one.kind is FactKind.TESTED)
        self._excuses = self._best_of_techniques(lambda one: one.kind.excuses)

    @property
    def rules_named(self) -> list[RuleIndex]:
        """The rules that a fact names, or whose data one names."""
        read = {
            index
            for index, names in self._counted.reads.items()
            if any(self._reads(name) is not Answer.UNKNOWN for name in names)
        }
        return sorted({index for _, index in self._of_rule} | read)

    def stages(
        self, technique: str, platforms: Sequence[str], rules: tuple[RuleIndex, ...]
    ) -> TechniqueStages:
        """How far these rules bring a technique on these platforms (none: on any).

        `rules` are indices into the corpus. The technique is excused where each platform is.
        """
        platforms = tuple(platforms) or ("",)
        found = [self.excuse(technique, platform) for platform in platforms]
        excuses = [fact for fact in found if fact is not None]
        chains = [self._chain(technique, platforms, rule) for rule in rules]
        return TechniqueStages(
            technique=technique,
            platform=platforms[0] if len(platforms) == 1 else "",
            rules=rules,
            deployed=any_of(chain[0] for chain in chains),
            fed=any_of(all_of(chain[:2]) for chain in chains),
            tested=any_of(all_of(chain) for chain in chains),
            excuses=tuple(dict.fromkeys(excuses)) if len(excuses) == len(found) else (),
        )

    def collected(self, log: LogSource) -> Answer:
        """Whether the facts say that a log source, or its data component, is collected."""
        return self._log(log)

    def excuse(self, technique: str, platform: str) -> Fact | None:
        """The fact in force that waives a technique on a platform or calls it not applicable."""
        fact = _better(self._excuses, technique, platform)
        return fact if fact is not None and fact.value is Answer.YES else None

    def test(self, technique: str, platform: str) -> Answer:
        """What a test of the technique as a whole found on a platform."""
        fact = _better(self._tested, technique, platform)
        return fact.value if fact is not None else Answer.UNKNOWN

    def unmatched(self) -> Iterator[Unmatched]:
        """Facts in force that are about nothing here."""
        for fact in self._facts:
            if (why := self._matcher.why_not(fact)) is not None:
                yield Unmatched(fact=fact, why=why)

    def needless(self, coverage: Coverage) -> Iterator[Fact]:
        """Excuses for what is covered, wherever they are about something in scope."""
        for fact in self._facts:
            if not fact.kind.excuses or fact.value is not Answer.YES:
                continue
            found, _ = self._matcher.techniques(fact.technique)
            platform = self._matcher.platform(fact.platform)
            if fact.platform and platform is None:
                continue
            covered = [
                bool(one.by_platform.get(platform) if platform else one.rules)
                for one in map(coverage.techniques.get, found)
                if one is not None and (not platform or platform in one.by_platform)
            ]
            if covered and all(covered):
                yield fact

    def _chain(
        self, technique: str, platforms: tuple[str, ...], rule: RuleIndex
    ) -> tuple[Answer, Answer, Answer]:
        """Deployed, fed, tested: what is known of the rule, else of the technique."""
        own = self.rule(rule)
        fed, tested = own.fed, own.tested
        if fed is Answer.UNKNOWN:
            fed = self._for_rule(self.data, technique, platforms, rule)
        if tested is Answer.UNKNOWN:
            tested = self._for_rule(self.test, technique, platforms, rule)
        return own.deployed, fed, tested

    def _for_rule(
        self,
        said: Callable[[str, str], Answer],
        technique: str,
        platforms: tuple[str, ...],
        rule: RuleIndex,
    ) -> Answer:
        """What is said of a technique, on the platforms that the rule looks at.

        One that states none looks at any: what is said must be the same on each.
        """
        stated = self._counted.platforms.get(rule)
        if not stated or platforms == ("",):
            return agreed(said(technique, platform) for platform in platforms)
        here = [platform for platform in platforms if platform in stated]
        return any_of(said(technique, one) for one in here) if here else Answer.UNKNOWN

    def _rule(self, index: RuleIndex) -> RuleStanding:
        """What the facts say of one rule, by its index into the corpus."""

        def says(kind: FactKind) -> Answer:
            found = self._of_rule.get((kind, index))
            return found[1].value if found else Answer.UNKNOWN

        fired = says(FactKind.FIRED)
        # What has fired was deployed and had data; what never fired may have been both.
        proof = Answer.YES if fired is Answer.YES else Answer.UNKNOWN
        read = [self._reads(name) for name in self._counted.reads.get(index, ())]
        return RuleStanding(
            deployed=_known(says(FactKind.DEPLOYED), proof),
            fed=_known(says(FactKind.TELEMETRY), proof, any_of(read) if read else proof),
            fired=fired,
            tested=says(FactKind.TESTED),
        )

    def _best_of_rules(self) -> dict[tuple[FactKind, RuleIndex], tuple[_Rank, Fact]]:
        best: dict[tuple[FactKind, RuleIndex], tuple[_Rank, Fact]] = {}
        for position, fact in enumerate(self._facts):
            if not fact.rule:
                continue
            found, exact = self._matcher.rules(fact.rule)
            rank = (exact, True, fact.date, position)
            for index in found:
                known = best.get((fact.kind, index))
                if known is None or rank > known[0]:
                    best[fact.kind, index] = rank, fact
        return best

    def _best_of_techniques(
        self, wanted: Callable[[Fact], bool]
    ) -> dict[tuple[str, str], tuple[_Rank, Fact]]:
        """The fact that counts by (technique, platform), "" where it names no platform."""
        best: dict[tuple[str, str], tuple[_Rank, Fact]] = {}
        for position, fact in enumerate(self._facts):
            if not fact.technique or not wanted(fact):
                continue
            found, exact = self._matcher.techniques(fact.technique)
            platform = self._matcher.platform(fact.platform) if fact.platform else ""
            if platform is None:
                continue
            rank = (exact, bool(platform), fact.date, position)
            for technique in found:
                known = best.get((technique, platform))
                if known is None or rank > known[0]:
                    best[technique, platform] = rank, fact
        return best

    def _data(self, technique: str, platform: str) -> Answer:
        """Whether a log source that MITRE's analytics for a technique read is collected."""
        if self._detections is None or not self._of_data:
            return Answer.UNKNOWN
        logs = {
            log
            for analytic in self._detections.analytics(technique, platform or None)
            for log in analytic.log_sources
        }
        parts = self._detections.components.get(technique, ()) if not logs else ()
        logs |= {LogSource(name="", component=one) for one in parts}
        return any_of(map(self._log, logs)) if logs else Answer.UNKNOWN

    def _read_answer(self, name: str) -> Answer:
        return self._best_of_data(lambda means: means.name(name))

    def _log_answer(self, log: LogSource) -> Answer:
        return self._best_of_data(lambda means: means.log(log))

    def _best_of_data(self, fit_of: Callable[[DataMatcher], int]) -> Answer:
        found = [
            (fit, date, position, value)
            for means, date, position, value in self._of_data
            if (fit := fit_of(means))
        ]
        return max(found)[-1] if found else Answer.UNKNOWN


def _known(*answers: Answer) -> Answer:
    """The first that isn't unknown."""
    return next((one for one in answers if one is not Answer.UNKNOWN), Answer.UNKNOWN)


def _better(
    best: dict[tuple[str, str], tuple[_Rank, Fact]], technique: str, platform: str
) -> Fact | None:
    """The fact for a technique on a platform: the better of its own and the general one."""
    found = [best[key] for key in {(technique, platform), (technique, "")} if key in best]
    return max(found, key=lambda one: one[0])[1] if found else None
