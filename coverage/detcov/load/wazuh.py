"""Wazuh 4 rules: XML files of groups of rules, techniques in `<mitre><id>`.

Format: the ruleset that Wazuh's manager ships, and local rules beside it. Files may have several
roots. A rule states no tactic.
"""

import re

from detcov.load import wazuh_groups
from detcov.load.amend import WHOLE
from detcov.load.parsed import About, RuleFormat, StateRule
from detcov.load.tags import says_id
from detcov.load.xml_text import Element, XmlFile
from detcov.model import Mapping, Role, Rule, RuleKey, State, Stated

_LEVEL = re.compile(r"\d{1,2}", re.ASCII)
_SILENT = frozenset({"1", "yes"})
_YES = frozenset({"yes", "true"})
_OVERWRITES = {WHOLE: "replace"}
# As Wazuh's dashboard names levels.
_SEVERITIES = ((15, "critical"), (12, "high"), (7, "medium"), (0, "low"))
_ALERTS_FROM = 3
"""The manager's default `log_alert_level`"""

_ABOUT = About(
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


def rules(file: XmlFile, path: str) -> tuple[Rule, ...] | None:
    """Return the rules of a file; None if no group of the file has a rule with an id."""
    found = [
        _rule(file, path, group, element)
        for root in file.roots
        for group in ([root] if root.name == "group" else root.all("group"))
        for element in group.all("rule")
        if "id" in element.attributes
    ]
    return tuple(found) or None


def _rule(file: XmlFile, path: str, group: Element, element: Element) -> Rule:
    attributes = element.attributes
    groups = _groups(group, element)
    platforms = wazuh_groups.platforms(groups)
    level = attributes.get("level", "").strip()
    ids = [
        part
        for mitre in element.all("mitre")
        for part in (mitre, *mitre.all("id"))
        if part.name == "id" or says_id(part.text)
    ]
    return Rule(
        key=RuleKey(format="wazuh", native_id=attributes["id"].strip()),
        name=next((part.text for part in element.all("description") if part.text), ""),
        path=path,
        state=State(emits=_emits(level, attributes.get("noalert", ""))),
        severity=_severity(level),
        platforms=platforms,
        mappings=tuple(
            Mapping(role=Role.CLAIM, place=file.place(part), technique_id=part.text, entry=entry)
            for entry, part in enumerate(ids)
        ),
        tags=groups,
        references=tuple(
            part.text for part in element.all("info") if part.attributes.get("type") == "link"
        ),
        place=file.lines.line(element.start),
        paired=False,
        column=wazuh_groups.column(groups, platforms),
        reads=tuple(f"decoder {part.text}" for part in element.all("decoded_as")),
        amends=_OVERWRITES if attributes.get("overwrite", "").strip() in _YES else {},
    )


def _groups(group: Element, rule: Element) -> tuple[str, ...]:
    """The names of a rule's groups, those of the group around it first."""
    listed = [group.attributes.get("name", ""), *(part.text for part in rule.all("group"))]
    names = (name.strip() for names in listed for name in names.split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def _severity(level: str) -> str:
    if not _LEVEL.fullmatch(level):
        return ""
    return next(name for least, name in _SEVERITIES if int(level) >= least)


def _emits(level: str, noalert: str) -> Stated:
    if noalert.strip().lower() in _SILENT:
        return Stated(value="none", field="noalert")
    if not _LEVEL.fullmatch(level):
        return Stated(value="alert")
    if int(level) == 0:
        return Stated(value="none", field="level")
    return Stated(value="signal" if int(level) < _ALERTS_FROM else "alert", field="level")


FORMAT = RuleFormat(
    name="wazuh",
    title="Wazuh 4 rules (XML)",
    about=_ABOUT,
    rules=rules,
    paired=False,
    marks=("<rule ",),
)
