"""ATT&CK ids and tactic names, as written and as meant."""

import re
from functools import cache, lru_cache

_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?", re.ASCII)
_TACTIC = re.compile(r"TA\d{4}", re.ASCII)
_ATLAS = re.compile(r"AML\.TA?\d{4}(?:\.\d{3})?", re.ASCII)
# A tag's "attack.", misspelt too: all of them stand in public rules.
_PREFIX = r"(?:at[ta]{1,4}ck\.?)?"
_SLUG = r"(?:[\s:_(–-]+[^\W\d_].*)?"
_LOOSE = (
    rf"{_PREFIX}(?:TA\d{{3,4}}[:-])?TT?(\d{{4}})(?:[./_-](\d{{3}}))?/?{_SLUG}"
    rf"|{_PREFIX}(\d{{4}})(?:\.(\d{{3}}))?"
)
_LOOSE_TACTIC = rf"{_PREFIX}TA(\d{{3,4}}){_SLUG}"
# A name with its id behind it, and no other number: "PowerShell (T1059.001)". ATT&CK's techniques
# begin at T0800 (ICS), its sub-techniques at .001; ATLAS's at T0000 and .000.
_NAMED = r"[^\W\d_]\D*[\s:(\[|–-]T(?!00)(\d{4})(?:\.(?!000)(\d{3}))?"
_LONGEST = 200


# Rules state the same few hundred ids and pages again and again.
@lru_cache(maxsize=4096)
def is_technique_id(text: str) -> bool:
    """Whether this is the exact form of a technique or sub-technique id."""
    return _TECHNIQUE.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def is_tactic_id(text: str) -> bool:
    """Whether this is the exact form of a tactic id."""
    return _TACTIC.fullmatch(text) is not None


def is_atlas_id(text: str) -> bool:
    """Whether this is an id of MITRE ATLAS, another framework: those that begin with "AML."."""
    return _ATLAS.fullmatch(text) is not None


def meant_id(text: str) -> str | None:
    """The id that is meant beyond doubt, though written otherwise; else None.

    Read are: another case ("t1059"), another separator ("T1021-002"), a name or a word behind
    ("T1498-DOS") or before ("PowerShell (T1059.001)"), a tactic before ("TA003:T1556"), a doubled
    or a missing T ("TT1482", "1070.002"), a missing zero of a tactic ("TA003"), a tag's "attack.",
    or "attck.". What lacks a technique's digit, or has one too many, isn't: it may be any of ten.
    """
    text = text.strip(" \t\r\n\xa0\"'[](),;")[:_LONGEST]
    if is_atlas_id(text.upper()):
        return text.upper()
    if (found := _loose(_LOOSE).fullmatch(text)) is not None:
        number, sub = found[1] or found[3], found[2] or found[4]
        return f"T{number}.{sub}" if sub else f"T{number}"
    if (found := _loose(_LOOSE_TACTIC).fullmatch(text)) is not None:
        return f"TA{found[1]:0>4}"
    named = _loose(_NAMED).fullmatch(text)
    if named is not None:
        return f"T{named[1]}.{named[2]}" if named[2] else f"T{named[1]}"
    return None


@cache
def _loose(pattern: str) -> re.Pattern[str]:
    """Compiled when it is first asked for: most rules write their ids as they should."""
    return re.compile(pattern, re.ASCII | re.IGNORECASE)


# A run asks for a few dozen names a hundred thousand times, and for the words of file names.
@lru_cache(maxsize=4096)
def tactic_slug(name: str) -> str:
    """A tactic's name in the form of a shortname: "Command and Control" → command-and-control.

    A capital within a word begins another one: "CommandAndControl".
    """
    if name.isalpha() and name.islower():
        return name
    return re.sub(r"[\s_-]+|(?<=[a-z])(?=[A-Z])", "-", name.strip()).lower()


@lru_cache(maxsize=4096)
def technique_url(technique_id: str) -> str:
    """The technique's page on attack.mitre.org."""
    return f"https://attack.mitre.org/techniques/{technique_id.replace('.', '/')}"


@lru_cache(maxsize=1024)
def tactic_url(tactic_id: str) -> str:
    """The tactic's page on attack.mitre.org."""
    return f"https://attack.mitre.org/tactics/{tactic_id}"
