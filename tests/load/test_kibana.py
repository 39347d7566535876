"""Kibana's export: lines made here, any text, and Elastic's rules of May 2026 as an export."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detcov.load.corpus import read_corpus
from detcov.model import Role
from detcov.source import FolderSource
from formats import check_any
from real import elastic_rules, elastic_trees

CORPUS = Path(__file__).parents[1] / "corpus" / "kibana"


def read(folder, text, name="export.ndjson"):
    (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    return read_corpus((FolderSource(label="k", root=folder),))


def test_good_files():
    corpus = read_corpus([FolderSource(label="good", root=CORPUS / "good")])
    found = {rule.key.native_id: rule for rule in corpus.rules}

    assert corpus.failures == ()
    assert corpus.ignored == 2, "the summary alone, and another JSON file"
    assert sorted(found) == ["odd", "one", "secrets", "shell"]
    shell, secrets, odd = found["shell"], found["secrets"], found["odd"]
    text = (CORPUS / "good" / "export.ndjson").read_text(encoding="utf-8")
    assert [(one.role, one.technique_id) for one in shell.mappings] == [
        (Role.CARRIER, "T1059"),
        (Role.CLAIM, "T1059.004"),
        (Role.CLAIM, "T1609"),
    ]
    for one in shell.mappings:
        assert text[one.place.start : one.place.end] == one.technique_id
        assert text[one.name_place.start : one.name_place.end] == one.technique_name
        assert text[one.tactic_place.start : one.tactic_place.end] == "TA0002"
        assert one.place.line == 1
    tag = shell.tag_places["Tactic: Execution"]
    assert text[tag.start : tag.end] == "Tactic: Execution"
    assert (shell.severity, shell.state.enabled.value, shell.state.live) == ("high", "yes", True)
    assert (shell.column.value, shell.column.field) == (
        "runtime",
        "related_integrations cloud_defend",
    )
    assert [(one.value, one.field) for one in shell.platforms] == [
        ("Containers", "related_integrations cloud_defend"),
        ("Linux", "tag OS: Linux"),
    ]
    assert (secrets.place.line, secrets.state.enabled.value) == (2, "no")
    assert secrets.column.value == "control plane"
    assert [one.role for one in secrets.mappings] == [Role.TACTIC]
    assert [one.technique_id for one in odd.mappings] == ["T10159", ""]
    assert (odd.severity, odd.tags) == ("", ("one",))


def test_a_broken_line_is_told_and_the_others_are_read():
    corpus = read_corpus([FolderSource(label="bad", root=CORPUS / "bad")])

    assert [rule.key.native_id for rule in corpus.rules] == ["first", "third"]
    assert [rule.place.line for rule in corpus.rules] == [1, 3]
    assert [str(failure) for failure in corpus.failures] == [
        "broken.json:2:14: not JSON: expected ',' or '}'",
        "latin.ndjson:1:27: not UTF-8: byte 0xe9",
        "line.ndjson:2:44: not JSON: truncated",
    ]


def _threat(technique):
    found = [{"id": technique, "name": "x"}] if technique else []
    return [{"framework": "MITRE ATT&CK", "tactic": {"id": "TA0002"}, "technique": found}]


_OWN = {"name": "N", "type": "query", "severity": "high", "risk_score": 73}
_RULE = _OWN | {"rule_id": "r", "threat": _threat("T1059")}
_PARAMS = {"ruleId": "r", "type": "query", "severity": "high", "riskScore": 73}


@pytest.mark.parametrize(
    ("written", "native_id"),
    [
        ([_RULE], "r"),
        ({"page": 1, "total": 1, "data": [_RULE]}, "r"),
        ({"rules": [7, _RULE]}, "r"),
        ({"id": "r_1", "type": "security-rule", "attributes": _RULE}, "r"),
        ([{"id": "r_1", "type": "security-rule", "attributes": _RULE}], "r"),
        (
            {
                "type": "alert",
                "attributes": {
                    "alertTypeId": "siem.queryRule",
                    "name": "N",
                    "enabled": True,
                    "tags": ["Tactic: Execution"],
                    "params": _PARAMS | {"threat": _threat("T1059")},
                },
            },
            "r",
        ),
        (
            {
                "total": 1,
                "data": [
                    {
                        "rule_type_id": "siem.queryRule",
                        "name": "N",
                        "enabled": True,
                        "params": _PARAMS | {"threat": _threat("T1059")},
                    }
                ],
            },
            "r",
        ),
        (_OWN | {"threat": _threat("T1059")}, "one.json#0"),
    ],
)
def test_other_shapes_that_hold_rules(tmp_path, written, native_id):
    text = json.dumps(written, indent=1)
    corpus = read(tmp_path, text, "one.json")
    (rule,) = corpus.rules
    (one,) = rule.mappings

    assert corpus.failures == ()
    assert (rule.key.native_id, rule.name, rule.severity) == (native_id, "N", "high")
    assert (one.technique_id, one.tactic_id, one.place.exact) == ("T1059", "TA0002", True)
    assert text[one.place.start : one.place.end] == "T1059"
    enabled = "yes" if '"enabled": true' in text else "unstated"
    assert rule.state.enabled.value == enabled
    for tag, place in rule.tag_places.items():
        assert text[place.start : place.end] == tag


@pytest.mark.parametrize(
    "written",
    [
        _OWN | {"rule_id": 7},
        _OWN | {"type": "finding", "cve": "CVE-2026-0001"},
        {"name": "N", "type": "query", "threat": _threat("T1059")},
        {"type": "alert", "attributes": {"alertTypeId": ".index-threshold", "params": _PARAMS}},
        {"type": "alert", "attributes": {"alertTypeId": "siem.queryRule", "params": _PARAMS}},
        {"type": "dashboard", "attributes": {"title": "N"}},
        {"data": {"rule_id": "r"}, "rules": "none"},
        [[_RULE]],
    ],
)
def test_what_only_looks_like_a_rule(tmp_path, written):
    corpus = read(tmp_path, json.dumps(written), "one.json")

    assert (corpus.rules, corpus.failures, corpus.ignored) == ((), (), 1)


_PIECES = st.sampled_from(
    [
        *('{"rule_id":"a","name":"b","type":"query","severity":"high"', ',"threat":', "}", "\n"),
        *('{"data":[', '{"attributes":', '{"alertTypeId":"siem.x","params":{"ruleId":"a",'),
        *('[{"technique":[{"id":"T1059"', ',"subtechnique":[{"id":"T1059.004"}]', "}]}]", "1"),
        *(
            '"x"',
            ":",
            ",",
            "[",
            "]",
            "{",
            "null",
            ',"tags":["Tactic: X"]',
            ',"index":[1]',
            "\ufeff",
        ),
    ]
)


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=20).map("".join)))
@example('{"rule_id":"a","name":"b","type":"q","threat":{"a":1}}')
@example('{"rule_id":"a","name":"b","type":"q","threat":"T1059"}')
@example('{"rule_id":"a","name":"b","type":"q","threat":[{"technique":[[{"id":1}]]}]}\n[]')
def test_any_text_gives_rules_or_a_failure(text):
    check_any({"a.ndjson": text})


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A third of Elastic's rules of May 2026 as Kibana would export them, and their paths."""
    lines = []
    for path, tree in sorted(elastic_trees().items())[::3]:
        integration = tree["metadata"].get("integration", [])
        integration = integration if isinstance(integration, list) else [integration]
        related = [{"package": one, "version": "1"} for one in integration]
        lines.append(tree["rule"] | {"setup": path, "related_integrations": related})
    text = "".join(json.dumps(one, separators=(",", ":"), default=str) + "\n" for one in lines)
    folder = tmp_path_factory.mktemp("export")
    text += '{"exported_count":1}\n'
    (folder / "rules.ndjson").write_text(text, encoding="utf-8")
    corpus = read_corpus((FolderSource(label="k", root=folder, max_bytes=100_000_000),))
    return text, [one["setup"] for one in lines], corpus


