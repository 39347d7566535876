"""ATT&CK ids and tactic names, as written and as meant."""

import re
from functools import lru_cache

_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?", re.ASCII)
_TACTIC = re.compile(r"TA\d{4}", re.ASCII)
_ATLAS = re.compile(r"AML\.TA?\d{4}(?:\.\d{3})?", re.ASCII)
_LOOSE = re.compile(r"(TA?)(\d{4})(?:[./_-](\d{3}))?", re.ASCII | re.IGNORECASE)


def is_technique_id(text: str) -> bool:
    """Whether this is the exact form of a technique or sub-technique id."""
    return _TECHNIQUE.fullmatch(text) is not None


def is_tactic_id(text: str) -> bool:
    """Whether this is the exact form of a tactic id."""
    return _TACTIC.fullmatch(text) is not None


def is_atlas_id(text: str) -> bool:
    """Whether this is an id of MITRE ATLAS, another framework."""
    return _ATLAS.fullmatch(text) is not None


def meant_id(text: str) -> str | None:
    """The id that is meant beyond doubt, though written otherwise ("t1021-002"); else None."""
    found = _LOOSE.fullmatch(text.strip())
    if found is None or (found[1].upper() == "TA" and found[3]):
        return None
    return f"{found[1].upper()}{found[2]}" + (f".{found[3]}" if found[3] else "")


# A run asks for a few dozen names a hundred thousand times.
@lru_cache(maxsize=1024)
def tactic_slug(name: str) -> str:
    """A tactic's name in the form of a shortname: "Command and Control" → command-and-control."""
    return re.sub(r"[\s_-]+", "-", name.strip().lower())


def technique_url(technique_id: str) -> str:
    """The technique's page on attack.mitre.org."""
    return f"https://attack.mitre.org/techniques/{technique_id.replace('.', '/')}"


def tactic_url(tactic_id: str) -> str:
    """The tactic's page on attack.mitre.org."""
    return f"https://attack.mitre.org/tactics/{tactic_id}"
