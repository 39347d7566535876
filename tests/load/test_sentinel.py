"""Microsoft Sentinel in YAML and ARM JSON: what is read of rules made here, and of any text."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from detcov.load.corpus import read_corpus
from detcov.model import Place, Role
from detcov.source import FolderSource
from formats import check_any, corpus_of, kinds, odd_json, odd_texts, rules_of, wrong_places
from real_corpora import corpus_of as real_corpus_of
from real_corpora import files_of

CORPUS = Path(__file__).parents[1] / "corpus"
RULES = (CORPUS / "sentinel" / "good" / "rules.yaml").read_text()
EXPORT = (CORPUS / "sentinel-arm" / "good" / "export.json").read_text()
OLDER = (CORPUS / "sentinel-arm" / "good" / "older.json").read_text()
BLANK = (CORPUS / "sentinel" / "good" / "blank.YAML").read_text()
SOLUTION = (CORPUS / "sentinel-arm" / "good" / "solution.json").read_text()
TACTIC, CLAIM, CARRIER = Role.TACTIC, Role.CLAIM, Role.CARRIER


def stated(rule):
    return [(one.role, one.tactic_name or one.technique_id) for one in rule.mappings]


def seen(rule):
    return [f"{one.value}: {one.field}" for one in (*rule.platforms, rule.column)]


def test_yaml_rules():
    cluster, logons, impact = rules_of("a.yaml", RULES)

    assert str(cluster.key) == "made:sentinel:0b1f6c0e-7f63-4f0c-9a0a-3f2f6a1d2c11"
    assert (cluster.name, cluster.severity, cluster.paired) == (
        "Secrets listed in a cluster",
        "high",
        False,
    )
    assert stated(cluster) == [
        (TACTIC, "CredentialAccess"),
        (TACTIC, "Command and Control"),
        (TACTIC, "InhibitResponseFunction"),
        (CLAIM, "T1552.007"),
        (CLAIM, "T1552"),
        (CLAIM, "t1059-004"),
    ], "software is no mapping"
    assert [(one.kind, one.subject) for one in cluster.defects] == [("not-text", "1")]
    assert seen(cluster) == [
        "Containers: connector AzureKubernetes",
        "control plane: connector AzureKubernetes",
    ]
    assert cluster.reads == ("connector AzureKubernetes", "data AzureDiagnostics")
    assert seen(logons) == [
        "Identity Provider: table SigninLogs",
        "Windows: connector WindowsSecurityEvents",
        "other: ",
    ]
    assert (stated(logons), logons.state.kind.value) == ([(TACTIC, "LateralMovement")], "hunt")
    assert (impact.key.native_id, stated(impact)) == (
        "a.yaml#2",
        [(TACTIC, "Impact"), (CLAIM, "T1485")],
    )
    corpus = corpus_of({"a.yaml": RULES})
    assert kinds(corpus) == (2, 1, 0)
    assert wrong_places(corpus, {"a.yaml": RULES}) == ([], (2 * 3 + 3) + 2 + (2 + 1))


def test_a_list_of_yaml_rules():
    text = """\
- id: 0B1C2D3E-0000-4000-8000-00000000000A
  kind: Scheduled
  name: One
  query: SigninLogs
  tactics: CredentialAccess
  relevantTechniques: [T1110.003]
- {name: Two, kind: Scheduled, query: x, triggerOperator: gt}
- {name: no query, relevantTechniques: [T1110]}
- text
"""
    one, two = rules_of("a.yaml", text)

    assert (one.key.native_id, one.place.line) == ("0b1c2d3e-0000-4000-8000-00000000000a", 1)
    assert [(m.role, m.tactic_name or m.technique_id) for m in one.mappings] == [
        (Role.TACTIC, "CredentialAccess"),
        (Role.CLAIM, "T1110.003"),
    ]
    assert (two.name, two.key.native_id, two.place.line) == ("Two", "a.yaml#1", 7)
    assert wrong_places(corpus_of({"a.yaml": text}), {"a.yaml": text}) == ([], 3)


def test_several_in_one_text_are_several():
    text = """\
name: One
query: x
tactics: InitialAccess, Execution
relevantTechniques:
  - "T1190, T1059.004"
  - T1105
