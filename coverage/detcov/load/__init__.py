"""Documents to rules: an explicit registry of formats, and the parse cache around it."""

from importlib import import_module
from typing import cast

from detcov.load.parsed import RuleFormat

PARSERS: dict[str, str] = {
    "elastic": "detcov.load.elastic",
}
"""Format name to the module that is its `RuleFormat`, in the order they are asked."""


def rule_format(name: str) -> RuleFormat:
    """The parser of a format, imported when it is first needed."""
    return cast("RuleFormat", import_module(PARSERS[name]))
