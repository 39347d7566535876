"""Writes a Study as an ATT&CK Navigator layer, format 4.5."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import UNSET, Struct, UnsetType

from detcov.analysis.coverage import CellCoverage, Coverage, Depth, TechniqueCoverage
from detcov.layer.model import (
    Gradient,
    Layer,
    LayerTechnique,
    LegendItem,
    Link,
    Metadata,
    Versions,
    encode,
)
from detcov.model import Corpus, CountMode, RuleIndex
from detcov.report.layer_links import attack_major, page_link, rule_url, web_address
from detcov.report.layer_scope import scoped
from detcov.report.layer_words import (
    UNNAMED,
    cleaned,
    dataset_facts,
    in_words,
    inferred_reasons,
    platforms_fact,
    rule_names,
)
from detcov.report.words import titled
from detcov.study import Study

LINK_LIMIT: Final = 10
"""Rule links in a cell's right-click menu."""

# Light to dark blue, told apart by lightness alone; the amber stands off in every kind of
# colour blindness, and both ends stand off from an empty white cell.
LIGHT: Final = (0xC9, 0xDF, 0xF2)
DARK: Final = (0x0B, 0x3C, 0x7A)
VIA_COLOR: Final = "#f2cf7b"

_COUNTED: Final[Mapping[CountMode, str]] = {
    "live": "live rules",
    "active": "active rules",
    "all": "all rules",
}
_DEPTHS: Final[Mapping[Depth, str]] = {
    Depth.NONE: "no own rule",
    Depth.ONE: "one own rule",
    Depth.SEVERAL: "several own rules",
}


class LayerOptions(Struct, frozen=True, kw_only=True):
    """What a caller may choose about a layer."""

    name: str = "Detection coverage"
    """Title of Navigator's tab"""
    link_base: str | None = None
    """http(s) address that a rule's path is added to for a link to it; None makes no such links"""
    part: str = ""
    """What the layer is a part of its title's whole for: a source, a tag, a tactic"""
    top_of_scale: int | None = None
    """Score that takes the darkest colour, for layers that are to be compared; None takes the
    95th percentile of the layer's own scores"""


def render_layer(study: Study, *, options: LayerOptions | None = None) -> bytes:
    """Render the layer as JSON in UTF-8, entries sorted by technique and the matrix's tactics.

    A cell's score is the number of distinct rules drawn in it; a gap has no entry. A parent
    without an own rule, some of whose sub-techniques are covered, has an entry without a score
    in each of its tactics. What is out of the coverage's scope is disabled and hidden. Raises
    UsageError when `link_base` is no http(s) address.
    """
    options = options or LayerOptions()
    base = web_address(options.link_base) if options.link_base is not None else None
    writer = _Writer(study, base)
    techniques = tuple(writer.entries())
    gradient, scale = score_scale(techniques, top=options.top_of_scale)
    entries = scoped(study.release, study.coverage.cells, techniques)
    return encode(
        Layer(
            name=cleaned(_name(options, study.coverage)),
            versions=Versions(attack=attack_major(study.release.version)),
            domain=study.release.domain,
            description=_description(study.coverage, hidden=entries.hide_disabled),
            gradient=gradient,
            techniques=entries.techniques,
            legend_items=(*scale, *_via(techniques), *_accepted(study, techniques)),
            layout=entries.layout,
            hide_disabled=entries.hide_disabled,
            metadata=tuple(_facts(study, techniques)),
        )
    )


def _name(options: LayerOptions, coverage: Coverage) -> str:
    """The title with the scope: the platforms, then the part of the whole."""
    title = options.name if cleaned(options.name) else LayerOptions().name
    name = titled(title, coverage.platforms)
    return f"{name}: {options.part}" if options.part else name


def score_scale(
    techniques: Sequence[LayerTechnique], *, top: int | None = None
) -> tuple[Gradient, tuple[LegendItem, ...]]:
    """The colours of the scores up to `top`, and what the legend says of them."""
    if top is None:
        scores = [one.score for one in techniques if not isinstance(one.score, UnsetType)]
        top = top_of_scale(scores)
    gradient = Gradient(colors=(hex_color(LIGHT), hex_color(DARK)), min_value=0, max_value=top)
    return gradient, _score_legend(top)


