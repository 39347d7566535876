"""Reads the JSON of a report as people would: each rule's key replaced by its name."""

import json


def read_named(out):
    """The document, with names where its tables have keys of rules."""
    document = json.loads(out)
    names = {key: rule["name"] for key, rule in document["rules"].items()}
    return {**document, "tables": _named(document["tables"], names)}


def _named(value, names):
    match value:
        case str():
            return names.get(value, value)
        case dict():
            return {key: _named(one, names) for key, one in value.items()}
        case list():
            return [_named(one, names) for one in value]
        case _:
            return value
