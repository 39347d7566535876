"""Tracee detectors: what is read of detectors made here, of any text, and of Tracee's own."""

from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from detcov.load.corpus import read_corpus
from detcov.model import Role
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
    wrong_places,
)

FOLDER = Path(__file__).parents[1] / "corpus" / "tracee"
DETECTORS = (FOLDER / "good" / "detectors.yaml").read_text()
REAL = "tracee-yaml-detectors-20260803"


def test_a_pair_of_technique_and_tactic():
    pod, seen = rules_of("a.yaml", DETECTORS)

    assert (str(pod.key), pod.name, pod.severity, pod.paired) == (
        "made:tracee:DRV-001",
        "Shell in a pod",
        "critical",
        True,
    )
    assert [
        (one.role, one.technique_id, one.technique_name, one.tactic_name) for one in pod.mappings
    ] == [(Role.CLAIM, "T1059.004", "Unix Shell", "Execution")]
    assert [(one.value, one.field) for one in pod.platforms] == [
        ("Containers", "scope_filters container"),
        ("Linux", "type detector"),
    ]
    assert (pod.column.value, pod.column.field) == ("runtime", "scope_filters container")
    assert pod.reads == ("event sched_process_exec",)
    assert (seen.name, seen.severity) == ("seen", "informational")
    assert [(one.role, one.tactic_name) for one in seen.mappings] == [(Role.TACTIC, "Discovery")]
    assert (seen.column.value, seen.column.field) == (
        "runtime",
        "conditions workload.container.image",
    ), "a scope without containers is none"
    assert seen.container_fields == ("workload.container.image",)
    wrong, exact = wrong_places(corpus_of({"a.yaml": DETECTORS}), {"a.yaml": DETECTORS})
    assert (wrong, exact) == ([], 3 + 2)


def test_each_bad_file_is_one_line_with_its_place():
    corpus = read_corpus([FolderSource(label="bad", root=FOLDER / "bad")])

    assert [str(failure) for failure in corpus.failures] == [
        "loop.yaml:2:28: not YAML that can be read: an alias inside of its own anchor",
        "open.yaml:4:1: not YAML: did not find expected ',' or '}'",
    ]
    assert (corpus.rules, corpus.ignored) == ((), 1)


@given(st.one_of(st.text(), odd_texts(DETECTORS), odd_json(next(yaml.safe_load_all(DETECTORS)))))
def test_any_text_gives_rules_or_a_failure(text):
    check_any({"a.yaml": text})


def test_tracees_own_detectors():
    trees = {
        path: yaml.safe_load(data) for path, data in archive(REAL).items() if path.endswith(".yaml")
    }
    detectors = {path: tree for path, tree in trees.items() if tree["type"] == "detector"}
    corpus = real_corpus(REAL)

    assert (len(trees), len(detectors), len(corpus.rules)) == (6, 5, 5)
    assert kinds(corpus) == (2, 0, 3)
    for rule in corpus.rules:
        threat = detectors[rule.path].get("threat", {})
        assert rule.state.live is bool(threat)
        mitre = threat.get("mitre", {})
        assert [(one.technique_id, one.tactic_name) for one in rule.mappings] == (
            [(mitre["technique"]["id"], mitre["tactic"]["name"])] if mitre else []
        )
    assert wrong_places(corpus, archive(REAL)) == ([], 2 * 3)
