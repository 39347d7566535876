"""Lint rules for metadata and links, of the layer and of its techniques alike."""

import re
from collections.abc import Iterator
from typing import Final

from detcov.layer.finding import Hit, child, hit, shown
from detcov.layer.subject import Members, Subject

WEB: Final = re.compile(r"https?://[^/\s]", re.IGNORECASE)
# Browsers skip control characters and spaces in front of and within a scheme.
SCRIPT: Final = re.compile(r"(?:javascript|data|vbscript|file|blob):", re.IGNORECASE)
SKIPPED: Final = re.compile(r"[\x00-\x20]")


def metadata(subject: Subject) -> Iterator[Hit]:
    """Every `metadata`."""
    for at, members in _holders(subject, "metadata"):
        yield from _items(members["metadata"], child(at, "metadata"), "metadata")


def links(subject: Subject) -> Iterator[Hit]:
    """Every `links`."""
    for at, members in _holders(subject, "links"):
        yield from _items(members["links"], child(at, "links"), "links")


def _holders(subject: Subject, key: str) -> Iterator[tuple[str, Members]]:
    if key in subject.layer:
        yield subject.pointer, subject.layer
    for at, entry in subject.entries():
        if key in entry:
            yield at, entry


def _items(items: object, pointer: str, what: str) -> Iterator[Hit]:
    blank, dropped = ("L160", "L161") if what == "metadata" else ("L170", "L171")
    if items == "":
        # JavaScript walks over a string's characters; over none, nothing goes wrong.
        yield hit("L501", pointer, f"{what} is an empty string, not a list")
        return
    if not isinstance(items, list):
        yield hit(blank, pointer, f"{what} is {shown(items)}, not a list")
        return
    for index, item in enumerate(items):
        at = child(pointer, index)
        if not isinstance(item, dict):
            code = dropped if isinstance(item, list) else blank
            yield hit(code, at, f"{what} holds {shown(item)} where an object belongs")
        elif what == "metadata":
            yield from _metadata_item(item, at)
        else:
            yield from _link(item, at)


def _metadata_item(item: Members, pointer: str) -> Iterator[Hit]:
    if "name" not in item and "divider" in item:
        yield from _divider(item, pointer, "L161")
        if item["divider"] is True:
            yield hit("L502", pointer, "a divider in metadata")
        return
    yield from _two_strings(item, pointer, ("name", "value"), "L161")


def _link(item: Members, pointer: str) -> Iterator[Hit]:
    if "url" not in item and "divider" in item:
        yield from _divider(item, pointer, "L171")
        return
    yield from _two_strings(item, pointer, ("url", "label"), "L171")
    url = item.get("url")
    if not isinstance(url, str) or not url:
        return
    if SCRIPT.match(SKIPPED.sub("", url)):
        yield hit("L172", child(pointer, "url"), f"the url is {shown(url)}")
    elif not WEB.match(url.strip()):
        yield hit("L173", child(pointer, "url"), f"the url {shown(url)} is no http(s) address")


def _divider(item: Members, pointer: str, code: str) -> Iterator[Hit]:
    divider = item["divider"]
    if divider is False:
        yield hit("L162", child(pointer, "divider"), "divider is false")
    elif divider is not True:
        yield hit(code, child(pointer, "divider"), f"divider is {shown(divider)}, not true")


def _two_strings(item: Members, pointer: str, keys: tuple[str, str], code: str) -> Iterator[Hit]:
    """One finding an item: the first of the two that keeps it from being shown."""
    for key in keys:
        if key not in item:
            yield hit(code, pointer, f"the item has no {key}")
            return
        if not isinstance(item[key], str) or not item[key]:
            yield hit(code, child(pointer, key), f"{key} is {shown(item[key])}")
            return
