"""Our reading of real releases, against mitreattack-python's and against plain counts."""

import gzip
import json
import warnings
from collections import Counter

import pytest

from detcov.attack import bundle
from detcov.attack.bundle import read_bundle, read_parts
from detcov.attack.store import DATA, load_detections, load_release, load_threats

FULL = "enterprise-attack-18.1.json.gz"
FACTS = "enterprise-attack-19.0-facts.json.gz"


def reference(text: bytes, folder):
    from mitreattack.stix20 import MitreAttackData

    path = folder / "bundle.json"
    path.write_bytes(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MitreAttackData(str(path))


def plain_id(item) -> str | None:
    """The ATT&CK id, which MITRE always puts first."""
    references = item.get("external_references") or [{}]
    return references[0].get("external_id")


def facts_of(data) -> dict:
    """Every technique's facts as MitreAttackData gives them.

    Its own getters ask the whole store anew for each technique, so the relationships are asked
    for once.
    """
    from stix2 import Filter

    techniques = data.get_techniques()
    ids = {item["id"]: plain_id(item) for item in techniques}
    links = {"subtechnique-of": {}, "revoked-by": {}}
    for item in data.src.query([Filter("relationship_type", "in", list(links))]):
        if item["source_ref"] in ids:
            links[item["relationship_type"]][item["source_ref"]] = ids[item["target_ref"]]
    columns = [
        tactic["x_mitre_shortname"]
        for tactics in data.get_tactics_by_matrix().values()
        for tactic in tactics
    ]
    result = {}
    for item in techniques:
        phases = {phase["phase_name"] for phase in item.get("kill_chain_phases", ())}
        result[ids[item["id"]]] = (
            item["name"],
            [name for name in columns if name in phases],
            sorted(item.get("x_mitre_platforms", ())),
            links["subtechnique-of"].get(item["id"]),
            bool(item.get("revoked", False)),
            bool(item.get("x_mitre_deprecated", False)),
            links["revoked-by"].get(item["id"]),
        )
    return result


def with_parent_by_dot(facts) -> dict:
    """Revoked sub-techniques have lost their subtechnique-of; the dot in the id still tells."""
    return {
        key: (*item[:3], key.split(".")[0] if item[4] and "." in key else item[3], *item[4:])
        for key, item in facts.items()
    }


def differing(ours, theirs) -> dict:
    """What differs, small enough for pytest to print."""
    return {
        key: (ours.get(key), theirs.get(key))
        for key in ours.keys() | theirs.keys()
        if ours.get(key) != theirs.get(key)
    }


def facts_of_release(release) -> dict:
    return {
        key: (
            item.name,
            list(item.tactics),
            list(item.platforms),
            item.parent,
            item.revoked,
            item.deprecated,
            item.revoked_by,
        )
        for key, item in release.techniques.items()
    }


@pytest.fixture(scope="module")
def full_reference(json_of, tmp_path_factory):
    """MitreAttackData over full 18.1: ten seconds, so only once."""
    return reference(json_of(FULL), tmp_path_factory.mktemp("full"))


def test_every_technique_of_full_18_1_is_as_mitreattack_python_reads_it(json_of, full_reference):
    release = read_bundle(json_of(FULL), name=FULL)
    expected = with_parent_by_dot(facts_of(full_reference))
    assert len(expected) == 835
    assert differing(facts_of_release(release), expected) == {}
    matrix = full_reference.get_tactics_by_matrix()["Enterprise ATT&CK"]
    assert [item.id for item in release.tactics] == [plain_id(tactic) for tactic in matrix]


@pytest.mark.parametrize("revoked", ["T1547.011", "T1053.001", "T1086", "T1574.002"])
def test_successors_by_its_own_getter(json_of, full_reference, revoked):
    release = read_bundle(json_of(FULL), name=FULL)
    item = full_reference.get_object_by_attack_id(revoked, "attack-pattern")
    successor = full_reference.get_revoking_object(item["id"])
    assert release.techniques[revoked].revoked_by == plain_id(successor)


def gone_in(objects):
    """Revoked and deprecated groups, campaigns and software, with the id they were revoked by."""
    ids = {item["id"]: plain_id(item) for item in objects if item["type"] != "relationship"}
    revoked_by = {
        item["source_ref"]: ids[item["target_ref"]]
        for item in objects
        if item.get("relationship_type") == "revoked-by"
    }
    return {
        ids[item["id"]]: revoked_by.get(item["id"])
        for item in objects
        if item["type"] in {"intrusion-set", "campaign", "malware", "tool"}
        and (item.get("revoked") or item.get("x_mitre_deprecated"))
    }


def test_uses_of_full_18_1_counted_plainly(json_of):
    objects = json.loads(json_of(FULL))["objects"]
    active = {
        item["id"]: plain_id(item)
        for item in objects
        if item["type"] != "relationship"
        and not item.get("revoked")
        and not item.get("x_mitre_deprecated")
    }
    expected = {}
    for item in objects:
        ends = active.get(item.get("source_ref")), active.get(item.get("target_ref"))
        if item.get("relationship_type") == "uses" and None not in ends and ends[1][0] == "T":
            expected.setdefault(ends[0], set()).add(ends[1])
    _, threats, _ = read_parts(json_of(FULL), name=FULL)
    assert differing({key: set(value) for key, value in threats.uses.items()}, expected) == {}
    assert {key: one.successor for key, one in threats.gone.items()} == gone_in(objects)
    assert Counter(item.kind for item in threats.actors.values()) == {
        "software": 784,
        "group": 172,
        "campaign": 52,
    }


@pytest.mark.parametrize(
    ("name", "count"), [("ics-attack-18.1.json", 95), ("mobile-attack-17.1.json", 188)]
)
def test_ics_and_mobile(json_of, tmp_path, name, count):
    release = read_bundle(json_of(name), name=name)
    data = reference(json_of(name), tmp_path)
    expected = with_parent_by_dot(facts_of(data))
    assert len(expected) == count
    # Our tactics are the columns of the matrix in force; Mobile's deprecated one is left out.
    columns = {item.shortname for item in release.tactics}
    assert columns == {item["x_mitre_shortname"] for item in data.get_tactics(True)}
    in_force = {
        key: (item[0], [name for name in item[1] if name in columns], *item[2:])
        for key, item in expected.items()
    }
    assert differing(facts_of_release(release), in_force) == {}


def plain_count(text: bytes) -> tuple[int, int, int]:
    """Active techniques, cells and tactics, by a few lines that know nothing of detcov."""
    objects = json.loads(text)["objects"]
    active = [
        item
        for item in objects
        if item["type"] == "attack-pattern"
        and not item.get("revoked")
        and not item.get("x_mitre_deprecated")
    ]
    cells = sum(len(item["kill_chain_phases"]) for item in active)
    return len(active), cells, len([item for item in objects if item["type"] == "x-mitre-tactic"])


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [(FULL, "18.1", (691, 887, 14)), (FACTS, "19.0", (697, 872, 15))],
)
def test_counts(json_of, name, version, expected):
    assert plain_count(json_of(name)) == expected
    for release in (
        read_bundle(json_of(name), name=name),
        load_release(version, cache_dir=None),
    ):
        assert release.version == version
        assert (len(release.active), len(release.cells), len(release.tactics)) == expected


