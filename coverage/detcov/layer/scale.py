"""Lint rules for the colours of scores: gradient and legend."""

import re
from collections.abc import Iterator
from typing import Final

from detcov.layer.colour import is_colour, is_see_through
from detcov.layer.finding import Hit, hit, shown
from detcov.layer.subject import Members, Subject, as_float, is_number, is_score

LABEL_LENGTH: Final = 15
"""Characters of a legend label that Navigator shows."""


def gradient(subject: Subject) -> Iterator[Hit]:
    """`gradient`."""
    if "gradient" not in subject.layer:
        for at, entry in subject.entries():
            if is_score(entry.get("score")):
                yield hit("L140", at, "the layer has scores and no gradient")
                return
        return
    stated = subject.layer["gradient"]
    if not isinstance(stated, dict):
        yield hit("L141", subject.at("gradient"), f"gradient is {shown(stated)}, not an object")
        return
    yield from _colours(subject, stated)
    yield from _range(subject, stated)


def _colours(subject: Subject, stated: Members) -> Iterator[Hit]:
    at = subject.at("gradient")
    if "colors" not in stated:
        yield hit("L141", at, "the gradient has no colors")
        return
    at, colours = subject.at("gradient", "colors"), stated["colors"]
    if isinstance(colours, str) and colours:
        # JavaScript walks over the characters, and none of them is a colour.
        yield hit("L143", at, f"colors is {shown(colours)}, not a list")
        return
    if not isinstance(colours, list):
        yield hit("L141", at, f"colors is {shown(colours)}, not a list")
        return
    bad = [index for index, colour in enumerate(colours) if not is_colour(colour)]
    for index in bad:
        yield hit(
            "L143", subject.at("gradient", "colors", index), f"{shown(colours[index])} is no colour"
        )
    if bad:
        return
    if len(colours) < 2:
        yield hit("L141", at, f"the gradient has {len(colours) or 'no'} colour, not two or more")
    for index, colour in enumerate(colours):
        if is_see_through(colour):
            yield hit(
                "L146", subject.at("gradient", "colors", index), f"{shown(colour)} is see-through"
            )


def _range(subject: Subject, stated: Members) -> Iterator[Hit]:
    for key in ("minValue", "maxValue"):
        at = subject.at("gradient", key)
        if key not in stated:
            yield hit("L142", subject.at("gradient"), f"the gradient has no {key}")
        elif stated[key] is None or isinstance(stated[key], bool):
            yield hit("L145", at, f"{key} is {shown(stated[key])}")
        elif as_number(stated[key]) is None:
            yield hit("L142", at, f"{key} is {shown(stated[key])}, not a number")
        elif isinstance(stated[key], str):
            yield hit("L501", at, f"{key} is the string {shown(stated[key])}")
    low, high = limits(stated)
    if low is None or high is None:
        return
    if low >= high:
        detail = f"minValue {shown(low)} isn't below maxValue {shown(high)}"
        yield hit("L144", subject.at("gradient"), detail)
    elif is_number(stated["minValue"]) and is_number(stated["maxValue"]):
        yield from _strict_range(subject, stated)
    yield from _scores(subject, low, high)


def _strict_range(subject: Subject, stated: Members) -> Iterator[Hit]:
    """mitreattack-python wants whole numbers, and a step of one or more between the colours."""
    low, high, colours = stated["minValue"], stated["maxValue"], stated.get("colors")
    for key in ("minValue", "maxValue"):
        if isinstance(stated[key], float):
            yield hit("L501", subject.at("gradient", key), f"{key} is {shown(stated[key])}")
    if isinstance(colours, list) and high - low < len(colours) - 1:
        detail = f"{len(colours)} colours over {shown(low)} to {shown(high)}"
        yield hit("L501", subject.at("gradient"), detail)


def as_number(value: object) -> float | None:
    """Give what JavaScript counts with where a number belongs; None for what it can't."""
    if value is None or isinstance(value, bool):
        return float(value or 0)
    if isinstance(value, str):
        text = value.strip()
        plain = re.fullmatch(
            r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", text, re.IGNORECASE | re.ASCII
        )
        return 0.0 if not text else float(text) if plain else None
    if is_number(value):
        return as_float(value)
    return None


def limits(stated: Members) -> tuple[float | None, float | None]:
    """Give the range as Navigator counts with it; None where it can't."""
    low, high = (
        as_number(stated[key]) if key in stated else None for key in ("minValue", "maxValue")
    )
    return low, high


def _scores(subject: Subject, low: float, high: float) -> Iterator[Hit]:
    """Scores that the gradient can't tell apart: one finding for all of them."""
    scores = [
        (at + "/score", as_float(entry["score"]))
        for at, entry in subject.entries()
        if is_score(entry.get("score"))
    ]
    outside = [(at, score) for at, score in scores if not low <= score <= high]
    if not outside:
        return
    scale = f"the gradient of {shown_number(low)} to {shown_number(high)}"
    if len(outside) == len(scores) and len(scores) > 1:
        yield hit("L147", outside[0][0], f"all {len(scores)} scores lie outside {scale}")
        return
    untold = [
        (at, score) for at, score in outside if score < low or not _legend_says(subject, high)
    ]
    if untold:
        some = f"{len(untold)} score{'s lie' if len(untold) > 1 else ' lies'}"
        yield hit("L221", untold[0][0], f"{some} outside {scale}")


def shown_number(value: float) -> str:
    """10 for 10.0."""
    return f"{value:g}"


def _legend_says(subject: Subject, high: float) -> bool:
    """Whether a legend item says "N or more" of the gradient's top, so that it is meant."""
    items = subject.layer.get("legendItems")
    number = re.escape(shown_number(high))
    said = re.compile(
        rf"(?<![\d.]){number}\s*(?:\+|or more|and more|and up)|(?:≥|>=?)\s*{number}\b"
    )
    return isinstance(items, list) and any(
        isinstance(item, dict)
        and isinstance(item.get("label"), str)
        and said.search(item["label"].lower()) is not None
        for item in items
    )


def legend(subject: Subject) -> Iterator[Hit]:
    """`legendItems`."""
    items = subject.layer.get("legendItems", [])
    at = subject.at("legendItems")
    if not isinstance(items, list):
        code = "L501" if items == "" else "L150"
        yield hit(code, at, f"legendItems is {shown(items)}, not a list")
        return
    for index, item in enumerate(items):
        at = subject.at("legendItems", index)
        if not isinstance(item, dict):
            code = "L151" if isinstance(item, list) else "L150"
            yield hit(code, at, f"legendItems holds {shown(item)} where an object belongs")
        else:
            yield from _legend_item(item, at)


def _legend_item(item: Members, at: str) -> Iterator[Hit]:
    for key in ("label", "color"):
        if key not in item:
            yield hit("L151", at, f"the item has no {key}")
            return
    label, colour = item["label"], item["color"]
    if not isinstance(label, str):
        yield hit("L151", at + "/label", f"label is {shown(label)}, not a string")
    elif not is_colour(colour):
        yield hit("L151", at + "/color", f"{shown(colour)} is no colour")
    elif len(label) > LABEL_LENGTH:
        yield hit("L152", at + "/label", f"the label {shown(label)} has {len(label)} characters")
