import gzip

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attack.made_bundle import (
    COLLECTION,
    MATRIX,
    bundle,
    matrix,
    reference,
    related,
    revoked_by,
    tactic,
    technique,
)
from detcov.attack import stix
from detcov.attack.bundle import read_bundle, read_parts
from detcov.attack.detections import Analytic, Detections, LogSource, Strategy
from detcov.attack.release import Release, Tactic, Technique
from detcov.attack.threats import Actor, GoneActor, Threats
from detcov.errors import BundleError, UsageError


def release_of(*objects, name="b.json", **options) -> Release:
    return read_bundle(bundle(*objects), name=name, **options)


def test_a_small_release_whole():
    data = bundle(
        COLLECTION,
        *MATRIX,
        technique("T1002", "execution", "access"),
        technique("T1001", revoked=True),
        technique("T1001.002", "access", x_mitre_platforms=["PRE"], x_mitre_deprecated=True),
        revoked_by("T1001", "T1002"),
    )
    release = read_bundle(data, name="b.json")
    assert release == Release(
        domain="enterprise-attack",
        version="42.1",
        tactics=(
            Tactic(id="TA0001", name="Access", shortname="access"),
            Tactic(id="TA0002", name="Execution", shortname="execution"),
        ),
        techniques={
            "T1001": Technique(
                id="T1001",
                name="Technique T1001",
                tactics=(),
                platforms=("Linux", "Windows"),
                revoked=True,
                revoked_by="T1002",
            ),
            "T1001.002": Technique(
                id="T1001.002",
                name="Technique T1001.002",
                tactics=("access",),
                platforms=("PRE",),
                deprecated=True,
            ),
            "T1002": Technique(
                id="T1002",
                name="Technique T1002",
                tactics=("access", "execution"),
                platforms=("Linux", "Windows"),
            ),
        },
        sha256=release.sha256,
        origin="b.json",
    )
    assert list(release.techniques) == ["T1001", "T1001.002", "T1002"]


def test_gzip_and_a_byte_order_mark_make_no_difference():
    plain = bundle(COLLECTION, *MATRIX, technique("T1001"))
    expected = read_bundle(plain, name="b")
    assert read_bundle(gzip.compress(plain, mtime=0), name="b") == expected
    assert read_bundle(b"\xef\xbb\xbf" + plain, name="b") == expected


CUSTOM_COLLECTION = {**COLLECTION, "name": "ACME's own", "x_mitre_version": "1.0"}


@pytest.mark.parametrize(
    ("objects", "name", "given_version", "expected"),
    [
        ([COLLECTION], "enterprise-attack-17.1.json", None, "42.1"),
        ([COLLECTION], "b.json", "42.1", "42.1"),
        ([], "enterprise-attack-17.1.json", None, "17.1"),
        ([], "enterprise-attack-9.0.json.gz", None, "9.0"),
        ([], "my-enterprise-attack-v13.1.json", None, "13.1"),
        ([], "enterprise-attack-17.1.json", "16.1", "16.1"),
        ([], "b.json", "16.1", "16.1"),
        ([], "b.json", None, None),
        ([], "enterprise-attack.json", None, None),
        ([], "rules-2.0.json", None, None),
        ([], "enterprise-attack-2024.01.02.json", None, None),
        ([CUSTOM_COLLECTION], "b.json", None, None),
        ([{**COLLECTION, "x_mitre_version": "../../x"}], "b.json", None, None),
        ([CUSTOM_COLLECTION, {**COLLECTION, "id": "x-mitre-collection--2"}], "b", None, "42.1"),
    ],
)
def test_where_the_version_comes_from(objects, name, given_version, expected):
    release = release_of(*objects, *MATRIX, technique("T1001"), name=name, version=given_version)
    assert release.version == expected


def test_a_version_that_the_bundle_contradicts_is_refused():
    with pytest.raises(BundleError, match=r"^b\.json: this is ATT&CK 42\.1, not 41\.0$"):
        release_of(COLLECTION, *MATRIX, technique("T1001"), version="41.0")


