"""Hostile texts of the formats of containers, clouds and networks, for benchmarks/hostile.py."""

from collections.abc import Callable


def fill(head: str, piece: str, tail: str = "") -> Callable[[int], str]:
    """A text of about a size: one piece, many times."""
    return lambda size: head + piece * (size // len(piece)) + tail


POLICY = '{"lifecycleStages": ["RUNTIME"], "policySections": [], "mitreAttackVectors": ['
RULE = '<group name="x"><rule id="1" level="3">'
RESOURCE = "apiVersion: config.stackrox.io/v1\nkind: SecurityPolicy\nspec: {mitreAttackVectors: "
SIGNATURE = "alert ip any any -> any any (sid:1; "
_BY_FORMAT: dict[str, dict[str, Callable[[int], str]]] = {
    "stackrox": {
        "many vectors": fill(POLICY, '{"tactic": "TA0001", "techniques": ["T1059"]},', "{}]}"),
        "equal keys": fill(POLICY + "], ", '"a": 1,', '"b": 2}'),
        "open brackets": fill(POLICY, "["),
        "lines, half of them broken": fill("", POLICY + "]}\n" + POLICY + "}\n" + "{}\n"),
        "escapes": fill(POLICY + '{"tactic": "', "\\u0041", '"}]}'),
    },
    "stackrox-yaml": {
        "many policies": fill("", RESOURCE + "[{tactic: TA0001, techniques: [T1059]}]}\n---\n"),
        "many vectors": fill(RESOURCE + "[", "{tactic: TA0001, techniques: [T1059]},", "]}"),
    },
    "sentinel-arm": {
        "many resources": fill(
            '{"variables": {}, "resources": [',
            '{"type": "a/alertRules", "properties": {"displayName": "x", "tactics": ["a"]}},',
            "{}]}",
        ),
        "resources with variables": fill(
            '{"resources": [', '{"variables": {"a": 1}, "properties": {"template": {}}},', "{}]}"
        ),
    },
    "datadog": {
        "many rules": fill(
            "rules:\n", "  - {id: a, expression: b, product_tags: [tactic:TA0001-x]}\n"
        ),
        "many tags": fill(
            "rules:\n- {id: a, expression: b, product_tags: [", "technique:T1059-x, ", "]}"
        ),
    },
    "kubearmor": {
        "many documents": fill("", "kind: KubeArmorPolicy\nspec: {tags: [T1059]}\n---\n"),
        "many tags": fill("kind: KubeArmorPolicy\nspec:\n  tags:\n", "  - T1059\n"),
    },
    "tracee": {
        "many events": fill(
            "type: detector\nproduced_event: {}\nrequirements:\n  events:\n",
            "  - {name: a, scope_filters: [container]}\n",
        ),
    },
    "sentinel": {
        "many techniques": fill("query: x\nrelevantTechniques:\n", "- T1059\n"),
        "many tables": fill("relevantTechniques: []\nquery: |\n", "  SecurityEvent | where x\n"),
    },
    "wazuh": {
        "many rules": fill(
            '<group name="x">', '<rule id="1"><mitre><id>T1059</id></mitre></rule>\n', "</group>"
        ),
        "many groups": fill("", '<group name="x"><rule id="1"/></group>'),
        "open tags": fill(RULE, "<a>"),
        "wide characters": fill(RULE, "<mitre><id>é</id></mitre>", "</rule></group>"),
        "ampersands": fill(RULE, "& ", "</rule></group>"),
        "escaped brackets": fill(RULE, "\\< ", "</rule></group>"),
        "backslashes": fill(RULE, "\\", "</rule>"),
        "entities": fill('<!DOCTYPE a [<!ENTITY e "xxxx">]>' + RULE, "&e;"),
        "open comments": fill(RULE, "<!-- "),
    },
    "yaral": {
        "many rules": fill("", 'rule a { meta: mitre = "t1059" condition: $e }\n'),
        "a long list": fill('rule a { meta: mitre = "', "t1059,", '" condition: $e }'),
        "open comments": fill("rule a { meta: ", "/* "),
        "slashes": fill("rule a { events: ", "=/", " condition: $e }"),
        "open braces": fill("rule a { events: ", "{"),
        "backslashes": fill('rule a { meta: a = "', "\\", '" condition: $e }'),
        "addresses": fill(
            "rule a { meta: ",
            'mitre_attack_url = "https://attack.mitre.org/techniques/T1059/"\n',
            "condition: $e }",
        ),
    },
    "suricata": {
        "many signatures": fill("", SIGNATURE + "metadata:mitre_technique_id T1059;)\n"),
        "bad lines": fill(SIGNATURE + ")\n", "x\n"),
        "much metadata": fill(SIGNATURE + "metadata:", "mitre_technique_id T1059, ", ";)"),
        "sub-techniques": fill(SIGNATURE + "metadata:", "mitre_subtechnique_id T1059.001, ", ";)"),
        "open quotes": fill(SIGNATURE, 'a:"b; '),
        "backslashes": fill(SIGNATURE + "a:", "\\"),
        "joined lines": fill(SIGNATURE, "\\\n"),
        "never closed": fill("", SIGNATURE + "a:1;\n"),
        "open brackets": fill(SIGNATURE + ")\n", "alert a b(\n"),
        "comments like signatures": fill(SIGNATURE + ")\n", "#\n# alert x\n"),
        "blanks": fill(SIGNATURE, " "),
        "hashes": fill(SIGNATURE + ")\n", "# ", "x"),
    },
}
_SUFFIXES = {
    "stackrox": ".ndjson",
    "sentinel-arm": ".json",
    "wazuh": ".xml",
    "yaral": ".yaral",
    "suricata": ".rules",
}
MORE = {
    name: {kind: (_SUFFIXES.get(name, ".yaml"), text) for kind, text in texts.items()}
    for name, texts in _BY_FORMAT.items()
}
"""Format to kind to ending and text, as `TEXTS` of benchmarks/hostile.py has them"""
