"""What a hostile file costs, format by format, as its size doubles.

    python benchmarks/hostile.py [FORMAT]...

Each line is one kind of text, its milliseconds of processor time at every size, and the largest
growth from one size to the next among those that take 20 ms or more: about 2 where time grows with
size, 4 where it grows with the square.
"""

import sys
import time
from collections.abc import Callable
from itertools import pairwise

from hostile_texts import MORE

from detcov.load.recognise import candidates, outcome_of

SIZES = [40_000 << step for step in range(6)]
"""Bytes: up to 1.3 million, a quarter of what a file may have"""
_SMALL = 20.0

Text = Callable[[int], str]


def repeated(begin: str, part: str, end: str = "") -> Text:
    """A text that repeats a part (`{n}` is its number) until it has the size."""

    def make(size: int) -> str:
        many = max(1, (size - len(begin) - len(end)) // len(part.format(n=10_000)))
        return begin + "".join(part.format(n=n) for n in range(many)) + end

    return make


FALCO = "- rule: R\n  condition: c\n"
SPLUNK = "name: N\nsearch: x\ntags:\n  analytic_story: [S]\n"
KIBANA = '{"rule_id":"a","name":"b","type":"query","severity":"high",'
ENDPOINT = '[rule]\nos_list = ["linux"]\nname = "n"\n'
HUNT = '[hunt]\nquery = "x"\n'
SIGMA = "title: T\nname: n{n}\nlogsource: {{product: aws}}\ndetection: {{condition: x}}\n---\n"
TEXTS: dict[str, dict[str, tuple[str, Text]]] = {
    "sigma": {
        "many rules": (".yml", repeated("", SIGMA)),
        "rules and correlations": (
            ".yml",
            repeated("", SIGMA + "title: C\ncorrelation: {{rules: [n{n}]}}\n---\n"),
        ),
        "one name for all": (
            ".yml",
            repeated(
                "", SIGMA.replace("{n}", "n") + "title: C\ncorrelation: {{rules: [nn]}}\n---\n"
            ),
        ),
        "many tags": (
            ".yml",
            repeated(
                SIGMA.format(n=1) + "title: T\ndetection: {}\nlogsource: {}\ntags:\n",
                "- attack.t1{n}\n",
            ),
        ),
    },
    "falco": {
        "many rules": (".yaml", repeated("", FALCO.replace("R", "R{n}") + "  tags: [T1059]\n")),
        "one name for all": (".yaml", repeated("", FALCO + "  tags: [T1059]\n")),
        "many overrides": (
            ".yaml",
            repeated(FALCO, "- rule: R\n  tags: [T1{n}]\n  override: {{tags: append}}\n"),
        ),
        "many tags": (".yaml", repeated(FALCO + "  tags:\n", "    - T1059-slug-{n}\n")),
        "a long tag": (".yaml", repeated(FALCO + "  tags: [T1059-", "a b-", "]\n")),
        "a long condition": (
            ".yaml",
            repeated("- rule: R\n  condition: ", "not (container and container.", "\n"),
        ),
        "aliases": (
            ".yaml",
            repeated(FALCO + "  tags: &a [T1059]\n", "- rule: R{n}\n  condition: c\n  tags: *a\n"),
        ),
        "equal keys": (".yaml", repeated(FALCO, "  tags: [T{n}]\n")),
        "blocks of rules": (
            ".yaml",
            repeated("", "k{n}: |\n  - rule: R{n}\n    condition: c\n    tags: [T1059]\n"),
        ),
        "headers of blocks": (".yaml", repeated(FALCO + "---\n", "k{n}: |\n")),
        "dashes before a block": (".yaml", repeated(FALCO + "---\n", "- ", "a\n")),
        "colons before a block": (".yaml", repeated(FALCO + "---\nk: ", "a: |0", "'\n")),
    },
    "splunk": {
        "many ids": (".yml", repeated(SPLUNK + "  mitre_attack_id:\n", "  - T1059.{n}\n")),
        "many documents": (".yml", repeated("", SPLUNK + "  mitre_attack_id: [T1059]\n---\n")),
        "a long search": (
            ".yml",
            repeated("tags: {mitre_attack_id: []}\nsearch: '", "k8s.", "'\n"),
        ),
        "an ever open quote": (".yml", repeated(SPLUNK + '  mitre_attack_id: ["', "T1059 ")),
    },
    "panther": {
        "many pairs": (
            ".yml",
            repeated("AnalysisType: rule\nReports:\n  MITRE ATT&CK:\n", "    - TA0002:T1{n}\n"),
        ),
        "many reports": (
            ".yml",
            repeated("AnalysisType: rule\nReports:\n", "  MITRE  {n}ATT&CK: [TA0002:T1059]\n"),
        ),
        "colons": (
            ".yml",
            repeated("AnalysisType: rule\nReports: {MITRE ATT&CK: ['", ": ", "']}\n"),
        ),
    },
    "table-yaml": {
        "many rows": (".yaml", repeated("", "- rule: r{n}\n  technique: T1059\n")),
        "many pieces": (".yaml", repeated("- rule: r\n  technique: '", "T1059;,|", "'\n")),
    },
    "table": {
        "many rows": (".csv", repeated("rule,technique\n", "r{n},T1059\n")),
        "rows of one rule": (".csv", repeated("rule,technique\n", "r,T1059\n")),
        "a wide row": (".csv", repeated("rule,technique,", "technique,", "\nr" + ",T1059" * 9)),
        "many quotes": (".csv", repeated('rule,technique\n"', '""', '",T1059\n')),
        "an ever open quote": (".csv", repeated('rule,technique\n"', "a,\n")),
        "many lines in a cell": (".csv", repeated('rule,technique\nr,"', "T1059\n", '"\n')),
    },
    "elastic-endpoint": {
        "many threats": (
            ".toml",
            repeated(ENDPOINT, '[[threat]]\n[[threat.technique]]\nid = "T{n}"\n'),
        ),
        "inline threats": (
            ".toml",
            repeated("threat = [", '{{technique=[{{id="T{n}"}}]}},', "]\n" + ENDPOINT),
        ),
        "a long query": (
            ".toml",
            repeated(ENDPOINT + 'query = "', "container.id kubernetes.", '"\n'),
        ),
    },
    "elastic-hunting": {
        "many ids": (".toml", repeated(HUNT + "mitre = [", '"T{n}",', "]\n")),
        "many markers": (
            ".toml",
            repeated(HUNT + 'mitre = ["T1059"]\nx = [', '"detcov{n}",', "]\n"),
        ),
        "a long query": (".toml", repeated("[hunt]\nquery = '", "from host.os.type ==", "'\n")),
    },
    "kibana": {
        "many rules": (
            ".ndjson",
            repeated("", KIBANA.replace("{", "{{") + '"threat":[{{"technique":[]}}]}}\n'),
        ),
        "many threats": (
            ".ndjson",
            repeated(KIBANA + '"threat":[', '{{"technique":[{{"id":"T{n}"}}]}},', "{}]}"),
        ),
        "broken lines": (".ndjson", repeated(KIBANA + '"x":1}\n', '{{"rule_id":"{n}"\n')),
        "a long query": (".ndjson", repeated(KIBANA + '"query":"', "from a | container.", '"}')),
    },
}


def milliseconds(name: str, suffix: str, text: str) -> float:
    """Time the reading of one text, by the formats of its syntax as a run asks them."""
    asked = candidates(suffix)
    if asked is None:
        raise SystemExit(f"no format reads {suffix}")
    data = text.encode()
    start = time.process_time()
    outcome = outcome_of(data, asked)
    took = 1000 * (time.process_time() - start)
    if outcome.format not in {name, ""}:
        raise SystemExit(f"read as {outcome.format}, not {name}")
    return took


def main(wanted: list[str]) -> None:
    """Print a line a text."""
    heading = "".join(f"{size // 1000:>8,}" for size in SIZES)
    print(f"{'':<44}{heading}  kB  growth")
    for name, texts in (TEXTS | MORE).items():
        if wanted and name not in wanted:
            continue
        for kind, (suffix, make) in texts.items():
            milliseconds(name, suffix, make(1_000))
            times = [milliseconds(name, suffix, make(size)) for size in SIZES]
            steps = [after / before for before, after in pairwise(times) if before >= _SMALL]
            shown = "".join(f"{took:8.1f}" for took in times)
            print(f"{name:<17}{kind:<27}{shown}  ms  {max(steps, default=0):5.1f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
