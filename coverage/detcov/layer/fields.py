"""Lint rules for the plain fields of a layer: name, settings, layout, unknown ones."""

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from detcov.layer.colour import is_colour
from detcov.layer.finding import Hit, child, hit, shown
from detcov.layer.subject import Members, Subject, is_annotated, is_number

FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "layer": frozenset(
        {
            "versions",
            "name",
            "description",
            "domain",
            "customDataURL",
            "filters",
            "sorting",
            "layout",
            "hideDisabled",
            "techniques",
            "gradient",
            "legendItems",
            "showTacticRowBackground",
            "tacticRowBackground",
            "selectTechniquesAcrossTactics",
            "selectSubtechniquesWithParent",
            "selectVisibleTechniques",
            "metadata",
            "links",
        }
    ),
    "versions": frozenset({"attack", "navigator", "layer"}),
    "filters": frozenset({"platforms"}),
    "layout": frozenset(
        {
            "layout",
            "showID",
            "showName",
            "showAggregateScores",
            "countUnscored",
            "aggregateFunction",
            "expandedSubtechniques",
        }
    ),
    "gradient": frozenset({"colors", "minValue", "maxValue"}),
    "technique": frozenset(
        {
            "techniqueID",
            "tactic",
            "comment",
            "enabled",
            "score",
            "color",
            "metadata",
            "links",
            "showSubtechniques",
        }
    ),
}
"""The fields that format 4.5 has, by the object they are in."""

OLD_FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "layer": {"version": "", "viewMode": "`viewMode` is what earlier formats had for layout"},
    "filters": {"stages": "`stages` was dropped with format 4.0"},
}
"""Fields of earlier formats, and the words for them ("" is told elsewhere)."""

Test = tuple[Callable[[object], bool], str]
_BOOLEAN: Final[Test] = (lambda value: isinstance(value, bool), "a boolean")

TYPES: Final[Mapping[str, Test]] = {
    "description": (lambda value: isinstance(value, str), "a string"),
    "sorting": (is_number, "a number"),
    "hideDisabled": _BOOLEAN,
    "showTacticRowBackground": _BOOLEAN,
    "tacticRowBackground": (is_colour, "a colour"),
    "selectTechniquesAcrossTactics": _BOOLEAN,
    "selectSubtechniquesWithParent": _BOOLEAN,
    "selectVisibleTechniques": _BOOLEAN,
}

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "layout": ("side", "flat", "mini"),
    "aggregateFunction": ("average", "min", "max", "sum"),
    "expandedSubtechniques": ("none", "annotated", "all"),
}
SWITCHES: Final = ("showID", "showName", "showAggregateScores", "countUnscored")


def name(subject: Subject) -> Iterator[Hit]:
    """`name`: the title of the tab."""
    if "name" not in subject.layer:
        yield hit("L114", subject.pointer, "the layer has no name")
        return
    stated = subject.layer["name"]
    if stated is None or stated == "":
        yield hit("L114", subject.at("name"), f"name is {shown(stated)}")
    elif not isinstance(stated, str):
        yield hit("L501", subject.at("name"), f"name is {shown(stated)}, not a string")


def settings(subject: Subject) -> Iterator[Hit]:
    """Check the fields that only need to be of the right type, and `sorting`'s range."""
    for key, (fits, kind) in TYPES.items():
        if key in subject.layer and not fits(subject.layer[key]):
            found = shown(subject.layer[key])
            yield hit("L115", subject.at(key), f"{key} is {found}, not {kind}")
    sorting = subject.layer.get("sorting")
    if is_number(sorting) and sorting not in (0, 1, 2, 3):
        yield hit("L116", subject.at("sorting"), f"sorting is {shown(sorting)}, not 0, 1, 2 or 3")


def custom_data(subject: Subject) -> Iterator[Hit]:
    """`customDataURL`: data the Navigator should load for this layer."""
    if "customDataURL" not in subject.layer:
        return
    url, at = subject.layer["customDataURL"], subject.at("customDataURL")
    if isinstance(url, str) and url.startswith(("http://", "https://")):
        yield hit("L118", at, "customDataURL names data of its own")
    else:
        yield hit("L117", at, f"customDataURL is {shown(url)}, not a url")