def top_of_scale(scores: list[int]) -> int:
    """Give the 95th percentile (nearest rank) of the scores, one at least.

    A few cells have ten times the rules of the median one: a scale up to the largest would
    paint all others alike.
    """
    if not scores:
        return 1
    return sorted(scores)[math.ceil(0.95 * len(scores)) - 1]


class _Writer:
    """Makes the entries; holds what each of them looks up."""

    def __init__(self, study: Study, link_base: str | None) -> None:
        self._coverage = study.coverage
        self._rules = study.corpus.rules
        self._names = _names(study.corpus)
        self._base = link_base
        self._reasons = inferred_reasons(study)
        self._stages = study.stages
        self._tactic_order = {t.shortname: n for n, t in enumerate(study.release.tactics)}

    def entries(self) -> Iterator[LayerTechnique]:
        """Give one entry a drawn cell and one a tactic of a parent covered via its children."""
        cells = self._coverage.cells
        order = self._tactic_order
        for tactic, identity in sorted(cells, key=lambda cell: (cell[1], order[cell[0]])):
            cell, technique = cells[tactic, identity], self._coverage.techniques[identity]
            if cell.drawn:
                yield self._drawn(cell, technique)
            elif not technique.covered and technique.subtechniques_covered:
                yield self._via(cell, technique)
            elif self._stages is not None and self._stages.techniques[identity].excused:
                from detcov.report.layer_stages import accepted_entry

                yield accepted_entry(self._stages, tactic, identity)

    def _drawn(self, cell: CellCoverage, technique: TechniqueCoverage) -> LayerTechnique:
        rules = cell.stated + cell.inferred
        depth = _DEPTHS[technique.depth]
        if technique.depth is Depth.SEVERAL:
            depth += f" ({len(technique.rules)})"
        # The tooltip may not show all of a long list: what there are few of goes first.
        metadata = [Metadata(name="Depth", value=depth)]
        if cell.inferred:
            metadata.append(Metadata(name="Inferred", value=self._inferred(cell)))
        metadata += _extent(self._coverage, technique)
        metadata += self._stage(cell.technique)
        metadata += rule_names([self._names[rule] for rule in rules])
        return LayerTechnique(
            technique_id=cell.technique,
            tactic=cell.tactic,
            score=cell.drawn,
            metadata=tuple(metadata),
            links=(page_link(cell.technique), *self._rule_links(rules)),
        )

    def _via(self, cell: CellCoverage, technique: TechniqueCoverage) -> LayerTechnique:
        return LayerTechnique(
            technique_id=cell.technique,
            tactic=cell.tactic,
            color=VIA_COLOR,
            metadata=(
                Metadata(name="Depth", value=_DEPTHS[Depth.NONE]),
                *_extent(self._coverage, technique),
                *self._stage(cell.technique),
            ),
            links=(page_link(cell.technique),),
        )

    def _stage(self, technique: str) -> Iterator[Metadata]:
        """How far it has come, where facts about the estate tell."""
        if self._stages is None:
            return
        from detcov.report.layer_stages import stage_metadata

        yield from stage_metadata(self._stages, technique)

    def _inferred(self, cell: CellCoverage) -> str:
        """Say how many of the cell's rules don't state its tactic themselves, and why."""
        reasons = self._reasons.get((cell.tactic, cell.technique), {})
        counts = Counter(reasons.get(rule, "no tactic stated") for rule in cell.inferred)
        shown = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        why = "; ".join(
            reason if len(shown) == 1 else f"{reason} ({count})" for reason, count in shown[:3]
        )
        more = f"; and {len(shown) - 3} more reasons" if len(shown) > 3 else ""
        return f"{len(cell.inferred)} of {cell.drawn}: {why}{more}"

    def _rule_links(self, rules: tuple[RuleIndex, ...]) -> Iterator[Link]:
        if self._base is None:
            return
        for rule in rules[:LINK_LIMIT]:
            url = rule_url(self._base, self._rules[rule].path)
            if url is not None:
                yield Link(label=self._names[rule], url=url)


