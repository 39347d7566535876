import gzip
from pathlib import Path

import pytest

_SHARED = Path(__file__).parents[3] / "shared" / "attack"


@pytest.fixture(scope="session")
def shared_attack() -> Path:
    """The folder of real ATT&CK releases; skips where it isn't there."""
    if not _SHARED.is_dir():
        pytest.skip("the real ATT&CK bundles (../shared/attack) aren't here")
    return _SHARED


@pytest.fixture(scope="session")
def json_of(shared_attack):
    """The JSON text of a real release by file name."""

    def read(name: str) -> bytes:
        data = (shared_attack / name).read_bytes()
        return gzip.decompress(data) if name.endswith(".gz") else data

    return read
