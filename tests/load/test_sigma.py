"""Sigma rules: what is read of rules made here, and of any text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detcov.attack.foreign import foreign_domain
from detcov.attack.store import load_release
from detcov.load import sigma
from detcov.load.corpus import read_corpus
from detcov.load.parsed import ParseError
from detcov.load.yaml_text import read
from detcov.model import Role
from detcov.source import FolderSource
from detcov.study import build_study
from real import Files, releases

CLAIM, TACTIC = Role.CLAIM, Role.TACTIC


CORPUS = Path(__file__).parents[1] / "corpus" / "sigma"
ID = "5d0a4b8e-1111-4000-8000-0000000000{:02}"


def read_text(text, path="rule.yml"):
    return read_corpus([Files(label="s", files={path: text.encode("utf-8", "surrogatepass")})])


def good(name):
    """The rules of a file, in their order, and its text."""
    path = CORPUS / "good" / name
    corpus = read_corpus([FolderSource(label="s", root=path)])
    assert corpus.failures == ()
    return corpus.rules, path.read_text(encoding="utf-8")


def brief(rule, text):
    """Each mapping: what it states, and where; with the text at its place, if that is known."""
    found = []
    for one in rule.mappings:
        place = one.place
        stated = one.technique_id if one.role is CLAIM else one.tactic_name or one.tactic_id
        if place.exact:
            before = text[: place.start]
            line, column = before.count("\n") + 1, place.start - before.rfind("\n")
            assert (place.line, place.column) == (line, column)
        found.append((one.role, stated, place.line, text[place.start : place.end]))
    return found


def test_a_rule():
    (rule,), text = good("plain.yml")

    assert str(rule.key) == f"s:sigma:{ID.format(1)}"
    assert (rule.name, rule.severity, rule.paired) == ("Pod Created", "high", False)
    assert (rule.place.line, rule.place.exact) == (1, False)
    assert [(one.value, one.field) for one in rule.platforms] == [
        ("Containers", "logsource.product kubernetes")
    ]
    assert (rule.column.value, rule.column.field) == (
        "control plane",
        "logsource.product kubernetes",
    )
    assert rule.reads == ("product kubernetes", "service audit")
    assert rule.container_fields == ("objectRef.resource",)
    assert rule.references == ("https://attack.mitre.org/techniques/T1059/",)
    assert brief(rule, text) == [
        (TACTIC, "execution", 14, "execution"),
        (CLAIM, "T1610", 15, "t1610"),
    ], "actors, other namespaces and comments are no mappings"
    assert rule.defects == ()


@pytest.mark.parametrize(
    ("name", "mappings"),
    [
        (
            "quoted_and_flow.yml",
            [
                (TACTIC, "execution", 13, "execution"),
                (CLAIM, "T1610", 13, "t1610"),
                (CLAIM, "T1609", 13, "T1609"),
            ],
        ),
        ("one_tag.yml", [(CLAIM, "T1610", 13, "t1610")]),
        ("odd_tags.yml", [(CLAIM, "T1610", 14, "t1610")]),
        ("no_tags.yml", []),
        ("null_tags.yml", []),
        ("twice.yml", [(CLAIM, "T1610", 16, "t1610")]),
        ("alias.yml", [(CLAIM, "T1610", 15, ""), (TACTIC, "execution", 16, "execution")]),
        (
            "irregular.yml",
            [
                (CLAIM, "T1021-002", 14, "T1021-002"),
                (CLAIM, "t1498-DOS", 15, "t1498-DOS"),
                (CLAIM, "TT1482", 16, "TT1482"),
                (CLAIM, "1070.002", 17, "1070.002"),
                (CLAIM, "t107.004", 18, "t107.004"),
                (TACTIC, "Defense Evasion", 19, "Defense Evasion"),
                (TACTIC, "credential_access", 20, "credential_access"),
                (TACTIC, "credential_dumping", 21, "credential_dumping"),
                (TACTIC, "TA0040", 22, "ta0040"),
                (TACTIC, "TA004", 23, "TA004"),
                (CLAIM, "", 24, ""),
                (CLAIM, "T1611", 25, "T1611"),
                (CLAIM, "aml.t0051", 26, "aml.t0051"),
            ],
        ),
    ],
)
def test_mappings_and_their_places(name, mappings):
    (rule,), text = good(name)

    assert brief(rule, text) == mappings


@pytest.mark.parametrize(
    ("name", "defects"),
    [
        (
            "irregular.yml",
            [
                ("tactic-malformed", "attack.Defense Evasion", 19, "attack.defense-evasion"),
                ("tactic-malformed", "attack.credential_access", 20, "attack.credential-access"),
                ("tactic-malformed", "attack.credential_dumping", 21, "attack.credential-dumping"),
                ("other-object", "attack.ds0005", 27, None),
            ],
        ),
        (
            "odd_tags.yml",
            [
                ("not-text", "null", 15, None),
                ("not-text", "null", 16, None),
                ("not-text", "1059.001", 17, None),
                ("not-text", "2024", 18, None),
                ("not-text", "true", 19, None),
                ("not-text", "a list or table", 20, None),
                ("not-text", "a list or table", 21, None),
            ],
        ),
        (
            "twice.yml",
            [("duplicate-key", "tags", 15, None), ("duplicate-key", "level", 17, None)],
        ),
    ],
)
def test_defects(name, defects):
    (rule,), _ = good(name)

    found = [(one.kind, one.subject, one.place.line, one.meant) for one in rule.defects]
    assert found == defects


def test_a_collection():
    """Two rules with the fields, the tags and the severity of a part before, and none's id."""
    (first, second), text = good("global.yml")

    assert [first.key.native_id, second.key.native_id] == ["global.yml#0", "global.yml#1"]
    assert first.name == second.name == "Shell in a Container, From Two Logs"
    assert (first.severity, second.severity) == ("medium", "high")
    assert first.state.lifecycle.value == second.state.lifecycle.value == "test"
    assert [one.column.value for one in (first, second)] == ["runtime", "control plane"]
    tags = [(TACTIC, "execution", 6, "execution"), (CLAIM, "T1609", 7, "t1609")]
    assert brief(first, text) == brief(second, text) == tags
    assert (first.place.line, second.place.line) == (12, 18)


