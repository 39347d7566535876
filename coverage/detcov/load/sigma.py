"""Sigma rules: tags `attack.t1059.001` and `attack.execution`, side by side and not paired.

Format: the Sigma specification (rules, correlations and filters), and the older collections in
several documents, whose `action: global` gives fields to the documents behind it.
"""

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from typing import Any

from detcov.attack.ids import tactic_slug
from detcov.load import sigma_sources
from detcov.load.parsed import ParsedRule
from detcov.load.tags import id_mapping, inside, is_actor, is_object, says_id, tactic_mapping
from detcov.load.yaml_text import YamlFile
from detcov.model import Defect, Mapping, Place, Role, State, Stated

name = "sigma"
title = "Sigma rule (YAML)"
paired = False
marks = ("logsource", "detection:", "correlation:")

_PREFIX = "attack."
_SEVERITIES = frozenset({"informational", "low", "medium", "high", "critical"})
_LIFECYCLES = {
    "stable": "stable",
    "test": "test",
    "experimental": "experimental",
    "deprecated": "deprecated",
    "unsupported": "deprecated",
}
_RETIRED = frozenset({"deprecated", "unsupported"})
_HUNTS = frozenset({"rules-threat-hunting", "threat-hunting", "hunting"})
_COMPLIANCE = frozenset({"rules-compliance", "compliance"})
_PLACEHOLDERS = frozenset({"rules-placeholder", "placeholder"})
_NO_RULES = frozenset({"regression_data", "tests"})
_ALERT, _DETECTION = Stated(value="alert"), Stated(value="detection")
_UNSTATED = Stated(value="unstated")
_CONTAINER_WORDS = re.compile(
    r"\b(?:container|kubernetes|orchestrator)\.[a-z_][\w.]*|\bobjectRef\.\w+", re.ASCII
)


def recognises(file: YamlFile) -> bool:
    """Whether a document is a rule, a correlation, a filter or a collection's global part."""
    return any(isinstance(one, dict) and _is_sigma(one) for one in file.documents)


def _is_sigma(tree: MappingType[Any, Any]) -> bool:
    return (
        isinstance(tree.get("detection"), dict)
        and ("logsource" in tree or tree.get("action") == "global")
    ) or ("title" in tree and isinstance(tree.get("correlation"), dict))


def parse(file: YamlFile) -> tuple[ParsedRule, ...]:
    """The rules of a file, one a document; see `RuleFormat.parse`."""
    found = list(_documents(file.documents))
    waiting = _correlated(tree for _, tree, _ in found)
    return tuple(
        _rule(file, index, tree, tags_in, waits=not waiting.isdisjoint(_names(tree)))
        for index, tree, tags_in in found
        if _is_sigma(tree)
    )


def excludes(path: str) -> bool:
    """Sigma's regression data and tests hold events and expectations."""
    return not _NO_RULES.isdisjoint(path.split("/")[:-1])


def state(rule: ParsedRule, path: str) -> State:
    """What status, tags, correlations and folders say; see `RuleFormat.state`."""
    folders = frozenset(path.split("/")[:-1])
    return State(
        lifecycle=_lifecycle(rule, folders),
        emits=_emits(rule, folders),
        kind=_kind(rule, folders),
        enabled=_UNSTATED,
    )


platforms = sigma_sources.platforms
column = sigma_sources.column


def _documents(documents: list[Any]) -> Iterator[tuple[int, dict[Any, Any], int]]:
    """Each rule's document: its index, its fields with the global ones, and where its tags are."""
    shared: dict[Any, Any] = {}
    shared_tags = 0
    for index, tree in enumerate(documents):
        if not isinstance(tree, dict):
            continue
        action = tree.get("action")
        if action == "reset":
            shared = {}
        elif action == "global":
            shared = _merged(shared, tree)
            shared_tags = index if "tags" in tree else shared_tags
        else:
            yield index, _merged(shared, tree), index if "tags" in tree else shared_tags
    if len(documents) == 1 and shared:
        # A single document that calls itself global is a rule all the same.
        yield 0, shared, 0


def _merged(below: dict[Any, Any], above: dict[Any, Any]) -> dict[Any, Any]:
    """Mappings united, key by key; of anything else the one above counts."""
    if not below:
        return above
    found = dict(below)
    for key, value in above.items():
        old = found.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        found[key] = _merged(old, value) if both and isinstance(old, dict) else value
    found.pop("action", None)
    return found


