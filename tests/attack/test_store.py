import gzip
import os
import subprocess
import sys

import pytest
from msgspec import structs

from attack.made_bundle import COLLECTION, MATRIX, bundle, reference, related, technique
from detcov.attack import indexed, store
from detcov.attack.detections import Analytic, Detections, Strategy
from detcov.attack.index import SCHEMA, part_file, read_part, write_part
from detcov.attack.release import Release, Tactic, Technique
from detcov.attack.store import (
    bundled_releases,
    bundled_versions,
    default_release,
    downloaded_versions,
    load_detections,
    load_release,
    load_threats,
    releases_dir,
)
from detcov.attack.threats import Actor, GoneActor, Threats
from detcov.errors import BundleError, UnknownReleaseError
from detcov.load import kubearmor

BUNDLE = bundle(
    *MATRIX,
    technique("T1001", "access"),
    {
        "type": "malware",
        "id": "malware--1",
        "name": "Bad",
        "external_references": reference("S0001"),
    },
    related("uses", "malware--1", "attack-pattern--T1001"),
)


@pytest.fixture
def bundle_file(tmp_path):
    path = tmp_path / "mine.json"
    path.write_bytes(BUNDLE)
    return path


@pytest.fixture
def cache_dir(tmp_path):
    return tmp_path / "cache"


def cached_files(cache_dir):
    return sorted((cache_dir / "attack").iterdir())


@pytest.fixture
def no_reading(monkeypatch):
    """Call it to make any further reading of STIX fail the test."""

    def forbid():
        def fail(*_args, **_options):
            raise AssertionError("STIX was read again")

        monkeypatch.setattr(indexed, "read_parts", fail)

    return forbid


def test_what_is_bundled():
    """Of a newer release it fails until it is named here, and a parser knows its tactics."""
    assert bundled_versions() == ("18.1", "19.0")
    assert [item.version for item in bundled_releases()] == ["18.1", "19.0"]
    assert default_release() == load_release("19.0", cache_dir=None)
    tactics = {tactic.shortname for release in bundled_releases() for tactic in release.tactics}
    assert tactics == kubearmor._TACTICS


@pytest.mark.parametrize(
    ("spec", "title"),
    [
        ("19.0", "ATT&CK Enterprise 19.0"),
        ("v19.0", "ATT&CK Enterprise 19.0"),
        ("19", "ATT&CK Enterprise 19.0"),
        (" 18 ", "ATT&CK Enterprise 18.1"),
        ("enterprise-18.1", "ATT&CK Enterprise 18.1"),
        ("enterprise-attack-18.1", "ATT&CK Enterprise 18.1"),
    ],
)
def test_bundled_by_version(spec, title):
    release = load_release(spec, cache_dir=None)
    assert (release.title, release.origin, release.location) == (title, "bundled", "")


def test_a_bundled_release_needs_no_stix(no_reading, monkeypatch):
    no_reading()
    monkeypatch.setattr(gzip, "open", None)
    release = load_release("19.0", cache_dir=None)
    assert load_threats(release).users["T1610"][0].id == "G0139"
    assert [item.id for item in load_detections(release).analytics("T1610")] == ["AN0693"]


def test_what_19_0_lacks_is_of_18_1_and_says_so():
    old, new = load_release("18.1"), load_release("19.0")
    threats, before = load_threats(new), load_threats(old)
    campaigns = [item for item in threats.actors.values() if item.kind == "campaign"]
    assert len(campaigns) == 52
    assert {item.of_version for item in campaigns} == {"18.1"}
    assert {item.of_version for item in before.actors.values()} == {None}
    kinsing = threats.actors["S0599"]
    assert (kinsing.platforms, kinsing.of_version, kinsing.details_of_version) == (
        ("Containers", "Linux"),
        None,
        "18.1",
    )
    assert "T1656" in before.uses["C0022"]
    assert "T1684.001" in threats.uses["C0022"]  # T1656 was revoked by it
    (analytic,) = load_detections(new).analytics("T1610")
    assert analytic.of_version == "18.1"
    assert analytic.log_sources == load_detections(old).analytics("T1610")[0].log_sources
    # T1683 is new in 19.0: nothing of 18.1 can be said of it.
    assert {item.of_version for item in load_detections(new).analytics("T1683")} <= {None}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            "17.1",
            f'no ATT&CK release "17.1" at hand (bundled: {", ".join(bundled_versions())})',
        ),
        ("19.2", 'no ATT&CK release "19.2" at hand'),
        ("latest", 'no ATT&CK release "latest" at hand'),
        ("ics-18.1", 'no ATT&CK release "ics-18.1" at hand'),
    ],
)
def test_unknown_releases_name_what_is_at_hand_and_how_to_get_more(spec, message):
    with pytest.raises(UnknownReleaseError) as caught:
        load_release(spec, cache_dir=None)
    assert str(caught.value).startswith(message)
    assert "detcov attack download" in str(caught.value)


