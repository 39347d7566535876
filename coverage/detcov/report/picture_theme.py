"""Colours of the pictures: a single-hue ramp, told apart in any colour vision and in grey."""

from typing import Final

from msgspec import Struct


class Ink(Struct, frozen=True):
    """A fill and what is legible on it."""

    fill: str
    text: str


class Theme(Struct, frozen=True, kw_only=True):
    """All colours of a picture."""

    background: str
    text: str
    muted: str
    line: str
    header: str
    accent: str
    track: str
    """What a ratio's bar runs on"""
    gap: Ink
    gap_line: str
    hollow: Ink
    """Cells without a rule of their own that are no gaps"""
    ramp: tuple[Ink, ...]
    """From one rule upwards, see STEPS"""


STEPS: Final = (1, 2, 4, 8, 16)
"""Least number of rules of each colour of the ramp, as on the HTML page"""

LIGHT: Final = Theme(
    background="#ffffff",
    text="#121926",
    muted="#56627a",
    line="#d5dae2",
    header="#eef1f5",
    accent="#1f5fb8",
    track="#d3d9e2",
    gap=Ink("#f7f8fa", "#5b6678"),
    gap_line="#cbd2dc",
    hollow=Ink("#ffffff", "#1d3a61"),
    ramp=(
        Ink("#d3e5f9", "#0f2037"),
        Ink("#a9cbf0", "#0c1d35"),
        Ink("#74a9e4", "#071527"),
        Ink("#2d6fc0", "#ffffff"),
        Ink("#12427f", "#ffffff"),
    ),
)

DARK: Final = Theme(
    background="#0b0f16",
    text="#e7ecf4",
    muted="#9aa8bd",
    line="#263143",
    header="#1a2331",
    accent="#86baf7",
    track="#2a3548",
    gap=Ink("#111824", "#8494ab"),
    gap_line="#334058",
    hollow=Ink("#0b0f16", "#cfe0f5"),
    ramp=(
        Ink("#183050", "#dbe8f8"),
        Ink("#1f4873", "#e6f0fc"),
        Ink("#2a68ab", "#ffffff"),
        Ink("#62a1e6", "#06121f"),
        Ink("#b3d5fb", "#06121f"),
    ),
)


def ink(theme: Theme, rules: int) -> Ink:
    """The colour of a cell in which that many rules, at least one, are drawn."""
    return theme.ramp[sum(1 for step in STEPS if step <= rules) - 1]


def mix(one: str, other: str, share: float) -> str:
    """A colour between two: `share` of the other."""
    pairs = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + bytes(round(a + (b - a) * share) for a, b in pairs).hex()
