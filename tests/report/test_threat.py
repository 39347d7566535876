"""The threat report and layer of made-up groups, and what they do to hostile names."""

import json

import pytest

from detcov import api
from detcov.layer.lint import lint_layer
from detcov.report.formats import FORMATS, render_document
from detcov.report.gaps_layer import GAP_COLOR
from detcov.report.text import render_text, width_of
from detcov.report.threat import ThreatReportOptions, threat_document
from detcov.report.threat_layer import render_threat_layer
from detcov.study import build_study
from made import NEW, make_corpus, make_mapping, make_rule
from report.study_sample import sample
from threat_sample import FOX, IDLE, RAID, THREATS, WOLF

REPLACED = "G0008 Old Wolf was revoked; Grey Wolf (G0001) stands for it."


def found(*actors, study=None, **options):
    return api.threat_of(study or sample(), actors, threats=THREATS, **options)


def document(*actors, **options):
    return threat_document(sample(), found(*actors), ThreatReportOptions(**options))


# The numbers are those of tests/analysis/test_threat.py, counted by hand; T1008 is the campaign's.
WHOLE = """\
ATT&CK Enterprise 10.0 (11.0 is out)
Grey Wolf (G0001), Fox <b>\\x1b[31m (G0002), Night Raid (C0001, of 9.0): 3 of 7
techniques covered (43 %), 4 gaps
  covered: techniques they use that a counted rule claims itself
  0 techniques used by all 3
  aside: 0 of 1 PRE-only techniques, in no ratio
Rules: 3 counted, live (would alert if deployed).
G0008 Old Wolf was revoked; Grey Wolf (G0001) stands for it.
Campaigns are of 9.0: the data of 10.0 has none.

By group, campaign or software
name             id     techniques        covered  gaps  alone
Grey Wolf        G0001           4  1 of 3 (33 %)     2      3
Fox <b>\\x1b[31m  G0002           4  3 of 4 (75 %)     1      3
Night Raid       C0001           1   0 of 1 (0 %)     1      1

By tactic
tactic                  covered  +n  gaps
Planning      0 of 1 (PRE only)
Entry              0 of 2 (0 %)         2
Running Code     2 of 2 (100 %)         0
Staying            0 of 2 (0 %)         2
Silence                     n/a
Breaking         1 of 1 (100 %)         0
Taking             0 of 2 (0 %)         2
  covered: with a rule that states the technique in that tactic; +n: with rules
  that state another or none, in no ratio; gap: no rule in any tactic; n/a: they
  use nothing there.

Gaps, the most used first
technique  name            used by  sub-techs  tactics
T1002      Technique 1002   1 of 3             Entry, Staying
T1008      Technique 1008   1 of 3             Entry, Staying
T1021      Technique 1021   1 of 3     0 of 1  Taking
T1050      Technique 1050   1 of 3             Taking

Method
Note: Mapped is not the same as detected: a rule counts by what it says about
itself.
MITRE ATT&CK®. © The MITRE Corporation. This work is reproduced and distributed
with the permission of The MITRE Corporation. MITRE ATT&CK® and ATT&CK® are
registered trademarks of The MITRE Corporation.
"""


def test_the_whole():
    shown = document(WOLF, FOX, RAID, full=False, newer="11.0 is out", notes=(REPLACED,))
    assert render_text(shown) == WHOLE
    assert max(map(width_of, WHOLE.split("\n"))) <= 80


def test_one_group_needs_no_comparison():
    text = render_text(document(WOLF, full=False))
    assert "Grey Wolf (G0001): 1 of 3 techniques covered (33 %), 2 gaps\n" in text
    assert "\nGaps\ntechnique  name            sub-techs  tactics\n" in text
    assert "used by" not in text
    assert "By group" not in text


def test_a_group_that_does_nothing():
    text = render_text(document(IDLE, full=False))
    assert "Idle (G0003): 0 of 0 techniques covered (n/a), 0 gaps\n" in text
    assert "Idle (G0003): no technique is reported\n" in text
    assert "By tactic" not in text