@pytest.mark.parametrize("version", ["", "latest", "18.1\n", "../18.1", "v18.1"])
def test_a_version_given_has_to_be_one(version):
    with pytest.raises(UsageError, match="is no ATT&CK version"):
        release_of(*MATRIX, technique("T1001"), version=version)


@pytest.mark.parametrize(
    ("domain", "chain"),
    [
        ("enterprise-attack", "mitre-attack"),
        ("mobile-attack", "mitre-mobile-attack"),
        ("ics-attack", "mitre-ics-attack"),
    ],
)
@pytest.mark.parametrize("stated", [True, False])
def test_domains(domain, chain, stated):
    domains = [domain] if stated else []
    release = release_of(
        tactic("TA0001", "access"),
        matrix("TA0001", domain=domain),
        technique("T1001", "access", chain=chain, x_mitre_domains=domains),
    )
    assert (release.domain, release.techniques["T1001"].tactics) == (domain, ("access",))


def test_of_several_domains_the_larger_is_read():
    both = ["enterprise-attack", "ics-attack"]
    shared = technique("T1003", "access", x_mitre_domains=both)
    shared["kill_chain_phases"].append(
        {"kill_chain_name": "mitre-ics-attack", "phase_name": "execution"}
    )
    release = release_of(
        *MATRIX,
        tactic("TA0104", "evasion", x_mitre_domains=["ics-attack"]),
        matrix("TA0104", domain="ics-attack"),
        technique("T1001", "access"),
        shared,
        technique("T0800", "evasion", chain="mitre-ics-attack", x_mitre_domains=["ics-attack"]),
        technique("T1002", "access"),
    )
    assert release.domain == "enterprise-attack"
    assert [item.shortname for item in release.tactics] == ["access", "execution"]
    assert list(release.techniques) == ["T1001", "T1002", "T1003"]
    assert release.techniques["T1003"].tactics == ("access",)


def test_a_deprecated_matrix_and_its_tactics_are_no_columns():
    release = release_of(
        tactic("TA0038", "network-effects", x_mitre_deprecated=True),
        matrix("TA0038", domain="mobile-attack", id="x-mitre-matrix--old", x_mitre_deprecated=True),
        tactic("TA0027", "access"),
        tactic("TA0028", "gone", x_mitre_deprecated=True),
        matrix("TA0028", "TA0027", domain="mobile-attack"),
        technique(
            "T1401",
            "network-effects",
            "access",
            chain="mitre-mobile-attack",
            x_mitre_domains=["mobile-attack"],
        ),
    )
    assert [item.id for item in release.tactics] == ["TA0027"]
    assert release.techniques["T1401"].tactics == ("access",)


def test_custom_techniques_of_workbench_are_in():
    release = release_of(
        *MATRIX,
        technique("T1001", "access"),
        technique(
            "ACME-T9001", "access", chain="acme", external_references=reference("ACME-T9001")
        ),
        technique("T9002", external_references=reference("T9002", source="acme")),
        technique("T9003", external_references=[]),
    )
    assert list(release.techniques) == ["ACME-T9001", "T1001", "T9002"]
    assert release.techniques["ACME-T9001"].tactics == ("access",)


def test_the_dot_decides_what_a_sub_technique_is():
    release = release_of(
        *MATRIX,
        technique("T1001", x_mitre_is_subtechnique=True),
        technique("T1001.001", x_mitre_is_subtechnique=False),
        technique("T1002"),
        related("subtechnique-of", "attack-pattern--T1001.001", "attack-pattern--T1002"),
    )
    assert {key: item.parent for key, item in release.techniques.items()} == {
        "T1001": None,
        "T1001.001": "T1001",
        "T1002": None,
    }


@pytest.mark.parametrize(
    ("relationships", "expected"),
    [
        ([], None),
        ([revoked_by("T1001", "T1002")], "T1002"),
        ([revoked_by("T1001", "missing")], None),
        ([revoked_by("T1001", "T1002", revoked=True)], None),
        ([revoked_by("T1001", "T1002", x_mitre_deprecated=True)], None),
        ([revoked_by("T1001", "T1003"), revoked_by("T1001", "T1002")], "T1002"),
        ([revoked_by("T1001", "T1000"), revoked_by("T1001", "T1003")], "T1003"),
        ([revoked_by("T1001", "T1001")], "T1001"),
    ],
)
def test_successors(relationships, expected):
    release = release_of(
        *MATRIX,
        technique("T1000", revoked=True),
        technique("T1001", revoked=True),
        technique("T1002"),
        technique("T1003"),
        *relationships,
    )
    assert release.techniques["T1001"].revoked_by == expected


