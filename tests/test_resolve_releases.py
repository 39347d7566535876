"""Releases beside each other: which of them a mapping is seen in, and whole ones pair by pair.

What is expected of whole releases comes from the bundles' JSON and, by the tables of
docs/concepts.md, from a few lines here.
"""

import gzip
from collections import Counter

import pytest
from msgspec import structs

from analysis.independent import FILES, attack
from detcov.attack.bundle import read_bundle
from detcov.attack.foreign import foreign_domain
from detcov.attack.release import Tactic
from detcov.attack.store import load_release
from detcov.resolve import Resolver
from made import (
    HIDING,
    NEW,
    OLD,
    TAKING,
    make_mapping,
    make_release,
    make_rule,
    make_technique,
)
from real import SHARED, there
from resolved import one, seen

BUNDLED = {version: load_release(version, cache_dir=None) for version in ("18.1", "19.0")}


@pytest.fixture(scope="module")
def release_13_1():
    name = FILES["13.1"]
    release = read_bundle(gzip.decompress(there(SHARED / "attack" / name).read_bytes()), name=name)
    assert release.version == "13.1"  # by the file's name alone
    return release


def expected(stated, tactic, versions, target):
    """technique outcome/tactic outcome of a pair that is true in the first of `versions`."""
    active, successors, _ = attack(target)
    technique = successors.get(stated, stated)
    if technique not in active:
        return "deprecated/none" if stated in successors or stated in active else "gone"
    outcome = "same" if technique == stated else "replaced"
    has = active[technique][0]
    if tactic in has:
        return f"{outcome}/same"
    newest = next(
        matrix
        for matrix in (attack(version)[0] for version in reversed(versions))
        if stated in matrix and tactic in matrix[stated][0]
    )
    lost, gained = newest[stated][0] - has, has - newest[stated][0]
    if not gained:
        return f"{outcome}/dropped"
    if len(gained) > 1:
        return f"{outcome}/ambiguous"
    return f"{outcome}/{'moved' if len(lost) == 1 else 'reassigned'}"


def outcomes(release, resolver):
    """(technique, tactic id) of every cell of a release to its outcome in the target."""
    found = {}
    for shortname, stated in release.cells:
        tactic = release.tactic_by_shortname[shortname].id
        (one,) = resolver.resolve(make_rule(make_mapping(stated, tactic)))
        found[stated, tactic] = f"{one.technique_outcome}/{one.tactic_outcome}"
    return found


@pytest.mark.parametrize("versions", [("18.1",), ("13.1",), ("13.1", "18.1")])
def test_every_cell_of_an_earlier_release_in_19_0(versions, release_13_1):
    known = [release_13_1 if version == "13.1" else BUNDLED[version] for version in versions]

    found = outcomes(known[0], Resolver(BUNDLED["19.0"], known))

    matrix = attack(versions[0])[0]
    assert found == {
        (stated, tactic): expected(stated, tactic, versions, "19.0")
        for stated, (tactics, _) in matrix.items()
        for tactic in tactics
    }


def test_every_cell_of_19_0_in_18_1():
    """Nothing is carried back: a cell is there, or it is newer."""
    known = attack("18.1")[0]

    found = outcomes(BUNDLED["19.0"], Resolver(BUNDLED["18.1"], (BUNDLED["19.0"],)))

    assert found == {
        (stated, tactic): (
            "newer/none"
            if stated not in known
            else "same/same"
            if tactic in known[stated][0]
            else "same/newer"
        )
        for stated, (tactics, _) in attack("19.0")[0].items()
        for tactic in tactics
    }


