"""Sigma rules: tags `attack.t1059.001` and `attack.execution`, side by side and not paired.

Format: the Sigma specification (rules, correlations and filters), and the older collections in
several documents, whose `action: global` gives fields to the documents behind it.
"""

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from functools import cache
from typing import Any

from msgspec import structs

from detcov.attack.ids import tactic_slug
from detcov.load import sigma_sources
from detcov.load.parsed import About, ParsedRule, StateRule
from detcov.load.sigma_collection import (
    Member,
    called,
    log_source,
    members,
    members_by_name,
    names,
    only_correlated,
)
from detcov.load.tags import id_mapping, inside, is_actor, is_object, says_id, tactic_mapping
from detcov.load.values import located, not_text, tables, texts
from detcov.load.values import text as _text
from detcov.load.yaml_text import YamlFile
from detcov.model import SEVERITIES, Defect, Mapping, Place, Role, State, Stated

name = "sigma"
title = "Sigma rule (YAML)"
paired = False
marks = ("logsource", "detection:", "correlation:")

_PREFIX = "attack."
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
_HUNT_TAG = "detection.threat-hunting"
_NO_RULES = frozenset({"regression_data", "tests"})
_ALERT, _DETECTION = Stated(value="alert"), Stated(value="detection")
_UNSTATED = Stated(value="unstated")
_CONTAINER_WORDS = re.compile(
    r"\b(?:container|kubernetes|orchestrator)\.[a-z_][\w.]*|\bobjectRef\.\w+", re.ASCII
)

about = About(
    files="YAML files with a document that has `detection` and `logsource` (or, where that was "
    "forgotten, a `title`, a `condition` and a tag `attack.…`), or `title` and `correlation`. "
    "Filters, and files below a folder `regression_data` or `tests`, are passed over.",
    mappings="`tags`: `attack.` and a technique's id, a tactic's name or its id. Groups, software "
    "and campaigns (`attack.g0016`) and other namespaces (`cve.`, `car.`, `tlp.`) are no mapping. "
    "A correlation has those that it states itself: none of the rules that it names",
    key="`id`, else path and the rule's position in the file. The `id` of a part with `action: "
    "global` is a rule's only where one rule follows it. `related` of type `renamed` names an id "
    "that the rule had before (see [concepts](../concepts.md)); `derived`, `obsolete`, `merged` "
    "and `similar` name other rules",
    severity="`level`",
    platforms="`logsource`: the service's platform if it has one of its own, else the product's; "
    "Containers too where a cloud's rule asks for cluster, registry or image operations. A "
    "correlation has the log source that all the rules of its file that it names share",
    platform_values=sigma_sources.VALUES,
    columns=(
        ("control plane", "`logsource.product` is `kubernetes`"),
        (
            "control plane",
            (
                "a cloud's rule whose detection names cluster, registry or image "
                "operations (`eks.amazonaws.com`, `MICROSOFT.CONTAINERREGISTRY/` …)"
            ),
        ),
        ("runtime", "`logsource.product` is `docker`"),
        ("node", "`logsource.product` is `linux`"),
        ("other", "all the rest"),
    ),
    state=(
        StateRule("lifecycle", "deprecated", "a folder `deprecated` or `unsupported`", "path"),
        StateRule("lifecycle", "deprecated", "`deprecated` or `unsupported`", "status"),
        StateRule("lifecycle", "stable", "`stable`", "status"),
        StateRule("lifecycle", "test", "`test`", "status"),
        StateRule("lifecycle", "experimental", "`experimental`, or any other status", "status"),
        StateRule("lifecycle", "stable", "no status"),
        StateRule("emits", "none", "a folder `rules-placeholder` or `placeholder`", "path"),
        StateRule(
            "emits",
            "signal",
            "a correlation of the same file names the rule, and doesn't say `generate: true`",
            "correlation.rules",
        ),
        StateRule("emits", "alert", "otherwise"),
        StateRule(
            "kind", "hunt", "a folder `rules-threat-hunting`, `threat-hunting` or `hunting`", "path"
        ),
        StateRule("kind", "hunt", "the tag", "tag detection.threat-hunting"),
        StateRule("kind", "posture", "a folder `rules-compliance` or `compliance`", "path"),
        StateRule("kind", "detection", "otherwise"),
        StateRule("enabled", "unstated", "always: Sigma has no such field"),
    ),
)


def recognises(file: YamlFile) -> bool:
    """Whether a document is a rule, a correlation, a filter or a collection's global part."""
    return any(isinstance(one, dict) and _is_sigma(one) for one in file.documents)


def _is_sigma(tree: MappingType[Any, Any]) -> bool:
    if isinstance(detection := tree.get("detection"), dict):
        if "logsource" in tree or tree.get("action") == "global":
            return True
        # The log source is a must, and forgotten all the same; others' rules have such keys, too.
        tagged = any(tag.lower().startswith(_PREFIX) for tag in texts(tree.get("tags")))
        return tagged and "title" in tree and "condition" in detection
    return "title" in tree and isinstance(tree.get("correlation"), dict)


