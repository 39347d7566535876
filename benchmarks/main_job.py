"""The main job against its floor: what tomli alone takes to parse the same files.

    python benchmarks/main_job.py [FOLDER OF RULES] [--runs N] [--copies N]

Without a folder the sample rules are copied, ids made distinct, until there are 2,000. Figures are
processor seconds of whole processes, medians of N runs, floor and command in turn, so that a busy
machine slows both; bytecode is compiled beforehand, as an installation does it. The limits leave
room for simple code: nothing below them is there for speed alone.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

SAMPLES = Path(__file__).resolve().parent.parent / "rules"
FLOOR = """
import pathlib, sys, time, tomli
texts = [path.read_text(encoding="utf-8") for path in pathlib.Path(sys.argv[1]).rglob("*.toml")]
start = time.process_time()
for text in texts:
    tomli.loads(text)
print(time.process_time() - start)
"""
RULE_ID = re.compile(r'^(rule_id\s*=\s*")[^"]*(")', re.MULTILINE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--copies", type=int, default=20)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(work / "bytecode")
        folder = args.folder or _copies(SAMPLES, work / "rules", 2000)
        _one_corpus(folder, work, args.runs)
        if args.copies > 1:
            _many_copies(folder, work, args.copies)


def _one_corpus(folder: Path, work: Path, runs: int) -> None:
    cache = work / "cache"
    detcov = [sys.executable, "-m", "detcov"]
    shared = [str(folder), "--cache-dir", str(cache)]
    layer = [*detcov, "layer", *shared, "-o", str(work / "layer.json")]
    report = [*detcov, "report", *shared, "--out", str(work / "out")]
    found: dict[str, list[float]] = {}
    memory = 0
    for _ in range(runs):
        row = {"floor": _floor(folder), "start": _cpu([sys.executable, "-c", "pass"])[0]}
        for name, command in (("layer", layer), ("report", report)):
            (cache / "parsed.sqlite").unlink(missing_ok=True)
            row[f"{name} cold"], _ = _cpu(command)
            row[f"{name} warm"], peak = _cpu(command)
            memory = max(memory, peak) if name == "layer" else memory
        row["help"], _ = _cpu([*detcov, "--help"])
        for name, seconds in row.items():
            found.setdefault(name, []).append(seconds)
    figures = {name: statistics.median(seconds) for name, seconds in found.items()}
    floor, start = figures["floor"], figures["start"]
    n_files = sum(1 for _ in folder.rglob("*.toml"))
    print(f"{n_files} files; floor {floor:.2f} s, an empty Python {start * 1000:.0f} ms")
    for name, value, limit in (
        ("layer cold, less Python's start", (figures["layer cold"] - start) / floor, 2.2),
        ("layer warm", figures["layer warm"] / floor, 0.8),
        ("report cold", figures["report cold"] / floor, 5),
        ("report warm", figures["report warm"] / floor, 4),
        ("help, of an empty Python", figures["help"] / start, 6),
        ("layer's peak memory, MB", memory / 1024, 100),
    ):
        _line(name, value, limit)


def _many_copies(folder: Path, work: Path, copies: int) -> None:
    n_files = sum(1 for _ in folder.rglob("*.toml"))
    many = _copies(folder, work / "many", n_files * copies)
    command = [sys.executable, "-m", "detcov", "layer", "--no-cache", "-o", os.devnull]
    one, _ = _cpu([*command, str(folder)])
    all_of_them, memory = _cpu([*command, str(many)])
    print(f"{copies} copies, no cache")
    _line("time, of one copy's", all_of_them / one, copies * 1.1)
    _line("peak memory, MB", memory / 1024, 500)


def _line(name: str, value: float, limit: float) -> None:
    print(f"  {name:<34} {value:7.2f}  limit {limit:g}{'' if value <= limit else '  OVER'}")


def _copies(source: Path, target: Path, n_files: int) -> Path:
    """A folder of so many rule files, made from a source, each with an id of its own."""
    files = sorted(source.rglob("*.toml"))
    for number in range(n_files):
        text = files[number % len(files)].read_text(encoding="utf-8")
        path = target / f"{number // 1000:03}" / f"{files[number % len(files)].stem}_{number}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        own = uuid.uuid5(uuid.NAMESPACE_OID, str(number))
        path.write_text(RULE_ID.sub(rf"\g<1>{own}\g<2>", text), encoding="utf-8")
    return target


def _floor(folder: Path) -> float:
    command = [sys.executable, "-c", FLOOR, str(folder)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _cpu(command: list[str]) -> tuple[float, int]:
    """Processor seconds and peak memory (KiB) of a process."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


if __name__ == "__main__":
    main()
