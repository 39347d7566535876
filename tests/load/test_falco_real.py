"""Falco's own rules and plugin rules against counts and a reference made without detcov."""

from collections import Counter

import pytest
import yaml

from detcov.attack.ids import is_tactic_id
from detcov.attack.store import load_release
from detcov.study import StudyOptions, build_study
from real import oracle
from real_corpora import by_statement, corpus_of, files_of, misplaced

RULES, PLUGINS = "falco-rules-20260618", "falco-plugins-20260804"
ROOTS = {"falcosecurity/rules": RULES, "falcosecurity/plugins": PLUGINS}
# A copy of another plugin's file, which isn't in the archive.
ABSENT = "plugins/k8saudit-gke/rules/k8s_audit_rules.yaml"
OVERRIDE = ("plugins/k8saudit-gke/rules/k8s_audit_rules_gke.yaml", "Disallowed K8s User")
"""An override of exceptions: the survey and the reference count it as a rule"""

OURS = {"M123", "M116", "M118", "R202"}
"""Kinds that the reference doesn't look for"""


def entries(name):
    """Every entry with a rule's name, as PyYAML reads it."""
    for path, data in files_of(name, ".yaml").items():
        for document in yaml.safe_load_all(data):
            yield from ((path, item) for item in document if "rule" in item)


@pytest.mark.parametrize(
    ("name", "counts", "surveyed"),
    [
        (RULES, {"T": 80, "t": 17, "n": 0}, (80, 17, 0)),
        # The survey counts the override, and no tactic that doesn't exist (mitre_data_destruction).
        (PLUGINS, {"T": 16, "t": 1, "n": 141}, (16, 0, 143)),
    ],
)
def test_counts(name, counts, surveyed):
    corpus = corpus_of(name)
    whole = [(path, item) for path, item in entries(name) if "condition" in item]

    assert not corpus.failures
    assert Counter((rule.path, rule.name) for rule in corpus.rules) == Counter(
        (path, item["rule"]) for path, item in whole
    )
    assert by_statement(corpus) == counts
    assert counts["T"] == surveyed[0]
    assert sum(surveyed) - len(whole) == (1 if name == PLUGINS else 0)


def test_rules_without_ids_stay_apart():
    keys = Counter(rule.key for name in ROOTS.values() for rule in corpus_of(name).rules)

    assert sum(keys.values()) == 255
    assert [key.native_id for key, many in keys.items() if many > 1] == ["Sample dummy plugin rule"]


@pytest.mark.parametrize("name", ROOTS.values())
def test_every_place_is_that_of_its_value(name):
    corpus, files = corpus_of(name), files_of(name, ".yaml")

    assert misplaced(corpus, files) == []


@pytest.mark.parametrize("name", ROOTS.values())
def test_state_severity_and_platforms(name):
    """Fields of the trees, one by one, beside what was made of them."""
    levels = {"CRITICAL": "critical", "ERROR": "high", "WARNING": "medium", "NOTICE": "low"}
    lives = {"stable": "stable", "incubating": "test", "sandbox": "experimental"}
    rules = {(rule.path, rule.name): rule for rule in corpus_of(name).rules}

    for path, item in entries(name):
        if "condition" not in item:
            continue
        rule, tags = rules[path, item["rule"]], item.get("tags") or []
        assert rule.severity == levels.get(item["priority"], "informational")
        (maturity,) = [tag[9:] for tag in tags if tag.startswith("maturity_")] or ["stable"]
        assert rule.state.lifecycle.value == lives.get(maturity, maturity)
        enabled = {True: "yes", False: "no", None: "unstated"}[item.get("enabled")]
        assert rule.state.enabled.value == enabled
        if "source" not in item:
            expected = {"host": "Linux", "container": "Containers"}
            stated = {expected[tag] for tag in tags if tag in expected} or {"Linux"}
            assert rule.platform_names == stated
            column = "runtime" if "container" in tags else "node"
            assert rule.column.value == column
        elif item["source"] == "k8s_audit":
            assert rule.column.value == "control plane"


@pytest.mark.parametrize("version", ["18.1", "19.0"])
def test_the_reference_kind_by_kind(version):
    expected: dict[str, Counter] = {}
    for item in oracle(f"falco_oracle_v{version}.json"):
        at = item["file"], item["rule_id"]
        if item["file"] != ABSENT and at != OVERRIDE:
            expected.setdefault(item["kind"], Counter())[at] += 1
    found = {kind: Counter() for kind in expected}
    for name in ROOTS.values():
        study = build_study(
            corpus_of(name),
            load_release(version, cache_dir=None),
            options=StudyOptions(count="all", literal=True),
        )
        for kind, at in _seen(study):
            found[kind][at.path.removeprefix(f"{name}/"), at.name] += 1

    # A tag that names no tactic is a statement to us; the reference calls such a rule untagged.
    unnamed = Counter([("plugins/gcpaudit/rules/gcp_auditlog_rules.yaml", "GCP Bucket deleted")])
    expected["no_attack_tag"] -= unnamed
    expected["tactic_only"] += unnamed
    del expected["no_tags"]  # All of them are in no_attack_tag too.
    del found["no_tags"]
    # What is no right id can't be revoked as well: M101 says what is meant, and what became of it.
    if version == "19.0":
        slugged = {at for at in expected["tag_id_with_suffix"] if "gcpaudit" in at[0]}
        for at in slugged:
            del expected["technique_revoked"][at]
    assert found == expected


def _seen(study):
    """Each rule that one of the reference's kinds is about, as often as it is."""
    by_code = {"M103": "technique_revoked", "M110": "tactic_only", "M113": "tactic_tag_unknown"}
    by_code |= dict.fromkeys(("M101", "M115"), "tag_id_with_suffix") | {"R201": "no_attack_tag"}
    rules = {(rule.path, rule.name): rule for rule in study.corpus.rules}
    for one in study.findings:
        rule = rules[one.path, one.rule_name]
        if one.code in by_code:
            yield by_code[one.code], rule
        elif one.code == "M117":
            untagged = one.message.endswith("name no tactic")
            yield "technique_no_tactic_tag" if untagged else "technique_tactic_absent", rule
        else:
            assert one.code in OURS
    for rule in study.corpus.rules:
        ids = [one.tactic_id for one in rule.mappings if one.tactic_id is not None]
        yield from (("tactic_id_tag", rule) for one in ids if is_tactic_id(one))
