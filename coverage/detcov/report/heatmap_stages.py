"""What facts add to the heatmap: its payload, numbers and method (docs/facts.md).

The page works stages out for any filter, so it gets what the facts say of rules, and of
techniques on each platform, not the outcome; `templates/heatmap/stages.js` puts that together by
the definitions of `detcov.analysis.estate`. A page without facts has none of it.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from detcov.analysis.estate import Estate
from detcov.analysis.stages import STAGES, Stage, StageCount, Stages, words
from detcov.facts import Answer, Fact, Facts
from detcov.model import RuleIndex
from detcov.report.clean import clean
from detcov.report.heatmap_card import CardRow, Stat
from detcov.report.stages import accepted_gaps, excused_in_words, read_in_words
from detcov.report.words import counted

STAGE_NAMES = ("not mapped", *STAGES, "accepted gap")
"""Choices of the filter by stage; `templates/heatmap/stages.js` numbers them in this order"""

_UNKNOWN = (
    "Unknown is not no: no fact says of these whether. A stage holds only where all before it "
    "hold, for the same rule."
)
_CODE = {Answer.UNKNOWN: 0, Answer.YES: 1, Answer.NO: 2}


class StandingRow(Struct, frozen=True, array_like=True):
    """What facts say of one rule: 0 unknown, 1 yes, 2 no."""

    rule: int
    """Index into `rules`"""
    deployed: int
    fed: int
    tested: int
    fired: int


class SaidRow(Struct, frozen=True, array_like=True):
    """What facts say of one technique on one platform: 0 unknown, 1 yes, 2 no."""

    technique: int
    """Index into `techniques`"""
    platform: int
    """Index into `platforms`; -1 where ATT&CK names none for the technique"""
    data: int
    """Whether what MITRE's analytics read is collected"""
    tested: int
    excuse: int
    """Index into `excuses`, -1 for none"""

    @property
    def empty(self) -> bool:
        """Whether it says nothing."""
        return (self.data, self.tested, self.excuse) == (0, 0, -1)


class StagesPayload(Struct, frozen=True, kw_only=True):
    """Everything that the page knows of facts."""

    rules: tuple[StandingRow, ...]
    said: tuple[SaidRow, ...]
    excuses: tuple[str, ...]


def build_stages(
    estate: Estate,
    stages: Stages,
    *,
    rules: Mapping[RuleIndex, int],
    techniques: Mapping[str, int],
    platforms: Mapping[str, int],
) -> StagesPayload:
    """What the facts say, with rules, techniques and platforms as the page numbers them."""
    excuses: dict[str, int] = {}

    def number(fact: Fact | None) -> int:
        return -1 if fact is None else excuses.setdefault(clean(words(fact)), len(excuses))

    def said() -> Iterator[SaidRow]:
        for technique, at in techniques.items():
            for platform in stages.platforms[technique] or ("",):
                data, test = estate.data(technique, platform), estate.test(technique, platform)
                excuse = number(estate.excuse(technique, platform))
                on = platforms[platform] if platform else -1
                yield SaidRow(at, on, _CODE[data], _CODE[test], excuse)

    standing = (
        StandingRow(
            rules[index],
            *(_CODE[answer] for answer in (one.deployed, one.fed, one.tested, one.fired)),
        )
        for index, one in stages.rules.items()
        if index in rules
    )
    return StagesPayload(
        rules=tuple(standing),
        said=tuple(row for row in said() if not row.empty),
        excuses=tuple(excuses),
    )


def stage_stats(stages: Stages) -> tuple[Stat, ...]:
    """The numbers above the matrix: those that facts tell."""
    return tuple(_stat(one) for one in stages.whole.counts if one.stage is not Stage.MAPPED)


def facts_card(stages: Stages, facts: Facts) -> CardRow:
    """The facts' row of the method card."""
    accepted = tuple(
        clean(f"Accepted gap, {fact.subject}: {words(fact)} ({fact.where})")
        for fact in accepted_gaps(stages)
    )
    left = (excused_in_words(stages.whole).capitalize(),) if stages.whole.excused else ()
    return CardRow(
        label="Facts",
        lines=(
            read_in_words(stages, facts),
            *(_definition(count) for count in stages.whole.counts),
            _UNKNOWN,
            *left,
            *accepted,
        ),
    )


def _stat(count: StageCount) -> Stat:
    reached = count.reached
    unknown = f", {count.unknown:,} unknown" if count.unknown else ""
    return Stat(
        key=count.stage.value,
        label=count.stage.value.capitalize(),
        percent=reached.percent,
        counts=f"{counted(reached)}{unknown}",
        definition=reached.definition,
    )


def _definition(count: StageCount) -> str:
    reached = count.reached
    return (
        f"{count.stage.value.capitalize()}: {counted(reached)} "
        f"({reached.percent}), {count.unknown:,} unknown, {count.missed:,} not; "
        f"{reached.definition}"
    )
