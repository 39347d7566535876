"""Google SecOps (Chronicle) rules: YARA-L, with mappings in `meta` in one of three dialects.

`mitre = "execution, t1059.001"` (SOC Prime's), `tactic = "TA0002"` and `technique = "T1059.001"`,
or names with an address: `mitre_attack_tactic`, `mitre_attack_technique`, `mitre_attack_url`. Rules
of others name the same keys in other ways: `mitre_TA` and `mitre_T1`, `mitre_technique_id` …
"""

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingType

from msgspec import structs

from detcov.load import yaral_sources
from detcov.load.parsed import SEVERITY_CALLED, About, RuleFormat, StateRule
from detcov.load.tags import PART, id_mapping, is_object, says_id, tactic_mapping
from detcov.load.yaral_text import MetaValue, YaralFile, YaralRule
from detcov.model import Mapping, Role, Rule, RuleKey, State, Stated

_VERSION = re.compile(r"v?(\d{1,3}(?:\.\d{1,3})?)", re.IGNORECASE | re.ASCII)
_TACTIC_KEY = re.compile(
    r"(?:mitre_)?(?:att(?:ac)?k_)?tactics?(?:_ids?)?|mitre_ta(?:_id)?", re.IGNORECASE
)
_TECHNIQUE_KEY = re.compile(
    r"(?:mitre_)?(?:att(?:ac)?k_)?(?:sub_?)?techniques?(?:_ids?)?"
    r"|mitre_t1(?:_id)?|mitre_(?:att(?:ac)?k_)?ids?",
    re.IGNORECASE,
)
_LIST_KEY = re.compile(r"mitre|mitre_att(?:ac)?k|mitre_ttps?", re.IGNORECASE)
_URL_KEY = re.compile(r"mitre_(?:attack_)?url", re.IGNORECASE)
_PLAIN = "technique"
"""The key that holds ids alone, so that any other text there is one gone wrong"""
# Other catalogues and standards that stand in the same list.
_NAMESPACE = re.compile(
    r"(?:car|capec|cve|d3fend|tool)[.-].*|(?:gdpr|nist|iso|pci dss)\s.*|csc[\d.]+", re.IGNORECASE
)
_HOLDS_ID = re.compile(r"t\d{4}(?:\.\d{3})?(?!\d)", re.IGNORECASE | re.ASCII)
_URL = re.compile(
    r"https?://attack\.mitre\.org/(?:versions/v[\d.]+/)?techniques/(T\d{4}(?:/\d{3})?)/?",
    re.IGNORECASE | re.ASCII,
)

_ABOUT = About(
    files="`.yaral` and `.yl2` files with a rule that has `events` or `condition`",
    mappings="`meta`: `mitre` (tactics and ids, joined by commas), `tactic` and `technique` (ids), "
    "or `mitre_attack_tactic` (names, joined by commas) and `mitre_attack_url` (the technique's "
    "page), with the technique's name in `mitre_attack_technique`. Ids count under whichever of "
    "the keys they stand, and under those that others use (`mitre_TA` and `mitre_T1` with "
    "`mitre_url`, `mitre_technique_id`, `mitre_attack`, `techniques` …); an address whose id "
    "stands under a key is no second mapping. Groups, software, CAR and CAPEC are no mapping, nor "
    "is what `outcome` says",
    key="the rule's name",
    severity="`meta.severity`; Info is informational",
    platforms="`meta.platform`, `meta.product` and `meta.data_source`; a cloud's name alone where "
    "nothing else states one. Containers where the events ask for cluster or registry operations",
    platform_values=yaral_sources.VALUES,
    columns=(
        ("control plane", "the events ask for cluster or registry operations"),
        ("node", "the meta states Linux"),
        ("other", "all the rest"),
    ),
    state=(
        StateRule("lifecycle", "deprecated", "a folder `_deprecated`", "path"),
        StateRule("lifecycle", "stable", "otherwise"),
        StateRule("emits", "alert", "always"),
        StateRule("kind", "hunt", "`type` is Hunt", "meta.type"),
        StateRule("kind", "detection", "any other `type` (Alert, Detection)", "meta.type"),
        StateRule("kind", "detection", "no type"),
        StateRule("enabled", "unstated", "always: it is set where rules are deployed"),
    ),
)


def rules(file: YaralFile, path: str) -> tuple[Rule, ...] | None:
    """Return the rules of a file; None if no rule has events or a condition."""
    if not any({"events", "condition"} & rule.sections.keys() for rule in file.rules):
        return None
    return tuple(_rule(file, path, rule) for rule in file.rules)