"""
    (one,) = rules_of("a.yaml", text)

    assert [m.tactic_name or m.technique_id for m in one.mappings] == [
        *("InitialAccess", "Execution", "T1190", "T1059.004", "T1105")
    ]
    assert [m.entry for m in one.mappings] == [0, 1, 2, 3, 4]
    # A tactic counts twice.
    assert wrong_places(corpus_of({"a.yaml": text}), {"a.yaml": text}) == ([], 2 + 2 + 3)


def test_rules_as_the_command_line_prints_them():
    guid = "0b1c2d3e-0000-4000-8000-00000000000b"
    rule = {
        "displayName": "One",
        "enabled": False,
        "id": f"/subscriptions/s/providers/Microsoft.SecurityInsights/alertRules/{guid}",
        "kind": "Scheduled",
        "name": guid,
        "query": "SigninLogs",
        "severity": "Medium",
        "tactics": ["CredentialAccess"],
        "techniques": ["T1110"],
        "subTechniques": ["T1110.003"],
        "type": "Microsoft.SecurityInsights/alertRules",
    }
    text = json.dumps([rule, {"type": rule["type"], "name": "nothing else"}], indent=1)
    (one,) = rules_of("a.json", text)

    assert (str(one.key), one.name, one.severity) == (f"made:sentinel-arm:{guid}", "One", "medium")
    assert [(m.role, m.tactic_name or m.technique_id) for m in one.mappings] == [
        (Role.TACTIC, "CredentialAccess"),
        (Role.CARRIER, "T1110"),
        (Role.CLAIM, "T1110.003"),
    ]
    assert (one.state.enabled.value, one.platform_names) == ("no", {"Identity Provider"})
    assert wrong_places(corpus_of({"a.json": text}), {"a.json": text})[0] == []


def test_an_exported_rule():
    (rule,) = rules_of("a.json", EXPORT)

    assert str(rule.key) == "made:sentinel-arm:3d6a5a1e-5a0e-4c56-9d6c-000000000001"
    assert (rule.name, rule.severity, rule.state.enabled.value, rule.paired) == (
        "Image pushed by a stranger",
        "medium",
        "yes",
        False,
    )
    assert stated(rule) == [
        (TACTIC, "Persistence"),
        (TACTIC, "DefenseEvasion"),
        (CLAIM, "T1525"),
        (CARRIER, "T1036"),
        (CLAIM, "T1036.005"),
    ]
    assert rule.mappings[-1].parent_id == "T1036"
    assert [(one.subject, one.place) for one in rule.defects] == [
        ("null", Place(line=17, exact=False))
    ]
    assert seen(rule) == [
        "Containers: table ContainerRegistryRepositoryEvents",
        "control plane: table ContainerRegistryRepositoryEvents",
    ]
    assert wrong_places(corpus_of({"a.json": EXPORT}), {"a.json": EXPORT}) == ([], 2 * 2 + 3)


def test_a_solution():
    template, hunt = rules_of("mainTemplate.json", SOLUTION)

    assert template.key.native_id == "3d6a5a1e-5a0e-4c56-9d6c-000000000002"
    assert (template.severity, template.state.enabled.value, template.state.live) == (
        "informational",
        "unstated",
        True,
    ), "every template says it is disabled"
    assert stated(template) == [(TACTIC, "InitialAccess"), (CLAIM, "T1078")]
    assert seen(template)[0] == "Identity Provider: connector AzureActiveDirectory"
    assert hunt.key.native_id == "3d6a5a1e-5a0e-4c56-9d6c-000000000003"
    assert stated(hunt) == [
        (TACTIC, "Execution"),
        (TACTIC, "LateralMovement"),
        (CLAIM, "T1059"),
        (CLAIM, "T1609"),
    ]
    assert (hunt.state.kind.value, hunt.state.kind.field, hunt.column.value) == (
        "hunt",
        "type",
        "runtime",
    )
    corpus = corpus_of({"a.json": SOLUTION})
    assert wrong_places(corpus, {"a.json": SOLUTION}) == ([], (2 + 1) + (2 * 2 + 2))


def test_blank_lists_state_nothing():
    sap, trend, near = rules_of("a.YAML", BLANK)

    assert (sap.key.native_id, stated(sap)) == (
        "0b1f6c0e-7f63-4f0c-9a0a-3f2f6a1d2c21",
        [(TACTIC, "Credential Access")],
    )
    assert (sap.defects, sap.state.kind.value) == ((), "detection")
    assert (stated(trend), trend.defects, trend.state.kind.value) == ([], (), "hunt")
    assert (stated(near), near.state.kind.value) == ([(TACTIC, "InitialAccess")], "detection")


def test_an_older_solution():
    hunt, template, switched, looped, fusion = rules_of("mainTemplate.json", OLDER)

    assert hunt.key.native_id == "3d6a5a1e-5a0e-4c56-9d6c-0000000000a1", "by the metadata"
    assert stated(hunt) == [(CLAIM, "T1568"), (CLAIM, "T1008")]
    assert template.key.native_id == "3d6a5a1e-5a0e-4c56-9d6c-0000000000a2", "case says nothing"
    assert stated(template) == [(TACTIC, "Discovery")]
    assert (switched.key.native_id, switched.state.enabled.value) == ("mainTemplate.json#2", "no")
    assert looped.key.native_id == "mainTemplate.json#3"
    assert (fusion.name, fusion.state.kind.value, fusion.state.live) == (
        "BuiltInFusion",
        "detection",
        True,
    )


@pytest.mark.parametrize(
    ("format_", "failures", "ignored"),
    [
        (
            "sentinel",
            [
                "open.yaml:4:1: not YAML: did not find expected ',' or ']'",
                "set.yaml:2:21: not YAML that is read: the tag !!set",
                "tab.yaml:3:1: not YAML: a tab, where only spaces may stand",
            ],
            1,
        ),
        ("sentinel-arm", ["comma.json:2:36: not JSON: expected ',' or '}'"], 1),
    ],
)
def test_each_bad_file_is_one_line_with_its_place(format_, failures, ignored):
    corpus = read_corpus([FolderSource(label="bad", root=CORPUS / format_ / "bad")])

    assert [str(failure) for failure in corpus.failures] == failures
    assert (corpus.rules, corpus.ignored) == ((), ignored), "parsers and playbooks are quiet"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_an_export_in_utf_16_is_told(encoding):
    bom = b"" if encoding == "utf-16" else b"\xfe\xff"
    corpus = corpus_of({"a.json": bom + EXPORT.encode(encoding)})

    first = (bom or b"\xff")[:1].hex()
    assert [str(one) for one in corpus.failures] == [f"a.json:1:1: not UTF-8: byte 0x{first}"]
    assert corpus_of({"b.json": '{"a": 1}'.encode("utf-16")}).failures == (), "no rule"


@given(st.one_of(st.text(), odd_texts(RULES), odd_json(next(yaml.safe_load_all(RULES)))))
def test_any_yaml_gives_rules_or_a_failure(text):
    check_any({"a.yaml": text})


@given(
    st.one_of(
        odd_texts(SOLUTION),
        odd_texts(OLDER),
        odd_json(json.loads(SOLUTION)),
        odd_json(json.loads(EXPORT)),
    )
)
def test_any_json_gives_rules_or_a_failure(text):
    check_any({"a.json": text})


def test_a_hunting_query_without_connectors():
    """It is run by hand; its techniques stand in `techniques`."""
    (rule,) = rules_of(
        "hunts/a.yaml",
        "id: 5d0f6c0e-7f63-4f0c-9a0a-3f2f6a1d2c11\nname: Shares walked\nquery: |\n  SecurityEvent\n"
        "  | take 1\ntactics:\n  - Discovery\ntechniques:\n  - T1135\n",
    )

    assert rule.state.kind.value == "hunt"
    assert stated(rule) == [(TACTIC, "Discovery"), (CLAIM, "T1135")]
    assert seen(rule) == ["Windows: table SecurityEvent", "other: "]


def test_keys_of_azure_in_any_case():
    """Azure takes a resource's keys in any case, and its portal doesn't always write its own."""

    def shouted(node):
        if isinstance(node, dict):
            return {key.upper(): shouted(value) for key, value in node.items()}
        return [shouted(item) for item in node] if isinstance(node, list) else node

    text = json.dumps(shouted(json.loads(EXPORT)), indent=1)
    corpus = corpus_of({"a.json": text})

    assert [stated(rule) for rule in corpus.rules] == [
        stated(rule) for rule in rules_of("a.json", EXPORT)
    ]
    plain = wrong_places(corpus_of({"a.json": EXPORT}), {"a.json": EXPORT})
    assert wrong_places(corpus, {"a.json": text}) == plain == ([], 7)


def test_a_real_collection():
    """sentinel-as-code: every rule and hunting query, counted by PyYAML alone."""
    files = files_of("sentinel-as-code-20260730", ".yaml", ".yml")
    trees = {path: yaml.safe_load(data) for path, data in files.items()}
    queries = {path: tree for path, tree in trees.items() if "query" in tree}
    corpus = real_corpus_of("sentinel-as-code-20260730")
    by_path = {rule.path: rule for rule in corpus.rules}

    assert by_path.keys() == queries.keys()
    assert len(queries) == 264
    for path, tree in queries.items():
        ids = [*tree.get("relevantTechniques", ()), *tree.get("techniques", ())]
        rule = by_path[path]
        assert {one for role, one in stated(rule) if role is CLAIM} == set(ids), path
        assert {one for role, one in stated(rule) if role is TACTIC} == set(tree.get("tactics", ()))
        hunt = path.split("/")[1] == "HuntingQueries"
        assert rule.state.kind.value == ("hunt" if hunt else "detection"), path
        enabled = {True: "yes", False: "no", None: "unstated"}[tree.get("enabled")]
        assert rule.state.enabled.value == enabled
    # The other files are custom detections of Defender XDR, another product's.
    assert all("detectionAction" in tree for path, tree in trees.items() if path not in by_path)
