import gzip

import pytest


@pytest.fixture(scope="session")
def shared_attack(shared):
    """The folder of real ATT&CK releases; skips where it isn't there."""
    return shared / "attack"


@pytest.fixture(scope="session")
def json_of(shared_attack):
    """The JSON text of a real release by file name."""

    def read(name: str) -> bytes:
        data = (shared_attack / name).read_bytes()
        return gzip.decompress(data) if name.endswith(".gz") else data

    return read
