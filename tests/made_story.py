"""Twelve weeks of a rule repository, scripted; what a report must say is written from this.

| week | Monday | what happens |
|---|---|---|
| 1 | 2026-03-02 | Alpha (T1059.004), Charlie (T1610), Delta (T1562.001) |
| 2 | 2026-03-09 | Bravo (T1059.004) and Echo (T1552.007) are added |
| 3 | 2026-03-16 | a merge brings Foxtrot (T1613) |
| 4 | 2026-03-23 | nothing at all |
| 5 | 2026-03-30 | Echo's file gets another name |
| 6 | 2026-04-06 | Bravo is retired |
| 7 | 2026-04-13 | a note is written; ATT&CK 19.0 is used from this day on |
| 8 | 2026-04-20 | Charlie claims T1611 instead of T1610 |
| 9 | 2026-04-27 | Alpha's file is broken |
| 10 | 2026-05-04 | Alpha's file is mended |
| 11 | 2026-05-11 | Foxtrot is deleted, Golf (T1609, T1613) is added |
| 12 | 2026-05-18 | Echo is deleted, Hotel (T1609) is added |

Delta's T1562.001 is revoked in 19.0; its successor is T1685.
"""

from datetime import date, timedelta

from made_git import MadeRepository

TACTICS = {
    "T1059.004": ("TA0002", "Execution"),
    "T1610": ("TA0002", "Execution"),
    "T1562.001": ("TA0005", "Defense Evasion"),
    "T1552.007": ("TA0006", "Credential Access"),
    "T1613": ("TA0007", "Discovery"),
    "T1611": ("TA0004", "Privilege Escalation"),
    "T1609": ("TA0002", "Execution"),
}
NAMES = ("Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel")
FIRST = date(2026, 3, 2)


def day(week):
    """The Monday of a week, 1 to 12."""
    return str(FIRST + timedelta(weeks=week - 1))


def rule(name, *techniques, maturity="production"):
    """A rule of ours in Elastic's format. A sub-technique stands under its parent."""
    lines = [
        "[metadata]",
        f'maturity = "{maturity}"',
        "[rule]",
        f'rule_id = "00000000-0000-4000-8000-00000000000{NAMES.index(name) + 1}"',
        f'name = "{name}"',
        'severity = "low"',
        'type = "eql"',
        "query = 'process where true'",
        'tags = ["OS: Linux"]',
    ]
    for technique in techniques:
        tactic, tactic_name = TACTICS[technique]
        parent = technique.split(".")[0]
        lines += ["[[rule.threat]]", 'framework = "MITRE ATT&CK"']
        if "." in technique:
            lines += [
                f'technique = [{{ id = "{parent}", subtechnique = [{{ id = "{technique}" }}] }}]'
            ]
        else:
            lines += [f'technique = [{{ id = "{technique}" }}]']
        lines += [f'tactic = {{ id = "{tactic}", name = "{tactic_name}" }}']
    return "\n".join(lines) + "\n"


def story(path):
    """Make the repository; gives it and the hash of each week's commit (None for week 4)."""
    made = MadeRepository(path)
    files, shas = made.files, {}

    def commit(week, message, **fields):
        shas[week] = made.commit(day(week), message, **fields)

    files["rules/alpha.toml"] = rule("Alpha", "T1059.004")
    files["rules/charlie.toml"] = rule("Charlie", "T1610")
    files["rules/delta.toml"] = rule("Delta", "T1562.001")
    files["README.md"] = "Rules"
    commit(1, "Begin")
    files["rules/bravo.toml"] = rule("Bravo", "T1059.004")
    files["rules/echo.toml"] = rule("Echo", "T1552.007")
    commit(2, "Add Bravo and Echo")
    files["rules/foxtrot.toml"] = rule("Foxtrot", "T1613")
    side = made.commit("2026-03-12", "Write Foxtrot", parents=[shas[1]], branch="side")
    commit(3, "Merge branch 'side'", parents=[shas[2], side])
    files["rules/cloud/echo2.toml"] = files.pop("rules/echo.toml")
    commit(5, "Move Echo")
    files["rules/bravo.toml"] = rule("Bravo", "T1059.004", maturity="deprecated")
    commit(6, "Retire Bravo")
    files["README.md"] = "Rules, now for ATT&CK 19.0"
    commit(7, "Note the new release")
    files["rules/charlie.toml"] = rule("Charlie", "T1611")
    commit(8, "Map Charlie anew")
    whole, files["rules/alpha.toml"] = files["rules/alpha.toml"], "[rule\nbroken"
    commit(9, "Break Alpha")
    files["rules/alpha.toml"] = whole
    commit(10, "Mend Alpha")
    del files["rules/foxtrot.toml"]
    files["rules/golf.toml"] = rule("Golf", "T1609", "T1613")
    commit(11, "Golf instead of Foxtrot")
    del files["rules/cloud/echo2.toml"]
    files["rules/hotel.toml"] = rule("Hotel", "T1609")
    commit(12, "Drop Echo, add Hotel")
    return made, shas
