"""Suricata signatures: what is read of signatures made here, and of any text."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detcov.api import load_release, read_rules, study_of
from detcov.load.corpus import read_corpus
from detcov.model import Role
from detcov.source import FolderSource
from formats import check_any, corpus_of, kinds, odd_texts, rules_of, wrong_places

FOLDER = Path(__file__).parents[1] / "corpus" / "suricata"
RUNS_ON = "lines of one signature, without the backslash at their ends"
DIALECTS = (FOLDER / "good" / "dialects.rules").read_text()
RULES = (FOLDER / "good" / "local.rules").read_text()
TACTIC, CLAIM, CARRIER = Role.TACTIC, Role.CLAIM, Role.CARRIER


def stated(rule):
    return [(one.role, one.technique_id, one.tactic_id or one.tactic_name) for one in rule.mappings]


def test_a_signature():
    rule = rules_of("a.rules", RULES)[0]

    assert (str(rule.key), rule.place.line) == ("made:suricata:1:9000001", 2)
    assert (rule.name, rule.severity, rule.tags, rule.paired) == (
        'LOCAL Form "sent"; to a stranger',
        "high",
        ("Phishing",),
        True,
    )
    assert rule.references == ("http://example.org/a", "https://example.org/b")
    assert stated(rule) == [(CLAIM, "T1566", "TA0001")]
    assert (rule.mappings[0].technique_name, rule.mappings[0].tactic_name) == (
        "Phishing",
        "Initial_Access",
    )
    assert [(one.value, one.field) for one in rule.platforms] == [
        ("Windows", "affected_product Windows_XP_Vista_7")
    ]
    assert (rule.reads, rule.column.value) == (("protocol http",), "other")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_pairs_of_the_metadata_on_lines_of_their_own(end):
    lines = (
        'alert tls any any -> any any (msg:"Beacon"; \\',
        "    metadata:created_at 2026_01_02, mitre_tactic_id TA0011, \\",
        "    mitre_technique_id T1071.001,\\",
        "    mitre_technique_name Web_Protocols; \\",
        "    reference:url,example.org; sid:9; rev:1;)",
        "",
    )
    text = end.join(lines)
    (rule,) = rules_of("a.rules", text)

    assert (rule.name, stated(rule)) == ("Beacon", [(CLAIM, "T1071.001", "TA0011")])
    assert rule.mappings[0].technique_name == "Web_Protocols"
    assert rule.mappings[0].place.line == 3
    assert wrong_places(corpus_of({"a.rules": text}), {"a.rules": text}) == ([], 3)


def test_signatures_by_order_and_side_by_side():
    _, off, pairs, side, below, let, alone = rules_of("a.rules", RULES)

    assert (off.severity, off.state.enabled.value, off.state.live) == ("low", "no", False)
    assert (str(pairs.key), pairs.name, pairs.paired) == (
        "made:suricata:7:9000003",
        "LOCAL two pairs",
        True,
    )
    assert stated(pairs) == [(CLAIM, "T1071.001", "TA0011"), (CLAIM, "T1048", "TA0010")]
    assert (pairs.platform_names, pairs.state.kind.value) == ({"Network Devices"}, "prevention")
    assert not side.paired
    assert stated(side) == [
        (CLAIM, "T1485", None),
        (CLAIM, "t1048-003", None),
        (CLAIM, "T1567", None),
        (TACTIC, None, "Impact"),
        (TACTIC, None, "Exfiltration"),
    ]
    assert stated(below) == [(CARRIER, "T1595", "TA0043"), (CLAIM, "T1595.002", "TA0043")]
    assert (below.mappings[1].parent_id, below.state.emits.value) == ("T1595", "signal")
    assert (stated(let), let.state.emits.value) == ([], "none")
    assert stated(alone) == [(TACTIC, None, "TA0009")]


def test_keys_of_other_dialects():
    both, other, named, plant, none, hyphen, *_ = rules_of("a.rules", DIALECTS)

    assert stated(both) == [(CLAIM, "T1071", None), (CLAIM, "T1071.004", None)]
    assert stated(other) == [(CLAIM, "T1046", "Discovery")]
    assert stated(named) == [(CLAIM, "T1021.004", "lateral-movement")], "a name in an id's key"
    assert stated(plant) == [(CLAIM, "T0836", None), (CLAIM, "T0831", None)]
    assert stated(none) == []
    assert stated(hyphen) == [(CLAIM, "T1190", "TA0001")]
    assert all(rule.paired for rule in (both, other, named, plant, hyphen))
    corpus = corpus_of({"a.rules": DIALECTS})
    assert wrong_places(corpus, {"a.rules": DIALECTS}) == ([], 2 + 2 + 2 + 2 + 4 + 3 + 1)


def test_firewall_rules():
    states = [
        (rule.state.emits.value, rule.state.kind.value, rule.state.enabled.value)
        for rule in rules_of("a.rules", DIALECTS)[7:11]
    ]

    assert states == [
        ("none", "detection", "unstated"),
        ("alert", "detection", "unstated"),
        ("alert", "detection", "no"),
        ("alert", "prevention", "unstated"),
    ]


def test_older_wordings_behind_a_hash_are_no_rules():
    rules = rules_of("a.rules", DIALECTS)

    assert [(rule.key.native_id, rule.name) for rule in rules[-3:]] == [
        ("1:9100011", ""),
        ("1:9100012", "DIALECT off"),
        ("5:9100011", "DIALECT another gid"),
    ]


def test_a_name_without_its_hyphen_is_the_name():
    study = study_of(read_rules(FOLDER / "good" / "dialects.rules"), load_release("19.0"))

    assert sorted((one.code, one.place.line) for one in study.findings) == [
        ("M112", 6),
        ("M112", 6),
        *(("R201", line) for line in (7, 11, 12, 13, 17, 19)),
    ]


def test_each_place_holds_its_value():
    corpus = corpus_of({"a.rules": RULES})

    # By rule: id, name and those of its tactic; a tactic alone counts its id twice.
    expected = 4 + (2 + 2) + (3 + 2 * 2) + (3 + 3) + 2
    assert wrong_places(corpus, {"a.rules": RULES}) == ([], expected)
    assert kinds(corpus) == (4, 1, 2)


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_line_ends_and_a_byte_order_mark(end):
    text = "\ufeff" + RULES.replace("\n", end)

    assert len(rules_of("a.rules", text)) == 7
    assert wrong_places(corpus_of({"a.rules": text}), {"a.rules": text})[0] == []


def test_each_bad_line_is_told_and_the_others_are_read():
    corpus = read_corpus([FolderSource(label="bad", root=FOLDER / "bad")])

    assert [str(failure) for failure in corpus.failures] == [
        f"lines.rules:1:1: not a Suricata rule: {RUNS_ON}",
        "lines.rules:7:30: not a Suricata rule: an option isn't closed",
        "lines.rules:8:1: not a Suricata rule: no signature",
        "some.rules:2:30: not a Suricata rule: an option isn't closed",
        "some.rules:3:1: not a Suricata rule: no sid",
        "some.rules:4:1: not a Suricata rule: no signature",
        "windows.rules:1:38: not UTF-8: byte 0xe9",
    ]
    assert [rule.name for rule in corpus.rules] == ["whole", "fine"]
    assert corpus.ignored == 1, "udev's rules are quiet"


def test_many_bad_lines_are_summed_up():
    corpus = corpus_of({"a.rules": "alert ip any any -> any any (sid:1;)\n" + "x\n" * 3000})

    assert len(corpus.rules) == 1
    assert len(corpus.failures) == 21
    assert str(corpus.failures[-1]) == (
        "a.rules: not a Suricata rule: 2,980 more lines without a signature"
    )


@given(st.one_of(st.text(), odd_texts(RULES)))
@example("alert 0(0;\\\nmetadata:MITRE_0 0\\\n0;sid;)")
def test_any_text_gives_rules_or_a_failure(text):
    check_any({"a.rules": text})