def test_what_became_of_defense_evasion():
    """Of the 198 techniques whose tactics changed: 126 renamed, 18 more, 41 moved, 13 dropped."""
    old, new = BUNDLED["18.1"], BUNDLED["19.0"]
    resolver = Resolver(new, (old,))
    evasion = old.tactic_by_id["TA0005"]
    found = Counter()
    for stated in old.active.values():
        if evasion.shortname in stated.tactics and new.techniques[stated.id].active:
            mapping = make_mapping(stated.id, evasion)
            (one,) = resolver.resolve(make_rule(mapping))
            found[one.tactic_outcome, one.tactics, one.inferred] += 1

    assert found == {
        # 126 have the tactic by its new name and nothing else changed; of 18 something did
        ("redefined", ("stealth",), False): 126 + 18,
        ("moved", ("defense-impairment",), False): 41,
        # 13 lost the column and have one left
        ("dropped", ("privilege-escalation",), True): 7,
        ("dropped", ("lateral-movement",), True): 5,
        ("dropped", ("execution",), True): 1,
    }


class TestKnownReleases:
    """Which releases a resolver looks into."""

    def test_they_are_sorted_as_numbers_and_told_apart_from_the_target(self):
        versions = ("2.0", "10.1", "9.0", "11.0", "10.0")
        known = [make_release(version, ()) for version in versions]
        resolver = Resolver(NEW, known)

        assert [one.version for one in resolver.earlier] == ["9.0", "2.0"]
        assert [one.version for one in resolver.later] == ["10.1", "11.0"]
        assert [one.version for one in resolver.releases] == [
            "2.0",
            "9.0",
            "10.0",
            "10.1",
            "11.0",
        ]
        assert resolver.target is NEW

    def test_a_target_of_unknown_version_is_later_than_all(self):
        resolver = Resolver(structs.replace(NEW, version=None), (OLD, make_release("99.0", ())))

        assert [one.version for one in resolver.releases] == ["9.0", "99.0", None]
        assert seen(one(resolver, make_mapping("T1004", HIDING)))[0] == "same/moved"

    def test_a_known_release_of_unknown_version_or_another_domain_is_left_out(self):
        nameless = structs.replace(OLD, version=None)
        mobile = structs.replace(OLD, domain="mobile-attack")
        resolver = Resolver(NEW, (nameless, mobile))

        assert resolver.releases == (NEW,)
        assert seen(one(resolver, make_mapping("T1004", HIDING)))[0] == "same/mismatched"

    def test_literal_knows_only_the_target(self):
        literal = Resolver(NEW)

        assert [
            seen(one(literal, make_mapping(key, HIDING)))[0]
            for key in ("T1003", "T1004", "T1007", "T1009.001", "T1010")
        ] == [
            "same/same",
            "same/mismatched",
            "same/mismatched",
            # the target's own entry of a revoked technique knows its tactic
            "replaced/moved",
            "replaced/moved",
        ]

    def test_the_newest_release_in_which_the_pair_is_true_is_the_source(self):
        before = make_release("8.0", (TAKING, HIDING), make_technique("T1004", "taking", "hiding"))
        resolver = Resolver(NEW, (before, OLD))

        hiding, taking = (
            one(resolver, make_mapping("T1004", tactic)) for tactic in (HIDING, TAKING)
        )

        # from 9.0: Hiding lost, Breaking gained; from 8.0: Taking and Hiding lost
        assert (seen(hiding)[0], hiding.source_version) == ("same/moved", "9.0")
        assert (seen(taking)[0], taking.source_version) == ("same/reassigned", "8.0")


