import errno
import gzip
import json
import os
from pathlib import Path

import pytest

from attack.made_bundle import COLLECTION, MATRIX, bundle, reference, related, technique
from detcov.attack.pack import NOTICE_FILE, make_pack, write_pack
from detcov.attack.store import DATA, load_detections, load_release, load_threats
from detcov.errors import BundleError, OutputError


def full(*objects, version="42.1"):
    return bundle({**COLLECTION, "x_mitre_version": version}, *MATRIX, *objects)


def packed(data, **options):
    pack = make_pack(data, name="full.json", **options)
    return {item["id"]: item for item in json.loads(pack.bundle)["objects"]}


def test_a_pack_keeps_facts_and_drops_prose():
    references = [
        *reference("T1001"),
        {"source_name": "Blog", "description": "Someone. (2020).", "url": "https://example.org"},
    ]
    objects = packed(
        full(
            technique(
                "T1001",
                "access",
                description="Prose.",
                x_mitre_detection="More prose.",
                x_mitre_contributors=["A person"],
                external_references=references,
                modified="2020-01-01T00:00:00.000Z",
            ),
            {"type": "course-of-action", "id": "course-of-action--1", "name": "Do it"},
            related("mitigates", "course-of-action--1", "attack-pattern--T1001"),
            {
                "type": "malware",
                "id": "malware--1",
                "name": "Bad",
                "labels": ["malware"],
                "external_references": reference("S0001"),
            },
            related("uses", "malware--1", "attack-pattern--T1001", description="Prose."),
            related("uses", "malware--1", "attack-pattern--gone"),
        )
    )
    marking = "marking-definition--fa42a846-8d90-4e51-bc29-71d5b4802168"
    assert objects["attack-pattern--T1001"] == {
        "type": "attack-pattern",
        "id": "attack-pattern--T1001",
        "spec_version": "2.1",
        "modified": "2020-01-01T00:00:00.000Z",
        "name": "Technique T1001",
        "external_references": reference("T1001"),
        "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "access"}],
        "x_mitre_platforms": ["Windows", "Linux"],
        "x_mitre_domains": ["enterprise-attack"],
        "object_marking_refs": [marking],
    }
    uses = "relationship--uses-malware--1-attack-pattern--T1001"
    assert objects[uses] == {
        "type": "relationship",
        "id": uses,
        "spec_version": "2.1",
        "relationship_type": "uses",
        "source_ref": "malware--1",
        "target_ref": "attack-pattern--T1001",
    }
    assert "© 2026 The MITRE Corporation" in objects[marking]["definition"]["statement"]
    assert len([key for key in objects if key.startswith(("relationship", "course"))]) == 1


def test_a_pack_says_what_it_was_made_from():
    data = full(technique("T1001"))
    pack = make_pack(data, name="full.json", origin="the galaxy")
    (collection,) = [
        item for item in json.loads(pack.bundle)["objects"] if item["type"] == "x-mitre-collection"
    ]
    assert collection["name"] == "Enterprise ATT&CK"
    assert collection["x_mitre_version"] == "42.1"
    assert collection["x_detcov_source_name"] == "full.json"
    assert collection["x_detcov_source_sha256"] == pack.release.sha256
    assert collection["x_detcov_made"] == (
        "Facts only, no prose; rebuilt from full.json, put together from the galaxy "
        "by detcov attack pack"
    )


