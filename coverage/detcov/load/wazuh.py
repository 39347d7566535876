"""Wazuh 4 rules: XML files of groups of rules, techniques in `<mitre><id>`.

Format: the ruleset that Wazuh's manager ships, and local rules beside it. Files may have several
roots. A rule states no tactic.
"""

import re
from collections.abc import Iterator

from detcov.load import wazuh_groups
from detcov.load.amend import WHOLE
from detcov.load.parsed import About, ParsedRule, StateRule, no_path
from detcov.load.tags import says_id
from detcov.load.xml_text import Element, XmlFile
from detcov.model import Mapping, Role, State, Stated

name = "wazuh"
title = "Wazuh 4 rules (XML)"
paired = False
marks = ("<rule ",)
excludes = no_path

_LEVEL = re.compile(r"\d{1,2}", re.ASCII)
_STATED = ("level", "noalert")
_SILENT = frozenset({"1", "yes"})
_YES = frozenset({"yes", "true"})
_OVERWRITES = {WHOLE: "replace"}
# As Wazuh's dashboard names levels.
_SEVERITIES = ((15, "critical"), (12, "high"), (7, "medium"), (0, "low"))
_ALERTS_FROM = 3
"""The manager's default `log_alert_level`"""

about = About(
    files="XML files with a root `<group>` that holds a `<rule>` with an id, or a root that holds "
    "such groups. Other XML files (decoders, agent settings) and rules in comments are passed over",
    mappings="`<mitre><id>`, in every `<mitre>` of a rule, and an id that stands in `<mitre>` "
    "itself. An id that the event fills in (`$(threat.software.id)`) is no technique id, and a "
    "finding",
    key="the attribute `id`. A rule with `overwrite` `yes` stands in the stead of the others of "
    "its source that have its id, with all it says: level, groups, techniques",
    severity="`level`: 0–6 low, 7–11 medium, 12–14 high, 15 and 16 critical, as Wazuh's dashboard "
    "has it",
    platforms="the group's name and the rule's own `<group>`. A log of several systems (`syslog`, "
    "`sshd`, `web`) states none",
    platform_values=wazuh_groups.VALUES,
    columns=(
        ("runtime", "a group `docker`"),
        ("node", "a group states Linux"),
        ("other", "all the rest"),
    ),
    state=(
        StateRule("lifecycle", "stable", "always: Wazuh has no such field"),
        StateRule("emits", "none", "`noalert` is 1", "noalert"),
        StateRule("emits", "none", "level 0", "level"),
        StateRule("emits", "signal", "level 1 or 2: kept, and no alert by default", "level"),
        StateRule("emits", "alert", "level 3 or more", "level"),
        StateRule("emits", "alert", "no level"),
        StateRule("kind", "detection", "always"),
        StateRule("enabled", "unstated", "always: Wazuh has no such field"),
    ),
)


def recognises(file: XmlFile) -> bool:
    """Whether there is a group with a rule in the file."""
    return next(_rules(file), None) is not None


def parse(file: XmlFile) -> tuple[ParsedRule, ...]:
    """The rules of a file; see `RuleFormat.parse`."""
    return tuple(_rule(file, group, rule) for group, rule in _rules(file))


def state(rule: ParsedRule, path: str) -> State:  # noqa: ARG001 - a rule's path says nothing
    """What `level` and `noalert` say; see `RuleFormat.state`."""
    return State(
        lifecycle=Stated(value="stable"),
        emits=_emits(rule),
        kind=Stated(value="detection"),
        enabled=Stated(value="unstated"),
    )


platforms = wazuh_groups.platforms
column = wazuh_groups.column


def _rules(file: XmlFile) -> Iterator[tuple[Element, Element]]:
    for root in file.roots:
        for group in [root] if root.name == "group" else root.all("group"):
            for rule in group.all("rule"):
                if "id" in rule.attributes:
                    yield group, rule


def _rule(file: XmlFile, group: Element, rule: Element) -> ParsedRule:
    ids = [one for mitre in rule.all("mitre") for one in (mitre, *mitre.all("id"))]
    ids = [one for one in ids if one.name == "id" or says_id(one.text)]
    level = rule.attributes.get("level", "")
    links = (one.text for one in rule.all("info") if one.attributes.get("type") == "link")
    return ParsedRule(
        native_id=rule.attributes["id"].strip(),
        name=next((one.text for one in rule.all("description") if one.text), ""),
        severity=_severity(level),
        place=file.lines.line(rule.start),
        stated={key: rule.attributes[key] for key in _STATED if key in rule.attributes},
        tags=_groups(group, rule),
        integrations=tuple(f"decoder {one.text}" for one in rule.all("decoded_as")),
        mappings=tuple(
            Mapping(role=Role.CLAIM, place=file.place(one), technique_id=one.text, entry=entry)
            for entry, one in enumerate(ids)
        ),
        references=tuple(links),
        amends=_OVERWRITES if rule.attributes.get("overwrite", "").strip() in _YES else {},
    )


def _groups(group: Element, rule: Element) -> tuple[str, ...]:
    """The names of a rule's groups, those of the group around it first."""
    listed = [group.attributes.get("name", ""), *(one.text for one in rule.all("group"))]
    names = (name.strip() for one in listed for name in one.split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def _level(text: str) -> int | None:
    return int(text) if _LEVEL.fullmatch(text.strip()) else None


def _severity(text: str) -> str:
    level = _level(text)
    return "" if level is None else next(name for least, name in _SEVERITIES if level >= least)


def _emits(rule: ParsedRule) -> Stated:
    if rule.stated.get("noalert", "").strip().lower() in _SILENT:
        return Stated(value="none", field="noalert")
    level = _level(rule.stated.get("level", ""))
    if level is None:
        return Stated(value="alert")
    value = "none" if level == 0 else "signal" if level < _ALERTS_FROM else "alert"
    return Stated(value=value, field="level")