@pytest.mark.parametrize(
    ("target", "technique", "tactic", "expected"),
    [
        # Facts of ATT&CK: https://attack.mitre.org/resources/updates/ (19.0 split Defense Evasion)
        ("19.0", "T1562.001", ("TA0005", "Defense Evasion"), "T1685 defense-impairment moved"),
        ("19.0", "T1562.004", ("TA0005", "Defense Evasion"), "T1686 defense-impairment moved"),
        ("19.0", "T1070.004", ("TA0005", "Defense Evasion"), "T1070.004 stealth redefined"),
        ("19.0", "T1112", ("TA0005", "Defense Evasion"), "T1112 defense-impairment moved"),
        ("19.0", "T1574.001", ("TA0003", "Persistence"), "T1574.001 execution reassigned"),
        ("19.0", "T1610", ("TA0005", "Defense Evasion"), "T1610 execution dropped"),
        ("19.0", "T1547.011", ("TA0003", "Persistence"), "T1647 defense-impairment reassigned"),
        ("18.1", "T1547.011", ("TA0003", "Persistence"), "T1647 defense-evasion reassigned"),
        ("18.1", "T1562.001", ("TA0005", "Defense Evasion"), "T1562.001 defense-evasion same"),
        ("18.1", "T1685", ("TA0112", "Defense Impairment"), "None  none"),
        ("18.1", "T1112", ("TA0112", "Defense Impairment"), "T1112  newer"),
        ("18.1", "T1070.004", ("TA0005", "Stealth"), "T1070.004 defense-evasion redefined"),
        ("19.0", "T1685", ("TA0112", "Defense Impairment"), "T1685 defense-impairment same"),
        ("19.0", "T1086", ("TA0002", "Execution"), "T1059.001 execution same"),
        ("19.0", "T1073", ("TA0005", "Defense Evasion"), "T1574.001 stealth redefined"),
    ],
)
def test_between_the_real_18_1_and_19_0(target, technique, tactic, expected):
    mapping = make_mapping(technique, tactic[0], name=tactic[1])

    found = one(Resolver(BUNDLED[target], BUNDLED.values(), foreign_domain), mapping)

    shown = f"{found.technique} {', '.join(found.tactics)} {found.tactic_outcome}"
    assert shown == expected


def test_the_bundled_releases_tell_other_domains():
    resolver = Resolver(BUNDLED["19.0"], BUNDLED.values(), foreign_domain)

    assert [
        (found.technique_outcome, found.why)
        for found in (one(resolver, make_mapping(key)) for key in ("T0801", "T1398", "T9999"))
    ] == [
        ("foreign", "T0801 is of ATT&CK ICS."),
        ("foreign", "T1398 is of ATT&CK Mobile."),
        ("unknown", ""),
    ]


ICS = make_release(
    "18.1",
    (Tactic(id="TA0104", name="Execution", shortname="execution"),),
    make_technique("T0807", "execution"),
    domain="ics-attack",
)


@pytest.mark.parametrize("known", [BUNDLED.values(), ()])
def test_rules_for_enterprise_are_foreign_to_another_domain(known):
    """By the releases that are known; what only the list knows is told by it."""
    resolver = Resolver(ICS, known, foreign_domain)
    keys = ("T1059.004", "T1086", "T1398", "T9999", "T0895", "T0807")
    outcomes = [one(resolver, make_mapping(key)).technique_outcome for key in keys]

    enterprise = "foreign" if known else "unknown"
    # T0895 is of ICS: this ICS hasn't got it, and nothing is told of another domain.
    assert outcomes == [enterprise, enterprise, "foreign", "unknown", "unknown", "same"]


@pytest.mark.parametrize(
    ("technique", "tactic_id", "name", "title"),
    [
        ("T1059", "TA0002", "Execution", "ATT&CK Enterprise"),
        ("T1059", "TA0006", "Credential Access", "ATT&CK Enterprise"),
        (None, "TA0002", "Execution", "ATT&CK Enterprise"),
        (None, None, "defense-evasion", "ATT&CK Enterprise"),
        # the technique is of ICS: its tactic's id is wrong, and the name tells which is meant
        ("T0807", "TA0002", "Execution", None),
        ("T0807", "TA0104", "Execution", None),
        ("T1059", "TA0999", "Execution", None),
    ],
)
def test_whose_tactic_is_stated_where_another_domain_is_the_target(
    technique, tactic_id, name, title
):
    resolver = Resolver(ICS, BUNDLED.values(), foreign_domain)

    assert resolver.foreign_tactic(make_mapping(technique, tactic_id, name=name)) == title