def unknown_fields(subject: Subject) -> Iterator[Hit]:
    """Fields the format doesn't have, in the layer and the objects within."""
    yield from _unknown("layer", subject.layer, subject.pointer)
    for key in ("versions", "filters", "layout", "gradient"):
        if isinstance(subject.layer.get(key), dict):
            yield from _unknown(key, subject.layer[key], subject.at(key))
    for at, entry in subject.entries():
        yield from _unknown("technique", entry, at)


def _unknown(kind: str, members: Members, pointer: str) -> Iterator[Hit]:
    if members.keys() <= FIELDS[kind]:
        return
    old = OLD_FIELDS.get(kind, {})
    for key in members.keys() - FIELDS[kind]:
        if key in old:
            if old[key]:
                yield hit("L112", child(pointer, key), old[key])
            continue
        near = get_close_matches(key[:60], FIELDS[kind], 1, 0.75)
        hint = f" ({near[0]}?)" if near else ""
        yield hit("L119", child(pointer, key), f"{shown(key)} isn't a field of the format{hint}")


def layout(subject: Subject) -> Iterator[Hit]:
    """`layout`: types, values, and combinations that undo each other."""
    stated = subject.layer.get("layout", {})
    if isinstance(stated, list):
        yield hit("L121", subject.at("layout"), "layout is a list, not an object")
        stated = {}
    if not isinstance(stated, dict):
        yield hit("L120", subject.at("layout"), f"layout is {shown(stated)}, not an object")
        return
    for key, choices in CHOICES.items():
        if key in stated and stated[key] not in choices:
            detail = f"{key} is {shown(stated[key])}, not {', '.join(choices)}"
            yield hit("L121", subject.at("layout", key), detail)
    for key in SWITCHES:
        if key in stated and not isinstance(stated[key], bool):
            detail = f"{key} is {shown(stated[key])}, not a boolean"
            yield hit("L121", subject.at("layout", key), detail)
    yield from _layout_conflicts(subject, stated)
    if _keeps_folded(subject, stated):
        yield from _folded(subject)


def _layout_conflicts(subject: Subject, stated: Members) -> Iterator[Hit]:
    if stated.get("layout") == "mini":
        for key in ("showID", "showName"):
            if stated.get(key) is True:
                yield hit("L122", subject.at("layout", key), f"{key} is on in layout mini")
    function = stated.get("aggregateFunction", "average")
    if stated.get("showAggregateScores") is True and function == "min":
        at = subject.at("layout", "aggregateFunction")
        yield hit("L126", at, "aggregate scores are on and the function is min")
    if stated.get("countUnscored") is True and function in CHOICES["aggregateFunction"][1:]:
        detail = f"countUnscored is on and the function is {function}"
        yield hit("L123", subject.at("layout", "countUnscored"), detail)


def _keeps_folded(subject: Subject, stated: Members) -> bool:
    """Whether no sub-technique is shown at first: one parent that unfolds is taken as meant."""
    if stated.get("expandedSubtechniques") in ("annotated", "all"):
        return False
    return not any(entry.get("showSubtechniques") is True for _, entry in subject.entries())


def _folded(subject: Subject) -> Iterator[Hit]:
    hidden = subject.layer.get("hideDisabled") is True
    children = {
        entry["techniqueID"]
        for _, entry in subject.entries()
        if isinstance(entry.get("techniqueID"), str)
        and "." in entry["techniqueID"]
        and is_annotated(entry)
        and not (hidden and entry.get("enabled") is False)
    }
    if children:
        at = subject.at("layout") if "layout" in subject.layer else subject.pointer
        count = f"{len(children)} annotated sub-technique{'s' if len(children) > 1 else ''}"
        yield hit("L124", at, f"{count} folded away under the parents")
