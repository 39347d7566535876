"""What groups, campaigns and software do as a Navigator layer: what rules see of it, and gaps.

Only techniques that are used have an entry, one in each of their tactics; parents are opened.
"""

from collections.abc import Iterator

from msgspec import UNSET, UnsetType

from detcov.analysis.threat import ThreatStudy, UsedTechnique
from detcov.layer.model import (
    Layer,
    LayerTechnique,
    LegendItem,
    Metadata,
    Versions,
    encode,
)
from detcov.report.gaps_layer import GAP_COLOR
from detcov.report.layer import (
    VIA_COLOR,
    score_scale,
)
from detcov.report.layer_links import attack_major, page_link
from detcov.report.layer_words import cleaned, dataset_facts, in_words, rule_names
from detcov.report.threat import called
from detcov.study import Study


def render_threat_layer(study: Study, found: ThreatStudy, *, title: str = "Threats") -> bytes:
    """The layer as JSON in UTF-8, entries sorted by technique and the matrix's tactics.

    A covered technique has a score, the number of rules that cover it; a gap has a colour and no
    score, another one if some of its sub-techniques are covered.
    """
    entries = tuple(_entries(study, found))
    gradient, scale = score_scale(entries)
    colors = {one.color for one in entries}
    legend = [
        LegendItem(label=label, color=color)
        for label, color in (("gap", GAP_COLOR), ("via sub-techs", VIA_COLOR))
        if color in colors
    ]
    scored = any(one.score is not UNSET for one in entries)
    who = ", ".join(called(one.actor) for one in found.actors)
    return encode(
        Layer(
            name=cleaned(f"{title}: {who}") or "Threats",
            versions=Versions(attack=attack_major(study.release.version)),
            domain=study.release.domain,
            description=_description(who),
            gradient=gradient,
            techniques=entries,
            legend_items=(*legend, *(scale if scored else ())),
            metadata=tuple(_facts(study, found)),
        )
    )


def _entries(study: Study, found: ThreatStudy) -> Iterator[LayerTechnique]:
    order = {one.shortname: n for n, one in enumerate(study.release.tactics)}
    for identity, one in found.techniques.items():
        for tactic in sorted(one.technique.tactics, key=order.__getitem__):
            yield LayerTechnique(
                technique_id=identity,
                tactic=tactic,
                score=len(one.rules) or UNSET,
                color=_color(one),
                metadata=tuple(_metadata(study, found, one)),
                links=(page_link(identity),),
            )


def _color(one: UsedTechnique) -> str | UnsetType:
    if not one.gap:
        return UNSET
    return VIA_COLOR if one.subtechniques_covered else GAP_COLOR


def _metadata(study: Study, found: ThreatStudy, one: UsedTechnique) -> Iterator[Metadata]:
    yield Metadata(name="Used by", value=f"{len(one.users)} of {len(found.actors)}")
    for user in one.users:
        software = ", ".join(each.name for each in one.through.get(user.id, ()))
        value = f"{called(user)}, through {software}" if software else called(user)
        yield Metadata(name="User", value=cleaned(value))
    if one.subtechniques:
        value = f"{one.subtechniques_covered} of {one.subtechniques} sub-techniques"
        yield Metadata(name="Via", value=value)
    yield from rule_names([cleaned(study.corpus.rules[index].name) for index in one.rules])


def _description(who: str) -> str:
    return (
        f"Techniques that {cleaned(who)} use. Score: distinct rules that cover the technique. "
        "Coloured: gaps, without such a rule. Mapped is not the same as detected."
    )


def _facts(study: Study, found: ThreatStudy) -> Iterator[Metadata]:
    release, ratio = study.release, found.covered
    yield from dataset_facts(release)
    yield Metadata(name="Platforms", value=cleaned(", ".join(found.platforms)) or "all")
    yield Metadata(
        name="Covered",
        value=in_words(ratio),
    )
    for one in found.actors:
        covered = one.covered
        value = f"{covered.numerator} of {covered.denominator} ({covered.percent})"
        yield Metadata(name=cleaned(called(one.actor)) or one.actor.id, value=value)
