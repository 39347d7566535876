from pathlib import Path

import pytest
import tomli
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detcov import api
from detcov.load import elastic
from detcov.load.corpus import read_corpus
from detcov.load.parsed import ParseError
from detcov.load.toml_text import read, read_toml
from detcov.model import ParseFailure, Place, Role, Rule
from detcov.source import Document, FolderSource, blob_id

BAD = Path(__file__).parents[1] / "corpus" / "elastic" / "bad"
RULE = b'[rule]\nrule_id = "a"\nname = "A"\n'


class Made:
    """A source of bytes by path."""

    label = "made"

    def __init__(self, **files):
        self._files = files

    def documents(self, _suffixes):
        for name, data in self._files.items():
            yield Document(
                label="made", path=f"{name}.toml", key=blob_id(data), read=lambda data=data: data
            )


def test_each_bad_file_is_one_line_with_its_place():
    corpus = read_corpus([FolderSource(label="bad", root=BAD)])
    assert corpus.rules == ()
    assert [str(failure) for failure in corpus.failures] == [
        "bad_date.toml:2:17: not TOML: Invalid date or datetime",
        "broken.toml:3:10: not TOML: Invalid value",
        "twice.toml:3:11: not TOML: Cannot overwrite a value",
        "unterminated.toml:2:21: not TOML: Unterminated string",
    ]
    assert [str(each) for each in corpus.passed_over] == [
        "blank.toml: empty",
        "empty.toml: empty",
        "yaml.toml: no format matched",
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (RULE + b'x = "caf\xe9"\n', "a.toml:4:9: not UTF-8: byte 0xe9"),
        ("[rule]\nx = 'é".encode() + b"\xff'", "a.toml:2:7: not UTF-8: byte 0xff"),
        ("[rule]".encode("utf-16"), "a.toml:1:1: not UTF-8: byte 0xff"),
        (b"[rule]\nname = \x00\n", "a.toml:2:8: not TOML: Invalid value"),
        (b'[rule]\nname = "\x00"\n', "a.toml:2:9: not TOML: Illegal character '\\x00'"),
        (b"[rule]\r\nname =\r\n", "a.toml:2:7: not TOML: Invalid value"),
        (b"[rule]\nx = " + b"[" * 10_000, "a.toml: not TOML that can be read: nested too deep"),
        (
            b"[rule]\n" + b".".join([b"a"] * 10_000) + b" = 1",
            "a.toml: not TOML that can be read: nested too deep",
        ),
    ],
)
def test_what_a_failure_says(data, message):
    corpus = read_corpus([Made(good=RULE, a=data)])
    assert [str(failure) for failure in corpus.failures] == [message]
    assert [rule.path for rule in corpus.rules] == ["good.toml"], "the run goes on"


def test_a_failures_place_has_offsets():
    corpus = read_corpus([Made(a="\ufeff[rule]\r\nname = é".encode())])
    (failure,) = corpus.failures
    assert failure == ParseFailure(
        source="made",
        path="a.toml",
        message="not TOML: Invalid value",
        place=Place(line=2, column=8, start=16, end=16),
    )


def test_a_byte_order_mark_and_cr_lf_move_no_offset():
    text = (
        '\ufeff[rule]\r\nrule_id = "a"\r\n[[rule.threat]]\r\n'
        '[[rule.threat.technique]]\r\nid = "T1610"\r\n'
    )
    (rule,) = read_corpus([Made(a=text.encode())]).rules
    at = text.index("T1610")
    assert rule.mappings[0].place == Place(line=5, column=7, start=at, end=at + 5)


