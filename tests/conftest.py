import os
import tarfile
from contextlib import contextmanager
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


@pytest.fixture
def without_rights(tmp_path):
    """A context in which file modes count: root, whom they don't stop, is somebody else there."""
    if not hasattr(os, "geteuid"):
        pytest.skip("file modes are a thing of POSIX")
    if os.geteuid() != 0:
        yield contextmanager(lambda: iter([None]))
        return
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == "root" and folder.stat().st_mode & 0o777 == 0o700:
            folder.chmod(0o755)

    @contextmanager
    def nobody():
        os.setegid(65534)
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
            os.setegid(0)

    yield nobody
