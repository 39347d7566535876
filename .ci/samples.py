"""Looks whether the committed reports/ are what detcov makes of rules/ today.

They are of ATT&CK 19.0, as those of weekly_sample.py: of a newer release that is bundled they
only say that it was looked into, too, until it is named here. Pictures differ with the machine's
fonts and libraries, so they are compared by the data they were drawn from, whose hash they carry.
"""

import sys
import tempfile
from pathlib import Path

from weekly_sample import write_sample

from detcov.cli import cli
from detcov.report.picture import picture_fingerprint

ROOT = Path(__file__).resolve().parent.parent
RELEASE = "19.0"


def main() -> int:
    """0 when every file is current; 1 with the names of those that aren't."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        arguments = ["report", str(ROOT / "rules"), "--no-cache", "--out", folder]
        arguments += ["--attack", RELEASE]
        cli.main(args=arguments, standalone_mode=False)
        names = sorted(path.name for path in made.iterdir())
        stale = [name for name in names if not _same(made / name, ROOT / "reports" / name)]
        weekly = made / "weekly"
        write_sample(weekly)
        # The plot carries no hash of its data; the page holds the same numbers.
        names = sorted(path.name for path in weekly.iterdir() if path.suffix != ".png")
        kept = ROOT / "reports" / "weekly"
        stale_weekly = [name for name in names if not _same(weekly / name, kept / name)]
    for name in stale:
        sys.stderr.write(
            f"reports/{name} is not current: run detcov report --attack {RELEASE} and commit it\n"
        )
    for name in stale_weekly:
        sys.stderr.write(
            f"reports/weekly/{name} is not current: run .ci/weekly_sample.py and commit it\n"
        )
    return 1 if stale or stale_weekly else 0


def _same(made: Path, kept: Path) -> bool:
    if not kept.is_file():
        return False
    one, other = made.read_bytes(), kept.read_bytes()
    if made.suffix in {".png", ".svg"}:
        return picture_fingerprint(one) == picture_fingerprint(other) is not None
    return one == other


if __name__ == "__main__":
    sys.exit(main())
