"""StackRox policies: what is read of policies made here, of any text, and of StackRox's own."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detcov.load.corpus import read_corpus
from detcov.model import Defect, Place, Role
from detcov.source import FolderSource
from formats import (
    archive,
    check_any,
    corpus_of,
    kinds,
    odd_json,
    odd_texts,
    real_corpus,
    rules_of,
    states,
    wrong_places,
)

FOLDER = Path(__file__).parents[1] / "corpus" / "stackrox"
MINER = (FOLDER / "good" / "miner.json").read_text()
REAL = "stackrox-policies-20260822"


def test_a_policy():
    (rule,) = rules_of("miner.json", MINER)

    assert str(rule.key) == "made:stackrox:3f6f1b60-1c1d-4f7e-9d55-0b6b4f0a7001"
    assert (rule.name, rule.severity, rule.paired) == ("Coin miner started", "critical", True)
    assert rule.tags == ("Cryptocurrency Mining",)
    assert [(one.role, one.tactic_id, one.technique_id, one.entry) for one in rule.mappings] == [
        (Role.CLAIM, "TA0040", "T1496", 0),
        (Role.CLAIM, "TA0040", "T1496.001", 0),
        (Role.TACTIC, "TA0002", None, 1),
    ]
    assert [(one.value, one.field) for one in rule.platforms] == [
        ("Containers", "eventSource DEPLOYMENT_EVENT")
    ]
    assert (rule.column.value, rule.column.field) == ("runtime", "lifecycleStages RUNTIME")
    wrong, exact = wrong_places(corpus_of({"miner.json": MINER}), {"miner.json": MINER})
    assert (wrong, exact) == ([], 6)


def test_an_export_of_several():
    audit, image, node = rules_of("export.json", (FOLDER / "good" / "export.json").read_text())

    assert states(audit) == {
        "lifecycle": "stable",
        "emits": "alert",
        "kind": "detection (lifecycleStages)",
        "enabled": "no (disabled)",
    }
    assert (audit.column.value, audit.column.field) == (
        "control plane",
        "eventSource AUDIT_LOG_EVENT",
    )
    assert states(image)["kind"] == "posture (lifecycleStages)"
    assert states(image)["enabled"] == "yes (disabled)"
    assert (image.severity, image.reads, image.column.value) == ("", (), "control plane")
    assert node.key.native_id == "export.json#2"
    assert (node.column.value, node.platform_names) == ("node", {"Linux"})
    assert [(one.kind, one.subject, one.place.line) for one in node.defects] == [
        ("not-text", "7", 28),
        ("not-text", "null", 28),
    ]
    assert [rule.state.live for rule in (audit, image, node)] == [False, False, True]


def test_an_escaped_id_and_a_name_given_twice():
    (rule,) = rules_of("escaped.json", (FOLDER / "good" / "escaped.json").read_text())

    assert rule.name == "Second name counts"
    assert (rule.mappings[0].technique_id, rule.mappings[0].place) == (
        "T1059",
        Place(line=2, exact=False),
    )
    assert rule.defects == (
        Defect(
            kind="duplicate-key",
            subject="name",
            place=Place(line=2, column=79, start=164, end=168),
        ),
    )


def test_each_bad_file_is_one_line_with_its_place():
    corpus = read_corpus([FolderSource(label="bad", root=FOLDER / "bad")])

    assert [str(failure) for failure in corpus.failures] == [
        "comma.json:5:33: not JSON: trailing comma in array",
        "cut.json:1:69: not JSON: truncated",
        "latin1.json:1:14: not UTF-8: byte 0xe9",
    ]
    assert (corpus.rules, corpus.ignored) == ((), 3), "settings and other files are quiet"


def test_a_broken_line_leaves_the_policies_of_the_others():
    one = json.dumps(json.loads(MINER))
    corpus = corpus_of({"policies.ndjson": f"{one}\n{one[:-2]}\n{{}}\n"})

    assert [rule.place.line for rule in corpus.rules] == [1]
    assert [str(failure) for failure in corpus.failures] == [
        f"policies.ndjson:2:{len(one) - 1}: not JSON: truncated"
    ]


@pytest.mark.parametrize("value", ["x", None, 3, {"a": 1}, [[]], ["x"], [{"techniques": "T1059"}]])
def test_vectors_of_another_type(value):
    policy = json.loads(MINER) | {"mitreAttackVectors": value}
    (rule,) = rules_of("a.json", json.dumps(policy))

    assert [one.technique_id for one in rule.mappings] == (
        ["T1059"] if isinstance(value, list) and "techniques" in value[0] else []
    )


@given(st.one_of(st.text(), odd_json(json.loads(MINER)), odd_texts(MINER)))
def test_any_text_gives_rules_or_a_failure(text):
    check_any({"a.json": text})


def test_stackroxs_own_policies():
    """Each count is made from the JSON, without detcov."""
    trees = {
        path: json.loads(data)
        for path, data in archive(REAL).items()
        if path.endswith(".json") and not path.endswith("SOURCE.json")
    }
    vectors = [tree.get("mitreAttackVectors", []) for tree in trees.values()]
    stated = [[one for vector in each for one in vector["techniques"]] for each in vectors]
    corpus = real_corpus(REAL)

    assert not corpus.failures
    assert len(corpus.rules) == len(trees) == 89
    assert kinds(corpus) == (sum(map(bool, stated)), 0, sum(not one for one in stated))
    assert kinds(corpus) == (35, 0, 54), "as the survey counted"
    assert len({one.technique_id for rule in corpus.rules for one in rule.mappings}) == 22
    assert {rule.key.native_id: rule.state.live for rule in corpus.rules} == {
        tree["id"]: "RUNTIME" in tree["lifecycleStages"] and not tree.get("disabled")
        for tree in trees.values()
    }
    audit = {tree["id"] for tree in trees.values() if tree.get("eventSource") == "AUDIT_LOG_EVENT"}
    pods = {tree["id"] for tree in trees.values() if "RUNTIME" in tree["lifecycleStages"]} - audit
    assert {rule.key.native_id for rule in corpus.rules if rule.column.value == "runtime"} == pods
    assert {rule.column.value for rule in corpus.rules} == {"control plane", "runtime"}
    assert (len(audit), len(pods)) == (3, 33)
    assert {rule.severity for rule in corpus.rules} == {"low", "medium", "high", "critical"}


def test_every_place_in_stackroxs_own_policies():
    wrong, exact = wrong_places(real_corpus(REAL), archive(REAL))

    assert wrong == []
    mappings = [one for rule in real_corpus(REAL).rules for one in rule.mappings]
    assert exact == 2 * len(mappings), "technique and tactic of each"
