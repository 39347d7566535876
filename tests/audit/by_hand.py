"""Coverage counted a second time, from a bundle's JSON and rules as plain values.

Nothing of detcov is used: what docs/concepts.md says, in a page. Tactics are ids here; a rule is
a `Stated`, as a test writes it down or reads it with a plain parser.
"""

import gzip
import json
import re
from collections import Counter, defaultdict
from itertools import chain
from typing import NamedTuple

MITRE = {"mitre-attack", "mitre-mobile-attack", "mitre-ics-attack"}
CHAINS = {"enterprise-attack": "mitre-attack", "mobile-attack": "mitre-mobile-attack"}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Claim(NamedTuple):
    technique: str | None
    """None: a tactic alone"""
    tactic: str | None = None
    """Its id, or its name"""
    name: str | None = None
    """Its name, beside the id"""
    framework: str = "MITRE ATT&CK"


class Stated(NamedTuple):
    source: str
    format: str
    id: str
    rank: int
    """2 live, 1 active, 0 deprecated"""
    platforms: frozenset
    claims: tuple
    paired: bool = True

    @property
    def identity(self):
        return self.id.lower() if UUID.fullmatch(self.id) else (self.source, self.format, self.id)


def is_gone(item):
    return bool(item.get("revoked") or item.get("x_mitre_deprecated"))


def id_of(item):
    named = sorted(item["external_references"], key=lambda one: one["source_name"] not in MITRE)
    return next((one["external_id"] for one in named if "external_id" in one), None)


def slug(name):
    return re.sub(r"[\s_-]+", "-", name).lower()


class Attack:
    """A release: its tactics, and by technique id the tactics, platforms and what became of it."""

    def __init__(self, data, version):
        objects = {}
        text = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        for item in json.loads(text)["objects"]:
            known = objects.get(item["id"])
            if known is None or known.get("modified", "") <= item.get("modified", ""):
                objects[item["id"]] = item
        patterns = [item for item in objects.values() if item["type"] == "attack-pattern"]
        domains = Counter(chain.from_iterable(one["x_mitre_domains"] for one in patterns))
        self.version, self.domain = version, domains.most_common(1)[0][0]
        patterns = [one for one in patterns if self.domain in one["x_mitre_domains"]]
        self.tactics = {}
        for matrix in objects.values():
            ours = self.domain in matrix.get("x_mitre_domains", [self.domain])
            if matrix["type"] == "x-mitre-matrix" and ours and not is_gone(matrix):
                for tactic in map(objects.get, matrix["tactic_refs"]):
                    if not is_gone(tactic):
                        self.tactics[id_of(tactic)] = (tactic["name"], tactic["x_mitre_shortname"])
        by_shortname = {short: key for key, (_, short) in self.tactics.items()}
        self.all, stix_ids = {}, {}
        for item in sorted(patterns, key=is_gone, reverse=True):
            phases = {
                one["phase_name"]
                for one in item.get("kill_chain_phases", ())
                if one["kill_chain_name"] in {CHAINS.get(self.domain, "mitre-ics-attack")}
            }
            stix_ids[item["id"]] = id_of(item)
            self.all[id_of(item)] = {
                "tactics": {by_shortname[one] for one in phases if one in by_shortname},
                "platforms": set(item.get("x_mitre_platforms", ())),
                "revoked": bool(item.get("revoked")),
                "deprecated": bool(item.get("x_mitre_deprecated")),
            }
        self.active = {
            key: one for key, one in self.all.items() if not (one["revoked"] or one["deprecated"])
        }
        self.successors = {}
        for one in objects.values():
            if one.get("relationship_type") == "revoked-by" and not is_gone(one):
                after = stix_ids.get(one["target_ref"])
                if after and one["source_ref"] in stix_ids:
                    named = self.successors.setdefault(stix_ids[one["source_ref"]], [])
                    named.append((after not in self.active, after))

    @property
    def order(self):
        return tuple(map(int, self.version.split(".")))

    def has(self, technique, tactic, among="active"):
        found = getattr(self, among).get(technique)
        return found is not None and tactic in found["tactics"]

    def calls(self, tactic, name):
        return tactic in self.tactics and slug(name) in map(slug, self.tactics[tactic])


