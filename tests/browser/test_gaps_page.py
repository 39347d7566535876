"""The page of gaps in a browser: it says nothing to the console, and nothing sticks out."""

import pytest

from detcov.report.files import ReportOptions, render_report
from detcov.report.gaps import GapReportOptions
from detcov.report.gaps_files import gap_files, render_gaps
from gaps_sample import HOSTILE, gaps_of, study


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("gaps") / "gaps.html"
    found = [gaps_of(with_candidates=True), gaps_of("Linux")]
    path.write_bytes(render_gaps(study(), found, "html"))
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 1920, 420])
def test_nothing_sticks_out(new_page, page_file, scheme, width):
    page = new_page(page_file, color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    links = "[...document.querySelectorAll('#gaps-containers a')]"
    cut = f"{links}.filter(a => a.offsetHeight > 24).length"
    assert page.evaluate(cut) == 0


def test_it_shows_the_gaps_in_order(new_page, page_file):
    page = new_page(page_file)

    rows = page.locator("#gaps-containers tbody tr")
    assert rows.locator("a").all_inner_texts() == [
        *("T1001.002", "T1002", "T1003", "T1007", "T1004.001")
    ]
    assert page.locator("[data-stat=headline] b").first.inner_text() == "29 %"
    assert HOSTILE.split("\n")[0] in page.locator("#rules-containers").inner_text()


def test_heatmap_and_gaps_lead_to_each_other(new_page, tmp_path):
    files = render_report(study(), gaps=[gaps_of()], options=ReportOptions(title="Ours"))
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    page = new_page(tmp_path / "heatmap.html")

    page.get_by_role("link", name="Gaps of Containers").click()
    assert page.title().startswith("Gaps: Containers")
    page.get_by_role("link", name="Heatmap").click()
    assert page.title().startswith("Ours")
    assert set(gap_files(study(), gaps_of(), GapReportOptions())) <= set(files)