def _correlated(trees: Iterator[dict[Any, Any]]) -> frozenset[str]:
    """Names and ids of the rules that only feed a correlation of the same file."""
    found: set[str] = set()
    for tree in trees:
        correlation = tree.get("correlation")
        if isinstance(correlation, dict) and correlation.get("generate") is not True:
            found.update(_texts(correlation.get("rules")))
    return frozenset(found)


def _names(tree: MappingType[Any, Any]) -> list[str]:
    return [*_texts(tree.get("name")), *_texts(tree.get("id"))]


def _rule(
    file: YamlFile, index: int, tree: MappingType[Any, Any], tags_in: int, *, waits: bool
) -> ParsedRule:
    tags = tree.get("tags")
    tags = tags if isinstance(tags, list) else [] if tags is None else [tags]
    mappings, defects = _tags(file, (tags_in, "tags"), tags) if tags else ([], [])
    level = _text(tree.get("level")).lower()
    source = tree.get("logsource")
    status = _text(tree.get("status"))
    return ParsedRule(
        native_id=_text(tree.get("id")),
        name=_text(tree.get("title")),
        severity=level if level in _SEVERITIES else "",
        place=file.key_line((index,), ("title", "id", "detection", "correlation")),
        stated={"status": status} | ({"correlated": "true"} if waits else {}),
        tags=tuple(tag for tag in tags if isinstance(tag, str)),
        integrations=sigma_sources.names(source),
        fields=_container_fields(file, tree),
        operations=sigma_sources.operations(source, file.text),
        mappings=tuple(mappings),
        references=tuple(_texts(tree.get("references"))),
        defects=(*defects, *file.defects((index,))),
    )


def _tags(
    file: YamlFile, at: tuple[int, str], tags: list[Any]
) -> tuple[list[Mapping], list[Defect]]:
    mappings: list[Mapping] = []
    defects: list[Defect] = []
    places = file.items(at, tags)
    for entry, (tag, place) in enumerate(zip(tags, places, strict=True)):
        if not isinstance(tag, str):
            defects.append(Defect(kind="not-text", subject=str(tag), place=place))
        elif tag[: len(_PREFIX)].lower() == _PREFIX:
            stated = tag[len(_PREFIX) :]
            at_id = inside(place, len(_PREFIX), len(stated))
            if (mapping := _mapping(stated, at_id, entry)) is not None:
                mappings.append(mapping)
            defects += _tag_defects(tag, stated, place)
    return mappings, defects


def _mapping(stated: str, place: Place, entry: int) -> Mapping | None:
    if is_object(stated):
        return None
    if says_id(stated):
        return id_mapping(stated, place, entry)
    if not stated:
        return Mapping(role=Role.CLAIM, place=place, technique_id="", entry=entry)
    return tactic_mapping(stated, place, entry)


def _tag_defects(tag: str, stated: str, place: Place) -> Iterator[Defect]:
    if is_object(stated):
        if not is_actor(stated):
            yield Defect(kind="other-object", subject=tag, place=place)
        return
    slug = tactic_slug(stated)
    if not says_id(stated) and slug != stated:
        yield Defect(kind="tactic-malformed", subject=tag, place=place, meant=_PREFIX + slug)


def _lifecycle(rule: ParsedRule, folders: frozenset[str]) -> Stated:
    if not _RETIRED.isdisjoint(folders):
        return Stated(value="deprecated", field="path")
    status = rule.stated.get("status", "").lower()
    if not status:
        return Stated(value="stable")
    return Stated(value=_LIFECYCLES.get(status, "experimental"), field="status")


def _emits(rule: ParsedRule, folders: frozenset[str]) -> Stated:
    if not _PLACEHOLDERS.isdisjoint(folders):
        return Stated(value="none", field="path")
    if "correlated" in rule.stated:
        return Stated(value="signal", field="correlation.rules")
    return _ALERT


def _kind(rule: ParsedRule, folders: frozenset[str]) -> Stated:
    if not _HUNTS.isdisjoint(folders):
        return Stated(value="hunt", field="path")
    if "detection.threat-hunting" in rule.tags:
        return Stated(value="hunt", field="tag detection.threat-hunting")
    if not _COMPLIANCE.isdisjoint(folders):
        return Stated(value="posture", field="path")
    return _DETECTION


def _container_fields(file: YamlFile, tree: MappingType[Any, Any]) -> tuple[str, ...]:
    # The plain look first: most rules name none.
    if not any(word in file.text for word in ("container.", "kubernetes.", "objectRef")):
        return ()
    return tuple(sorted(set(_CONTAINER_WORDS.findall(repr(tree.get("detection"))))))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, str)]
