"""The heatmap page: what it shows, keys, panel, address, download, print, and no script."""

import json
import re

import pytest

from browser.reading import (
    cells,
    choose,
    headline,
    press,
    says,
    shown_ids,
)
from detcov.report.heatmap import HeatmapOptions, render_heatmap
from report.heatmap_sample import (
    BROKEN_OUT,
    HOSTILE,
    LAYER,
    TACTICS,
    TECHNIQUES,
    WHY,
    plain_count,
    study,
)


def test_opens_with_the_numbers_of_the_run(page):
    says(page)
    assert page.title() == "Sample: ATT&CK Enterprise 19.0"
    assert page.locator("[data-stat=headline] b").inner_text() == "67 %"


def test_cells_tell_their_state_without_colour(page):
    found = cells(page)
    assert found["execution", "T1001"]["text"] == "3"
    assert found["execution", "T1003"] == {
        "text": "1",
        "drawn": 1,
        "level": "1",
        "inferred": True,
        "ghost": False,
        "label": "T1003 Charlie, 1 rule, tactic inferred",
    }
    assert found["persistence", "T1001"]["text"] == "↔"
    assert found["initial-access", "T1002"]["level"] == "via"
    assert found["initial-access", "T1002"]["label"].endswith("via 1 of 1 sub-techniques")
    assert found["execution", "T1007"]["level"] == "gap"
    assert found["execution", "T1007"]["label"] == "T1007 Echo, no rule"


def test_tactic_headers(page):
    heads = page.locator(".tactic")
    assert heads.count() == len(TACTICS)
    assert re.sub(r"\s+", " ", heads.nth(0).inner_text()) == "Reconnaissance 1 covered 1 PRE-only"
    assert re.sub(r"\s+", " ", heads.nth(2).inner_text()) == "Execution 3 of 6 +1 inferred"
    assert "n/a" in heads.nth(4).inner_text()


def test_headers_stay_while_scrolling(page):
    press(page, "Unfold all")
    page.set_viewport_size({"width": 1280, "height": 320})
    page.evaluate("scrollTo(0, 200)")
    bar, head = page.evaluate(
        "[document.querySelector('#bar').getBoundingClientRect(),"
        " document.querySelectorAll('.tactic')[2].getBoundingClientRect()]"
    )
    assert bar["top"] == 0
    assert head["top"] == pytest.approx(bar["height"], abs=1)


def test_sub_techniques_unfold_one_by_one_and_all(page):
    assert not [key for key in cells(page) if "." in key[1]]
    page.locator(".cell:visible .fold", has_text="via 1 of 1").click()
    assert {key[1] for key in cells(page) if "." in key[1]} == {"T1002.001"}
    assert page.locator("#panel").is_hidden()
    press(page, "Unfold all")
    everything = {(tactic, key) for key, (_, where, _) in TECHNIQUES.items() for tactic in where}
    assert set(cells(page)) == everything
    press(page, "Fold all")
    assert not [key for key in cells(page) if "." in key[1]]


def test_tooltip_names_the_rules_on_hover_and_focus(page):
    tip = page.locator("#tip")
    page.locator(".cell:visible", has_text="T1003").hover()
    assert tip.locator("li").all_inner_texts() == [HOSTILE]
    page.mouse.move(1, 1)
    assert tip.is_hidden()
    page.locator("#theme").focus()
    page.keyboard.press("Tab")
    assert tip.locator("h3").inner_text() == "T1004 Delta"
    assert page.evaluate("document.activeElement.getAttribute('aria-describedby')") == "tip"


def test_keyboard_path(page):
    def at():
        return page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")[:9].strip()

    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.press("Escape")
    assert at() == "T1004 Del"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert at() == "T1001 Alp"
    page.keyboard.press("e")
    page.keyboard.press("ArrowDown")
    assert at() == "T1001.001"
    page.keyboard.press("End")
    assert at() == "T1007 Ech"
    page.keyboard.press("ArrowDown")
    assert at() == "T1007 Ech"
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "panel"
    assert page.locator("#panel h2").inner_text() == "Alpha Shell"
    page.keyboard.press("Escape")
    assert page.locator("#panel").is_hidden()
    assert at() == "T1001.001"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.closest('.column') .innerText").startswith("Per")
    assert page.locator(".cell[tabindex='0']").count() == 1
    page.keyboard.press("Shift+E")
    assert page.locator("#unfold").get_attribute("aria-pressed") == "true"


def test_roles_for_a_screen_reader(page):
    grid = page.get_by_role("grid")
    assert grid.get_by_role("row").count() == len(TACTICS)
    assert grid.get_by_role("rowheader", name="Execution").count() == 1
    cell = grid.get_by_role("gridcell", name="T1001 Alpha Interpreter, 3 rules, via 2 of 3")
    assert cell.get_attribute("aria-expanded") == "false"
    assert page.get_by_role("status").inner_text().startswith("10 techniques")


