"""What to build for the gaps of the small sample, read by hand off gaps_sample.py."""

from fnmatch import fnmatchcase

import pytest

from detcov.analysis.collect import Collector
from detcov.analysis.log_sources import readers_of, said_in
from detcov.attack.detections import Detections
from gaps_sample import DETECTIONS, gaps_of, study


def needs(**options):
    rules = study().corpus.rules
    return {
        technique: (
            [one.id for one in need.strategies],
            [one.id for one in need.analytics],
            need.platform if need.analytics else "",
            need.substitute,
            need.of_version,
            {
                log.name: (
                    log.channels,
                    log.components,
                    log.read,
                    [rules[index].key.native_id for index in log.readers],
                )
                for log in need.logs
            },
        )
        for technique, need in gaps_of(**options).needs.items()
    }


def test_what_each_gap_asks_for():
    assert needs() == {
        "T1001.002": (
            ["DET1"],
            ["AN1"],
            "Containers",
            False,
            None,
            {
                # The rule that reads docker is a Windows rule.
                "docker:events": (("exec",), ("Command",), "no", []),
                "kubernetes:audit": (
                    ("create", "exec"),
                    ("Command", "Pod"),
                    "yes",
                    ["audit", "audit-2"],
                ),
            },
        ),
        "T1003": (
            ["DET3"],
            ["AN4"],
            "Containers",
            False,
            None,
            {"made:up": ((), ("Image",), "unknown", [])},
        ),
        "T1002": (
            ["DET2"],
            ["AN2"],
            "Linux",
            True,
            "9.0",
            {"auditd:SYSCALL": (("execve",), ("Logon",), "yes", ["node"])},
        ),
        "T1007": ([], [], "", False, None, {}),
        "T1004.001": (["DET4"], ["AN5"], "Containers", False, None, {}),
    }


def test_no_linux_analytics_for_other_platforms():
    """Windows has no analytic for T1005, and none of another platform stands in."""
    found = needs(platform="Windows")

    assert found["T1002"][1:4] == (["AN3"], "Windows", False)
    assert found["T1005"][:4] == ([], [], "", False)


@pytest.mark.parametrize(
    ("source", "reads", "read"),
    [
        ("kubernetes:audit", "logs-kubernetes.audit_logs-*", True),
        ("Kubernetes:Audit", "kubernetes", True),
        ("kubernetes:audit", "logs-endpoint.events.*", False),
        ("auditd:EXECVE", "auditbeat-*", True),
        ("AWS:CloudTrail", "logs-aws.cloudtrail-*", True),
        ("WinEventLog:Sysmon", "winlogbeat-*", True),
        ("WinEventLog:Sysmon", "auditbeat-*", False),
    ],
)
def test_which_names_belong_together(source, reads, read):
    assert any(fnmatchcase(reads, pattern) for pattern in readers_of(source)) is read


@pytest.mark.parametrize(
    ("source", "reads", "read"),
    [
        # Falco, StackRox, Sigma and Panther, as their rules have it.
        ("kubernetes:audit", "source k8s_audit", True),
        ("kubernetes:apiserver", "eventSource AUDIT_LOG_EVENT", True),
        ("kubernetes:audit", "product kubernetes", True),
        ("kubernetes:audit", "Amazon.EKS.Audit", True),
        ("ebpf:syscalls", "source syscall", True),
        ("gcp:audit", "source gcp_auditlog", True),
        ("WinEventLog:Security", "product windows", True),
        ("auditd:SYSCALL", "source syscall", False),
        ("kubernetes:audit", "eventSource DEPLOYMENT_EVENT", False),
        ("kubernetes:audit", "category kubernetes", False),
        ("aws:cloudtrail", "source", False),
    ],
)
def test_rules_that_name_the_field_first(source, reads, read):
    said = said_in(reads)
    assert any(fnmatchcase(one, two) for one in said for two in readers_of(source)) is read


def test_a_source_that_no_rule_could_tell():
    assert readers_of("made:up") is None


def test_releases_before_analytics_have_data_components():
    """Up to 17.1; they count where there is no analytic."""
    old = Detections(strategies={}, components={"T1002": ("Logon", "Process")})
    made = study()
    gaps = gaps_of().gaps

    collector = Collector(gaps, made.corpus.counted("live"), old)

    assert collector.need("T1002").components == ("Logon", "Process")
    assert collector.need("T1003").components == ()
    newer = Detections(strategies=DETECTIONS.strategies, components=old.components)
    assert Collector(gaps, made.corpus.counted("live"), newer).need("T1002").components == ()