class Resolver:
    """What becomes of statements in a target; `known` are the other releases of its domain."""

    def __init__(self, target, known, foreign):
        self.target, self.foreign = target, foreign
        known = sorted((one for one in known if one.domain == target.domain), key=lambda o: o.order)
        self.back = [target, *(one for one in reversed(known) if one.order < target.order)]
        self.later = [one for one in known if one.order > target.order]

    def tactic(self, stated, name):
        """Its id; "?" for one that nobody knows, None where none is stated."""
        if stated is None:
            return None
        every = (*self.back, *self.later)
        if any(stated in one.tactics for one in every):
            return stated
        named = (key for one in every for key in one.tactics if one.calls(key, name or stated))
        return next(named, "?")

    def technique(self, claim):
        """(outcome, the active technique it is now, or None)."""
        stated = claim.technique
        if claim.framework != "MITRE ATT&CK":
            return "foreign", None
        found = self.target.all.get(stated)
        if found is None:
            if any(stated in one.all for one in self.later):
                return "newer", None
            return "foreign" if stated in self.foreign else "unknown", None
        if not found["revoked"]:
            return ("deprecated", None) if found["deprecated"] else ("same", stated)
        passed = [stated]
        while self.target.all[passed[-1]]["revoked"]:
            after = min(self.target.successors.get(passed[-1], [(True, None)]))[1]
            if after is None or after in passed:
                return "revoked", None
            passed.append(after)
        if self.target.all[passed[-1]]["deprecated"]:
            return "deprecated", None
        return "replaced", passed[-1]

    def cell(self, stated, now, tactic, name, dated=False):
        """(outcome, tactics drawn, inferred, the one tactic left of a dropped one, gained).

        `dated`: the name alone was stated, so it is of a release that calls the tactic so.
        """
        has = self.target.active[now]["tactics"]
        if tactic is None:
            return "inferred", has, True, None, set()
        if tactic in has:
            known = any(one.calls(tactic, name or "") for one in (*self.back, *self.later))
            renamed = name and known and not self.target.calls(tactic, name)
            return "redefined" if renamed else "same", {tactic}, False, None, set()
        back = [one for one in self.back if not dated or one.calls(tactic, name)]
        source = next((one for one in back if one.has(stated, tactic)), None) or next(
            (one for one in back if one.has(stated, tactic, "all")), None
        )
        if source is None:
            newer = any(one.has(stated, tactic) for one in self.later)
            return "newer" if newer else "mismatched", set(), False, None, set()
        had = source.all[stated]["tactics"]
        gained = has - had
        if not gained:
            return "dropped", set(), False, min(has) if len(has) == 1 else None, set()
        if len(gained) > 1:
            return "ambiguous", set(), False, None, gained
        moved = len(had - has) == 1
        return "moved" if moved else "reassigned", gained, not moved, None, gained

    def rule(self, rule):
        """(outcomes, technique, tactics drawn, inferred) of each claim."""
        found = []
        for claim in (one for one in rule.claims if one.technique is not None):
            outcome, now = self.technique(claim)
            if now is None:
                found.append((f"{outcome}/none", None, set(), False, None))
                continue
            cells = [
                self.cell(claim.technique, now, *one) for one in self.tactics(rule, claim, now)
            ]
            kept = {one for fate, to, *_ in cells if fate in {"same", "redefined"} for one in to}
            for fate, drawn, inferred, left, gained in cells:
                stale = fate in {"moved", "reassigned", "ambiguous", "dropped"}
                # Tags that state where the technique went, or what it kept, have chosen.
                if stale and not rule.paired and kept & (gained or kept):
                    found.append((f"{outcome}/dropped", now, set(), False, None))
                else:
                    found.append((f"{outcome}/{fate}", now, drawn, inferred, left))
        drawn = {now for _, now, tactics, _, _ in found if tactics}
        return [
            (outcome, now, {left}, True)
            if left and now not in drawn
            else (outcome, now, tactics, inferred)
            for outcome, now, tactics, inferred, left in found
        ]

    def tactics(self, rule, claim, now):
        """(id, name as stated, whether the name alone is) of the tactics a claim is under."""
        if rule.paired:
            tactic = self.tactic(claim.tactic, claim.name)
            return [(tactic, claim.name or claim.tactic, not claim.name and tactic != claim.tactic)]
        stated = {
            self.tactic(one.tactic, one.name): one.tactic
            for one in rule.claims
            if one.technique is None
        }
        fit = [
            (tactic, name, tactic != name)
            for tactic, name in stated.items()
            if self.cell(claim.technique, now, tactic, name, tactic != name)[0]
            not in {"mismatched", "newer"}
        ]
        return fit or [(None, None, False)]


