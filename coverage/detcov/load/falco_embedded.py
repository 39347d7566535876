"""Falco rules in a block of text of other YAML: Helm's `customRules`, and ConfigMaps.

What isn't such a block is blanked, sign by sign, and the line above a block begins a document. So
each offset into what is left is one into the file, and each rule has its place there.
"""

import re
from collections.abc import Iterator
from typing import Final

_HEADER: Final = re.compile(
    r"(?P<before>[ ]*+(?:- )*+)(?P<key>[^\s#][^\n]*):[ \t]+\|[-+0-9]*[ \t]*(?:#[^\n]*)?\r?"
)
_RULE: Final = "- rule:"
_OWN: Final = re.compile(r"^[ ]++(?:output|priority|override|append|enabled):", re.MULTILINE)
"""What each of Falco's rules has, and no other kind of rule with a condition; or a change of one"""
_MARK: Final = "---"
_VALUES: Final = frozenset({"values", "values.yaml", "valuesContent"})
"""Keys of a block that is YAML itself: of Argo CD, of Flux's ConfigMaps, of K3s's `HelmChart`"""


def embedded(text: str) -> str:
    """The text with nothing but its blocks of rules, each a document; "" where there is none."""
    if _RULE not in text:
        return ""
    lines = text.split("\n")
    kept = [_blank(line) for line in lines]
    holds_rules = False
    for header, end in _blocks(lines):
        block = lines[header + 1 : end]
        if _is_rules(block):
            holds_rules = True
            kept[header] = _MARK + _blank(lines[header])[len(_MARK) :]
            kept[header + 1 : end] = block
    return "\n".join(kept) if holds_rules else ""


def _blocks(lines: list[str]) -> Iterator[tuple[int, int]]:
    """The outermost blocks: the line that begins each, and the line behind it.

    Helm's values may be a block themselves: those within it are looked at, too.
    """
    at = 0
    while at < len(lines):
        header = _HEADER.fullmatch(lines[at])
        begin, at = at, at + 1
        if header is None or header["key"].strip("'\"") in _VALUES:
            continue
        depth = len(header["before"])
        while at < len(lines) and (not lines[at].strip() or _indent(lines[at]) > depth):
            at += 1
        yield begin, at


def _is_rules(block: list[str]) -> bool:
    """Whether a block is a list of rules, and not a text that has one in it."""
    filled = [line for line in block if line.strip() and not line.lstrip().startswith("#")]
    if not filled:
        return False
    least = min(map(_indent, filled))
    at_top = any(line.startswith(_RULE, least) for line in filled if _indent(line) == least)
    return at_top and _OWN.search("\n".join(filled)) is not None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _blank(line: str) -> str:
    """As many spaces as a line has signs; a carriage return stays what it is."""
    return " " * (len(line) - 1) + "\r" if line.endswith("\r") else " " * len(line)