def parse(file: YamlFile) -> tuple[ParsedRule, ...]:
    """The rules of a file, one a document; see `RuleFormat.parse`."""
    found = members(file.documents)
    trees = [one.tree for one in found]
    waiting = only_correlated(trees)
    calls = members_by_name(found)
    named = {one.index: called(one.tree, calls) for one in found}
    made = {
        one.index: _rule(file, one, named[one.index], waits=not waiting.isdisjoint(names(one.tree)))
        for one in found
        if _is_sigma(one.tree)
    }
    rules = [
        _asking(rule, [made[one.index] for one in named[index] or () if one.index in made])
        for index, rule in made.items()
    ]
    apart = set(range(len(file.documents))) - {one.index for one in found}
    if rules and (shared := [one for at in sorted(apart) for one in file.defects((at,))]):
        # What is wrong in a global part is told once, of the first rule that has it.
        rules[0] = structs.replace(rules[0], defects=(*shared, *rules[0].defects))
    return tuple(rules)


def excludes(path: str) -> bool:
    """Sigma's regression data and tests hold events and expectations."""
    # The plain look first: asked for every file.
    if not any(name in path for name in _NO_RULES):
        return False
    return not _NO_RULES.isdisjoint(path.split("/")[:-1])


def state(rule: ParsedRule, path: str) -> State:
    """What status, tags, correlations and folders say; see `RuleFormat.state`."""
    folder, status = path.rpartition("/")[0], rule.stated.get("status", "").lower()
    return _state(folder, status, "correlated" in rule.stated, _HUNT_TAG in rule.tags)


# Rules of a folder are mostly alike.
@cache
def _state(folder: str, status: str, correlated: bool, tagged_hunt: bool) -> State:
    folders = frozenset(folder.split("/"))
    return State(
        lifecycle=_lifecycle(status, folders),
        emits=_emits(folders, correlated=correlated),
        kind=_kind(folders, tagged_hunt=tagged_hunt),
        enabled=_UNSTATED,
    )


platforms = sigma_sources.platforms
column = sigma_sources.column


def _rule(file: YamlFile, member: Member, named: list[Member] | None, *, waits: bool) -> ParsedRule:
    index, tree = member.index, member.tree
    tags = tree.get("tags")
    mappings, defects = _tags(file, (member.tags_in, "tags"), tags) if tags else ([], [])
    level = _text(tree.get("level")).lower()
    source = sigma_sources.names(log_source(tree, named))
    status = _text(tree.get("status"))
    # What other rules of the file look for is theirs.
    looked_for = file.text if len(file.documents) == 1 else repr(tree.get("detection"))
    return ParsedRule(
        native_id=_text(tree.get("id")),
        name=_text(tree.get("title")),
        severity=level if level in SEVERITIES else "",
        place=file.key_line((index,), ("title", "id", "detection", "correlation")),
        stated={"status": status} | ({"correlated": "true"} if waits else {}),
        tags=texts(tags),
        integrations=source,
        fields=_container_fields(looked_for, tree),
        operations=sigma_sources.operations(source, looked_for),
        mappings=tuple(mappings),
        references=texts(tree.get("references")),
        defects=(*defects, *file.defects((index,))),
        former=_former(tree.get("related")),
    )


def _asking(rule: ParsedRule, named: list[ParsedRule]) -> ParsedRule:
    """A correlation asks for what the rules that it names ask for."""
    asked = {operation for one in named for operation in one.operations}
    fields = {field for one in named for field in one.fields}
    if not asked and not fields:
        return rule
    return structs.replace(
        rule,
        operations=tuple(sorted({*rule.operations, *asked})),
        fields=tuple(sorted({*rule.fields, *fields})),
    )


def _former(related: Any) -> tuple[str, ...]:
    """The ids that the rule had before: of all relations only `renamed` is to the same rule."""
    if not related:
        return ()
    renamed = (one for _, one in tables(related) if one.get("type") == "renamed")
    return tuple(dict.fromkeys(filter(None, (_text(one.get("id")) for one in renamed))))


def _tags(file: YamlFile, at: tuple[int, str], tags: Any) -> tuple[list[Mapping], list[Defect]]:
    mappings: list[Mapping] = []
    defects: list[Defect] = []
    for entry, (tag, place) in enumerate(located(file, at, tags)):
        if not isinstance(tag, str):
            defects.append(not_text(tag, place))
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


def _lifecycle(status: str, folders: frozenset[str]) -> Stated:
    if not _RETIRED.isdisjoint(folders):
        return Stated(value="deprecated", field="path")
    if not status:
        return Stated(value="stable")
    return Stated(value=_LIFECYCLES.get(status, "experimental"), field="status")


def _emits(folders: frozenset[str], *, correlated: bool) -> Stated:
    if not _PLACEHOLDERS.isdisjoint(folders):
        return Stated(value="none", field="path")
    if correlated:
        return Stated(value="signal", field="correlation.rules")
    return _ALERT


def _kind(folders: frozenset[str], *, tagged_hunt: bool) -> Stated:
    if not _HUNTS.isdisjoint(folders):
        return Stated(value="hunt", field="path")
    if tagged_hunt:
        return Stated(value="hunt", field=f"tag {_HUNT_TAG}")
    if not _COMPLIANCE.isdisjoint(folders):
        return Stated(value="posture", field="path")
    return _DETECTION


def _container_fields(text: str, tree: MappingType[Any, Any]) -> tuple[str, ...]:
    # The plain look first: most rules name none.
    if not any(word in text for word in ("container.", "kubernetes.", "objectRef")):
        return ()
    return tuple(sorted(set(_CONTAINER_WORDS.findall(repr(tree.get("detection"))))))
