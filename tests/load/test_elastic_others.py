"""Elastic Endpoint's rules and Elastic's hunts: files made here, any text, and Elastic's own."""

from collections import Counter
from pathlib import Path

import pytest
import tomli
from hypothesis import example, given
from hypothesis import strategies as st

from detcov.attack.store import load_release
from detcov.load.corpus import read_corpus
from detcov.model import Role
from detcov.source import FolderSource
from detcov.study import StudyOptions, build_study
from formats import check_any
from real_corpora import by_statement, corpus_of, files_of, misplaced

CORPUS = Path(__file__).parents[1] / "corpus"
ENDPOINT, HUNTS = "elastic-protections-artifacts-20260820", "elastic-hunting-20260821"


def read(folder, text):
    (folder / "rule.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    return read_corpus((FolderSource(label="e", root=folder),))


def good(name):
    corpus = read_corpus([FolderSource(label="good", root=CORPUS / name / "good")])
    assert corpus.failures == ()
    assert {rule.key.format for rule in corpus.rules} == {name}
    return {rule.path: rule for rule in corpus.rules}


def test_an_endpoint_rule():
    rule = good("elastic-endpoint")["plain.toml"]

    assert rule.key.native_id == "0d7a1c52-3a55-44f0-8a0e-1f2d3c4b5a69"
    assert [(one.role, one.technique_id, one.tactic_id) for one in rule.mappings] == [
        (Role.CARRIER, "T1059", "TA0002"),
        (Role.CLAIM, "T1059.004", "TA0002"),
        (Role.TACTIC, None, "TA0001"),
    ]
    text = (CORPUS / "elastic-endpoint/good/plain.toml").read_text()
    child = rule.mappings[1]
    assert text[child.place.start : child.place.end] == "T1059.004"
    assert text[child.url_place.start : child.url_place.end].endswith("/T1059/004/")
    assert child.parent_id == "T1059"
    assert [(one.value, one.field) for one in rule.platforms] == [
        ("Linux", "rule.os_list linux"),
        ("macOS", "rule.os_list macos"),
    ]
    assert (rule.column.value, rule.column.field) == ("node", "rule.os_list linux")
    assert rule.container_fields == ("container.id",), "a near miss, and no more"


def test_an_odd_endpoint_rule():
    rule = good("elastic-endpoint")["odd.toml"]

    assert (rule.name, rule.state.kind.value) == ("", "detection")
    assert [(one.technique_id, one.place.exact) for one in rule.mappings] == [
        ("T1059", False),
        ("", False),
    ], "written with an escape, and no text: the line is all there is"
    assert [stated.value for stated in rule.platforms] == ["Windows"]


def test_a_hunt():
    found = good("elastic-hunting")
    rule = found["plain.toml"]
    text = (CORPUS / "elastic-hunting/good/plain.toml").read_text()

    assert not rule.paired
    stated = ["T1580", "T1021.004", "AML.T0051", "T1660", "T1613"]
    assert [one.technique_id for one in rule.mappings] == stated
    assert [text[one.place.start : one.place.end].upper() for one in rule.mappings] == stated
    assert [(one.value, one.field) for one in rule.platforms] == [
        ("Containers", "query eks.amazonaws.com"),
        ("IaaS", "hunt.integration aws.cloudtrail"),
        ("Linux", "query host.os.type"),
    ]
    assert (rule.column.value, rule.column.field) == ("control plane", "query eks.amazonaws.com")
    odd = found["odd.toml"]
    assert [one.technique_id for one in odd.mappings] == ["T1059"]
    assert [one.value for one in odd.platforms] == ["Identity Provider"]


@pytest.mark.parametrize(
    ("name", "failures"),
    [
        (
            "elastic-endpoint",
            [
                "broken.toml:3:8: not TOML: Invalid value",
                "windows_1252.toml:3:12: not UTF-8: byte 0xe9",
            ],
        ),
        ("elastic-hunting", ["broken.toml:2:12: not TOML: Illegal character '\\n'"]),
    ],
)
def test_bad_files_are_one_line_each(name, failures):
    corpus = read_corpus([FolderSource(label="bad", root=CORPUS / name / "bad")])

    assert corpus.rules == ()
    assert [str(failure) for failure in corpus.failures] == failures


_PIECES = st.sampled_from(
    [
        *("[rule]\n", "[hunt]\n", "[[threat]]\n", "[[threat.technique]]\n", "[[actions]]\n"),
        *("os_list = ", "query = ", "mitre = ", "id = ", "actions = ", "integration = ", "\n"),
        *('"T1059"', "'linux'", "[", "]", ", ", "{", "}", "1", '"""', "\\u0031", "#", "\r\n"),
    ]
)


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=30).map("".join)))
@example("[hunt]\nquery = 1\nmitre = [[1], {a = 'T1059'}, 'T1059']\n")
@example("[rule]\nos_list = [[1]]\n[threat]\ntechnique = 'T1059'\n")
def test_any_text_gives_rules_or_a_failure(text):
    check_any({"a.toml": text})