def test_scope_is_told():
    shown = threat_document(sample(), found(WOLF, platforms=["Linux"], with_software=True))
    text = " ".join(render_text(shown).split())
    assert shown.subtitle.startswith("ATT&CK Enterprise 10.0 · Linux · ")
    assert "covered: techniques they use that a rule that states Linux claims itself" in text
    assert "left out: 2 techniques that they use elsewhere than on Linux" in text
    assert "1 technique only through their software" in text
    shown = threat_document(sample(), found(WOLF, platforms=["Containers", "Windows"]))
    assert (
        "techniques they use that a rule of the control plane or the runtime (Containers), or a "
        "rule that states Windows claims itself" in " ".join(render_text(shown).split())
    )


def test_json_holds_everything():
    data = json.loads(render_document(document(WOLF, FOX), "json"))
    assert (data["format"], data["format_version"]) == ("detcov-threat", 2)
    assert list(data["tables"]) == ["actors", "tactics", "gaps", "techniques", "method"]
    assert data["numbers"]["covered"]["value"]["numerator"] == 3
    assert [
        (one["technique"]["text"], one["depth"], one["rules"], one["users"])
        for one in data["tables"]["techniques"]["rows"]
    ] == [
        ("T1001", "several", 2, 2),
        ("T1001.001", "one", 1, 1),
        ("T1002", "none", 0, 1),
        ("T1004", "one", 1, 1),
        ("T1021", "none", 0, 1),
        ("T1040", "PRE-only", 0, 1),
        ("T1050", "none", 0, 1),
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_names_are_harmless(form):
    data = render_document(document(WOLF, FOX, full=form != "text", title="<i>\x1b[2J"), form)
    assert b"\x1b" not in data
    assert form not in {"html", "markdown"} or b"Fox <b>" not in data
    assert form != "html" or b"<i>" not in data
    assert data.endswith(b"\n")


def layer(*actors, **options):
    data = render_threat_layer(sample(), found(*actors, **options), title="Ours")
    assert lint_layer(data, release=NEW) == ()
    return json.loads(data)


def test_the_layer():
    drawn = layer(WOLF, FOX)
    cells = {
        (one["techniqueID"], one["tactic"]): one.get("score", one.get("color"))
        for one in drawn["techniques"]
    }
    assert cells == {
        ("T1001", "running-code"): 2,
        ("T1001.001", "running-code"): 1,
        ("T1002", "entry"): GAP_COLOR,
        ("T1002", "staying"): GAP_COLOR,
        ("T1004", "breaking"): 1,
        ("T1021", "taking"): GAP_COLOR,
        ("T1040", "planning"): GAP_COLOR,
        ("T1050", "taking"): GAP_COLOR,
    }
    assert [one["label"] for one in drawn["legendItems"]] == ["gap", "1 rule", "2 or more"]
    first = drawn["techniques"][0]["metadata"]
    assert [(one["name"], one["value"]) for one in first[:4]] == [
        ("Used by", "2 of 2"),
        ("User", "Grey Wolf (G0001)"),
        ("User", "Fox <b>\\x1b[31m (G0002)"),
        ("Via", "1 of 2 sub-techniques"),
    ]
    facts = {one["name"]: one["value"] for one in drawn["metadata"]}
    assert facts["Grey Wolf (G0001)"] == "1 of 3 (33 %)"
    assert facts["Platforms"] == "all"


def test_a_layer_without_a_rule_has_gaps_only():
    study = build_study(make_corpus(make_rule(make_mapping("T1001.001"))), NEW)
    data = render_threat_layer(study, found(WOLF, study=study))
    drawn = json.loads(data)
    assert lint_layer(data, release=NEW) == ()
    # T1001 has a covered sub-technique, which closes nothing.
    assert [one["label"] for one in drawn["legendItems"]] == ["gap", "via sub-techs"]
    assert json.loads(render_threat_layer(study, found(IDLE, study=study)))["techniques"] == []
