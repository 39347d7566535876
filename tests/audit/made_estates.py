"""Random ATT&CK bundles and rules for them, the same for the same seed.

Bundles have what MITRE's have and what an organisation's may: revoked techniques with chains,
loops and missing ends, deprecated tactics and matrices, a tactic that no matrix names, two
matrices, techniques without a tactic or a platform, custom ids, older versions of an object.
"""

import json
import random
from uuid import UUID, uuid5

from audit.by_hand import Claim, Stated

_SPACE = UUID("0a1b2c3d-0000-4000-8000-000000000000")
_SHORTNAMES = ("reconnaissance", "execution", "persistence", "stealth", "impact", "acme-hoarding")
_TACTICS = {name: f"TA{number:04}" for number, name in enumerate(_SHORTNAMES, start=9001)}
_IDS = (
    *(f"T1{number:03}" for number in range(20)),
    *(f"T1{number:03}.00{sub}" for number in range(8) for sub in (1, 2)),
    "T9001",
    "T9001.001",
)
_STATED = (*_IDS, "T9999", "T1398", "T0801", "T1003.999")
_PLATFORMS = {"OS: Linux": "Linux", "OS: Windows": "Windows", "Domain: Container": "Containers"}
_DAY, _EARLIER = "2025-01-01T00:00:00.000Z", "2024-01-01T00:00:00.000Z"


def make_bundle(seed: int) -> bytes:
    chance = random.Random(f"bundle {seed}")
    tactics = [
        _object(
            "x-mitre-tactic",
            name,
            id_=_TACTICS[name],
            name=name.replace("-", " ").title() + chance.choice(["", "", " Now"]),
            x_mitre_shortname=name,
            x_mitre_deprecated=name != "execution" and chance.random() < 0.1,
        )
        for name in _SHORTNAMES
    ]
    refs = [one["id"] for one in tactics]
    chance.shuffle(refs)
    halves = (refs[:3], refs[2:-1]) if chance.random() < 0.5 else (refs,)
    matrices = [
        _object("x-mitre-matrix", number, id_="enterprise-attack", name="m", tactic_refs=part)
        for number, part in enumerate(halves)
    ]
    old = _object(
        "x-mitre-matrix",
        "old",
        id_="enterprise-attack",
        name="old",
        tactic_refs=refs,
        x_mitre_deprecated=True,
    )
    techniques = [_technique(chance, key) for key in _IDS if chance.random() < 0.95]
    older = [
        one | {"modified": _EARLIER, "revoked": not one["revoked"]}
        for one in techniques
        if chance.random() < 0.1
    ]
    ends = [one["id"] for one in techniques] + [_object("attack-pattern", "gone")["id"]]
    successors = [
        _object(
            "relationship",
            f"{number} {one['id']}",
            relationship_type="revoked-by",
            source_ref=one["id"],
            target_ref=chance.choice(ends),
            x_mitre_deprecated=chance.random() < 0.05,
        )
        for one in techniques
        if one["revoked"]
        for number in range(chance.choice([0, 1, 1, 1, 2]))
    ]
    objects = [*tactics, *matrices, old, *techniques, *older, *successors]
    chance.shuffle(objects)
    head = chance.choice([{"spec_version": "2.0"}, {}])
    return json.dumps({"type": "bundle", "id": "bundle--1", **head, "objects": objects}).encode()


def _technique(chance, key):
    # Much the same in every bundle, so that tactics are lost and gained a few at a time.
    names = random.Random(key).sample(_SHORTNAMES, 3)[chance.randrange(3) :]
    names += chance.choice([[], [], chance.sample((*_SHORTNAMES, "nowhere"), 1)])
    platforms = chance.choice([["PRE"], chance.sample(("Linux", "Windows", "Containers"), 2), []])
    revoked = chance.random() < 0.25
    return _object(
        "attack-pattern",
        key,
        id_=key,
        name=f"Technique {key}",
        kill_chain_phases=[{"kill_chain_name": "mitre-attack", "phase_name": one} for one in names],
        x_mitre_platforms=platforms,
        x_mitre_is_subtechnique=chance.random() < 0.5,
        revoked=revoked,
        x_mitre_deprecated=not revoked and chance.random() < 0.1,
    )


def _object(type_, key, *, id_="", **fields):
    source = "acme" if id_.startswith("T9") else "mitre-attack"
    return {
        "type": type_,
        "id": f"{type_}--{uuid5(_SPACE, f'{type_} {key}')}",
        "modified": _DAY,
        "x_mitre_domains": ["enterprise-attack"],
        "external_references": [{"source_name": source, "external_id": id_}] if id_ else [],
    } | fields