def test_elastics_own_endpoint_rules():
    corpus, files = corpus_of(ENDPOINT), files_of(ENDPOINT, ".toml")
    trees = {path: tomli.loads(data.decode()) for path, data in files.items()}

    assert not corpus.failures
    assert len(corpus.rules) == len(trees) == 1314
    assert by_statement(corpus) == {"T": 1305, "t": 9, "n": 0}, "as surveyed"
    stated = {one.technique_id for rule in corpus.rules for one in rule.mappings}
    assert len(stated - {None}) == 241, "as surveyed"
    keys = Counter(rule.key for rule in corpus.rules)
    assert sum(1 for many in keys.values() if many > 1) == 7, "as surveyed"
    for rule in corpus.rules:
        tree = trees[rule.path]
        expected = []
        for entry in tree["threat"]:
            techniques = entry.get("technique", [])
            expected += [] if techniques else [entry["tactic"]["id"]]
            for technique in techniques:
                expected.append(technique["id"])
                expected += [one["id"] for one in technique.get("subtechnique", [])]
        assert [one.technique_id or one.tactic_id for one in rule.mappings] == expected
        acts = bool(tree.get("actions")) or bool(tree["rule"].get("actions"))
        assert (rule.state.kind.value == "prevention") == acts
        names = {"windows": "Windows", "linux": "Linux", "macos": "macOS"}
        assert rule.platform_names == {names[one] for one in tree["rule"]["os_list"]}
    assert misplaced(corpus, files) == []
    both = [rule.key for rule in corpus.rules if keys[rule.key] > 1]
    united = [
        platforms
        for index, platforms in corpus.counted("all").platforms.items()
        if corpus.rules[index].key in both
    ]
    assert all("macOS" in platforms for platforms in united)


def test_elastics_own_endpoint_rules_are_clean_at_18_1():
    """As surveyed: tactics without technique, one pair twice and copies are all there is."""
    study = build_study(
        corpus_of(ENDPOINT),
        load_release("18.1", cache_dir=None),
        options=StudyOptions(count="all", literal=True),
    )

    # The survey didn't look at platforms.
    codes = Counter(one.code for one in study.findings if one.code not in {"M122", "M123"})
    assert codes == {"M110": 50, "M111": 1, "R202": 14}


def test_elastics_own_hunts():
    corpus, files = corpus_of(HUNTS), files_of(HUNTS, ".toml")
    trees = {path: tomli.loads(data.decode())["hunt"] for path, data in files.items()}

    assert not corpus.failures
    assert {rule.path: [one.technique_id for one in rule.mappings] for rule in corpus.rules} == {
        path: tree["mitre"] for path, tree in trees.items()
    }
    stated = [[one.technique_id for one in rule.mappings] for rule in corpus.rules]
    atlas = [ids for ids in stated if all(one.startswith("AML.") for one in ids)]
    assert (len(stated) - len(atlas), len(atlas)) == (136, 4), "as surveyed"
    ids = {one for rule in stated for one in rule}
    assert len([one for one in ids if not one.startswith("AML.")]) == 111, "as surveyed"
    assert misplaced(corpus, files) == []
    assert not any(rule.state.live for rule in corpus.rules)
