"""`detcov gaps` against its floor: what tomli alone takes to parse the same files.

    python benchmarks/gaps.py [FOLDER OF RULES] [--runs N] [--platform P]

Figures are processor seconds of whole processes, medians of N runs, floor and command in turn, so
that a busy machine slows both. The limit is the floor itself, with a warm cache.
"""

import argparse
import math
import os
import statistics
import sys
import tempfile
from pathlib import Path

from main_job import SAMPLES, _copies, _cpu, _floor, _line

DRAWN = frozenset({"html", "png"})
"""Jinja or matplotlib alone take longer to load than the limit"""
FORMATS = ("text", "json", "html", "layer", "png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--platform", default="Containers")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(work / "bytecode")
        folder = args.folder or _copies(SAMPLES, work / "rules", 2000)
        _measure(folder, work, args.runs, args.platform)


def _measure(folder: Path, work: Path, runs: int, platform: str) -> None:
    command = ["gaps", str(folder), "--platform", platform, "--cache-dir", str(work / "cache")]
    found: dict[str, list[float]] = {}
    for form in FORMATS:
        _run(command, work, form)
    for _ in range(runs):
        found.setdefault("floor", []).append(_floor(folder))
        for form in FORMATS:
            found.setdefault(form, []).append(_run(command, work, form))
    figures = {name: statistics.median(seconds) for name, seconds in found.items()}
    n_files = sum(1 for _ in folder.rglob("*.toml"))
    print(f"{n_files} files; floor {figures['floor']:.2f} s")
    for form in FORMATS:
        limit = math.inf if form in DRAWN else 1.0
        _line(f"gaps warm, {form}, of the floor", figures[form] / figures["floor"], limit)


def _run(command: list[str], work: Path, form: str) -> float:

    output = str(work / f"out.{form}")
    seconds, _ = _cpu([sys.executable, "-m", "detcov", *command, "--format", form, "-o", output])
    return seconds


if __name__ == "__main__":
    main()
