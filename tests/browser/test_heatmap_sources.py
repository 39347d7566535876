"""The heatmap of all of Elastic's rules, and of rules that lie in two sources."""

import pytest

from browser.reading import (
    cells,
    choose,
    headline,
    stat,
    status,
    tactics,
)
from copies_sample import CELLS, RULES
from detcov.attack.store import load_release, load_threats
from detcov.report.heatmap import HeatmapOptions, render_heatmap
from detcov.report.layer import render_layer
from detcov.study import build_study
from made import NEW, make_corpus
from real import elastic_rules, oracle, releases
from report.heatmap_sample import LAYER


@pytest.fixture(scope="module")
def may():
    """All of Elastic's rules of May 2026 against 19.0."""
    return build_study(elastic_rules(), load_release("19.0"), known=releases())


@pytest.fixture(scope="module")
def may_page(may, tmp_path_factory):
    path = tmp_path_factory.mktemp("may") / "heatmap.html"
    users, layer = load_threats(may.release), render_layer(may)
    path.write_bytes(render_heatmap(may, threats=users, layer=layer, options=HeatmapOptions()))
    assert path.stat().st_size < 2_000_000
    return path


def test_full_corpus_says_what_the_reference_says(new_page, may_page):
    page = new_page(may_page, "unfold=all")
    reference = oracle("elastic20260505_cells_19.0.json")["live"]["cells"]
    drawn = {tuple(reversed(key.split("|"))): numbers for key, numbers in reference.items()}
    found = cells(page)
    assert len(found) == 872
    assert {key: one["drawn"] for key, one in found.items() if one["drawn"]} == {
        key: number for key, (number, _) in drawn.items() if number
    }
    assert {key for key, one in found.items() if one["inferred"]} == {
        key for key, (number, inferred) in drawn.items() if number and number == inferred
    }
    for tactic, counts in tactics(page).items():
        column = [numbers for (where, _), numbers in drawn.items() if where == tactic]
        assert counts == (
            sum(number > inferred for number, inferred in column),
            sum(where == tactic for where, _ in found),
            sum(number == inferred > 0 for number, inferred in column),
        )
    assert status(page) == {"techniques": 697, "rules": 1621}


@pytest.mark.parametrize("platform", ["Linux", "Containers", "IaaS"])
def test_full_corpus_counts_a_platform_by_rules_that_state_it(new_page, may, may_page, platform):
    page = new_page(may_page)
    choose(page, "platform", (platform,))
    scope = {one.id for one in may.release.active.values() if platform in one.platforms}
    claims = [
        (one.technique, rule.platform_names)
        for rule, found in zip(may.corpus.rules, may.resolutions, strict=True)
        for one in found
        if rule.state.live and one.counts and one.technique in scope
    ]
    own = {technique for technique, stated in claims if platform in stated}
    assert headline(page) == (len(own), len(scope))
    assert stat(page, "some_claim") == (len({technique for technique, _ in claims}), len(scope))


def page_of(folder, rules):
    path = folder / "copies.html"
    study = build_study(make_corpus(*rules), NEW)
    path.write_bytes(render_heatmap(study, threats=None, layer=LAYER, options=HeatmapOptions()))
    return path


@pytest.mark.parametrize(
    ("sources", "covered", "counted"),
    # a: U claims T1001. b: U's copy claims T1002, V T1020, "two" T1001.
    [((), 3, 3), (("a",), 1, 1), (("b",), 3, 3), (("a", "b"), 3, 3)],
)
def test_a_rule_is_found_under_each_of_its_sources(new_page, tmp_path, sources, covered, counted):
    page = new_page(page_of(tmp_path, RULES))
    choose(page, "source", sources)
    assert headline(page)[0] == covered
    assert status(page)["rules"] == counted
    menu = page.locator("details[data-menu=source] label").all_text_contents()
    assert [int("".join(filter(str.isdigit, one))) for one in menu] == [1, 3]
    page.locator(".cell", has_text="Technique 1001").first.click()
    places = page.locator("#panel .where").all_inner_texts()
    both = [one for one in places if "also b: export.ndjson" in one]
    # b's copy of U doesn't claim T1001.
    assert len(both) == (0 if sources == ("b",) else 1)
    assert len(places) == (1 if sources in {("a",), ("b",)} else 2)


@pytest.mark.parametrize(
    ("sources", "drawn", "inferred", "counts"),
    [
        # CELLS: a's copies of U and V state Entry; b's U states Staying, its V no tactic.
        ((), {"entry": 2, "staying": 2}, (), {"entry": (1, 0), "staying": (1, 0)}),
        (("a",), {"entry": 2, "staying": 0}, (), {"entry": (1, 0), "staying": (0, 0)}),
        (("b",), {"entry": 1, "staying": 2}, ("entry",), {"entry": (0, 1), "staying": (1, 0)}),
        (("a", "b"), {"entry": 2, "staying": 2}, (), {"entry": (1, 0), "staying": (1, 0)}),
    ],
)
def test_a_source_draws_its_own_copies(new_page, tmp_path, sources, drawn, inferred, counts):
    page = new_page(page_of(tmp_path, CELLS))
    choose(page, "source", sources)
    found = {tactic: one for (tactic, key), one in cells(page).items() if key == "T1002"}
    assert {tactic: one["drawn"] for tactic, one in found.items()} == drawn
    assert {tactic for tactic, one in found.items() if one["inferred"]} == {*inferred}
    here = {tactic: (covered, more) for tactic, (covered, _, more) in tactics(page).items()}
    assert {tactic: here[tactic] for tactic in counts} == counts
    assert headline(page)[0] == 1


def test_the_panel_and_the_tip_say_where_a_source_draws_a_rule(new_page, tmp_path):
    page = new_page(page_of(tmp_path, CELLS))
    boxes = page.locator(".cell", has_text="Technique 1002")
    entry, staying = boxes.nth(0), boxes.nth(1)

    def told(box):
        box.click()
        items = page.locator("#panel .rules li").all_inner_texts()
        found = [
            ("inferred" if "tactic inferred" in one else "")
            + ("elsewhere" if "drawn in another column" in one else "")
            for one in items
        ]
        page.keyboard.press("Escape")
        return found

    assert (told(entry), told(staying)) == (["", ""], ["", "inferred"])
    choose(page, "source", ("a",))
    assert (told(entry), told(staying)) == (["", ""], ["elsewhere", "elsewhere"])
    staying.hover()
    assert "Drawn in another column:" in page.locator("#tip").inner_text()
    choose(page, "source", ("a", "b"))  # a no more
    assert (told(entry), told(staying)) == (["elsewhere", "inferred"], ["", "inferred"])
