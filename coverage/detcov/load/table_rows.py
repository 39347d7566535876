"""The plain table "rule, technique, tactic": what its columns mean, whatever it is written in.

A row states one rule's techniques under one tactic. Rows of one rule are one rule.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct, structs

from detcov.load.parsed import SEVERITY_CALLED, About, StateRule, stated_platforms
from detcov.load.scope import by_platforms
from detcov.load.tags import id_mapping, says_id
from detcov.model import Defect, Mapping, Place, Role, Rule, RuleKey, ScopeColumn, State, Stated

_COLUMNS: Final = {
    "rule": (
        *("rule", "rule name", "rule title", "detection", "detection rule", "detection name"),
        *("detection title", "analytic", "analytic name", "analytic rule", "analytics rule"),
        *("use case", "use case name", "usecase", "correlation rule", "correlation search"),
        *("alert rule", "alert rule name", "search name"),
    ),
    "id": ("id", "rule id", "uuid", "detection id", "use case id"),
    "technique": ("technique", "techniques", "technique id", "technique ids"),
    "subtechnique": tuple(
        f"{sub}technique{end}" for sub in ("sub", "sub ") for end in ("", "s", " id", " ids")
    ),
    "tactic": ("tactic", "tactics", "tactic id", "tactic ids", "tactic name"),
    "platform": ("platform", "platforms", "os", "operating system"),
    "severity": ("severity", "level", "rule severity"),
    "status": ("status", "lifecycle"),
    "enabled": ("enabled",),
    "kind": ("kind",),
    "emits": ("emits",),
    "scope": ("scope",),
    "source": ("source", "data source", "log source", "data sources", "log sources"),
    "reference": ("reference", "references", "url", "link"),
}
"""Our name of a column to the headings it may have, in lower case with single blanks"""
_BY_HEADING = {heading: column for column, names in _COLUMNS.items() for heading in names}
_PLATFORMS = {
    "windows": "Windows",
    "linux": "Linux",
    "macos": "macOS",
    "containers": "Containers",
    "container": "Containers",
    "kubernetes": "Containers",
    "docker": "Containers",
    "iaas": "IaaS",
    "aws": "IaaS",
    "azure": "IaaS",
    "gcp": "IaaS",
    "saas": "SaaS",
    "office suite": "Office Suite",
    "identity provider": "Identity Provider",
    "network devices": "Network Devices",
    "network": "Network Devices",
    "esxi": "ESXi",
    "pre": "PRE",
}
_LIFECYCLES = {
    "stable": "stable",
    "production": "stable",
    "test": "test",
    "experimental": "experimental",
    "deprecated": "deprecated",
    "retired": "deprecated",
}
_ATTACK = re.compile(r"\bmitre\b|\batt(?:&|a)?ck\b|[®™()\[\]]")
"""What a heading may have beside its own words: "MITRE ATT&CK® Technique", "Tactic (MITRE)\""""
_KINDS = frozenset({"detection", "hunt", "posture", "promotion", "over-alerts", "prevention"})
_FACTS = frozenset({"deployed", "telemetry", "fired", "tested", "waived", "not-applicable"})
"""Kinds of facts about the estate (docs/facts.md)"""
_EMITS = frozenset({"alert", "signal", "none"})
_ENABLED = dict.fromkeys(("yes", "true", "1", "on"), "yes") | dict.fromkeys(
    ("no", "false", "0", "off"), "no"
)
_SCOPES = {str(column): column for column in ScopeColumn}
_PIECE = re.compile(r"[^;,|\n]+")
_NUMBER = re.compile(r"\.?(\d{3})", re.ASCII)
_NO_VALUE = frozenset({"", "n/a", "na", "none"})

Cell = tuple[str, Place]
"""A value as written, and where"""


class Row(Struct, frozen=True, kw_only=True):
    """One row, by our names of the columns; a column may hold several cells."""

    place: Place
    cells: dict[str, list[Cell]]
    defects: tuple[Defect, ...] = ()

    def first(self, column: str) -> str:
        """The first value of a column, "" where there is none."""
        for text, _ in self.cells.get(column, ()):
            if stripped := text.strip():
                return stripped
        return ""


def column_of(heading: str) -> str | None:
    """Our name of a column by its heading, however it is written."""
    words = re.split(r"[\s_-]+", heading.strip().casefold())
    plain = " ".join(filter(None, words))
    if plain in _BY_HEADING:
        return _BY_HEADING[plain]
    own = " ".join(_ATTACK.sub(" ", plain).split())
    # "MITRE ATT&CK" alone, or its "id", is the technique.
    if own in {"", "id", "ids"} and ("mitre" in plain or "att&ck" in plain):
        return "technique"
    return _BY_HEADING.get(own)


