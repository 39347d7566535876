"""Elastic Endpoint's behaviour rules: a `[rule]` table and `[[threat]]` beside it, one a file.

Format: Elastic's protections-artifacts repository. What a rule does when it matches stands in
`actions`; the file's `optional_actions` are the operator's to choose.
"""

from collections.abc import Mapping as MappingType
from typing import Any

from detcov.load.elastic import container_fields, located_mappings
from detcov.load.parsed import About, ParsedRule, StateRule, no_path
from detcov.load.scope import by_platforms
from detcov.load.toml_places import find_header
from detcov.load.toml_text import TomlFile
from detcov.load.values import text as _text
from detcov.load.values import texts as _texts
from detcov.model import Place, State, Stated

name = "elastic-endpoint"
title = "Elastic Endpoint behaviour rule (TOML)"
paired = True
marks = ("os_list",)
excludes = no_path

_BY_OS = {"windows": "Windows", "linux": "Linux", "macos": "macOS"}
_STABLE, _ALERT = Stated(value="stable"), Stated(value="alert")
_DETECTION, _UNSTATED = Stated(value="detection"), Stated(value="unstated")

about = About(
    files="TOML files with a `[rule]` table that has an `os_list` and no `rule_id`",
    mappings="`[[threat]]`: `tactic`, `technique`, `subtechnique`",
    key="`rule.id`, else path and position",
    severity="none is stated",
    platforms="`rule.os_list`",
    platform_values={f"`rule.os_list` `{one}`": platform for one, platform in _BY_OS.items()},
    columns=(("node", "a platform is Linux"), ("other", "all the rest")),
    state=(
        StateRule("lifecycle", "stable", "always"),
        StateRule("emits", "alert", "always"),
        StateRule(
            "kind", "prevention", "the rule acts by itself, such as kill_process", "actions *"
        ),
        StateRule("kind", "detection", "otherwise, whatever its `optional_actions`"),
        StateRule("enabled", "unstated", "always"),
    ),
)


def recognises(file: TomlFile) -> bool:
    """Whether there is a [rule] table with `os_list` and no `rule_id`."""
    rule = file.tree.get("rule")
    return isinstance(rule, dict) and "os_list" in rule and "rule_id" not in rule


def parse(file: TomlFile) -> tuple[ParsedRule, ...]:
    """The one rule of a file; see `RuleFormat.parse`."""
    if not recognises(file):
        return ()
    rule = file.tree["rule"]
    header = find_header(file.text, "[rule]")
    query = _text(rule.get("query"))
    return (
        ParsedRule(
            native_id=_text(rule.get("id")),
            name=_text(rule.get("name")),
            place=file.lines.line(header) if header is not None else Place(line=1, exact=False),
            stated=_stated(file.tree, rule),
            operating_systems=tuple(sorted({one.lower() for one in _texts(rule.get("os_list"))})),
            fields=container_fields(query),
            mappings=located_mappings(file.text, file.tree.get("threat"), "threat", file.lines),
            references=tuple(_texts(rule.get("reference"))),
        ),
    )


def state(rule: ParsedRule, path: str) -> State:  # noqa: ARG001 - the protocol's signature
    """Prevention where the rule acts, else detection; see `RuleFormat.state`."""
    action = rule.stated.get("action")
    kind = _DETECTION if action is None else Stated(value="prevention", field=f"actions {action}")
    return State(lifecycle=_STABLE, emits=_ALERT, kind=kind, enabled=_UNSTATED)


def platforms(rule: ParsedRule) -> tuple[Stated, ...]:
    """Those of `rule.os_list`."""
    known = sorted((_BY_OS[one], one) for one in rule.operating_systems if one in _BY_OS)
    return tuple(Stated(value=value, field=f"rule.os_list {one}") for value, one in known)


def column(rule: ParsedRule) -> Stated:
    """Node for Linux, else other: Endpoint watches the machine."""
    return by_platforms(platforms(rule))


def _stated(tree: MappingType[str, Any], rule: MappingType[str, Any]) -> dict[str, str]:
    # Some files have their actions inside of [rule].
    for actions in (tree.get("actions"), rule.get("actions")):
        for one in actions if isinstance(actions, list) else ():
            if isinstance(one, dict) and isinstance(one.get("action"), str):
                return {"action": one["action"]}
    return {}
