"""A Navigator layer whose colours are words: lost, gained, only here, in both."""

from collections.abc import Iterable, Mapping, Sequence

from detcov.attack.release import Release, Technique
from detcov.layer.model import (
    Gradient,
    Layer,
    LayerTechnique,
    LegendItem,
    Metadata,
    Versions,
    encode,
)
from detcov.report.layer_links import attack_major
from detcov.report.layer_scope import Scoped
from detcov.report.layer_words import cleaned, cleaned_lines, tool_fact


def coloured_layer(
    entries: Scoped,
    *,
    name: str,
    description: str,
    domain: str,
    version: str | None,
    legend: Mapping[str, str],
    facts: Iterable[Metadata],
) -> bytes:
    """The layer as JSON. `legend` is word to colour; what no entry has isn't in it.

    `facts` say what is compared and with which data; what wrote the layer is added.
    """
    used = {one.color for one in entries.techniques}
    return encode(
        Layer(
            name=cleaned(name) or "Comparison",
            versions=Versions(attack=attack_major(version)),
            domain=domain,
            description=cleaned_lines(description),
            gradient=Gradient(colors=("#ffffff", "#ffffff"), min_value=0, max_value=1),
            techniques=entries.techniques,
            legend_items=tuple(
                LegendItem(label=word, color=color)
                for word, color in legend.items()
                if color in used
            ),
            layout=entries.layout,
            hide_disabled=entries.hide_disabled,
            metadata=(*facts, tool_fact()),
        )
    )


def in_each_tactic(
    technique: Technique,
    release: Release,
    *,
    color: str,
    comment: str,
    metadata: Sequence[Metadata],
) -> Iterable[LayerTechnique]:
    """A technique's entries: one in each of its tactics, in the matrix's order."""
    order = {tactic.shortname: at for at, tactic in enumerate(release.tactics)}
    for tactic in sorted(technique.tactics, key=order.__getitem__):
        yield LayerTechnique(
            technique_id=technique.id,
            tactic=tactic,
            color=color,
            comment=comment,
            metadata=tuple(metadata),
        )
