"""What reading ATT&CK costs, as ratios within one run.

    python benchmarks/attack_index.py [BUNDLE]

With a full STIX bundle: indexing it (release, threats and detections) against an msgspec decode
of the fields that takes, and loading its cached index. Without: the bundled releases alone.
"""

import functools
import hashlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from detcov.attack import stix
from detcov.attack.bundle import read_parts
from detcov.attack.detections import Detections
from detcov.attack.index import SCHEMA, part_file, read_part, write_part
from detcov.attack.release import Release
from detcov.attack.store import bundled_versions, load_detections, load_release, load_threats
from detcov.attack.threats import Threats


def milliseconds(run: Callable[[], object], repeat: int = 7) -> float:
    """Time a call: the median of some."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def bundled() -> None:
    """Time the bundled releases."""
    for version in bundled_versions():
        release = load_release(version, cache_dir=None)
        loads: dict[str, Callable[[], object]] = {
            "release": functools.partial(load_release, version, cache_dir=None),
            "threats": functools.partial(load_threats, release),
            "detections": functools.partial(load_detections, release),
        }
        print(f"{release.title}, bundled")
        for name, load in loads.items():
            print(f"  {name:<11} {milliseconds(load):6.1f} ms")


def full(path: Path) -> None:
    """Time a full bundle."""
    data = path.read_bytes()
    text = stix.unpack(data, path.name)
    decode = milliseconds(lambda: stix._DECODER.decode(text))
    index = milliseconds(lambda: read_parts(text, name=path.name))
    print(f"{path.name}, {len(text) / 1e6:.0f} MB of JSON")
    print(f"  decode of the needed fields  {decode:6.0f} ms")
    print(f"  indexing, hash included      {index:6.0f} ms  = {index / decode:.2f} x (goal: 3)")
    print(f"  gunzip                       {milliseconds(lambda: stix.unpack(data, '')):6.0f} ms")
    print(f"  hash of the file             {milliseconds(lambda: hashlib.sha256(data)):6.0f} ms")
    with tempfile.TemporaryDirectory() as folder:
        stem = f"x-{SCHEMA}"
        for part in read_parts(text, name=path.name):
            write_part(part_file(Path(folder), stem, type(part)), part)
        total = 0.0
        for kind in (Release, Threats, Detections):
            file = part_file(Path(folder), stem, kind)
            spent = milliseconds(lambda file=file, kind=kind: read_part(file, kind))
            total += spent
            print(f"  cached {kind.__name__.lower():<11}           {spent:6.1f} ms")
        print(f"  cached, all of it            {total:6.1f} ms  (goal: 30)")


if __name__ == "__main__":
    bundled()
    for name in sys.argv[1:]:
        full(Path(name))
