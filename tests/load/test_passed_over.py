"""Files that hold no rule: the reason of each, and those that should hold one."""

import pytest

from detcov.load import rule_format
from detcov.load.recognise import MAX_MAPPINGS
from detcov.model import PassedOver
from formats import corpus_of

SIGMA = """\
title: A shell
logsource: {product: linux}
detection: {a: {b: 1}, condition: a}
level: high
tags: [attack.t1059]
"""
METADATA = '[metadata]\nmaturity = "production"\n\n'
ELASTIC = METADATA + '[rule]\nrule_id = "1"\nname = "A shell"\nquery = "x"\n'
ENDPOINT = '[rule]\nid = "1"\nname = "A shell"\nos_list = ["linux"]\nquery = "x"\n'
HUNT = '[hunt]\nname = "A"\nuuid = "1"\nmitre = ["T1059"]\nquery = ["x"]\n'
SPLUNK = """\
name: A shell
type: TTP
search: index=x
data_source: []
how_to_implement: x
known_false_positives: x
tags:
  analytic_story: [A]
  mitre_attack_id: [T1059]
"""
SENTINEL = "id: x\nname: A\ntriggerOperator: gt\nrelevantTechniques: [T1059]\nquery: x\n"
FALCO = "- rule: A shell\n  condition: x\n  output: y\n  priority: NOTICE\n"
PANTHER = "AnalysisType: rule\nRuleID: A\nSeverity: Low\nLogTypes: [X]\n"


NO_TABLE = "has no `[rule]` table: the keys stand in"


@pytest.mark.parametrize(
    ("name", "rule", "right", "wrong", "line", "message"),
    [
        (
            "sigma",
            SIGMA,
            "detection:",
            "detections:",
            3,
            "has no `detection`; did you mean that by `detections`?",
        ),
        (
            "sigma",
            SIGMA,
            "detection: {a: {b: 1}, condition: a}",
            "detection: a",
            1,
            "its `detection` is not a mapping",
        ),
        (
            "sigma",
            SIGMA.replace("tags: [attack.t1059]", "falsepositives: []"),
            "logsource",
            "log_source",
            2,
            "has no `logsource`; did you mean that by `log_source`?",
        ),
        ("elastic", ELASTIC, "[rule]", "[rules]", 4, f"{NO_TABLE} `[rules]`"),
        ("elastic", ELASTIC, "[rule]", "[[rule]]", 4, f"{NO_TABLE} `[[rule]]`"),
        (
            "elastic",
            ELASTIC,
            METADATA + "[rule]\n",
            "",
            1,
            "has no `[rule]` table: the keys stand in no table",
        ),
        ("elastic-endpoint", ENDPOINT, "[rule]", "[Rule]", 1, f"{NO_TABLE} `[Rule]`"),
        (
            "elastic-hunting",
            HUNT,
            "[hunt]",
            "[hunts]",
            1,
            "has no `[hunt]` table: the keys stand in `[hunts]`",
        ),
        (
            "splunk",
            SPLUNK,
            "search:",
            "serach:",
            3,
            "has no `search`; did you mean that by `serach`?",
        ),
        ("splunk", SPLUNK, "tags:", "tag:", 7, "has no `tags`; did you mean that by `tag`?"),
        (
            "sentinel",
            SENTINEL,
            "query:",
            "Query:",
            5,
            "has no `query`; did you mean that by `Query`?",
        ),
        ("falco", FALCO, "rule:", "rules:", 1, "has no `rule`; did you mean that by `rules`?"),
        (
            "falco",
            FALCO,
            "condition:",
            "conditions:",
            1,
            "has no `condition`; did you mean that by `conditions`?",
        ),
        (
            "panther",
            PANTHER,
            "AnalysisType: rule",
            "AnalysisType: rules",
            2,
            (
                "its `AnalysisType` is none of correlation_rule, datamodel, global, global_helper, "
                "lookup_table, pack, policy, rule, saved_query, scheduled_query, scheduled_rule, "
                "simple_detection"
            ),
        ),
    ],
)
def test_a_misspelt_key_is_a_failure(name, rule, right, wrong, line, message):
    path = "a.toml" if name.startswith("elastic") else "a.yml"
    assert [each.key.format for each in corpus_of({path: rule}).rules] == [name]
    assert right in rule
    corpus = corpus_of({path: rule.replace(right, wrong)})
    assert (corpus.rules, corpus.ignored) == ((), 0)
    (failure,) = corpus.failures
    title = rule_format(name).title
    assert str(failure) == f"{path}:{line}:1: looks like a rule ({title}), but {message}"


