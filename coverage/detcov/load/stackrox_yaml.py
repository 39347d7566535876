"""StackRox (Red Hat Advanced Cluster Security) policies as code: Kubernetes resources in YAML.

Format: the kind `SecurityPolicy` of `config.stackrox.io`. Its `spec` has the fields of a policy in
JSON, but for the id, which StackRox gives, and the name.
"""

from typing import Any

from msgspec import structs

from detcov.load import stackrox
from detcov.load.parsed import RuleFormat
from detcov.load.values import table, text
from detcov.load.yaml_text import YamlFile
from detcov.model import Rule, RuleKey

_GROUP, _KIND = "config.stackrox.io/", "SecurityPolicy"

_ABOUT = structs.replace(
    stackrox.FORMAT.about,
    files="YAML documents of the kind `SecurityPolicy` of `config.stackrox.io`. Policies of that "
    "name of others (Envoy Gateway's, Tyk's) are passed over",
    mappings="`spec.mitreAttackVectors`: `tactic` and its `techniques`",
    key="`metadata.name`, else path and position",
    severity="`spec.severity` without `_SEVERITY`",
)


def rules(file: YamlFile, path: str) -> tuple[Rule, ...] | None:
    """Return the policies of a file, one a document; None if there is none."""
    policies = []
    for index, document in enumerate(file.documents):
        resource = table(document)
        is_own = text(resource.get("apiVersion")).startswith(_GROUP)
        if is_own and resource.get("kind") == _KIND and isinstance(resource.get("spec"), dict):
            policies.append(_rule(file, path, index, resource))
    return tuple(policies) or None


def _rule(file: YamlFile, path: str, index: int, resource: dict[Any, Any]) -> Rule:
    spec, name = resource["spec"], text(table(resource.get("metadata")).get("name"))
    return stackrox.rule_of(
        file,
        (index, "spec"),
        spec,
        key=RuleKey(format="stackrox-yaml", native_id=name),
        name=text(spec.get("policyName")) or name,
        path=path,
        place=file.key_line((index,), ("kind", "apiVersion", "metadata", "spec")),
    )


FORMAT = RuleFormat(
    name="stackrox-yaml",
    title="StackRox policy as code (YAML)",
    about=_ABOUT,
    rules=rules,
    marks=("config.stackrox.io",),
)