def test_a_name_and_a_finding_of_it_are_no_longer_than_can_be_read(tmp_path):
    name, tag = "n" * 1_000_000 + "end", "attack.t1x" + "0" * 1_000_000
    (tmp_path / "a.yml").write_text(
        f"title: {name}\nlogsource: {{product: linux}}\ndetection: {{a: {{b: 1}}, condition: a}}\n"
        f"tags: [{tag}]\n"
    )
    corpus = read_corpus((FolderSource(label="x", root=tmp_path),))
    (shown,) = (rule.name for rule in corpus.rules)
    assert len(shown) == 1_000
    assert shown.startswith("nnn")
    assert shown.endswith("nnend")
    findings = api.study_of(corpus, api.load_release("19.0")).findings
    assert max(len(finding.message) for finding in findings) == 1_000
    assert any(one.message.endswith("0' is no technique id") for one in findings)


def test_a_file_of_another_kind_is_counted_and_no_failure():
    corpus = read_corpus([Made(a=b"[tool.ruff]\nx = 1\n", b=b"[rule]\nx = 1\n", c=RULE)])
    assert (len(corpus.rules), corpus.failures, corpus.ignored) == (1, (), 2)


@pytest.mark.parametrize("depth", [10, 100, 500, 900, 2_000])
@pytest.mark.parametrize(
    "text",
    [
        "[[rule.threat]]\n{dots} = 'x'",
        "threat.{dots} = 'x'",
        "[rule.threat.{dots}]",
        "threat = {open}{close}",
        "tags = {open}'x'{close}",
    ],
)
def test_no_depth_is_an_error_of_its_own(text, depth):
    text = text.format(dots=".".join(["a"] * depth), open="[" * depth, close="]" * depth)
    corpus = read_corpus([Made(a=RULE + text.encode())])
    assert len(corpus.rules) + len(corpus.failures) == 1


# Text that is nearly TOML, and nearly a rule.
_PIECES = st.sampled_from(
    [
        *("[rule]", "[[rule.threat]]", "[[rule.threat.technique]]", "[rule.threat.tactic]"),
        *("id", "name", "tags", "threat", "technique", '"T1059"', "'Tactic: X'"),
        *("=", " = ", ".", ",", "[", "]", "{", "}", "\n", "\r\n", " ", "\ufeff", "\0", "\x85"),
        *('"', "'", '"""', "'''", "\\", "#", '"\\ud800"'),
        *("1e400", "2026-02-31", "07:32:00", "0x_1", "9" * 5000, "inf", "true"),
    ]
)
_TEXTS = st.one_of(st.text(), st.lists(_PIECES, max_size=25).map("".join))


@settings(max_examples=300)
@given(_TEXTS)
@example("rule.name=''\nrule.tags=[\"Tactic: \"]")
@example('rule.name=""\ntags="\'\'\'"')
@example("[rule]\nname=''\nthreat=[[[{}]]]")
@example("[[rule.threat]]\n[rule]\nname=''")
def test_any_text_is_a_rule_or_refused(text):
    try:
        file = read(text)
    except ParseError:
        return
    rules = elastic.rules(file, "made.toml")
    if rules is None:
        return
    (rule,) = rules
    assert isinstance(rule, Rule)
    for mapping in rule.mappings:
        if mapping.place.exact and mapping.role is not Role.TACTIC:
            assert text[mapping.place.start : mapping.place.end] == mapping.technique_id


@given(st.binary())
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf\xef\xbb\xbf")
def test_any_bytes_are_a_rule_or_a_failure_or_ignored(data):
    corpus = read_corpus([Made(a=data)])
    assert len(corpus.rules) + len(corpus.failures) + corpus.ignored == 1


@settings(max_examples=300)
@given(_TEXTS)
@example("a = 1979-05-27T07:32:00Z")
@example("a = 1e400")
def test_the_faster_parser_says_what_tomli_says(text):
    try:
        expected = tomli.loads(text)
    except (ValueError, RecursionError):
        expected = None
    try:
        found = read_toml(text)
    except ParseError:
        found = None
    if found is None or expected is None:
        # A byte order mark is no TOML to tomli; rtoml skips one.
        assert found == expected or text.startswith("\ufeff")
    else:
        assert repr(found).replace("TzInfo(UTC)", "datetime.timezone.utc") == repr(expected)
