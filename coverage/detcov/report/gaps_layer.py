"""The gaps of platforms as a Navigator layer that shows their techniques only."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import UNSET

from detcov.analysis.gap_study import GapStudy
from detcov.analysis.stages import words as excuse
from detcov.layer.model import (
    Layer,
    LayerTechnique,
    LegendItem,
    Metadata,
    Versions,
    encode,
)
from detcov.report import gaps_words as words
from detcov.report.gaps_shown import GapState, ShownTechnique, shown_techniques
from detcov.report.layer import (
    VIA_COLOR,
    score_scale,
)
from detcov.report.layer_links import attack_major, page_link
from detcov.report.layer_scope import scoped
from detcov.report.layer_stages import ACCEPTED_COLOR
from detcov.report.layer_stages import in_words as stage
from detcov.report.layer_words import cleaned, dataset_facts, in_words, rule_names
from detcov.report.words import titled
from detcov.study import Study

# Vermilion and its tint: told from the blue of the scores and the amber of "via" in every kind
# of colour blindness (Okabe and Ito's palette), and from each other by lightness.
GAP_COLOR: Final = "#d55e00"
NODE_COLOR: Final = "#f6b48a"
PARTLY_COLOR: Final = "#b8a1d9"

_STATES: Final[Mapping[GapState, tuple[str, str]]] = {
    GapState.GAP: ("gap", GAP_COLOR),
    GapState.NODE: ("node rules only", NODE_COLOR),
    GapState.VIA: ("via sub-techs", VIA_COLOR),
    GapState.PARTLY: ("some platforms", PARTLY_COLOR),
    GapState.ACCEPTED: ("accepted gap", ACCEPTED_COLOR),
}
"""State to its label in the legend, of which Navigator shows 15 characters, and its colour"""


def render_gap_layer(study: Study, found: Sequence[GapStudy], *, title: str = "Gaps") -> bytes:
    """The layer as JSON in UTF-8, entries sorted by technique and the matrix's tactics.

    A covered technique has a score, the number of rules that close it, in each of its tactics;
    a gap has a colour and no score. Raises `UsageError` where there is nothing to draw.
    """
    techniques = shown_techniques(found)
    writer = _Writer(study, found)
    drawn = writer.drawn(techniques)
    entries = scoped(study.release, drawn, writer.entries(drawn, techniques))
    gradient, scale = score_scale(entries.techniques)
    platforms = ", ".join(one.gaps.platform for one in found)
    scored = any(one.score is not UNSET for one in entries.techniques)
    states = {one.state for one in techniques.values()}
    legend = [
        LegendItem(label=label, color=color)
        for state, (label, color) in _STATES.items()
        if state in states
    ]
    return encode(
        Layer(
            name=cleaned(titled(title, [one.gaps.platform for one in found])) or "Gaps",
            versions=Versions(attack=attack_major(study.release.version)),
            domain=study.release.domain,
            description=_description(platforms),
            gradient=gradient,
            techniques=entries.techniques,
            legend_items=(*legend, *(scale if scored else ())),
            layout=entries.layout,
            hide_disabled=entries.hide_disabled,
            metadata=tuple(_facts(study, found)),
        )
    )


class _Writer:
    """Makes the entries; holds what each of them looks up."""

    def __init__(self, study: Study, found: Sequence[GapStudy]) -> None:
        self._study, self._several = study, len(found) > 1
        self._found = {one.gaps.platform: one for one in found}

    def drawn(self, techniques: Mapping[str, ShownTechnique]) -> Sequence[tuple[str, str]]:
        """The cells of those shown, by technique, then the matrix's tactics."""
        release = self._study.release
        order = {one.shortname: n for n, one in enumerate(release.tactics)}
        wanted = frozenset(t for one in self._found.values() for t in one.options.tactics)
        cells = (
            (tactic, identity)
            for tactic, identity in release.cells
            if identity in techniques and (not wanted or tactic in wanted)
        )
        return sorted(cells, key=lambda cell: (cell[1], order[cell[0]]))

    def entries(
        self, drawn: Sequence[tuple[str, str]], techniques: Mapping[str, ShownTechnique]
    ) -> Iterator[LayerTechnique]:
        """One a drawn cell."""
        for tactic, identity in drawn:
            yield self._entry(techniques[identity], tactic)

    def _entry(self, shown: ShownTechnique, tactic: str) -> LayerTechnique:
        covered = shown.state is GapState.COVERED
        return LayerTechnique(
            technique_id=shown.technique.id,
            tactic=tactic,
            score=shown.rules if covered else UNSET,
            color=UNSET if covered else _STATES[shown.state][1],
            metadata=tuple(self._metadata(shown)),
            links=(page_link(shown.technique.id),),
        )

    def _metadata(self, shown: ShownTechnique) -> Iterator[Metadata]:
        for platform, row in shown.by_platform.items():
            on = f"{platform}: " if self._several else ""
            counts = ", ".join(f"{name} {len(rules)}" for name, rules in row.columns.items())
            yield Metadata(name=f"{on}Rules", value=counts)
            if row.subtechniques:
                value = f"{row.subtechniques_covered} of {row.subtechniques} sub-techniques"
                yield Metadata(name=f"{on}Via", value=value)
            if row.stages is not None and (row.stages.mapped or row.accepted):
                value = excuse(row.accepted) if row.accepted else stage(row.stages)
                yield Metadata(name=f"{on}Stage", value=cleaned(value))
            if (ranked := shown.ranked.get(platform)) is not None:
                need = self._found[platform].needs[shown.technique.id]
                parts = words.score(ranked, platform)
                yield Metadata(name=f"{on}Score", value=_scored(ranked.score, parts))
                if ranked.ubiquitous:
                    yield Metadata(name=f"{on}Note", value=words.HELD_DOWN)
                yield Metadata(name=f"{on}Reports", value=cleaned(words.reports(ranked, platform)))
                remap = words.remap(ranked, self._study.release, self._study.corpus)
                if remap := cleaned(remap):
                    yield Metadata(name=f"{on}Re-map", value=remap)
                yield Metadata(name=f"{on}Build", value=cleaned(words.build(need)))
                if logs := cleaned(", ".join(one.name for one in need.logs)):
                    yield Metadata(name=f"{on}Collect", value=logs)
        yield from self._rules(shown)

    def _rules(self, shown: ShownTechnique) -> Iterator[Metadata]:
        rules = sorted({i for row in shown.by_platform.values() for i in row.closing})
        yield from rule_names([cleaned(self._study.corpus.rules[index].name) for index in rules])


def _scored(score: int, parts: str) -> str:
    return f"{score}: {parts}" if parts else str(score)


def _description(platforms: str) -> str:
    return (
        f"Techniques of {cleaned(platforms)} only; others are disabled and hidden. Score: distinct "
        "rules that look at the platform and claim the technique. Coloured: gaps, without such a "
        "rule. Mapped is not the same as detected."
    )


def _facts(study: Study, found: Sequence[GapStudy]) -> Iterator[Metadata]:
    release = study.release
    yield from dataset_facts(release)
    names = {one.shortname: one.name for one in release.tactics}
    for one in found:
        gaps = one.gaps
        ratio = gaps.covered
        yield Metadata(
            name=gaps.platform,
            value=in_words(ratio),
        )
        counts = ", ".join(f"{name} {n}" for name, n in gaps.rules.items())
        yield Metadata(name=f"{gaps.platform}: rules", value=counts)
    if chosen := cleaned(words.selection(found[0], names)):
        yield Metadata(name="Techniques", value=chosen)
