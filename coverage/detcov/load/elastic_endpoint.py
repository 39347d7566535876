"""Elastic Endpoint's behaviour rules: a `[rule]` table and `[[threat]]` beside it, one a file.

Format: Elastic's protections-artifacts repository. What a rule does when it matches stands in
`actions`; the file's `optional_actions` are the operator's to choose.
"""

from collections.abc import Mapping
from typing import Any

from detcov.load.elastic import container_fields, header_place, located_mappings
from detcov.load.parsed import About, RuleFormat, StateRule, Telltale, stated_platforms
from detcov.load.scope import by_platforms
from detcov.load.toml_text import TomlFile
from detcov.load.values import tables, text, texts
from detcov.model import Rule, RuleKey, State, Stated

_BY_OS = {"windows": "Windows", "linux": "Linux", "macos": "macOS"}

_ABOUT = About(
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


def rules(file: TomlFile, path: str) -> tuple[Rule, ...] | None:
    """Return the one rule of a file; None without a [rule] table with `os_list`, no `rule_id`."""
    rule = file.tree.get("rule")
    if not isinstance(rule, dict) or "os_list" not in rule or "rule_id" in rule:
        return None
    systems = {system.lower() for system in texts(rule.get("os_list"))}
    platforms = stated_platforms(
        {_BY_OS[system]: f"rule.os_list {system}" for system in systems if system in _BY_OS}
    )
    return (
        Rule(
            key=RuleKey(format="elastic-endpoint", native_id=text(rule.get("id"))),
            name=text(rule.get("name")),
            path=path,
            state=State(kind=_kind(file.tree, rule)),
            mappings=located_mappings(file, file.tree.get("threat"), "threat"),
            platforms=platforms,
            references=texts(rule.get("reference")),
            place=header_place(file, "[rule]"),
            column=by_platforms(platforms),
            container_fields=container_fields(text(rule.get("query"))),
        ),
    )


def _kind(tree: Mapping[str, Any], rule: Mapping[str, Any]) -> Stated:
    """Prevention for a rule that acts by itself."""
    # Some files have their actions inside of [rule].
    for actions in (tree.get("actions"), rule.get("actions")):
        for _, action in tables(actions):
            if name := text(action.get("action")):
                return Stated(value="prevention", field=f"actions {name}")
    return Stated(value="detection")


FORMAT = RuleFormat(
    name="elastic-endpoint",
    title="Elastic Endpoint behaviour rule (TOML)",
    about=_ABOUT,
    rules=rules,
    marks=("os_list",),
    telltales=(Telltale(keys={"os_list": list, "query": str}, table="rule"),),
)