def test_an_active_technique_has_no_successor():
    release = release_of(
        *MATRIX, technique("T1001"), technique("T1002"), revoked_by("T1001", "T1002")
    )
    assert release.techniques["T1001"].revoked_by is None


@pytest.mark.parametrize("flag", ["revoked", "x_mitre_deprecated"])
@pytest.mark.parametrize("active_first", [True, False])
def test_the_active_one_of_two_with_one_id_wins(flag, active_first):
    pair = [
        technique("T1001", key="a", name="Now", modified="2001"),
        technique("T1001", key="z", name="Then", modified="2020", **{flag: True}),
    ]
    release = release_of(*MATRIX, *(pair if active_first else reversed(pair)))
    assert release.techniques["T1001"].name == "Now"
    assert release.techniques["T1001"].active


def test_the_newest_version_of_one_object_wins():
    release = release_of(
        *MATRIX,
        technique("T1001", name="New", modified="2020-01-01T00:00:00.000Z"),
        technique("T1001", name="Old", modified="2019-01-01T00:00:00.000Z"),
    )
    assert release.techniques["T1001"].name == "New"


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
        release_of(*objects)
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


def actor(kind, attack_id, **fields):
    return {
        "type": kind,
        "id": f"{kind}--{attack_id}",
        "name": f"Name of {attack_id}",
        "external_references": reference(attack_id),
        **fields,
    }


def test_threats():
    data = bundle(
        *MATRIX,
        technique("T1001"),
        technique("T1002"),
        technique("T1003", revoked=True),
        actor("intrusion-set", "G0002", aliases=["Name of G0002", "Zed", "Alf"]),
        actor("intrusion-set", "G0001", revoked=True),
        actor("campaign", "C0001"),
        actor("malware", "S0001", x_mitre_platforms=["Linux", "Containers"], x_mitre_aliases=["X"]),
        actor("tool", "S0002", x_mitre_deprecated=True),
        related("uses", "intrusion-set--G0002", "attack-pattern--T1002"),
        related("uses", "intrusion-set--G0002", "attack-pattern--T1001"),
        related("uses", "intrusion-set--G0002", "attack-pattern--T1003"),
        related("uses", "intrusion-set--G0002", "malware--S0001"),
        related("uses", "intrusion-set--G0002", "tool--S0002"),
        related("uses", "intrusion-set--G0001", "attack-pattern--T1001"),
        related("uses", "malware--S0001", "attack-pattern--T1001"),
        related("uses", "malware--S0001", "attack-pattern--T1002", revoked=True),
        related("attributed-to", "campaign--C0001", "intrusion-set--G0002"),
        related("mitigates", "malware--S0001", "attack-pattern--T1002"),
    )
    _, threats, _ = read_parts(data, name="b.json")
    group = Actor(id="G0002", name="Name of G0002", kind="group", aliases=("Alf", "Zed"))
    software = Actor(
        id="S0001",
        name="Name of S0001",
        kind="software",
        platforms=("Containers", "Linux"),
        aliases=("X",),
    )
    assert threats == Threats(
        actors={
            "C0001": Actor(id="C0001", name="Name of C0001", kind="campaign"),
            "G0002": group,
            "S0001": software,
        },
        uses={"G0002": ("T1001", "T1002"), "S0001": ("T1001",)},
        software={"G0002": ("S0001",)},
        groups={"C0001": ("G0002",)},
        gone={
            "G0001": GoneActor(id="G0001", name="Name of G0001", kind="group"),
            "S0002": GoneActor(id="S0002", name="Name of S0002", kind="software"),
        },
    )
    assert threats.users == {"T1001": (group, software), "T1002": (group,)}


