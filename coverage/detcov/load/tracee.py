"""Tracee detectors: YAML, a technique and its tactic's name in `threat.mitre`."""

import re
from collections.abc import Iterator
from typing import Any

from detcov.load.parsed import SEVERITY_CALLED, About, ParsedRule, StateRule, no_path
from detcov.load.scope import by_platforms
from detcov.load.values import table, tables, text, texts
from detcov.load.yaml_text import YamlFile
from detcov.model import Mapping, Role, ScopeColumn, State, Stated

name = "tracee"
title = "Tracee detector (YAML)"
paired = True
marks = ("type: detector", "produced_event:")
excludes = no_path

_CONTAINER_SCOPE = re.compile(r"(?:container|pod)(?!\w)(?!\s*=\s*false).*", re.IGNORECASE)
_CONTAINER = re.compile(
    r"\bworkload\.(?:container|k8s|pod)\b[\w.]*|\bcontainer_(?:id|name|image)\b"
)

about = About(
    files="YAML documents with `type: detector` and `produced_event`. Lists (`type: string_list`) "
    "and Tracee's policies are passed over",
    mappings="`threat.mitre`: `technique.id` and `technique.name`, `tactic.name`. Tags of the "
    "produced event are no mapping",
    key="`id`, else path and position",
    severity="`threat.severity`",
    platforms="Linux, since Tracee watches the kernel; Containers where the scope or a condition "
    "asks for a container",
    platform_values={
        "`type` `detector`": "Linux",
        "`scope_filters` `container` or `pod`, `conditions` on a container": "Containers",
    },
    columns=(
        (
            "runtime",
            "a `scope_filters` of the required events, or a condition, asks for a container",
        ),
        ("node", "any other detector"),
    ),
    state=(
        StateRule("lifecycle", "stable", "always: detectors have no such field"),
        StateRule("emits", "alert", "there is a `threat`", "threat"),
        StateRule("emits", "signal", "no `threat`: an event for others to build on"),
        StateRule("kind", "detection", "always"),
        StateRule("enabled", "unstated", "always: what runs is up to Tracee's policies"),
    ),
)


def recognises(file: YamlFile) -> bool:
    """Whether there is a detector in the file."""
    return next(_detectors(file), None) is not None


def parse(file: YamlFile) -> tuple[ParsedRule, ...]:
    """The detectors of a file, one a document; see `RuleFormat.parse`."""
    return tuple(_rule(file, index, tree) for index, tree in _detectors(file))


def state(rule: ParsedRule, path: str) -> State:  # noqa: ARG001 - a detector's path says nothing
    """Whether it tells of a threat; see `RuleFormat.state`."""
    threat = "threat" in rule.stated
    return State(
        lifecycle=Stated(value="stable"),
        emits=Stated(value="alert", field="threat") if threat else Stated(value="signal"),
        kind=Stated(value="detection"),
        enabled=Stated(value="unstated"),
    )


def platforms(rule: ParsedRule) -> tuple[Stated, ...]:
    """Linux, and Containers where the detector asks for one."""
    linux = Stated(value="Linux", field="type detector")
    where = rule.stated.get("container")
    return (Stated(value="Containers", field=where), linux) if where else (linux,)


def column(rule: ParsedRule) -> Stated:
    """Runtime where the detector asks for a container, else node."""
    where = rule.stated.get("container")
    if where:
        return Stated(value=ScopeColumn.RUNTIME, field=where)
    return by_platforms(platforms(rule))


def _detectors(file: YamlFile) -> Iterator[tuple[int, dict[Any, Any]]]:
    for index, document in enumerate(file.documents):
        tree = table(document)
        if tree.get("type") == "detector" and isinstance(tree.get("produced_event"), dict):
            yield index, tree


def _rule(file: YamlFile, index: int, tree: dict[Any, Any]) -> ParsedRule:
    threat, event = table(tree.get("threat")), tree["produced_event"]
    native_id, produced = text(tree.get("id")), text(event.get("name"))
    required = [one for _, one in tables(table(tree.get("requirements")).get("events"))]
    conditions = " ".join(texts(tree.get("conditions")))
    stated = {"container": _container(required, conditions)} | ({"threat": "yes"} if threat else {})
    return ParsedRule(
        native_id=native_id,
        name=text(threat.get("name")) or produced or native_id,
        severity=SEVERITY_CALLED.get(text(threat.get("severity")).lower(), ""),
        place=file.key_line((index,), ("type", "id", "produced_event")),
        stated={key: value for key, value in stated.items() if value},
        tags=texts(event.get("tags")),
        integrations=tuple(
            f"event {one}" for event in required if (one := text(event.get("name")))
        ),
        fields=tuple(sorted(set(_CONTAINER.findall(conditions)))),
        mappings=_mappings(file, index, threat),
        references=texts(tree.get("references")),
        defects=file.defects((index,)),
    )


def _container(required: list[dict[Any, Any]], conditions: str) -> str:
    """What asks for a container."""
    for event in required:
        for scope in texts(event.get("scope_filters")):
            if _CONTAINER_SCOPE.fullmatch(scope.strip()):
                return f"scope_filters {scope.strip()}"
    found = _CONTAINER.search(conditions)
    return f"conditions {found[0]}" if found else ""


def _mappings(file: YamlFile, index: int, threat: dict[Any, Any]) -> tuple[Mapping, ...]:
    mitre = table(threat.get("mitre"))
    technique, tactic = table(mitre.get("technique")), table(mitre.get("tactic"))
    at = (index, "threat", "mitre")
    stated = {
        (part, key): (value, file.at((*at, part, key), value))
        for part, tree in (("technique", technique), ("tactic", tactic))
        for key in ("id", "name")
        if (value := text(tree.get(key)))
    }
    technique_id, place = stated.get(("technique", "id"), (None, None))
    name_, name_place = stated.get(("technique", "name"), (None, None))
    tactic_id, tactic_place = stated.get(("tactic", "id"), (None, None))
    tactic_name, tactic_name_place = stated.get(("tactic", "name"), (None, None))
    if not stated:
        return ()
    role = Role.CLAIM if technique else Role.TACTIC
    return (
        Mapping(
            role=role,
            place=place or name_place or tactic_place or tactic_name_place or file.at(at),
            technique_id=technique_id or ("" if role is Role.CLAIM else None),
            technique_name=name_,
            name_place=name_place,
            tactic_id=tactic_id,
            tactic_name=tactic_name,
            tactic_place=tactic_place,
            tactic_name_place=tactic_name_place,
        ),
    )
