"""Suricata signatures: techniques and tactics as key-value pairs of the `metadata` option.

Format: the rules of Emerging Threats, whose metadata holds `mitre_tactic_id TA0001,
mitre_tactic_name Initial_Access, mitre_technique_id T1566, mitre_technique_name Phishing`.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from detcov.attack.ids import is_tactic_id, meant_id
from detcov.load.parsed import About, ParsedRule, StateRule, no_path, stated_platforms
from detcov.load.scope import OTHER
from detcov.load.suricata_text import Signature, SuricataFile
from detcov.load.tags import says_id
from detcov.model import Mapping, Place, Role, State, Stated

name = "suricata"
title = "Suricata rules"
paired = True
marks = ("sid:",)
excludes = no_path

_PAIR = re.compile(r"(?:[^\s,]|\\,)[^,]*")
_VALUE = re.compile(r"(?P<key>\S+)\s+(?P<value>\S.*?)\s*", re.DOTALL)
_KEYS = {
    "mitre_tactic_id": "tactic",
    "mitre_tactic_name": "tactic_name",
    "mitre_technique_id": "technique",
    "mitre_technique_name": "technique_name",
    "mitre_subtechnique_id": "subtechnique",
    "mitre_subtechnique_name": "subtechnique_name",
}
# Other keys that name MITRE (`mitre_attack`, `mitre_technique`, `mitre_ics`): what the value says.
_OTHER_KEY = re.compile(r"mitre_\w+", re.IGNORECASE)
_NOTHING = frozenset({"", "none", "unknown", "n/a"})
_SEVERITIES = {
    "informational": "informational",
    "minor": "low",
    "major": "high",
    "critical": "critical",
}
_PRIORITIES = {"1": "high", "2": "medium", "3": "low", "4": "informational"}
_PRODUCTS = (
    ("windows", "Windows"),
    ("linux", "Linux"),
    ("mac_os", "macOS"),
    ("macos", "macOS"),
    ("kubernetes", "Containers"),
    ("docker", "Containers"),
)
_DELETED = re.compile(r"(?:ET|ETPRO|GPL)\s+DELETED\b")
_BLOCKS = frozenset({"drop", "sdrop", "block", "reject", "rejectsrc", "rejectdst", "rejectboth"})
_SILENT = frozenset({"pass", "config", "accept"})

about = About(
    files="`.rules` files with a signature that has a `sid`. Other lines are told one by one; a "
    "file without any signature is passed over",
    mappings="`metadata`: `mitre_tactic_id`, `mitre_tactic_name`, `mitre_technique_id`, "
    "`mitre_technique_name`, `mitre_subtechnique_id`; and the ids in any other key that begins "
    "with `mitre_` (`mitre_attack`, `mitre_technique`, `mitre_ics`). The first tactic goes with "
    "the first technique, and so on; a single one with all. With other numbers they stand side by "
    "side",
    key="`gid:sid`, with 1 for a missing `gid`. A signature behind `#` that has the id of another "
    "one in its file is an older wording, and no rule",
    severity="`metadata` `signature_severity` (Minor low, Major high), else `priority`: 1 high, 2 "
    "medium, 3 low, 4 informational",
    platforms="`metadata` `affected_product`; Network Devices for `attack_target` "
    "`Networking_Equipment`",
    platform_values={
        "`affected_product` that begins with `Windows`": "Windows",
        "`affected_product` that begins with `Linux`": "Linux",
        "`affected_product` that begins with `Mac_OS` or `macOS`": "macOS",
        "`affected_product` that begins with `Kubernetes` or `Docker`": "Containers",
        "`attack_target` `Networking_Equipment`": "Network Devices",
    },
    columns=(("other", "always: a signature sees packets, not processes or containers"),),
    state=(
        StateRule("lifecycle", "deprecated", "the category DELETED of Emerging Threats", "msg"),
        StateRule("lifecycle", "stable", "otherwise"),
        StateRule("emits", "alert", "`alert`, as an option or behind the action", "alert"),
        StateRule("emits", "none", "`pass`, `accept` and `config`", "action"),
        StateRule("emits", "signal", "`noalert`: it only sets a state for others", "noalert"),
        StateRule("emits", "alert", "any other action", "action"),
        StateRule("kind", "prevention", "`drop`, `reject` and their like", "action"),
        StateRule("kind", "detection", "any other action", "action"),
        StateRule("enabled", "no", "it stands behind `#`", "#"),
        StateRule("enabled", "unstated", "otherwise"),
    ),
)


def recognises(file: SuricataFile) -> bool:
    """Whether there is a signature in the file."""
    return bool(file.signatures)


def parse(file: SuricataFile) -> tuple[ParsedRule, ...]:
    """The signatures of a file; see `RuleFormat.parse`."""
    return tuple(_rule(file, one) for one in _in_force(file.signatures))


def _in_force(signatures: list[Signature]) -> list[Signature]:
    """Without those behind `#` whose id another one has: older wordings, kept as comments."""
    seen = {one.id for one in signatures if one.enabled}
    kept: list[Signature] = []
    for one in signatures:
        if one.enabled or one.id not in seen:
            kept.append(one)
        seen.add(one.id)
    return kept


def state(rule: ParsedRule, path: str) -> State:  # noqa: ARG001 - a file's path says nothing
    """What action, `noalert`, category and `#` say; see `RuleFormat.state`."""
    action = rule.stated["action"]
    deleted = _DELETED.match(rule.name) is not None
    return State(
        lifecycle=Stated(value="deprecated", field="msg") if deleted else Stated(value="stable"),
        emits=_emits(action, rule.stated),
        kind=Stated(value="prevention" if action in _BLOCKS else "detection", field="action"),
        enabled=Stated(value="no", field="#") if "#" in rule.stated else Stated(value="unstated"),
    )


def _emits(action: str, stated: dict[str, str]) -> Stated:
    if "alert" in stated:
        return Stated(value="alert", field="alert")
    if action in _SILENT:
        return Stated(value="none", field="action")
    if "noalert" in stated:
        return Stated(value="signal", field="noalert")
    return Stated(value="alert", field="action")


def platforms(rule: ParsedRule) -> tuple[Stated, ...]:
    """Each platform once, with the first product that states it; sorted by platform."""
    found: dict[str, str] = {}
    for product in rule.operating_systems:
        for begins, platform in _PRODUCTS:
            if product.lower().startswith(begins):
                found.setdefault(platform, f"affected_product {product}")
    if "attack_target" in rule.stated:
        found.setdefault("Network Devices", f"attack_target {rule.stated['attack_target']}")
    return stated_platforms(found)


def column(rule: ParsedRule) -> Stated:  # noqa: ARG001 - the same for all
    """Other: packets are no evidence for containers."""
    return OTHER


class _Word(Struct, frozen=True, kw_only=True):
    """A value of the metadata with its place."""

    text: str
    place: Place


def _rule(file: SuricataFile, signature: Signature) -> ParsedRule:
    options: dict[str, str] = {}
    for one in signature.options:
        options.setdefault(one.key, one.value.strip())
    metadata: dict[str, list[_Word]] = {}
    for key, word in _metadata(file, signature):
        metadata.setdefault(key, []).append(word)
    mappings, together = _mappings(metadata)
    stated = {"action": signature.action}
    stated |= {} if signature.enabled else {"#": "yes"}
    if "noalert" in options or any(
        one.key == "flowbits" and one.value.strip() == "noalert" for one in signature.options
    ):
        stated["noalert"] = "yes"
    if "alert" in options or "alert" in re.findall(r"\w+", signature.scope):
        stated["alert"] = "yes"
    targets = [one.text for one in metadata.get("attack_target", ())]
    if "Networking_Equipment" in targets:
        stated["attack_target"] = "Networking_Equipment"
    severities = metadata.get("signature_severity", [])
    return ParsedRule(
        native_id=signature.id,
        name=_unquoted(options.get("msg", "")),
        severity=_SEVERITIES.get(severities[0].text.lower(), "")
        if severities
        else _PRIORITIES.get(options.get("priority", ""), ""),
        place=file.lines.line(signature.start),
        stated=stated,
        tags=tuple(one.text for one in metadata.get("tag", ())),
        integrations=(f"protocol {signature.protocol}",),
        operating_systems=tuple(one.text for one in metadata.get("affected_product", ())),
        mappings=mappings,
        references=tuple(_links(signature)),
        paired=together,
    )


def _unquoted(value: str) -> str:
    inner = value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
    return re.sub(r"\\(.)", r"\1", inner)


def _links(signature: Signature) -> Iterator[str]:
    for one in signature.options:
        kind, _, target = one.value.strip().partition(",")
        if one.key == "reference" and kind.strip() == "url" and target:
            link = target.strip()
            yield link if "://" in link else f"http://{link}"


def _metadata(file: SuricataFile, signature: Signature) -> Iterator[tuple[str, _Word]]:
    """The pairs of the metadata: commas between them, a space within."""
    for option in signature.options:
        if option.key != "metadata":
            continue
        for pair in _PAIR.finditer(option.value):
            found = _VALUE.fullmatch(pair[0])
            if found is not None:
                at = option.start + pair.start() + found.start("value")
                word = _Word(text=found["value"], place=file.place(at, len(found["value"])))
                yield found["key"], word


def _mappings(metadata: dict[str, list[_Word]]) -> tuple[tuple[Mapping, ...], bool]:
    """The mappings, and whether it is said which tactic goes with which technique."""
    stated: dict[str, list[_Word]] = {kind: [] for kind in _KEYS.values()}
    for key, words in metadata.items():
        for one in words:
            kind = _kind(key, one.text)
            if kind and one.text.lower() not in _NOTHING:
                stated[kind].append(one)
    tactics = [_Tactic(id=one, name=named) for one, named in _tactics(stated)]
    techniques = _techniques(stated)
    if not techniques:
        return tuple(_apart(one, entry) for entry, one in enumerate(tactics)), True
    above = len(stated["technique"]) or len(techniques)
    orphans = stated["technique"] and any(not one.parent for one in techniques[above:])
    if len(tactics) in {0, 1} or (len(tactics) == above and not orphans):
        return tuple(_paired(techniques, tactics)), True
    claims = (_claim(one, _Tactic(), entry) for entry, one in enumerate(techniques))
    apart = (_apart(one, len(techniques) + entry) for entry, one in enumerate(tactics))
    return (*claims, *apart), False


def _kind(key: str, value: str) -> str:
    """What a pair states: by its key, and where that is no known one by its value; "" nothing."""
    known = _KEYS.get(key, "")
    if known == "tactic":
        return known if says_id(value) else "tactic_name"
    if known or not _OTHER_KEY.fullmatch(key):
        return known
    if says_id(value):
        return "tactic" if is_tactic_id(meant_id(value) or "") else "technique"
    return "tactic_name" if "tactic" in key.lower() else ""


class _Tactic(Struct, frozen=True, kw_only=True):
    """A tactic as it is stated, for the mappings that go with it."""

    id: _Word | None = None
    name: _Word | None = None

    @property
    def place(self) -> Place:
        """Where it stands: its id, else its name."""
        word = self.id or self.name
        return word.place if word is not None else Place(line=1, exact=False)


def _tactics(
    stated: dict[str, list[_Word]],
) -> list[tuple[_Word | None, _Word | None]]:
    """Id and name of each tactic, by order; a name alone where there are no ids."""
    if not stated["tactic"]:
        return [(None, one) for one in stated["tactic_name"]]
    return list(_named(stated, "tactic"))


def _named(stated: dict[str, list[_Word]], kind: str) -> list[tuple[_Word, _Word | None]]:
    """The ids of a kind with their names, by order; no names where there are more or less."""
    ids, names = stated[kind], stated[f"{kind}_name"]
    return list(zip(ids, names if len(names) == len(ids) else [None] * len(ids), strict=True))


class _Technique(Struct, frozen=True, kw_only=True):
    """A technique as it is stated."""

    id: _Word
    name: _Word | None
    role: Role
    parent: str | None
    """The technique in the other key that it is a sub-technique of"""


def _techniques(stated: dict[str, list[_Word]]) -> list[_Technique]:
    """The technique of a sub-technique in the key of its own is a carrier."""
    above = {one.text for one in stated["technique"]}
    carriers = above & {one.text.partition(".")[0] for one in stated["subtechnique"]}
    found = [
        _Technique(
            id=one,
            name=named,
            role=Role.CARRIER if one.text in carriers else Role.CLAIM,
            parent=None,
        )
        for one, named in _named(stated, "technique")
    ]
    for one, named in _named(stated, "subtechnique"):
        parent = one.text.partition(".")[0]
        inner = parent if parent in above else None
        found.append(_Technique(id=one, name=named, role=Role.CLAIM, parent=inner))
    return found


def _paired(techniques: list[_Technique], tactics: list[_Tactic]) -> Iterator[Mapping]:
    """Each technique with the tactic of its place in the order, or with the only one."""
    place: dict[str, int] = {}
    for at, one in enumerate(techniques):
        entry = at if at < len(tactics) else place.get(one.parent or "", 0)
        place.setdefault(one.id.text, entry)
        yield _claim(one, tactics[entry] if tactics else _Tactic(), entry if tactics else at)


def _claim(one: _Technique, tactic: _Tactic, entry: int) -> Mapping:
    return Mapping(
        role=one.role,
        place=one.id.place,
        technique_id=one.id.text,
        technique_name=one.name.text if one.name else None,
        name_place=one.name.place if one.name else None,
        parent_id=one.parent,
        tactic_id=tactic.id.text if tactic.id else None,
        tactic_name=tactic.name.text if tactic.name else None,
        tactic_place=tactic.id.place if tactic.id else None,
        tactic_name_place=tactic.name.place if tactic.name else None,
        entry=entry,
    )


def _apart(tactic: _Tactic, entry: int) -> Mapping:
    return Mapping(
        role=Role.TACTIC,
        place=tactic.place,
        tactic_id=tactic.id.text if tactic.id else None,
        tactic_name=tactic.name.text if tactic.name else None,
        tactic_place=tactic.id.place if tactic.id else None,
        tactic_name_place=tactic.name.place if tactic.name else None,
        entry=entry,
    )
