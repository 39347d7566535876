"""Reads numbers off the page as a person would, and works its menus."""

import re

from report.heatmap_sample import plain_count

_RATIO = re.compile(r"([\d,]+) of ([\d,]+)")


def _pair(text: str) -> tuple[int, int]:
    part, whole = _RATIO.search(text).groups()
    return int(part.replace(",", "")), int(whole.replace(",", ""))


def stat(page, key: str) -> tuple[int, int]:
    return _pair(page.locator(f"[data-stat={key}] dd").inner_text())


def headline(page) -> tuple[int, int]:
    return stat(page, "headline")


def status(page) -> dict[str, int]:
    """Techniques and rules that the status line says are shown and counted."""
    text = page.locator("#status").inner_text().replace(",", "")
    techniques, rules = (re.match(r"\d+", part.strip())[0] for part in text.split("·"))
    return {"techniques": int(techniques), "rules": int(rules)}


def tactics(page) -> dict[str, tuple[int, int, int]]:
    """Covered, techniques, inferred only."""
    found = {}
    for text in page.locator(".tactic").all_inner_texts():
        flat = " ".join(text.replace("\xa0", " ").replace("\xad", "").split())
        name = re.match(r"[A-Za-z ]+?(?= (\d|n/a))", flat)[0].lower().replace(" ", "-")
        inferred = re.search(r"\+(\d+) inferred", flat)
        if "n/a" in flat:
            pair = (0, 0)
        elif "PRE-only" in flat:
            pair = (
                int(re.search(r"(\d+) covered", flat)[1]),
                int(re.search(r"(\d+) PRE-only", flat)[1]),
            )
        else:
            pair = _pair(flat)
        found[name] = (*pair, int(inferred[1]) if inferred else 0)
    return found


def cells(page) -> dict[tuple[str, str], dict[str, object]]:
    """Visible cells by (tactic, technique id)."""
    rows = page.evaluate(
        """[...document.querySelectorAll('.column')].flatMap((column) =>
          [...column.querySelectorAll('.cell:not([hidden])')].map((cell) => [
            column.querySelector('h2').textContent.replaceAll('\\u00ad', ''),
            cell.getAttribute('aria-label'),
            cell.querySelector('.n').textContent,
            cell.dataset.level,
            cell.classList.contains('inferred'),
            cell.classList.contains('ghost'),
          ]))"""
    )
    return {
        (tactic.lower().replace(" ", "-"), label.split()[0]): {
            "text": text,
            "drawn": int(text) if text.isdigit() else 0,
            "level": level,
            "inferred": inferred,
            "ghost": ghost,
            "label": label,
        }
        for tactic, label, text, level, inferred, ghost in rows
    }


def shown_ids(page) -> list[tuple[str, str]]:
    return list(cells(page))


def choose(page, menu: str, values: tuple[str, ...]) -> None:
    """Tick choices in a menu, by script: each real click waits for frames to be drawn."""
    missing = page.evaluate(
        """([menu, values]) => {
          const labels = [...document.querySelectorAll(`[data-menu=${menu}] label`)];
          return values.filter((value) => {
            const label = labels.find((one) => one.querySelector('bdi').textContent === value);
            label?.click();
            return !label;
          });
        }""",
        [menu, list(values)],
    )
    assert missing == []


def press(page, name: str) -> None:
    """Push the button that says so, by script."""
    page.get_by_role("button", name=name).dispatch_event("click")


def says(page, **filters) -> None:
    """Every number on the page is the plain count's."""
    plain = plain_count(**filters)
    assert headline(page) == plain["covered"]
    assert stat(page, "two_or_more") == plain["several"]
    assert tactics(page) == plain["tactics"]
    assert status(page)["rules"] == plain["rules"]
