"""What a terminal or a CI runner obeys in an output."""

import re


def obeyed(text):
    """What a terminal or a CI runner would take for a command in a text."""
    found = re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    found += re.findall(r"^\s*::.*", text, re.MULTILINE)
    return found + re.findall(r"##(?:vso)?\[.*", text, re.IGNORECASE)
