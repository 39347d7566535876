"""MITRE ATT&CK® coverage of detection rules."""

__version__ = "0.1.0"
