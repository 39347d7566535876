"""StackRox (Red Hat Advanced Cluster Security) policies as code: Kubernetes resources in YAML.

Format: the kind `SecurityPolicy` of `config.stackrox.io`. Its `spec` has the fields of a policy in
JSON, but for the id, which StackRox gives, and the name.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from detcov.load import stackrox
from detcov.load.parsed import ParsedRule, no_path
from detcov.load.values import table, text
from detcov.load.yaml_text import YamlFile

name = "stackrox-yaml"
title = "StackRox policy as code (YAML)"
paired = True
marks = ("config.stackrox.io",)
excludes = no_path

_GROUP, _KIND = "config.stackrox.io/", "SecurityPolicy"

about = structs.replace(
    stackrox.about,
    files="YAML documents of the kind `SecurityPolicy` of `config.stackrox.io`. Policies of that "
    "name of others (Envoy Gateway's, Tyk's) are passed over",
    mappings="`spec.mitreAttackVectors`: `tactic` and its `techniques`",
    key="`metadata.name`, else path and position",
    severity="`spec.severity` without `_SEVERITY`",
)
state = stackrox.state
platforms = stackrox.platforms
column = stackrox.column


def recognises(file: YamlFile) -> bool:
    """Whether there is a policy in the file."""
    return next(_policies(file), None) is not None


def parse(file: YamlFile) -> tuple[ParsedRule, ...]:
    """The policies of a file, one a document; see `RuleFormat.parse`."""
    return tuple(_rule(file, index, tree) for index, tree in _policies(file))


def _policies(file: YamlFile) -> Iterator[tuple[int, dict[Any, Any]]]:
    for index, document in enumerate(file.documents):
        tree = table(document)
        own = tree.get("kind") == _KIND and text(tree.get("apiVersion")).startswith(_GROUP)
        if own and isinstance(tree.get("spec"), dict):
            yield index, tree


def _rule(file: YamlFile, index: int, tree: dict[Any, Any]) -> ParsedRule:
    spec, named = tree["spec"], text(table(tree.get("metadata")).get("name"))
    return stackrox.rule_of(
        file,
        (index, "spec"),
        spec,
        native_id=named,
        name=text(spec.get("policyName")) or named,
        place=file.key_line((index,), ("kind", "apiVersion", "metadata", "spec")),
    )