def test_what_became_of_a_revoked_actor():
    data = bundle(
        *MATRIX,
        technique("T1001"),
        *(actor("intrusion-set", f"G000{n}", revoked=True) for n in (1, 2, 3, 4, 5, 6)),
        actor("intrusion-set", "G0007"),
        # Not what the id means: an active one has it, too.
        actor("intrusion-set", "G0007", id="intrusion-set--other", revoked=True),
        actor("intrusion-set", "G0008", x_mitre_deprecated=True),
        related("revoked-by", "intrusion-set--G0001", "intrusion-set--G0002"),
        related("revoked-by", "intrusion-set--G0002", "intrusion-set--G0007"),
        related("revoked-by", "intrusion-set--G0003", "intrusion-set--G0004"),
        related("revoked-by", "intrusion-set--G0004", "intrusion-set--G0003"),
        related("revoked-by", "intrusion-set--G0005", "intrusion-set--G0099"),
        related("revoked-by", "intrusion-set--G0008", "intrusion-set--G0007"),
    )
    _, threats, _ = read_parts(data, name="b.json")
    assert {key: one.successor for key, one in threats.gone.items()} == {
        "G0001": "G0007",
        "G0002": "G0007",
        "G0003": None,
        "G0004": None,
        "G0005": None,
        "G0006": None,
        "G0008": None,
    }


def test_detections():
    data = bundle(
        *MATRIX,
        technique("T1001"),
        technique("T1002", x_mitre_deprecated=True),
        {
            **actor("x-mitre-detection-strategy", "DET0001"),
            "x_mitre_analytic_refs": [
                "x-mitre-analytic--AN0002",
                "x-mitre-analytic--AN0001",
                "x-mitre-analytic--gone",
            ],
        },
        actor("x-mitre-detection-strategy", "DET0002"),
        actor("x-mitre-detection-strategy", "DET0003"),
        actor("x-mitre-analytic", "AN0001", x_mitre_platforms=["Windows"]),
        actor(
            "x-mitre-analytic",
            "AN0002",
            x_mitre_platforms=["Linux", "Containers"],
            x_mitre_log_source_references=[
                {
                    "x_mitre_data_component_ref": "x-mitre-data-component--DC0001",
                    "name": "auditd:SYSCALL",
                    "channel": "execve",
                },
                {"x_mitre_data_component_ref": "gone", "name": "other"},
            ],
        ),
        actor("x-mitre-data-component", "DC0001"),
        related("detects", "x-mitre-detection-strategy--DET0001", "attack-pattern--T1001"),
        related("detects", "x-mitre-detection-strategy--DET0002", "attack-pattern--T1002"),
        related("detects", "x-mitre-data-component--DC0001", "attack-pattern--T1001"),
    )
    linux = Analytic(
        id="AN0002",
        platforms=("Containers", "Linux"),
        log_sources=(
            LogSource(name="auditd:SYSCALL", channel="execve", component="Name of DC0001"),
            LogSource(name="other"),
        ),
    )
    windows = Analytic(id="AN0001", platforms=("Windows",))
    *_, detections = read_parts(data, name="b.json")
    assert detections == Detections(
        strategies={
            "DET0001": Strategy(
                id="DET0001",
                name="Name of DET0001",
                techniques=("T1001",),
                analytics=(linux, windows),
            )
        },
        components={"T1001": ("Name of DC0001",)},
    )
    assert detections.analytics("T1001") == (linux, windows)
    assert detections.analytics("T1001", "Containers") == (linux,)
    assert detections.analytics("T1001", "macOS") == ()
    assert detections.analytics("T9999") == ()
    assert linux.components == ("Name of DC0001",)


def test_the_hash_is_that_of_the_json():
    text = b'{"type":"bundle","objects":[]}\n'
    by_sha256sum = "84fa0f56bd2d4e0edb4e419124e9e8c472e46dc9ef8d541cbc716f6882fc953a"
    assert stix.decode_bundle(text, "b").sha256 == by_sha256sum
    assert stix.decode_bundle(gzip.compress(text, mtime=0), "b").sha256 == by_sha256sum