def test_by_path(bundle_file, cache_dir):
    release = load_release(str(bundle_file), cache_dir=cache_dir, version="17.1")
    assert (release.version, release.origin) == ("17.1", "mine.json")
    assert load_threats(release, cache_dir=cache_dir).uses == {"S0001": ("T1001",)}
    assert load_detections(release, cache_dir=cache_dir).strategies == {}


def test_a_bundle_is_indexed_once(bundle_file, cache_dir, no_reading):
    first = load_release(str(bundle_file), cache_dir=cache_dir)
    threats = load_threats(first, cache_dir=cache_dir)
    no_reading()
    assert load_release(str(bundle_file), cache_dir=cache_dir) == first
    assert load_threats(first, cache_dir=cache_dir) == threats
    # The index knows only what the bytes tell: neither version nor name of another call.
    renamed = bundle_file.rename(bundle_file.with_name("enterprise-attack-16.1.json"))
    again = load_release(str(renamed), cache_dir=cache_dir)
    assert (first.version, again.version, again.origin) == (None, "16.1", renamed.name)
    with pytest.raises(AssertionError, match="read again"):
        load_release(str(renamed), cache_dir=None)


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda data: data[:-1],
        lambda _: b"garbage",
        lambda data: data[:20] + bytes([data[20] ^ 1]) + data[21:],
    ],
    ids=["empty", "cut", "garbage", "one bit"],
)
def test_a_damaged_index_is_made_anew(bundle_file, cache_dir, damage):
    expected = load_release(str(bundle_file), cache_dir=cache_dir)
    before = {path: path.read_bytes() for path in cached_files(cache_dir)}
    assert len(before) == 3
    for path, data in before.items():
        path.write_bytes(damage(data))
    assert load_release(str(bundle_file), cache_dir=cache_dir) == expected
    assert {path: path.read_bytes() for path in cached_files(cache_dir)} == before


def test_an_index_of_another_shape_is_made_anew(bundle_file, cache_dir):
    expected = load_release(str(bundle_file), cache_dir=cache_dir)
    for path in cached_files(cache_dir):
        write_part(path, Threats(actors={}, uses={}))
    assert load_release(str(bundle_file), cache_dir=cache_dir) == expected


def test_a_cache_that_cannot_be_written_is_no_error(bundle_file, tmp_path):
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("a file where the folder should be")
    release = load_release(str(bundle_file), cache_dir=in_the_way)
    assert list(release.techniques) == ["T1001"]
    assert load_threats(release, cache_dir=in_the_way).uses == {"S0001": ("T1001",)}


RUN = """
import sys
from pathlib import Path
from detcov.attack.store import load_release, load_threats

path, cache_dir = sys.argv[1], Path(sys.argv[2])
for _ in range(50):
    for part in (cache_dir / "attack").glob("*.threats.msgpack"):
        part.unlink(missing_ok=True)
    release = load_release(path, cache_dir=cache_dir)
    assert load_threats(release, cache_dir=cache_dir).uses == {"S0001": ("T1001",)}
"""


def test_two_runs_share_the_cache_while_parts_of_it_vanish(bundle_file, cache_dir):
    command = [sys.executable, "-c", RUN, str(bundle_file), str(cache_dir)]
    runs = [subprocess.Popen(command) for _ in range(2)]
    assert [run.wait(timeout=60) for run in runs] == [0, 0]
    assert len(cached_files(cache_dir)) == 3


def test_a_file_that_changed_since_is_refused(bundle_file, cache_dir):
    release = load_release(str(bundle_file), cache_dir=cache_dir)
    bundle_file.write_bytes(bundle(*MATRIX, technique("T1002")))
    with pytest.raises(BundleError, match="has changed since it was read"):
        load_threats(release, cache_dir=cache_dir)
    bundle_file.unlink()
    with pytest.raises(BundleError, match="No such file"):
        load_detections(release, cache_dir=cache_dir)


