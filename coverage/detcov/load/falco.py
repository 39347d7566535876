"""Falco rules and plugin rules: a list of rules, macros and lists; tactic and technique as tags.

Format: the rules files of Falco's engine. Tags are free; `mitre_execution` with `T1059` is the
habit of Falco's own rules, `TA0005-defense-evasion` with `T1562-impair-defenses` that of some
plugins. An entry with `override` (or `append: true`) changes the rule that it names. On Kubernetes
a rules file mostly stands in another file: Helm's values (`customRules`), or a ConfigMap.
"""

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from functools import lru_cache
from typing import Any

from detcov.load import falco_sources
from detcov.load.falco_embedded import embedded
from detcov.load.parsed import About, ParsedRule, StateRule, enabled_by, no_path
from detcov.load.tags import id_mapping, inside, tactic_mapping
from detcov.load.values import located, not_text, scalar
from detcov.load.yaml_text import YamlFile
from detcov.model import Defect, Mapping, Place, State, Stated

name = "falco"
title = "Falco rules (YAML)"
paired = False
marks = ("- rule:", "- macro:", "- list:")
excludes = no_path

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
_ALERT, _DETECTION = Stated(value="alert"), Stated(value="detection")
_STABLE = Stated(value="stable")
_ENABLED = enabled_by("enabled")
_UNSTATED = Stated(value="unstated")
_OWN_KEYS = frozenset({"condition", "output", "desc", "priority"})

about = About(
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


def recognises(file: YamlFile) -> bool:
    """Whether a document is a list with a rule, a macro or a list of Falco's in it."""
    return any(_is_falco(item) for one in _files(file) for _, item in one.entries())


def _files(file: YamlFile) -> Iterator[YamlFile]:
    """The file, and what stands in its blocks of text."""
    yield file
    if any(isinstance(one, dict) for one in file.documents) and (inner := _inner(file.text)):
        yield inner


# A file is asked whether it has rules, and then for them.
@lru_cache(maxsize=1)
def _inner(text: str) -> YamlFile | None:
    found = embedded(text)
    return YamlFile(found) if found else None


def _is_falco(item: MappingType[Any, Any]) -> bool:
    return (
        ("rule" in item and not item.keys().isdisjoint({"condition", "override", "append"}))
        or item.keys() == {"rule", "enabled"}
        or ("macro" in item and "condition" in item)
        or ("list" in item and "items" in item)
    )


def parse(file: YamlFile) -> tuple[ParsedRule, ...]:
    """The rules of a file and its changes to rules; see `RuleFormat.parse`."""
    found: list[ParsedRule] = []
    for one in _files(file):
        one.check()
        found += (
            _rule(one, at, item)
            for at, item in one.entries()
            if "rule" in item and (_amends(item) or not _OWN_KEYS.isdisjoint(item))
        )
    return tuple(found)


def state(rule: ParsedRule, path: str) -> State:  # noqa: ARG001 - the protocol's signature
    """What maturity tags and `enabled` say; see `RuleFormat.state`."""
    return State(
        lifecycle=next(
            (
                Stated(value=_LIFECYCLES[tag], field=f"tag {tag}")
                for tag in rule.tags
                if tag in _LIFECYCLES
            ),
            _STABLE,
        ),
        emits=_ALERT,
        kind=_DETECTION,
        enabled=_ENABLED.get(rule.stated.get("enabled", ""), _UNSTATED),
    )


platforms = falco_sources.platforms
column = falco_sources.column


def _amends(item: MappingType[Any, Any]) -> dict[str, str]:
    """What an entry changes of the rule it names, field to "append" or "replace"."""
    override = item.get("override")
    if isinstance(override, dict):
        return {str(key): str(how) for key, how in override.items() if key in item}
    if item.get("append") is True:
        return {str(key): "append" for key in item if key not in {"rule", "append"}}
    # Falco's older way to switch a rule on or off.
    if "enabled" in item and _OWN_KEYS.isdisjoint(item):
        return {"enabled": "replace"}
    return {}


def _rule(file: YamlFile, at: tuple[int, int], item: MappingType[Any, Any]) -> ParsedRule:
    tags = located(file, (*at, "tags"), item.get("tags"))
    mappings, defects = _tags(tags)
    source = scalar(item.get("source")) or falco_sources.SYSCALL
    condition = scalar(item.get("condition"))
    enabled = item.get("enabled")
    return ParsedRule(
        native_id=scalar(item["rule"]).strip(),
        name=scalar(item["rule"]).strip(),
        severity=_SEVERITIES.get(scalar(item.get("priority")).strip().lower(), ""),
        place=file.at((*at, "rule"), item["rule"]),
        stated={"enabled": str(enabled).lower()} if isinstance(enabled, bool) else {},
        tags=tuple(tag for tag, _ in tags if isinstance(tag, str)),
        integrations=(f"source {source}",),
        fields=falco_sources.fields(condition),
        operations=falco_sources.operations(source, condition),
        mappings=tuple(mappings),
        defects=(*defects, *file.defects(at)),
        amends=_amends(item),
    )


def _tags(tags: list[tuple[Any, Place]]) -> tuple[list[Mapping], list[Defect]]:
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
