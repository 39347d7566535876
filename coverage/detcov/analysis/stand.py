"""The stages of a whole coverage, and their sums."""

from collections.abc import Iterable, Iterator

from msgspec import structs

from detcov.analysis.coverage import Coverage, Ratio, TechniqueCoverage
from detcov.analysis.estate import Estate
from detcov.analysis.stages import (
    STAGES,
    Stage,
    StageCount,
    Stages,
    StageSums,
    TechniqueStages,
)
from detcov.facts import Answer, Fact, FactKind

_WHICH = {
    Stage.MAPPED: "with at least one own rule",
    Stage.DEPLOYED: "with a rule that is deployed, by the facts",
    Stage.FED: "with a rule that is deployed and gets its data, by the facts",
    Stage.TESTED: "with a rule that is deployed, fed and tested, by the facts",
}


def stages_of(coverage: Coverage, estate: Estate) -> Stages:
    """How far each technique in scope has come, by the facts of an estate."""
    techniques, by_platform = {}, {}
    for key, one in coverage.techniques.items():
        platforms = _platforms(one, coverage)
        techniques[key] = structs.replace(estate.stages(key, platforms, one.rules), platform="")
        for platform in platforms:
            rules = one.by_platform.get(platform, ())
            by_platform[key, platform] = estate.stages(key, (platform,), rules)
    facts = estate.facts
    return Stages(
        date=facts.date,
        facts=len(facts.facts),
        rules={index: estate.rule(index) for index in estate.rules_named},
        techniques=techniques,
        by_platform=by_platform,
        sums=tuple(_sums(coverage, techniques, by_platform)),
        expired=estate.expired,
        unmatched=tuple(estate.unmatched()),
        needless=tuple(estate.needless(coverage)),
        undated=sum(1 for one in facts.facts if one.expiry) if facts.date is None else 0,
    )


def _platforms(one: TechniqueCoverage, coverage: Coverage) -> tuple[str, ...]:
    """The technique's platforms that are in scope."""
    own = one.technique.platforms
    return tuple(p for p in own if p in coverage.platforms) if coverage.platforms else own


def _sums(
    coverage: Coverage,
    techniques: dict[str, TechniqueStages],
    by_platform: dict[tuple[str, str], TechniqueStages],
) -> Iterator[StageSums]:
    seen = {key for key, one in coverage.techniques.items() if not one.technique.pre_only}
    yield sum_stages("", [one for key, one in techniques.items() if key in seen])
    for platform in sorted({platform for key, platform in by_platform if key in seen}):
        here = [one for (key, on), one in by_platform.items() if on == platform and key in seen]
        yield sum_stages(platform, here)


def sum_stages(platform: str, found: Iterable[TechniqueStages]) -> StageSums:
    """The sums of some techniques, on a platform or ("") in the whole scope."""
    found = list(found)
    excused = [one for one in found if one.excused]
    left = [one for one in found if not one.excused]
    waived = sum(1 for one in excused if any(_is_waiver(fact) for fact in one.excuses))
    return StageSums(
        platform=platform,
        techniques=len(found),
        counts=tuple(_count(stage, platform, left) for stage in STAGES),
        waived=waived,
        not_applicable=len(excused) - waived,
    )


def _count(stage: Stage, platform: str, found: list[TechniqueStages]) -> StageCount:
    answers = [one.answer(stage) for one in found]
    on = f" for {platform}" if platform else ""
    return StageCount(
        stage=stage,
        reached=Ratio(
            numerator=answers.count(Answer.YES),
            denominator=len(found),
            definition=f"techniques{on} {_WHICH[stage]}; gaps that are waived or not applicable "
            "are on neither side",
        ),
        unknown=answers.count(Answer.UNKNOWN),
    )


def _is_waiver(fact: Fact) -> bool:
    return fact.kind is FactKind.WAIVED
