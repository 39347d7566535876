import os
import tarfile
from pathlib import Path

import hypothesis
import pytest

_SHARED = Path(__file__).parents[2] / "shared"
_MAY = "elastic-detection-rules-20260505"

# The cases are the same in every run of CI; elsewhere hypothesis looks for new ones.
hypothesis.settings.register_profile(
    "ci", derandomize=True, deadline=None, database=None, max_examples=60
)
hypothesis.settings.register_profile("here", deadline=None, max_examples=60)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session")
def shared():
    """The folder of real data beside the repository; skips where it isn't there."""
    if not _SHARED.is_dir():
        pytest.skip("the real data (../shared) isn't here")
    return _SHARED


@pytest.fixture(scope="session")
def elastic_corpus(shared, tmp_path_factory):
    """Elastic's detection rules of May 2026: the folder with `rules/` in it."""
    folder = tmp_path_factory.mktemp("elastic")
    with tarfile.open(shared / "corpora" / f"{_MAY}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / _MAY
