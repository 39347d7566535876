"""Falco rules and plugin rules: a list of rules, macros and lists; tactic and technique as tags.

Format: the rules files of Falco's engine. Tags are free; `mitre_execution` with `T1059` is the
habit of Falco's own rules, `TA0005-defense-evasion` with `T1562-impair-defenses` that of some
plugins. An entry with `override` (or `append: true`) changes the rule that it names. On Kubernetes
a rules file mostly stands in another file: Helm's values (`customRules`), or a ConfigMap.
"""

import re
from collections.abc import Mapping as MappingType
from typing import Any

from detcov.load import falco_sources
from detcov.load.falco_embedded import embedded
from detcov.load.parsed import About, RuleFormat, StateRule, Telltale, enabled_by
from detcov.load.tags import id_mapping, inside, tactic_mapping
from detcov.load.values import located, not_text, scalar
from detcov.load.yaml_text import YamlFile
from detcov.model import Defect, Mapping, Place, Rule, RuleKey, State, Stated

_PREFIX = "mitre_"
_ID = re.compile(r"[Tt]{1,2}[Aa]?\d{3}")
_SEVERITIES = {
    "emergency": "critical",
    "alert": "critical",
    "critical": "critical",
    "error": "high",
    "warning": "medium",
    "notice": "low",
    "informational": "informational",
    "info": "informational",
    "debug": "informational",
}
_LIFECYCLES = {
    "maturity_stable": "stable",
    "maturity_incubating": "test",
    "maturity_sandbox": "experimental",
    "maturity_deprecated": "deprecated",
}
_ENABLED = enabled_by("enabled")
_OWN_KEYS = frozenset({"condition", "output", "desc", "priority"})

_ABOUT = About(
    files="YAML files with a list in which an entry is a `rule`, a `macro` or a `list` of Falco's, "
    "and others that hold such a list with a rule in a block of text (`|`): Helm's `customRules` "
    "(within Argo CD's `values`, K3s's `valuesContent` and Flux's `values.yaml`, too), ConfigMaps. "
    "Only rules count; a file of macros and lists alone is passed over.",
    mappings="`tags`: technique and tactic ids, also behind `mitre_`; tactics by name behind "
    "`mitre_`. Every other tag is none",
    key="`rule`, its name",
    severity="`priority`: EMERGENCY, ALERT and CRITICAL are critical, ERROR is high, WARNING "
    "medium, NOTICE low, INFORMATIONAL, INFO and DEBUG informational",
    platforms="for system calls (no `source`) the tags `host` and `container`, or a condition "
    "that asks for a container, else Linux; for a plugin its `source`; Containers too where a "
    "cloud's rule asks for cluster, registry or image operations",
    platform_values=falco_sources.VALUES,
    columns=(
        ("control plane", "`source` is `k8s_audit`"),
        (
            "control plane",
            (
                "a cloud's rule that asks for cluster, registry or image operations "
                "(`eks.amazonaws.com` …)"
            ),
        ),
        ("runtime", "`source` is `docker`"),
        ("other", "any other `source` but `syscall`"),
        ("runtime", "system calls with the tag `container`"),
        (
            "runtime",
            (
                "system calls whose condition has the macro `container`, or compares "
                "`container.id != host`"
            ),
        ),
        ("node", "all other system calls"),
    ),
    state=(
        *(
            StateRule("lifecycle", value, "the first such tag", f"tag {tag}")
            for tag, value in _LIFECYCLES.items()
        ),
        StateRule("lifecycle", "stable", "no such tag"),
        StateRule("emits", "alert", "always"),
        StateRule("kind", "detection", "always"),
        StateRule("enabled", "yes", "`enabled: true`", "enabled"),
        StateRule("enabled", "no", "`enabled: false`", "enabled"),
        StateRule("enabled", "unstated", "otherwise"),
    ),
)


def rules(file: YamlFile, path: str) -> tuple[Rule, ...] | None:
    """Return the rules of a file and its changes to rules; None if no list of it is Falco's."""
    parts = [file]
    in_tables = any(isinstance(document, dict) for document in file.documents)
    if in_tables and (blocks := embedded(file.text)):
        parts.append(YamlFile(blocks))
    entries = [(part, at, entry) for part in parts for at, entry in part.entries()]
    if not any(_is_falco(entry) for _, _, entry in entries):
        return None
    for part in parts:
        part.check()
    return tuple(
        _rule(part, path, at, entry)
        for part, at, entry in entries
        if "rule" in entry and (_amends(entry) or not _OWN_KEYS.isdisjoint(entry))
    )


