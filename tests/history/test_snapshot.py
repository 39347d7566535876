import json

import pytest
from msgspec import structs

from detcov.attack.store import load_release
from detcov.errors import HistoryError
from detcov.facts import Answer, Fact, FactKind
from detcov.history.snapshot import (
    Dataset,
    NotedSource,
    Snapshot,
    decode_snapshot,
    encode_snapshot,
)
from detcov.load.corpus import read_corpus
from detcov.model import Corpus, ParseFailure, Place, Role, Rule, RuleKey, Stated
from detcov.source import FolderSource, blob_id
from detcov.study import build_study
from made import ENTRY, HIDING, make_corpus, make_mapping, make_rule, make_state

NOWHERE = Place(line=1, exact=False)

BY_HAND = """{
"format": "detcov-snapshot",
"format_version": 1,
"date": "2026-05-04",
"tool": "0.1.0",
"dataset": {"domain":"enterprise-attack","version":"9.0","sha256":"ab"},
"commit": "1234",
"sources": ["ours"],
"ignored": 2,
"statements": [
 {"role":"claim","tactic_id":"TA0001","tactic_name":"Entry","technique_id":"T1002"},
 {"role":"claim","technique_id":"T1003","tactic_id":"TA0005","tactic_name":"Hiding"}
],
"states": [
 {"lifecycle":{"value":"stable","field":""},"emits":{"value":"alert","field":""},
  "kind":{"value":"detection","field":""},"enabled":{"value":"unstated","field":""}}
],
"failures": [{"source":"ours","path":"bad.toml","message":"empty"}],
"rules": [
 {"source":"ours","format":"elastic","id":"a","name":"One","path":"a.toml","hash":"h1","state":0,
  "severity":"high","platforms":{"Linux":"tags"},"mappings":[[0,0],[1,1]],"tags":["x"]},
 {"source":"ours","format":"elastic","id":"b","name":"Two","path":"b.toml","hash":"h2","state":0,
  "mappings":[[0,1]]}
]
}
"""


def placeless(*arguments, **fields):
    return unplaced(make_mapping(*arguments, **fields))


def unplaced(mapping):
    return structs.replace(mapping, place=NOWHERE)


def by_hand():
    """What BY_HAND says."""
    first = Rule(
        key=RuleKey(source="ours", format="elastic", native_id="a"),
        name="One",
        path="a.toml",
        severity="high",
        state=make_state(),
        mappings=(placeless("T1002", ENTRY), placeless("T1003", HIDING, entry=1)),
        platforms=(Stated(value="Linux", field="tags"),),
        tags=("x",),
        place=NOWHERE,
    )
    second = Rule(
        key=RuleKey(source="ours", format="elastic", native_id="b"),
        name="Two",
        path="b.toml",
        severity="",
        state=make_state(),
        mappings=(placeless("T1003", HIDING),),
        place=NOWHERE,
    )
    return Snapshot(
        date="2026-05-04",
        corpus=Corpus(
            rules=(first, second),
            failures=(ParseFailure(source="ours", path="bad.toml", message="empty"),),
            ignored=2,
            sources=("ours",),
        ),
        hashes={("ours", "a.toml"): "h1", ("ours", "b.toml"): "h2"},
        dataset=Dataset(domain="enterprise-attack", version="9.0", sha256="ab"),
        tool="0.1.0",
        commit="1234",
    )


def test_a_snapshot_says_what_was_read():
    assert decode_snapshot(BY_HAND.encode()) == by_hand()


def test_what_is_written_is_read_back_and_never_holds_a_depth():
    data = encode_snapshot(by_hand())
    assert decode_snapshot(data) == by_hand()
    assert json.loads(data) == json.loads(BY_HAND)
    assert [line[:40] for line in data.splitlines() if b'"path":"a.toml"' in line] == [
        b' {"source":"ours","format":"elastic","id"'[:40]
    ]


def test_the_bytes_dont_depend_on_where_a_text_came_from():
    """A rule out of the cache has texts of its own, equal to those of a rule just read."""
    same, equal = "MITRE ATT&CK", b"MITRE ATT&CK".decode()
    written = {
        encode_snapshot(
            Snapshot(
                date="2026-05-04",
                corpus=make_corpus(make_rule(make_mapping(framework=name))),
                hashes={},
            )
        )
        for name in (same, equal)
    }
    assert len(written) == 1
    assert b"framework" not in written.pop()


def test_ids_of_before_are_kept():
    corpus = make_corpus(make_rule(former=("a", "b"), place=NOWHERE))
    snapshot = structs.replace(by_hand(), corpus=corpus, hashes={("ours", "rule-1.toml"): "h"})
    assert decode_snapshot(encode_snapshot(snapshot)) == snapshot


