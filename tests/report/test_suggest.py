"""The report of suggested rules, and what it does to hostile names."""

import json

import pytest

from detcov.load.licence import Licence
from detcov.report.formats import FORMATS, render_document
from detcov.report.suggest import SuggestReportOptions, suggest_document
from detcov.report.text import render_text, width_of
from made import make_corpus, make_state
from report.study_sample import sample
from suggest_sample import RULES, candidate, suggest

LICENCES = {
    3: (Licence(name="MIT", stated_by="in the rule"),),
    1: (Licence(name="DRL <b>\x1b[2J", stated_by="LICENSE"),),
}


def document(rules=RULES, options=None, **report):
    found = suggest(*rules, **(options or {}))
    report = SuggestReportOptions(**{"licences": LICENCES, "full": False} | report)
    return suggest_document(sample(), make_corpus(*rules), found, report)


# The numbers are those of tests/analysis/test_suggest.py, counted by hand.
WHOLE = """\
ATT&CK Enterprise 10.0
3 rules close 6 of 13 gaps, 110 of 171 points; 7 stay open
  covered: 3 of 16 now, 9 then; techniques with at least one own rule
  points: those of a gap's score for users of the technique, wherever, and for
  nothing covered near it; one at least
Candidates from theirs: 7 counted.

Rules to take over, the greatest gain first
1. +55 Rule c2
  closes T1002 Technique 1002 (20), T1008 Technique 1008 (20), T1018 New name
  (15)
  theirs: c2.toml
  licence: MIT (in the rule); 1 other closes the same
2. +45 Rule b
  closes T1050 Technique 1050 (25), T1021 Technique 1021 (20)
  theirs: b.toml
  licence: DRL <b>\\x1b[2J (LICENSE)
3. +10 Rule d
  closes T1003 Technique 1003 (10)
  theirs: d.toml
  licence: not stated

Still open
7 gaps (61 points): can't be closed from there.
technique  name                points  candidates  elsewhere
T1005      Technique 1005          10           0          0
T1006      Technique 1006          10           0          0
T1007      Technique 1007          10           0          0
T1017      Technique 1017          10           0          0
T1020      Technique 1020          10           0          0
T1021.001  Technique 1021.001      10           0          0
T1001.002  Technique 1001.002       1           0          0

Method
Note: Mapped is not the same as detected: a rule counts by what it says about
itself.
MITRE ATT&CK®. © The MITRE Corporation. This work is reproduced and distributed
with the permission of The MITRE Corporation. MITRE ATT&CK® and ATT&CK® are
registered trademarks of The MITRE Corporation.
"""


def test_the_whole():
    assert render_text(document()) == WHOLE
    assert max(map(width_of, WHOLE.split("\n"))) <= 80


def test_json_holds_everything():
    data = json.loads(render_document(document(full=True), "json"))
    assert (data["format"], data["format_version"]) == ("detcov-suggest", 2)
    assert list(data["tables"]) == ["suggestions", "closed", "open", "method"]
    assert [
        (one["rank"], one["id"], one["gain"], one["closes"], one["closed"], one["licence"])
        for one in data["tables"]["suggestions"]["rows"]
    ] == [
        (1, "c2", 55, ["T1002", "T1008", "T1018"], 3, "MIT (in the rule)"),
        (2, "b", 45, ["T1050", "T1021"], 5, "DRL <b>\x1b[2J (LICENSE)"),
        (3, "d", 10, ["T1003"], 6, "not stated"),
    ]
    assert [
        (one["rank"], one["technique"]["text"], one["points"])
        for one in data["tables"]["closed"]["rows"]
    ] == [
        (1, "T1002", 20),
        (1, "T1008", 20),
        (1, "T1018", 15),
        (2, "T1050", 25),
        (2, "T1021", 20),
        (3, "T1003", 10),
    ]


def test_what_is_left_by_the_limit_and_what_cannot_be():
    text = render_text(document(options={"most": 1}))
    assert "1 rule closes 3 of 13 gaps, 55 of 171 points; 10 stay open\n" in text
    assert "3 gaps (55 points): further candidates would close them (--max).\n" in text
    assert "7 gaps (61 points): can't be closed from there.\n" in text


