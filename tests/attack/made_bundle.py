"""Small STIX bundles, made by hand."""

import json

COLLECTION = {
    "type": "x-mitre-collection",
    "id": "x-mitre-collection--1",
    "name": "Enterprise ATT&CK",
    "x_mitre_version": "42.1",
}


def reference(attack_id, source="mitre-attack"):
    return [{"source_name": source, "external_id": attack_id}]


def tactic(attack_id, shortname, **fields):
    return {
        "type": "x-mitre-tactic",
        "id": f"x-mitre-tactic--{attack_id}",
        "name": shortname.replace("-", " ").title(),
        "x_mitre_shortname": shortname,
        "external_references": reference(attack_id),
        **fields,
    }


def matrix(*tactic_ids, domain="enterprise-attack", **fields):
    return {
        "type": "x-mitre-matrix",
        "id": f"x-mitre-matrix--{domain}",
        "name": "Matrix",
        "external_references": reference(domain),
        "tactic_refs": [f"x-mitre-tactic--{key}" for key in tactic_ids],
        **fields,
    }


def technique(attack_id, *phases, key="", chain="mitre-attack", **fields):
    return {
        "type": "attack-pattern",
        "id": f"attack-pattern--{key or attack_id}",
        "name": f"Technique {attack_id}",
        "external_references": reference(attack_id),
        "kill_chain_phases": [{"kill_chain_name": chain, "phase_name": name} for name in phases],
        "x_mitre_platforms": ["Windows", "Linux"],
        "x_mitre_domains": ["enterprise-attack"],
        **fields,
    }


def related(kind, source, target, **fields):
    return {
        "type": "relationship",
        "id": f"relationship--{kind}-{source}-{target}",
        "relationship_type": kind,
        "source_ref": source,
        "target_ref": target,
        **fields,
    }


def revoked_by(source, target, **fields):
    return related("revoked-by", f"attack-pattern--{source}", f"attack-pattern--{target}", **fields)


def bundle(*objects, **fields) -> bytes:
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects, **fields}).encode()


MATRIX = (tactic("TA0002", "execution"), tactic("TA0001", "access"), matrix("TA0001", "TA0002"))
"""Two tactics: access stands before execution in the matrix, though not in the file."""