OLDER = full(
    technique("T1001"),
    technique("T1002"),
    technique("T1003"),
    {
        "type": "campaign",
        "id": "campaign--1",
        "name": "Op",
        "external_references": reference("C0001"),
    },
    {
        "type": "malware",
        "id": "malware--old-id",
        "name": "Bad",
        "x_mitre_platforms": ["Linux"],
        "external_references": reference("S0001"),
    },
    related("uses", "campaign--1", "attack-pattern--T1001"),
    related("uses", "campaign--1", "attack-pattern--T1002"),
    related("uses", "campaign--1", "attack-pattern--T1003"),
    related("uses", "campaign--1", "malware--old-id"),
    *(
        {
            "type": "x-mitre-detection-strategy",
            "id": f"x-mitre-detection-strategy--{number}",
            "name": f"Strategy {number}",
            "external_references": reference(f"DET000{number}"),
            "x_mitre_analytic_refs": [f"x-mitre-analytic--{number}"],
        }
        for number in (1, 2, 3)
    ),
    *(
        {
            "type": "x-mitre-analytic",
            "id": f"x-mitre-analytic--{number}",
            "name": f"Analytic {number}",
            "external_references": reference(f"AN000{number}"),
            "x_mitre_platforms": ["Linux"],
            "x_mitre_log_source_references": [
                {
                    "x_mitre_data_component_ref": "x-mitre-data-component--1",
                    "name": "auditd",
                    "channel": f"call {number}",
                }
            ],
        }
        for number in (1, 2, 3)
    ),
    *(
        related("detects", f"x-mitre-detection-strategy--{number}", f"attack-pattern--T100{number}")
        for number in (1, 2, 3)
    ),
    {
        "type": "x-mitre-data-component",
        "id": "x-mitre-data-component--1",
        "name": "Process Creation",
        "external_references": reference("DC0001"),
    },
    version="41.0",
)
"""Campaign 1 and one analytic for each of T1001, T1002 and T1003."""


def newer(*objects):
    """T1002 was revoked by T2002, T1003 is gone; analytic 3 now serves T1001."""
    strategies = [("1", "T1001", ["1", "3"]), ("2", "T2002", ["2"])]
    return full(
        technique("T1001"),
        technique("T1002", revoked=True),
        technique("T2002"),
        related("revoked-by", "attack-pattern--T1002", "attack-pattern--T2002"),
        {
            "type": "malware",
            "id": "malware--new-id",
            "name": "Bad",
            "external_references": reference("S0001"),
        },
        *(
            {
                "type": "x-mitre-detection-strategy",
                "id": f"x-mitre-detection-strategy--{number}",
                "name": f"Strategy {number}",
                "external_references": reference(f"DET000{number}"),
                "x_mitre_analytic_refs": [f"x-mitre-analytic--{ref}" for ref in refs],
            }
            for number, _, refs in strategies
        ),
        *(
            {
                "type": "x-mitre-analytic",
                "id": f"x-mitre-analytic--{number}",
                "name": f"Analytic {number}",
                "external_references": reference(f"AN000{number}"),
                "x_mitre_platforms": ["Linux"],
            }
            for number in (1, 2, 3)
        ),
        *(
            related("detects", f"x-mitre-detection-strategy--{number}", f"attack-pattern--{key}")
            for number, key, _ in strategies
        ),
        *objects,
    )


@pytest.fixture
def borrowed(tmp_path):
    """A pack of `newer()` filled from OLDER, loaded again."""
    write_pack(make_pack(newer(), name="new.json", older=(OLDER, "old.json")), tmp_path)
    return load_release(str(tmp_path / "enterprise-attack-42.1.json.gz"), cache_dir=None)


def test_what_a_bundle_lacks_is_taken_from_an_earlier_release(borrowed):
    threats = load_threats(borrowed)
    campaign, software = threats.actors["C0001"], threats.actors["S0001"]
    assert (campaign.of_version, campaign.details_of_version) == ("41.0", None)
    assert (software.of_version, software.details_of_version) == (None, "41.0")
    assert software.platforms == ("Linux",)
    # T1002 is followed to its successor; T1003 is nowhere.
    assert threats.uses == {"C0001": ("T1001", "T2002")}
    assert threats.software == {"C0001": ("S0001",)}


def test_log_sources_go_by_analytic_and_technique(borrowed):
    found = {
        analytic.id: (analytic.of_version, [log.channel for log in analytic.log_sources])
        for strategy in load_detections(borrowed).strategies.values()
        for analytic in strategy.analytics
    }
    assert found == {
        "AN0001": ("41.0", ["call 1"]),
        "AN0002": ("41.0", ["call 2"]),  # T2002 is what T1002 is called now
        "AN0003": (None, []),  # another technique's analytic in the earlier release
    }
    (analytic,) = load_detections(borrowed).analytics("T2002")
    assert analytic.components == ("Process Creation",)


