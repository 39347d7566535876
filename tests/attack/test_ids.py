"""Ids as they are written and as they are meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detcov.attack.ids import is_atlas_id, is_tactic_id, is_technique_id, meant_id


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        ("T1059", "T1059"),
        ("T1059.001", "T1059.001"),
        ("t1059.001", "T1059.001"),
        (" T1059 ", "T1059"),
        ("T1059\xa0", "T1059"),
        ('"1070.002"', "T1070.002"),
        ("1070.002", "T1070.002"),
        ("1070", "T1070"),
        ("attack.t1059", "T1059"),
        ("attck.t1112", "T1112"),
        ("atatck.t1112", "T1112"),
        ("attackt1496", "T1496"),
        ("attack.T1021-002", "T1021.002"),
        ("T1021-002", "T1021.002"),
        ("T1021_002", "T1021.002"),
        ("T1021/002", "T1021.002"),
        ("T1562/008/", "T1562.008"),
        ("T1498-DOS", "T1498"),
        ("T1562-impair-defenses", "T1562"),
        ("T1552.004-private-keys", "T1552.004"),
        ("T1059.001 - PowerShell", "T1059.001"),
        ("T1059: Command and Scripting Interpreter", "T1059"),
        ("T1059 (Command and Scripting Interpreter)", "T1059"),
        ("PowerShell (T1059.001)", "T1059.001"),
        ("Private Keys [T1552.004]", "T1552.004"),
        ("Execution | PowerShell - T1059.001", "T1059.001"),
        ("TT1482", "T1482"),
        ("TA003:T1556", "T1556"),
        ("TA0005:T1562", "T1562"),
        ("TA0007-T1046", "T1046"),
        ("TA0005", "TA0005"),
        ("ta0005", "TA0005"),
        ("TA003", "TA0003"),
        ("TA0005-defense-evasion", "TA0005"),
        ("AML.T0051", "AML.T0051"),
        ("aml.t0018.000", "AML.T0018.000"),
        ("TA0006:T0018.000", "T0018.000"),
    ],
)
def test_what_is_meant_beyond_doubt(stated, meant):
    assert meant_id(stated) == meant
    assert is_technique_id(meant) or is_tactic_id(meant) or is_atlas_id(meant)


@pytest.mark.parametrize(
    "stated",
    [
        *("", "T", "T107.004", "T107", "T10590", "T1059.1", "T1059.0001", "T1059.01", "T1059."),
        *(
            "attack.execution",
            "Defense Evasion",
            "1070.02",
            "107004",
            "2024-01-05",
            "T1059.001.002",
        ),
        *("TA0011.001", "TA00005", "TA01", "S0002", "G0016", "CVE-2021-44228", "TTT1482"),
        *("T1059T1060", "T1059, T1060", "T1059 1060", "mitre_data_destruction", "T\uff11059"),
        *("Shell T1059 or T1060", "PowerShell 5 (T1059.001)", "ShellT1059", "Shell (T10590)"),
        *("Shell (T1059) and more", "- T1059 -", "LLM Prompt Injection (T0051)"),
        "T1059-" + "9" * 5000,
        "a " * 5000 + "T1059",
    ],
)
def test_what_is_not(stated):
    assert meant_id(stated) is None


@pytest.mark.parametrize(
    ("stated", "atlas"),
    [
        ("AML.T0051", True),
        ("AML.TA0002", True),
        ("AML.T0018.000", True),
        ("T0051", False),
        ("T0018.000", False),
        ("T1059.000", False),
        ("T0136", False),
        ("T0884", False),
        ("T1059.001", False),
        ("TA0002", False),
    ],
)
def test_which_ids_are_of_atlas(stated, atlas):
    """Without "AML." in front, an id that ATLAS could have is as likely a slip in one of ATT&CK."""
    assert is_atlas_id(stated) is atlas


@given(st.text())
def test_what_is_meant_is_an_id_and_means_itself(text):
    meant = meant_id(text)

    if meant is not None:
        assert is_technique_id(meant) or is_tactic_id(meant) or is_atlas_id(meant)
        assert meant_id(meant) == meant
