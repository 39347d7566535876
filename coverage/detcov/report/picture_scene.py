"""A scene: boxes, stripes and labels in pixels, from the upper left corner, in drawing order."""

from typing import Literal

from msgspec import Struct

Anchor = Literal["left", "center", "right"]


class Box(Struct, frozen=True):
    """A rectangle, its corners rounded by `radius`. Colours as "#rrggbb"."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    line: str | None = None
    line_width: float = 1.0
    dashed: bool = False
    radius: float = 0.0


class Stripes(Struct, frozen=True):
    """Diagonal lines over a rectangle, `gap` pixels apart along its upper edge."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    gap: float = 6.0


class Label(Struct, frozen=True):
    """One line of text; `y` is its baseline, `x` what `anchor` says."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    bold: bool = False
    anchor: Anchor = "left"


Item = Box | Stripes | Label


class Scene(Struct, frozen=True, kw_only=True):
    """What is painted."""

    title: str
    width: int
    height: int
    background: str
    items: tuple[Item, ...]
