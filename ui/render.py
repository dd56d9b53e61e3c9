"""An answer as safe HTML: the only markup in Footnote. It shows what the answer holds and decides nothing.

Every word that comes from an article or a question passes `ui.markup.text`, every attribute is fixed or escaped, and only
http and https addresses become links. The classes are styled in `ui/style.css`; what a button does is in `ui/page.js`.
"""

import re
from collections.abc import Callable, Sequence

from index.records import Article
from rag.records import REFUSAL, AlsoIn, Answer, Citation, Nearest, Sentence, Superseded
from ui.card import disagreement_html
from ui.filters import chips_html
from ui.marks import mark_html, marks_html, place_html
from ui.markup import button, link, safe, text
from ui.texts import ENGLISH, Texts
from ui.words import around, line, paragraph

ArticleOf = Callable[[str], Article | None]


def answer_html(answer: Answer, *, article: ArticleOf, prefix: str, texts: Texts = ENGLISH) -> str:
    """Show an answer with its sources below it, or a refusal with its reason and the nearest articles.

    `article` finds an article by its id, for the paragraph around a quote. Ids in the HTML start with `prefix`, so
    answers with different prefixes may stand on one page.
    """
    prefix = re.sub(r"[^A-Za-z0-9-]", "-", prefix)
    body = _refusal(answer, texts) if answer.refused else _answered(answer, article, prefix, texts)
    return f'<div class="fn-answer" id="{prefix}">{body}</div>'


def said_html(sentences: Sequence[Sentence], citations: Sequence[Citation], *, texts: Texts = ENGLISH) -> str:
    """Show the checked sentences of an answer that is still being made."""
    return f'<p class="fn-text">{_sentences(sentences, None, citations, texts)}</p>' if sentences else ""


def question_html(question: str, *, name: str = "", edit: str = "") -> str:
    """Show a question as the reader typed it, in one paragraph; `edit` is a button that is HTML already."""
    called = f' id="{text(name)}"' if name else ""
    return f'<div class="fn-asked"><h2 class="fn-question"{called}>{text(question)}</h2>{edit}</div>'


def note_html(message: str) -> str:
    """Tell the reader something that is neither an answer nor a refusal."""
    return f'<p class="fn-note">{text(message)}</p>'


def heading_html(name: str, *lines: str) -> str:
    """Head the page with the archive's name and what it holds."""
    return f'<div class="fn-head"><h1>{text(name)}</h1>{"".join(f"<p>{text(each)}</p>" for each in lines if each)}</div>'


def _answered(answer: Answer, article: ArticleOf, prefix: str, texts: Texts) -> str:
    sentences = _sentences(answer.sentences, answer.short, answer.citations, texts)
    cited = {number for sentence in answer.sentences for number in sentence.citations}
    cited |= {number for one in answer.disagreements for side in one.sides for number in (side.citation, *side.further)}
    listed = "".join(_source(citation, article, prefix, texts) for citation in answer.citations if citation.number in cited)
    as_of = text(texts.as_of.format(texts.day(answer.as_of))) + " " if answer.as_of else ""
    return (
        f'<p class="fn-text">{as_of}{sentences}</p>'
        + "".join(disagreement_html(one, answer.citations, texts) for one in answer.disagreements)
        + _notes(answer, texts)
        + (f'<h3>{text(texts.sources)}</h3><ol class="fn-sources">{listed}</ol>' if listed else "")
    )


def _refusal(answer: Answer, texts: Texts) -> str:
    why = (answer.reason or "").removeprefix(REFUSAL).strip()
    reason = f"<p>{text(why)}</p>" if why else ""
    nearest = "".join(
        f'<li class="fn-near">{place_html(near, texts)}<br>{_opened(near, texts)}</li>' for near in answer.nearest
    )
    return (
        f'<div class="fn-refusal"><p class="fn-text">{text(texts.refusal)}</p>{reason}</div>'
        + _notes(answer, texts)
        + (
            f'<h3>{text(texts.nearest)}</h3><p>{text(texts.nearest_hint)}</p><ul class="fn-nearest">{nearest}</ul>'
            if nearest
            else ""
        )
    )