def make_rules(seed: int) -> tuple[dict[str, bytes], list[Stated]]:
    """Files by path, the first folder being the source; and what they state."""
    chance = random.Random(f"rules {seed}")
    ids = [str(uuid5(_SPACE, f"rule {number}")) for number in range(12)]
    files: dict[str, bytes] = {}
    stated: list[Stated] = []
    for number in range(40):
        make, ending = chance.choice([(_elastic, "toml"), (_sigma, "yml"), (_splunk, "yml")])
        source = chance.choice(["a", "b"])
        native_id = chance.choice(ids) if chance.random() < 0.5 else f"id-{chance.randrange(30)}"
        text, one = make(chance, source, native_id, number)
        files[f"{source}/{number}.{ending}"] = text.encode()
        stated.append(one)
    return files, stated


def _elastic(chance, source, native_id, number):
    deprecated, block = chance.random() < 0.15, chance.random() < 0.15
    tags = chance.sample(tuple(_PLATFORMS), chance.randrange(3))
    text = (
        f'[metadata]\nmaturity = "{"deprecated" if deprecated else "production"}"\n'
        f'[rule]\nname = "Rule {number}"\nrule_id = "{native_id}"\ntype = "query"\nquery = "a"\n'
        f"tags = {json.dumps(tags)}\n" + 'building_block_type = "default"\n' * block
    )
    claims = []
    for _ in range(chance.randrange(4)):
        name = chance.choice((*_SHORTNAMES, "defense-evasion"))
        tactic, title = _TACTICS.get(name, "TA0005"), name.replace("-", " ").title()
        framework = chance.choice(["MITRE ATT&CK"] * 9 + ["MITRE ATLAS"])
        text += (
            f'[[rule.threat]]\nframework = "{framework}"\n'
            f'tactic = {{ id = "{tactic}", name = "{title}", reference = "" }}\n'
        )
        for _ in range(chance.randrange(3)):
            key = chance.choice([one for one in _STATED if "." not in one])
            text += f'[[rule.threat.technique]]\nid = "{key}"\nname = ""\nreference = ""\n'
            subs = [f"{key}.00{one}" for one in (1, 2) if chance.random() < 0.25]
            for sub in subs:
                text += f'[[rule.threat.technique.subtechnique]]\nid = "{sub}"\nname = ""\n'
                text += 'reference = ""\n'
            claims += [Claim(one, tactic, title, framework) for one in subs or [key]]
    rank = 0 if deprecated else 1 if block else 2
    platforms = frozenset(_PLATFORMS[tag] for tag in tags)
    return text, Stated(source, "elastic", native_id, rank, platforms, tuple(claims))


def _sigma(chance, source, native_id, number):
    status = chance.choice(["stable", "test", "experimental", "deprecated"])
    product = chance.choice(["linux", "windows", "zeek"])
    techniques = chance.sample(_STATED, chance.randrange(4))
    tactics = chance.sample((*_SHORTNAMES, "defense-evasion"), chance.randrange(3))
    tags = [*map(str.lower, techniques), *tactics, "g0016"]
    chance.shuffle(tags)
    text = (
        f"title: Rule {number}\nid: {native_id}\nstatus: {status}\n"
        f"logsource: {{product: {product}}}\ndetection: {{selection: {{a: b}}}}\n"
        f"tags: [{', '.join(f'attack.{tag}' for tag in tags)}]\n"
    )
    claims = [Claim(one.upper()) if one[:1] == "t" else Claim(None, one) for one in tags]
    claims = tuple(one for one, tag in zip(claims, tags, strict=True) if tag != "g0016")
    platforms = {"linux": {"Linux"}, "windows": {"Windows"}}.get(product, set())
    rank = 0 if status == "deprecated" else 2
    return text, Stated(source, "sigma", native_id, rank, frozenset(platforms), claims, False)


def _splunk(chance, source, native_id, number):
    kind = chance.choice(["TTP", "Anomaly", "Hunting"])
    techniques = chance.sample(_STATED, chance.randrange(4))
    text = (
        f"name: Rule {number}\nid: {native_id}\ntype: {kind}\nsearch: a\n"
        f"tags: {{analytic_story: [a], mitre_attack_id: {json.dumps(techniques)}}}\n"
    )
    claims = tuple(map(Claim, techniques))
    rank = 2 if kind == "TTP" else 1
    return text, Stated(source, "splunk", native_id, rank, frozenset(), claims, False)
