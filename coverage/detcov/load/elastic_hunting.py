"""Elastic's hunting queries: one `[hunt]` table a TOML file, technique ids in its `mitre`.

Format: the hunting folder of Elastic's detection-rules repository.
"""

import re
from functools import partial
from typing import Any

from detcov.load.elastic import container_fields, marked, operating_systems, operations_in
from detcov.load.lines import Path
from detcov.load.parsed import About, ParsedRule, StateRule, no_path, stated_platforms
from detcov.load.scope import by_platforms
from detcov.load.tags import id_mapping
from detcov.load.toml_places import find_by_markers, find_header
from detcov.load.toml_text import TomlFile
from detcov.load.values import text as _text
from detcov.load.values import texts as _texts
from detcov.model import Mapping, Place, ScopeColumn, State, Stated

name = "elastic-hunting"
title = "Elastic hunting query (TOML)"
paired = False
marks = ("[hunt]",)
excludes = no_path

_BY_INTEGRATION = {
    "windows": "Windows",
    "aws": "IaaS",
    "aws_bedrock": "IaaS",
    "gcp": "IaaS",
    "okta": "Identity Provider",
    "o365": "Office Suite",
    "google_workspace": "Office Suite",
    "github": "SaaS",
    "kubernetes": "Containers",
    "cloud_defend": "Containers",
}
_BY_OS = {"windows": "Windows", "linux": "Linux", "macos": "macOS"}
_AZURE_LOG = re.compile(r"\bazure\.(signinlogs|auditlogs|graphactivitylogs|activitylogs)\b")
_STATE = State(
    lifecycle=Stated(value="stable"),
    emits=Stated(value="none", field="hunt"),
    kind=Stated(value="hunt", field="hunt"),
    enabled=Stated(value="unstated"),
)

about = About(
    files="TOML files with a `[hunt]` table that has a `query`",
    mappings="`hunt.mitre`: technique ids, never a tactic",
    key="`hunt.uuid`, else path and position",
    severity="none is stated",
    platforms="`hunt.integration`; which of Azure's logs the query reads; cluster, registry or "
    "image operations that it asks for; what it compares `host.os.type` with",
    platform_values={f"integration `{one}`": platform for one, platform in _BY_INTEGRATION.items()}
    | {f"`host.os.type` `{one}`": platform for one, platform in _BY_OS.items()},
    columns=(
        (
            "control plane",
            (
                "integration `kubernetes`; cluster, registry and image operations in a cloud's "
                "audit log"
            ),
        ),
        ("runtime", "integration `cloud_defend`"),
        ("node", "a platform is Linux"),
        ("other", "all the rest"),
    ),
    state=(
        StateRule("lifecycle", "stable", "always"),
        StateRule("emits", "none", "always: a person runs it", "hunt"),
        StateRule("kind", "hunt", "always", "hunt"),
        StateRule("enabled", "unstated", "always"),
    ),
)


def recognises(file: TomlFile) -> bool:
    """Whether there is a [hunt] table with a query."""
    hunt = file.tree.get("hunt")
    return isinstance(hunt, dict) and "query" in hunt


def parse(file: TomlFile) -> tuple[ParsedRule, ...]:
    """The one query of a file, in whatever languages it is written; see `RuleFormat.parse`."""
    hunt = file.tree.get("hunt")
    if not isinstance(hunt, dict):
        return ()
    header = find_header(file.text, "[hunt]")
    query = "\n".join(_texts(hunt.get("query")))
    place = file.lines.line(header) if header is not None else Place(line=1, exact=False)
    logs = sorted(set(_AZURE_LOG.findall(query)))
    return (
        ParsedRule(
            native_id=_text(hunt.get("uuid")),
            name=_text(hunt.get("name")),
            place=place,
            stated={"azure": logs[0]} if logs else {},
            integrations=tuple(_texts(hunt.get("integration"))),
            operating_systems=tuple(sorted(operating_systems(query))),
            fields=container_fields(query),
            operations=operations_in(query),
            mappings=_mappings(file, hunt.get("mitre"), place),
            references=tuple(_texts(hunt.get("references"))),
        ),
    )


def state(rule: ParsedRule, path: str) -> State:  # noqa: ARG001 - the protocol's signature
    """A hunt: a person runs it, and it raises nothing; see `RuleFormat.state`."""
    return _STATE


def platforms(rule: ParsedRule) -> tuple[Stated, ...]:
    """Those that integrations state, and those of the operating systems the query asks for."""
    found: dict[str, str] = {}
    for integration in rule.integrations:
        if (platform := _BY_INTEGRATION.get(integration.partition(".")[0])) is not None:
            found.setdefault(platform, f"hunt.integration {integration}")
    if (log := rule.stated.get("azure")) is not None:
        platform = "IaaS" if log == "activitylogs" else "Identity Provider"
        found.setdefault(platform, f"query azure.{log}")
    for operation in rule.operations:
        found.setdefault("Containers", f"query {operation}")
    for system in rule.operating_systems:
        found.setdefault(_BY_OS[system], "query host.os.type")
    return stated_platforms(found)


def column(rule: ParsedRule) -> Stated:
    """Control plane and runtime by integration and operations, node for Linux, else other."""
    if "kubernetes" in rule.integrations:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field="hunt.integration kubernetes")
    if rule.operations:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=f"query {rule.operations[0]}")
    if "cloud_defend" in rule.integrations:
        return Stated(value=ScopeColumn.RUNTIME, field="hunt.integration cloud_defend")
    return by_platforms(platforms(rule))


def _mappings(file: TomlFile, ids: Any, fallback: Place) -> tuple[Mapping, ...]:
    ids = ids if isinstance(ids, list) else [ids]
    wanted: dict[Path, str] = {(at,): one for at, one in enumerate(ids) if isinstance(one, str)}
    if not wanted:
        return ()
    parse = partial(_marked_ids, at=("hunt", "mitre"))
    places = find_by_markers(file.text, wanted=wanted, lines=file.lines, parse=parse)
    return tuple(
        id_mapping(stated, places.get(at, fallback), entry)
        for entry, (at, stated) in enumerate(wanted.items())
    )


def _marked_ids(text: str, at: tuple[str, ...]) -> Any:
    found = marked(text, at)
    return found if isinstance(found, list) else [found]
