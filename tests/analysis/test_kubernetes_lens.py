"""Rules seen through Microsoft's matrix: by hand, and Elastic's against the reference."""

import real
from detcov import api
from detcov.analysis.kubernetes_lens import LensState, sum_up
from detcov.attack.store import load_release
from detcov.study import StudyOptions, build_study
from kubernetes_sample import sample

BY_HAND = {
    # T1610 stands behind three.
    "MS-TA9008": (LensState.COVERED, (0,), (), ()),
    "MS-TA9011": (LensState.COVERED, (0,), (), ()),
    "MS-TA9018": (LensState.COVERED, (0,), (), ()),
    # T1499 is one of two that are named.
    "MS-TA9040": (LensState.COVERED, (5,), (), ()),
    # T1070.004 is a sub-technique of T1070.
    "MS-TA9021": (LensState.VIA, (), (2,), ()),
    "MS-TA9022": (LensState.VIA, (), (2,), ()),
    "MS-TA9038": (LensState.NODE, (), (), (1,)),
    # Microsoft names none.
    "MS-TA9003": (LensState.UNMAPPED, (), (), ()),
    "MS-TA9010": (LensState.UNMAPPED, (), (), ()),
    "MS-TA9017": (LensState.UNMAPPED, (), (), ()),
    "MS-TA9041": (LensState.UNMAPPED, (), (), ()),
}
"""All others are gaps: the rule on T1611 looks elsewhere, the one on T1609 is deprecated"""


def test_each_technique():
    rows = api.kubernetes_lens(sample()).rows
    assert len(rows) == 40
    assert {one.technique.id: (one.state, one.rules, one.via, one.node) for one in rows} == {
        one.technique.id: BY_HAND.get(one.technique.id, (LensState.GAP, (), (), ())) for one in rows
    }


def test_the_sums():
    lens = api.kubernetes_lens(sample())
    sums = sum_up(lens.rows)
    assert (sums.covered.numerator, sums.covered.denominator) == (6, 36)
    assert (sums.itself.numerator, sums.with_node.numerator) == (4, 7)
    assert (sums.gaps, sums.unmapped) == (30, 4)
    found = {
        tactic: (sums.covered.numerator, sums.covered.denominator, sums.gaps, sums.unmapped)
        for tactic, rows in lens.by_tactic.items()
        if (sums := sum_up(rows))
    }
    assert found == {
        "Initial Access": (0, 4, 4, 1),
        "Execution": (2, 5, 3, 1),
        "Persistence": (0, 5, 5, 1),
        "Privilege Escalation": (1, 4, 3, 0),
        "Defense Evasion": (2, 4, 2, 0),
        "Credential Access": (0, 6, 6, 0),
        "Discovery": (0, 5, 5, 0),
        "Lateral Movement": (0, 7, 7, 0),
        "Collection": (0, 1, 1, 1),
        "Impact": (1, 3, 2, 0),
    }
    assert sum_up(()).covered.percent == "n/a"


def test_a_setting_moves_a_rule():
    lens = api.kubernetes_lens(sample(), scope=["control-plane=rule:escapes"])
    row = next(one for one in lens.rows if one.technique.id == "MS-TA9013")
    assert (row.state, row.rules) == (LensState.COVERED, (3,))
    assert lens.columns[3].field == "setting rule:escapes"


def test_elastic_rules_against_the_reference():
    """Rules per technique and column, counted without detcov, where the matrix names one."""
    expected = real.oracle("elastic20260505_containers_19.0.json")["live"]["rows"]
    known = [load_release("18.1")]
    study = build_study(
        real.elastic_rules(), load_release("19.0"), known=known, options=StudyOptions()
    )
    compared = {
        one.technique.id: (len(one.rules), expected[one.attack[0]])
        for one in api.kubernetes_lens(study).rows
        if len(one.attack) == 1 and one.attack[0] in expected
    }
    assert len(compared) > 20
    assert {key: found for key, (found, _) in compared.items()} == {
        key: row["control plane"] + row["runtime"] for key, (_, row) in compared.items()
    }
