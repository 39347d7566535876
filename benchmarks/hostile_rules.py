"""How long hostile rule files take, doubling by doubling: the time may grow with the size alone.

    python benchmarks/hostile_rules.py [--format wazuh] [--largest 4000000]

Each line is one kind of file: its sizes, the time for each, and the largest factor from one size
to its double. Time that grows with the size doubles, give or take; a quadratic step takes four
times as long. Exit code 1 where a factor is over 3 and the time worth measuring.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

from detcov.load.recognise import candidates, outcome_of

SMALLEST = 250_000
TOO_MUCH = 3.0
WORTH_MEASURING = 0.1


def fill(head: str, piece: str, tail: str = "") -> Callable[[int], str]:
    """A text of about a size: one piece, many times."""
    return lambda size: head + piece * (size // len(piece)) + tail


POLICY = '{"lifecycleStages": ["RUNTIME"], "policySections": [], "mitreAttackVectors": ['
RULE = '<group name="x"><rule id="1" level="3">'
SIGNATURE = "alert ip any any -> any any (sid:1; "
HOSTILE: dict[str, dict[str, Callable[[int], str]]] = {
    "stackrox": {
        "many vectors": fill(POLICY, '{"tactic": "TA0001", "techniques": ["T1059"]},', "{}]}"),
        "equal keys": fill(POLICY + "], ", '"a": 1,', '"b": 2}'),
        "open brackets": fill(POLICY, "["),
        "lines, half of them broken": fill("", POLICY + "]}\n" + POLICY + "}\n" + "{}\n"),
        "escapes": fill(POLICY + '{"tactic": "', "\\u0041", '"}]}'),
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
        "blanks": fill(SIGNATURE, " "),
        "hashes": fill(SIGNATURE + ")\n", "# ", "x"),
    },
}
SUFFIXES = {
    "stackrox": ".ndjson",
    "sentinel-arm": ".json",
    "wazuh": ".xml",
    "yaral": ".yaral",
    "suricata": ".rules",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--format", choices=HOSTILE, action="append")
    parser.add_argument("--largest", type=int, default=2_000_000)
    options = parser.parse_args()
    worst = 0.0
    for name in options.format or HOSTILE:
        for kind, text in HOSTILE[name].items():
            times = list(measured(name, text, options.largest))
            factor = largest_factor(times)
            worst = max(worst, factor)
            shown = "  ".join(f"{one * 1000:7.1f}" for one in times)
            print(f"{name:13} {kind:28} {shown} ms   × {factor:.1f}", flush=True)
    print(f"largest factor from one size to its double: {worst:.1f}")
    return int(worst > TOO_MUCH)


def measured(name: str, text: Callable[[int], str], largest: int) -> Iterator[float]:
    """The time for each size, from the smallest on, each twice the one before."""
    size = SMALLEST
    while size <= largest:
        data = text(size).encode()
        asked = candidates(SUFFIXES.get(name, ".yaml"), name)
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            outcome_of(data, asked)
            best = min(best, time.process_time() - start)
        yield best
        size *= 2


def largest_factor(times: list[float]) -> float:
    """The largest step among those that are worth measuring."""
    steps = pairwise(times)
    return max((late / early for early, late in steps if late > WORTH_MEASURING), default=0.0)


if __name__ == "__main__":
    sys.exit(main())
