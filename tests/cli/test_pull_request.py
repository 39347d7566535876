"""`detcov pr`: what it counts is what it shows, errors first, within what GitHub takes."""

import re

import pytest

from made_git import MadeRepository
from made_story import rule

GITHUB = 65_536
"""Characters of a comment: GitHub answers "is too long (maximum is 65536 characters)" """


@pytest.fixture
def made(tmp_path):
    made = MadeRepository(tmp_path / "repo")
    made.files["rules/alpha.toml"] = rule("Alpha", "T1609")
    made.commit("2026-05-04", "one")
    return made


@pytest.fixture
def pr(detcov, made):
    def run(*arguments):
        return detcov("pr", "--base", "HEAD~1", "--repo", made.path, "--no-cache", *arguments)

    return run


def wrong(at, technique="T9999", *, name="Alpha"):
    """A rule with one error: a technique that no release has."""
    text = rule("Alpha", "T1609").replace("000000000001", f"{at:012}")
    return text.replace("T1609", technique).replace('"Alpha"', f'"{name}"')


def test_every_error_is_named(pr, made):
    """There were three, "and 37 more"."""
    made.files |= {f"rules/{at}.toml": wrong(at) for at in range(100, 140)}
    made.commit("2026-05-11", "two")
    code, out, err = pr()
    assert (code, err) == (0, "")
    assert {f"rules/{at}.toml" for at in range(100, 140)} == set(
        re.findall(r"^- error M102 (\S+?):\d+: T9999 ", out, re.MULTILINE)
    )


def test_notes_are_counted_as_notes(pr, made):
    """A tactic without a technique is a note: it was "1 new", and no line below said of what."""
    made.files["rules/bravo.toml"] = rule("Bravo", "T1609") + (
        '[[rule.threat]]\nframework = "MITRE ATT&CK"\n'
        'tactic = { id = "TA0003", name = "Persistence" }\n'
    )
    made.commit("2026-05-11", "two")
    _, out, _ = pr()
    said = re.search(r"^(\d+) new in 1 rule \((\d+) notes?\), 0 gone\.$", out, re.MULTILINE)
    listed = re.search(r"^- (\d+) notes?: (.*)$", out, re.MULTILINE)
    assert said
    assert listed
    assert said[1] == said[2] == listed[1]
    assert sum(int(n) for n in re.findall(r" (\d+)(?:,|$)", listed[2])) == int(said[1])


def test_a_rule_written_for_an_earlier_release_is_no_new_finding(pr, made):
    """T1562.001 under Defense Evasion is of 18.1: drift, told apart, and in how many rules."""
    made.files["rules/delta.toml"] = rule("Delta", "T1562.001")
    made.commit("2026-05-11", "two")
    _, out, _ = pr()
    # A note of another matter: the rule's tags name no technique.
    assert "\n1 new in 1 rule (1 note), 0 gone.\n" in out
    assert re.search(r"^Drift \(outdated, no defect\): \d+ new in 1 rule, 0 gone\.$", out, re.M)


@pytest.mark.parametrize("count", [400, 4000])
def test_markdown_stays_within_a_comment_of_github(pr, made, count):
    """The errors are the last to give way, and what is left out is counted."""
    name = "A rule of a long name " * 20
    errors = count // 2
    made.files |= {f"rules/{at}.toml": wrong(at, name=name) for at in range(errors)}
    for at in range(errors, count):
        technique = f"T{1000 + at % 600}"
        made.files[f"rules/{at}.toml"] = wrong(at, technique, name=name)
    made.commit("2026-05-11", "two")
    code, out, _ = pr()
    assert code == 0
    assert len(out) <= GITHUB
    listed = len(re.findall(r"^- error ", out, re.MULTILINE))
    total = int(re.search(r"\(([\d,]+) errors", out)[1].replace(",", ""))
    left = re.search(r"^- and ([\d,]+) more errors$", out, re.MULTILINE)
    assert listed + (int(left[1].replace(",", "")) if left else 0) == total
    assert (left is not None) == ("Shortened to the 65,536 characters of a comment" in out)
    if left:
        assert "- added: " not in out
        assert len(out) > GITHUB - 1000, "as many errors as there is room for"
    _, whole, _ = pr("--format", "text")
    assert len(re.findall(r"^  error ", whole, re.MULTILINE)) == total


@pytest.mark.parametrize(
    ("techniques", "codes"),
    [
        (("T9999",), {"never": 0, "error": 1, "warning": 1, "drift": 1}),
        (("T1562.001",), {"never": 0, "error": 0, "warning": 0, "drift": 1}),
        (("T1609",), {"never": 0, "error": 0, "warning": 0, "drift": 0}),
    ],
)
def test_it_fails_on_what_is_new(pr, made, techniques, codes):
    (technique,) = techniques
    known = technique != "T9999"
    made.files["rules/delta.toml"] = rule("Delta", technique) if known else wrong(4)
    made.commit("2026-05-11", "two")
    assert {level: pr("--fail-on", level)[0] for level in codes} == codes
    assert pr()[0] == 0, "a comment fails nothing unasked"


def test_what_was_there_before_fails_nothing(pr, made):
    made.files["rules/delta.toml"] = wrong(4)
    made.commit("2026-05-11", "two")
    made.files["rules/echo.toml"] = rule("Echo", "T1611")
    made.commit("2026-05-18", "three")
    assert pr("--fail-on", "error")[0] == 0


def test_a_warning_fails_only_where_it_is_asked_to(pr, made):
    """A rule without any mapping is a warning."""
    made.files["rules/delta.toml"] = rule("Delta")
    made.commit("2026-05-11", "two")
    assert [pr("--fail-on", level)[0] for level in ("error", "warning")] == [0, 1]


def test_a_file_that_cannot_be_read_goes_before_findings(pr, made):
    made.files |= {"rules/delta.toml": wrong(4), "rules/bad.toml": "[rule"}
    made.commit("2026-05-11", "two")
    assert pr("--fail-on", "error")[0] == 3
