"""Names as ATT&CK writes them, and as files do."""

import pytest

from detcov.attack.names import says_name, tactic_like, written_like

IMPAIR = "Defense Impairment"


@pytest.mark.parametrize(
    ("stated", "name", "expected"),
    [
        ("Indicator Removal", IMPAIR, IMPAIR),
        ("indicator-removal", IMPAIR, "defense-impairment"),
        ("indicator_removal", IMPAIR, "defense_impairment"),
        ("Indicator_Removal", IMPAIR, "Defense_Impairment"),
        ("PowerShell", "Ingress Tool Transfer", "Ingress Tool Transfer"),
        ("Pass-the-Hash", "Pass the Ticket", "Pass the Ticket"),
        ("", IMPAIR, IMPAIR),
    ],
)
def test_a_name_in_the_form_of_another(stated, name, expected):
    assert written_like(stated, name) == expected
    assert says_name(expected, name)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("Defense Evasion", IMPAIR),
        ("defense-evasion", "defense-impairment"),
        ("defense_evasion", "defense_impairment"),
        ("DefenseEvasion", "DefenseImpairment"),
        ("Defense-Evasion", "Defense-Impairment"),
    ],
)
def test_a_tactic_in_the_form_of_another(stated, expected):
    assert tactic_like(stated, IMPAIR) == expected
