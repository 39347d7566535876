"""`detcov suggest` against what reading the same rules takes.

    python benchmarks/suggest.py [OURS --from CORPUS ...] [--platform P] [--runs N]

Without folders the sample rules are copied, ids made distinct: 2,000 of ours, of which every third
sample is left out, and 5,000 candidates. Figures are processor seconds in one process, medians of
N runs, in turn, so that a busy machine slows all. The limit is that of the project's third issue.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from main_job import SAMPLES, _copies

from detcov import api

LIMIT = 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("ours", nargs="?")
    parser.add_argument("--from", dest="corpora", action="append", default=[])
    parser.add_argument("--platform", action="append", default=[])
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        ours, corpora = args.ours, args.corpora
        if ours is None:
            ours, corpora = _made(work)
        _measure(ours, corpora, args.platform, args.runs, work / "cache")


def _made(work: Path) -> tuple[str, list[str]]:
    for number, path in enumerate(sorted(SAMPLES.rglob("*.toml"))):
        if number % 3:
            target = work / "some" / path.name
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    ours = _copies(work / "some", work / "ours", 2000)
    return str(ours), [str(_copies(SAMPLES, work / "theirs", 5000))]


def _measure(ours: str, corpora: list[str], platforms: list[str], runs: int, cache: Path) -> None:
    rows: dict[str, list[float]] = {}
    for _ in range(runs):
        start = time.process_time()
        mine, theirs = api.read_rules(ours), api.read_rules(*corpora)
        read = time.process_time()
        study = api.study_of(mine)
        seen = time.process_time()
        found = api.suggest_from(study, theirs, platforms=platforms)
        end = time.process_time()
        api.read_rules(ours, cache_dir=cache), api.read_rules(*corpora, cache_dir=cache)
        warm = time.process_time()
        api.read_rules(ours, cache_dir=cache), api.read_rules(*corpora, cache_dir=cache)
        row = {
            "read": read - start,
            "read warm": time.process_time() - warm,
            "ours resolved": seen - read,
            "suggest": end - seen,
        }
        for name, seconds in row.items():
            rows.setdefault(name, []).append(seconds)
    figures = {name: statistics.median(seconds) for name, seconds in rows.items()}
    print(
        f"{len(mine.rules):,} of ours, {len(theirs.rules):,} candidates: {len(found.picked)} rules "
        f"close {found.closed:,} of {len(found.targets):,} gaps"
    )
    for name, seconds in figures.items():
        print(f"  {name:<34} {seconds * 1000:7.0f} ms")
    ratio = figures["suggest"] / figures["read"]
    whole = (figures["suggest"] + figures["ours resolved"]) / figures["read"]
    warm_ratio = figures["suggest"] / figures["read warm"]
    over = "" if ratio <= LIMIT else "  OVER"
    print(f"  {'suggest, of reading':<34} {ratio:7.2f}  limit {LIMIT:g}{over}")
    print(f"  {'with ours resolved':<34} {whole:7.2f}")
    print(f"  {'suggest, of reading from the cache':<34} {warm_ratio:7.2f}")


if __name__ == "__main__":
    main()
