"""What the groups of a Wazuh rule say of platforms, and of where the rule looks.

Names are those of ATT&CK 18 and 19.
"""

from collections.abc import Iterable
from typing import Final

from detcov.load.parsed import stated_platforms
from detcov.load.scope import by_platforms
from detcov.model import ScopeColumn, Stated

_BY_GROUP: Final = {
    "Windows": "windows sysmon win_evt_channel windows_defender powershell",
    "Linux": "audit audit_detections linuxkernel systemd firewalld apparmor dpkg yum",
    "macOS": "macos",
    "Containers": "docker",
    "ESXi": "vmware",
    "IaaS": "amazon aws amazon_security_lake aws_security_hub azure gcp",
    "Office Suite": "office365",
    "SaaS": "github",
    "Network Devices": "pix cisco_ios cisco-asa cisco-ftd cisco_vpn sonicwall netscreenfw junos "
    "junos-ids junos-rtflow fortinet fortigate fortiddos huawei_usg paloalto paps "
    "checkpoint-smart1 f5-bigip netscaler pfsense hp5500 arbor sophos-fw",
}
_PLATFORMS: Final = {group: name for name, groups in _BY_GROUP.items() for group in groups.split()}

VALUES: Final = {
    "group " + ", ".join(f"`{group}`" for group in groups.split()): name
    for name, groups in _BY_GROUP.items()
}
"""What states a platform, for the page"""


def platforms(groups: Iterable[str]) -> tuple[Stated, ...]:
    """Each platform once, with the first group that states it; sorted by platform."""
    fields: dict[str, str] = {}
    for group in groups:
        if (platform := _PLATFORMS.get(group.lower())) is not None:
            fields.setdefault(platform, f"group {group}")
    return stated_platforms(fields)


def column(groups: Iterable[str], platforms: Iterable[Stated]) -> Stated:
    """Runtime for what Docker tells, node for Linux."""
    for group in groups:
        if group.lower() == "docker":
            return Stated(value=ScopeColumn.RUNTIME, field=f"group {group}")
    return by_platforms(platforms)
