"""A Document with everything a Document can hold, and texts that would like to be more."""

from detcov.analysis.coverage import Ratio
from detcov.report.document import (
    Blank,
    Code,
    Column,
    Document,
    Heading,
    KeyNumber,
    KeyNumbers,
    Link,
    Many,
    Note,
    Number,
    Related,
    Sentence,
    State,
    Table,
)

HALF = Ratio(numerator=1, denominator=2, definition="techniques with a rule")
NOTHING = Ratio(numerator=0, denominator=0, definition="techniques with a rule")

SAMPLE = Document(
    title="What changed",
    subject="weekly",
    subtitle="ATT&CK Enterprise 19.0, 2026-05-05",
    main="changes",
    related=(Related(label="Heatmap", file="heatmap.html"),),
    parts=(
        KeyNumbers(
            numbers=(
                KeyNumber(id="covered", label="Covered", value=HALF, detail="one lost"),
                KeyNumber(id="rules", label="Live rules", value=Number(value=1234)),
            )
        ),
        Sentence(text="One technique lost its last rule.", strong=True),
        Sentence(text="covered: at least one rule", indent=1),
        Sentence(text="rules: live ones", indent=1),
        Blank(),
        Note(text="Mapped is not detected."),
        Heading(text="Changes"),
        Table(
            id="changes",
            title="Techniques",
            columns=(
                Column(name="Technique", id="technique"),
                Column(name="Change", id="change"),
                Column(name="Rules", id="rules", align="right"),
                Column(name="Tactic", id="tactic", align="right", kind="ratio"),
                Column(name="Rule", id="rule", kind="link", shrink=True),
                Column(name="Tags", id="tags"),
            ),
            rows=(
                (
                    Code(text="T1000"),
                    State(word="lost", tone="bad"),
                    Number(value=-1, signed=True),
                    HALF,
                    Link(text="Old rule", url="https://example.org/a b?c=1&d=(2)"),
                    Many(cells=("x", Code(text="y"))),
                ),
                (
                    Code(text="T1001.001"),
                    State(word="gained", tone="good"),
                    Number(value=1200, signed=True),
                    NOTHING,
                    Link(text="No link", url="javascript:alert(1)"),
                    None,
                ),
            ),
        ),
        Heading(text="By week", level=3),
        Table(
            columns=(Column(name="Week"), Column(name="")),
            rows=(("2026-05-05", Number(value=0.125)),),
        ),
        Note(text="A shallow clone.", kind="warning"),
    ),
)

HOSTILE = (
    "<script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    "a | b `c` *d* _e_ ~f~ \\| \\\\| [x](javascript:y) ![i](http://evil.example/i.png)",
    "@someone @org/team a@b.example #1 org/repo#2 GH-3",
    "http://evil.example www.evil.example <http://evil.example>",
    "::error file=a::text",
    "##[group]x ##vso[task.complete]",
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "=cmd|' /C calc'!A0",
    "+1",
    "@SUM(A1)",
    "line\nbreak\rand\ttab\x00\x1b[31m",
    "\u202eright to left\u2066",
    "$x$ $$y$$",
    "&amp; &#64;x",
    "```",
    "`",
    "\\",
    "|",
    "--- | ---",
    "\ud800 half a pair",
    "",
    " ",
)
