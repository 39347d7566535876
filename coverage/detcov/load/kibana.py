"""Rules exported from Kibana: a rule a line of NDJSON, mappings in its `threat`.

Format: the export of Kibana's detection engine, whose fields are those of its API. The last line
sums the export up, and lines of exceptions and connectors may stand between: none of them is a
rule.
"""

from collections.abc import Mapping as MappingType
from typing import Any

from msgspec import structs

from detcov.load import elastic, elastic_platforms, elastic_scope
from detcov.load.json_text import JsonFile
from detcov.load.parsed import About, ParsedRule, StateRule, enabled_by, no_path
from detcov.load.toml_places import by_table, strings_of
from detcov.load.values import text as _text
from detcov.load.values import texts as _texts
from detcov.model import Mapping, Place, State, Stated

name = "kibana"
title = "Kibana rule export (NDJSON)"
paired = True
marks = ('"rule_id"',)
excludes = no_path

_RULE_KEYS = frozenset({"risk_score", "severity", "threat", "query"})
_STABLE, _UNSTATED = Stated(value="stable"), Stated(value="unstated")
_ALERT = Stated(value="alert")
_SIGNAL = Stated(value="signal", field="building_block_type")
_ENABLED = enabled_by("enabled")
_FIELDS = {
    "metadata.integration": "related_integrations",
    "rule.index": "index",
    "rule.query": "query",
}
"""What Elastic's TOML calls a field, to what an export calls it"""

about = About(
    files="NDJSON with a line, or JSON, that has `rule_id`, `name`, `type` and one of "
    "`risk_score`, `severity`, `threat`, `query`. The summary, exceptions and connectors of an "
    "export are passed over.",
    mappings="`threat[]`: `tactic`, `technique`, `subtechnique`",
    key="`rule_id`",
    severity="`severity`",
    platforms="as in Elastic's TOML: tags, `related_integrations`, cluster operations that the "
    "query asks for, and what it compares `host.os.type` with",
    columns=(
        (
            "control plane",
            (
                "integration `kubernetes`; cluster, registry and image operations in a "
                "cloud's audit log"
            ),
        ),
        (
            "runtime",
            "integration or index `cloud_defend`; the tags for containers of Elastic's TOML",
        ),
        ("node", "a platform is Linux"),
        ("other", "all the rest"),
    ),
    state=(
        StateRule("lifecycle", "deprecated", "a name that begins with “Deprecated - ”", "name"),
        StateRule("lifecycle", "stable", "otherwise"),
        StateRule("emits", "signal", "there is a `building_block_type`", "building_block_type"),
        StateRule("emits", "alert", "otherwise"),
        StateRule("kind", "over-alerts", "alert indices only (`.alerts-security*`)", "index"),
        StateRule("kind", "over-alerts", "an ES\\|QL query whose first source is one", "query"),
        StateRule("kind", "detection", "otherwise"),
        StateRule("enabled", "yes", "`true`", "enabled"),
        StateRule("enabled", "no", "`false`", "enabled"),
        StateRule("enabled", "unstated", "otherwise"),
    ),
)


def recognises(file: JsonFile) -> bool:
    """Whether a line is a rule of the detection engine."""
    return any(isinstance(one, dict) and _is_rule(one) for one in file.documents)


def _is_rule(tree: MappingType[str, Any]) -> bool:
    named = all(isinstance(tree.get(key), str) for key in ("rule_id", "name", "type"))
    return named and not _RULE_KEYS.isdisjoint(tree)


def parse(file: JsonFile) -> tuple[ParsedRule, ...]:
    """The rules of a file, one a line; see `RuleFormat.parse`."""
    return tuple(
        _rule(file, number, tree)
        for number, tree in enumerate(file.documents)
        if isinstance(tree, dict) and _is_rule(tree)
    )


def state(rule: ParsedRule, path: str) -> State:  # noqa: ARG001 - the protocol's signature
    """Whether it is enabled, and what Elastic's own rules say; see `RuleFormat.state`."""
    deprecated = rule.name.startswith("Deprecated - ")
    return State(
        lifecycle=Stated(value="deprecated", field="name") if deprecated else _STABLE,
        emits=_SIGNAL if "building_block_type" in rule.stated else _ALERT,
        kind=_renamed(elastic.kind_of(rule)),
        enabled=_ENABLED.get(rule.stated.get("enabled", ""), _UNSTATED),
    )


def platforms(rule: ParsedRule) -> tuple[Stated, ...]:
    """As Elastic's TOML states them, by the export's own fields."""
    return tuple(_renamed(stated) for stated in elastic_platforms.platforms(rule))


def column(rule: ParsedRule) -> Stated:
    """As for Elastic's TOML, by the export's own fields."""
    return _renamed(elastic_scope.column(rule))


def _renamed(stated: Stated) -> Stated:
    field, space, rest = stated.field.partition(" ")
    return structs.replace(stated, field=f"{_FIELDS.get(field, field)}{space}{rest}")


def _rule(file: JsonFile, number: int, tree: MappingType[str, Any]) -> ParsedRule:
    query = _text(tree.get("query"))
    severity = _text(tree.get("severity")).lower()
    stated = elastic.stated_in({}, tree)
    return ParsedRule(
        native_id=tree["rule_id"],
        name=tree["name"],
        severity=severity if severity in elastic.SEVERITIES else "",
        place=file.at((number,)),
        stated=stated,
        tags=_texts(tree.get("tags")),
        tag_places=_tag_places(file, number, tree.get("tags")),
        integrations=_integrations(tree.get("related_integrations")),
        indices=elastic.indices_of(tree, query),
        operating_systems=tuple(sorted(elastic.operating_systems(query))),
        fields=elastic.container_fields(query),
        operations=elastic.operations_in(query),
        mappings=_mappings(file, number, tree.get("threat")),
        references=_texts(tree.get("references")),
        defects=file.defects((number,)),
    )


def _mappings(file: JsonFile, number: int, threat: Any) -> tuple[Mapping, ...]:
    if not isinstance(threat, list):
        return ()
    places = {
        path: file.at((number, "threat", *path), value)
        for path, value in strings_of(threat).items()
    }
    return elastic.mappings_of(threat, by_table(places))


def _tag_places(file: JsonFile, number: int, tags: Any) -> dict[str, Place]:
    return {
        tag: file.at((number, "tags", at), tag)
        for at, tag in enumerate(tags if isinstance(tags, list) else ())
        if isinstance(tag, str) and elastic.TACTIC_TAG.match(tag)
    }


def _integrations(related: Any) -> tuple[str, ...]:
    packages = (
        one.get("package")
        for one in (related if isinstance(related, list) else ())
        if isinstance(one, dict)
    )
    return tuple(dict.fromkeys(one for one in packages if isinstance(one, str)))