def _rule(file: YaralFile, path: str, rule: YaralRule) -> Rule:
    meta = {value.key: value.text for value in rule.meta}
    start, end = rule.sections.get("events", (0, 0))
    sources, operation = yaral_sources.names(meta), yaral_sources.operation(file.text[start:end])
    platforms = yaral_sources.platforms(sources, operation)
    version = _VERSION.fullmatch(meta.get("mitre_attack_version", "").strip())
    return Rule(
        key=RuleKey(format="yaral", native_id=rule.name),
        name=meta.get("rule_name") or rule.name,
        path=path,
        severity=SEVERITY_CALLED.get(meta.get("severity", "").strip().lower(), ""),
        state=_state(path, meta),
        mappings=tuple(_mappings(file, rule)),
        platforms=platforms,
        tags=tuple(PART.findall(meta.get("tags", ""))),
        references=tuple(
            value.text
            for value in rule.meta
            if value.key.startswith("reference") and value.text.startswith(("http://", "https://"))
        ),
        place=file.lines.line(rule.start),
        paired=False,
        column=yaral_sources.column(platforms, operation),
        reads=sources,
        attack_version=version[1] if version is not None else "",
    )


def _state(path: str, meta: MappingType[str, str]) -> State:
    """What the folder and `type` say."""
    state = State()
    if "_deprecated" in path.split("/")[:-1]:
        state = structs.replace(state, lifecycle=Stated(value="deprecated", field="path"))
    if type_ := meta.get("type", "").strip().lower():
        kind = Stated(value="hunt" if type_ == "hunt" else "detection", field="meta.type")
        state = structs.replace(state, kind=kind)
    return state


def _mappings(file: YaralFile, rule: YaralRule) -> Iterator[Mapping]:
    pages = [value for value in rule.meta if _URL_KEY.fullmatch(value.key) and value.text.strip()]
    techniques = [value for value in rule.meta if _TECHNIQUE_KEY.fullmatch(value.key)]
    ids = {part.upper() for value in techniques for part in PART.findall(value.text)}
    names = [value for value in techniques if value.text.strip() and not _has_id(value)]
    page_name = names[0] if len(pages) == len(names) == 1 else None
    mappings: list[Mapping] = []
    for value in rule.meta:
        if not _URL_KEY.fullmatch(value.key):
            mappings += _listed(file, value, names_count=not pages)
        elif value.text.strip():
            mapping = _page(file, value, page_name)
            if mapping.technique_id not in ids:
                mappings.append(mapping)
    yield from (structs.replace(mapping, entry=entry) for entry, mapping in enumerate(mappings))


def _has_id(value: MetaValue) -> bool:
    """Whether a value holds ids; the plain key holds nothing else."""
    return value.key == _PLAIN or any(says_id(part) for part in PART.findall(value.text))


def _listed(file: YaralFile, value: MetaValue, *, names_count: bool) -> Iterator[Mapping]:
    """The mappings of a value that lists tactics or techniques, joined by commas."""
    kind = _kind(value.key)
    alone = kind == "technique" and names_count and not _has_id(value)
    for part in PART.finditer(value.text) if kind else ():
        place = file.place(value, part.start(), len(part[0]))
        text = part[0]
        if says_id(text) or value.key == _PLAIN or _HOLDS_ID.search(text):
            if kind != "list" or not is_object(text):
                yield id_mapping(text, place, 0)
        elif kind == "tactic" or (kind == "list" and not _is_other(text)):
            yield tactic_mapping(text, place, 0)
        elif alone:
            # A name alone: no id to go by, and a finding.
            yield Mapping(
                role=Role.CLAIM,
                place=place,
                technique_id="",
                technique_name=text,
                name_place=place,
            )


def _kind(key: str) -> str:
    """What a key of `meta` holds; "" for one that is none of ours."""
    kinds = (("tactic", _TACTIC_KEY), ("technique", _TECHNIQUE_KEY), ("list", _LIST_KEY))
    return next((kind for kind, pattern in kinds if pattern.fullmatch(key)), "")


def _is_other(text: str) -> bool:
    """Whether this is of another catalogue, or of ATT&CK and no technique."""
    return is_object(text) or _NAMESPACE.fullmatch(text) is not None


def _page(file: YaralFile, url: MetaValue, name: MetaValue | None) -> Mapping:
    """The technique whose page is named; its id is written with a slash there."""
    written = url.text.strip()
    match = _URL.fullmatch(written)
    shift = len(url.text) - len(url.text.lstrip())
    at_url = file.place(url, shift, len(written))
    return Mapping(
        role=Role.CLAIM,
        place=file.place(url, shift + match.start(1), len(match[1])) if match else at_url,
        technique_id=match[1].upper().replace("/", ".") if match else written,
        technique_name=name.text if name else None,
        name_place=file.place(name, 0, len(name.text)) if name else None,
        technique_url=written,
        url_place=at_url,
    )


FORMAT = RuleFormat(
    name="yaral",
    title="Google SecOps rule (YARA-L)",
    about=_ABOUT,
    rules=rules,
    paired=False,
    marks=("rule ",),
)