def test_of_platforms():
    rules = (
        candidate("w", "T1002", platforms=["Windows"]),
        candidate("s", "T1021"),
        candidate("3", "T1002", platforms=["Linux"]),
    )
    text = render_text(document(rules, {"platforms": ["Linux"]}, licences={}))
    assert "ATT&CK Enterprise 10.0 for Linux\n1 rule closes 1 of 13 gaps, 32 of " in text
    assert "Candidates from theirs: 3 counted, 1 look at Linux.\n" in text
    assert "licence: not stated; ours by id: 3.toml, which doesn't close it\n" in text
    assert "are claimed by candidates that look elsewhere" not in text.split("Still open")[0]
    assert "  1 of these are claimed by candidates that look elsewhere.\n" in text
    text = render_text(document(rules, {"platforms": ["Linux", "Windows"]}))
    assert "closes T1002 Technique 1002 on Linux (32)\n" in text
    assert "technique  name                platform  points" in text


def test_nothing_to_take_over_and_nothing_open():
    text = render_text(document((candidate("x"),)))
    assert "0 rules close 0 of 13 gaps, 0 of 171 points; 13 stay open\n" in text
    assert "None: no candidate in scope claims what is open.\n" in text
    everything = candidate("all", *(f"T10{n:02}" for n in range(60)), "T1001.002", "T1021.001")
    text = render_text(document((everything,)))
    assert "1 rule closes 13 of 13 gaps, 171 of 171 points; 0 stay open\n" in text
    assert "\nStill open\nNothing.\n" in text


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_names_are_harmless(form):
    rule = candidate("x", "T1050", path="<b>/::add-mask::\n=1.toml", source="<i>\x1b[2J")
    shown = document((*RULES, rule), full=form != "text", title="<u>\x1b]0;x\x07")
    data = render_document(shown, form)
    assert b"\x1b" not in data
    assert b"\x07" not in data
    if form == "html":
        assert not any(tag in data for tag in (b"<i>", b"<u>", b"DRL <b>", b"<b>/"))


UUID = "0a1b2c3d-0000-4000-8000-00000000000a"
MIT, DRL = (Licence(name=name, stated_by="LICENSE") for name in ("MIT", "DRL-1.1"))
MIT_BY_RULE = Licence(name="MIT", stated_by="in the rule")
IN_PLACES = (
    candidate(UUID, "T1050", source="x", path="a.yml", state=make_state("experimental")),
    candidate(UUID, "T1050", source="y", path="b.yml"),
    candidate(UUID.upper(), "T1050", source="y", path="c.yml"),
    candidate("d", "T1003", source="y"),
)
"""A rule in three places, the first of which isn't the most mature but stands for all"""


@pytest.mark.parametrize(
    ("licences", "told"),
    [
        ((MIT, MIT, MIT), "MIT (LICENSE)"),
        # How it is stated makes no other licence.
        ((MIT, MIT_BY_RULE, MIT), "MIT (LICENSE)"),
        ((None, None, None), "not stated"),
        ((MIT, DRL, DRL), "MIT (LICENSE) in x; DRL-1.1 (LICENSE) in y: b.yml, y: c.yml"),
        ((MIT, None, MIT), "MIT (LICENSE) in x, y: c.yml; not stated in y: b.yml"),
    ],
)
def test_every_place_of_a_rule_and_its_licence(licences, told):
    report = {"licences": {0: licences, 3: (None,)}}
    data = json.loads(render_document(document(IN_PLACES, full=True, **report), "json"))
    found = {one["id"]: one for one in data["tables"]["suggestions"]["rows"]}
    assert list(found) == [UUID, "d"]
    one = found[UUID]
    assert (one["source"], one["path"], one["licence"]) == ("x", "a.yml", told)
    assert one["other_places"] == ["y: b.yml", "y: c.yml"]
    assert found["d"]["other_places"] is None
    text = render_text(document(IN_PLACES, **report))
    assert "\n  x: a.yml\n  y: b.yml\n  y: c.yml\n" in text
    assert f"  licence: {told}\n" in text
    for kind in ("markdown", "html", "csv"):
        assert b"c.yml" in render_document(document(IN_PLACES, full=True, **report), kind)


def test_without_copies_there_is_no_column_for_them():
    data = json.loads(render_document(document(full=True), "json"))
    assert all("other_places" not in one for one in data["tables"]["suggestions"]["rows"])
