"""The gap report of the small sample in every format."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from msgspec import structs

from detcov.errors import UsageError
from detcov.report.gaps import GapReportOptions, gap_document
from detcov.report.gaps_files import FORMATS, gap_files, render_gaps
from gaps_sample import ACTORS, FACTS, HOSTILE, RULES, gaps_of, study
from gold import same_as
from named import read_named

GOLD = Path(__file__).parent / "gold"
OPTIONS = GapReportOptions(date="2026-05-05")


def rendered(form, *found, **options):
    found = found or (gaps_of(with_candidates=True),)
    given = GapReportOptions(date="2026-05-05", **options)
    return render_gaps(study(), found, form, options=given)


@pytest.mark.parametrize(
    ("name", "form", "options"),
    [
        ("gaps.txt", "text", {}),
        ("gaps-full.txt", "text", {"full": True}),
        ("gaps.md", "markdown", {}),
    ],
)
def test_the_whole_text(name, form, options):
    made = rendered(form, **options)

    assert same_as(GOLD / name, made), "look at the change; DETCOV_GOLD=new keeps it"


@pytest.mark.parametrize(
    ("name", "form"), [("gaps-facts.txt", "text"), ("gaps-facts.md", "markdown")]
)
def test_the_whole_text_with_facts(name, form):
    made = render_gaps(study(facts=FACTS), [gaps_of(facts=FACTS)], form)

    assert same_as(GOLD / name, made), "look at the change; DETCOV_GOLD=new keeps it"


def test_json_tells_stages_and_who_accepts():
    made = render_gaps(study(facts=FACTS), [gaps_of(facts=FACTS)], "json")
    document = json.loads(made)
    tables = document["tables"]

    assert document["numbers"]["accepted"]["value"] == 2
    assert [
        (row["technique"]["text"], row["accepted_as"], row["by"], row["until"])
        for row in tables["accepted"]["rows"]
    ] == [("T1003", "waived", "Ana", "2026-12-31"), ("T1004.001", "not applicable", "Ben", None)]
    sums = {row["stage"]: row for row in tables["stages"]["rows"]}
    assert sums["tested"]["techniques"]["numerator"] == 0
    assert (sums["tested"]["unknown"], sums["tested"]["not"]) == (1, 4)
    stages = {row["technique"]["text"]: row["stage"] for row in tables["techniques"]["rows"]}
    assert stages == {
        "T1001": "fed",
        "T1001.001": "mapped",
        "T1001.002": "not mapped",
        "T1002": "not mapped",
        "T1003": "accepted",
        "T1004.001": "accepted",
        "T1007": "not mapped",
    }
    collected = {row["log_source"]: row["collected"] for row in tables["log-sources"]["rows"]}
    assert collected == {
        "auditd:SYSCALL": "unknown",
        "docker:events": "denied",
        "kubernetes:audit": "stated",
    }
    accepted = {row["tactic"]: row["accepted"] for row in tables["tactics"]["rows"]}
    assert (accepted["Staying"], accepted["Silence"], accepted["Entry"]) == (1, 1, 0)


@pytest.mark.parametrize("found", [[gaps_of()], [gaps_of(), gaps_of("Windows")]])
@pytest.mark.parametrize("full", [False, True])
def test_text_fits_a_terminal(found, full):
    lines = rendered("text", *found, full=full).decode().splitlines()

    assert max(map(len, lines)) <= 80


def test_several_platforms_have_tables_of_their_own():
    document = json.loads(rendered("json", gaps_of(), gaps_of("Windows")))

    assert {"gaps-containers", "gaps-windows"} <= document["tables"].keys()
    assert document["numbers"]["gaps_containers"]["value"] == 5
    assert document["numbers"]["gaps_windows"]["value"] == 2


def test_json_holds_every_part_of_a_score():
    document = json.loads(rendered("json"))

    assert (document["format"], document["format_version"]) == ("detcov-gaps", 2)
    covered = document["numbers"]["covered"]["value"]
    assert (covered["numerator"], covered["denominator"]) == (2, 7)
    first = document["tables"]["gaps"]["rows"][0]
    assert first["technique"]["text"] == "T1001.002"
    assert (first["rank"], first["score"], first["reports"]) == (1, 105, 2)
    assert (first["software"], first["groups"]) == (["Podworm"], ["Exec Group"])
    points = {key: value for key, value in first.items() if key.startswith("points_") and value}
    assert points == {
        "points_software": 5,
        "points_groups": 10,
        "points_platform_only": 40,
        "points_at_hand": 20,
        "points_candidate": 30,
    }
    assert (first["possible_reports"], first["normal_use_looks_the_same"]) == (0, "no")
    third = document["tables"]["gaps"]["rows"][2]
    assert (third["campaigns"], third["general_reports"]) == (["Spring Cleaning"], 1)
    actors = {one["name"]: one["of_version"] for one in document["tables"]["actors"]["rows"]}
    assert actors == {
        "Podworm": None,
        "Exec Group": None,
        "Worm Keepers": None,
        "Spring Cleaning": "9.0",
        "Doorstep": None,
    }


def test_json_says_which_rules_to_re_map():
    rows = json.loads(rendered("json"))["tables"]["re-map"]["rows"]

    assert [
        (row["technique"]["text"], row["rule"], row["claims"]["text"], row["path"]) for row in rows
    ] == [("T1001.002", "ours:elastic:audit", "T1001", "audit.toml")]


def test_re_map_is_offered_before_build():
    text = " ".join(rendered("text").decode().split())

    told = text[text.index("1. T1001.002 Exec") : text.index("2. T1002 Accounts")]
    remap = "re-map first, if a rule near it sees this, too: Audit sees a shell (of T1001 Shell)"
    assert told.index(remap) < told.index("build: DET1")


def test_what_is_held_down_says_so():
    """What is held down is told in tests/analysis/test_rank.py."""
    found = gaps_of()
    held = structs.replace(found.ranked[0], ubiquitous=True)
    study_of_one = structs.replace(found, ranked=(held, *found.ranked[1:]))
    reason = "held down: normal use looks the same, and a rule for it would alert on that"

    for form in ("text", "markdown", "html", "layer"):
        assert reason in " ".join(rendered(form, study_of_one).decode().split())
    rows = json.loads(rendered("json", study_of_one))["tables"]["gaps"]["rows"]
    assert [row["normal_use_looks_the_same"] for row in rows] == ["yes", "no", "no", "no", "no"]


def test_a_page_says_whose_reports_there_are():
    page = rendered("markdown").decode()

    assert "| 1 software, 1 group |" in page
    assert "| none known |" in page
    assert "none known on Containers, which isn't low risk" in page


def test_json_says_what_to_build():
    tables = read_named(rendered("json"))["tables"]
    rows = tables["to-build"]["rows"]
    logs = {row["log_source"]: row["readers"] for row in tables["log-sources"]["rows"]}
    assert logs["kubernetes:audit"] == ["Audit sees a shell", "Audit sees a shell twice"]

    assert [
        (row["technique"]["text"], row["log_source"], row["read"], row["of_version"])
        for row in rows
    ] == [
        ("T1001.002", "docker:events", "no", None),
        ("T1001.002", "kubernetes:audit", "yes", None),
        ("T1002", "auditd:SYSCALL", "yes", "9.0"),
        ("T1003", "made:up", "unknown", None),
        ("T1007", None, None, None),
        ("T1004.001", None, None, None),
    ]
    assert rows[1]["readers"] == 2
    assert (rows[2]["analytics_for"], rows[2]["substitute"]) == ("Linux", "yes")


def test_json_has_a_row_a_cell():
    rows = read_named(rendered("json"))["tables"]["techniques"]["rows"]

    assert [
        (row["tactic"], row["technique"]["text"], row["depth"], row["in_tactic"], row["inferred"])
        for row in rows
    ] == [
        ("Entry", "T1002", "none", 0, 0),
        ("Entry", "T1007", "none", 0, 0),
        ("Running Code", "T1001", "one", 1, 0),
        ("Running Code", "T1001.001", "several", 1, 1),
        ("Running Code", "T1001.002", "none", 0, 0),
        ("Staying", "T1002", "none", 0, 0),
        ("Staying", "T1003", "none", 0, 0),
        ("Silence", "T1004.001", "none", 0, 0),
    ]


def test_csv_is_the_gaps():
    rows = list(csv.DictReader(io.StringIO(rendered("csv").decode())))

    assert [(row["technique"], row["score"], row["node"]) for row in rows] == [
        ("T1001.002", "105", "0"),
        ("T1002", "65", "1"),
        ("T1003", "50", "0"),
        ("T1007", "45", "1"),
        ("T1004.001", "30", "0"),
    ]


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_nothing_of_a_rule_gets_through(form):
    shown = rendered(form, full=True).decode()

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert not re.search(r"^\s*::error::", shown, re.MULTILINE)
    if form == "html":
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    if form == "markdown":
        assert not re.search(r"(?<!\\)\]\(javascript", shown)


def test_the_name_stays_a_name_for_machines():
    rows = read_named(rendered("json"))["tables"]["rules"]["rows"]

    assert HOSTILE in [row["rule"] for row in rows]
    assert len(rows) == sum(1 for one in RULES if one.state.live and one.column.field)


def test_what_was_not_asked_for_is_not_called_absent():
    keepers = gaps_of(actors=(ACTORS[2],))
    text = rendered("text", keepers).decode()
    rows = dict(re.findall(r"^(Planning|Entry|Running Code|Silence) +(\S.*)$", text, re.MULTILINE))

    assert rows["Planning"] == "n/a"
    assert rows["Entry"].startswith("0 of 1 ")
    assert rows["Silence"] == rows["Running Code"] == "none asked for"
    some = rendered("text", gaps_of(tactics=("entry",))).decode()
    assert re.findall(r"^(Entry|Staying|Planning|Taking) +\d", some, re.MULTILINE) == ["Entry"]


def test_nothing_of_the_platform_is_said_so():
    text = rendered("text", gaps_of(tactics=("taking",))).decode()

    assert "No technique of Containers is among them: n/a." in text


@pytest.mark.parametrize("form", ["png", "layer"])
def test_nothing_to_draw(form):
    with pytest.raises(UsageError, match="nothing to draw: no technique of Containers"):
        rendered(form, gaps_of(tactics=("taking",)))


def test_another_format():
    with pytest.raises(UsageError, match=r"no format 'docx' \(there are text"):
        rendered("docx")


def test_the_overview_has_a_line_a_platform():
    found = [gaps_of(platform) for platform in ("Containers", "Linux", "Windows")]
    text = render_gaps(study(), found, "text", overview=True).decode()

    assert re.findall(r"^(\S+) +(\d of \d) .*?(\d+) +(\d of \d) ", text, re.MULTILINE) == [
        ("Containers", "2 of 7", "5", "5 of 7"),
        ("Linux", "3 of 7", "4", "5 of 7"),
        ("Windows", "0 of 2", "2", "1 of 2"),
    ]


def test_the_overview_counts_accepted_gaps_apart():
    found = [gaps_of(platform, facts=FACTS) for platform in ("Containers", "Windows")]
    document = json.loads(render_gaps(study(facts=FACTS), found, "json", overview=True))

    assert [
        (row["platform"], row["covered"]["denominator"], row["gaps"], row["accepted"])
        for row in document["tables"]["platforms"]["rows"]
    ] == [("Containers", 5, 3, 2), ("Windows", 1, 1, 1)]


def test_files_of_a_report_lead_to_each_other():
    files = gap_files(study(), gaps_of(), OPTIONS)

    assert sorted(files) == [
        "gaps-containers.html",
        "gaps-containers.layer.json",
        "gaps-containers.png",
    ]
    page = files["gaps-containers.html"].decode()
    for name in ("gaps-containers.layer.json", "gaps-containers.png"):
        assert f'href="{name}"' in page


def test_every_format_is_rendered():
    assert {form: bool(rendered(form)) for form in FORMATS} == dict.fromkeys(FORMATS, True)


def test_a_document_is_of_one_subject():
    assert gap_document(study(), [gaps_of()], OPTIONS).subject == "gaps"
