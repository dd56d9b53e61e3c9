"""What stands around the chat and stays as it is: head, side, question box, panel; and what the page's script may call."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rag.question import MAX_QUESTION
from ui import examples as drawn
from ui import feedback, library
from ui.chats import turns_of
from ui.export import FORMS, with_sources
from ui.markup import button, text
from ui.panel import panel_html
from ui.render import heading_html
from ui.shelf import Shelf
from ui.texts import Texts
from ui.turns import reason_html
from ui.words import line

if TYPE_CHECKING:
    from index.opened import Index


def storage_key(name: str) -> str:
    """Under what an archive's chats are kept in the browser: those of another archive are not shown with it."""
    return f"footnote-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:12]}"


def holdings(index: "Index", texts: Texts) -> str:
    """Say what an archive holds in one line: `36 articles from 8 outlets, 2 July 2021 to 30 May 2023`."""
    first, last, undated = index.articles.dates()
    outlets = len(index.articles.outlets())
    said = texts.counted(index.manifest.counts["articles"], texts.articles_count)
    if outlets:
        said += f", {texts.counted(outlets, texts.outlets_count)}"
    if first:
        said += f", {texts.days(first, last)}"
    return f"{said} ({undated:,} {texts.undated})" if undated else said


def head_html(shelf: Shelf, model: str | None, texts: Texts) -> str:
    """The archive's name, what it holds, who writes the answers, and the two pages."""
    by = texts.by_model.format(line(model)) if model else texts.without_model
    pages = "".join(
        button(text(label), "page", page=page, kind="fn-page")
        for page, label in (("ask-page", texts.ask_page), ("articles-page", texts.articles_page))
    )
    return (
        f'<a class="fn-skip" href="#fn-question">{text(texts.skip_link)}</a>'
        f"{heading_html(shelf.name, holdings(shelf.index, texts), f'{texts.promise} {by}.')}"
        f'<nav class="fn-pages" aria-label="{text(texts.pages)}">{pages}</nav>'
    )


def side_html(index: "Index", texts: Texts) -> str:
    """The filters, and the chats of earlier days."""
    outlets = "".join(
        f'<label><input type="checkbox" name="fn-outlet" value="{text(name)}"> {text(name)} <span>{count:,}</span></label>'
        for name, count in index.articles.outlets().items()
    )
    named = f'<fieldset class="fn-outlets"><legend>{text(texts.outlets_label)}</legend>{outlets}</fieldset>' if outlets else ""
    return (
        f'<details class="fn-filters" open><summary>{text(texts.narrow)}</summary><form id="fn-filters">'
        f'<label>{text(texts.from_label)} <input type="date" name="fn-after"></label>'
        f'<label>{text(texts.to_label)} <input type="date" name="fn-before"></label>{named}'
        f'<button type="reset" class="fn-small">{text(texts.clear)}</button></form></details>'
        f'<details class="fn-chats" open><summary>{text(texts.earlier_chats)}</summary>'
        f"{button(text(texts.new_chat), 'new', kind='fn-new')}"
        f'<ul id="fn-chats"></ul><p class="fn-note">{text(texts.kept_here)}</p></details>'
    )


def desk_html(texts: Texts, *, keeps: bool, snapshot: str) -> str:
    """The examples, the box for a question, and what is announced; the script's words and forms travel along.

    The button waits for the script: without it the browser would send the form off itself.
    """
    told = {**texts.to_dict(), "reason_form": reason_html(texts), "keeps": keeps, "snapshot": snapshot}
    downloads = "".join(
        button(label, "export", form=form, kind="fn-small")
        for form, label in (("md", "Markdown"), ("html", "HTML"), ("json", "JSON"))
    )
    return (
        f'<div id="fn-told" hidden data-told="{text(json.dumps(told))}"></div>'
        f'<section id="fn-examples" aria-label="{text(texts.examples)}" hidden></section>'
        f'<p id="fn-keep" hidden>{text(texts.keep)} {downloads}</p>'
        f'<form id="fn-form"><p id="fn-editing" class="fn-note" hidden>{text(texts.edit_hint)}</p>'
        f'<label for="fn-question" class="fn-hidden">{text(texts.question_label)}</label>'
        f'<textarea id="fn-question" rows="1" placeholder="{text(texts.question_hint)}"></textarea>'
        f'<button type="submit" id="fn-ask" disabled>{text(texts.ask)}</button>'
        f'<button type="button" id="fn-stop" data-act="halt" hidden>{text(texts.stop)}</button></form>'
        '<div id="fn-status" class="fn-hidden" role="status" aria-live="polite"></div>'
    )


