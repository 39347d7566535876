"""The ATT&CK Navigator layer, format 4.5, as typed values that encode to it.

Encoding only: another tool's layer is read as plain JSON values, see `detcov.layer.read`,
because what is wrong in it wouldn't fit these types. Navigator loses a whole layer over a
single null, so an optional field is `UNSET` and left out, never None.
"""

from typing import Final, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

LAYER_VERSION: Final = "4.5"
"""The newest format there is. Any other makes Navigator show a warning."""
NAVIGATOR_VERSION: Final = "5.1.0"
"""The Navigator the layers were tried with; required by the format, never read by Navigator."""
DOMAINS: Final = ("enterprise-attack", "mobile-attack", "ics-attack")
"""The domains a Navigator comes with."""


class Versions(Struct, frozen=True, kw_only=True):
    """Which data the layer was made for. `attack` is the major number of the release."""

    attack: str | UnsetType = UNSET
    navigator: str = NAVIGATOR_VERSION
    layer: str = LAYER_VERSION


class Metadata(Struct, frozen=True, kw_only=True):
    """A line of a tooltip or of the layer's settings. Both strings non-empty, or it is dropped."""

    name: str
    value: str


class Divider(Struct, frozen=True, kw_only=True):
    """A line between metadata or between links."""

    divider: Literal[True] = True


class Link(Struct, frozen=True, kw_only=True):
    """An entry of the right-click menu. Navigator opens any url unchecked: http(s) only."""

    label: str
    url: str


class LayerTechnique(Struct, frozen=True, kw_only=True):
    """One annotated cell. Unique by (technique_id, tactic)."""

    technique_id: str = msgspec.field(name="techniqueID")
    tactic: str | UnsetType = UNSET
    """Shortname, one of the technique's own; left out, every tactic of it is annotated"""
    score: int | UnsetType = UNSET
    """Zero is a score and takes the first colour"""
    color: str | UnsetType = UNSET
    """Beats the score's colour"""
    comment: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    metadata: tuple[Metadata | Divider, ...] | UnsetType = UNSET
    links: tuple[Link | Divider, ...] | UnsetType = UNSET
    show_subtechniques: bool | UnsetType = msgspec.field(default=UNSET, name="showSubtechniques")
    """On a parent's entry only"""


class Gradient(Struct, frozen=True, kw_only=True, rename="camel"):
    """Colours of the scores: two or more, `min_value` < `max_value`."""

    colors: tuple[str, ...]
    min_value: int
    max_value: int


class LegendItem(Struct, frozen=True, kw_only=True):
    """A line of the legend, which cuts labels after about 15 characters."""

    label: str
    color: str


class Layout(Struct, frozen=True, kw_only=True):
    """How the matrix is drawn."""

    layout: Literal["side", "flat", "mini"] = "side"
    show_id: bool = msgspec.field(default=True, name="showID")
    show_name: bool = msgspec.field(default=True, name="showName")
    show_aggregate_scores: bool = msgspec.field(default=False, name="showAggregateScores")
    count_unscored: bool = msgspec.field(default=False, name="countUnscored")
    aggregate_function: Literal["average", "min", "max", "sum"] = msgspec.field(
        default="average", name="aggregateFunction"
    )
    expanded_subtechniques: Literal["none", "annotated", "all"] = msgspec.field(
        default="annotated", name="expandedSubtechniques"
    )


class Layer(Struct, frozen=True, kw_only=True):
    """A layer file. There is no `filters`: a platform list hides cells, and ages."""

    name: str
    versions: Versions
    domain: str
    description: str
    gradient: Gradient
    techniques: tuple[LayerTechnique, ...]
    legend_items: tuple[LegendItem, ...] = msgspec.field(name="legendItems")
    layout: Layout = Layout()
    sorting: Literal[0, 1, 2, 3] = 0
    hide_disabled: bool = msgspec.field(default=False, name="hideDisabled")
    metadata: tuple[Metadata | Divider, ...] | UnsetType = UNSET
    links: tuple[Link | Divider, ...] | UnsetType = UNSET


def encode(layer: Layer) -> bytes:
    """Encode as JSON: UTF-8, indented, a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(layer), indent=1) + b"\n"
