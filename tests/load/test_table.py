"""The plain table, as CSV and as YAML: its rows, its places, and any text."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detcov.attack.store import load_release
from detcov.load import csv_text
from detcov.load.corpus import read_corpus
from detcov.load.parsed import ParseError
from detcov.load.table_rows import column_of
from detcov.model import Role
from detcov.source import FolderSource
from detcov.study import build_study

CORPUS = Path(__file__).parents[1] / "corpus"


def good(name):
    corpus = read_corpus([FolderSource(label="good", root=CORPUS / name / "good")])
    assert corpus.failures == ()
    assert corpus.ignored == 1, "a file with other columns"
    assert {rule.key.format for rule in corpus.rules} == {name}
    return {(rule.path, rule.name): rule for rule in corpus.rules}


def said(rule):
    return [
        (one.role.value, one.technique_id, one.tactic_id or one.tactic_name)
        for one in rule.mappings
    ]


def at(text, place):
    return text[place.start : place.end]


def test_rows_of_one_rule_are_one_rule():
    found = good("table")
    text = (CORPUS / "table/good/plain.csv").read_text()
    shell = found["plain.csv", "Shell, in a pod"]

    assert said(shell) == [("claim", "T1609", "Execution"), ("claim", "T1059.004", "execution")]
    assert [at(text, one.place) for one in shell.mappings] == ["T1609", "T1059.004"]
    assert [at(text, one.tactic_name_place) for one in shell.mappings] == ["Execution", "execution"]
    assert [(one.place.line, one.place.column) for one in shell.mappings] == [(2, 19), (4, 19)]
    assert (shell.key.native_id, shell.severity, shell.references) == (
        *("Shell, in a pod", "high", ("https://example.org/1",)),
    )
    assert [(one.value, one.field) for one in shell.platforms] == [
        ("Containers", "platform Kubernetes")
    ]
    assert (shell.column.value, shell.column.field) == ("runtime", "platform Kubernetes")
    tokens = found["plain.csv", "Tokens read"]
    assert said(tokens) == [("claim", "T1552.007", "TA0006")]
    assert tokens.platform_names == {"Containers", "Linux"}
    scanner = found["plain.csv", "Scanner"]
    assert said(scanner) == [("claim", "T1046", "discovery"), ("claim", "T1613", "discovery")]
    assert [at(text, one.place) for one in scanner.mappings] == ["T1046", "T1613"]
    assert scanner.column.value == "node"
    assert said(found["plain.csv", "Miner"]) == [("claim", "T1496", None)]


def test_other_separators_headings_and_line_ends():
    found = good("table")
    text = (CORPUS / "table/good/semicolons.csv").read_bytes().decode()
    first = found["semicolons.csv", "Erste Regel"]

    assert first.key.native_id == "r-1"
    assert said(first) == [
        *[("claim", one, None) for one in ("T1059", "T1610", "T1611")],
        *[("tactic", None, one) for one in ("TA0002", "TA0004")],
        ("claim", "T1053.007", None),
    ], "which technique is under which of several tactics the row doesn't say"
    assert [at(text, one.place) for one in first.mappings] == [
        *("T1059", "T1610", "t1611", "TA0002", "TA0004", "T1053.007")
    ]
    assert [one.place.line for one in first.mappings] == [2, 2, 3, 3, 3, 6]
    assert first.mappings[2].place.column == 1
    assert (first.column.value, first.column.field) == ("control plane", "scope control plane")
    quoted = found["semicolons.csv", 'Say "hi"']
    assert said(quoted) == [("claim", "T1498-DOS", "impact")]
    nameless = found["semicolons.csv", ""]
    assert nameless.key.native_id == "semicolons.csv#2"
    assert said(found["tabs.tsv", "Tabs"]) == [("claim", "T1059", None)]


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("MITRE ATT&CK\u00ae Technique ID", "technique"),
        ("mitre_attack_id", "technique"),
        ("MITRE ATT&CK", "technique"),
        ("Technique (MITRE)", "technique"),
        ("ATTCK technique", "technique"),
        ("MITRE Sub-Technique", "subtechnique"),
        ("subtechnique_id", "subtechnique"),
        ("mitre_tactics", "tactic"),
        ("Attack Tactic", "tactic"),
        ("Use Case Name", "rule"),
        ("detection_name", "rule"),
        ("Attack", None),
        ("Attack Type", None),
        ("Name", None),
        ("Title", None),
        ("Technique Name", None),
        ("", None),
    ],
)
def test_headings_as_others_write_them(heading, column):
    assert column_of(heading) == column


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("T1059,.001,,", [("carrier", "T1059"), ("claim", "T1059.001")]),
        (
            'T1059,"001; 003",,',
            [("carrier", "T1059")] + [("claim", f"T1059.00{n}") for n in (1, 3)],
        ),
        ("T1059,T1059.001,,", [("carrier", "T1059"), ("claim", "T1059.001")]),
        ("T1059,T1105.001,,", [("claim", "T1059"), ("claim", "T1105.001")]),
        (",T1059.001,,", [("claim", "T1059.001")]),
        ("T1105,N/A,,", [("claim", "T1105")]),
        ("T1105,-,,", [("claim", "T1105")]),
        ('"T1059, T1105",.001,,', [("claim", "T1059"), ("claim", "T1105"), ("claim", ".001")]),
    ],
)
def test_sub_techniques_in_a_column_of_their_own(tmp_path, row, expected):
    text = f"Rule,Technique,Sub-technique,Tactic ID,Tactic Name\nR,{row}\n"
    (tmp_path / "a.csv").write_text(text)
    (rule,) = read_corpus([FolderSource(label="made", root=tmp_path)]).rules

    assert [(one.role.value, one.technique_id) for one in rule.mappings] == expected
    for one in rule.mappings:
        assert not one.place.exact or at(text, one.place) == one.technique_id
        above = (one.technique_id or "").partition(".")[0]
        whole = above != one.technique_id and ("carrier", above) in expected
        assert one.parent_id == (above if whole else None)


@pytest.mark.parametrize("none", ["", "N/A", "-"])
def test_a_tactic_beside_no_sub_technique_is_kept(tmp_path, none):
    text = f"Rule,Technique,Sub-technique,Tactic\nR,,{none},Execution\n"
    (tmp_path / "a.csv").write_text(text)
    (rule,) = read_corpus([FolderSource(label="made", root=tmp_path)]).rules

    assert [(one.role.value, one.tactic_name) for one in rule.mappings] == [("tactic", "Execution")]


def test_a_tactic_with_its_id_and_its_name_is_one(tmp_path):
    text = "Rule,Technique,Tactic ID,Tactic Name\nR,T1059,TA0002,Execution\n"
    (tmp_path / "a.csv").write_text(text)
    (rule,) = read_corpus([FolderSource(label="made", root=tmp_path)]).rules
    (one,) = rule.mappings

    assert (one.tactic_id, one.tactic_name) == ("TA0002", "Execution")
    assert (at(text, one.tactic_place), at(text, one.tactic_name_place)) == ("TA0002", "Execution")


def test_a_table_in_yaml():
    found = good("table-yaml")
    text = (CORPUS / "table-yaml/good/plain.yaml").read_text()
    shell = found["plain.yaml", "Shell in a pod"]

    assert said(shell) == [
        ("claim", "T1609", "execution"),
        ("claim", "T1059.004", "TA0002"),
        ("claim", "T1059", "TA0002"),
    ]
    assert [at(text, one.place) for one in shell.mappings] == ["T1609", "T1059.004", "T1059"]
    assert (shell.state.enabled.value, shell.severity) == ("yes", "high")
    assert shell.platform_names == {"Containers", "Linux"}
    odd, seven, twice = (found["plain.yaml", name] for name in ("Odd", "7", "Twice"))
    assert [(one.kind, one.subject) for one in odd.defects] == [("not-text", "1059")]
    assert said(seven) == [("claim", "T1046", "Discovery"), ("claim", "T1613", "Discovery")]
    assert said(twice) == [("claim", "T1110.001", None)]
    assert [one.kind for one in twice.defects] == ["duplicate-key"]


def test_pairs_are_stated_and_the_rest_is_inferred():
    corpus = read_corpus([FolderSource(label="t", root=CORPUS / "table/good/plain.csv")])
    study = build_study(corpus, load_release("19.0", cache_dir=None))

    cells = study.coverage.cells
    assert len(cells["execution", "T1609"].stated) == 1
    assert cells["impact", "T1496"].stated == ()
    assert len(cells["impact", "T1496"].inferred) == 1


@pytest.mark.parametrize(
    ("name", "failures"),
    [
        (
            "table",
            [
                "unclosed.csv:2:1: not CSV: unexpected end of data",
                "windows_1252.csv:2:4: not UTF-8: byte 0xe9",
            ],
        ),
        ("table-yaml", ["tabs.yaml:2:1: not YAML: a tab, where only spaces may stand"]),
    ],
)
def test_bad_files_are_one_line_each(name, failures):
    corpus = read_corpus([FolderSource(label="bad", root=CORPUS / name / "bad")])

    assert corpus.rules == ()
    assert [str(failure) for failure in corpus.failures] == failures


@given(
    st.lists(st.lists(st.text("ab,;\"' \n\té", max_size=6), min_size=1, max_size=4), max_size=6),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_every_value_stands_where_its_place_says(rows, delimiter, end, quote):
    """What the csv module writes is read with places, unless a quote is doubled in a value."""
    out = io.StringIO()
    header = ["a"] * 9
    quoting = csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(
        [header, *rows]
    )
    text = out.getvalue()
    file = csv_text.read(text)

    assert file.rows == [header, *rows]
    for number, row in enumerate(file.rows):
        for column, value in enumerate(row):
            place = file.at(number, column)
            assert place.exact == ('"' not in value)
            assert not place.exact or text[place.start : place.end] == value


_PIECES = st.sampled_from(
    [
        *(
            "rule,technique\n",
            "rule;technique;tactic\n",
            "a,",
            "T1059",
            ",",
            ";",
            "\n",
            "\r\n",
            '"',
        ),
        *('""', "\r", "\0", "\t", " ", "é", "TA0002", "- rule: a\n", "  technique: ", "[", "]"),
    ]
)
_TEXTS = st.one_of(st.text(), st.lists(_PIECES, max_size=25).map("".join))


@pytest.mark.parametrize("suffix", ["csv", "yaml"])
@given(text=_TEXTS)
@example(text='rule,technique\n"a\n')
@example(text="rule,technique\n\n,\na,T1059,b,c\n")
@example(text='rule,technique\na,"T1059\r\n, T1046"\n')
@example(text="- rule: {a: b}\n  technique: {a: b}\n- technique: [[T1059]]\n  rule: a\n")
def test_any_text_gives_rules_or_a_failure(tmp_path_factory, suffix, text):
    path = tmp_path_factory.mktemp("any") / f"rules.{suffix}"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    corpus = read_corpus((FolderSource(label="t", root=path),))

    assert corpus.rules or corpus.failures or corpus.ignored
    for rule in corpus.rules:
        for one in rule.mappings:
            if one.place.exact and one.role is Role.CLAIM:
                assert text[one.place.start : one.place.end].upper() == one.technique_id.upper()


@given(_TEXTS)
def test_the_scan_never_says_what_the_csv_module_does_not(text):
    try:
        file = csv_text.read(text)
    except ParseError:
        return
    for number, row in enumerate(file.rows):
        for column in range(len(row)):
            assert file.at(number, column).line >= 1
