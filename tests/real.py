"""The real data in ../shared that tests compare with; every use skips where it is missing."""

import json
import tarfile
import tempfile
from functools import cache
from pathlib import Path

import pytest
import tomli

from detcov.load.corpus import read_corpus
from detcov.model import Corpus
from detcov.source import open_sources

SHARED = Path(__file__).parents[2] / "shared"
_NAME = "elastic-detection-rules-20260505"
_ARCHIVE = SHARED / "corpora" / f"{_NAME}.tar.gz"


def oracle(name):
    """A reference result."""
    return json.loads(there(SHARED / "oracles" / name).read_bytes())


@cache
def elastic_rules() -> Corpus:
    """Elastic's detection rules of May 2026, read as a run reads them."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(there(_ARCHIVE)) as archive:
            archive.extractall(folder, filter="data")
        return read_corpus(open_sources((f"elastic={Path(folder) / _NAME}",)))


@cache
def elastic_trees():
    """The same rules as tomli reads them, by path: for counts that owe detcov nothing."""
    with tarfile.open(there(_ARCHIVE)) as archive:
        found = {
            member.name.removeprefix(f"{_NAME}/"): tomli.loads(
                archive.extractfile(member).read().decode()
            )
            for member in archive
            if member.name.endswith(".toml")
        }
    return {path: tree for path, tree in found.items() if "rule" in tree}


def there(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"../shared/{path.relative_to(SHARED)} isn't here")
    return path
