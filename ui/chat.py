"""The page: ask in a browser, read the answer with its sources. Served to this machine only, and it calls nobody else.

Laid out here; what an answer looks like is decided in `ui/render.py`, what it says in `rag`, what happens in the browser
in `ui/page.js`. The server keeps no conversation: the browser does, and brings it along with each question.
"""

import logging
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rag
from index.errors import FootnoteError, UsageError
from index.read import READERS
from rag.events import Again, Event, Found, Said
from rag.records import Answer
from ui import frame, library, uploads
from ui.chats import Turn, history, turns_of
from ui.filters import given_of
from ui.line import Busy, Stopping
from ui.shelf import Shelf
from ui.texts import LANGUAGES, Texts
from ui.turns import Making, talk_html
from ui.words import line

if TYPE_CHECKING:
    import fastapi
    import gradio

    from index.opened import Index
    from rag.answer import Options
    from ui.service import Service

HOST = "127.0.0.1"
FIRST_PORT = 7860
WAITING_QUESTIONS = 32  # more are turned away
ANSWERED_AT_ONCE = 2
STYLE = Path(__file__).with_name("style.css")
SCRIPT = Path(__file__).with_name("page.js")
Stream = Callable[..., Iterator[Event]]  # called as `rag.stream` is

_log = logging.getLogger("footnote")


def page(
    index: "Index",
    *,
    name: str,
    examples: Sequence[str] | None = None,
    options: "Options | None" = None,
    folder: Path | None = None,
    read_only: bool = False,
    language: str = "en",
    service: "Service | None" = None,
) -> "gradio.Blocks":
    """Lay out the page over one archive; `examples` are offered as far as it answers them, else some are drawn from it.

    `options` go to `rag.answer` with every question. What readers add and say of answers is written into `folder`, the
    index's own when not given, and not at all with `read_only`. With a `service` questions stand in its line, and its index
    is asked.
    """
    import gradio as gr

    texts = LANGUAGES[language]
    shelf = Shelf(index, name, folder or index.folder, texts, read_only=read_only, service=service)
    model = (options or {}).get("model")
    blocks: gradio.Blocks = gr.Blocks(title=f"{line(name)} – Footnote", analytics_enabled=False)

    def asked(event: gr.EventData) -> Iterator[str]:
        yield from answering(shelf, _sent(event), options, texts, service.stream if service else rag.stream)

    def stopped(event: gr.EventData) -> str:
        turns, turn, at = _asked(sent := _sent(event))
        turns[at : at + 1] = [replace(turn, note=texts.stopped)]
        return _talk(shelf, turns, ticket=_ticket(sent))

    def opened(event: gr.EventData) -> str:
        sent = _sent(event)
        return _talk(shelf, turns_of(sent.get("turns")), ticket=_ticket(sent))

    def brought(files: list[str] | None) -> Iterator[tuple[str, str, str]]:
        paths = [Path(file) for file in files or []]
        try:
            for told in library.adding(shelf, paths):
                yield told, *shown()
        finally:
            for path in paths:  # what Gradio stored of it; the archive has its own
                path.unlink(missing_ok=True)

    def taken_out(event: gr.EventData) -> Iterator[tuple[str, str, str]]:
        for told in library.removing(shelf, str(_sent(event).get("name"))):
            yield told, *shown()

    def heading() -> str:
        return frame.head_html(shelf, str(model) if model else None, texts)

    def shown() -> tuple[str, str]:
        return heading(), frame.side_html(shelf.index, texts)

    plain: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    with blocks:
        kept = gr.BrowserState([], storage_key=frame.storage_key(name), secret="footnote")
        head = gr.HTML(heading(), elem_id="fn-top", apply_default_css=False)
        with gr.Row(elem_id="ask-page"):
            side = gr.HTML(frame.side_html(index, texts), elem_id="fn-side", apply_default_css=False)
            with gr.Column(elem_id="fn-main"):
                talk = gr.HTML("", elem_id="talk", apply_default_css=False)
                desk = gr.HTML(
                    frame.desk_html(texts, keeps=not read_only, snapshot=index.snapshot),
                    elem_id="fn-desk", apply_default_css=False,
                    js_on_load=f"(async () => {{\n{SCRIPT.read_text('utf-8')}\n}})()",
                    server_functions=frame.functions(shelf, examples, shown, texts),
                )  # fmt: skip
        with gr.Column(elem_id="articles-page", elem_classes=["fn-away"]):
            gr.HTML(library.library_html(texts), apply_default_css=False)
            if not read_only:
                gr.HTML(library.limits_html(shelf), apply_default_css=False, elem_id="fn-limits")
                files = gr.UploadButton(
                    texts.choose_files, file_count="multiple", elem_id="fn-files", file_types=[*READERS, ".zip"]
                )  # fmt: skip
            came = gr.HTML("", apply_default_css=False, elem_id="fn-came")
            gr.HTML('<div id="fn-shelf"></div>', apply_default_css=False)
        gr.HTML(frame.panel_frame(texts), elem_id="fn-over", apply_default_css=False)
        answers = desk.ask(
            asked, None, talk, concurrency_limit=service.line.at_once if service else ANSWERED_AT_ONCE,
            concurrency_id="answers", **plain
        )  # fmt: skip
        desk.halt(stopped, None, talk, cancels=[answers], concurrency_limit=None, **plain)
        desk.restore(opened, None, talk, concurrency_limit=None, **plain)
        desk.keep(None, [kept], [kept], js="chats => window.footnote.kept(chats)", **plain)
        blocks.load(None, [kept], None, js="chats => { window.footnoteChats = chats; window.footnote?.loaded() }", **plain)
        if not read_only:
            files.upload(brought, files, [came, head, side], concurrency_limit=None, **plain)
            desk.remove(taken_out, None, [came, head, side], concurrency_limit=None, **plain)
    blocks.queue(max_size=WAITING_QUESTIONS, api_open=False)
    return blocks


