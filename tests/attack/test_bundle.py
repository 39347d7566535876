"""A release as it is read from a bundle: techniques, tactics, version, domain."""

import gzip

import pytest

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
from detcov.attack.bundle import read_bundle
from detcov.attack.release import Release, Tactic, Technique
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


def test_the_hash_is_that_of_the_json():
    text = b'{"type":"bundle","objects":[]}\n'
    by_sha256sum = "84fa0f56bd2d4e0edb4e419124e9e8c472e46dc9ef8d541cbc716f6882fc953a"
    assert stix.decode_bundle(text, "b").sha256 == by_sha256sum
    assert stix.decode_bundle(gzip.compress(text, mtime=0), "b").sha256 == by_sha256sum