def test_a_collection_of_one_has_its_id():
    (rule,), text = good("global_one.yml")

    assert rule.key.native_id == ID.format(11)
    assert brief(rule, text) == [(CLAIM, "T1609", 13, "t1609")]


def test_repeat_takes_the_rule_before_and_reset_forgets_the_global_part():
    (first, second, third), text = good("repeat_and_reset.yml")

    assert [one.name for one in (first, second, third)] == ["First", "Second", "Third"]
    assert second.reads == ("product linux", "service auditd")
    assert brief(second, text) == brief(first, text) == [(CLAIM, "T1609", 10, "t1609")]
    assert (third.severity, third.mappings) == ("", ())


def test_several_rules_in_a_file():
    (first, second), text = good("several.yml")

    assert [one.key.native_id for one in (first, second)] == [ID.format(15), "several.yml#1"]
    assert brief(first, text) == [(CLAIM, "T1610", 14, "t1610")]
    assert brief(second, text) == [(CLAIM, "T1611", 29, "t1611")]


def test_a_correlation_and_the_rule_it_counts():
    root = CORPUS / "states" / "rules" / "correlated.yml"
    correlation, counted = read_corpus([FolderSource(label="s", root=root)]).rules

    assert [one.state.live for one in (correlation, counted)] == [True, False]
    assert correlation.platforms == counted.platforms
    assert [one.value for one in counted.platforms] == ["Containers"]

    several = root.read_text().replace(
        "    - registry_login_failed", "    - registry_login_failed\n    - x"
    )
    several += (
        "---\ntitle: X\nname: x\nlogsource: {product: docker, service: y}\ndetection: {a: {b: 1}}\n"
    )
    assert read_text(several).rules[0].reads == ("product docker",), "what they share"
    assert read_text(several.replace("{product: docker", "{product: z")).rules[0].reads == ()

    text = root.read_text().replace("correlation:", "correlation:\n  generate: true")
    assert [one.state.live for one in read_text(text).rules] == [True, True]


