"""Documents to rules: explicit registries of syntaxes and formats."""

from functools import cache
from importlib import import_module
from typing import Final, Protocol, cast

from msgspec import Struct

from detcov.load.parsed import RuleFormat, SyntaxFile


class Syntax(Struct, frozen=True):
    """A syntax that formats share."""

    module: str
    """Has `read(text)`, which gives the file that formats of the syntax are asked with"""
    suffixes: tuple[str, ...]


class Parser(Struct, frozen=True):
    """Where a format's parser is."""

    module: str
    """Its `FORMAT` is the `RuleFormat`"""
    syntax: str
    plug_in: str = ""
    """Name and version of the package that brings it; "" for our own"""


SYNTAXES: Final[dict[str, Syntax]] = {
    "toml": Syntax("detcov.load.toml_text", (".toml",)),
    "yaml": Syntax("detcov.load.yaml_text", (".yml", ".yaml", ".policy")),
    "json": Syntax("detcov.load.json_text", (".json", ".ndjson", ".jsonl")),
    "xml": Syntax("detcov.load.xml_text", (".xml",)),
    "yara-l": Syntax("detcov.load.yaral_text", (".yaral", ".yl2")),
    "suricata": Syntax("detcov.load.suricata_text", (".rules",)),
    "csv": Syntax("detcov.load.csv_text", (".csv", ".tsv")),
}
"""Syntax name to its module and the endings of its files' names, in lower case."""

PARSERS: Final[dict[str, Parser]] = {
    "elastic": Parser("detcov.load.elastic", "toml"),
    "elastic-endpoint": Parser("detcov.load.elastic_endpoint", "toml"),
    "elastic-hunting": Parser("detcov.load.elastic_hunting", "toml"),
    "sigma": Parser("detcov.load.sigma", "yaml"),
    "falco": Parser("detcov.load.falco", "yaml"),
    "splunk": Parser("detcov.load.splunk", "yaml"),
    "panther": Parser("detcov.load.panther", "yaml"),
    "table-yaml": Parser("detcov.load.table_yaml", "yaml"),
    "kibana": Parser("detcov.load.kibana", "json"),
    "datadog": Parser("detcov.load.datadog", "yaml"),
    "kubearmor": Parser("detcov.load.kubearmor", "yaml"),
    "tracee": Parser("detcov.load.tracee", "yaml"),
    "sentinel": Parser("detcov.load.sentinel", "yaml"),
    "stackrox-yaml": Parser("detcov.load.stackrox_yaml", "yaml"),
    "stackrox": Parser("detcov.load.stackrox", "json"),
    "sentinel-arm": Parser("detcov.load.sentinel_arm", "json"),
    "wazuh": Parser("detcov.load.wazuh", "xml"),
    "yaral": Parser("detcov.load.yaral", "yara-l"),
    "suricata": Parser("detcov.load.suricata", "suricata"),
    "table": Parser("detcov.load.table", "csv"),
}
"""Format name to its parser. The formats of a syntax are asked in this order."""


class _Reader(Protocol):
    def read(self, text: str) -> SyntaxFile: ...


@cache
def rule_format(name: str) -> RuleFormat:
    """The parser of a format, imported when it is first needed."""
    return cast("RuleFormat", import_module(PARSERS[name].module).FORMAT)


def read_file(syntax: str, text: str) -> SyntaxFile:
    """A text as a file of a syntax. Raises `ParseError` with the place where it breaks."""
    return cast("_Reader", import_module(SYNTAXES[syntax].module)).read(text)
