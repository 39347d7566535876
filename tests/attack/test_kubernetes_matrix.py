"""The matrix that comes with the package, against the site it is of."""

from detcov.attack.kubernetes_matrix import load_kubernetes_matrix, now
from detcov.attack.store import load_release
from made import NEW

# Read from the pages of the site as built on 2023-01-23 (commit 75ce1f9), in the order of their
# addresses: number, the columns the page names, the ATT&CK techniques the page names.
SITE = """
9036 LateralMovement T1557
9030 Discovery T1613
9020 PrivilegeEscalation,LateralMovement T1078.004
9028 CredentialAccess T1552.005
9029 Discovery T1613
9009 Execution T1190
9004 InitialAccess T1190
9027 CredentialAccess,LateralMovement T1552
9012 Persistence T1543
9021 DefenseEvasion T1070
9034 LateralMovement T1210
9019 PrivilegeEscalation T1078.003
9041 Collection
9002 InitialAccess T1195.002,T1525
9024 DefenseEvasion T1090
9035 LateralMovement T1557
9038 Impact T1485
9022 DefenseEvasion T1070
9040 Impact T1498,T1499
9006 Execution T1609
9005 InitialAccess,Discovery T1133
9033 Discovery T1552.005
9003 InitialAccess
9014 Persistence T1053.007
9025 CredentialAccess T1552.007
9015 Persistence,CredentialAccess T1546
9026 CredentialAccess T1552.001
9031 Discovery T1046
9008 Execution T1610
9023 DefenseEvasion T1036.005
9018 PrivilegeEscalation T1610
9039 Impact T1496
9010 Execution
9011 Execution T1610
9017 Persistence
9001 InitialAccess T1078.004
9013 Persistence,PrivilegeEscalation,LateralMovement T1611
9007 Execution T1059
9016 CredentialAccess,LateralMovement,Persistence T1528
9037 Collection T1530
"""
# Read from the table on its first page: the techniques in each column.
COLUMNS = {
    "Initial Access": 5,
    "Execution": 6,
    "Persistence": 6,
    "Privilege Escalation": 4,
    "Defense Evasion": 4,
    "Credential Access": 6,
    "Discovery": 5,
    "Lateral Movement": 7,
    "Collection": 2,
    "Impact": 3,
}


def test_every_row_is_as_on_the_site():
    expected = {}
    for line in SITE.split("\n"):
        if parts := line.split():
            attack = set(parts[2].split(",")) if len(parts) > 2 else set()
            expected[f"MS-TA{parts[0]}"] = set(parts[1].split(",")), attack
    found = {
        one.id: ({name.replace(" ", "") for name in one.tactics}, set(one.attack))
        for one in load_kubernetes_matrix().techniques
    }
    assert len(found) == 40
    assert found == expected


def test_columns_are_as_on_the_site():
    matrix = load_kubernetes_matrix()
    assert [(name, len(inside)) for name, inside in matrix.by_tactic.items()] == list(
        COLUMNS.items()
    )
    assert [one.id for one in matrix.techniques] == sorted(one.id for one in matrix.techniques)
    assert all(one.name == one.name.strip() for one in matrix.techniques)


def test_it_says_where_it_is_from():
    matrix = load_kubernetes_matrix()
    assert matrix.source == "https://microsoft.github.io/Threat-Matrix-for-Kubernetes/"
    assert matrix.repository == "https://github.com/microsoft/Threat-Matrix-for-Kubernetes"
    assert (matrix.commit[:7], matrix.date) == ("75ce1f9", "2023-01-23")
    assert matrix.licence == "CC-BY-4.0"


def test_successors_are_followed():
    assert now("T1001", NEW) == "T1001"
    assert now("T1011", NEW) == "T1021.001"  # a chain
    assert now("T1013", NEW) is None  # a loop
    assert now("T1014", NEW) is None  # a missing target
    assert now("T1016", NEW) is None  # deprecated
    assert now("T9999", NEW) is None


def test_all_of_its_techniques_are_in_both_releases():
    matrix = load_kubernetes_matrix()
    named = {technique for one in matrix.techniques for technique in one.attack}
    for version in ("18.1", "19.0"):
        release = load_release(version)
        assert {one: now(one, release) for one in named} == {one: one for one in named}
        assert matrix.attack_in(release) == named
