"""Files that only a rule can look like, and that give none: what their rule lacks."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from detcov.load.lines import Path
from detcov.load.parsed import ParseError, RuleFormat, Telltale

if TYPE_CHECKING:
    from detcov.load.toml_text import TomlFile
    from detcov.load.yaml_text import YamlFile

_KINDS: Final[Mapping[type, str]] = {dict: "a mapping", str: "a text", list: "a list"}


def lacking(
    file: "YamlFile | TomlFile", rule_format: RuleFormat, *, gave_rules: bool
) -> Iterator[ParseError]:
    """Yield what is missing, with the place, for each part of a file that should be a rule.

    `gave_rules`: other parts of the file, or perhaps these, were read as rules.
    """
    telltales = [each for each in rule_format.telltales if each.always or not gave_rules]
    if not telltales:
        return
    parts = list(file.parts())
    keys = frozenset[Any]().union(*(tree for _, tree in parts))
    for at, tree in parts:
        for telltale in telltales:
            if telltale.unless_beside.isdisjoint(keys) and _looks_like(tree, telltale):
                missing = _missing_table(at, telltale) or _missing_key(tree, telltale)
                if missing:
                    message = f"looks like a rule ({rule_format.title}), but {missing}"
                    place = file.key_line(at, (*_near(tree, telltale), *telltale.keys))
                    yield ParseError(message, place)
                    break


def is_other_kind(file: "YamlFile | TomlFile", rule_format: RuleFormat) -> bool:
    """Whether a part of a file is of another kind of the format's tool: a macro, a filter."""
    return bool(rule_format.other_kinds) and any(
        kind <= tree.keys() for _, tree in file.parts() for kind in rule_format.other_kinds
    )


def _looks_like(tree: Mapping[Any, Any], telltale: Telltale) -> bool:
    return telltale.unless.isdisjoint(tree) and all(
        key in tree and isinstance(tree[key], kind) for key, kind in telltale.keys.items()
    )


def _missing_table(at: Path, telltale: Telltale) -> str:
    """Say which table lacks; "" where the keys are in it, or it isn't asked for."""
    if not telltale.table or at == (telltale.table,):
        return ""
    stands = {
        0: "stand in no table",
        1: f"stand in `[{at[0]}]`" if at else "",
        2: f"stand in `[[{at[0]}]]`" if at else "",
    }[len(at)]
    return f"has no `[{telltale.table}]` table: the keys {stands}"


def _missing_key(tree: Mapping[Any, Any], telltale: Telltale) -> str:
    """Say what is wrong with the further key; "" where it is right, or isn't asked for."""
    key = telltale.needs
    if not key:
        return ""
    if key not in tree:
        near = "".join(f"; did you mean that by `{other}`?" for other in _near(tree, telltale))
        return f"has no `{key}`{near}"
    value = tree[key]
    if not isinstance(value, telltale.kind):
        return f"its `{key}` is not {_KINDS[telltale.kind]}"
    if telltale.values and value not in telltale.values:
        return f"its `{key}` is none of {', '.join(sorted(telltale.values))}"
    return ""


def _near(tree: Mapping[Any, Any], telltale: Telltale) -> list[str]:
    """The key that may be meant; empty where none is near, or the right one is there."""
    if telltale.needs in tree:
        return []
    from difflib import get_close_matches

    names = {key.lower(): key for key in tree if isinstance(key, str)}
    close = get_close_matches(telltale.needs.lower(), names, n=1, cutoff=0.7)
    return [names[name] for name in close]
