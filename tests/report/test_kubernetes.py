"""The report of the matrix, and what it does to hostile names."""

import json

import pytest

from detcov import api
from detcov.report.document import plain, tables
from detcov.report.formats import FORMATS, render_document
from detcov.report.kubernetes import KubernetesReportOptions, kubernetes_document
from detcov.report.text import render_text, width_of
from kubernetes_sample import sample


def document(**options):
    study = sample()
    return kubernetes_document(
        study, api.kubernetes_lens(study), KubernetesReportOptions(**options)
    )


# The numbers are those of tests/analysis/test_kubernetes_lens.py, counted by hand.
BEGINNING = """\
Microsoft's Threat Matrix for Kubernetes, by ATT&CK Enterprise 19.0 (bundled;
20.0 is out)
3 of 30 ATT&CK techniques named in the matrix are covered (10 %)
They make 6 of 36 techniques of the matrix (17 %), 30 gaps: it names one ATT&CK
technique in several places.
detcov gaps --platform Containers counts other techniques, all that ATT&CK has
for Containers, and own claims only: 2 of 48 (4 %).
  covered: techniques of the matrix of which a rule of the control plane or the
  runtime claims an ATT&CK technique named for it, or a sub-technique of one
  of these 4 themselves, 2 only via sub-techniques; 7 of 36 with rules on Linux
  nodes
  n/a: 4 for which Microsoft names no technique that this release has: rules
  can't tell

By tactic of the matrix
tactic                      covered  themselves  gaps  n/a
Initial Access         0 of 4 (0 %)           0     4    1
Execution             2 of 5 (40 %)           2     3    1
Persistence            0 of 5 (0 %)           0     5    1
Privilege Escalation  1 of 4 (25 %)           1     3    0
Defense Evasion       2 of 4 (50 %)           0     2    0
Credential Access      0 of 6 (0 %)           0     6    0
Discovery              0 of 5 (0 %)           0     5    0
Lateral Movement       0 of 7 (0 %)           0     7    0
Collection             0 of 1 (0 %)           0     1    1
Impact                1 of 3 (33 %)           1     2    0

Initial Access
id         name                           seen  rules  node  ATT&CK
MS-TA9001  Using cloud credentials        gap       0     0  T1078.004
MS-TA9002  Compromised image in registry  gap       0     0  T1195.002, T1525
MS-TA9003  Kubeconfig file                n/a
MS-TA9004  Application vulnerability      gap       0     0  T1190
MS-TA9005  Exposed sensitive interfaces   gap       0     0  T1133

Execution
id         name                                 seen     rules  node  ATT&CK
MS-TA9006  Exec into container                  gap          0     0  T1609
MS-TA9007  Bash or cmd inside container         gap          0     0  T1059
MS-TA9008  New container                        covered      1     0  T1610
MS-TA9009  Application exploit (RCE)            gap          0     0  T1190
MS-TA9010  SSH server running inside container  n/a
MS-TA9011  Sidecar injection                    covered      1     0  T1610
"""
END = """\
Impact
id         name                seen       rules  node  ATT&CK
MS-TA9038  Data destruction    node only      0     1  T1485
MS-TA9039  Resource hijacking  gap            0     0  T1496
MS-TA9040  Denial of service   covered        1     0  T1498, T1499

How to read it
Note: A technique of the matrix is narrower than the ATT&CK technique named for
it, and several name the same: the 6 covered ones stand on 3 covered techniques
of ATT&CK's. Covered says that a rule claims that, not that it sees what the
matrix means.
Source: https://microsoft.github.io/Threat-Matrix-for-Kubernetes/, commit
75ce1f9a37a3 of 2023-01-23, CC-BY-4.0, Microsoft. Names in sentence case; no
text of it is here.

Method
Note: Mapped is not the same as detected: a rule counts by what it says about
itself.
MITRE ATT&CK®. © The MITRE Corporation. This work is reproduced and distributed
with the permission of The MITRE Corporation. MITRE ATT&CK® and ATT&CK® are
registered trademarks of The MITRE Corporation.
"""


def test_a_terminal():
    text = render_text(document(full=False, newer="20.0 is out"))
    assert text.startswith(BEGINNING)
    assert text.endswith(END)
    assert max(map(width_of, text.split("\n"))) <= 80


def test_the_matrix_in_its_columns_is_for_people():
    data = json.loads(render_document(document(), "json"))
    assert (data["format"], data["format_version"]) == ("detcov-kubernetes", 2)
    assert list(data["tables"]) == ["tactics", "techniques", "rules", "method"]
    grid = tables(document())["matrix"]
    columns = {column.name: at for at, column in enumerate(grid.columns)}

    def shown(tactic):
        return [plain(row[columns[tactic]]) for row in grid.rows]

    assert shown("Execution") == [
        "Exec into container, gap",
        "Bash or cmd inside container, gap",
        "New container, covered 1",
        "Application exploit (RCE), gap",
        "SSH server running inside container, n/a",
        "Sidecar injection, covered 1",
        "",
    ]
    assert shown("Impact")[:3] == [
        "Data destruction, node only",
        "Resource hijacking, gap",
        "Denial of service, covered 1",
    ]
    assert shown("Defense Evasion")[:2] == [
        "Clear container logs, via subs 1",
        "Delete Kubernetes events, via subs 1",
    ]


def test_techniques_and_rules():
    told = json.loads(render_document(document(), "json"))["tables"]
    rows = {row["id"]: row for row in told["techniques"]["rows"]}
    assert len(rows) == 40
    first = rows["MS-TA9008"]
    assert (first["state"], first["rules"], first["via"], first["node"]) == ("covered", 1, 0, 0)
    assert first["shared"] == ["MS-TA9011", "MS-TA9018"]
    assert [one["text"] for one in rows["MS-TA9002"]["attack"]] == ["T1195.002", "T1525"]
    assert rows["MS-TA9003"]["state"] == "no ATT&CK technique"
    assert [(row["column"], row["techniques"]) for row in told["rules"]["rows"]] == [
        ("runtime", ["MS-TA9008", "MS-TA9011", "MS-TA9018"]),
        ("control plane", ["MS-TA9021", "MS-TA9022"]),
        ("runtime", ["MS-TA9040"]),
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_names_are_harmless_and_the_source_is_named(form):
    data = render_document(document(title="<i>\x1b[2J", full=form != "text"), form)
    assert b"\x1b" not in data
    assert form != "html" or (b"<i>" not in data and b"deploys <b>" not in data)
    if form != "csv":
        assert b"75ce1f9a37a3" in data
        assert b"CC-BY-4.0" in data.replace(b"\\", b"")