def is_table(columns: Iterable[str | None], kinds: Iterable[str] = ()) -> bool:
    """Whether these columns make a table of rules; `kinds` is what the column kind says.

    A file of facts has these columns, too, and kinds of its own.
    """
    return {"rule", "technique"} <= set(columns) and _FACTS.isdisjoint(
        "-".join(re.split(r"[\s_-]+", kind.strip().casefold())) for kind in kinds
    )


def rules_of(rows: Iterable[Row], format_name: str, path: str) -> tuple[Rule, ...]:
    """Return the rules of a table: rows with one id, or one name, together."""
    rows_by_key: dict[str, list[Row]] = {}
    for row in rows:
        if not any(row.first(column) for column in ("rule", "id", "technique")):
            continue
        key = row.first("id") or row.first("rule")
        # A row without a name is a rule of its own.
        rows_by_key.setdefault(key or f"\n{len(rows_by_key)}", []).append(row)
    return tuple(
        _rule(
            RuleKey(format=format_name, native_id="" if key.startswith("\n") else key), path, rows
        )
        for key, rows in rows_by_key.items()
    )


def _rule(key: RuleKey, path: str, rows: list[Row]) -> Rule:
    platforms = _platforms(rows)
    return Rule(
        key=key,
        name=_first(rows, "rule") or _first(rows, "id"),
        path=path,
        severity=SEVERITY_CALLED.get(_first(rows, "severity").casefold(), ""),
        state=_state(rows),
        mappings=tuple(
            mapping for entry, row in enumerate(rows) for mapping in _mappings(row, entry)
        ),
        platforms=platforms,
        references=tuple(dict.fromkeys(text for text, _ in _cells(rows, "reference"))),
        place=rows[0].place,
        column=_column(rows, platforms),
        reads=tuple(dict.fromkeys(text for text, _ in _pieces(rows, "source"))),
        defects=tuple(defect for row in rows for defect in row.defects),
    )


def _platforms(rows: list[Row]) -> tuple[Stated, ...]:
    fields: dict[str, str] = {}
    for piece, _ in _pieces(rows, "platform"):
        if (platform := _PLATFORMS.get(piece.casefold())) is not None:
            fields.setdefault(platform, f"platform {piece}")
    return stated_platforms(fields)


def _column(rows: list[Row], platforms: tuple[Stated, ...]) -> Stated:
    """What the column scope says, else runtime for Containers, node for Linux, else other."""
    scope = _SCOPES.get(_first(rows, "scope").casefold().replace("-", " "))
    if scope is not None:
        return Stated(value=scope, field=f"scope {scope}")
    for platform in platforms:
        if platform.value == "Containers":
            return Stated(value=ScopeColumn.RUNTIME, field=platform.field)
    return by_platforms(platforms)


def _state(rows: list[Row]) -> State:
    """What the columns status, emits, kind and enabled say."""
    state = State()
    if status := _first(rows, "status").casefold():
        lifecycle = Stated(value=_LIFECYCLES.get(status, "experimental"), field="status")
        state = structs.replace(state, lifecycle=lifecycle)
    if (emits := _first(rows, "emits").casefold()) in _EMITS:
        state = structs.replace(state, emits=Stated(value=emits, field="emits"))
    if (kind := _first(rows, "kind").casefold()) in _KINDS:
        state = structs.replace(state, kind=Stated(value=kind, field="kind"))
    if enabled := _ENABLED.get(_first(rows, "enabled").casefold()):
        state = structs.replace(state, enabled=Stated(value=enabled, field="enabled"))
    return state


def _mappings(row: Row, entry: int) -> Iterator[Mapping]:
    techniques, tactics = list(_pieces([row], "technique")), _tactics(row, entry)
    sub_techniques = [
        (text, place) for text, place in _pieces([row], "subtechnique") if not _says_none(text)
    ]
    # Which technique is meant under which of several tactics the row doesn't say.
    tactic = tactics[0] if len(tactics) == 1 else None
    claims = [id_mapping(text, place, entry) for text, place in techniques]
    for mapping in _with_sub_techniques(claims, sub_techniques, entry):
        yield _under(mapping, tactic) if tactic and mapping.role is not Role.TACTIC else mapping
    if tactic is None or not (techniques or sub_techniques):
        yield from tactics


def _says_none(text: str) -> bool:
    return text.strip("-").casefold() in _NO_VALUE


def _with_sub_techniques(
    claims: list[Mapping], sub_techniques: list[Cell], entry: int
) -> Iterator[Mapping]:
    """The techniques, and the sub-techniques of a column of their own, which may lack the parent.

    A technique that stands there only for its sub-technique is a carrier.
    """
    above = claims[0].technique_id if len(claims) == 1 else None
    below: list[Mapping] = []
    for text, place in sub_techniques:
        number = _NUMBER.fullmatch(text)
        if number is not None and above:
            whole = f"{above}.{number[1]}"
            at = Place(line=place.line, exact=False)
            below.append(Mapping(role=Role.CLAIM, place=at, technique_id=whole, entry=entry))
        else:
            below.append(id_mapping(text, place, entry))
    parents = {(mapping.technique_id or "").partition(".")[0] for mapping in below}
    stated = {claim.technique_id for claim in claims}
    for claim in claims:
        carries = claim.role is Role.CLAIM and claim.technique_id in parents
        yield structs.replace(claim, role=Role.CARRIER) if carries else claim
    for mapping in below:
        parent = (mapping.technique_id or "").partition(".")[0]
        yield structs.replace(mapping, parent_id=parent) if parent in stated else mapping


