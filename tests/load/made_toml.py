"""Strategies: rules of Elastic's kind, written as TOML in every layout that TOML knows."""

from hypothesis import strategies as st

_IDS = ["T1059", "T1059.004", "T1610", "T16", "id", "name", "threat", "TA0002", "x ]", "a#b", "="]
# Names are anything; quotes, brackets and header-like text try to mislead a search.
_NAMES = st.one_of(
    st.sampled_from(["", "T1059", "id", '"', "'", "[[rule.threat]]", "# no", "a\nb", "é😀", "''"]),
    st.text(max_size=6),
)


@st.composite
def threats(draw):
    """[(tactic, [(technique, [subtechnique])])], each a dict of `id` and perhaps `name`."""

    def table():
        made = {"id": draw(st.sampled_from(_IDS))}
        if draw(st.booleans()):
            made["name"] = draw(_NAMES)
        return made

    def some(most):
        return range(draw(st.integers(0, most)))

    return [(table(), [(table(), [table() for _ in some(2)]) for _ in some(2)]) for _ in some(3)]


@st.composite
def documents(draw):
    """(text, threats, values written with escapes): the text says what the threats say."""
    made = draw(threats())
    written = _Writer(draw)
    layout = draw(st.sampled_from(["tables", "inline", "inline in tables", "dotted"]))
    body = _LAYOUTS[layout](written, made)
    head = ["[rule]", 'rule_id = "a"', *_note(draw, made)]
    if layout == "inline":
        lines = [*head, *body]
    else:
        lines = [*body, *head] if draw(st.booleans()) else [*head, *body]
    text = "\n".join(lines) + "\n"
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return draw(st.sampled_from(["", "\ufeff"])) + text, made, written.escaped


def _note(draw, made):
    """Perhaps a string of several lines that looks like the rule's own mapping."""
    quotes = draw(st.sampled_from(["", '"""', "'''"]))
    if not quotes:
        return []
    fake = []
    for tactic, techniques in made:
        fake += ["[[rule.threat]]", "[rule.threat.tactic]", f"id = '{tactic['id']}'"]
        for technique, _ in techniques:
            fake += ["[[rule.threat.technique]]", f"id = '{technique['id']}'"]
    return [f"note = {quotes}", *fake, quotes]


class _Writer:
    def __init__(self, draw):
        self._draw = draw
        self.escaped = set()
        """Ids that at least one string spells with an escape"""

    def one_of(self, *choices):
        return self._draw(st.sampled_from(choices))

    def key(self, name):
        return self.one_of(name, name, f'"{name}"', f"'{name}'")

    def string(self, value):
        plain = value.isprintable()
        choices = [_basic(value)]
        if plain and "'" not in value:
            choices += [f"'{value}'", f"'''{value}'''"]
        if plain and '"' not in value and "\\" not in value:
            choices += [f'"{value}"', f'"""{value}"""', f'"""\n{value}"""']
        if value:
            choices.append(_basic(value, all_of_it=True))
        chosen = self.one_of(*choices)
        if "\\" in chosen and chosen.startswith('"'):
            self.escaped.add(value)
        return chosen

    def pairs(self, table):
        return [f"{self.key(key)} = {self.string(value)}" for key, value in table.items()]

    def inline(self, table, *more):
        return "{ " + ", ".join([*_one_line(self.pairs(table)), *more]) + " }"

    def lines(self, table):
        space = self.one_of("", "", "  ", "\t")
        comment = self.one_of("", "", ' # id = "T9"', "\t# ''' ")
        return [f"{space}{pair}{comment}" for pair in self.pairs(table)]

    def header(self, name):
        return self.one_of(name, name, name.replace(".", " . "), name.replace("rule", '"rule"'))


def _one_line(pairs):
    return [pair.replace('"""\n', '"""') for pair in pairs]


def _basic(value, all_of_it=False):
    def spelled(char):
        if all_of_it or char in '"\\' or not char.isprintable():
            return f"\\U{ord(char):08X}"
        return char

    return f'"{"".join(map(spelled, value))}"'


def _tables(write, made):
    lines = []
    for tactic, techniques in made:
        first = [write.header("[rule.threat.tactic]"), *write.lines(tactic)]
        rest = []
        for technique, children in techniques:
            rest += [write.header("[[rule.threat.technique]]"), *write.lines(technique)]
            for child in children:
                rest += [write.header("[[rule.threat.technique.subtechnique]]")]
                rest += write.lines(child)
        parts = write.one_of([*first, *rest], [*rest, *first])
        lines += [write.header("[[rule.threat]]"), *parts]
    return lines


def _technique(write, technique, children):
    below = ", ".join(write.inline(child) for child in children)
    more = [f"subtechnique = [{below}]"] if children else []
    return write.inline(technique, *more)


def _inline(write, made):
    entries = []
    for tactic, techniques in made:
        found = ",\n".join(_technique(write, *one) for one in techniques)
        more = [f"technique = [\n{found}\n]"] if techniques else []
        entries.append("{ " + ", ".join([f"tactic = {write.inline(tactic)}", *more]) + " }")
    return [f"threat = [{', '.join(entries)}]"]


def _inline_in_tables(write, made):
    lines = []
    for tactic, techniques in made:
        lines += [write.header("[[rule.threat]]"), f"tactic = {write.inline(tactic)}"]
        found = ", ".join(_technique(write, *one) for one in techniques)
        lines += [f"technique = [{found}]"] if techniques else []
    return lines


def _dotted(write, made):
    lines = []
    for tactic, techniques in made:
        lines += [write.header("[[rule.threat]]")]
        lines += [f"{write.key('tactic')}.{pair}" for pair in write.pairs(tactic)]
        found = ",\n  ".join(_technique(write, *one) for one in techniques)
        lines += [f"technique = [\n  {found},\n]"] if techniques else []
    return lines


_LAYOUTS = {
    "tables": _tables,
    "inline": _inline,
    "inline in tables": _inline_in_tables,
    "dotted": _dotted,
}
