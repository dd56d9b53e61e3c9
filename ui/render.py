"""An answer as safe HTML: the only markup in Footnote. It shows what the answer holds and decides nothing.

Every word that comes from an article or a question passes `_text`, every attribute is fixed or escaped, and only http
and https addresses become links. The classes are styled in `ui/style.css`.
"""

import html
import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from index.records import Article
from rag.records import REFUSAL, AlsoIn, Answer, Citation, Disagreement, Nearest, Sentence, Superseded
from ui.words import (
    DIFFERENCES,
    UNKNOWN_OUTLET,
    UNSUPPORTED,
    around,
    clean,
    counted_once,
    day,
    left_out,
    line,
    narrowed,
    paragraph,
    sources,
)

ArticleOf = Callable[[str], Article | None]


def answer_html(answer: Answer, *, article: ArticleOf, prefix: str) -> str:
    """Show an answer with its sources below it, or a refusal with its reason and the nearest articles.

    `article` finds an article by its id, for the paragraph around a quote. Ids in the HTML start with `prefix`, so
    answers with different prefixes may stand on one page.
    """
    prefix = re.sub(r"[^A-Za-z0-9-]", "-", prefix)
    body = _refusal(answer) if answer.refused else _answered(answer, article, prefix)
    return f'<div class="fn-answer" id="{prefix}">{body}</div>'


def question_html(question: str) -> str:
    """Show a question as the reader typed it, in one paragraph."""
    return f'<p class="fn-question">{_text(question)}</p>'


def note_html(message: str) -> str:
    """Tell the reader something that is neither an answer nor a refusal."""
    return f'<p class="fn-note" role="status">{_text(message)}</p>'


def heading_html(name: str, holdings: str) -> str:
    """Head the page with the archive's name and what it holds."""
    return (
        f'<header class="fn-head"><h1>{_text(name)}</h1><p>{_text(holdings)}</p>'
        "<p>Every sentence of an answer is tied to the exact words of a source.</p></header>"
    )


def _answered(answer: Answer, article: ArticleOf, prefix: str) -> str:
    sentences = " ".join(
        _sentence(sentence, None if place else answer.short, prefix) for place, sentence in enumerate(answer.sentences)
    )
    cited = {number for sentence in answer.sentences for number in sentence.citations}
    cited |= {number for one in answer.disagreements for side in one.sides for number in (side.citation, *side.further)}
    sources = "".join(_source(citation, article, prefix) for citation in answer.citations if citation.number in cited)
    return (
        f'<p class="fn-text">{_text(answer.dated + ": ") if answer.dated else ""}{sentences}</p>'
        + "".join(_disagreement(one, answer.citations, prefix) for one in answer.disagreements)
        + _notes(answer)
        + (f'<h2>Sources</h2><ol class="fn-sources">{sources}</ol>' if sources else "")
    )


def _refusal(answer: Answer) -> str:
    why = (answer.reason or "").removeprefix(REFUSAL).strip()
    reason = f"<p>{_text(why)}</p>" if why else ""
    nearest = "".join(f"<li>{_place(near)}<br>{_title(near)}</li>" for near in answer.nearest)
    return (
        f'<div class="fn-refusal"><p class="fn-text">{_text(REFUSAL)}</p>{reason}</div>'
        + _notes(answer)
        + (
            "<h2>Nearest articles</h2><p>They are close to the question but do not answer it.</p>"
            f'<ul class="fn-nearest">{nearest}</ul>'
            if nearest
            else ""
        )
    )


def _sentence(sentence: Sentence, short: str | None, prefix: str) -> str:
    before, words, after = (_text(part) for part in around(sentence.text, short))
    text = f"{before}<strong>{words}</strong>{after}" if words else before
    # A word joiner before each mark: no line starts with one.
    marks = "&#8288;".join(["", *(_mark(number, prefix) for number in sentence.citations)])
    if sentence.status == "unsupported":
        why = f": {_text(sentence.why)}" if sentence.why else ""
        return f'<span class="fn-unsupported"><s>{text}</s> <em>({UNSUPPORTED}{why})</em></span>{marks}'
    return f'<span class="fn-{sentence.status}">{text}</span>{marks}'


