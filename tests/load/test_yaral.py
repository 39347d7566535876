"""YARA-L rules: what is read of rules made here, of any text, and of Google's own."""

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detcov.attack.ids import is_technique_id
from detcov.attack.store import load_release
from detcov.load.corpus import read_corpus
from detcov.model import Place, Role
from detcov.source import FolderSource
from formats import (
    archive,
    check_any,
    corpus_of,
    kinds,
    odd_texts,
    real_corpus,
    rules_of,
    wrong_places,
)

FOLDER = Path(__file__).parents[1] / "corpus" / "yaral"
RULES = (FOLDER / "good" / "dialects.yaral").read_text()
REAL = "chronicle-detection-rules-20251205"
TACTIC, CLAIM = Role.TACTIC, Role.CLAIM


def stated(rule):
    return [
        (one.role, one.tactic_id or one.tactic_name or one.technique_id) for one in rule.mappings
    ]


def test_tactics_and_ids_in_one_list():
    rule, *_ = rules_of("a.yaral", RULES)

    assert (str(rule.key), rule.place.line) == ("made:yaral:soc_prime_dialect", 2)
    assert stated(rule) == [
        (TACTIC, "Command and Control"),
        (CLAIM, "T1071.001"),
        (CLAIM, "1043"),
        (CLAIM, "attck.t1031"),
        (TACTIC, "Web_Shell"),
    ], "groups, software, other catalogues and comments are none"
    assert [(one.value, one.field) for one in rule.platforms] == [
        ("Windows", "meta.product windows")
    ]
    assert (rule.name, rule.severity, rule.paired) == ("soc_prime_dialect", "", False)


def test_ids_under_keys_of_their_own():
    _, rule, *_ = rules_of("a.yaral", RULES)

    assert rule.name == 'Said "by ids"'
    assert stated(rule) == [(TACTIC, "TA0006"), (CLAIM, "T1003.001"), (CLAIM, "T1552")]
    assert (rule.severity, rule.tags) == ("informational", ("one", "two"))
    assert rule.references == ("https://example.org/a",)
    assert (rule.state.kind.value, rule.state.kind.field) == ("hunt", "meta.type")
    assert (rule.column.value, rule.column.field) == ("node", "meta.platform linux")
    assert rule.reads == ("platform linux", "platform edr")


def test_names_and_an_address():
    *_, rule, alone = rules_of("a.yaral", RULES)

    assert stated(rule) == [
        (TACTIC, "Defense Evasion"),
        (TACTIC, "Privilege Escalation"),
        (CLAIM, "T1078.004"),
    ]
    assert (rule.attack_version, alone.attack_version) == ("14", "")
    claim = rule.mappings[2]
    assert claim.technique_name == "Valid Accounts: Cloud Accounts"
    assert RULES[claim.place.start : claim.place.end] == "T1078/004"
    assert RULES[claim.url_place.start : claim.url_place.end] == claim.technique_url
    assert (rule.column.value, rule.column.field) == (
        "control plane",
        "events io.k8s.core.v1.pods.exec.create"[:13],
    )
    assert rule.platform_names == {"Containers", "IaaS"}
    assert stated(alone) == [(TACTIC, "Impact"), (CLAIM, "")]
    assert alone.mappings[1].technique_name == "Data Destruction"
    assert alone.platform_names == {"Office Suite"}, "the log says more than the cloud's name"


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ('mitre_TA = "TA0002" mitre_T1 = "T1059.001"', ["TA0002", "T1059.001"]),
        ('mitre_tactic = "Execution" mitre_technique = "T1059"', ["Execution", "T1059"]),
        ('tactics = "TA0002, TA0003" techniques = "T1059, T1105"', "TA0002 TA0003 T1059 T1105"),
        ('mitre_technique_id = "t1059" mitre_technique_name = "Shell"', ["T1059"]),
        ('mitre_attack_id = "T1059" mitre_attack_technique_id = "T1105"', ["T1059", "T1105"]),
        ('attack_technique = "T1059" attack_tactic = "Impact"', ["T1059", "Impact"]),
        ('mitre_attack = "execution, T1059, g0016, CAR-2019-04-001"', ["execution", "T1059"]),
        ('mitre_attack_technique = "T1059, T1105, shells"', ["T1059", "T1105"]),
        ('mitre_attack_technique = "Shell, Data"', ["", ""]),
        ('mitre_attack_subtechnique = "T1059.001"', ["T1059.001"]),
        (
            'mitre_T1 = "T1059.001" mitre_url = "https://attack.mitre.org/techniques/T1059/001/"',
            ["T1059.001"],
        ),
        (
            'technique = "T1059, T1105" mitre_url = "https://attack.mitre.org/techniques/T1204"',
            ["T1059", "T1105", "T1204"],
        ),
        ('mitre_attack_version = "v14" technical = "T1059" mitre_tags = "T1059"', []),
        ('technique_count = "T1059" author = "T1059" tactic_note = "Impact"', []),
    ],
)
def test_the_same_keys_as_others_name_them(meta, expected):
    text = f'rule a {{ meta: author = "x" {meta} events: $e.a = "b" condition: $e }}'
    (rule,) = rules_of("a.yaral", text)

    wanted = expected.split() if isinstance(expected, str) else expected
    assert [said for _, said in stated(rule)] == wanted
    assert [one.entry for one in rule.mappings] == list(range(len(wanted)))
    assert wrong_places(corpus_of({"a.yaral": text}), {"a.yaral": text})[0] == []


