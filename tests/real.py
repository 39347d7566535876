"""The real data in ../shared that tests compare with; every use skips where it is missing."""

import gzip
import json
import tarfile
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import tomli
from msgspec import Struct

from detcov.attack.release import Release
from detcov.attack.store import load_release
from detcov.load.corpus import read_corpus
from detcov.model import Corpus
from detcov.source import Document, blob_id, open_sources

SHARED = Path(__file__).parents[2] / "shared"
_NAME = "elastic-detection-rules-20260505"
_ARCHIVE = SHARED / "corpora" / f"{_NAME}.tar.gz"


@cache
def releases() -> tuple[Release, ...]:
    """ATT&CK 18.1 and 19.0, which expected values are of, whatever is bundled beside them."""
    return load_release("18.1"), load_release("19.0")


def oracle(name):
    """A reference result."""
    return json.loads(there(SHARED / "oracles" / name).read_bytes())


def bundle_objects(name):
    """The objects of an ATT&CK bundle, as plain JSON."""
    data = there(SHARED / "attack" / name).read_bytes()
    return json.loads(gzip.decompress(data) if name.endswith(".gz") else data)["objects"]


@cache
def elastic_rules() -> Corpus:
    """Elastic's detection rules of May 2026, read as a run reads them."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(there(_ARCHIVE)) as archive:
            archive.extractall(folder, filter="data")
        return read_corpus(open_sources((f"elastic={Path(folder) / _NAME}",)))


SIGMA = "sigma-20260428-last-v18"


@cache
def sigma_files() -> dict[str, bytes]:
    """Sigma's files of April 2026, the last for ATT&CK 18, by path."""
    return archive_files(SIGMA)


@cache
def sigma_rules() -> Corpus:
    """The same, read as a run reads them."""
    return read_corpus([Files(label="sigma", files=sigma_files())])


@cache
def sigma_rules_of_august() -> Corpus:
    """The same rules with the tags they had in August 2026, after Sigma had moved to 19."""
    after = oracle("sigma_v19_tags.json")["files"]
    form = "title: {}\nid: r{}\nstatus: {}\nlogsource: {{}}\ndetection: {{}}\ntags: {}\n"
    files = {}
    for at, rule in enumerate(sigma_rules().rules):
        if rule.path in after:
            tags = json.dumps(after[rule.path]["after"] or [])
            text = form.format(at, at, rule.state.lifecycle.value, tags)
            files[rule.path] = text.encode()
    return read_corpus([Files(label="sigma", files=files)])


class Files(Struct, frozen=True, kw_only=True):
    """A source of bytes by path."""

    label: str
    files: dict[str, bytes]

    def documents(self, _suffixes) -> Iterator[Document]:
        for path, data in sorted(self.files.items()):
            yield Document(
                label=self.label, path=path, key=blob_id(data), read=lambda data=data: data
            )


def archive_files(name) -> dict[str, bytes]:
    """What an archive of rules holds, by path."""
    with tarfile.open(there(SHARED / "corpora" / f"{name}.tar.gz")) as archive:
        return {
            member.name.removeprefix(f"{name}/"): archive.extractfile(member).read()
            for member in archive
            if member.isfile()
        }


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