def _mark(number: int, prefix: str) -> str:
    return f'<sup class="fn-mark"><a href="#{prefix}-{number:d}" aria-label="Source {number:d}">[{number:d}]</a></sup>'


def _source(citation: Citation, article: ArticleOf, prefix: str) -> str:
    found = article(citation.article_id)
    before, quote, after = paragraph(found, citation.start, citation.end) if found else ("", citation.quote, "")
    once = f"{counted_once(citation)}. " if counted_once(citation) else ""
    also = ", ".join(_also(other) for other in citation.also_in)
    older = "".join(
        f'<p class="fn-older">Supersedes {_place(each)}: <s>{_text(each.quote)}</s></p>' for each in citation.supersedes
    )
    return (
        f'<li id="{prefix}-{citation.number:d}" value="{citation.number:d}">'
        f'<p class="fn-place">[{citation.number:d}] {_place(citation)}</p><p class="fn-title">{_title(citation)}</p>'
        f"<blockquote>{_text(before)}<mark>{_text(quote)}</mark>{_text(after)}</blockquote>"
        + (f'<p class="fn-also">{once}Also in: {also}</p>' if also else "")
        + older
        + "</li>"
    )


def _also(other: AlsoIn) -> str:
    return _link(f"{_text(other.outlet or other.title or other.path)}, {_text(day(other.published))}", other.url)


def _place(source: Citation | Nearest | Superseded) -> str:
    return f"<strong>{_text(source.outlet or UNKNOWN_OUTLET)}</strong>, {_text(day(source.published))}"


def _title(source: Citation | Nearest) -> str:
    """Give the title, linked where the article has an address; otherwise with the file it was read from."""
    if _safe(source.url):
        return _link(_text(source.title or source.path), source.url)
    path = f'<span class="fn-path">{_text(source.path)}</span>'
    return f"{_text(source.title)} {path}" if source.title else path


def _disagreement(disagreement: Disagreement, citations: Sequence[Citation], prefix: str) -> str:
    cited = {citation.number: citation for citation in citations}
    sides = ""
    for side in disagreement.sides:
        claimed = f'<span class="fn-claimed">{_text(side.claimed_by)}:</span> ' if side.claimed_by else ""
        place = _place(cited[side.citation]) if side.citation in cited else ""
        more = f" ({_text(count)})" if (count := sources(side)) else ""
        marks = "&#8288;".join(["", *(_mark(number, prefix) for number in (side.citation, *side.further))])
        value = f'<strong class="fn-value">{_text(side.value)}</strong>'
        sides += f'<li>{claimed}{value}<p class="fn-place">{place}{more}{marks}</p></li>'
    title = DIFFERENCES[disagreement.kind]
    return f'<div class="fn-differ"><h2>{title}</h2><p class="fn-about">{_text(disagreement.about)}</p><ul>{sides}</ul></div>'


def _notes(answer: Answer) -> str:
    """Say what the reader should know about how the question was taken."""
    notes = []
    if line(answer.searched_for) != line(answer.question):
        notes.append(f"Searched for: {_text(answer.searched_for)}")
    if (span := narrowed(answer.filters)) is not None:
        notes.append(f"Searched only: {_text(span)}")
    if left := left_out(answer):
        notes.append(f"{_text(left)}.")
    if answer.degraded:
        notes.append(_text(answer.degraded))
    return "".join(f'<p class="fn-note">{note}</p>' for note in notes)


def _link(label: str, url: str | None) -> str:
    """Link a label that is HTML already, when the address is safe."""
    if not _safe(url):
        return label
    return f'<a href="{_text(url)}" target="_blank" rel="noopener noreferrer nofollow">{label}</a>'


def _safe(url: str | None) -> bool:
    if not url or url != clean(url) or any(character.isspace() for character in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _text(text: str | None) -> str:
    """Words as HTML text or attribute value. Newlines become spaces, and the white space at both ends stays."""
    return html.escape(re.sub(r"\s+", " ", clean(text or "")))