def test_each_place_holds_its_value():
    wrong, exact = wrong_places(corpus_of({"a.yaral": RULES}), {"a.yaral": RULES})

    # By rule; a tactic counts twice, the claim by a name alone once.
    assert (wrong, exact) == ([], (2 + 1 + 1 + 1 + 2) + (2 + 1 + 1) + (2 + 2 + 3) + (2 + 1))


def test_a_value_with_escapes_has_its_line():
    (rule,) = rules_of("a.yaral", 'rule a {\n meta:\n mitre = "t1059, \\"x"\n condition: $e }')

    assert [one.place for one in rule.mappings] == [Place(line=3, exact=False)] * 2


def test_each_bad_file_is_one_line_with_its_place():
    corpus = read_corpus([FolderSource(label="bad", root=FOLDER / "bad")])

    assert [str(failure) for failure in corpus.failures] == [
        "comment.yaral:3:15: not YARA-L: a comment isn't closed",
        "last_quote.yaral:3:12: not YARA-L: a text isn't closed",
        "meta.yaral:1:23: not YARA-L: meta holds more than keys and texts",
        "nameless.yaral:1:1: not YARA-L: a rule without a name or an opening brace",
        "open.yaral:1:6: not YARA-L: the rule open isn't closed",
        "private.yaral:1:1: not YARA-L: 'private' where a rule should begin",
        "quote.yaral:3:13: not YARA-L: a text of meta isn't closed",
        "windows.yaral:1:24: not UTF-8: byte 0xe9",
    ]
    assert (corpus.rules, corpus.ignored) == ((), 1), "a file of comments is quiet"


@given(st.one_of(st.text(), odd_texts(RULES)))
def test_any_text_gives_rules_or_a_failure(text):
    check_any({"a.yaral": text})


def _counted():
    """Tactics and ids of each rule's meta by patterns over its lines, without detcov."""
    for path, data in archive(REAL).items():
        if path.endswith(".yaral"):
            meta = re.search(
                r"\bmeta\s*:(.*?)^\s*events\s*:", data.decode(), re.DOTALL | re.MULTILINE
            )
            lines = re.findall(r'^\s*(\w+)\s*=\s*"(.*)"\s*$', meta[1], re.MULTILINE)
            yield path, [(key, text) for key, text in lines if key in _KEYS and text]


_KEYS = (
    "mitre",
    "tactic",
    "technique",
    "mitre_attack_tactic",
    "mitre_attack_technique",
    "mitre_attack_url",
)
_ID = re.compile(r"\bt(\d{4})(?:[./](\d{3}))?\b", re.IGNORECASE)


def test_googles_own_rules():
    counted = dict(_counted())
    corpus = real_corpus(REAL)

    assert not corpus.failures
    assert len(corpus.rules) == len(counted) == 886
    ids = {}
    for path, lines in counted.items():
        found = _ID.findall(" ".join(text for _, text in lines))
        ids[path] = {f"T{number}.{sub}" if sub else f"T{number}" for number, sub in found}
    assert len(set().union(*ids.values())) == 210, "as the survey counted"
    told = {
        rule.path: {one.technique_id for one in rule.mappings if one.role is CLAIM}
        for rule in corpus.rules
    }
    differ = {path: told[path] ^ ids[path] for path in ids if told[path] != ids[path]}
    assert sorted(sorted(one) for one in differ.values()) == [
        [""],
        [""],
        ["1043"],
        ["1059"],
        ["T1031", "attck.t1031"],
        ["T1112", "atatck.t1112"],
        ["T1112", "attck.t1112"],
        ["attackt1496"],
        ["ta0011.001"],
    ], "names without an address, and ids written otherwise, which are kept as they are"
    # The survey has 671/12/203: five rules' only ids are malformed; three of them name a tactic.
    assert kinds(corpus) == (671 + 5, 12 - 3, 203 - 2)
    versions = Counter(rule.attack_version for rule in corpus.rules)
    text = b"".join(archive(REAL).values()).decode()
    written = Counter(re.findall(r'^\s*mitre_attack_version = "v(.*)"', text, re.MULTILINE))
    assert versions == written + Counter({"": 886 - written.total()})
    deprecated = {rule.path for rule in corpus.rules if not rule.state.active}
    assert deprecated == {path for path in counted if "/_deprecated/" in f"/{path}"}
    assert len(deprecated) == 538
    hunts = {rule.path for rule in corpus.rules if rule.state.kind.value == "hunt"}
    assert len(hunts) == 38


def test_what_became_of_the_ids_in_googles_own_rules():
    """The survey's sums at ATT&CK 18.1, each id once a rule; one unknown id is of Mobile."""
    release = load_release("18.1")
    states = Counter(
        "unknown" if known is None else "revoked" if known.revoked else "deprecated"
        for rule in real_corpus(REAL).rules
        for one in {
            one.technique_id for one in rule.mappings if is_technique_id(one.technique_id or "")
        }
        if (known := release.techniques.get(one)) is None or not known.active
    )

    assert states == {"revoked": 185, "deprecated": 27, "unknown": 4}


def test_every_place_in_googles_own_rules():
    wrong, exact = wrong_places(real_corpus(REAL), archive(REAL))

    assert wrong == []
    assert exact > 2900
    places = [one.place for rule in real_corpus(REAL).rules for one in rule.mappings]
    assert all(place.exact for place in places)
