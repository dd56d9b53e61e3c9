"""An article as the panel beside the chat shows it: its words as stored, the quoted ones marked."""

import re

from index.records import Article
from rag.records import Nearest
from ui.marks import place_html
from ui.markup import link, safe, text
from ui.render import ArticleOf
from ui.texts import ENGLISH, Texts

_BREAK = re.compile(r"\n+")


def panel_html(
    article_of: ArticleOf, article_id: str, start: int = 0, end: int = 0, *, quote: str = "", texts: Texts = ENGLISH
) -> str:
    """Show an article, `text[start:end]` marked; when it is gone, the words that were quoted from it."""
    article = article_of(article_id)
    if article is None:
        said = f"<blockquote>{text(quote)}</blockquote>" if quote else ""
        return f'<h2 id="fn-panel-title" tabindex="-1">{text(texts.article)}</h2><p>{text(texts.gone)}</p>{said}'
    near = Nearest(article.id, article.title, article.outlet, article.published, article.url, article.path)
    author = f", {text(article.author)}" if article.author else ""
    original = f"<p>{link(text(texts.original), article.url)}</p>" if safe(article.url) else ""
    marked = f'<p class="fn-note">{text(texts.quote_marked)}</p>' if _within(article, start, end) else ""
    return (
        f'<h2 id="fn-panel-title" tabindex="-1">{text(article.title or article.path)}</h2>'
        f'<p class="fn-place">{place_html(near, texts)}{author}</p>{original}{marked}'
        f'<div class="fn-article">{_body(article, start, end)}</div>'
    )


def _within(article: Article, start: int, end: int) -> bool:
    return 0 <= start < end <= len(article.text)


def _body(article: Article, start: int, end: int) -> str:
    """The article's paragraphs; a quote that runs over several is marked in each."""
    start, end = (start, end) if _within(article, start, end) else (0, 0)
    paragraphs = ""
    for first, last in _paragraphs(article.text):
        low, high = max(first, start), min(last, end)
        if low < high:
            inside = (
                f"{text(article.text[first:low])}<mark>{text(article.text[low:high])}</mark>{text(article.text[high:last])}"
            )
        else:
            inside = text(article.text[first:last])
        paragraphs += f"<p>{inside}</p>"
    return paragraphs


def _paragraphs(words: str) -> list[tuple[int, int]]:
    r"""The start and end of every paragraph that holds something.

    >>> _paragraphs("One.\n\nTwo.\n")
    [(0, 4), (6, 10)]
    """
    found, at = [], 0
    for gap in [*_BREAK.finditer(words), None]:
        end = gap.start() if gap else len(words)
        if words[at:end].strip():
            found.append((at, end))
        at = gap.end() if gap else end
    return found
