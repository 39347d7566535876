"""What became of a technique, in words."""

import pytest

from detcov.analysis.change import TechniqueChange, Turn
from detcov.analysis.rule_change import Mark, RuleChange, RuleFate
from detcov.model import RuleKey
from detcov.report.changed_rules import turned
from made import NEW, make_technique


def test_a_technique_that_no_ratio_counts_says_so():
    technique = make_technique("T1001", "entry", platforms=("PRE",))
    lost = TechniqueChange(turn=Turn.LOST, technique=technique, before=1, after=0, rules=())
    gained = TechniqueChange(turn=Turn.GAINED, technique=technique, before=0, after=1, rules=())
    assert turned(lost) == "T1001 Technique 1001 (1 rule before, PRE-only)."
    assert turned(gained) == "T1001 Technique 1001 (PRE-only)."


@pytest.mark.parametrize(
    ("fate", "why", "said"),
    [
        (RuleFate.REMOVED, "", "was removed"),
        (RuleFate.RETIRED, "deprecated by path", "was retired (deprecated by path)"),
        (RuleFate.REMAPPED, "", "was re-mapped"),
        (RuleFate.UNREADABLE, "", "became unreadable"),
        (RuleFate.JOINED, "", "became one rule with another"),
    ],
)
def test_what_took_a_technique_its_last_rule(fate, why, said):
    key = RuleKey(source="ours", format="elastic", native_id="x")
    rule = RuleChange(
        fate=fate,
        key=key,
        identity=key,
        was_identity=key,
        name="A rule",
        path="x.toml",
        counts=False,
        why=why,
        mark=Mark(order=1, id="0a1b2c3d4e", date="2026-05-04", summary="Tidy"),
    )
    lost = TechniqueChange(
        turn=Turn.LOST, technique=NEW.techniques["T1001"], before=1, after=0, rules=(rule,)
    )
    assert turned(lost) == (
        f'T1001 Technique 1001 (1 rule before): A rule {said} in 0a1b2c3d4e on 2026-05-04 "Tidy".'
    )