def test_what_a_bundle_has_is_not_replaced():
    own = {
        "type": "campaign",
        "id": "campaign--own",
        "name": "Own",
        "external_references": reference("C0002"),
    }
    objects = packed(newer(own), older=(OLDER, "old.json"))
    assert [key for key in objects if key.startswith("campaign")] == ["campaign--own"]
    assert "x_detcov_of_version" not in objects["campaign--own"]


def test_the_same_input_gives_the_same_bytes(tmp_path):
    data = newer()
    for folder in ("a", "b"):
        write_pack(make_pack(data, name="new.json"), tmp_path / folder)
    one, other = (
        {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}
        for folder in ("a", "b")
    )
    assert one == other
    assert sorted(one) == [
        "NOTICE",
        "enterprise-attack-42.1.detections.msgpack",
        "enterprise-attack-42.1.json.gz",
        "enterprise-attack-42.1.release.msgpack",
        "enterprise-attack-42.1.threats.msgpack",
    ]
    assert one["NOTICE"] == NOTICE_FILE.read_bytes()
    assert one["enterprise-attack-42.1.json.gz"][4:8] == b"\0\0\0\0"  # gzip's time stamp


def test_a_bundle_without_a_version_is_not_packed():
    nameless = bundle(*MATRIX, technique("T1001"))
    with pytest.raises(BundleError, match=r"^x\.json: nothing tells its version"):
        make_pack(nameless, name="x.json")
    with pytest.raises(BundleError, match=r"^x\.json: nothing tells its version"):
        make_pack(newer(), name="new.json", older=(nameless, "x.json"))


def test_only_domains_of_attack_are_packed():
    custom = bundle(
        *MATRIX,
        technique("T1001", x_mitre_domains=["../acme"]),
    )
    with pytest.raises(BundleError, match="is no domain of ATT&CK's"):
        make_pack(custom, name="enterprise-attack-1.0.json")


def test_a_folder_that_cannot_be_written(tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with pytest.raises(OutputError, match=r"file: is no folder$"):
        write_pack(make_pack(newer(), name="new.json"), in_the_way)


def test_a_pack_that_breaks_off_leaves_what_was_there(tmp_path, monkeypatch):
    pack = make_pack(newer(), name="new.json")
    before = tmp_path / "enterprise-attack-42.1.json.gz"
    before.write_bytes(b"before")

    def full(path, data):
        path.touch()
        with path.open("wb") as file:
            file.write(data[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match=r"No space left on device$"):
        write_pack(pack, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {before.name: b"before"}


def test_the_committed_packs_are_what_attack_pack_makes(shared_attack):
    older = "enterprise-attack-18.1.json.gz"
    facts = "enterprise-attack-19.0-facts.json.gz"
    data = (shared_attack / older).read_bytes()
    for pack in (
        make_pack(data, name=older),
        make_pack(
            (shared_attack / facts).read_bytes(),
            name=facts,
            origin="the MISP galaxy clusters of 2026-04-30",
            older=(data, older),
        ),
    ):
        path = DATA / f"enterprise-attack-{pack.release.version}.json.gz"
        same = gzip.decompress(path.read_bytes()) == pack.bundle
        assert same, f"{path.name} is outdated: make it anew (docs/attack-data.md)"


@pytest.mark.parametrize("version", ["18.1", "19.0"])
def test_the_committed_indexes_are_those_of_the_committed_packs(version, tmp_path):
    path = DATA / f"enterprise-attack-{version}.json.gz"
    release = load_release(str(path), cache_dir=tmp_path)
    bundled = load_release(version, cache_dir=None)
    assert release.techniques == bundled.techniques
    assert release.tactics == bundled.tactics


def test_a_relationship_without_an_id_is_told():
    broken = related("uses", "intrusion-set--1", "attack-pattern--T1001")
    del broken["id"]
    data = bundle(COLLECTION, *MATRIX, technique("T1001"), broken)
    with pytest.raises(BundleError, match=r"^b\.json: an object of type relationship has no id$"):
        make_pack(data, name="b.json")


def test_what_is_not_utf8_is_told():
    data = bundle(COLLECTION, *MATRIX, technique("T1001", description="prose"))
    with pytest.raises(BundleError, match=r"^b\.json: not JSON in UTF-8: [^\n]*$"):
        make_pack(data.replace(b"prose", b"\xff"), name="b.json")
