"""Facts from every kind of file: each good row counts, each bad one is a line that says why."""

import csv
import io
import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from detcov.api import read_rules
from detcov.errors import UsageError
from detcov.facts import Answer, Fact, FactKind, Facts
from detcov.load import table_rows
from detcov.load.fact_rows import FIELDS
from detcov.load.facts import read_facts

CSV = """\
# A comment, "with a quote
kind,value,rule,technique,platform,data,date,expiry,owner,source,note

deployed,,elastic:elastic:abc,,,,2026-05-01,,,SIEM,"two
lines"
#deployed,,never,,,,,,,,
TELEMETRY,no,,,,auditd,,,,,"# no comment"
not_applicable,yes,,t1611,Containers,,,,Ana,,
fired,0,Some rule,,,,,,,,
fired,12,Other rule
tested,unknown,,T1610,,,,2026-12-31,,,
"""

FOUND = [
    (4, FactKind.DEPLOYED, Answer.YES, "elastic:elastic:abc"),
    (7, FactKind.TELEMETRY, Answer.NO, "auditd"),
    (8, FactKind.NOT_APPLICABLE, Answer.YES, "T1611 on Containers"),
    (9, FactKind.FIRED, Answer.NO, "Some rule"),
    (10, FactKind.FIRED, Answer.YES, "Other rule"),
    (11, FactKind.TESTED, Answer.UNKNOWN, "T1610"),
]


def read(tmp_path, text, name="facts.csv", **options) -> Facts:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return read_facts(path, **options)


def told(facts: Facts):
    return [(one.place.line if one.place else 0, one.message) for one in facts.failures]


@pytest.mark.parametrize(
    "text", [CSV, f"\ufeff{CSV}", CSV.replace("\n", "\r\n"), CSV.replace(",", ";")]
)
def test_csv(tmp_path, text):
    facts = read(tmp_path, text)

    assert told(facts) == []
    assert [(one.line, one.kind, one.value, one.subject) for one in facts.facts] == FOUND
    assert facts.facts[0].file == str(tmp_path / "facts.csv")
    assert facts.facts[0].note.split() == ["two", "lines"]


YAML = """\
facts:
  # who runs
  - kind: deployed
    rule: abc
    date: 2026-05-01
    value: yes
  - {kind: waived, technique: T1611, platform: Containers, owner: Ana, expiry: 2026-12-31}
  - kind: tested
    rule: 123
    value: no
    note: ~
"""
ITEMS = [
    {"kind": "deployed", "rule": "abc", "date": "2026-05-01", "value": True},
    {
        "kind": "waived",
        "technique": "T1611",
        "platform": "Containers",
        "owner": "Ana",
        "expiry": "2026-12-31",
    },
    {"kind": "tested", "rule": 123, "value": False, "note": None},
]


def test_yaml_and_json_say_the_same(tmp_path):
    expected = [
        Fact(kind=FactKind.DEPLOYED, rule="abc", date="2026-05-01"),
        Fact(
            kind=FactKind.WAIVED,
            technique="T1611",
            platform="Containers",
            owner="Ana",
            expiry="2026-12-31",
        ),
        Fact(kind=FactKind.TESTED, rule="123", value=Answer.NO),
    ]

    def bare(facts):
        assert told(facts) == []
        return [
            Fact(
                **{name: getattr(one, name) for name in FIELDS if name != "value"}, value=one.value
            )
            for one in facts.facts
        ]

    yaml = read(tmp_path, YAML, "facts.yml")
    assert bare(yaml) == expected
    assert [one.line for one in yaml.facts] == [3, 7, 8]
    inside = read(tmp_path, json.dumps({"facts": ITEMS}, indent=1), "facts.json")
    assert bare(inside) == expected
    assert [one.line for one in inside.facts] == [3, 9, 16]
    assert bare(read(tmp_path, json.dumps(ITEMS), "list.json")) == expected


