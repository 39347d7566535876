"""Platforms by the names that the release in use has for them.

Rules state platforms by today's names. ATT&CK 16 made Identity Provider of Azure AD, and Office
Suite of Office 365 and Google Workspace; 17 calls Network Devices what was Network; 9 made IaaS of
three clouds.
"""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from detcov.attack.release import Release
from detcov.model import Corpus, Rule, Stated


class _Former(Struct, frozen=True):
    """What a platform was called."""

    now: str
    then: str
    evidence: str = ""
    """A pattern for what a rule must name, where not all of `now` was `then`"""


_AZURE_AD = r"azure|entra|\baad\b|microsoft|o365"
_FORMER = (
    _Former("Network Devices", "Network"),
    _Former("Identity Provider", "Azure AD", _AZURE_AD),
    _Former("Office Suite", "Office 365", r"365|\boffice\b|microsoft|exchange|sharepoint"),
    _Former("Office Suite", "Google Workspace", r"google|g ?suite|workspace|gmail|gdrive"),
    _Former("IaaS", "AWS", r"aws|amazon"),
    _Former("IaaS", "Azure", r"azure"),
    _Former("IaaS", "GCP", r"gcp|google"),
)


def in_names_of(release: Release, corpus: Corpus) -> Corpus:
    """The corpus with platforms that the release has under a former name called so.

    A rule for one of several such says by its fields, tags and what it reads which it means: one
    for Okta is for no platform of ATT&CK 15. The corpus itself where nothing has another name.
    """
    names = release.platforms
    former: dict[str, list[_Former]] = {}
    for one in _FORMER:
        if one.then in names and one.now not in names:
            former.setdefault(one.now, []).append(one)
    if not former:
        return corpus
    return structs.replace(corpus, rules=tuple(_renamed(rule, former) for rule in corpus.rules))


def _renamed(rule: Rule, former: Mapping[str, Sequence[_Former]]) -> Rule:
    if rule.platform_names.isdisjoint(former):
        return rule
    found: dict[str, Stated] = {}
    for stated in rule.platforms:
        text = " ".join((stated.field, *rule.tags, *rule.reads))
        meant = [
            one.then
            for one in former.get(stated.value, ())
            if re.search(one.evidence, text, re.IGNORECASE)
        ]
        for name in meant or (stated.value,):
            found.setdefault(name, Stated(value=name, field=stated.field))
    return structs.replace(rule, platforms=tuple(found[name] for name in sorted(found)))
