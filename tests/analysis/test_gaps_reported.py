"""Reports and log sources of real gaps, counted in the bundle's own JSON by a few lines."""

import gzip
import json
from collections import Counter, defaultdict
from functools import cache

import pytest

import detcov
from detcov.attack.store import DATA
from made import make_corpus, make_mapping, make_rule

PLATFORMS = ("Containers", "IaaS", "ESXi")
_KINDS = {
    "malware": "software",
    "tool": "software",
    "intrusion-set": "groups",
    "campaign": "campaigns",
}


_KIND_NAMES = {"software": "software", "group": "groups", "campaign": "campaigns"}


@cache
def bundle(version):
    """Active objects by STIX id, their ATT&CK ids, and relationships by kind."""
    packed = (DATA / f"enterprise-attack-{version}.json.gz").read_bytes()
    objects = [
        one
        for one in json.loads(gzip.decompress(packed))["objects"]
        if not one.get("revoked") and not one.get("x_mitre_deprecated")
    ]
    ids = {
        one["id"]: one["external_references"][0]["external_id"]
        for one in objects
        if one.get("external_references")
    }
    pairs = defaultdict(set)
    for one in objects:
        if one["type"] == "relationship" and {one["source_ref"], one["target_ref"]} <= ids.keys():
            pairs[one["relationship_type"]].add((one["source_ref"], one["target_ref"]))
    return {one["id"]: one for one in objects}, ids, pairs


_CLOUD = {"IaaS", "SaaS", "Office Suite", "Identity Provider"}
_WORKLOADS = {"Linux", "Containers", "IaaS"}
_RELATED = {"Containers": _WORKLOADS, "IaaS": _CLOUD, "ESXi": {"ESXi"}}


def reported(version, platform):
    """Technique id to how many software, groups and campaigns used it on the platform."""
    objects, ids, pairs = bundle(version)
    related = _RELATED[platform]
    own = defaultdict(set)
    for source, target in pairs["uses"]:
        own[source].add(target)
    found = defaultdict(lambda: defaultdict(int))
    for source, target in pairs["uses"]:
        if objects[target]["type"] != "attack-pattern":
            continue
        where = set(objects[target]["x_mitre_platforms"])

        def used_there(software, target=target, where=where):
            runs = set(objects[software].get("x_mitre_platforms", ()))
            meets = runs & where
            return target in own[software] and platform in meets and meets <= related

        if _KINDS[objects[source]["type"]] == "software":
            counts = used_there(source)
        else:
            tools = [one for one in own[source] if _KINDS.get(objects[one]["type"]) == "software"]
            counts = where <= related or any(map(used_there, tools))
        if counts:
            found[ids[target]][_KINDS[objects[source]["type"]]] += 1
    return found


def gaps(version, platform):
    rule = make_rule(make_mapping("T1059"), platforms=["Windows"])
    study = detcov.study_of(make_corpus(rule), detcov.load_release(version))
    return detcov.gaps_of(study, platform)[0]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("version", ["18.1", "19.0"])
def test_reports_of_use_on_a_platform(version, platform):
    expected = reported(version, platform)
    found = {
        one.gap.technique.id: dict(Counter(_KIND_NAMES[actor.kind] for actor in one.actors))
        for one in gaps(version, platform).ranked
    }

    assert sum(map(bool, found.values())) > 5
    assert found == {technique: dict(expected[technique]) for technique in found}


def logs(version, platform):
    """Technique id to names of the log sources that analytics for a platform read."""
    objects, ids, pairs = bundle(version)
    found = defaultdict(set)
    for source, target in pairs["detects"]:
        for reference in objects[source].get("x_mitre_analytic_refs", ()):
            analytic = objects.get(reference)
            if analytic and platform in analytic.get("x_mitre_platforms", ()):
                found[ids[target]] |= {
                    log["name"].strip() for log in analytic.get("x_mitre_log_source_references", ())
                } | {""}
    return found


@pytest.mark.parametrize("version", ["18.1", "19.0"])
def test_logs_to_collect(version):
    """Those of Containers, else of Linux: ten techniques of 18.1 have no analytic of their own."""
    own, linux = logs(version, "Containers"), logs(version, "Linux")
    needs = gaps(version, "Containers").needs

    assert {key: {log.name for log in need.logs} for key, need in needs.items()} == {
        key: (own.get(key) or linux.get(key, set())) - {""} for key in needs
    }
    substitutes = {key for key, need in needs.items() if need.substitute}
    assert substitutes == {key for key in needs if key not in own and key in linux}
    if version == "18.1":
        assert len(substitutes) == 10
