"""KubeArmor policies: what is read of policies made here, of any text, and of the templates."""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from detcov.load import kubearmor
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
from real import releases

FOLDER = Path(__file__).parents[1] / "corpus" / "kubearmor"
POLICIES = (FOLDER / "good" / "policies.yaml").read_text()
REAL = "kubearmor-policy-templates-20250325"


def test_ids_and_tactics_among_free_tags():
    policy, host = rules_of("a.yaml", POLICIES)

    assert (str(policy.key), policy.severity, policy.paired) == (
        "made:kubearmor:no-tools",
        "high",
        False,
    )
    assert [(one.role, one.tactic_name or one.technique_id) for one in policy.mappings] == [
        (Role.CLAIM, "T1059.004"),
        (Role.CLAIM, "t1053-003"),
        (Role.TACTIC, "Defense_Evasion"),
        (Role.CLAIM, "T1552"),
        (Role.TACTIC, "execution"),
    ]
    assert (policy.column.value, policy.column.field) == ("runtime", "kind KubeArmorPolicy")
    assert (policy.platform_names, policy.reads) == ({"Containers"}, ("process",))
    assert (host.severity, host.column.value, host.platform_names) == (
        "critical",
        "node",
        {"Linux"},
    )
    assert [one.tactic_id for one in host.mappings] == ["TA0003"]
    assert [(one.kind, one.subject, one.place.line) for one in host.defects] == [
        ("not-text", "12", 25)
    ]
    assert [rule.state.live for rule in (policy, host)] == [False, True]
    wrong, exact = wrong_places(corpus_of({"a.yaml": POLICIES}), {"a.yaml": POLICIES})
    assert (wrong, exact) == ([], 5 + 2 + 2)


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("1", "low"), ("3", "low"), ("4", "medium"), ("7", "high"), ("9", "critical"), ("11", "")],
)
def test_severity_of_ten(severity, expected):
    text = f"kind: KubeArmorPolicy\nmetadata: {{name: a}}\nspec: {{severity: {severity}}}\n"
    (rule,) = rules_of("a.yaml", text)

    assert rule.severity == expected


def test_each_bad_file_is_one_line_with_its_place():
    corpus = read_corpus([FolderSource(label="bad", root=FOLDER / "bad")])

    assert [str(failure) for failure in corpus.failures] == [
        "object.yaml:2:14: not YAML that is read: the tag !!python/name:os.system",
        "open.yaml:4:1: not YAML: did not find expected ',' or ']'",
        "tab.yaml:3:1: not YAML: a tab, where only spaces may stand",
    ]
    assert (corpus.rules, corpus.ignored) == ((), 2), "templates of other kinds are quiet"


@given(
    st.one_of(
        st.text(),
        odd_texts(POLICIES),
        odd_json(next(yaml.safe_load_all(POLICIES.replace("\t", "")))),
    )
)
def test_any_text_gives_rules_or_a_failure(text):
    check_any({"a.yaml": text})


def test_the_templates():
    """Each count is made by patterns over the text, without YAML and without detcov."""
    tags = {}
    for path, data in archive(REAL).items():
        text = data.decode()
        kind = re.search(r"^kind\s*: *(KubeArmor\w*Policy)\b", text, re.MULTILINE)
        if path.endswith(".yaml") and kind:
            found = re.search(
                r"^ +tags\s*: *(\[.*?\]|(?:\n +- .*)+)", text, re.MULTILINE | re.DOTALL
            )
            listed = re.split(r"[\[\],\n]|- ", found[1]) if found else []
            tags[path] = [one.strip(" \"'") for one in listed]
    corpus = real_corpus(REAL)

    assert not corpus.failures
    assert len(corpus.rules) == len(tags) == 411 + 74
    # The survey has 562 rules: 10 files more have a tab that its parser refused; 87 resources of
    # other kinds (Cilium's and Kubernetes' network policies, Kyverno's) are no KubeArmor policies.
    assert len(corpus.rules) == 562 + 10 - 87
    assert kinds(corpus) == (52, 11, 499 + 10 - 87)
    for rule in corpus.rules:
        told = {one.technique_id for one in rule.mappings if one.role is Role.CLAIM}
        assert told == {one for one in tags[rule.path] if re.match(r"T\d", one)}, rule.path
    ids = {one.technique_id for rule in corpus.rules for one in rule.mappings}
    assert len({one for one in ids if one and re.fullmatch(r"T[\d.]+", one)}) == 40
    columns = Counter(rule.column.value for rule in corpus.rules)
    assert columns == {"runtime": 411, "node": 74}
    live = {rule.path for rule in corpus.rules if rule.state.live}
    for path in tags:
        text = re.sub(r"#.*", "", archive(REAL)[path].decode())
        actions = set(re.findall(r"^\s+(?:- )?action\s*:\s*(\w+)", text, re.MULTILINE))
        assert (path in live) == ({one.lower() for one in actions} == {"audit"}), path


def test_every_place_in_the_templates():
    wrong, exact = wrong_places(real_corpus(REAL), archive(REAL))

    assert wrong == []
    mappings = [one for rule in real_corpus(REAL).rules for one in rule.mappings]
    assert exact == len(mappings) + sum(one.role is Role.TACTIC for one in mappings)


def test_its_tactics_are_those_of_18_1_and_19_0():
    slugs = {tactic.shortname for release in releases() for tactic in release.tactics}
    assert slugs == kubearmor._TACTICS
