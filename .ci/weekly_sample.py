"""Makes reports/weekly/: a weekly report on twelve made-up weeks of the sample rules.

    python .ci/weekly_sample.py [FOLDER]

The rules come in over twelve Mondays; in the sixth week one is retired, in the seventh ATT&CK
19.0 comes into use, in the twelfth one rule is dropped and another is mapped anew.
"""

import re
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pygit2

from detcov.cli import cli

ROOT = Path(__file__).resolve().parent.parent
FIRST, WEEKS, SWITCH = datetime(2026, 3, 2, 9, tzinfo=UTC), 12, 7
RETIRED, DROPPED, MAPPED = 2, 5, 8
"""Positions among the rules, by path"""


def write_sample(folder: Path) -> None:
    """Put the report's files into a folder."""
    with tempfile.TemporaryDirectory() as place:
        _make(Path(place))
        cli.main(
            args=[
                *("weekly", "rules", "--repo", place, "--no-cache", "--out", str(folder)),
                *("--attack", "19.0", "--attack-before", f"18.1@{_day(SWITCH):%Y-%m-%d}"),
                *("--title", "Weekly detection coverage (made-up weeks)"),
            ],
            standalone_mode=False,
        )


def _day(week: int) -> datetime:
    return FIRST + timedelta(weeks=week - 1)


def _make(place: Path) -> None:
    git = pygit2.init_repository(str(place), initial_head="main")
    rules = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "rules").rglob("*.toml"))
    }
    names, parents = list(rules), []
    for week in range(1, WEEKS + 1):
        if week == 6:
            text = rules[names[RETIRED]]
            rules[names[RETIRED]] = re.sub(r"(?m)^maturity = .*", 'maturity = "deprecated"', text)
        if week == WEEKS:
            del rules[names[DROPPED]]
            text = rules[names[MAPPED]]
            rules[names[MAPPED]] = text[: text.index("[[rule.threat]]")]
        there = names[: -(-len(names) * week // WEEKS)]
        index = pygit2.Index()
        for name in there:
            if name in rules:
                blob = git.create_blob(rules[name].encode())
                index.add(pygit2.IndexEntry(name, blob, 0o100644))
        who = pygit2.Signature("Sample", "sample@example.org", int(_day(week).timestamp()), 0)
        tree, message = index.write_tree(git), f"Rules of week {week}"
        parents = [git.create_commit("refs/heads/main", who, who, message, tree, parents)]
    git.free()


if __name__ == "__main__":
    write_sample(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "reports" / "weekly")
