"""Counts of Elastic's rules that owe detcov nothing: tomli, json and a few lines."""

import gzip
import json
import re
from functools import cache

from real import SHARED, elastic_trees, there

FILES = {
    "18.1": "enterprise-attack-18.1.json.gz",
    "19.0": "enterprise-attack-19.0-facts.json.gz",
    "13.1": "enterprise-attack-13.1.json.gz",
}


@cache
def attack(version):
    """(active technique id → (tactic ids, platforms), revoked id → last successor, tactic ids)."""
    path = there(SHARED / "attack" / FILES[version])
    objects = json.loads(gzip.decompress(path.read_bytes()))["objects"]
    ids = {
        item["id"]: item["external_references"][0]["external_id"]
        for item in objects
        if item["type"] in {"attack-pattern", "x-mitre-tactic"}
    }
    tactics = {
        item["x_mitre_shortname"]: ids[item["id"]]
        for item in objects
        if item["type"] == "x-mitre-tactic"
    }
    patterns = [item for item in objects if item["type"] == "attack-pattern"]
    active = {
        ids[item["id"]]: (
            {tactics[phase["phase_name"]] for phase in item["kill_chain_phases"]},
            set(item["x_mitre_platforms"]),
        )
        for item in patterns
        if not item.get("revoked") and not item.get("x_mitre_deprecated")
    }
    successors = {
        ids[item["source_ref"]]: ids[item["target_ref"]]
        for item in objects
        if item.get("relationship_type") == "revoked-by" and item["source_ref"] in ids
    }
    ends = {}
    for stated in successors:
        ends[stated] = stated
        while ends[stated] in successors:
            ends[stated] = successors[ends[stated]]
    return active, ends, tactics


def claims(tree):
    """(tactic id, tactic name, technique id); a parent that holds sub-techniques is none."""
    for threat in tree["rule"].get("threat", ()):
        for technique in threat.get("technique", ()):
            for claim in technique.get("subtechnique") or [technique]:
                yield threat["tactic"]["id"], threat["tactic"]["name"], claim["id"]


def is_active(path, tree):
    return not (
        "/_deprecated/" in path
        or tree["metadata"]["maturity"] == "deprecated"
        or tree["rule"]["name"].startswith("Deprecated - ")
    )


def is_live(path, tree):
    rule = tree["rule"]
    sources = rule.get("index", [])
    if rule.get("language") == "esql":
        sources = re.findall(r"(?im)^\s*from\s+([^\s,]+)", rule["query"])[:1]
    over_alerts = sources and all(".alerts-security" in source for source in sources)
    return (
        is_active(path, tree)
        and "building_block_type" not in rule
        and not tree["metadata"].get("promotion")
        and not over_alerts
        and rule.get("enabled") is not False
    )


def says_linux(tree):
    """Whether a rule says by tag, integration or query that it is for Linux."""
    rule, integration = tree["rule"], tree["metadata"].get("integration", [])
    integrations = {integration} if isinstance(integration, str) else set(integration)
    return bool(
        {"OS: Linux", "Linux", "Data Source: Auditd Manager"} & set(rule.get("tags", ()))
        or {"auditd_manager", "sysmon_linux"} & integrations
        or re.search(
            r"host\.os\.(?:type|family)\s*(?:==|=|:|in~?)\s*\(?[^)\n]*\blinux\b",
            rule.get("query", ""),
            re.IGNORECASE,
        )
    )


def rules_by_technique(version, counts, chosen=lambda _: True):
    """Technique id → paths of the rules that claim it, of those that count."""
    active, successors, _ = attack(version)
    found = {technique: set() for technique in active}
    for path, tree in elastic_trees().items():
        if counts(path, tree) and chosen(tree):
            for _, _, stated in claims(tree):
                technique = successors.get(stated, stated)
                if technique in found:
                    found[technique].add(path)
    return found
