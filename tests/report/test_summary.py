from pathlib import Path

import pytest

import real
from detcov.attack.store import load_release
from detcov.report.summary import summary
from detcov.report.text import render_text, width_of
from detcov.study import StudyOptions, build_study
from made import NEW, OLD, RUNNING, make_corpus, make_mapping, make_rule
from report.study_sample import sample

WHOLE = """\
ATT&CK Enterprise 10.0 (11.0 is out)
3 of 16 techniques covered (19 %)
  covered: at least one counted rule maps the technique itself
  range: 1 (6 %) with two rules or more; 2 of 13 parents (15 %), own or via
  sub-techniques
  aside: 0 of 1 PRE-only techniques (reconnaissance, resource development)
  depth: 13 none, 2 one rule, 1 several

Rules: 5 read; 3 live, 1 active but not live, 1 deprecated. Counted: live (would
alert if deployed).
Files: 2 couldn't be read in full, 1,234 passed over.

Tactic        covered            inferred
Planning       0 of 1  PRE only
Entry          0 of 4       0 %
Running Code   2 of 4      50 %
Staying        0 of 4       0 %
Silence        0 of 1       0 %
Breaking       1 of 3      33 %
Taking         0 of 4       0 %

ours: written for ATT&CK 9.0.
1 mapping carried to 10.0.
Ledger (technique/tactic, claims of active rules): same/moved 1, same/same 3,
unknown/none 1.

Findings: 7; 1 error, 2 drift (right in an earlier release).
error  M102  technique-unknown        1
note   R206  threat-without-tag       4
drift  D105  technique-not-in-tactic  1
drift  D107  tactic-name-mismatch     1
"""


def test_the_whole():
    """Numbers counted by hand from made.py's release 10.0 and the sample's five rules."""
    assert render_text(summary(sample(), newer="11.0 is out")) == WHOLE


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        # Of Linux techniques: all but PRE, Containers and T1001.002 (16 - 2).
        (
            {"platforms": ("linux",)},
            [
                "ATT&CK Enterprise 10.0 for Linux",
                "1 of 14 techniques covered (7 %)",
                "  covered: at least one counted rule maps the technique itself and states the",
                "  platform",
                "  range: 0 (0 %) with two rules or more; 1 of 12 parents (8 %), own or via",
                "  sub-techniques",
                "  3 of 14 have a claim of some rule, whatever platform it states",
            ],
        ),
        (
            {"count": "all"},
            [
                "ATT&CK Enterprise 10.0",
                "4 of 16 techniques covered (25 %)",
                "  covered: at least one counted rule maps the technique itself",
                "  range: 1 (6 %) with two rules or more; 3 of 13 parents (23 %), own or via",
            ],
        ),
        ({"literal": True}, ["ATT&CK Enterprise 10.0"]),
    ],
)
def test_the_headline_says_what_it_counts(options, lines):
    shown = render_text(summary(sample(**options))).splitlines()
    assert shown[: len(lines)] == lines


def test_nothing_found():
    fine = make_rule(make_mapping("T1001", RUNNING), tags=("Tactic: Running Code",))
    shown = render_text(summary(build_study(make_corpus(fine), NEW, known=(NEW, OLD))))
    assert shown.endswith("\n\nFindings: none.\n")
    assert "Files:" not in shown


def test_readme_shows_what_a_run_says():
    study = build_study(real.elastic_rules(), load_release("19.0"), known=real.releases())
    text = render_text(summary(study, newer="20.0 is out"))
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("```text\n")[2].partition("```")[0].split("...\n")

    assert len(shown) == 2
    assert text.startswith(shown[0])
    assert f"\n{shown[1]}" in text


@pytest.mark.parametrize("platforms", [(), ("Linux", "Windows", "macOS", "Network Devices")])
def test_80_columns_hold_the_real_rules(platforms):
    study = build_study(
        real.elastic_rules(),
        load_release("19.0"),
        known=real.releases(),
        options=StudyOptions(platforms=platforms),
    )
    shown = render_text(summary(study, newer="20.0 is out"))
    assert max(map(width_of, shown.splitlines())) <= 80
    assert "Rules: 1,938 read; 1,621 live, 188 active but not live, 129 deprecated." in shown
    # One line instead of thousands.
    assert len(shown.splitlines()) < 70


def test_rules_that_are_newer_than_the_dataset_are_told_of():
    """Sigma's tags of ATT&CK 19 at 18.1: ids and tactics that 18.1 lacks, counted anew."""
    corpus = real.sigma_rules_of_august()
    after = real.oracle("sigma_v19_tags.json")["files"]
    active = [rule.path for rule in corpus.rules if rule.state.active]
    old, new = real.releases()
    ids = set(new.techniques) - set(old.techniques)
    tactics = {one.shortname for one in new.tactics} - {one.shortname for one in old.tactics}
    newer = ids | tactics
    stated = [tag.removeprefix("attack.") for path in active for tag in after[path]["after"] or ()]
    count = sum(one in newer or one.upper() in newer for one in stated)

    study = build_study(corpus, old, known=[new])
    text = render_text(summary(study))

    assert count == study.ledger.ahead["19.0"] == 1715
    lines = text.splitlines()
    assert "1,715 stated techniques and tactics are of ATT&CK 19.0: use --attack 19.0." in lines
    assert "sigma: written for ATT&CK 19.0." in lines
    assert max(map(width_of, lines)) <= 80
    assert build_study(corpus, new, known=[old]).ledger.ahead == {}
