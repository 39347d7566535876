"""What facts add to the page, on the small matrix, with stages worked out by hand."""

import pytest
from msgspec import structs

from browser.reading import cells, choose, press, status
from detcov.analysis.stages import STAGES
from detcov.attack.detections import Analytic, Detections, LogSource, Strategy
from detcov.facts import Answer, Fact, FactKind, Facts
from detcov.report.heatmap import HeatmapOptions, render_heatmap
from report.heatmap_sample import HOSTILE, study

LAYER = b"{}\n"
NO = Answer.NO


def fact(kind, value=Answer.YES, **fields) -> Fact:
    return Fact(kind=FactKind(kind), value=value, file="f.csv", **fields)


FACTS = Facts(
    facts=(
        fact("fired", rule="id-0"),
        fact("deployed", NO, rule="id-1"),
        fact("deployed", rule="id-2"),
        fact("telemetry", rule="id-2"),
        fact("tested", rule="id-2"),
        fact("deployed", rule="id-3"),
        fact("deployed", rule="id-6"),
        fact("telemetry", data="auditd"),
        fact("telemetry", NO, data="sysmon"),
        fact("tested", technique="T1001", platform="Windows"),
        fact("tested", NO, technique="T1001", platform="Linux"),
        fact("waived", technique="T1007", platform="Linux", owner=HOSTILE, expiry="2026-12-31"),
        fact("not-applicable", technique="T1007", platform="Containers", owner="Ana"),
    ),
    date="2026-05-05",
)
DETECTIONS = Detections(
    strategies={
        "DET1": Strategy(
            id="DET1",
            name="One",
            techniques=("T1001", "T1003"),
            analytics=(
                Analytic(
                    id="AN1", platforms=("Linux",), log_sources=(LogSource(name="auditd:EXEC"),)
                ),
                Analytic(
                    id="AN2", platforms=("Windows",), log_sources=(LogSource(name="sysmon:1"),)
                ),
            ),
        )
    },
    components={},
)


def estate(platforms=()):
    return structs.replace(study(platforms), facts=FACTS, detections=DETECTIONS)


def write(path, platforms=()):
    one = estate(platforms)
    path.write_bytes(render_heatmap(one, threats=None, layer=LAYER, options=HeatmapOptions()))
    return path


@pytest.fixture(scope="module")
def staged_page(tmp_path_factory):
    return write(tmp_path_factory.mktemp("stages") / "heatmap.html")


@pytest.fixture
def page(new_page, staged_page):
    return new_page(staged_page)


def numbers(page):
    """What stands above the matrix for each stage that facts tell."""
    return [page.locator(f"[data-stat={one}] dd span").inner_text() for one in STAGES[1:]]


def reached(page):
    """Technique to the stage its cells have."""
    return dict(
        page.evaluate(
            """[...document.querySelectorAll('.cell:not([hidden])')].map((cell) =>
              [cell.getAttribute('aria-label').split(' ')[0], cell.dataset.stage ?? '0'])"""
        )
    )


# Of eight techniques (T1004 is PRE-only, T1007 an accepted gap): rule 0 has fired, and a test of
# T1001 was seen on Windows; rule 1 is switched off; rule 2 has come all the way; of rules 3 and 6
# it is said that they are deployed, and of rule 4 nothing.
WHOLE = {
    "T1001": "4",
    "T1001.001": "3",
    "T1001.002": "0",
    "T1001.003": "2",
    "T1002": "0",
    "T1002.001": "4",
    "T1003": "2",
    "T1004": "1",
    "T1007": "5",
    "T1008": "4",
}


def test_each_technique_has_its_stage(page):
    press(page, "Unfold all")

    assert reached(page) == WHOLE
    assert numbers(page) == ["6 of 8", "4 of 8, 2 unknown", "3 of 8, 3 unknown"]


@pytest.mark.parametrize(
    ("menu", "values", "expected"),
    [
        # rules 0 and 1 on T1001, 0 and 4 on T1001.001, 1 on T1003; T1007 is waived there
        ("platform", ("Linux",), ["2 of 4", "2 of 4", "0 of 4, 1 unknown"]),
        # rule 0 on T1001, 2 on T1002.001 and T1008; 3 states no platform
        ("platform", ("Windows",), ["3 of 6", "3 of 6", "3 of 6"]),
        ("platform", ("Containers",), ["0 of 0", "0 of 0", "0 of 0"]),
        # rules 1 and 6 alone
        ("severity", ("low",), ["1 of 8", "0 of 8, 1 unknown", "0 of 8, 1 unknown"]),
    ],
)
def test_filters_change_the_numbers(page, menu, values, expected):
    choose(page, menu, values)

    assert numbers(page) == expected