def count(target, rules, *, known=(), foreign=frozenset(), least=2, platforms=frozenset()):
    """Every number of a coverage.json, rules by their identity. `least` is the rank that counts."""
    resolver = Resolver(target, known, foreign)
    states, ledger = defaultdict(int), Counter()
    for_platforms, own = defaultdict(set), defaultdict(set)
    stated, inferred = defaultdict(set), defaultdict(set)
    for rule in rules:
        states[rule.identity] = max(states[rule.identity], rule.rank)
        if rule.rank >= least:
            for_platforms[rule.identity] |= rule.platforms
        for outcome, technique, tactics, guessed in resolver.rule(rule):
            ledger[outcome] += rule.rank > 0
            if technique and rule.rank >= least:
                own[technique].add(rule.identity)
                for tactic in tactics:
                    (inferred if guessed else stated)[tactic, technique].add(rule.identity)
    scope = {k: v for k, v in target.active.items() if not platforms or platforms & v["platforms"]}
    of = {
        key: {
            rule
            for rule in own[key]
            if not platforms or platforms & one["platforms"] & for_platforms[rule]
        }
        for key, one in scope.items()
    }
    before = {key for key, one in scope.items() if one["platforms"] == {"PRE"}}
    inside = scope.keys() - before
    children = defaultdict(list)
    for key in scope:
        children[key.split(".")[0] if "." in key else None].append(key)
    parents = [key for key in children[None] if key in inside]
    cells = {
        (tactic, key): (stated[tactic, key] & of[key], inferred[tactic, key] & of[key])
        for key, one in scope.items()
        for tactic in one["tactics"]
    }
    return {
        "headline": (sum(1 for key in inside if of[key]), len(inside)),
        "two_or_more": (sum(1 for key in inside if len(of[key]) > 1), len(inside)),
        "parents_with_via": (
            sum(1 for key in parents if of[key] or any(of[one] for one in children[key])),
            len(parents),
        ),
        "some_claim": (sum(1 for key in inside if own[key]), len(inside)),
        "pre_only": (sum(1 for key in before if of[key]), len(before)),
        "techniques": of,
        "by_platform": {
            (key, platform): {rule for rule in own[key] if platform in for_platforms[rule]}
            for key, one in scope.items()
            for platform in one["platforms"]
        },
        "subtechniques": {
            key: (len(children[key]), sum(1 for one in children[key] if of[one])) for key in scope
        },
        "cells": {cell: (said, rest - said) for cell, (said, rest) in cells.items()},
        "tactics": [
            (
                tactic,
                sum(1 for one, _ in cells if one == tactic),
                sum(1 for (one, _), (said, _) in cells.items() if one == tactic and said),
                sum(
                    1
                    for (one, _), (said, rest) in cells.items()
                    if one == tactic and rest and not said
                ),
            )
            for tactic in target.tactics
        ],
        "ledger": {outcome: n for outcome, n in ledger.items() if n},
        "read": tuple(sum(1 for rank in states.values() if rank == one) for one in (2, 1, 0)),
    }


def reported(coverage, tactics):
    """The same of a coverage.json; `tactics` are the release's, by id."""
    ids = {short: key for key, (_, short) in tactics.items()}
    rules = {
        int(key): one["id"].lower()
        if UUID.fullmatch(one["id"])
        else (one["source"], one["format"], one["id"])
        for key, one in coverage["rules"].items()
    }

    def named(numbers):
        return {rules[number] for number in numbers}

    techniques, read = coverage["techniques"], coverage["read"]
    return {
        **{key: (one["numerator"], one["denominator"]) for key, one in coverage["ratios"].items()},
        "techniques": {one["id"]: named(one["rules"]) for one in techniques},
        "by_platform": {
            (one["id"], platform): named(numbers)
            for one in techniques
            for platform, numbers in one["by_platform"].items()
        },
        "subtechniques": {
            one["id"]: (one["subtechniques"], one["subtechniques_covered"]) for one in techniques
        },
        "cells": {
            (ids[one["tactic"]], one["technique"]): (named(one["stated"]), named(one["inferred"]))
            for one in coverage["cells"]
        },
        "tactics": [
            (one["id"], one["techniques"], one["covered"], one["inferred"])
            for one in coverage["tactics"]
        ],
        "ledger": coverage["ledger"]["outcomes"],
        "read": (read["live"], read["active_not_live"], read["deprecated"]),
    }