HEAD = "kind,value,rule,technique,platform,data,date,expiry,owner\n"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("deployd,,a", "unknown kind 'deployd'; did you mean deployed?"),
        (
            ",,a",
            "no kind (there are deployed, telemetry, fired, tested, waived, not-applicable)",
        ),
        ("deployed,maybe,a", "value 'maybe' must be yes, no or unknown"),
        ("deployed,3,a", "value '3' must be yes, no or unknown"),
        ("fired,-1,a", "value '-1' must be yes, no or unknown, or how often"),
        ("deployed", "deployed is about rule; the row has none of them"),
        ("deployed,,,T1611", "deployed is about rule; the row has technique"),
        (
            "telemetry,,a,,,auditd",
            "telemetry is about data or rule; the row has rule and data",
        ),
        ("deployed,,a,,Linux", "a platform goes with a technique only"),
        ("deployed,,a,,,,1.5.2026", "date '1.5.2026' is no day such as 2026-05-05"),
        ("deployed,,a,,,,20260501", "date '20260501' is no day such as 2026-05-05"),
        ("deployed,,a,,,,,2026-02-30", "expiry '2026-02-30' is no day such as 2026-05-05"),
        ("waived,,,T1611,,,,2026-12-31,", "waived needs an owner"),
        ("waived,,,T1611,,,,,Ana", "waived needs an expiry"),
        ("not-applicable,,,T1611", "not-applicable needs an owner"),
        ("deployed,,a,,,,,,,,", "11 cells under 9 columns"),
    ],
)
def test_a_bad_row_is_one_line_and_the_rest_counts(tmp_path, row, message):
    facts = read(tmp_path, f"{HEAD}{row}\ndeployed,,good\n")

    assert told(facts) == [(2, message)]
    assert [one.rule for one in facts.facts] == ["good"]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.csv", "", [(1, "nothing in it: the first row names the columns")]),
        ("a.csv", "# nothing\n", [(1, "nothing in it: the first row names the columns")]),
        ("a.csv", "kind,rule\n", []),
        ("a.csv", '"kind\n', [(1, "no CSV from here on: unexpected end of data")]),
        ("a.csv", "kind,kind,rule\n", [(1, "column 'kind' is there twice; the last counts")]),
        ("a.csv", "kind,rule\n".encode("utf-16"), [(1, "UTF-16, not UTF-8")]),
        ("a.csv", b"kind,rule\ndeployed,\0\n", [
            (2, r"rule has a character that no text has: '\x00'")
        ]),
        ("a.csv", "kind,rule\ndeployed," + 131_073 * "x", [
            (2, "no CSV from here on: field larger than field limit (131072)")
        ]),
        ("a.csv", "kind,rule\ndeployed,=1+1\n", [
            (2, "rule '=1+1' is a formula, or what became of one: write its value")
        ]),
        ("a.csv", "kind,rule,owner\ndeployed,a,#REF!\n", [
            (2, "owner '#REF!' is a formula, or what became of one: write its value")
        ]),
        ("a.csv", "kind,rule\ndeplayed," + 99 * "x", [
            (2, "unknown kind 'deplayed'; did you mean deployed?")
        ]),
        ("a.csv", 99 * "x" + ",kind\n", [
            (1, f"unknown field '{59 * 'x'}…'; the column is left out")
        ]),
        (
            "a.csv",
            "kind,rul\ndeployed,a\n",
            [
                (1, "unknown field 'rul'; did you mean rule?; the column is left out"),
                (2, "deployed is about rule; the row has none of them"),
            ],
        ),
        (
            "a.csv",
            "rule\na\n",
            [
                (1, "the first row must name the columns, kind among them"),
            ],
        ),
        (
            "a.csv",
            'kind,rule\ndeployed,"a\n',
            [(2, "no CSV from here on: unexpected end of data")],
        ),
        ("a.csv", b"kind,rule\ndeployed,\xff\n", [(2, "not UTF-8")]),
        ("a.yaml", "", [(1, "nothing in it")]),
        ("a.yaml", "# nothing\n", [(1, "nothing in it")]),
        ("a.yaml", "[]\n", []),
        ("a.yaml", "- kind: deployed\n  note: a\0b\n", [
            (2, "no YAML: control characters are not allowed")
        ]),
        ("a.yaml", "- [kind]: deployed\n", [(1, "each name must be text")]),
        ("a.yaml", "- kind: deployed\n  rule: a\n - b", [
            (3, "no YAML: did not find expected '-' indicator")
        ]),
        ("a.yaml", "&a [*a]\n", [(1, "each fact must be a mapping of names to values")]),
        ("a.yaml", "- [a]\n- a\n", [
            (1, "each fact must be a mapping of names to values"),
            (2, "each fact must be a mapping of names to values"),
        ]),
        ("a.yaml", "kind: deployed\n", [
            (1, "facts must be a list, or a mapping with a list `facts`")
        ]),
        ("a.yaml", "- kind: deployed\n  kind: fired\n", [(1, "kind is there twice")]),
        ("a.yaml", "- kind: [deployed]\n", [(1, "kind must be one value")]),
        ("a.yaml", "- knd: deployed\n", [(1, "unknown field 'knd'; did you mean kind?")]),
        ("a.yaml", "a: b\n---\nc: d\n", [(2, "no YAML: but found another document")]),
        ("a.yaml", "[" * 100_000, [(1, "nested too deep")]),
        ("a.yaml", "- !!python/object/apply:os.system [x]\n", [
            (1, "each fact must be a mapping of names to values")
        ]),
        ("a.json", " \n", [(1, "nothing in it")]),
        ("a.json", "[]", []),
        ("a.json", r'[{"kind": "deployed", "rule": "\ud800"}]', [
            (1, r"rule has a character that no text has: '\ud800'")
        ]),
        ("a.json", "[\n" + 5000 * "9" + "]", [
            (1, "no JSON: a number of too many digits")
        ]),
        ("a.json", "{", [
            (1, "no JSON: Expecting property name enclosed in double quotes")
        ]),
        ("a.json", "\n[1]", [(2, "each fact must be a mapping of names to values")]),
        ("a.json", "{}", [(1, 'facts must be a list, or an object with a list "facts"')]),
        ("a.json", '[{"kind": "fired", "kind": "fired"}]', [(1, "kind is there twice")]),
        ("a.json", '[{"kind": {}}]', [(1, "kind must be one value")]),
        ("a.json", "[" * 100_000, [(1, "nested too deep")]),
    ],
)  # fmt: skip
def test_bad_files(tmp_path, name, text, expected):
    facts = read(tmp_path, text, name)

    assert facts.facts == ()
    assert told(facts) == expected


