"""How long the heatmap takes to appear and to answer a filter, as ratios to an empty page.

    python benchmarks/page.py SOURCE... [--runs 7]

Needs the test extra (playwright) and a Chromium (DETCOV_CHROMIUM names one). A ratio of one run
says more than milliseconds, because both pages meet the same machine in the same minute. The
milliseconds stand beside it for scale.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

EMPTY = "<!doctype html><meta charset=utf-8><title>empty</title><p>One line of text.</p>"

# From navigation to the first frame with content on it.
FIRST_PAINT = """new Promise((resolve) => {
  const seen = () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
  const look = () => (seen() === undefined ? requestAnimationFrame(look) : resolve(seen()));
  look();
})"""

# A change, its style and layout, and the frame that shows it.
CHANGE = """(selector) => new Promise((resolve) => {
  const target = document.querySelector(selector);
  requestAnimationFrame(() => {
    const start = performance.now();
    target.click();
    document.body.offsetHeight;
    const worked = performance.now() - start;
    requestAnimationFrame(() => setTimeout(() => resolve([worked, performance.now() - start])));
  });
})"""

FILTERS = {
    "filter platform": "[data-menu=platform] input",
    "filter severity": "[data-menu=severity] input",
    "gaps only": "#gaps",
    "unfold all": "#unfold",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", nargs="+", metavar="SOURCE")
    parser.add_argument("--runs", type=int, default=7)
    asked = parser.parse_args()
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = os.environ.get("DETCOV_CHROMIUM") or next(filter(None, map(shutil.which, names)), "")
    if not chromium:
        print("no Chromium found; DETCOV_CHROMIUM names one", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        full, empty = Path(folder, "heatmap.html"), Path(folder, "empty.html")
        full.write_bytes(render(asked.sources))
        empty.write_text(EMPTY, encoding="utf-8")
        print(f"page: {full.stat().st_size / 1e6:.2f} MB; median of {asked.runs} runs")
        measure(chromium, full, empty, asked.runs)
    return 0


def render(sources: list[str]) -> bytes:
    """The page of these sources against the newest bundled release."""
    from detcov.attack.store import bundled_releases, default_release, load_threats
    from detcov.load.corpus import read_corpus
    from detcov.report.heatmap import HeatmapOptions, render_heatmap
    from detcov.report.layer import render_layer
    from detcov.source import open_sources
    from detcov.study import build_study

    release = default_release()
    corpus = read_corpus(open_sources(tuple(sources)))
    study = build_study(corpus, release, known=bundled_releases())
    layer = render_layer(study)
    return render_heatmap(
        study, threats=load_threats(release), layer=layer, options=HeatmapOptions()
    )


def measure(chromium: str, full: Path, empty: Path, runs: int) -> None:
    """Opens both pages in turn, so that a slow moment of the machine meets both."""
    from playwright.sync_api import sync_playwright

    paints: dict[Path, list[float]] = {full: [], empty: []}
    idle: list[float] = []
    changes: dict[str, list[tuple[float, float]]] = {name: [] for name in FILTERS}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        for run in range(runs + 1):
            for path in (empty, full):
                page.goto(f"{path.as_uri()}?{run}")
                paint = page.evaluate(FIRST_PAINT)
                if run:  # the first run warms the browser up
                    paints[path].append(paint)
                if path is empty:
                    idle.append(page.evaluate(CHANGE, "p")[1])
                elif run:
                    _change(page, changes)
        browser.close()
    base = median(paints[empty])
    _row("first paint", median(paints[full]), base)
    print(f"  (an empty page: first paint {base:.0f} ms, a change {median(idle):.0f} ms)")
    for name, found in changes.items():
        _row(name, median(shown for _, shown in found), median(idle))
        print(f"  (script, style and layout: {median(worked for worked, _ in found):.0f} ms)")


def _change(page: Any, changes: dict[str, list[tuple[float, float]]]) -> None:
    for name, selector in FILTERS.items():
        changes[name].append(tuple(page.evaluate(CHANGE, selector)))
        page.evaluate(CHANGE, selector)


def _row(name: str, value: float, base: float) -> None:
    print(f"{name:<18}{value / base:6.1f} × an empty page   {value:7.0f} ms")


if __name__ == "__main__":
    raise SystemExit(main())
