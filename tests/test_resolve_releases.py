"""Whole releases against each other: every pair of one, resolved in another.

What is expected comes from the bundles' JSON and DESIGN's table of outcomes in a few lines.
"""

import gzip
from collections import Counter

import pytest

from analysis.independent import FILES, attack
from detcov.attack.bundle import read_bundle
from detcov.attack.store import load_release
from detcov.resolve import Resolver
from made import make_mapping, make_rule
from real import SHARED, there

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
