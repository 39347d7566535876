"""A bundle that is broken or unsound is one clear line, whatever is wrong with it."""

import gzip

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attack.made_bundle import (
    MATRIX,
    bundle,
    matrix,
    tactic,
    technique,
)
from detcov.attack import stix
from detcov.attack.bundle import read_bundle
from detcov.attack.release import Release
from detcov.errors import BundleError

SOUND = bundle(*MATRIX, technique("T1001"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "b.json: not JSON: Input data was truncated"),
        (b"hello", "b.json: not JSON: "),
        (SOUND[:-20], "b.json: not JSON: Input data was truncated"),
        (b'{"type": "bundle", "objects": [{"type": "\xff"}]}', "b.json: not JSON: "),
        (b"[]", "b.json: not an ATT&CK STIX bundle: "),
        (b"{}", "b.json: not an ATT&CK STIX bundle: Object missing required field `type`"),
        (b'{"type": "bundle"}', "b.json: not an ATT&CK STIX bundle: "),
        (b'{"type": "layer", "objects": []}', 'b.json: not a STIX bundle: its type is "layer"'),
        (b'{"type": "bundle", "objects": []}', "b.json: holds no ATT&CK technique"),
        (b'{"type": "bundle", "objects": [1]}', "b.json: not an ATT&CK STIX bundle: "),
        (b"[" * 100_000, "b.json: not an ATT&CK STIX bundle: "),
        (
            b'{"type": "bundle", "objects": ' + b"[" * 100_000,
            "b.json: not an ATT&CK STIX bundle: ",
        ),
        (
            b'{"type": "bundle", "x": ' + b"[" * 100_000,
            "b.json: not an ATT&CK STIX bundle: nested too deeply",
        ),
        (gzip.compress(SOUND, mtime=0)[:-30], "b.json: broken gzip file: "),
        (gzip.compress(SOUND, mtime=0)[:20] + b"\0" * 9, "b.json: broken gzip file: "),
        (b"\x1f\x8b", "b.json: broken gzip file: "),
        (gzip.compress(SOUND, mtime=0) + b"garbage", "b.json: broken gzip file: "),
    ],
)
def test_broken_files_give_one_clear_line(data, message):
    with pytest.raises(BundleError) as caught:
        read_bundle(data, name="b.json")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


NO_SHORTNAME = tactic("TA0001", "access", x_mitre_shortname="")


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ([*MATRIX, technique("T1001", name="")], "T1001 has no name"),
        ([*MATRIX, technique("T1001", id="")], "an object of type attack-pattern has no id"),
        ([technique("T1001")], "holds no ATT&CK tactic"),
        ([matrix("TA0009"), technique("T1001")], "its matrix names x-mitre-tactic--TA0009"),
        ([NO_SHORTNAME, matrix("TA0001"), technique("T1001")], "has no x_mitre_shortname"),
        (
            [*MATRIX, technique("T1001", key="a"), technique("T1001", key="b")],
            "two active techniques have the id T1001",
        ),
        (
            [*MATRIX, technique("T1001"), technique("T1001", name="Other")],
            "attack-pattern--T1001 stands twice in it, with different contents",
        ),
        ([*MATRIX, technique("T1001", x_mitre_platforms="Linux")], "x_mitre_platforms"),
        ([*MATRIX, technique("T1001", kill_chain_phases=None)], "kill_chain_phases"),
    ],
)
def test_unsound_bundles_give_one_clear_line(objects, message):
    with pytest.raises(BundleError) as caught:
        read_bundle(bundle(*objects), name="b.json")
    assert message in str(caught.value)
    assert str(caught.value).startswith("b.json: ")
    assert "\n" not in str(caught.value)


def test_more_than_the_limit_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(stix, "SIZE_LIMIT", 2**20)
    bomb = gzip.compress(b" " * (2**20 + 1), mtime=0)
    assert len(bomb) < 2000
    with pytest.raises(BundleError, match=r"^b\.json: larger than 1 MB unpacked$"):
        read_bundle(bomb, name="b.json")


@given(st.binary(max_size=300))
@example(b"\x1f\x8b\x08\x00")
@example(b'{"type":"bundle","objects":[]}')
def test_any_bytes_give_a_release_or_a_bundle_error(data):
    try:
        result = read_bundle(data, name="b.json")
    except BundleError as error:
        assert str(error).startswith("b.json: ")  # noqa: PT017
    else:
        assert isinstance(result, Release)


@given(data=st.data())
def test_any_damage_to_a_sound_bundle_gives_a_release_or_a_bundle_error(data):
    start = data.draw(st.integers(0, len(SOUND)))
    cut = data.draw(st.integers(0, 40))
    put = data.draw(st.binary(max_size=12))
    try:
        result = read_bundle(SOUND[:start] + put + SOUND[start + cut :], name="b.json")
    except BundleError:
        return
    assert isinstance(result, Release)


@pytest.mark.parametrize(
    "objects",
    [
        b",".join([b'{"type":"a"}'] * 1_000_000),
        b'{"type":"a","external_references":[' + b",".join([b"{}"] * 1_000_000) + b"]}",
        b'{"type":"a","x_mitre_platforms":[' + b",".join([b'"ab"'] * 5_000_002) + b"]}",
        b'{"type":"a","x":[' + b",".join([b"[]"] * 1_000_000) + b"]}",
    ],
    ids=["objects", "references", "texts", "lists"],
)
def test_more_objects_than_memory_is_for_are_refused_before_they_are_read(objects, monkeypatch):
    """Small ones take twenty times the memory of their text."""
    monkeypatch.setattr(stix, "_DECODER", None)
    with pytest.raises(BundleError, match=r"^b\.json: more objects than any ATT&CK bundle has$"):
        read_bundle(b'{"type":"bundle","objects":[' + objects + b"]}", name="b.json")


def test_the_limits_leave_room_for_five_times_the_largest_release(shared_attack):
    path = shared_attack / "enterprise-attack-18.1.json.gz"
    text = gzip.decompress(path.read_bytes())
    assert 5 * (text.count(b"{") + text.count(b"[")) < stix.MOST_BRACKETS
    assert 5 * text.count(b",") < stix.MOST_COMMAS
