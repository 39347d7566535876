"""Which strings Navigator takes for a colour: those of its colour library, tinycolor."""

import re
from typing import Final

_NUMBER: Final = r"[-+]?\d*\.?\d+%?"
_HEX: Final = re.compile(r"#?(?:[0-9a-f]{3}|[0-9a-f]{4}|[0-9a-f]{6}|[0-9a-f]{8})")
_FUNCTION: Final = re.compile(
    rf"(?:rgb|hsl|hsv)a?[\s(]+{_NUMBER}[,\s]+{_NUMBER}[,\s]+{_NUMBER}(?:[,\s]+{_NUMBER})?\s*\)?"
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# CSS Color Module Level 4, named colours
_NAMES: Final = _words(
    """
    transparent aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond
    blue blueviolet brown burlywood burntsienna cadetblue chartreuse chocolate coral
    cornflowerblue cornsilk crimson cyan darkblue darkcyan darkgoldenrod darkgray darkgreen
    darkgrey darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon
    darkseagreen darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink
    deepskyblue dimgray dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro
    ghostwhite gold goldenrod gray green greenyellow grey honeydew hotpink indianred indigo ivory
    khaki lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan
    lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen
    lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime limegreen linen
    magenta maroon mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen
    mediumslateblue mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream
    mistyrose moccasin navajowhite navy oldlace olive olivedrab orange orangered orchid
    palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink plum
    powderblue purple rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown
    seagreen seashell sienna silver skyblue slateblue slategray slategrey snow springgreen
    steelblue tan teal thistle tomato turquoise violet wheat white whitesmoke yellow yellowgreen
    """
)


def is_colour(value: object) -> bool:
    """Whether Navigator accepts the value as a colour ("tomato", "74c476", "#74c47680")."""
    if not isinstance(value, str):
        return False
    text = value.strip().lower()
    return text in _NAMES or bool(_HEX.fullmatch(text) or _FUNCTION.fullmatch(text))


def is_see_through(value: str) -> bool:
    """Whether a colour that `is_colour` accepts has an alpha below one, in hex or by name."""
    text = value.strip().lower().removeprefix("#")
    if text == "transparent":
        return True
    alpha = {4: text[3:] * 2, 8: text[6:]}.get(len(text)) if _HEX.fullmatch(text) else None
    return alpha is not None and alpha != "ff"
