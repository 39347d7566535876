import pytest
from msgspec import structs

from detcov.report.findings import render_findings
from report.study_sample import sample

UNKNOWN = "4.toml:7:3: error M102 T9999 is not in ATT&CK Enterprise 10.0"
RENAMED = "drift D107 TA0005 is Silence, not 'Hiding'; what is mapped there is in Breaking"
TAG = "note R206 the rule maps {0}, but has no tag 'Tactic: {0}'"
TOTAL = (
    "5 rules, ATT&CK Enterprise 10.0: 1 error, 0 warnings, 4 notes, 2 drift, 2 files unread, "
    "1,234 files passed over (--show-ignored lists them)"
)
NOTES = "note R206 threat-without-tag: 4 (--show note lists them)"
DRIFT = [
    "drift D105 technique-not-in-tactic: 1 (--show drift lists them)",
    "drift D107 tactic-name-mismatch: 1 (--show drift lists them)",
]


@pytest.mark.parametrize(
    ("show", "lines"),
    [
        ("error", [UNKNOWN, NOTES, *DRIFT, TOTAL]),
        ("warning", [UNKNOWN, NOTES, *DRIFT, TOTAL]),
        (
            "note",
            [
                f"0.toml:10:1: {TAG.format('Running Code')}",
                f"1.toml:10:1: {TAG.format('Running Code')}",
                f"2.toml:10:1: {TAG.format('Hiding')}",
                UNKNOWN,
                f"4.toml:7:3: {TAG.format('Running Code')}",
                *DRIFT,
                TOTAL,
            ],
        ),
        (
            "drift",
            [
                f"0.toml:10:1: {TAG.format('Running Code')}",
                f"1.toml:10:1: {TAG.format('Running Code')}",
                "2.toml:10:1: drift D105 T1004 was in Hiding until 9.0; it is in Breaking instead",
                f"2.toml:10:1: {RENAMED}",
                f"2.toml:10:1: {TAG.format('Hiding')}",
                UNKNOWN,
                f"4.toml:7:3: {TAG.format('Running Code')}",
                TOTAL,
            ],
        ),
    ],
)
def test_a_line_each_or_their_sum(show, lines):
    assert render_findings(sample(), show=show) == "".join(f"{line}\n" for line in lines)


def test_one_rule_is_one_rule():
    study = sample()
    corpus = structs.replace(study.corpus, rules=study.corpus.rules[:1], failures=())
    text = render_findings(structs.replace(study, corpus=corpus), findings=())
    assert text.startswith("1 rule, ATT&CK Enterprise 10.0: 0 errors, ")


def test_a_rule_in_two_places_is_one_rule():
    study = sample()
    rule = study.corpus.rules[0]
    copy = structs.replace(rule, path="copy.toml")
    corpus = structs.replace(study.corpus, rules=(rule, copy), failures=())
    text = render_findings(structs.replace(study, corpus=corpus), findings=())
    assert text.startswith("1 rule in 2 places, ATT&CK Enterprise 10.0: 0 errors, ")


def test_bold_marks_severity_and_code_alone():
    first = render_findings(sample(), bold=True).splitlines()[0]
    assert first == UNKNOWN.replace("error M102", "\x1b[1merror M102\x1b[0m")