def test_panel_tells_about_rules_platforms_users_and_carried_mappings(page):
    page.locator(".column", has_text="Execution").locator(".cell", has_text="T1001").first.click()
    panel = page.locator("#panel")
    facts = panel.locator(".facts").first.inner_text()
    assert "3 rules" in facts
    assert "2 of 3 sub-techniques" in facts
    assert "2 of 2 platforms" in facts
    first = panel.locator(".rules > li").first
    assert first.locator("h4 bdi").inner_text() == "Alpha on both"
    assert first.locator(".tag").inner_text() == "high"
    assert "stable, alert, detection · Linux, Windows" in first.inner_text()
    assert first.get_by_role("link").inner_text() == "rules/0 a&b.toml:10"
    assert (
        first.get_by_role("link").get_attribute("href")
        == "https://example.org/rules/rules/0%20a%26b.toml#L10"
    )
    assert "unstated 1" in panel.inner_text()
    assert f"Group {HOSTILE} G0001" in panel.inner_text()
    assert "Tool S0001 of 18.1" in panel.inner_text()
    assert (
        panel.get_by_role("link", name="attack.mitre.org").get_attribute("href")
        == "https://attack.mitre.org/techniques/T1001/"
    )
    panel.get_by_role("button", name="T1001.001").click()
    assert panel.locator("h2").inner_text() == "Alpha Shell"
    assert panel.locator(".why p").first.inner_text() == f"{WHY} A person has to decide."
    assert (
        panel.get_by_role("link", name="attack.mitre.org").get_attribute("href")
        == "https://attack.mitre.org/techniques/T1001/001/"
    )


def test_panel_sets_unstated_and_other_platforms_apart(page):
    choose(page, "platform", ("Linux",))
    page.locator(".column", has_text="Execution").locator(".cell", has_text="T1003").click()
    summaries = page.locator("#panel details > summary").all_inner_texts()
    assert "1 rule for other platforms, not counted" in summaries
    page.keyboard.press("Escape")
    press(page, "Unfold all")
    page.locator(".column", has_text="Execution").locator(".cell", has_text="Alpha Both").click()
    summaries = page.locator("#panel details > summary").all_inner_texts()
    assert "1 rule with no platform stated, not counted" in summaries


def test_hostile_names_are_text(page):
    press(page, "Unfold all")
    column = page.locator(".column", has_text="Persistence")
    column.locator(".cell", has_text="T1008").click()
    panel = page.locator("#panel")
    assert panel.locator("h2").inner_text() == HOSTILE
    written = BROKEN_OUT.replace("\u2028", "\\u2028")
    assert panel.locator(".rules h4 bdi").inner_text() == written
    assert page.locator("img, #panel script").count() == 0


def test_address_restores_the_view(page, new_page, sample_page):
    choose(page, "platform", ("Linux",))
    choose(page, "severity", ("high", "low"))
    page.locator("#search").fill("alpha, & =#")
    page.locator("#search").fill("alpha")
    press(page, "Compact")
    page.locator(".cell:visible", has_text="T1001").first.click()
    fragment = page.url.split("#", 1)[1]
    assert fragment == (
        "platform=Linux&severity=high,low&q=alpha&cell=execution/T1001&view=compact"
    )
    again = new_page(sample_page, fragment)
    assert again.url.split("#", 1)[1] == fragment
    assert cells(again) == cells(page)
    assert again.locator("#panel").inner_text() == page.locator("#panel").inner_text()
    assert again.locator("#search").input_value() == "alpha"
    says(again, platforms=("Linux",), severities=("high", "low"))


def test_back_and_forward_walk_through_the_views(page):
    choose(page, "platform", ("Linux",))
    choose(page, "source", ("two",))
    page.go_back()
    says(page, platforms=("Linux",))
    page.go_back()
    says(page)
    page.go_forward()
    says(page, platforms=("Linux",))


@pytest.mark.parametrize(
    "fragment", ["platform=No%20such&cell=a/b&unfold=T9&theme=x", "platform=%E0%A4%A&q=%", "&&=&=1"]
)
def test_a_damaged_address_is_no_error(new_page, sample_page, fragment):
    page = new_page(sample_page, fragment)
    assert headline(page) == plain_count()["covered"]


def test_layer_downloads_byte_for_byte(page):
    with page.expect_download() as download:
        page.get_by_role("button", name="Layer").click()
    assert download.value.suggested_filename == "coverage.layer.json"
    assert download.value.path().read_bytes() == LAYER


def test_packed_layer_downloads_byte_for_byte(new_page, tmp_path):
    layer = json.dumps({"x": ["ä rule"] * 40_000}).encode()
    path = tmp_path / "packed.html"
    path.write_bytes(render_heatmap(study(), threats=None, layer=layer, options=HeatmapOptions()))
    page = new_page(path)
    with page.expect_download() as download:
        page.get_by_role("button", name="Layer").click()
    assert download.value.path().read_bytes() == layer


def test_themes(new_page, sample_page):
    def background(page):
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    light = background(new_page(sample_page, color_scheme="light"))
    page = new_page(sample_page, color_scheme="dark")
    dark = background(page)
    assert light != dark
    page.locator("#theme").click()
    assert background(page) == light
    assert page.url.endswith("#theme=light")
    page.locator("#theme").click()
    assert background(page) == dark


@pytest.mark.parametrize(("width", "height"), [(1587, 1123), (1123, 794)], ids=["A3", "A4"])
def test_prints_on_landscape_paper(new_page, sample_page, width, height):
    page = new_page(sample_page, color_scheme="dark")
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".tools").is_hidden()
    assert page.locator(".cell:visible").count() == len(shown_ids(page))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_text("Mapped is not detected").is_visible()


def test_stands_without_a_script(page_without_script, sample_page):
    page = page_without_script(sample_page)
    text = page.locator("body").inner_text()
    assert "6 of 9" in text
    assert re.search(r"Execution\s+3 of 6\s+50 %\s+\+1", text)
    assert page.locator(".bar").is_hidden()


@pytest.mark.parametrize("width", [1280, 1920, 2560])
def test_wide_screens_need_no_sideways_scrolling(new_page, sample_page, width):
    page = new_page(sample_page)
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
