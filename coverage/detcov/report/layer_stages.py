"""What facts add to a Navigator layer, and a layer of stages of its own (docs/facts.md)."""

from collections.abc import Iterator, Mapping
from typing import Final

from detcov.analysis.stages import STAGES, Stage, Stages, TechniqueStages, words
from detcov.layer.model import (
    Gradient,
    Layer,
    LayerTechnique,
    LegendItem,
    Metadata,
    Versions,
    encode,
)
from detcov.report.layer_links import attack_major, page_link
from detcov.report.layer_scope import scoped
from detcov.report.layer_words import cleaned, dataset_facts, platforms_fact
from detcov.report.words import titled
from detcov.study import Study

ACCEPTED_COLOR: Final = "#c3c6cc"
"""Grey: a gap that somebody accepts"""
_ACCEPTED: Final = LegendItem(label="accepted gap", color=ACCEPTED_COLOR)
STAGE_COLORS: Final[Mapping[Stage, str]] = {
    Stage.MAPPED: "#dcefc8",
    Stage.DEPLOYED: "#96cc8c",
    Stage.FED: "#3f9a5b",
    Stage.TESTED: "#0b5230",
}
"""Greens from light to dark, told apart by lightness alone. The layers of coverage and gaps use
none: there, blue counts rules, amber is via sub-techniques, vermilion is a gap."""


def stage_metadata(stages: Stages, technique: str) -> Iterator[Metadata]:
    """How far a technique has come, and who accepts its gaps, for a tooltip."""
    one = stages.techniques[technique]
    if one.mapped:
        yield Metadata(name="Stage", value=in_words(one))
    here = stages.platforms[technique]
    for platform, there in here.items():
        if there.excused:
            yield Metadata(name=cleaned(f"Gap on {platform}"), value=_excuses(there))
    if one.excused and not here:
        yield Metadata(name="Gap", value=_excuses(one))


def stage_facts(stages: Stages) -> Iterator[Metadata]:
    """The numbers of each stage, for the layer as a whole."""
    if stages.date:
        yield Metadata(name="Facts judged on", value=stages.date)
    for count in stages.whole.counts:
        reached = count.reached
        unknown = f", {count.unknown} unknown" if count.unknown else ""
        part = f"{reached.numerator} of {reached.denominator} ({reached.percent})"
        value = f"{part}{unknown}: {reached.definition}"
        yield Metadata(name=f"Stage {count.stage}", value=value)
    if stages.whole.excused:
        left = f"{stages.whole.waived} waived, {stages.whole.not_applicable} not applicable"
        yield Metadata(name="Accepted gaps", value=left)


def accepted_entry(stages: Stages, tactic: str, technique: str) -> LayerTechnique:
    """The entry of a gap that somebody accepts."""
    return LayerTechnique(
        technique_id=technique,
        tactic=tactic,
        color=ACCEPTED_COLOR,
        metadata=tuple(stage_metadata(stages, technique)),
        links=(page_link(technique),),
    )


def accepted_legend(techniques: tuple[LayerTechnique, ...]) -> tuple[LegendItem, ...]:
    """The legend's line for accepted gaps, where there are some."""
    return (_ACCEPTED,) if any(one.color == ACCEPTED_COLOR for one in techniques) else ()


def render_stage_layer(study: Study, stages: Stages, *, name: str) -> bytes:
    """A layer whose score is the stage a technique has reached, 1 mapped to 4 tested.

    It is drawn in the cells that rules are drawn in. Gaps that somebody accepts are grey, others
    have no entry.
    """
    drawn = tuple(_entries(study, stages))
    entries = scoped(study.release, study.coverage.cells, drawn)
    colors = STAGE_COLORS
    return encode(
        Layer(
            name=cleaned(titled(name, study.coverage.platforms)),
            versions=Versions(attack=attack_major(study.release.version)),
            domain=study.release.domain,
            description="Score: the furthest stage that a technique is known to have reached "
            "with one rule. 1 mapped, 2 deployed, 3 fed, 4 tested. Grey gaps are accepted by "
            "somebody, until the day in their tooltip.",
            gradient=Gradient(colors=tuple(colors.values()), min_value=1, max_value=len(colors)),
            techniques=entries.techniques,
            legend_items=(
                *(LegendItem(label=stage.value, color=colors[stage]) for stage in STAGES),
                *accepted_legend(drawn),
            ),
            layout=entries.layout,
            hide_disabled=entries.hide_disabled,
            metadata=(
                *dataset_facts(study.release),
                platforms_fact(study.coverage),
                *stage_facts(stages),
            ),
        )
    )


def _entries(study: Study, stages: Stages) -> Iterator[LayerTechnique]:
    order = {tactic.shortname: n for n, tactic in enumerate(study.release.tactics)}
    cells = study.coverage.cells
    for tactic, technique in sorted(cells, key=lambda cell: (cell[1], order[cell[0]])):
        one = stages.techniques[technique]
        if cells[tactic, technique].drawn:
            yield LayerTechnique(
                technique_id=technique,
                tactic=tactic,
                score=1 + STAGES.index(one.reached),
                metadata=tuple(stage_metadata(stages, technique)),
                links=(page_link(technique),),
            )
        elif one.excused:
            yield accepted_entry(stages, tactic, technique)


def in_words(one: TechniqueStages) -> str:
    """Such as "deployed; fed unknown, tested no"."""
    later = (stage for stage in STAGES[STAGES.index(one.reached) + 1 :])
    rest = ", ".join(f"{stage} {one.answer(stage)}" for stage in later)
    return f"{one.reached}; {rest}" if rest else one.reached.value


def _excuses(one: TechniqueStages) -> str:
    return cleaned("; ".join(map(words, one.excuses)))
