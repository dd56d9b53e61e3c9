"""The page's second part: the archive's articles to search and read, and what readers added to it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import rag
from index.errors import FootnoteError
from index.read import MAX_BYTES
from index.records import Article, Skipped
from rag.records import Nearest
from ui import uploads
from ui.marks import place_html
from ui.markup import button, text
from ui.shelf import Shelf
from ui.texts import Texts
from ui.words import line

PAGE = 20  # articles shown at a time
SNIPPET = 220
MOST_SKIPPED = 50


def library_html(texts: Texts) -> str:
    """The frame: a box to search with, and a place for what is found; the script fills it."""
    return (
        f'<section id="fn-library" aria-label="{text(texts.articles_page)}"><form role="search" class="fn-again">'
        f'<input type="search" aria-label="{text(texts.search_articles)}" placeholder="{text(texts.search_articles)}">'
        f'<button type="submit" class="fn-go">{text(texts.search)}</button></form><div id="fn-found"></div></section>'
    )


def found_html(shelf: Shelf, query: str, page: int) -> str:
    """The articles nearest to some words, or without words the newest, a page at a time."""
    texts, index = shelf.texts, shelf.index
    found: list[tuple[Article, int, int]] = []
    if query.strip():
        with suppress(FootnoteError):
            seen: dict[str, tuple[Article, int, int]] = {}
            for hit in rag.search(query, index=index, limit=2 * PAGE):
                seen.setdefault(hit.article.id, (hit.article, hit.passage.start, hit.passage.end))
            found = list(seen.values())[:PAGE]
        more = False
    else:
        newest = index.articles.newest(PAGE + 1, max(0, page) * PAGE)
        more, found = len(newest) > PAGE, [(article, 0, 0) for article in newest[:PAGE]]
    if not found:
        return f'<p class="fn-note">{text(texts.none_found)}</p>'
    title = "" if query.strip() else f"<h2>{text(texts.newest)}</h2>" if not page else ""
    items = "".join(_item(article, start, end, texts) for article, start, end in found)
    rest = button(text(texts.more), "more", kind="fn-small", page=page + 1) if more else ""
    return f'{title}<ul class="fn-list">{items}</ul>{rest}'


def shelf_html(shelf: Shelf) -> str:
    """When the archive was brought up to date, what could not be read, and what was added here."""
    texts = shelf.texts
    skipped = [each for entry in shelf.index.articles.files().values() for each in entry.skipped]
    made = f'<p class="fn-note">{text(texts.made_on.format(texts.day(shelf.index.manifest.created)))}</p>'
    left = ""
    if skipped:
        left = f"<details><summary>{text(texts.skipped)} ({len(skipped):,})</summary>{problems_html(skipped)}</details>"
    names = [] if shelf.read_only else uploads.added(shelf.folder)
    items = "".join(
        f"<li>{text(name)} "
        f"{button(text(texts.remove), 'remove', kind='fn-small', name=name, aria=f'{texts.remove}: {name}')}</li>"
        for name in names
    )
    mine = f'<h3>{text(texts.uploaded)}</h3><ul class="fn-list">{items}</ul>' if items else ""
    return mine + made + left


def limits_html(shelf: Shelf) -> str:
    """What may be added, above the button that adds it."""
    texts = shelf.texts
    limits = texts.add_limits.format(files=uploads.MOST_FILES, all=uploads.MOST_BYTES // 2**20, size=MAX_BYTES // 2**20)
    borrowed = f" {texts.add_sample}" if shelf.borrowed else ""
    return f'<h2>{text(texts.add_articles)}</h2><p class="fn-note">{text(limits + borrowed)}</p>'


def problems_html(problems: Sequence[Skipped]) -> str:
    """What could not be read, and why."""
    items = "".join(
        f"<li><strong>{text(each.path)}</strong>{f' ({each.line:d})' if each.line else ''}: {text(each.reason)}</li>"
        for each in problems[:MOST_SKIPPED]
    )
    return f'<ul class="fn-list fn-problems">{items}</ul>'


def adding(shelf: Shelf, files: Sequence[Path]) -> Iterator[str]:
    """Add files, and say in HTML how far it is and what came of it."""
    yield from _told(shelf, uploads.add(shelf, files), shelf.texts.added)


def removing(shelf: Shelf, name: str) -> Iterator[str]:
    """Remove a file that was added, and say in HTML how far it is and what came of it."""
    yield from _told(shelf, uploads.remove(shelf, name), shelf.texts.removed)


def _told(shelf: Shelf, steps: Iterator[uploads.Step | uploads.Done], words: str) -> Iterator[str]:
    texts = shelf.texts
    if shelf.read_only:
        return
    if not shelf.writing.acquire(blocking=False):
        yield f'<p class="fn-note" role="status">{text(texts.writing)}</p>'
        return
    try:
        for step in steps:
            if isinstance(step, uploads.Step):
                said = (texts.reading if step.stage == "reading" else texts.indexing).format(step.done, step.total)
                share = f'<progress max="{max(1, step.total):d}" value="{step.done:d}" aria-label="{text(said)}"></progress>'
                yield f'<p class="fn-note">{text(said)}</p>{share}'
            else:
                yield _result(shelf, step, words)
    finally:
        shelf.writing.release()


def _result(shelf: Shelf, done: uploads.Done, words: str) -> str:
    texts = shelf.texts
    held = texts.counted(shelf.index.manifest.counts["articles"], texts.articles_count)
    names = texts.joined([line(name) for name in done.added[:3]], texts.and_) + (" …" if len(done.added) > 3 else "")
    if done.failed:
        said = f"{texts.nothing_added if words == texts.added else ''} {done.failed}".strip()
    elif words == texts.added:
        said = words.format(names, held) if done.added else texts.nothing_added
    else:
        said = words.format(held)
    return f'<p role="status" class="fn-result">{text(said)}</p>{problems_html(done.problems)}'


def _item(article: Article, start: int, end: int, texts: Texts) -> str:
    near = Nearest(article.id, article.title, article.outlet, article.published, article.url, article.path)
    words = line(article.text[start : end or SNIPPET * 2])
    snippet = words if len(words) <= SNIPPET else words[:SNIPPET].rpartition(" ")[0] + " …"
    opened = button(text(article.title or article.path), "open", kind="fn-open", article=article.id, start=start, end=end)
    return f'<li>{opened}<p class="fn-place">{place_html(near, texts)}</p><p class="fn-note">{text(snippet)}</p></li>'
