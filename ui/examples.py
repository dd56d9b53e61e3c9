"""Questions to begin with, drawn from an archive: only such as it answers, tried before they are offered.

Two kinds are tried: what somebody said whom an article names by name, and headlines as they are.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import rag
from index.errors import FootnoteError
from ui.words import line

if TYPE_CHECKING:
    from index.opened import Index
    from index.records import Article

HOW_MANY = 4
MOST_TRIED = 16  # answers given while the reader may be waiting for the page
_LOOKED_AT = 400  # newest articles
_LONGEST = 110  # characters of a question that fits a button
# "Amos Leary said", "Amos Leary, the treasurer, told": two to four capitalised words and a verb of saying, in that order.
_SAYER = re.compile(r"\b((?:[A-Z][\w’'-]+ ){1,3}[A-Z][\w’'-]+)(?:, [^,.;\n]{3,60},)? (?:said|told)\b")


def examples(index: "Index", offered: Sequence[str] | None = None, *, how_many: int = HOW_MANY) -> list[str]:
    """Give questions that the archive answers from the article they were drawn from; `offered` ones are tried alone."""
    if offered is not None:
        return [question for question in offered if _answers(index, question, None)]
    found: list[str] = []
    cited: set[str] = set()
    for tried, (question, article) in enumerate(_candidates(index)):
        if tried == MOST_TRIED or len(found) == how_many:
            break
        if article.id not in cited and question not in found and _answers(index, question, article):
            found.append(question)
            cited.add(article.id)
    return found


def _candidates(index: "Index") -> Iterator[tuple[str, "Article"]]:
    """Sayings and headlines by turns, newest first, the outlets taking turns, too."""
    newest = [article for article in index.articles.newest(_LOOKED_AT) if article.published]
    seen: dict[str | None, int] = {}
    order = []
    for article in newest:
        seen[article.outlet] = seen.get(article.outlet, 0) + 1
        order.append((seen[article.outlet], article))
    for place, (_, article) in enumerate(sorted(order, key=lambda each: each[0])):
        said = _SAYER.search(article.text)
        if said and place % 2 == 0:
            yield f"What did {said[1]} say?", article
        elif article.title and len(article.title) <= _LONGEST:
            yield line(article.title), article


def _answers(index: "Index", question: str, article: "Article | None") -> bool:
    try:
        answer = rag.answer(question, index=index)
    except FootnoteError:
        return False
    return not answer.refused and (article is None or article.id in {citation.article_id for citation in answer.citations})
