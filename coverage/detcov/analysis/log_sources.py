"""Whether what a rule reads is a log source that MITRE's analytics name.

MITRE names sources freely ("auditd:SYSCALL", "WinEventLog:Sysmon"); rules name integrations,
index patterns or products. The table says which belong together, for the sources that can be told
from a rule; for any other the answer is "unknown", never "no".
"""

from fnmatch import fnmatchcase
from typing import Final

_NETWORK: Final = ("network_traffic", "packetbeat*", "*network_traffic*", "zeek*", "suricata*")
_WINDOWS: Final = ("windows", "winlogbeat*", "*windows.forwarded*")
_KUBERNETES: Final = (
    "kubernetes",
    "*kubernetes.audit*",
    "k8s_audit*",
    "k8saudit*",
    "audit_log_event",
    "*eks.audit*",
)
_FIELDS: Final = frozenset({"source", "eventsource", "product", "service"})
"""Fields of Falco's, StackRox's and Sigma's rules that stand before what they name"""
_READERS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("kubernetes:audit", _KUBERNETES),
    ("kubernetes:apiserver", _KUBERNETES),
    ("kubernetes:orchestrator", _KUBERNETES),
    ("kubernetes:events", ("*kubernetes.event*",)),
    ("docker:*", ("docker*", "*docker.*")),
    ("containerd:*", ("containerd*", "*containerd.*")),
    ("ebpf:*", ("cloud_defend", "*cloud_defend*", "syscall*", "tracee*", "tetragon*")),
    ("auditd:*", ("auditd_manager", "auditbeat*", "*auditd*")),
    ("systemd:*", ("journald*", "*journald*", "*system.syslog*")),
    ("journald:*", ("journald*", "*journald*", "*system.syslog*")),
    ("linux:syslog", ("*system.syslog*", "filebeat*", "syslog*")),
    ("linux:auth", ("*system.auth*", "filebeat*")),
    ("linux:sysmon", ("sysmon_linux", "*sysmon_linux*")),
    ("*:osquery", ("osquery*", "*osquery*")),
    ("nsm:*", _NETWORK),
    ("cni:netflow", ("*netflow*", "cilium*", "hubble*")),
    ("*:vpcflow*", ("*vpcflow*",)),
    ("*vpcflowlogs*", ("*vpcflow*",)),
    ("aws:cloudtrail", ("aws", "*cloudtrail*")),
    ("cloudtrail:*", ("aws", "*cloudtrail*")),
    ("azure:signinlogs", ("*signinlogs*",)),
    ("azure:ad", ("*auditlogs*", "*signinlogs*")),
    ("azure:*", ("azure", "*azure.activitylogs*", "*azure.platformlogs*")),
    ("gcp:*", ("gcp", "*gcp.audit*", "gcp_auditlog*")),
    ("m365:defender", ("m365_defender", "*m365_defender*")),
    ("m365:*", ("o365", "*o365*")),
    ("*okta*", ("okta", "*okta*")),
    ("saas:googleworkspace", ("google_workspace", "*google_workspace*")),
    ("saas:googledrive", ("google_workspace", "*google_workspace*")),
    ("saas:github", ("github", "*github*")),
    ("saas:slack", ("slack", "*slack*")),
    ("saas:zoom", ("zoom", "*zoom*")),
    ("saas:salesforce", ("salesforce", "*salesforce*")),
    ("wineventlog:sysmon", (*_WINDOWS, "*sysmon_operational*")),
    ("wineventlog:powershell", (*_WINDOWS, "*powershell*")),
    ("wineventlog:security", (*_WINDOWS, "*system.security*")),
    ("wineventlog:*", _WINDOWS),
    ("etw:*", ("endpoint", "*endpoint.events*")),
    ("edr:*", ("endpoint", "crowdstrike", "sentinel_one*", "m365_defender")),
    ("macos:jamf", ("jamf_protect*", "*jamf_protect*")),
    ("macos:*", ("endpoint", "*endpoint.events*", "jamf_protect*")),
    ("fs:*", ("endpoint", "*endpoint.events.file*", "fim", "*fim.*", "auditbeat*")),
    ("esxi:*", ("vsphere*", "vmware*", "*vsphere*")),
    ("networkdevice:*", ("cisco*", "fortinet*", "panw*", "checkpoint*", "juniper*")),
    ("apache:*", ("apache*", "*apache.access*")),
    ("applicationlog:ingress", ("nginx*", "*nginx*", "traefik*", "*traefik*")),
    ("applicationlog:webserver", ("apache*", "nginx*", "*nginx*", "iis*", "*iis.access*")),
    ("applicationlog:iis", ("iis*", "*iis.access*")),
    ("prometheus:*", ("prometheus*", "*prometheus*")),
)
"""MITRE's name, lower case, to what rules that read it name; the first that fits counts"""


def readers_of(source: str) -> tuple[str, ...] | None:
    """Patterns, lower case, of what rules that read a log source of MITRE's may name.

    None where a rule couldn't tell.
    """
    name = source.strip().lower()
    return next((found for pattern, found in _READERS if fnmatchcase(name, pattern)), None)


def said_in(read: str) -> frozenset[str]:
    """What a rule reads in the forms that patterns know, lower case: "source k8s_audit", too."""
    whole = read.strip().lower()
    field, _, value = whole.partition(" ")
    return frozenset({whole, value.strip()} if field in _FIELDS and value else {whole})