def test_files_that_are_not_there_or_not_for_reading(tmp_path, without_rights):
    folder, huge, closed = tmp_path / "a.csv", tmp_path / "huge.csv", tmp_path / "closed.csv"
    folder.mkdir()
    huge.write_text(HEAD)
    closed.write_text(HEAD)
    closed.chmod(0)
    paths = [tmp_path / "no.csv", tmp_path / "facts.txt", folder, huge, closed, "nul\0.csv"]

    with without_rights():
        facts = read_facts(*paths, max_bytes=10)

    size = f"{len(HEAD)} bytes, over the limit of 10 (max-bytes)"
    assert [(one.path, one.place, one.message) for one in facts.failures] == [
        (str(paths[0]), None, "can't be read: No such file or directory"),
        (str(paths[1]), None, "facts are read from .csv, .yaml and .json files"),
        (str(paths[2]), None, "can't be read: not a regular file"),
        (str(paths[3]), None, size),
        (str(paths[4]), None, "can't be read: Permission denied"),
        (str(paths[5]), None, "can't be read: no file can have this name"),
    ]
    assert (facts.facts, facts.files) == ((), 6)


def test_the_day_must_be_one():
    with pytest.raises(UsageError, match="need a day such as 2026-05-05"):
        read_facts(date="May")
    assert read_facts(date="2026-05-05") == Facts(date="2026-05-05")


CLASHES = [
    # the same again: the first counts
    (["deployed,,a", "deployed,yes,A"], [2], [(3, "deployed 'A': line 2 says the same")]),
    (["deployed,,a", "deployed,,b", "fired,,a"], [2, 3, 4], []),
    (["tested,,,T1,Linux", "tested,,,T1,", "tested,,,T1,Windows"], [2, 3, 4], []),
    # nobody can tell which is true
    (
        ["deployed,,a", "deployed,no,a", "fired,,a"],
        [4],
        [(3, "deployed 'a': no here, yes in line 2: neither counts")],
    ),
    (
        ["tested,,,T1,Linux", "tested,unknown,,t1,linux", "tested,,,T1,Linux"],
        [],
        [
            (3, "tested 'T1 on linux': unknown here, yes in line 2: neither counts"),
            (4, "tested 'T1 on Linux': line 2 says the same"),
        ],
    ),
    # news of another day, and a waiver that was renewed
    (["deployed,,a,,,,2026-01-01", "deployed,no,a,,,,2026-02-01"], [2, 3], []),
    (["waived,,,T1,,,,2026-05-05,Ana", "waived,,,T1,,,,2026-12-31,Ana"], [2, 3], []),
    # what has expired says nothing
    (["deployed,no,a,,,,,2026-05-04", "deployed,,a"], [2, 3], []),
]


@pytest.mark.parametrize(("rows", "count", "expected"), CLASHES)
def test_rows_that_repeat_or_contradict_each_other(tmp_path, rows, count, expected):
    facts = read(tmp_path, HEAD + "".join(f"{row}\n" for row in rows), date="2026-05-05")

    assert [one.line for one in facts.facts] == count
    assert told(facts) == expected


def test_rows_of_two_files_that_contradict_each_other(tmp_path):
    first, second = tmp_path / "a.csv", tmp_path / "b.json"
    first.write_text(f"{HEAD}bad\ndeployed,,a\n")
    second.write_text('[{"kind": "deployed", "rule": "a", "value": false}, {"kind": "fired"}]')

    facts = read_facts(second, first)

    assert facts.facts == ()
    assert list(map(str, facts.failures)) == [
        f"{second}:1:1: fired is about rule; the row has none of them",
        f"{first}:2:1: unknown kind 'bad'",
        f"{first}:3:1: deployed 'a': yes here, no in {second}:1: neither counts",
    ]


