"""Tracee detectors: YAML, a technique and its tactic's name in `threat.mitre`."""

import re
from typing import Any

from detcov.load.parsed import SEVERITY_CALLED, About, RuleFormat, StateRule
from detcov.load.values import table, tables, text, texts
from detcov.load.yaml_text import YamlFile
from detcov.model import Mapping, Role, Rule, RuleKey, ScopeColumn, State, Stated

_CONTAINER_SCOPE = re.compile(r"(?:container|pod)(?!\w)(?!\s*=\s*false).*", re.IGNORECASE)
_CONTAINER = re.compile(
    r"\bworkload\.(?:container|k8s|pod)\b[\w.]*|\bcontainer_(?:id|name|image)\b"
)

_ABOUT = About(
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


def rules(file: YamlFile, path: str) -> tuple[Rule, ...] | None:
    """Return the detectors of a file, one a document; None if no document is a detector."""
    detectors = []
    for index, document in enumerate(file.documents):
        detector = table(document)
        if detector.get("type") == "detector" and isinstance(detector.get("produced_event"), dict):
            detectors.append(_rule(file, path, index, detector))
    return tuple(detectors) or None


def _rule(file: YamlFile, path: str, index: int, detector: dict[Any, Any]) -> Rule:
    threat, event = table(detector.get("threat")), detector["produced_event"]
    native_id, produced = text(detector.get("id")), text(event.get("name"))
    required = [event for _, event in tables(table(detector.get("requirements")).get("events"))]
    conditions = " ".join(texts(detector.get("conditions")))
    # Tracee watches the kernel of a Linux node. Only a detector that asks for a container knows
    # which container it saw.
    platforms: tuple[Stated, ...] = (Stated(value="Linux", field="type detector"),)
    column = Stated(value=ScopeColumn.NODE, field="type detector")
    if field := _field_that_asks_for_a_container(required, conditions):
        platforms = (Stated(value="Containers", field=field), *platforms)
        column = Stated(value=ScopeColumn.RUNTIME, field=field)
    # A detector without a threat makes an event that other detectors build on.
    emits = Stated(value="alert", field="threat") if threat else Stated(value="signal")
    return Rule(
        key=RuleKey(format="tracee", native_id=native_id),
        name=text(threat.get("name")) or produced or native_id,
        path=path,
        severity=SEVERITY_CALLED.get(text(threat.get("severity")).lower(), ""),
        state=State(emits=emits),
        mappings=_mappings(file, index, threat),
        platforms=platforms,
        tags=texts(event.get("tags")),
        references=texts(detector.get("references")),
        place=file.key_line((index,), ("type", "id", "produced_event")),
        column=column,
        reads=tuple(f"event {name}" for event in required if (name := text(event.get("name")))),
        container_fields=tuple(sorted(set(_CONTAINER.findall(conditions)))),
        defects=file.defects((index,)),
    )


def _field_that_asks_for_a_container(required: list[dict[Any, Any]], conditions: str) -> str:
    """The first scope filter or condition on a container; "" where there is none."""
    for event in required:
        for scope in texts(event.get("scope_filters")):
            if _CONTAINER_SCOPE.fullmatch(scope.strip()):
                return f"scope_filters {scope.strip()}"
    condition = _CONTAINER.search(conditions)
    return f"conditions {condition[0]}" if condition else ""


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


FORMAT = RuleFormat(
    name="tracee",
    title="Tracee detector (YAML)",
    about=_ABOUT,
    rules=rules,
    marks=("type: detector", "produced_event:"),
)