def test_one_id_in_two_places_is_one_rule_with_what_both_state():
    text = (CORPUS / "good" / "plain.yml").read_text()
    other = text.replace("kubernetes", "linux").replace("attack.t1610", "attack.t1611")
    files = {"a.yml": text.encode(), "b/c.yml": other.encode(), "d.yml": b"title: none\n"}

    study = build_study(
        read_corpus([Files(label="s", files=files)]), load_release("19.0", cache_dir=None)
    )

    assert study.corpus.canonical == (0, 0)
    assert study.corpus.counted("live").platforms == {0: {"Containers", "Linux"}}
    assert study.rules_of("T1610") == study.rules_of("T1611") == (0,)
    assert [(one.code, one.path) for one in study.findings if one.severity == "error"] == [
        ("R202", "a.yml"),
        ("R202", "b/c.yml"),
    ]


@pytest.mark.parametrize(
    ("related", "former"),
    [
        ("[{id: a, type: renamed}]", ("a",)),
        ("[{id: a, type: renamed}, {type: renamed, id: b}, {id: a, type: renamed}]", ("a", "b")),
        # These are other rules, which may be in use (the Sigma specification, "related").
        *(
            (f"[{{id: a, type: {kind}}}]", ())
            for kind in ("derived", "obsolete", "obsoletes", "merged", "similar", "Renamed", "~")
        ),
        ("{id: a, type: renamed}", ()),
        ("[renamed, ~, [a], {id: 3, type: renamed}, {type: renamed}, {id: ''}]", ()),
        ("a", ()),
        ("~", ()),
    ],
)
def test_an_id_that_the_rule_had_before(related, former):
    text = "title: t\nlogsource: {product: linux}\ndetection: {condition: x}\nrelated: "
    corpus = read_text(f"{text}{related}\n")
    assert (corpus.failures, [one.former for one in corpus.rules]) == ((), [former])


def test_irregular_ids_count_where_they_are_read_and_are_told_with_the_right_form():
    corpus = read_corpus([FolderSource(label="s", root=CORPUS / "good" / "irregular.yml")])

    study = build_study(
        corpus,
        load_release("19.0", cache_dir=None),
        known=releases(),
        foreign=foreign_domain,
    )

    read = ("T1021.002", "T1070.002", "T1482", "T1498", "T1611")
    # T1070.002 is revoked: its successor counts.
    covered = [key for key, one in study.coverage.techniques.items() if one.rules]
    assert covered == sorted({*read, "T1685.006"} - {"T1070.002"})
    found = {(one.code, one.subject): one.fix for one in study.findings}
    assert {key[1]: fix for key, fix in found.items() if key[0] == "M101"} == {
        "T1021-002": "t1021.002",  # as Sigma writes its tags
        "t1498-DOS": "t1498",
        "TT1482": "t1482",
        "1070.002": "t1070.002",
        "t107.004": None,
        "": None,
    }
    assert {key[1]: fix for key, fix in found.items() if key[0] == "M115"} == {
        "attack.Defense Evasion": None,  # what it is called now is told by D113
        "attack.credential_access": "attack.credential-access",
        "TA004": "TA0004",
    }
    assert {key for key in found if key[0] in {"M113", "M119", "M121"}} == {
        ("M113", "credential_dumping"),
        ("M119", "attack.ds0005"),
        ("M121", "aml.t0051"),
    }


def test_what_is_no_rule_is_counted_and_nothing_more():
    corpus = read_corpus([FolderSource(label="s", root=CORPUS / "good")])

    assert corpus.failures == ()
    quiet = {"filter.yml", "values.yaml", "regression_data/rule/info.yml"}
    assert not quiet & {rule.path for rule in corpus.rules}
    assert corpus.ignored == len(quiet)