@pytest.mark.parametrize(
    ("expiry", "date", "expired"),
    [
        ("2026-05-05", "2026-05-05", False),
        ("2026-05-05", "2026-05-06", True),
        ("", "2026-05-06", False),
        ("2026-05-05", None, False),
    ],
)
def test_a_fact_holds_on_the_day_it_expires(expiry, date, expired):
    assert Fact(kind=FactKind.TESTED, rule="a", expiry=expiry).expired(date) is expired


def test_what_ends_a_line_is_what_an_editor_ends_it_at(tmp_path):
    head = "kind,rule,note\n"
    facts = read(tmp_path, f"{head}deployed,a,one\u2028two\x85three\ndeployed,b,\n")

    assert told(facts) == []
    assert [(one.line, one.rule) for one in facts.facts] == [(2, "a"), (3, "b")]


def test_what_a_spreadsheet_makes_of_comments(tmp_path):
    facts = read(tmp_path, '"# Facts, of ours",,\nkind,rule,\n"# one, two",,\ndeployed,a,\n')

    assert told(facts) == []
    assert [(one.line, one.rule) for one in facts.facts] == [(4, "a")]


WORDS = st.sampled_from(
    ["kind", "rule", "technique", "waived", "deployed", "tested", "T1001", "2026-05-05", "yes"]
)
MARKS = st.sampled_from([*',;\n"#{}[]:- &*!|>%@\t', "facts:", "\r\n", "\0"])
TEXTS = st.one_of(st.text(st.characters(codec="utf-8")), st.lists(WORDS | MARKS).map("".join))


@pytest.mark.parametrize("suffix", [".csv", ".json", ".yaml"])
@given(text=TEXTS)
def test_any_text_gives_facts_or_failures(tmp_path_factory, suffix, text):
    facts = read(tmp_path_factory.getbasetemp(), text, f"any{suffix}")

    for one in facts.facts:
        assert one.subject
        for name in FIELDS:
            getattr(one, name).encode("utf-8")
    for one in facts.failures:
        assert one.place.line >= 1
        assert one.message


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["deployed", "fired"]),
            "rule": st.text("ab, \"';#\n", min_size=1).map(lambda text: f"x{text}x"),
            "note": st.text(st.characters(exclude_categories=["C", "Z"])).map(lambda t: f"n{t}"),
        }
    ),
    min_size=1,
    # Two rows of one subject clash.
    unique_by=lambda row: (row["kind"], row["rule"]),
)


@given(rows=ROWS)
def test_what_is_written_is_read(tmp_path_factory, rows):
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, ["kind", "rule", "note"])
    writer.writeheader()
    writer.writerows(rows)
    texts = {".csv": out.getvalue(), ".json": json.dumps(rows), ".yaml": yaml.safe_dump(rows)}

    for suffix, text in texts.items():
        facts = read(tmp_path_factory.getbasetemp(), text, f"made{suffix}")
        assert told(facts) == []
        assert [{"kind": f.kind, "rule": f.rule, "note": f.note} for f in facts.facts] == rows


def test_a_file_of_facts_is_no_table_of_rules(tmp_path):
    rows = "kind,value,rule,technique\n# a comment\nnot applicable,,,T1611\n"
    (tmp_path / "facts.csv").write_text(rows)
    (tmp_path / "facts.yaml").write_text("- {kind: Tested, rule: '', technique: T1611}\n")
    (tmp_path / "rules.csv").write_text("kind,rule,technique\nhunt,A rule,T1611\n")

    corpus = read_rules(tmp_path)

    assert ([rule.name for rule in corpus.rules], corpus.ignored) == (["A rule"], 2)
    assert corpus.failures == ()
    assert set(FactKind) == table_rows._FACTS


def test_a_pattern_has_a_length_limit(tmp_path):
    """40,000 brackets took three quarters of a minute to be made a regular expression."""
    path = tmp_path / "facts.csv"
    rows = ["kind,rule", "deployed,*" + "a" * 499, "deployed," + "[" * 501, "deployed," + "a" * 600]
    path.write_text("\n".join(rows), encoding="utf-8")
    facts = read_facts(path)
    assert [len(fact.rule) for fact in facts.facts] == [500, 600]
    assert [(one.place.line, one.message) for one in facts.failures] == [
        (3, "rule is a pattern of 501 characters; 500 is the most")
    ]
