"""A run as JUnit XML, which every CI system shows: a test case a question."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from evals.metrics.right import reasons
from evals.outcomes import Head, Outcome, missing

# All that XML 1.0 forbids, section 2.2; a character reference does not help.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(head: Head, outcomes: Sequence[Outcome]) -> str:
    """The run as XML: what is wrong is a failure, with the reasons; what failed is an error. Repeats count from [2] on."""
    wrong = {outcome.key: reasons(outcome) for outcome in outcomes}
    failed = sum(outcome.error is not None for outcome in outcomes)
    counts = {
        "tests": len(outcomes),
        "failures": sum(bool(why) for why in wrong.values()) - failed,
        "errors": failed,
        "skipped": 0,
        "time": f"{sum(outcome.seconds.get('total', 0.0) for outcome in outcomes):.3f}",
    }
    given = {name: _clean(str(value)) for name, value in counts.items()}
    suites = ET.Element("testsuites", {"name": "footnote", **given})
    suite = ET.SubElement(suites, "testsuite", {"name": _clean(head.set), **given})
    properties = ET.SubElement(suite, "properties")
    for name in head.__slots__:
        ET.SubElement(properties, "property", {"name": name, "value": _clean(str(getattr(head, name)))})
    for outcome in outcomes:
        _case(suite, head, outcome, wrong[outcome.key])
    if lacking := missing(head, outcomes):
        ET.SubElement(
            suite, "system-err"
        ).text = f"The run is incomplete: {lacking} of {head.questions * head.repeat} outcomes are missing."
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _case(suite: ET.Element, head: Head, outcome: Outcome, why: Sequence[str]) -> None:
    name = outcome.question.id + (f"[{outcome.repeat + 1}]" if outcome.repeat else "")
    time = f"{outcome.seconds.get('total', 0.0):.3f}"
    case = ET.SubElement(suite, "testcase", {"classname": _clean(head.set), "name": _clean(name), "time": time})
    if outcome.error is not None:
        kind = outcome.error.partition(":")[0]
        ET.SubElement(case, "error", {"message": _clean(outcome.error), "type": _clean(kind)}).text = _clean(
            outcome.question.question
        )
    elif why:
        told = [f"Question: {outcome.question.question}", *why, f"Answer: {(outcome.answer or {}).get('text', '')}"]
        ET.SubElement(case, "failure", {"message": _clean("; ".join(why)), "type": "wrong"}).text = _clean("\n".join(told))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", text)
