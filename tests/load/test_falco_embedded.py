"""Falco rules within other YAML: Helm's values and ConfigMaps, made here, and any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detcov.load.falco_embedded import embedded
from formats import check_any, corpus_of, odd_texts, rules_of, wrong_places

VALUES = """\
driver:
  kind: modern_ebpf
customRules:
  shells.yaml: |-
    # ours
    - macro: opened
      condition: evt.type = open

    - rule: Shell in a Pod
      desc: d
      condition: >
        spawned_process and container
      output: o
      priority: WARNING
      tags: [container, mitre_execution, T1059.004]
  files.yaml: |   # more
    - rule: Files Read
      condition: evt.type = open
      desc: d
      output: o
      priority: NOTICE
      tags:
        - "T1005"
note: |
  - rule: a text that only looks so
resources:
  limits: {cpu: 1}
"""
CONFIG_MAP = """\
apiVersion: v1
kind: Namespace
metadata:
  name: falco
---
apiVersion: v1
kind: ConfigMap
data:
  local.yaml: |
    - rule: Token Read
      condition: evt.type = open
      output: o
      priority: CRITICAL
      tags: [T1552.007]
"""


def stated(rule):
    return [one.technique_id or one.tactic_name for one in rule.mappings]


@pytest.mark.parametrize("change", [lambda text: text, lambda text: "\ufeff" + text])
def test_values_of_helm(change):
    text = change(VALUES)
    shell, files = rules_of("values.yaml", text)

    assert (shell.name, stated(shell)) == ("Shell in a Pod", ["execution", "T1059.004"])
    assert (files.name, stated(files)) == ("Files Read", ["T1005"])
    assert [rule.place.line for rule in (shell, files)] == [9, 17]
    assert shell.column.value == "runtime"
    assert wrong_places(corpus_of({"values.yaml": text}), {"values.yaml": text}) == ([], 2 + 2)


def test_lines_that_end_in_crlf():
    text = VALUES.replace("\n", "\r\n")

    assert [stated(rule) for rule in rules_of("values.yaml", text)] == [
        ["execution", "T1059.004"],
        ["T1005"],
    ]
    assert wrong_places(corpus_of({"values.yaml": text}), {"values.yaml": text}) == ([], 2 + 2)


def test_a_config_map_behind_another_document():
    (rule,) = rules_of("map.yaml", CONFIG_MAP)

    assert (str(rule.key), rule.place.line) == ("made:falco:Token Read", 10)
    assert stated(rule) == ["T1552.007"]


@pytest.mark.parametrize("key", ["values", "valuesContent", '"values.yaml"'])
def test_values_within_a_resource_of_argo_cd_k3s_or_flux(key):
    values = "".join(f"        {line}" for line in VALUES.splitlines(keepends=True))
    text = f"kind: Application\nspec:\n  source:\n    helm:\n      {key}: |\n{values}  project: x\n"
    shell, files = rules_of("app.yaml", text)

    assert (shell.name, stated(shell)) == ("Shell in a Pod", ["execution", "T1059.004"])
    assert (files.name, stated(files), files.place.line) == ("Files Read", ["T1005"], 22)
    assert wrong_places(corpus_of({"app.yaml": text}), {"app.yaml": text}) == ([], 2 + 2)


def test_an_override_reaches_rules_of_other_files():
    override = "customRules:\n  a.yaml: |\n    - rule: Token Read\n      condition: x\n"
    override += "      enabled: false\n      override: {enabled: replace}\n"
    (rule,) = corpus_of({"a.yaml": CONFIG_MAP, "b.yaml": override}).rules

    assert rule.state.enabled.value == "no"


@pytest.mark.parametrize(
    "change", ["enabled: false", "enabled: false\n      override: {enabled: replace}"]
)
def test_a_block_that_only_turns_a_rule_off(change):
    values = f"customRules:\n  off.yaml: |-\n    - rule: Token Read\n      {change}\n"
    (rule,) = corpus_of({"a.yaml": CONFIG_MAP, "values.yaml": values}).rules

    assert rule.state.enabled.value == "no"


def test_what_is_broken_in_a_block_has_its_place_in_the_file():
    corpus = corpus_of({"values.yaml": VALUES.replace("mitre_execution, T1059.004]", "x")})

    assert [str(failure) for failure in corpus.failures] == [
        "values.yaml:16:1: not YAML: did not find expected ',' or ']'"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: |\n  - rule: R\n",
        "a: |\n  - rule: R\n    condition: of another tool's\n    effect: allow\n",
        "a: >\n  - rule: R\n    output: c\n",
        "a: 'b: |'\n",
        "script: |\n  cat <<EOF\n  a: |\n    - rule: R\n      output: c\n  EOF\n",
        "- - - - a\n",
        "a: |\n\n",
        "a: |\n  # - rule: R\n  #   output: c\n  b\n",
        "a: |\n    - macro: m\n      output: c\n  # - rule:\n",
    ],
)
def test_blocks_that_are_no_rules(text):
    assert embedded(text) == ""


def test_a_block_in_a_list_ends_where_the_next_key_begins():
    text = "- a: |\n    - rule: R\n      output: c\n  b: 1\n"

    assert embedded(text) == "---   \n    - rule: R\n      output: c\n      \n"


@given(st.one_of(st.text(), odd_texts(VALUES), odd_texts(CONFIG_MAP)))
def test_any_text_gives_rules_or_a_failure(text):
    check_any({"a.yaml": text})
    found = embedded(text)
    assert not found or (len(found), found.count("\n")) == (len(text), text.count("\n"))
