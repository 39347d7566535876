"""Elastic's hunting queries: one `[hunt]` table a TOML file, technique ids in its `mitre`.

Format: the hunting folder of Elastic's detection-rules repository.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import Any

from detcov.load.elastic import (
    container_fields,
    header_place,
    marked,
    operating_systems,
    operations_in,
)
from detcov.load.lines import Path
from detcov.load.parsed import About, RuleFormat, StateRule, Telltale, stated_platforms
from detcov.load.scope import by_platforms
from detcov.load.tags import id_mapping
from detcov.load.toml_places import find_by_markers
from detcov.load.toml_text import TomlFile
from detcov.load.values import text, texts
from detcov.model import Mapping, Place, Rule, RuleKey, ScopeColumn, State, Stated

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

_ABOUT = About(
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


def rules(file: TomlFile, path: str) -> tuple[Rule, ...] | None:
    """Return the one query of a file, in whatever languages it is written.

    None without a [hunt] table that has a query.
    """
    hunt = file.tree.get("hunt")
    if not isinstance(hunt, dict) or "query" not in hunt:
        return None
    query = "\n".join(texts(hunt.get("query")))
    integrations, operations = texts(hunt.get("integration")), operations_in(query)
    platforms = _platforms(query, integrations, operations)
    place = header_place(file, "[hunt]")
    return (
        Rule(
            key=RuleKey(format="elastic-hunting", native_id=text(hunt.get("uuid"))),
            name=text(hunt.get("name")),
            path=path,
            # A person runs it, and it raises nothing.
            state=State(
                emits=Stated(value="none", field="hunt"), kind=Stated(value="hunt", field="hunt")
            ),
            mappings=_mappings(file, hunt.get("mitre"), place),
            platforms=platforms,
            references=texts(hunt.get("references")),
            place=place,
            paired=False,
            column=_column(integrations, operations, platforms),
            reads=integrations,
            container_fields=container_fields(query),
        ),
    )


def _platforms(
    query: str, integrations: Iterable[str], operations: Iterable[str]
) -> tuple[Stated, ...]:
    """Those that integrations state, and those that the query asks for."""
    fields: dict[str, str] = {}
    for integration in integrations:
        if (platform := _BY_INTEGRATION.get(integration.partition(".")[0])) is not None:
            fields.setdefault(platform, f"hunt.integration {integration}")
    if logs := _AZURE_LOG.findall(query):
        log = min(logs)
        platform = "IaaS" if log == "activitylogs" else "Identity Provider"
        fields.setdefault(platform, f"query azure.{log}")
    for operation in operations:
        fields.setdefault("Containers", f"query {operation}")
    for system in operating_systems(query):
        fields.setdefault(_BY_OS[system], "query host.os.type")
    return stated_platforms(fields)


def _column(
    integrations: Collection[str], operations: Sequence[str], platforms: Iterable[Stated]
) -> Stated:
    if "kubernetes" in integrations:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field="hunt.integration kubernetes")
    if operations:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=f"query {operations[0]}")
    if "cloud_defend" in integrations:
        return Stated(value=ScopeColumn.RUNTIME, field="hunt.integration cloud_defend")
    return by_platforms(platforms)


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
    ids = marked(text, at)
    return ids if isinstance(ids, list) else [ids]


FORMAT = RuleFormat(
    name="elastic-hunting",
    title="Elastic hunting query (TOML)",
    about=_ABOUT,
    rules=rules,
    paired=False,
    marks=("[hunt]",),
    telltales=(Telltale(keys={"mitre": list, "query": list}, table="hunt"),),
)