def answering(
    shelf: Shelf, data: Mapping[str, Any], options: "Options | None", texts: Texts, stream: Stream = rag.stream
) -> Iterator[str]:
    """Answer what a browser asks, and show the whole chat at every step; whatever goes wrong becomes words for a reader."""
    turns, turn, at = _asked(data)
    index, making = shelf.index, Making(texts.looking)
    before, after = turns[:at], turns[at + 1 :]
    shown = [*before, turn, *after]
    yield _talk(shelf, shown, at, making)
    given: Options = {**(options or {}), **turn.given.options, "history": history(before) if turn.searched is None else []}
    answer, note = None, None
    try:
        for event in stream(turn.asked, index=index, **given):
            match event:
                case Answer():
                    answer = event
                case Found():
                    making = Making(texts.found)
                case Said(sentence, citations):
                    making = Making(texts.found, (*making.sentences, sentence), citations)
                case Again():
                    making = Making(texts.began_again)
                case _:  # words that nothing was checked of: not shown
                    continue
            if answer is None:
                yield _talk(shelf, shown, at, making)
    except UsageError as error:
        note = error.message
    except (Busy, Stopping):
        note = texts.busy
    except Exception:  # the reader gets a sentence, whoever runs the page gets the rest
        _log.exception("A question could not be answered.")
        note = texts.sorry
    yield _talk(shelf, [*before, replace(turn, answer=answer, note=note), *after], ticket=_ticket(data))


def mount(app: "fastapi.FastAPI", blocks: "gradio.Blocks") -> None:
    """Put a page onto a server, at its root."""
    import gradio as gr

    gr.mount_gradio_app(
        app, blocks, path="/", show_error=False, footer_links=[], run_history=False, ssr_mode=False,
        enable_monitoring=False, pwa=False, mcp_server=False, **looks(),
    )  # fmt: skip


def looks() -> dict[str, Any]:
    """What `launch` and `gradio.mount_gradio_app` have to be given for the page to look as it should."""
    import gradio as gr

    theme = gr.themes.Base(
        primary_hue="stone", neutral_hue="stone", font=["Georgia", "Charter", "serif"], font_mono=["monospace"]
    )
    return {"css_paths": STYLE, "theme": theme, "max_file_size": uploads.MOST_BYTES}


def free_port(port: int | None = None) -> int:
    """Give `port`, or the first free one from 7860 on. Raises FootnoteError when it is taken."""
    for candidate in [port] if port is not None else range(FIRST_PORT, FIRST_PORT + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, candidate))
            except OSError:
                continue
        return candidate
    raise FootnoteError(f"Port {port or FIRST_PORT} is taken or not allowed.", next_step="footnote chat --port 8000")


def _sent(event: "gradio.EventData") -> Mapping[str, Any]:
    """What the page's script sent along with an event."""
    return event._data if isinstance(event._data, dict) else {}


def _asked(data: Mapping[str, Any]) -> tuple[list[Turn], Turn, int]:
    """The chat so far, the question, and its place: at the end, or that of the turn whose place it takes."""
    turns = turns_of(data.get("turns"))
    at, words, searched = data.get("at"), data.get("question"), data.get("searched")
    place = at if type(at) is int and 0 <= at < len(turns) else len(turns)
    question = words if isinstance(words, str) else ""
    return (
        turns,
        Turn(question, None, None, given_of(data), searched if isinstance(searched, str) and searched else None),
        place,
    )


def _ticket(data: Mapping[str, Any]) -> int:
    ticket = data.get("ticket")
    return ticket if type(ticket) is int else 0


def _talk(shelf: Shelf, turns: Sequence[Turn], at: int | None = None, making: Making | None = None, *, ticket: int = 0) -> str:
    return talk_html(
        turns, article=shelf.index.article, at=at, making=making, keeps=not shelf.read_only, ticket=ticket, texts=shelf.texts
    )
