"""Lint rules for what decides whether a layer opens at all: domain and versions."""

import re
from collections.abc import Iterator
from typing import Final

from detcov.attack.published import newest
from detcov.layer.finding import Hit, hit, shown
from detcov.layer.model import DOMAINS, LAYER_VERSION, NAVIGATOR_VERSION
from detcov.layer.subject import Subject

OLD_DOMAINS: Final = {
    "mitre-enterprise": "enterprise-attack",
    "mitre-mobile": "mobile-attack",
}
OLDEST_ATTACK: Final = 4
"""The first ATT&CK version that Navigator's own configuration lists."""


def domain_of(layer: dict[str, object]) -> str | None:
    """Give the domain by its present name, None where Navigator would refuse it."""
    stated = layer.get("domain")
    if not isinstance(stated, str):
        return None
    domain = OLD_DOMAINS.get(stated, stated)
    return domain if domain in DOMAINS else None


def attack_major_of(layer: dict[str, object]) -> int | None:
    """Give the ATT&CK version Navigator reads: the first number of `versions.attack`."""
    versions = layer.get("versions")
    stated = versions.get("attack") if isinstance(versions, dict) else None
    digits = re.search(r"[0-9]+", stated) if isinstance(stated, str) else None
    return int(digits.group()[:9]) if digits else None


def is_refused(layer: dict[str, object]) -> bool:
    """Whether Navigator opens nothing because of `versions`: then no release is the right one."""
    versions = layer.get("versions", {})
    if not isinstance(versions, dict | list):
        return True
    stated = versions.get("attack") if isinstance(versions, dict) else None
    return isinstance(stated, str) and stated != "" and attack_major_of(layer) is None


def domain(subject: Subject) -> Iterator[Hit]:
    """`domain`."""
    if "domain" not in subject.layer:
        yield hit("L101", subject.pointer, "the layer has no domain")
        return
    stated = subject.layer["domain"]
    at = subject.at("domain")
    if isinstance(stated, str) and stated in OLD_DOMAINS:
        yield hit("L102", at, f"domain {shown(stated)} is called {OLD_DOMAINS[stated]} today")
    elif domain_of(subject.layer) is None and not _brings_its_data(subject, stated):
        yield hit("L101", at, f"domain {shown(stated)} is none of {', '.join(DOMAINS)}")


def _brings_its_data(subject: Subject, stated: object) -> bool:
    """Tell whether the layer says what to load for a domain of its own."""
    return isinstance(stated, str) and bool(subject.layer.get("customDataURL"))


def versions(subject: Subject) -> Iterator[Hit]:
    """`versions`, its three members, and the `version` of earlier formats."""
    stated = subject.layer.get("versions", {})
    if not isinstance(stated, dict | list):
        yield hit("L103", subject.at("versions"), f"versions is {shown(stated)}")
        return
    members = stated if isinstance(stated, dict) else {}
    yield from _layer_version(subject, members)
    yield from _attack_version(subject, members)
    if "versions" in subject.layer:
        yield from _navigator_version(subject, members)


def _layer_version(subject: Subject, members: dict[str, object]) -> Iterator[Hit]:
    if "version" in subject.layer:
        at, version = subject.at("version"), subject.layer["version"]
        yield hit("L112", at, "`version` is what earlier formats had for versions.layer")
    elif "layer" in members:
        at, version = subject.at("versions", "layer"), members["layer"]
    else:
        at = subject.at("versions") if "versions" in subject.layer else subject.pointer
        yield hit("L105", at, "the layer doesn't say which version of the format it is in")
        return
    if version == LAYER_VERSION:
        return
    numbers = re.match(r"([0-9]+)(?:\.([0-9]+))?", _as_text(version))
    if numbers is None or numbers[1] != "4":
        yield hit("L105", at, f"layer version {shown(version)} isn't {LAYER_VERSION}")
    elif numbers[2] != "5":
        yield hit("L104", at, f"layer version {shown(version)} isn't {LAYER_VERSION}")
    else:
        yield hit("L113", at, f'layer version {shown(version)} isn\'t the string "{LAYER_VERSION}"')


def _as_text(version: object) -> str:
    return version if isinstance(version, str) else shown(version)


def _attack_version(subject: Subject, members: dict[str, object]) -> Iterator[Hit]:
    stated = members.get("attack", "")
    has = "attack" in members
    at = subject.at("versions", "attack") if has else _versions_at(subject)
    against = f"; checked against {subject.release.title}" if subject.release is not None else ""
    if not isinstance(stated, str):
        yield hit("L107", at, f"versions.attack is {shown(stated)}, not a string{against}")
        return
    major = attack_major_of(subject.layer)
    if not stated:
        yield hit("L108", at, f"the layer doesn't say which ATT&CK version it is for{against}")
    elif major is None:
        yield hit("L106", at, f"versions.attack {shown(stated)} holds no number")
    elif major < OLDEST_ATTACK:
        yield hit("L106", at, f"no Navigator has data of ATT&CK {major}")
    elif major > _newest_published():
        yield hit("L125", at, f"ATT&CK {major} isn't known to be out")
    elif subject.newest is not None and major > subject.newest:
        yield hit("L109", at, f"ATT&CK {major} is newer than the Navigator's {subject.newest}")
    elif subject.newest is not None and major < subject.newest:
        yield hit("L110", at, f"ATT&CK {major} is older than the Navigator's {subject.newest}")
    if major is not None and stated != str(major):
        yield hit("L111", at, f"versions.attack {shown(stated)} means {major}")


def _newest_published() -> int:
    version = newest(DOMAINS[0]) or str(OLDEST_ATTACK)
    return int(version.split(".")[0])


def _versions_at(subject: Subject) -> str:
    return subject.at("versions") if "versions" in subject.layer else subject.pointer


def _navigator_version(subject: Subject, members: dict[str, object]) -> Iterator[Hit]:
    """Navigator never reads it, mitreattack-python insists on it."""
    if "navigator" not in members:
        yield hit("L502", subject.at("versions"), "versions has no navigator")
        return
    stated = members["navigator"]
    at = subject.at("versions", "navigator")
    if not isinstance(stated, str):
        yield hit("L501", at, f"versions.navigator is {shown(stated)}, not a string")
    elif not stated.startswith("5."):
        yield hit("L502", at, f"versions.navigator {shown(stated)} isn't {NAVIGATOR_VERSION}")
