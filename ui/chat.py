"""The page: ask in a browser, read the answer with its sources. Served to this machine only, and it calls nobody else.

The conversation is kept on the server; the browser sends questions and nothing else. What an answer looks like is
decided in `ui/render.py`, what it says in `rag`.
"""

import logging
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rag
from index.errors import FootnoteError, UsageError
from ui.render import answer_html, heading_html, note_html, question_html
from ui.words import holdings, line

if TYPE_CHECKING:
    import fastapi
    import gradio

    from index.opened import Index
    from rag.answer import Options

HOST = "127.0.0.1"
FIRST_PORT = 7860
DEFAULT_EXAMPLES = 4
WAITING_QUESTIONS = 32  # more are turned away
ANSWERED_AT_ONCE = 2
LOOKING = "Looking in the archive …"
SORRY = "Something went wrong here, so this question was not answered. Please try again, or ask another one."
STYLE = Path(__file__).with_name("style.css")

_log = logging.getLogger("footnote")

# Bring the newest question to the top of the window: an answer with its sources is often taller than a phone. And
# take away the labels that Chatbot makes of each message's HTML, which a screen reader would read out tag by tag.
_SHOW_NEWEST = """() => requestAnimationFrame(() => {
  const labelled = document.querySelectorAll('#talk [data-testid][aria-label]');
  labelled.forEach(message => message.removeAttribute('aria-label'));
  const asked = document.querySelectorAll('.fn-question');
  if (asked.length) asked[asked.length - 1].scrollIntoView({block: 'start', behavior: 'smooth'});
})"""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question, what is shown for it, and the answer's words for later questions; None when there was no answer."""

    question: str
    shown: str
    said: str | None


def page(
    index: "Index", *, name: str, examples: Sequence[str] | None = None, options: "Options | None" = None
) -> "gradio.Blocks":
    """Lay out the page over one archive; without `examples`, the newest articles' titles are offered as questions.

    `options` go to `rag.answer` with every question.
    """
    import gradio as gr

    def reply(question: str, turns: list[Turn]) -> Iterator[tuple[Any, ...]]:
        hidden, shown = gr.update(visible=False), gr.update(visible=True)
        waiting = Turn(question, note_html(LOOKING), None)
        yield "", turns, gr.update(value=_messages([*turns, waiting]), visible=True), hidden, shown
        turns = [*turns, answered(index, question, turns, options)]
        yield "", turns, gr.update(value=_messages(turns), visible=True), hidden, shown

    def start_again() -> tuple[Any, ...]:
        return "", [], gr.update(value=[], visible=False), gr.update(visible=True), gr.update(visible=False)

    blocks: gradio.Blocks = gr.Blocks(title=f"{line(name)} – Footnote", analytics_enabled=False)
    with blocks:
        turns = gr.State(list[Turn]())
        gr.HTML(heading_html(name, holdings(index)))
        talk = gr.Chatbot(
            visible=False, height="auto", layout="panel", render_markdown=False, latex_delimiters=[],
            show_label=False, label="Questions and answers", container=False, buttons=[], feedback_options=None,
            group_consecutive_messages=False, autoscroll=False, allow_file_downloads=False, elem_id="talk",
        )  # fmt: skip
        with gr.Column(elem_id="examples") as suggestions:
            offered = [gr.Button(line(text)) for text in (_titles(index) if examples is None else examples)]
        with gr.Row(elem_id="ask"):  # no max_length: the browser would cut what is pasted, and say nothing
            box = gr.Textbox(
                placeholder="Ask the archive", label="Your question", show_label=False, container=False, lines=1,
                max_lines=4, submit_btn="Ask", autofocus=True,
            )  # fmt: skip
        again = gr.Button("New conversation", elem_id="again", visible=False)

        changed = [box, turns, talk, suggestions, again]
        for trigger, question in [(box.submit, box), *((button.click, button) for button in offered)]:
            trigger(
                reply, [question, turns], changed, api_visibility="private", show_progress="hidden",
                concurrency_limit=ANSWERED_AT_ONCE, concurrency_id="answers",
            ).then(None, js=_SHOW_NEWEST, api_visibility="private")  # fmt: skip
        again.click(start_again, None, changed, api_visibility="private", show_progress="hidden", concurrency_limit=1)
    blocks.queue(max_size=WAITING_QUESTIONS, api_open=False)
    return blocks


def mount(app: "fastapi.FastAPI", blocks: "gradio.Blocks") -> None:
    """Put a page onto a server, at its root."""
    import gradio as gr

    theme = gr.themes.Base(
        primary_hue="stone", neutral_hue="stone", font=["Georgia", "Charter", "serif"], font_mono=["monospace"]
    )
    gr.mount_gradio_app(
        app, blocks, path="/", show_error=False, footer_links=[], run_history=False, ssr_mode=False,
        enable_monitoring=False, pwa=False, mcp_server=False, css_paths=STYLE, theme=theme,
    )  # fmt: skip


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


def answered(index: "Index", question: str, turns: Sequence[Turn], options: "Options | None" = None) -> Turn:
    """Answer one question after those before it; whatever goes wrong becomes words for a reader."""
    history = [said for turn in turns if turn.said is not None for said in (("user", turn.question), ("assistant", turn.said))]
    asked: Options = {**(options or {}), "history": history}
    try:
        answer = rag.answer(question, index=index, **asked)
    except UsageError as error:
        return Turn(question, note_html(error.message), None)
    except Exception:  # the reader gets a sentence, whoever runs the page gets the rest
        _log.exception("A question could not be answered.")
        return Turn(question, note_html(SORRY), None)
    return Turn(question, answer_html(answer, article=index.article, prefix=f"answer-{len(turns) + 1}"), answer.text)


def _messages(turns: Sequence[Turn]) -> list[dict[str, str]]:
    return [
        {"role": role, "content": shown}
        for turn in turns
        for role, shown in (("user", question_html(turn.question)), ("assistant", turn.shown))
    ]


def _titles(index: "Index") -> list[str]:
    """Titles of the newest articles, as questions to begin with."""
    dated = [article for article in index.articles.articles() if article.title and article.published]
    newest = sorted(dated, key=lambda article: (article.published or "", article.id), reverse=True)
    return list(dict.fromkeys(article.title or "" for article in newest))[:DEFAULT_EXAMPLES]