def panel_frame(texts: Texts) -> str:
    """The empty panel for an article, and the small window that a mark opens when it is hovered or focused."""
    return (
        f'<aside id="fn-panel" hidden aria-labelledby="fn-panel-title"><div class="fn-panel-bar">'
        f'{button("‹", "previous", aria=texts.previous)}<span id="fn-panel-place" aria-live="off"></span>'
        f"{button('›', 'next', aria=texts.next)}{button('×', 'close', aria=texts.close)}</div>"
        '<div id="fn-panel-body" tabindex="-1"></div></aside>'
        '<div id="fn-tip" role="tooltip" hidden></div>'
    )


def functions(
    shelf: Shelf, offered: Sequence[str] | None, shown: Callable[[], tuple[str, str]], texts: Texts
) -> list[Callable[[Any], Any]]:
    """What the page's script may call; each checks what it is sent, for anybody can send anything.

    `shown` gives head and side of the page as they are now.
    """
    ready: dict[str, list[str]] = {}

    def fn_examples(data: Any) -> list[str]:
        with shelf.trying:
            snapshot = shelf.index.snapshot
            if snapshot not in ready:
                wanted = offered if not ready else None  # another archive took the place of the one they were written for
                ready.clear()
                ready[snapshot] = [line(each) for each in drawn.examples(shelf.index, wanted)]
            return ready[snapshot]

    def fn_newer(data: Any) -> list[str]:
        return [] if _of(data, "snapshot") == shelf.index.snapshot else list(shown())

    def fn_article(data: Any) -> str:
        quote = _of(data, "quote")
        return panel_html(
            shelf.index.article, str(_of(data, "article")), _whole(_of(data, "start")), _whole(_of(data, "end")),
            quote=quote if isinstance(quote, str) else "", texts=texts,
        )  # fmt: skip

    def fn_export(data: Any) -> str:
        form = FORMS.get(str(_of(data, "form")))
        return form(turns_of(_of(data, "turns")), shelf.name, texts) if form else ""

    def fn_copy(data: Any) -> str:
        turn = next(iter(turns_of([_of(data, "turn")])), None)
        return with_sources(turn.answer, texts) if turn and turn.answer else ""

    def fn_feedback(data: Any) -> str:
        if shelf.read_only:
            return texts.sorry
        kept = feedback.keep(
            shelf.folder, turns_of(_of(data, "turns")), _whole(_of(data, "at")), good=_of(data, "good") is True,
            reason=str(_of(data, "reason")), right=str(_of(data, "right") or ""),
        )  # fmt: skip
        return texts.thanks if kept else texts.sorry

    def fn_articles(data: Any) -> str:
        query = _of(data, "query")
        return library.found_html(shelf, query[:MAX_QUESTION] if isinstance(query, str) else "", _whole(_of(data, "page")))

    def fn_shelf(data: Any) -> str:
        return library.shelf_html(shelf)

    return [fn_examples, fn_newer, fn_article, fn_export, fn_copy, fn_feedback, fn_articles, fn_shelf]


def _of(data: Any, name: str) -> Any:
    return data.get(name) if isinstance(data, Mapping) else None


def _whole(value: object) -> int:
    try:
        return int(value) if isinstance(value, str | int) and abs(int(value)) < 2**53 else 0
    except ValueError:
        return 0
