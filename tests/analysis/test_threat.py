"""What groups use and rules cover, on made-up groups and on real ones."""

from collections import Counter

import pytest

import real
from detcov import api
from detcov.analysis.coverage import Depth
from detcov.analysis.threat import study_threat
from detcov.attack.actors import find_actors
from detcov.attack.store import load_release, load_threats
from detcov.errors import UsageError
from detcov.model import ScopeColumn, Stated
from detcov.study import StudyOptions, build_study
from made import (
    NEW,
    TAKING,
    make_corpus,
    make_mapping,
    make_release,
    make_rule,
    make_technique,
)
from report.study_sample import sample
from threat_sample import FANG, FOX, IDLE, RAID, THREATS, WOLF


def threat(*actors, study=None, **options):
    return api.threat_of(study or sample(), actors, threats=THREATS, **options)


def ratio(one):
    return one.numerator, one.denominator


def test_two_groups():
    """By hand: rules 0 and 1 claim T1001, 1 claims T1001.001, 2 claims T1004."""
    found = threat(WOLF, FOX)
    assert {
        key: ([user.id for user in one.users], one.rules) for key, one in found.techniques.items()
    } == {
        "T1001": (["G0001", "G0002"], (0, 1)),
        "T1001.001": (["G0002"], (1,)),
        "T1002": (["G0001"], ()),
        "T1004": (["G0002"], (2,)),
        "T1021": (["G0002"], ()),
        "T1040": (["G0001"], ()),
        "T1050": (["G0001"], ()),
    }
    # T1040 is PRE-only: in neither part of the ratio, and no gap.
    assert ratio(found.covered) == (3, 6)
    assert ratio(found.pre_only) == (0, 1)
    assert [one.technique.id for one in found.gaps] == ["T1002", "T1021", "T1050"]
    assert [one.technique.id for one in found.shared] == ["T1001"]
    assert found.techniques["T1001"].depth is Depth.SEVERAL
    assert found.techniques["T1004"].depth is Depth.ONE
    assert found.techniques["T1002"].depth is Depth.NONE
    first = found.techniques["T1001"]
    assert (first.subtechniques_covered, first.subtechniques) == (1, 2)


def test_each_group_alone():
    found = threat(WOLF, FOX)
    assert [
        (one.actor.id, one.techniques, ratio(one.covered), one.alone, one.elsewhere)
        for one in found.actors
    ] == [
        ("G0001", ("T1001", "T1002", "T1040", "T1050"), (1, 3), 3, 0),
        ("G0002", ("T1001", "T1001.001", "T1004", "T1021"), (3, 4), 3, 0),
    ]


def test_by_tactic():
    found = {
        one.tactic.shortname: (one.covered, one.techniques) for one in threat(WOLF, FOX).tactics
    }
    assert found == {
        "planning": (0, 1),
        "entry": (0, 1),
        "running-code": (2, 2),
        "staying": (0, 1),
        "silence": (0, 0),
        "breaking": (1, 1),
        "taking": (0, 2),
    }


def test_of_a_platform_only_rules_that_state_it_count():
    found = threat(WOLF, FOX, platforms=["linux"])
    assert list(found.techniques) == ["T1001", "T1001.001", "T1002", "T1004", "T1021"]
    assert {key for key, one in found.techniques.items() if one.rules} == {"T1001"}
    assert found.techniques["T1001"].rules == (0,)
    assert ratio(found.covered) == (1, 5)
    assert [one.elsewhere for one in found.actors] == [2, 0]
    # Two platforms: a rule of either.
    found = threat(WOLF, FOX, platforms=["Linux", "Windows"])
    assert found.techniques["T1001"].rules == (0, 1)
    assert ratio(found.covered) == (2, 5)


def test_of_containers_the_column_decides():
    claims = [make_mapping("T1050", TAKING)]
    rules = [
        make_rule(*claims, native_id=str(number), column=Stated(value=column, field="tags"))
        for number, column in enumerate(ScopeColumn)
    ]
    study = build_study(make_corpus(*rules), NEW)
    found = threat(WOLF, study=study, platforms=["Containers"])
    assert list(found.techniques) == ["T1050"]
    assert found.techniques["T1050"].rules == (0, 1)  # control plane, runtime
    assert found.actors[0].elsewhere == 3
    # A setting puts the node's rule into scope.
    found = threat(WOLF, study=study, platforms=["Containers"], scope=["runtime=rule:2"])
    assert found.techniques["T1050"].rules == (0, 1, 2)


def test_through_software():
    found = threat(WOLF, with_software=True)
    assert list(found.techniques) == ["T1001", "T1002", "T1018", "T1040", "T1050"]
    # T1050 is said of the group itself, too.
    assert {key: one.through for key, one in found.techniques.items() if one.through} == {
        "T1018": {"G0001": (FANG,)}
    }