def _is_falco(entry: MappingType[Any, Any]) -> bool:
    """Whether an entry of a list is a rule, a change of one, a macro or a list of Falco's."""
    return (
        ("rule" in entry and not entry.keys().isdisjoint({"condition", "override", "append"}))
        or entry.keys() == {"rule", "enabled"}
        or ("macro" in entry and "condition" in entry)
        or ("list" in entry and "items" in entry)
    )


def _amends(entry: MappingType[Any, Any]) -> dict[str, str]:
    """What an entry changes of the rule it names, field to "append" or "replace"."""
    override = entry.get("override")
    if isinstance(override, dict):
        return {str(key): str(how) for key, how in override.items() if key in entry}
    if entry.get("append") is True:
        return {str(key): "append" for key in entry if key not in {"rule", "append"}}
    # Falco's older way to switch a rule on or off.
    if "enabled" in entry and _OWN_KEYS.isdisjoint(entry):
        return {"enabled": "replace"}
    return {}


def _rule(file: YamlFile, path: str, at: tuple[int, int], entry: MappingType[Any, Any]) -> Rule:
    name, condition = scalar(entry["rule"]).strip(), scalar(entry.get("condition"))
    placed_tags = located(file, (*at, "tags"), entry.get("tags"))
    tags = tuple(tag for tag, _ in placed_tags if isinstance(tag, str))
    mappings, defects = _mappings(placed_tags)
    source = scalar(entry.get("source")) or falco_sources.SYSCALL
    operations = falco_sources.operations(source, condition)
    container_fields = falco_sources.container_fields(condition)
    return Rule(
        key=RuleKey(format="falco", native_id=name),
        name=name,
        path=path,
        severity=_SEVERITIES.get(scalar(entry.get("priority")).strip().lower(), ""),
        state=State(lifecycle=_lifecycle(tags), enabled=_enabled(entry.get("enabled"))),
        mappings=tuple(mappings),
        platforms=falco_sources.platforms(source, tags, operations, container_fields),
        tags=tags,
        place=file.at((*at, "rule"), entry["rule"]),
        paired=False,
        column=falco_sources.column(source, tags, operations, container_fields),
        reads=(f"source {source}",),
        container_fields=container_fields,
        defects=(*defects, *file.defects(at)),
        amends=_amends(entry),
    )


def _lifecycle(tags: tuple[str, ...]) -> Stated:
    for tag in tags:
        if tag in _LIFECYCLES:
            return Stated(value=_LIFECYCLES[tag], field=f"tag {tag}")
    return Stated(value="stable")


def _enabled(value: Any) -> Stated:
    unstated = Stated(value="unstated")
    # The text "true" states nothing.
    return _ENABLED.get(scalar(value), unstated) if isinstance(value, bool) else unstated


def _mappings(tags: list[tuple[Any, Place]]) -> tuple[list[Mapping], list[Defect]]:
    mappings: list[Mapping] = []
    defects: list[Defect] = []
    for entry, (tag, place) in enumerate(tags):
        if tag is None or isinstance(tag, (dict, list)):
            defects.append(not_text(tag, place))
        elif isinstance(tag, str) and (mapping := _mapping(tag, place, entry)) is not None:
            mappings.append(mapping)
    return mappings, defects


def _mapping(tag: str, place: Place, entry: int) -> Mapping | None:
    skipped = len(_PREFIX) if tag[: len(_PREFIX)].lower() == _PREFIX else 0
    stated = tag[skipped:]
    at = inside(place, skipped, len(stated))
    if _ID.match(stated):
        return id_mapping(stated, at, entry)
    return tactic_mapping(stated, at, entry) if skipped else None


FORMAT = RuleFormat(
    name="falco",
    title="Falco rules (YAML)",
    about=_ABOUT,
    rules=rules,
    paired=False,
    marks=("- rule:", "- macro:", "- list:"),
    telltales=(
        Telltale(
            keys={"condition": str, "output": str, "priority": str},
            needs="rule",
        ),
        Telltale(
            keys={"rule": str, "output": str, "priority": str},
            needs="condition",
            unless=frozenset({"override", "append"}),
            always=False,
        ),
    ),
)