def test_a_release_without_a_file_has_no_more_to_tell():
    release = Release(domain="enterprise-attack", version="1.0", tactics=(), techniques={})
    with pytest.raises(BundleError, match="not read from a file"):
        load_threats(release)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("missing.json", "missing.json: No such file or directory"),
        ("no/such/folder", "no/such/folder: No such file or directory"),
        (".", ".: not a file"),
        ("a\0b/c", "embedded null "),
        ("x" * 5000 + ".json", "File name too long"),
        (os.devnull, "not a file"),
    ],
)
def test_paths_that_lead_nowhere(spec, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BundleError) as caught:
        load_release(spec, cache_dir=None)
    assert message in str(caught.value)


def test_a_file_over_the_limit_is_not_read(bundle_file, monkeypatch):
    monkeypatch.setattr(indexed, "SIZE_LIMIT", 2**20)
    bundle_file.write_bytes(b" " * (2**20 + 1))
    with pytest.raises(BundleError, match="larger than 1 MB"):
        load_release(str(bundle_file), cache_dir=None)


def test_downloaded_releases_go_by_version_too(cache_dir):
    folder = releases_dir(cache_dir)
    folder.mkdir(parents=True)
    (folder / "enterprise-attack-17.1.json").write_bytes(BUNDLE)
    (folder / "enterprise-attack-9.0.json").write_bytes(BUNDLE)
    (folder / "enterprise-attack-19.2.json").write_bytes(BUNDLE)
    (folder / "ics-attack-18.1.json").write_bytes(
        bundle({**COLLECTION, "name": "ICS ATT&CK", "x_mitre_version": "18.1"}, *MATRIX)
    )
    assert downloaded_versions(cache_dir) == ("9.0", "17.1", "19.2")
    assert downloaded_versions(cache_dir, "ics-attack") == ("18.1",)
    release = load_release("17", cache_dir=cache_dir)
    assert (release.version, release.origin) == ("17.1", "downloaded")
    assert load_threats(release, cache_dir=cache_dir).uses == {"S0001": ("T1001",)}
    # What lies in the cache never changes what "19" means.
    assert load_release("19", cache_dir=cache_dir).version == "19.0"
    assert load_release("19.2", cache_dir=cache_dir).origin == "downloaded"
    with pytest.raises(UnknownReleaseError, match=r"downloaded: 9\.0, 17\.1, 19\.2"):
        load_release("16.1", cache_dir=cache_dir)


def test_a_damaged_installation_is_said_to_be_one(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "DATA", tmp_path)
    part_file(tmp_path, "enterprise-attack-19.0", Release).write_bytes(b"broken")
    with pytest.raises(BundleError, match="missing or damaged; install detcov again"):
        default_release()


SHAPES = (
    Release,
    Tactic,
    Technique,
    Threats,
    Actor,
    GoneActor,
    Detections,
    Strategy,
    Analytic,
)


def test_a_new_shape_needs_a_new_schema():
    """Where this fails, raise SCHEMA: an older index would be read with fields missing."""
    shapes = {
        kind.__name__: " ".join(field.name for field in structs.fields(kind)) for kind in SHAPES
    }
    assert (SCHEMA, shapes) == (
        2,
        {
            "Release": "domain version tactics techniques sha256 origin location",
            "Tactic": "id name shortname",
            "Technique": "id name tactics platforms revoked deprecated revoked_by",
            "Threats": "actors uses software groups gone",
            "Actor": "id name kind platforms aliases of_version details_of_version",
            "GoneActor": "id name kind successor",
            "Detections": "strategies components",
            "Strategy": "id name techniques analytics",
            "Analytic": "id platforms log_sources of_version",
        },
    )


def test_a_part_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_part(tmp_path / "x.msgpack", Detections(strategies={}, components={}))
    assert list(tmp_path.iterdir()) == []
    assert read_part(tmp_path / "x.msgpack", Detections) is None


def test_the_packs_load_by_path_like_any_bundle(cache_dir):
    path = store.DATA / "enterprise-attack-19.0.json.gz"
    release = load_release(str(path), cache_dir=cache_dir)
    bundled = load_release("19.0", cache_dir=None)
    assert (release.version, release.techniques) == ("19.0", bundled.techniques)
    assert load_threats(release, cache_dir=cache_dir) == load_threats(bundled)
    assert load_detections(release, cache_dir=cache_dir) == load_detections(bundled)
