"""What a row of the report's table opens to, as plain data for `report.js`: the answer beside what was expected of it.

Texts and articles are kept once and named by number, since quotes, articles and paths come again and again.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from evals import match
from evals.metrics.choices import right_choice
from evals.metrics.right import reasons
from evals.outcomes import Outcome
from evals.questions import Question

AROUND = 240  # characters shown on each side of a quote
ALL_AROUND = 1_000_000  # characters shown around all quotes; where there are many, each gets fewer
_BLANK = re.compile(r"[ \t]*\n\s*")  # around a quote, where exactness is not promised, blank lines are left out


class _Table:
    """Things by number, each kept once."""

    def __init__(self) -> None:
        self._places: dict[Any, int] = {}

    def at(self, thing: Any) -> int:
        return self._places.setdefault(thing, len(self._places))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._places)


def data(outcomes: Sequence[Outcome], was: Mapping[int, tuple[str, str]] | None = None) -> dict[str, Any]:
    """What the rows open to; `was` is what the baseline did and said, by row.

    Texts and articles are numbers into `texts` and `articles`; what is empty is left out.
    """
    texts, articles = _Table(), _Table()
    around = min(AROUND, ALL_AROUND // max(1, 2 * sum(len(outcome.cited) for outcome in outcomes)))
    rows = [_panel(outcome, texts, articles, around) for outcome in outcomes]
    for row, (kind, words) in (was or {}).items():
        rows[row]["was"] = [kind, texts.at(words)]
    return {"rows": rows, "texts": list(texts), "articles": list(articles)}


def _panel(outcome: Outcome, texts: _Table, articles: _Table, around: int) -> dict[str, Any]:
    question, answer, gold = outcome.question, outcome.answer or {}, set(outcome.question.cites)
    told = answer.get("reason") if outcome.refused else None
    searched = answer.get("searched_for")
    found = {
        "id": question.id,
        "asked": texts.at(question.question),
        "history": [[role, texts.at(words)] for role, words in question.history],
        "narrowed": _narrowed(question),
        "tags": list(question.tags),
        "must": question.must or None,
        "searched": texts.at(searched) if searched and searched != question.question else None,
        "expected": [[label, texts.at(words), met] for label, words, met in _expected(outcome)],
        "why": reasons(outcome),
        "refused": texts.at(told) if told else None,
        "degraded": answer.get("degraded"),
        "rejected": answer.get("rejected") or None,
        "usage": [f"{name.replace('_', ' ')} {value:g}" for name, value in (answer.get("usage") or {}).items()],
        "short": answer.get("short"),
        "sentences": [
            [texts.at(each["text"]), each["status"], each["citations"], _spans(question, each["text"])]
            for each in answer.get("sentences", ())
        ],
        "sides": [[each["about"], [[side["value"], side["claimed_by"], side["citation"]] for side in each["sides"]]]
                  for each in answer.get("disagreements", ())],
        "sources": _sources(outcome, texts, articles, around),
        "nearest": [articles.at(_article(each)) for each in answer.get("nearest", ())],
        "hits": [[texts.at(hit.path), int(bool({hit.path, hit.article} & gold))] for hit in outcome.hits],
        "seconds": [[name, round(value, 4)] for name, value in outcome.seconds.items()],
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _narrowed(question: Question) -> str:
    filters = question.filters
    parts = [f"{word} {day}" for word, day in (("from", filters.after), ("until", filters.before)) if day]
    return "; ".join([" ".join(parts), " or ".join(filters.outlets)]).strip("; ")


def _expected(outcome: Outcome) -> Iterator[tuple[str, str, int]]:
    """What was expected, in words, and whether it is so: 1 yes, 0 no, -1 neither."""
    question, said = outcome.question, outcome.said
    cited = set().union(*outcome.sources) if outcome.sources else set()
    if question.refuse:
        yield "is refused", "", int(outcome.refused)
    for label, wanted in (("states", question.facts), ("shows the side", question.disagrees)):
        for wordings in wanted:
            yield label, " or ".join(wordings), int(match.first(wordings, said) is not None)
    for wording in question.forbid:
        yield "does not say", wording, int(not match.occurs(wording, said))
    for group in (
        [[path] for path in question.cites] if question.cites_all else [list(question.cites)] if question.cites else []
    ):
        yield "cites", " or ".join(group), int(bool(cited & set(group)))
    if question.choices:
        chosen = right_choice(outcome)
        others = ", ".join(choice for choice in question.choices if choice != question.answers[0])
        yield "speaks for", f"{question.answers[0]} (not {others})", int(chosen is not None and chosen[0] == 1)
    elif golds := tuple(answer for answer in question.answers if answer):
        met = -1 if question.facts else int(match.first(golds, said) is not None)
        yield "short answer", " or ".join(golds), met


def _sources(outcome: Outcome, texts: _Table, articles: _Table, around: int) -> list[list[Any]]:
    """Each citation: number, article, words before, quote, words after, copies, and what stands there if not the quote."""
    found = []
    for citation, cited in zip((outcome.answer or {}).get("citations", ()), outcome.cited, strict=True):
        quote, also = citation["quote"], [articles.at(_article(each)) for each in citation["also_in"]]
        before, after = (_BLANK.sub("\n", words) for words in (cited.before, cited.after))
        # What is as long as it may be was most likely cut already.
        before = before if len(cited.before) < around else "… " + before[-around:].partition(" ")[2]
        after = after if len(cited.after) < around else after[:around].rpartition(" ")[0] + " …"
        place = [citation["number"], articles.at(_article(citation)), texts.at(before), texts.at(quote), texts.at(after)]
        found.append([*place, also, *([] if cited.found == quote else [texts.at(cited.found)])])
    return found


def _article(source: Mapping[str, Any]) -> tuple[str, ...]:
    """Outlet, day, title, path and address of an article; an address only if a click on it opens a page."""
    url = source["url"] or ""
    try:
        safe = urlsplit(url).scheme in ("http", "https")
    except ValueError:
        safe = False
    day = (source["published"] or "undated")[:10]
    return source["outlet"] or "Unknown outlet", day, source["title"] or "", source["path"], url if safe else ""


def _spans(question: Question, text: str) -> list[list[int]]:
    """Where expected wordings stand in a text, and forbidden ones: start, end, and 1 for expected or 0; none overlaps."""
    expected = [wording for wordings in (*question.facts, *question.disagrees) for wording in wordings]
    expected += [answer for answer in question.answers if answer]
    found = [
        (*span, wanted)
        for wordings, wanted in ((question.forbid, 0), (expected, 1))
        for wording in wordings
        for span in match.spans(wording, text)
    ]
    kept: list[list[int]] = []
    for start, end, wanted in sorted(found, key=lambda span: (span[0], span[2], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append([start, end, wanted])
    return kept