def _sentences(sentences: Sequence[Sentence], short: str | None, citations: Sequence[Citation], texts: Texts) -> str:
    return " ".join(_sentence(sentence, None if place else short, citations, texts) for place, sentence in enumerate(sentences))


def _sentence(sentence: Sentence, short: str | None, citations: Sequence[Citation], texts: Texts) -> str:
    before, words, after = (text(part) for part in around(sentence.text, short))
    said = f"{before}<strong>{words}</strong>{after}" if words else before
    marks = marks_html(sentence.citations, citations, texts)
    if sentence.status == "unsupported":
        why = f": {text(sentence.why)}" if sentence.why else ""
        return f'<span class="fn-unsupported"><s>{said}</s> <em>({text(texts.unsupported)}{why})</em></span>{marks}'
    return f'<span class="fn-{"supported" if sentence.status == "supported" else "quoted"}">{said}</span>{marks}'


def _source(citation: Citation, article: ArticleOf, prefix: str, texts: Texts) -> str:
    found = article(citation.article_id)
    whole = found is not None and found.text[citation.start : citation.end] == citation.quote
    before, quote, after = paragraph(found, citation.start, citation.end) if found and whole else ("", citation.quote, "")
    outlets = len(citation.outlets)
    once = f"{text(texts.one_source.format(outlets))} " if outlets > 1 else ""
    also = ", ".join(_also(other, texts) for other in citation.also_in)
    older = "".join(
        f'<p class="fn-older">{text(texts.supersedes)} {place_html(each, texts)}: <s>{text(each.quote)}</s></p>'
        for each in citation.supersedes
    )
    read = mark_html(citation, text(texts.read_article), texts, kind="fn-read")
    return (
        f'<li id="{prefix}-{citation.number:d}" value="{citation.number:d}">'
        f'<p class="fn-place">[{citation.number:d}] {place_html(citation, texts)}</p><p class="fn-title">{_title(citation)}</p>'
        f"<blockquote>{text(before)}<mark>{text(quote)}</mark>{text(after)}</blockquote><p>{read}</p>"
        + (f'<p class="fn-also">{once}{text(texts.also_in)} {also}</p>' if also else "")
        + older
        + "</li>"
    )


def _also(other: AlsoIn, texts: Texts) -> str:
    label = f"{text(other.outlet or other.title or other.path)}, {text(texts.day(other.published))}"
    return button(label, "open", kind="fn-open", article=other.article_id)


def _title(source: Citation | Nearest | Superseded) -> str:
    """Give the title, linked where the article has an address; otherwise with the file it was read from."""
    if safe(source.url):
        return link(text(source.title or source.path), source.url)
    path = f'<span class="fn-path">{text(source.path)}</span>'
    return f"{text(source.title)} {path}" if source.title else path


def _opened(near: Nearest, texts: Texts) -> str:
    """Give the title as a button that opens the article in the panel."""
    return button(text(near.title or near.path), "open", kind="fn-open", article=near.article_id)


def _notes(answer: Answer, texts: Texts) -> str:
    """Say what the reader should know about how the question was taken, and let it be taken otherwise."""
    notes = ""
    if line(answer.searched_for) != line(answer.question):
        change = button(text(texts.change_search), "search-again", kind="fn-small", words=line(answer.searched_for))
        notes += f'<p class="fn-note">{text(texts.searched_for)} <span>{text(answer.searched_for)}</span> {change}</p>'
    notes += chips_html(answer.filters, texts)
    if answer.undated_left_out:
        notes += note_html(texts.counted(answer.undated_left_out, texts.left_out))
    if answer.degraded:
        notes += note_html(answer.degraded)
    return notes