@pytest.mark.parametrize(("name", "version"), [(FULL, "18.1"), (FACTS, "19.0")])
def test_the_bundled_facts_are_those_of_the_input(json_of, name, version):
    given, threats, detections = read_parts(json_of(name), name=name)
    bundled = load_release(version, cache_dir=None)
    assert differing(facts_of_release(bundled), facts_of_release(given)) == {}
    assert (bundled.tactics, bundled.sha256) == (given.tactics, given.sha256)
    bundled_threats = load_threats(bundled)
    assert {key: bundled_threats.uses[key] for key in threats.uses} == threats.uses
    assert bundled_threats.gone == threats.gone
    strategies = detections.strategies
    bundled_strategies = load_detections(bundled).strategies
    assert {key: item.techniques for key, item in bundled_strategies.items()} == {
        key: item.techniques for key, item in strategies.items()
    }


@pytest.mark.parametrize(
    ("name", "version", "techniques", "active"),
    [
        ("enterprise-attack-13.1.json.gz", "13.1", 750, 607),
        ("enterprise-attack-16.1.json.gz", "16.1", 799, 656),
        ("enterprise-attack-17.1.json.gz", "17.1", 823, 679),
    ],
)
def test_stix_2_0(json_of, name, version, techniques, active):
    text = json_of(name)
    assert json.loads(text)["spec_version"] == "2.0"
    assert read_bundle(text, name="renamed.json").version is None
    release = read_bundle(text, name=name)
    assert (release.version, len(release.techniques)) == (version, techniques)
    assert (len(release.active), len(release.cells), len(release.tactics)) == plain_count(text)
    assert len(release.active) == active


def test_an_official_file_is_known_by_its_hash(json_of, monkeypatch):
    # The collection is taken out of sight: only the bytes can tell.
    text = json_of("mobile-attack-17.1.json")
    monkeypatch.setattr(bundle, "COLLECTIONS", {})
    assert read_bundle(text, name="m.json").version == "17.1"
    assert read_bundle(text + b" ", name="m.json").version is None


@pytest.mark.parametrize("version", ["18.1", "19.0"])
def test_packs_are_read_by_mitreattack_python(version, tmp_path):
    text = gzip.decompress((DATA / f"enterprise-attack-{version}.json.gz").read_bytes())
    data = reference(text, tmp_path)
    release = load_release(version, cache_dir=None)
    assert differing(facts_of_release(release), with_parent_by_dot(facts_of(data))) == {}
    threats = load_threats(release)
    assert {plain_id(item) for item in data.get_campaigns(True)} == {
        key for key, item in threats.actors.items() if item.kind == "campaign"
    }
    technique = data.get_object_by_attack_id("T1610", "attack-pattern")
    groups = data.get_groups_using_technique(technique["id"])
    assert {plain_id(item["object"]) for item in groups} == {"G0139"}
    strategies = data.get_detection_strategies_detecting_technique(technique["id"])
    assert [plain_id(item["object"]) for item in strategies] == ["DET0249"]


@pytest.mark.parametrize("version", ["18.1", "19.0"])
def test_packs_hold_no_prose(version):
    text = gzip.decompress((DATA / f"enterprise-attack-{version}.json.gz").read_bytes())
    fields = Counter(key for item in json.loads(text)["objects"] for key in item)
    assert not [key for key in fields if "description" in key or "detection" in key]
    assert b"(Citation:" not in text