def _under(claim: Mapping, tactic: Mapping) -> Mapping:
    return structs.replace(
        claim,
        tactic_id=tactic.tactic_id,
        tactic_name=tactic.tactic_name,
        tactic_place=tactic.tactic_place,
        tactic_name_place=tactic.tactic_name_place,
    )


def _tactics(row: Row, entry: int) -> list[Mapping]:
    """The tactics of a row; an id and a name in columns of their own are one."""
    stated = [_tactic(text, place, entry) for text, place in _pieces([row], "tactic")]
    ids = [tactic for tactic in stated if tactic.tactic_id]
    names = [tactic for tactic in stated if tactic.tactic_name]
    if len(ids) == len(names) == 1 and len(row.cells["tactic"]) == 2:
        whole = structs.replace(
            ids[0], tactic_name=names[0].tactic_name, tactic_name_place=names[0].tactic_name_place
        )
        return [whole]
    return stated


def _tactic(text: str, place: Place, entry: int) -> Mapping:
    if says_id(text):
        return Mapping(
            role=Role.TACTIC, place=place, tactic_id=text, tactic_place=place, entry=entry
        )
    return Mapping(
        role=Role.TACTIC, place=place, tactic_name=text, tactic_name_place=place, entry=entry
    )


def _pieces(rows: Iterable[Row], column: str) -> Iterator[Cell]:
    """The values of a column's cells, each with its own place."""
    for text, place in _cells(rows, column):
        # The line that the piece is on, and where that begins, counted on from piece to piece.
        line, begin, done = place.line, 1 - place.column, 0
        for piece in _PIECE.finditer(text):
            value = piece[0].strip()
            if not value:
                continue
            at = piece.start() + len(piece[0]) - len(piece[0].lstrip())
            if ends := text.count("\n", done, at):
                line, begin = line + ends, text.rfind("\n", done, at) + 1
            done = at
            yield value, _inside(place, at, len(value), line=line, column=at - begin + 1)


def _inside(place: Place, skipped: int, length: int, *, line: int, column: int) -> Place:
    if not place.exact:
        return place
    start = place.start + skipped
    return Place(line=line, column=column, start=start, end=start + length)


def _cells(rows: Iterable[Row], column: str) -> Iterator[Cell]:
    for row in rows:
        yield from ((text, place) for text, place in row.cells.get(column, ()) if text.strip())


def _first(rows: Iterable[Row], column: str) -> str:
    return next(filter(None, (row.first(column) for row in rows)), "")


def about_of(files: str) -> About:
    """What docs/formats says of a table, whatever it is written in."""
    return About(
        files=files,
        mappings="the columns `technique`, `subtechnique` and `tactic`; several techniques in a "
        "cell are separated by comma, semicolon, bar or line end",
        key="the column `id`, else `rule`; a row with neither has its path and position",
        severity="the column `severity`",
        platforms="the column `platform`: MITRE ATT&CK®'s names and a few more",
        platform_values={f"`{name}`": platform for name, platform in _PLATFORMS.items()},
        columns=(
            *((str(scope), f"the column `scope` says `{scope}`") for scope in ScopeColumn),
            ("runtime", "a platform is Containers"),
            ("node", "a platform is Linux"),
            ("other", "all the rest"),
        ),
        state=tuple(_state_rules()),
    )


def _state_rules() -> Iterator[StateRule]:
    by_value: dict[str, list[str]] = {}
    for word, value in _LIFECYCLES.items():
        by_value.setdefault(value, []).append(f"`{word}`")
    for value, words in by_value.items():
        more = ", or any other word" if value == "experimental" else ""
        yield StateRule("lifecycle", value, " or ".join(words) + more, "status")
    yield StateRule("lifecycle", "stable", "nothing is stated")
    yield from (StateRule("emits", value, f"`{value}`", "emits") for value in sorted(_EMITS))
    yield StateRule("emits", "alert", "otherwise")
    yield from (StateRule("kind", value, f"`{value}`", "kind") for value in sorted(_KINDS))
    yield StateRule("kind", "detection", "otherwise")
    yield StateRule("enabled", "yes", "`yes`, `true`, `1`, `on`", "enabled")
    yield StateRule("enabled", "no", "`no`, `false`, `0`, `off`", "enabled")
    yield StateRule("enabled", "unstated", "otherwise")