def test_a_rule_that_vanishes_among_others_is_a_failure():
    broken = SIGMA.replace("detection", "detections")
    corpus = corpus_of({"a.yml": f"{SIGMA}---\n{broken}"})
    assert len(corpus.rules) == 1
    (failure,) = corpus.failures
    assert (failure.path, failure.place.line) == ("a.yml", 7)
    assert "no `detection`" in failure.message


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("a.yml", "", "empty"),
        ("a.toml", "\ufeff \n", "empty"),
        ("a.md", "# Rules", "no such ending"),
        # A PEM called so, and Helm's values.
        ("a.toml", "-----BEGIN CERTIFICATE-----\n", "no format matched"),
        ("values.yaml", "replicas: 3\n", "no format matched"),
        ("a.toml", "[tool.ruff]\nx = 1\n", "no format matched"),
        ("tests/a.yml", SIGMA, "folder of tests or tooling (sigma)"),
        (
            "tests/a.yml",
            SIGMA.replace("detection", "detections"),
            "folder of tests or tooling (sigma)",
        ),
        ("tests/data/a.toml", ELASTIC, "folder of tests or tooling (elastic)"),
        ("detection_rules/etc/a.toml", ELASTIC, "folder of tests or tooling (elastic)"),
        ("detection_rules/etc/a.toml", "[rule", "folder of tests or tooling (elastic)"),
        (
            "a.yml",
            "title: F\nlogsource: {product: linux}\nfilter: {rules: any}\n",
            "other kind of the same tool (sigma)",
        ),
        (
            "a.yml",
            "name: P\npriority: 10\ntransformations: []\n",
            "other kind of the same tool (sigma)",
        ),
        ("a.yml", "- macro: m\n  condition: x\n", "other kind of the same tool (falco)"),
        ("a.yml", "AnalysisType: pack\n", "other kind of the same tool (panther)"),
        (
            "a.yml",
            "name: m\ndefinition: index=x\narguments: []\n",
            "other kind of the same tool (splunk)",
        ),
    ],
)
def test_each_file_without_a_rule_has_its_reason(path, text, reason):
    corpus = corpus_of({path: text})
    assert (corpus.rules, corpus.failures) == ((), ())
    assert [str(each) for each in corpus.passed_over] == [f"{path}: {reason}"]
    assert corpus.ignored == 1


def test_a_folder_whose_name_only_begins_so_holds_rules():
    paths = ["etc/a.toml", "tests_of_mine/a.toml", "detection_rules/etcetera/a.toml"]
    corpus = corpus_of(dict.fromkeys(paths, ELASTIC))
    assert sorted(rule.path for rule in corpus.rules) == sorted(paths)


def test_what_is_passed_over_is_sorted_and_names_its_source():
    corpus = corpus_of({"b.yml": "", "a.yml": "x: 1\n"})
    assert corpus.passed_over == (
        PassedOver(source="made", path="a.yml", reason="no format matched"),
        PassedOver(source="made", path="b.yml", reason="empty"),
    )


def test_a_file_is_read_up_to_its_last_mapping_and_the_rest_is_a_failure():
    lines = [f"a{number},T1059\n" for number in range(MAX_MAPPINGS + 5)]
    corpus = corpus_of({"a.csv": "rule,technique\n" + "".join(lines)})
    assert sum(len(rule.mappings) for rule in corpus.rules) == MAX_MAPPINGS
    (failure,) = corpus.failures
    # Below the heading: the first line that is left out.
    assert failure.place.line == 1 + MAX_MAPPINGS + 1
    assert failure.message == "more than 10,000 mappings; the rest is not read"


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("  - attack.t1059\n", "more than 10,000 mappings; the rest is not read"),
        ("  - [x]\n", "more than 10,000 entries that are wrong; the rest is not read"),
    ],
)
def test_one_rule_of_many_tags_is_read_in_part(tag, message):
    head = SIGMA.replace(" [attack.t1059]", "")
    corpus = corpus_of({"a.yml": head + tag * (MAX_MAPPINGS + 1)})
    (rule,) = corpus.rules
    assert max(len(rule.mappings), len(rule.defects)) == MAX_MAPPINGS
    (failure,) = corpus.failures
    assert (failure.message, failure.place.line) == (message, 5 + MAX_MAPPINGS + 1)


def test_as_many_mappings_as_are_read_are_no_failure():
    lines = [f"a{number},T1059\n" for number in range(MAX_MAPPINGS)]
    corpus = corpus_of({"a.csv": "rule,technique\n" + "".join(lines)})
    assert (len(corpus.rules), corpus.failures) == (MAX_MAPPINGS, ())
