import os
import shutil
from pathlib import Path

import pytest

from detcov.report.heatmap import HeatmapOptions, render_heatmap
from report.heatmap_sample import LAYER, study, threats

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def _chromium() -> str | None:
    named = os.environ.get("DETCOV_CHROMIUM")
    return named or next(filter(None, map(shutil.which, CHROMIUM)), None)


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright isn't installed")
    with sync_api.sync_playwright() as playwright:
        path = _chromium() or playwright.chromium.executable_path
        if not Path(path).exists():
            pytest.skip("no Chromium in PATH, in DETCOV_CHROMIUM or of Playwright's own")
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def sample_page(tmp_path_factory) -> Path:
    """The page of the small matrix, in a folder whose name needs quoting."""
    path = tmp_path_factory.mktemp("heat map") / "heatmap.html"
    options = HeatmapOptions(title="Sample", link_base="https://example.org/rules")
    path.write_bytes(render_heatmap(study(), threats=threats(), layer=LAYER, options=options))
    return path


class Tabs:
    """Tabs of one window, used again by every test: a new window costs half a second."""

    def __init__(self, browser, **context) -> None:
        self.complaints: list[str] = []
        self._context = browser.new_context(**context)
        self._context.add_init_script(
            "addEventListener('securitypolicyviolation',"
            " (event) => console.error('policy', event.violatedDirective, event.blockedURI))"
        )
        self._context.set_default_timeout(20_000)  # a busy machine needs seconds for a click
        self._tabs: list = []
        self._taken = 0
        self._opened = 0

    def open(self, path: Path, fragment: str = "", color_scheme: str = "light"):
        if self._taken == len(self._tabs):
            self._tabs.append(self._watched(self._context.new_page()))
        page = self._tabs[self._taken]
        self._taken += 1
        page.bring_to_front()  # a tab behind another one is drawn once a second
        page.set_viewport_size({"width": 1280, "height": 800})
        page.emulate_media(color_scheme=color_scheme, media="screen")
        self._opened += 1
        # Another query makes it a navigation where only the fragment differs.
        address = f"{path.as_uri()}?{self._opened}"
        page.goto(address + (f"#{fragment}" if fragment else ""))
        return page

    def give_back(self) -> list[str]:
        """What the pages complained about since the last time."""
        self._taken = 0
        found = list(self.complaints)
        self.complaints.clear()
        return found

    def _watched(self, page):
        complain = self.complaints.append
        page.on("console", lambda message: complain(f"console: {message.text}"))
        page.on("pageerror", lambda error: complain(f"error: {error}"))
        page.on("dialog", lambda dialog: complain(f"dialog: {dialog.message}"))
        page.on(
            "request",
            lambda request: (
                request.url.startswith(("file:", "data:", "blob:", "about:"))
                or complain(f"request: {request.url}")
            ),
        )
        return page


@pytest.fixture(scope="session")
def tabs(browser):
    return Tabs(browser)


@pytest.fixture
def new_page(tabs):
    """Opens pages; no console message, error, policy violation or request may come of them."""
    yield tabs.open
    assert tabs.give_back() == []


@pytest.fixture
def page(new_page, sample_page):
    return new_page(sample_page)


@pytest.fixture
def page_without_script(browser):
    tabs = Tabs(browser, java_script_enabled=False)
    yield tabs.open
    assert tabs.give_back() == []