@pytest.mark.parametrize("platforms", [(), ("Linux",), ("Windows",), ("Containers", "Linux")])
def test_a_platform_filter_equals_a_run_for_that_platform(page, platforms):
    choose(page, "platform", platforms)
    press(page, "Unfold all")
    stages = estate(platforms).stages

    found = reached(page)
    assert found == {
        key: "5" if one.excused else str(("not mapped", *STAGES).index(one.reached))
        for key, one in stages.techniques.items()
    }
    for count, text in zip(stages.whole.counts[1:], numbers(page), strict=True):
        unknown = f", {count.unknown} unknown" if count.unknown else ""
        assert text == f"{count.reached.numerator} of {count.reached.denominator}{unknown}"


def test_a_run_for_a_platform_opens_with_its_numbers(new_page, tmp_path):
    page = new_page(write(tmp_path / "linux.html", ("Linux",)))

    assert numbers(page) == ["2 of 4", "2 of 4", "0 of 4, 1 unknown"]


def test_the_panel_says_how_far_on_each_platform(new_page, staged_page):
    page = new_page(staged_page, "cell=execution/T1001")

    rows = [row.split("\t") for row in page.locator("table.stages").inner_text().splitlines()]
    assert [[one.strip() for one in row] for row in rows] == [
        ["", "rules", "deployed", "fed", "tested"],
        ["all", "3", "yes", "yes", "yes"],
        ["Linux", "2", "yes", "yes", "no"],
        ["Windows", "1", "yes", "yes", "yes"],
    ]
    told = dict(
        page.evaluate(
            """[...document.querySelectorAll('.rules li')].map((item) =>
              [item.querySelector('.where').textContent.match(/\\d/)[0],
               item.querySelector('.standing')?.textContent ?? ''])"""
        )
    )
    assert told == {
        "0": "deployed yes, fed yes, fired yes",
        "1": "deployed no",
        "3": "deployed yes",
    }


def test_an_accepted_gap_says_who_and_until_when(new_page, staged_page):
    page = new_page(staged_page, "cell=execution/T1007")

    rows = page.locator("table.stages tbody tr").all_inner_texts()
    waived = f"waived until 2026-12-31 by {HOSTILE}"
    assert [row.split("\t")[-1].strip() for row in rows] == [
        f"not applicable by Ana; {waived}",
        "not applicable by Ana",
        waived,
    ]
    label = cells(page)["execution", "T1007"]["label"]
    assert label.startswith("T1007 Echo, no rule, accepted gap, not applicable by Ana; waived")
    page.locator(".cell", has_text="T1007").hover()
    assert waived in page.locator("#tip").inner_text()
    method = page.locator(".method").inner_text()
    assert f"Accepted gap, T1007 on Linux: {waived} (f.csv:1)" in method
    assert "Fed: 4 of 8 (50 %), 2 unknown, 2 not" in method
    assert "accepted gaps left out of 9 techniques: 1 waived" in method.lower()


def test_the_filter_by_stage(page):
    press(page, "Unfold all")
    assert page.locator("[data-count='stage:4']").text_content() == "3"
    choose(page, "stage", ("tested", "accepted gap"))

    found = {key for (_, key), one in cells(page).items() if not one["ghost"]}
    assert found == {key for key, stage in WHOLE.items() if stage in "45"}
    assert status(page)["techniques"] == len(found)
    assert "stage=tested,accepted%20gap" in page.url
    assert page.locator(".tactic .shown").nth(2).inner_text() == "2 shown"
    page.get_by_role("button", name="Remove filter tested").click()
    found = {key for (_, key), one in cells(page).items() if not one["ghost"]}
    assert found == {"T1007"}
    choose(page, "platform", ("Linux",))
    press(page, "Clear all")
    assert page.locator(".tactic .shown:visible").count() == 0
    assert "stage=" not in page.url


def test_cells_by_stage(page, new_page, staged_page):
    def colour(page, technique):
        cell = page.locator(f".cell[aria-label^='{technique} ']").first
        return cell.evaluate("(one) => getComputedStyle(one).backgroundColor")

    plain = colour(page, "T1003"), colour(page, "T1008")
    press(page, "Stages")
    by_stage = colour(page, "T1003"), colour(page, "T1008")
    assert plain[0] == plain[1]
    assert by_stage[0] != by_stage[1]
    assert page.locator("#stage-legend").is_visible()
    assert page.locator("#legend").is_hidden()
    assert page.url.endswith("#stages=1")
    texts = {key: one["text"] for (_, key), one in cells(page).items()}
    assert texts == {
        "T1001": "T",
        "T1002": "",
        "T1003": "D",
        "T1004": "M",
        "T1007": "–",
        "T1008": "T",
    }

    again = new_page(staged_page, "stages=1")
    assert (colour(again, "T1003"), colour(again, "T1008")) == by_stage
    press(again, "Stages")
    assert cells(again)["execution", "T1001"]["text"] == "3"
    assert (colour(again, "T1003"), colour(again, "T1008")) == plain


def test_a_page_without_facts_has_none_of_it():
    one = study()
    data = render_heatmap(one, threats=None, layer=LAYER, options=HeatmapOptions())

    for word in (b"standing", b"stage", b"accepted"):
        assert word not in data.lower(), word
