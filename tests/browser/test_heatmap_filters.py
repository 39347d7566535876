"""What filters, menus and search of the heatmap show and count."""

import pytest

from browser.reading import (
    cells,
    choose,
    press,
    says,
    stat,
    status,
    tactics,
)
from detcov.report.heatmap import HeatmapOptions, render_heatmap
from report.heatmap_sample import (
    LAYER,
    plain_count,
    study,
)

FILTERS = [
    {"platforms": ("Linux",)},
    {"platforms": ("Windows",)},
    {"platforms": ("Linux", "Windows")},
    {"platforms": ("Containers",)},
    {"severities": ("high",)},
    {"severities": ("unstated", "low")},
    {"sources": ("two",)},
    {"platforms": ("Linux",), "severities": ("low",)},
    {"platforms": ("Windows",), "severities": ("critical", "high"), "sources": ("two",)},
]


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_filters_change_every_count(page, filters):
    for key, values in filters.items():
        choose(page, {"severities": "severity"}.get(key, key.removesuffix("s")), values)
    says(page, **filters)


@pytest.mark.parametrize("platforms", [("Linux",), ("Windows",), ("Linux", "Windows")])
def test_platform_filter_equals_a_run_for_that_platform(page, platforms):
    choose(page, "platform", platforms)
    coverage = study(platforms).coverage
    for key in ("headline", "two_or_more", "parents_with_via", "some_claim"):
        ratio = getattr(coverage, key)
        assert stat(page, key) == (ratio.numerator, ratio.denominator), key
        assert page.locator(f"[data-stat={key}] b").inner_text() == ratio.percent
    assert [value[:2] for value in tactics(page).values()] == [
        (one.covered, one.techniques) for one in coverage.tactics
    ]
    assert {key: one["drawn"] for key, one in cells(page).items()} == {
        key: cell.drawn for key, cell in coverage.cells.items() if "." not in key[1]
    }


def test_limited_run_counts_within_its_platforms(new_page, tmp_path):
    path = tmp_path / "linux.html"
    limited = study(("Linux",))
    path.write_bytes(render_heatmap(limited, threats=None, layer=LAYER, options=HeatmapOptions()))
    page = new_page(path)
    says(page, platforms=("Linux",))
    choose(page, "severity", ("low",))
    says(page, platforms=("Linux",), severities=("low",))


def test_menu_by_mouse_and_keyboard(page):
    menu = page.locator("details[data-menu=platform]")
    menu.locator("summary").click()
    menu.get_by_label("Linux").check()
    assert menu.locator(".badge").inner_text() == "1"
    says(page, platforms=("Linux",))
    page.keyboard.press("Escape")
    assert menu.get_by_label("Linux").is_hidden()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    menu.get_by_label("Linux").focus()
    page.keyboard.press("Space")
    says(page)
    page.mouse.click(5, 5)
    assert menu.get_by_label("Linux").is_hidden()


def test_removing_a_token_takes_the_filter_back(page):
    choose(page, "platform", ("Linux",))
    choose(page, "severity", ("high",))
    page.get_by_role("button", name="Remove filter Linux").click()
    says(page, severities=("high",))
    choose(page, "source", ("two",))
    press(page, "Clear all")
    says(page)
    assert "=" not in page.url


def test_gaps_only_shows_what_the_headline_lacks(page):
    press(page, "Unfold all")
    press(page, "Gaps only")
    gaps = plain_count()["gaps"]
    whole = {key[1] for key, one in cells(page).items() if not one["ghost"]}
    assert whole == gaps
    assert status(page)["techniques"] == len(gaps)
    says(page)


@pytest.mark.parametrize(
    ("depth", "expected"),
    [
        ("Via sub-techniques only", {"T1002"}),
        ("One rule", {"T1001.003", "T1002.001", "T1004", "T1008"}),
        ("Several rules", {"T1001", "T1001.001", "T1003"}),
        ("No rule", {"T1001.002", "T1007"}),
    ],
)
def test_depth_filter(page, depth, expected):
    press(page, "Unfold all")
    choose(page, "depth", (depth,))
    assert {key[1] for key, one in cells(page).items() if not one["ghost"]} == expected
    assert status(page)["techniques"] == len(expected)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("t1001.00", {"T1001.001", "T1001.002", "T1001.003"}),
        ("charlie", {"T1003"}),
        ("UNSTATED EVERY", {"T1001", "T1001.003"}),
        ("<script>", {"T1001", "T1003", "T1008"}),
        ("no such thing", set()),
    ],
)
def test_search_by_id_name_and_rule(page, query, expected):
    page.locator("#search").fill(query)
    assert {key[1] for key, one in cells(page).items() if not one["ghost"]} == expected
    assert page.get_by_text("Nothing matches").is_visible() is not bool(expected)
    says(page)