def test_facts_are_kept_as_they_were_read():
    facts = (
        Fact(kind=FactKind.DEPLOYED, rule="a", value=Answer.NO, file="f.csv", line=2),
        Fact(
            kind=FactKind.WAIVED,
            technique="T1002",
            platform="Linux",
            owner="Ana ä \u2028",
            expiry="2026-12-31",
            date="2026-05-01",
            source="register",
            note="x\ny",
        ),
        Fact(kind=FactKind.TELEMETRY, data="auditd"),
    )
    one = structs.replace(by_hand(), facts=facts)
    data = encode_snapshot(one)

    assert decode_snapshot(data) == one
    assert data.splitlines()[-3:] == [
        b' {"kind":"telemetry","data":"auditd"}',
        b"]",
        b"}",
    ]
    assert b'\n {"kind":"deployed","value":"no","rule":"a","file":"f.csv","line":2},\n' in data
    assert b"facts" not in encode_snapshot(by_hand())
    with pytest.raises(HistoryError, match="damaged: Invalid enum value 'deplyed'"):
        decode_snapshot(data.replace(b'"deployed"', b'"deplyed"'))


def test_every_field_but_places_survives():
    rule = make_rule(
        make_mapping(
            "T1001.001",
            ENTRY,
            role=Role.CLAIM,
            entry=3,
            parent_id="T1001",
            technique_name="N",
            technique_url="https://x/",
            tactic_url="https://y/",
            framework="Other",
        ),
        make_mapping(None, "TA0009"),
        state=make_state("deprecated", "signal", "hunt", "no", "metadata.x"),
        platforms=("Linux", "Windows"),
        tags=("a", "b"),
        severity="",
        paired=False,
        column=Stated(value="runtime", field="tags"),
        reads=("logs",),
        container_fields=("container.id",),
        amends={"tags": "append"},
        attack_version="14.1",
    )
    snapshot = Snapshot(date="2026-05-04", corpus=make_corpus(rule), hashes={})
    (back,) = decode_snapshot(encode_snapshot(snapshot)).corpus.rules
    assert back == structs.replace(
        rule, place=NOWHERE, mappings=tuple(map(unplaced, rule.mappings))
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "damaged: Input data was truncated"),
        (BY_HAND.encode()[:-40], "damaged: Input data was truncated"),
        (b"[]", "damaged: Expected `object`, got `array`"),
        (b'{"format": "x", "format_version": 1}', "not a snapshot"),
        (
            BY_HAND.replace('version": 1', 'version": 2').encode(),
            "a snapshot of format 2, which a newer detcov wrote",
        ),
        (BY_HAND.replace("[1,1]", "[1,7]").encode(), "damaged: a rule refers to what isn't there"),
        (BY_HAND.replace("[1,1]", "[1,-1]").encode(), "damaged: a rule refers to what isn't there"),
        (BY_HAND.replace("2026-05-04", "4 May").encode(), "damaged: '4 May' is no date"),
    ],
)
def test_a_damaged_snapshot_is_said(data, message):
    with pytest.raises(HistoryError) as raised:
        decode_snapshot(data)
    assert str(raised.value) == message


def test_the_hashes_of_what_was_read_are_noted(tmp_path):
    (tmp_path / "a.toml").write_text("1")
    (tmp_path / "b.md").write_text("2")
    hashes = {}
    source = NotedSource(FolderSource(label="ours", root=tmp_path), hashes)
    assert [one.path for one in source.documents(frozenset({".toml"}))] == ["a.toml", "b.md"]
    assert (source.label, hashes) == ("ours", {("ours", "a.toml"): blob_id(b"1")})


def test_all_of_a_rule_is_kept_but_places_and_references():
    """A new field of a rule has to be kept, or named here."""
    rule = make_rule(
        make_mapping("T1002", ENTRY),
        format="falco",
        attack_version="13.1",
        amends={"tags": "append"},
        reads=("logs-*",),
        container_fields=("container.id",),
        tags=("x",),
        paired=False,
        column=Stated(value="runtime", field="tags"),
    )
    left_out = {"place", "tag_places", "references", "mappings"}
    snapshot = Snapshot(date="2026-05-04", corpus=make_corpus(rule), hashes={})
    (kept,) = decode_snapshot(encode_snapshot(snapshot)).corpus.rules
    for name in set(Rule.__struct_fields__) - left_out:
        assert getattr(kept, name) == getattr(rule, name), name
    assert kept.mappings == tuple(map(unplaced, rule.mappings))


def test_overrides_read_from_git_and_from_a_snapshot_are_the_same(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "- rule: Alpha\n  desc: Ours\n  condition: evt.type = open\n  output: x\n"
        "  priority: NOTICE\n  tags: [mitre_execution, T1059]\n"
    )
    (tmp_path / "b.yaml").write_text(
        "- rule: Alpha\n  tags: [T1609, T9999]\n  override: {tags: append}\n"
    )
    corpus = read_corpus([FolderSource(label="ours", root=tmp_path)])
    snapshot = Snapshot(date="2026-05-04", corpus=corpus, hashes={})
    again = decode_snapshot(encode_snapshot(snapshot)).corpus
    one, other = (build_study(each, load_release("19.0")) for each in (corpus, again))
    # A snapshot keeps no places, by which findings are sorted.
    codes = [sorted(found.code for found in study.findings) for study in (one, other)]
    assert codes[0] == codes[1]
    assert other.coverage == one.coverage