def test_software_campaign_and_one_that_does_nothing():
    found = threat(FANG, RAID, IDLE)
    assert list(found.techniques) == ["T1008", "T1018", "T1050"]
    assert [ratio(one.covered) for one in found.actors] == [(0, 2), (0, 1), (0, 0)]
    assert found.actors[2].covered.percent == "n/a"
    alone = threat(IDLE)
    assert (alone.techniques, alone.gaps, alone.covered.percent) == ({}, (), "n/a")
    assert all(one.techniques == 0 for one in alone.tactics)


def test_what_cannot_be_asked():
    with pytest.raises(UsageError, match="nobody asked for"):
        threat()
    some = sample(platforms=("Linux",))
    with pytest.raises(UsageError, match="of all platforms"):
        study_threat(some.release, some.corpus, some.coverage, THREATS, [WOLF])
    assert threat(WOLF, study=some) == threat(WOLF)
    with pytest.raises(UsageError, match=r"no platform 'Linus'; did you mean Linux\?"):
        threat(WOLF, platforms=["Linus"])


def counted_plainly(name):
    """Who uses which active technique by the raw bundle, and each technique's platforms."""
    active = {
        item["id"]: item
        for item in real.bundle_objects(name)
        if not item.get("revoked") and not item.get("x_mitre_deprecated")
    }
    ids = {key: (item.get("external_references") or [{}])[0] for key, item in active.items()}
    uses = {}
    for item in active.values():
        if item.get("relationship_type") == "uses":
            ends = [ids.get(item[end], {}) for end in ("source_ref", "target_ref")]
            user, used = (end.get("external_id", "") for end in ends)
            if user and used.startswith("T"):
                uses.setdefault(user, set()).add(used)
    platforms = {
        ids[key]["external_id"]: set(item.get("x_mitre_platforms", ()))
        for key, item in active.items()
        if item["type"] == "attack-pattern"
    }
    return uses, platforms


@pytest.mark.parametrize(
    ("version", "name"),
    [("18.1", "enterprise-attack-18.1.json.gz"), ("19.0", "enterprise-attack-19.0-facts.json.gz")],
)
def test_real_groups_against_the_raw_bundle(version, name):
    uses, platforms = counted_plainly(name)
    release = load_release(version)
    threats = load_threats(release)
    groups = find_actors(threats, ["TeamTNT,Rocke", "APT29"], "group")
    study = build_study(make_corpus(make_rule()), release)
    found = api.threat_of(study, groups, threats=threats)
    sums = Counter(technique for one in groups for technique in uses[one.id])
    assert len(sums) > 100
    assert {key: len(one.users) for key, one in found.techniques.items()} == sums
    assert ratio(found.covered) == (0, sum(1 for one in sums if platforms[one] != {"PRE"}))
    found = api.threat_of(study, groups, threats=threats, platforms=["Containers"])
    assert found.techniques.keys() == {one for one in sums if "Containers" in platforms[one]}


@pytest.mark.parametrize("version", ["18.1", "19.0"])
def test_real_rules_against_the_reference_cells(version):
    """Which techniques some live rule of Elastic's claims, as counted without detcov."""
    cells = real.oracle(f"elastic20260505_cells_{version}.json")["live"]["techniques"]
    release = load_release(version)
    known = [load_release(one) for one in ("18.1", "19.0")]
    study = build_study(real.elastic_rules(), release, known=known, options=StudyOptions())
    threats = load_threats(release)
    groups = find_actors(threats, ["TeamTNT", "Rocke"], "group")
    found = api.threat_of(study, groups, threats=threats)
    assert {key: len(one.rules) for key, one in found.techniques.items()} == {
        key: cells.get(key, 0) for key in found.techniques
    }


@pytest.mark.parametrize(
    ("name", "asked", "platform"),
    [("mobile-attack-17.1.json", "S0316", "android"), ("ics-attack-18.1.json", "G0034", "none")],
)
def test_mobile_and_ics(name, asked, platform):
    uses, platforms = counted_plainly(name)
    release = load_release(str(real.SHARED / "attack" / name))
    threats = load_threats(release)
    study = build_study(make_corpus(make_rule()), release)
    found = api.threat_of(
        study, find_actors(threats, [asked]), threats=threats, platforms=[platform]
    )
    assert found.techniques.keys() == {
        one for one in uses[asked] if platform in {each.lower() for each in platforms[one]}
    }
    assert found.covered.denominator > 0


def test_without_platforms_every_rule_looks():
    """ICS has no platform but "None": what a rule states doesn't count there."""
    technique = make_technique("T1050", "taking", platforms=("None",))
    release = make_release("10.0", NEW.tactics, technique, domain="ics-attack")
    rules = [
        make_rule(make_mapping("T1050", TAKING), native_id="a", platforms=["Windows"]),
        make_rule(make_mapping("T1050", TAKING), native_id="b"),
    ]
    study = build_study(make_corpus(*rules), release)
    found = threat(WOLF, study=study, platforms=["none"])
    assert found.techniques["T1050"].rules == (0, 1)
    assert found.covered.definition == "techniques they use that a counted rule claims itself"
