"""Wazuh rules: what is read of rules made here, of any text, and of Wazuh's own."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

FOLDER = Path(__file__).parents[1] / "corpus" / "wazuh"
ROOTS = (FOLDER / "good" / "several_roots.xml").read_text()
REAL = "wazuh-4.14.9-rules"


def test_several_roots_two_blocks_and_a_rule_in_a_comment():
    account, container = rules_of("a.xml", ROOTS)

    assert str(account.key) == "made:wazuh:100001"
    assert (account.name, account.severity) == ("Accounts & groups changed", "medium")
    assert account.place == Place(line=6, exact=False)
    assert account.tags == ("windows", "windows_security", "account_changed", "custom")
    assert (account.reads, account.references) == (
        ("decoder json",),
        ("https://example.org/notes",),
    )
    assert [(one.role, one.technique_id) for one in account.mappings] == [
        (Role.CLAIM, "T1098"),
        (Role.CLAIM, "T1531"),
        (Role.CLAIM, "T1136.001"),
    ]
    assert [(one.value, one.field) for one in account.platforms] == [("Windows", "group windows")]
    assert (account.paired, account.column.value) == (False, "other")
    assert (container.severity, container.column.value) == ("critical", "runtime")
    assert [one.technique_id for one in container.mappings] == ["$(threat.id)", "T1610"]
    assert container.mappings[1].place == Place(line=33, exact=False), "written with a reference"
    wrong, exact = wrong_places(corpus_of({"a.xml": ROOTS}), {"a.xml": ROOTS})
    assert (wrong, exact) == ([], 4)


def test_wazuhs_dialect():
    text = (FOLDER / "good" / "dialect.xml").read_text()
    (rule,) = rules_of("a.xml", text)

    assert rule.name == "A backslash \\<makes\\> it plain <text> & so on"
    assert rule.mappings[0].technique_id == "T1210"
    assert (rule.column.value, rule.column.field) == ("node", "group systemd")
    assert wrong_places(corpus_of({"a.xml": text}), {"a.xml": text}) == ([], 1)


@pytest.mark.parametrize(
    ("mitre", "expected"),
    [
        ("<mitre>T1046</mitre>", ["T1046"]),
        ("<mitre>\n T1046\n</mitre>", ["T1046"]),
        ("<mitre>T1046 <id>T1110</id></mitre>", ["T1046", "T1110"]),
        ("<mitre><id></id></mitre>", [""]),
        ("<mitre></mitre><mitre/>", []),
        ("<mitre><tactic>Impact</tactic></mitre>", []),
    ],
)
def test_an_id_without_an_element_of_its_own(mitre, expected):
    text = f'<group name="a,"><rule id="1" level="5">{mitre}</rule></group>'
    (rule,) = rules_of("a.xml", text)

    assert [one.technique_id for one in rule.mappings] == expected
    assert wrong_places(corpus_of({"a.xml": text}), {"a.xml": text})[0] == []


def _one(level, mitre, overwrite=""):
    ids = "".join(f"<id>{one}</id>" for one in mitre.split())
    block = f"<mitre>{ids}</mitre>" if ids else ""
    rule = f'<rule id="7" level="{level}"{overwrite}>{block}</rule>'
    return f'<group name="a,">{rule}</group>'


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a.xml": (10, "T1110"), "b.xml": (0, "", "yes")}, [("b.xml", [], "none")]),
        ({"b.xml": (10, "T1110"), "a.xml": (5, "T1078", "yes")}, [("a.xml", ["T1078"], "alert")]),
        ({"b.xml": (5, "T1078", "yes")}, [("b.xml", ["T1078"], "alert")]),
        (
            {"a.xml": (5, "T1110"), "b.xml": (5, "T1078", "yes"), "c.xml": (1, "T1059", "yes")},
            [("c.xml", ["T1059"], "signal")],
        ),
        (
            {"a.xml": (5, "T1110"), "b.xml": (5, "T1078", "no")},
            [("a.xml", ["T1110"], "alert"), ("b.xml", ["T1078"], "alert")],
        ),
    ],
)
def test_a_rule_that_overwrites_another_stands_in_its_stead(files, expected):
    texts = {
        path: _one(level, mitre, f' overwrite="{how[0]}"' if how else "")
        for path, (level, mitre, *how) in files.items()
    }
    corpus = corpus_of(texts)

    assert [
        (rule.path, [one.technique_id for one in rule.mappings], rule.state.emits.value)
        for rule in corpus.rules
    ] == expected
    assert {rule.key.native_id for rule in corpus.rules} == {"7"}


def test_groups_in_a_root_of_another_name():
    rules = '<group name="a,"><rule id="1" level="5"/></group>'
    text = f"<group_list>{rules}{rules.replace('1', '2')}</group_list><x><y>{rules}</y></x>"

    assert [str(rule.key) for rule in rules_of("a.xml", text)] == ["made:wazuh:1", "made:wazuh:2"]


@pytest.mark.parametrize(
    ("level", "severity", "emits"),
    [
        ("0", "low", "none"),
        ("2", "low", "signal"),
        ("3", "low", "alert"),
        ("7", "medium", "alert"),
        ("12", "high", "alert"),
        ("16", "critical", "alert"),
        ("high", "", "alert"),
    ],
)
def test_levels(level, severity, emits):
    text = f'<group name="a"><rule id="1" level="{level}"/></group>'
    (rule,) = rules_of("a.xml", text)

    assert (rule.severity, rule.state.emits.value) == (severity, emits)


def test_each_bad_file_is_one_line_with_its_place():
    corpus = read_corpus([FolderSource(label="bad", root=FOLDER / "bad")])

    assert [str(failure) for failure in corpus.failures] == [
        "bomb.xml:2:1: not XML that is read: it has a document type (DTD)",
        "deep.xml: not XML that can be read: nested too deep",
        "external.xml:4:1: not XML that is read: it has a document type (DTD)",
        "mismatched.xml:3:23: not XML: mismatched tag",
        "twice.xml:2:16: not XML: duplicate attribute",
        "windows.xml:3:21: not UTF-8: byte 0xe9",
    ]
    assert (corpus.rules, corpus.ignored) == ((), 2), "decoders and pages are quiet"


@given(st.one_of(st.text(), odd_texts(ROOTS)))
def test_any_text_gives_rules_or_a_failure(text):
    check_any({"a.xml": text})


def test_wazuhs_own_rules():
    """Each count is made by patterns over the text without its comments, without detcov."""
    rules = {}
    for path, data in archive(REAL).items():
        if path.endswith(".xml"):
            text = re.sub(r"<!--.*?-->", "", data.decode(), flags=re.DOTALL)
            for found in re.finditer(
                r'<rule id="(\d+)"([^>]*)>(.*?)</rule>', text, flags=re.DOTALL
            ):
                ids = re.findall(r"<mitre>(.*?)</mitre>", found[3], flags=re.DOTALL)
                rules[found[1]] = found[2], re.findall(r"<id>(.*?)</id>", " ".join(ids))
    corpus = real_corpus(REAL)

    assert not corpus.failures
    assert len(corpus.rules) == len(rules) == 4512
    assert kinds(corpus) == (1060, 0, 3452), "as the survey counted"
    told = {
        rule.key.native_id: [one.technique_id for one in rule.mappings] for rule in corpus.rules
    }
    assert told == {key: ids for key, (_, ids) in rules.items()}
    ids = {one for each in told.values() for one in each if re.fullmatch(r"T[\d.]+", one)}
    assert len(ids) == 168
    assert {key for key, each in told.items() if "$(threat.software.id)" in each} == {"99701"}
    assert told["60121"] == ["T1098", "T1136", "T1531"], "from three <mitre>"
    assert "7425" not in told, "a rule in a comment"
    for rule in corpus.rules:
        attributes = rules[rule.key.native_id][0]
        level = int(re.search(r'level="(\d+)"', attributes)[1])
        assert rule.state.live is (level >= 3 and "noalert" not in attributes)


def test_every_place_in_wazuhs_own_rules():
    wrong, exact = wrong_places(real_corpus(REAL), archive(REAL))

    assert wrong == []
    assert exact == sum(len(rule.mappings) for rule in real_corpus(REAL).rules) == 1238