def test_each_bad_file_is_one_line_with_its_place():
    corpus = read_corpus([FolderSource(label="bad", root=CORPUS / "bad")])

    assert corpus.rules == ()
    assert [str(failure) for failure in corpus.failures] == [
        "bomb.yml:9:40: not YAML that can be read: aliases that add over 100,000 values",
        "deep.yml:4:131: not YAML that can be read: nested too deep",
        "key.yml:4:3: not YAML that can be read: a key that is no plain value",
        "object.yml:4:7: not YAML that is read: the tag !!python/object/apply:os.system",
        "tab.yml:3:1: not YAML: a tab, where only spaces may stand",
        "unclosed.yml:5:6: not YAML: did not find expected ',' or ']'",
        "unknown_alias.yml:5:5: not YAML that can be read: an unknown alias",
        "windows_1252.yml:1:11: not UTF-8: byte 0xe9",
    ]


@pytest.mark.parametrize("before", ["", "\ufeff"], ids=["plain", "bom"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("name", ["plain.yml", "irregular.yml", "global.yml", "several.yml"])
def test_line_ends_and_marks_change_nothing_but_places(name, end, before):
    rules, text = good(name)
    changed = before + text.replace("\n", end)

    found = read_text(changed, name).rules

    assert [[one[:3] for one in brief(rule, changed)] for rule in found] == [
        [one[:3] for one in brief(rule, text)] for rule in rules
    ]
    assert [one.key.native_id for one in found] == [one.key.native_id for one in rules]


def test_a_hard_space_behind_a_tag_is_part_of_it():
    text = (CORPUS / "good" / "one_tag.yml").read_text().replace("t1610", "t1610\xa0")
    (rule,) = read_text(text).rules

    assert rule.mappings[0].technique_id == "t1610\xa0", "which is read as T1610, and told"


@pytest.mark.parametrize(
    ("source", "platforms", "column"),
    [
        ("product: windows", [("Windows", "logsource.product windows")], "other"),
        ("{product: Linux, category: x}", [("Linux", "logsource.product linux")], "node"),
        ("product: docker", [("Containers", "logsource.product docker")], "runtime"),
        ("{product: aws, service: cloudtrail}", [("IaaS", "logsource.product aws")], "other"),
        (
            "{product: azure, service: signinlogs}",
            [("Identity Provider", "logsource.service signinlogs")],
            "other",
        ),
        (
            "{product: gcp, service: google_workspace.admin}",
            [("Office Suite", "logsource.service google_workspace.admin")],
            "other",
        ),
        ("category: proxy", [], "other"),
        ("{product: zeek, service: dns}", [], "other"),
        ("[linux]", [], "other"),
        ("{product: [linux]}", [], "other"),
    ],
)
def test_platforms_and_column_by_log_source(source, platforms, column):
    text = f"title: X\nlogsource: {source}\ndetection: {{condition: a, a: {{b: 1}}}}\n"
    text = text.replace("logsource: p", "logsource:\n  p").replace(
        "logsource: c", "logsource:\n  c"
    )
    (rule,) = read_text(text).rules

    assert [(one.value, one.field) for one in rule.platforms] == platforms
    assert rule.column.value == column


def test_a_clouds_rule_on_clusters_is_of_the_control_plane():
    text = """\
title: X
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventSource: eks.amazonaws.com}
  condition: selection
"""
    (rule,) = read_text(text).rules
    (other,) = read_text(text.replace("aws,", "okta,")).rules

    assert (rule.column.value, rule.column.field) == (
        "control plane",
        "detection eks.amazonaws.com",
    )
    assert rule.platform_names == {"Containers", "IaaS"}
    assert other.column.value == "other"


RULE = (CORPUS / "good" / "plain.yml").read_text()
PIECES = st.sampled_from(
    [
        *(
            "title: x\n",
            "id: 1\n",
            "tags:\n",
            "  - attack.t1059\n",
            "- attack.execution\n",
            "---\n",
        ),
        *("detection:\n", "  selection: {a: 1}\n", "logsource: {product: linux}\n", "logsource:\n"),
        *("action: global\n", "action: repeat\n", "correlation: {rules: [x]}\n", "status: 1\n"),
        *(
            "tags: [attack.t1, 'attack.t1059', 7]\n",
            "&a ",
            "*a",
            "<<: *a\n",
            "\t",
            "{",
            "]",
            "\ufeff",
        ),
    ]
)


@given(
    st.one_of(
        st.text(),
        st.text().map(lambda junk: RULE + junk),
        st.lists(PIECES, max_size=14).map("".join),
        st.lists(PIECES, max_size=14).map(lambda found: RULE + "".join(found)),
    )
)
def test_any_text_gives_rules_or_is_refused(text):
    corpus = read_text(text)
    assert corpus.rules or corpus.ignored + len(corpus.failures) == 1
    try:
        file = read(text)
        file.check()
    except ParseError:
        return
    for rule in sigma.rules(file, "made.yml") or ():
        for one in rule.mappings:
            if one.place.exact and one.role is CLAIM:
                assert text[one.place.start : one.place.end].upper() == one.technique_id.upper()


@pytest.mark.parametrize(
    ("detection", "rules"),
    [
        ("title: X\ndetection: {condition: a, a: {b: 1}}\ntags: [attack.t1059]\n", 1),
        ("detection: {condition: a, a: {b: 1}}\ntags: [attack.t1059]\n", 0),
        ("title: X\ndetection: {a: {b: 1}}\ntags: [attack.t1059]\n", 0),
        ("title: X\ndetection: high\ntags: [attack.t1059]\n", 0),
        ("title: X\ndetection: {condition: any, patterns: [a]}\ntags: {atlas: [AML.T0051]}\n", 0),
        ("title: X\ndetection: {condition: any, patterns: [a]}\ntags: [owasp, 7]\n", 0),
    ],
)
def test_a_rule_whose_log_source_was_forgotten(tmp_path, detection, rules):
    (tmp_path / "a.yml").write_text(detection)
    found = read_corpus([FolderSource(label="s", root=tmp_path)]).rules

    assert [[one.technique_id for one in rule.mappings] for rule in found] == [["T1059"]] * rules
    assert all(not rule.platforms and rule.column.value == "other" for rule in found)


PAIR = """\
title: One
name: one
tags: [attack.discovery, attack.t1087.002]
logsource: {product: windows}
detection: {condition: a, a: {b: 1}}
---
title: Both
correlation: {type: event_count, rules: [one]}
"""


@pytest.mark.parametrize(("tags", "expected"), [("", []), ("tags: [attack.t1018]\n", ["T1018"])])
def test_a_correlation_maps_what_it_states_itself(tmp_path, tags, expected):
    (tmp_path / "a.yml").write_text(PAIR + tags)
    one, both = read_corpus([FolderSource(label="s", root=tmp_path)]).rules

    assert [mapping.technique_id for mapping in both.mappings] == expected
    assert (one.state.live, both.state.live) == (False, True)


def test_a_correlation_asks_for_what_its_rules_ask_for_and_no_other_document_does(tmp_path):
    cluster = "detection: {condition: a, a: {eventSource: eks.amazonaws.com}}\n"
    text = f"""\
title: Cluster
name: cluster
logsource: {{product: aws}}
{cluster}---
title: Other
logsource: {{product: aws}}
detection: {{condition: a, a: {{eventSource: iam.amazonaws.com}}}}
---
title: Often
correlation: {{type: event_count, rules: [cluster]}}
"""
    (tmp_path / "a.yml").write_text(text)
    corpus = read_corpus([FolderSource(label="s", root=tmp_path)])

    assert {rule.name: rule.column.value for rule in corpus.rules} == {
        "Cluster": "control plane",
        "Other": "other",
        "Often": "control plane",
    }
