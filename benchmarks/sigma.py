"""Sigma rules against their floor: what PyYAML's C loader alone takes for the same files.

    python benchmarks/sigma.py FOLDER [--runs N]

Figures are processor seconds, medians of N runs, floor and reading in turn, so that a busy machine
slows both. "read" is what becomes of the files' texts in the floor, and files found and opened,
rules, mappings with places, and the cache. "layer" is a whole process, Python's start, coverage and
output included. The limits are those of `layer` in main_job.py.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from main_job import _cpu, _line

FLOOR = """
import pathlib, sys, time, yaml
texts = [path.read_text(encoding="utf-8") for path in pathlib.Path(sys.argv[1]).rglob("*.y*ml")]
start = time.process_time()
for text in texts:
    for _ in yaml.load_all(text, yaml.CSafeLoader):
        pass
print(time.process_time() - start)
"""

READ = """
import pathlib, sys, time
from detcov.cache import ParseCache
from detcov.load.corpus import read_corpus
from detcov.source import open_sources
cache = ParseCache(pathlib.Path(sys.argv[2]))
start = time.process_time()
read_corpus(open_sources((sys.argv[1],)), cache=cache)
print(time.process_time() - start)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        _compare(args.folder, Path(place), args.runs)


def _compare(folder: Path, work: Path, runs: int) -> None:
    layer = [sys.executable, "-m", "detcov", "layer", str(folder), "-o", str(work / "layer.json")]
    layer += ["--cache-dir", str(work / "cache")]
    found: dict[str, list[float]] = {}
    memory = 0
    for number in range(runs):
        cache = str(work / f"{number}.sqlite")
        row = {"floor": _printed(FLOOR, str(folder))}
        row |= {name: _printed(READ, str(folder), cache) for name in ("read cold", "read warm")}
        (work / "cache" / "parsed.sqlite").unlink(missing_ok=True)
        row["layer cold"], memory = _cpu(layer)
        row["layer warm"], _ = _cpu(layer)
        for name, seconds in row.items():
            found.setdefault(name, []).append(seconds)
    figures = {name: statistics.median(seconds) for name, seconds in found.items()}
    floor = figures["floor"]
    print(f"{sum(1 for _ in folder.rglob('*.y*ml'))} files; floor {floor:.2f} s")
    for name, limit in (("cold", 2.2), ("warm", 0.8)):
        for what in ("read", "layer"):
            _line(f"{what} {name}", figures[f"{what} {name}"] / floor, limit)
    _line("layer's peak memory, MB", memory / 1024, 100)


def _printed(script: str, *arguments: str) -> float:
    command = [sys.executable, "-c", script, *arguments]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()
