"""Whole outputs, kept as files beside the tests."""

import os
from pathlib import Path


def same_as(path: Path, made: bytes) -> bool:
    """Whether the file holds what was made; with DETCOV_GOLD=new it is written anew first."""
    if os.environ.get("DETCOV_GOLD") == "new":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made)
    return path.is_file() and path.read_bytes() == made