def _extent(coverage: Coverage, technique: TechniqueCoverage) -> Iterator[Metadata]:
    """How far the technique is covered in breadth: sub-techniques, platforms."""
    if technique.subtechniques:
        value = f"{technique.subtechniques_covered} of {technique.subtechniques} sub-techniques"
        yield Metadata(name="Via", value=value)
    if technique.covered and technique.by_platform and not coverage.platforms:
        value = f"{technique.platforms_covered} of {len(technique.by_platform)} platforms"
        yield Metadata(name="Stated for", value=value)


def _names(corpus: Corpus) -> Mapping[RuleIndex, str]:
    """What rules are called: with several sources by their own as well."""
    found = {index: cleaned(corpus.rules[index].name) or UNNAMED for index in set(corpus.canonical)}
    if len(corpus.sources) < 2:
        return found
    return {
        index: cleaned(f"{' + '.join(corpus.labels_of(index))}: {name}")
        for index, name in found.items()
    }


def _description(coverage: Coverage, *, hidden: bool) -> str:
    rest = "Techniques out of scope are disabled and hidden. " if hidden else ""
    return (
        f"Score: distinct rules ({_COUNTED[coverage.count]}) drawn in the cell. A cell without a "
        f"score has none. Parents in amber have no own rule, only covered sub-techniques. {rest}"
        "Mapped is not the same as detected."
    )


def hex_color(color: tuple[int, int, int]) -> str:
    """Write red, green and blue as "#rrggbb"."""
    return "#" + "".join(f"{part:02x}" for part in color)


def _via(techniques: tuple[LayerTechnique, ...]) -> tuple[LegendItem, ...]:
    if any(one.color == VIA_COLOR for one in techniques):
        return (LegendItem(label="via sub-techs", color=VIA_COLOR),)
    return ()


def _score_legend(top: int) -> tuple[LegendItem, ...]:
    """One rule, the middle, the top and above. Navigator shows 15 characters of a label."""
    items = []
    for score in sorted({1, (1 + top) // 2} - {top, 0}):
        color = tuple(
            round(low + (high - low) * score / top) for low, high in zip(LIGHT, DARK, strict=True)
        )
        label = "1 rule" if score == 1 else f"{score} rules"
        items.append(LegendItem(label=label, color=hex_color((color[0], color[1], color[2]))))
    items.append(LegendItem(label=f"{top} or more", color=hex_color(DARK)))
    return tuple(items)


def _accepted(study: Study, techniques: tuple[LayerTechnique, ...]) -> tuple[LegendItem, ...]:
    if study.stages is None:
        return ()
    from detcov.report.layer_stages import accepted_legend

    return accepted_legend(techniques)


def _facts(study: Study, techniques: tuple[LayerTechnique, ...]) -> Iterator[Metadata]:
    """Tell what the layer was made from and what it says as a whole."""
    release, coverage = study.release, study.coverage
    yield from dataset_facts(release)
    counted = f"{_COUNTED[coverage.count]}: {len(coverage.counted)}"
    yield Metadata(name="Counted", value=f"{counted} of {study.corpus.distinct} read")
    yield platforms_fact(coverage)
    yield Metadata(name="Covered", value=in_words(coverage.headline))
    if len(study.corpus.sources) > 1:
        for one in study.by_source:
            value = f"{in_words(one.covered)}; {one.alone} of them by no other source"
            yield Metadata(name=cleaned(f"By {one.label}"), value=value)
    yield Metadata(name="Two or more", value=in_words(coverage.two_or_more))
    yield Metadata(name="Parents", value=in_words(coverage.parents_with_via))
    if study.stages is not None:
        from detcov.report.layer_stages import stage_facts

        yield from stage_facts(study.stages)
    drawn = {one.technique_id for one in techniques if one.score is not UNSET}
    missing = [key for key, one in coverage.techniques.items() if one.covered and key not in drawn]
    if missing:
        value = f"{len(missing)} covered, their column unclear: {', '.join(missing)}"
        yield Metadata(name="Not drawn", value=value)
