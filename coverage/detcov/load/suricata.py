"""Suricata signatures: techniques and tactics as key-value pairs of the `metadata` option.

Format: the rules of Emerging Threats, whose metadata holds `mitre_tactic_id TA0001,
mitre_tactic_name Initial_Access, mitre_technique_id T1566, mitre_technique_name Phishing`.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from detcov.attack.ids import is_tactic_id, meant_id
from detcov.load.parsed import About, RuleFormat, StateRule, stated_platforms
from detcov.load.suricata_text import Signature, SuricataFile
from detcov.load.tags import says_id
from detcov.model import Mapping, Place, Role, Rule, RuleKey, State, Stated

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

_ABOUT = About(
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


def rules(file: SuricataFile, path: str) -> tuple[Rule, ...] | None:
    """Return the signatures of a file; None if there is none.

    A signature behind `#` is passed over if another one has its id: it is an older wording.
    """
    if not file.signatures:
        return None
    seen = {signature.id for signature in file.signatures if signature.enabled}
    signatures: list[Rule] = []
    for signature in file.signatures:
        if signature.enabled or signature.id not in seen:
            signatures.append(_rule(file, path, signature))
        seen.add(signature.id)
    return tuple(signatures)


class _Word(Struct, frozen=True, kw_only=True):
    """A value of the metadata with its place."""

    text: str
    place: Place


def _rule(file: SuricataFile, path: str, signature: Signature) -> Rule:
    options: dict[str, str] = {}
    for option in signature.options:
        options.setdefault(option.key, option.value.strip())
    metadata: dict[str, list[_Word]] = {}
    for key, word in _metadata(file, signature):
        metadata.setdefault(key, []).append(word)
    name = _unquoted(options.get("msg", ""))
    severity = _PRIORITIES.get(options.get("priority", ""), "")
    if severities := metadata.get("signature_severity"):
        severity = _SEVERITIES.get(severities[0].text.lower(), "")
    mappings, paired = _mappings(metadata)
    return Rule(
        key=RuleKey(format="suricata", native_id=signature.id),
        name=name,
        path=path,
        severity=severity,
        state=_state(signature, options, name),
        mappings=mappings,
        platforms=_platforms(metadata),
        tags=tuple(word.text for word in metadata.get("tag", ())),
        references=tuple(_links(signature)),
        place=file.lines.line(signature.start),
        paired=paired,
        reads=(f"protocol {signature.protocol}",),
    )


def _state(signature: Signature, options: dict[str, str], name: str) -> State:
    """What action, `noalert`, category and `#` say."""
    is_deleted = _DELETED.match(name) is not None
    blocks = signature.action in _BLOCKS
    return State(
        lifecycle=Stated(value="deprecated", field="msg") if is_deleted else Stated(value="stable"),
        emits=_emits(signature, options),
        kind=Stated(value="prevention" if blocks else "detection", field="action"),
        enabled=Stated(value="unstated") if signature.enabled else Stated(value="no", field="#"),
    )


def _emits(signature: Signature, options: dict[str, str]) -> Stated:
    if "alert" in options or "alert" in re.findall(r"\w+", signature.scope):
        return Stated(value="alert", field="alert")
    if signature.action in _SILENT:
        return Stated(value="none", field="action")
    if "noalert" in options or any(
        option.key == "flowbits" and option.value.strip() == "noalert"
        for option in signature.options
    ):
        return Stated(value="signal", field="noalert")
    return Stated(value="alert", field="action")


def _platforms(metadata: dict[str, list[_Word]]) -> tuple[Stated, ...]:
    """Each platform once, with the first product that states it; sorted by platform."""
    fields: dict[str, str] = {}
    for product in metadata.get("affected_product", ()):
        for beginning, platform in _PRODUCTS:
            if product.text.lower().startswith(beginning):
                fields.setdefault(platform, f"affected_product {product.text}")
    for target in metadata.get("attack_target", ()):
        if target.text == "Networking_Equipment":
            fields.setdefault("Network Devices", f"attack_target {target.text}")
    return stated_platforms(fields)


def _unquoted(value: str) -> str:
    inner = value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
    return re.sub(r"\\(.)", r"\1", inner)


def _links(signature: Signature) -> Iterator[str]:
    for option in signature.options:
        kind, _, target = option.value.strip().partition(",")
        if option.key == "reference" and kind.strip() == "url" and target:
            link = target.strip()
            yield link if "://" in link else f"http://{link}"


def _metadata(file: SuricataFile, signature: Signature) -> Iterator[tuple[str, _Word]]:
    """The pairs of the metadata: commas between them, a space within."""
    for option in signature.options:
        if option.key != "metadata":
            continue
        for pair in _PAIR.finditer(option.value):
            match = _VALUE.fullmatch(pair[0])
            if match is not None:
                at = option.start + pair.start() + match.start("value")
                word = _Word(text=match["value"], place=file.place(at, match["value"]))
                yield match["key"], word


def _mappings(metadata: dict[str, list[_Word]]) -> tuple[tuple[Mapping, ...], bool]:
    """The mappings, and whether it is said which tactic goes with which technique."""
    stated: dict[str, list[_Word]] = {kind: [] for kind in _KEYS.values()}
    for key, words in metadata.items():
        for word in words:
            kind = _kind(key, word.text)
            if kind and word.text.lower() not in _NOTHING:
                stated[kind].append(word)
    tactics = [_Tactic(id=id_, name=name) for id_, name in _tactics(stated)]
    techniques = _techniques(stated)
    if not techniques:
        return tuple(_apart(tactic, entry) for entry, tactic in enumerate(tactics)), True
    above = len(stated["technique"]) or len(techniques)
    orphans = stated["technique"] and any(not below.parent for below in techniques[above:])
    if len(tactics) in {0, 1} or (len(tactics) == above and not orphans):
        return tuple(_paired(techniques, tactics)), True
    claims = (_claim(technique, _Tactic(), entry) for entry, technique in enumerate(techniques))
    apart = (_apart(tactic, len(techniques) + entry) for entry, tactic in enumerate(tactics))
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
        return [(None, name) for name in stated["tactic_name"]]
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
    above = {word.text for word in stated["technique"]}
    carriers = above & {word.text.partition(".")[0] for word in stated["subtechnique"]}
    techniques = [
        _Technique(
            id=id_,
            name=name,
            role=Role.CARRIER if id_.text in carriers else Role.CLAIM,
            parent=None,
        )
        for id_, name in _named(stated, "technique")
    ]
    for id_, name in _named(stated, "subtechnique"):
        parent = id_.text.partition(".")[0]
        inner = parent if parent in above else None
        techniques.append(_Technique(id=id_, name=name, role=Role.CLAIM, parent=inner))
    return techniques


def _paired(techniques: list[_Technique], tactics: list[_Tactic]) -> Iterator[Mapping]:
    """Each technique with the tactic of its place in the order, or with the only one."""
    entries: dict[str, int] = {}
    for at, technique in enumerate(techniques):
        entry = at if at < len(tactics) else entries.get(technique.parent or "", 0)
        entries.setdefault(technique.id.text, entry)
        if tactics:
            yield _claim(technique, tactics[entry], entry)
        else:
            yield _claim(technique, _Tactic(), at)


def _claim(technique: _Technique, tactic: _Tactic, entry: int) -> Mapping:
    return Mapping(
        role=technique.role,
        place=technique.id.place,
        technique_id=technique.id.text,
        technique_name=technique.name.text if technique.name else None,
        name_place=technique.name.place if technique.name else None,
        parent_id=technique.parent,
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


FORMAT = RuleFormat(
    name="suricata",
    title="Suricata rules",
    about=_ABOUT,
    rules=rules,
    marks=("sid:",),
)
