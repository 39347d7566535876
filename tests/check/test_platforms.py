"""Rules for one platform that map a technique of another."""

from collections import Counter

import pytest

from check.judged import found, says
from detcov.attack.store import load_release
from detcov.check import platform_contradiction, platform_not_listed
from detcov.model import Role
from detcov.resolve import Resolver
from detcov.study import build_study
from made import ENTRY, make_release, make_technique
from real import bundle_objects, elastic_rules, elastic_trees, sigma_rules

CONTRADICTION, NOT_LISTED = platform_contradiction.CHECK, platform_not_listed.CHECK


def release(version, **techniques):
    """A release of techniques by their number, each with its platforms."""
    made = (
        make_technique(key, "entry", platforms=tuple(platforms))
        for key, platforms in techniques.items()
    )
    return make_release(version, (ENTRY,), *made)


NOW = release(
    "10.0",
    T1001=["Windows"],
    T1002=["Linux", "macOS"],
    T1003=["IaaS", "SaaS"],
    T1004=["PRE"],
    T1005=[],
    T1006=["Network Devices", "Windows"],
)
ON_NOW = Resolver(NOW)


@pytest.mark.parametrize(
    ("stated", "platforms", "code", "theirs"),
    [
        ("T1001", ["Linux"], "M122", "Windows"),
        ("T1001", ["macOS", "Linux", "Containers"], "M122", "Windows"),
        ("T1002", ["Windows"], "M122", "Linux, macOS"),
        ("T1006", ["Linux"], "M122", "Network Devices, Windows"),
        ("T1003", ["Linux"], "M123", "IaaS, SaaS"),
        ("T1003", ["Identity Provider"], "M123", "IaaS, SaaS"),
        ("T1001", ["Containers"], "M123", "Windows"),
        ("T1004", ["Windows"], "M123", "PRE"),
    ],
)
def test_platforms_apart(stated, platforms, code, theirs):
    check, other = CONTRADICTION, NOT_LISTED
    if code == "M123":
        check, other = other, check
    ours = ", ".join(sorted(platforms, key=str.casefold))
    message = f"{stated} (Technique {stated[1:]}) is for {theirs}; the rule is for {ours}"

    told = found(check, says(stated, ENTRY), resolver=ON_NOW, platforms=platforms)

    severity = "warning" if code == "M122" else "note"
    assert told == [(code, severity, 10, message, stated, None)]
    assert found(other, says(stated, ENTRY), resolver=ON_NOW, platforms=platforms) == []


@pytest.mark.parametrize(
    ("mapping", "platforms"),
    [
        (says("T1001", ENTRY), ["Windows"]),
        (says("T1002", ENTRY), ["Windows", "macOS"]),
        (says("T1006", ENTRY), ["Linux", "Network Devices"]),
        (says("T1001", ENTRY), []),
        (says("T1005", ENTRY), ["Linux"]),
        (says("T9999", ENTRY), ["Linux"]),
        (says(None, ENTRY), ["Linux"]),
        (says("T1001", ENTRY, role=Role.CARRIER), ["Linux"]),
        (says("T1001", ENTRY, framework="MITRE ATLAS"), ["Linux"]),
    ],
)
@pytest.mark.parametrize("check", [CONTRADICTION, NOT_LISTED])
def test_not_found(check, mapping, platforms):
    assert found(check, mapping, resolver=ON_NOW, platforms=platforms) == []


def test_a_technique_is_told_once():
    mappings = (says("T1001", ENTRY), says("T1001", ENTRY, entry=1, line=20))

    told = found(CONTRADICTION, *mappings, resolver=ON_NOW, platforms=["Linux"])

    assert [one[2] for one in told] == [10]


def test_what_an_earlier_release_listed_is_drift_and_what_a_later_one_lists_is_nothing():
    narrow, wide = release("9.0", T1001=["Windows"]), release("10.0", T1001=["Linux", "Windows"])
    later = release("11.0", T1001=["Windows"])

    def codes(resolver):
        told = found(CONTRADICTION, says("T1001", ENTRY), resolver=resolver, platforms=["Linux"])
        return [one[:2] for one in told]

    assert codes(Resolver(later, (wide,))) == [("D122", "note")]
    assert codes(Resolver(narrow, (wide,))) == []
    assert codes(Resolver(narrow)) == [("M122", "warning")]


def apart(version, rules):
    """Rules by what is apart, counted from a bundle's JSON. A rule: its platforms, its claims."""
    platforms = {}
    for one in bundle_objects(f"enterprise-attack-{version}.json.gz"):
        if one["type"] == "attack-pattern" and not one.get("revoked"):
            platforms[one["external_references"][0]["external_id"]] = set(one["x_mitre_platforms"])
    systems = {"Windows", "Linux", "macOS"}
    counts = Counter()
    for ours, claims in rules:
        kinds = {
            "systems" if ours & systems and platforms[one] & systems else "others"
            for one in claims
            if one in platforms and ours and not ours & platforms[one]
        }
        counts.update(kinds)
    return counts


def claimed(tree):
    """The techniques and sub-techniques of a rule of Elastic's, without those that hold others."""
    for threat in tree["rule"].get("threat", []):
        if threat["framework"] == "MITRE ATT&CK":
            for technique in threat.get("technique", []):
                for one in technique.get("subtechnique") or [technique]:
                    yield one["id"]


def told(corpus, version):
    study = build_study(corpus, load_release(version, cache_dir=None))
    rules = {(one.code, one.path) for one in study.findings}
    codes = Counter(code for code, _ in rules)
    return {
        "systems": codes["M122"] + codes["D122"],
        "others": codes["M123"] + codes["D123"],
    }


def test_elastics_rules_of_may():
    """By the release of their day, so that no technique was replaced: 33 rules contradict it."""
    trees = elastic_trees()
    active = [one for one in elastic_rules().rules if one.state.active]

    counts = apart("18.1", ((one.platform_names, claimed(trees[one.path])) for one in active))

    assert told(elastic_rules(), "18.1") == counts == {"systems": 33, "others": 150}


def test_sigmas_rules_of_april():
    active = [one for one in sigma_rules().rules if one.state.active]
    claims = ((one.platform_names, {m.technique_id for m in one.mappings}) for one in active)

    assert told(sigma_rules(), "18.1") == apart("18.1", claims) == {"systems": 10, "others": 127}
