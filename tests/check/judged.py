"""Statements and rules on the hand-made releases 9.0 and 10.0, and what one check finds in them."""

from detcov.check import run_checks
from detcov.load.corpus import united
from detcov.model import Place
from detcov.resolve import Resolver
from made import NEW, OLD, make_corpus, make_mapping, make_rule

ICS = {"T0801", "TA0103", "Evasion"}
ON_NEW = Resolver(NEW, (OLD,), lambda one: "ics-attack" if one in ICS else None)
ON_OLD = Resolver(OLD, (NEW,))
LITERAL = Resolver(NEW)


def says(technique_id=None, tactic=None, **fields):
    """A statement, each part in a line of its own.

    The id stands in 10, the name in 11, the url in 12; the tactic's id in 13, its name in 14, its
    url in 15.
    """
    places = {
        "name_place": Place(line=11),
        "url_place": Place(line=12),
        "tactic_place": Place(line=13),
        "tactic_name_place": Place(line=14),
        "tactic_url_place": Place(line=15),
    }
    return make_mapping(technique_id, tactic, **places | fields)


def found(check, *mappings, resolver=ON_NEW, **fields):
    """The check's findings on a rule: code, severity, line, message, subject, fix."""
    rule = make_rule(*mappings, **fields)
    findings = run_checks(make_corpus(rule), [resolver.resolve(rule)], resolver, "live", [check])
    return [
        (one.code, one.severity.value, one.place.line, one.message, one.subject, one.fix)
        for one in findings
    ]


def found_on(check, *rules, resolver=ON_NEW, count="active", aliases=()):
    """The check's findings on these rules: code, severity, path, line, message, subject, fix."""
    resolutions = [resolver.resolve(rule) for rule in rules]
    corpus = united(make_corpus(*rules), aliases)
    findings = run_checks(corpus, resolutions, resolver, count, [check])
    return [
        (
            one.code,
            one.severity.value,
            one.path,
            one.place.line,
            one.message,
            one.subject,
            one.fix,
        )
        for one in findings
    ]