def test_an_export_says_what_the_toml_says(exported):
    _, paths, corpus = exported
    by_path = {rule.path: rule for rule in elastic_rules().rules}

    assert not corpus.failures
    assert len(corpus.rules) == len(paths)
    for path, rule in zip(paths, corpus.rules, strict=True):
        toml = by_path[path]
        assert [_said(one) for one in rule.mappings] == [_said(one) for one in toml.mappings]
        assert (rule.key.native_id, rule.name, rule.severity, rule.tags, rule.reads) == (
            *(toml.key.native_id, toml.name, toml.severity, toml.tags, toml.reads),
        )
        assert rule.column.value == toml.column.value
        assert rule.platform_names == toml.platform_names
        assert rule.state.emits.value == toml.state.emits.value


def _said(mapping):
    fields = ("role", "framework", "tactic_id", "tactic_name", "technique_id", "technique_name")
    return tuple(getattr(mapping, field) for field in (*fields, "parent_id", "entry"))


def test_every_place_in_an_export_is_that_of_its_value(exported):
    text, _, corpus = exported
    lines = text.split("\n")

    for number, rule in enumerate(corpus.rules, 1):
        assert rule.place.line == number
        for one in rule.mappings:
            for place, value in (
                (one.place, one.technique_id or one.tactic_id),
                (one.name_place, one.technique_name),
                (one.tactic_place, one.tactic_id),
            ):
                if place is not None:
                    assert place.exact
                    assert text[place.start : place.end] == value
                    assert place.line == number
                    at = place.column - 1
                    assert lines[number - 1][at : at + len(value)] == value
