"""Questions and answers one below the other, each with what can be done with it. An answer itself is in `ui/render.py`."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.records import Citation, Sentence
from ui.chats import Turn, to_json
from ui.markup import button, text
from ui.render import ArticleOf, answer_html, note_html, question_html, said_html
from ui.texts import ENGLISH, Texts

REASONS = ("wrong", "refuse", "missing", "other")


@dataclass(frozen=True, slots=True)
class Making:
    """An answer while it is made: the sentences that are checked, and what is being done."""

    doing: str
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()


def talk_html(
    turns: Sequence[Turn],
    *,
    article: ArticleOf,
    at: int | None = None,
    making: Making | None = None,
    keeps: bool = True,
    ticket: int = 0,
    texts: Texts = ENGLISH,
) -> str:
    """Show a whole chat; the turn `at` is the one being made. Without `keeps` no feedback is asked for.

    `ticket` is the number under which the browser asked: with it the script sees that what it asked for is there.
    """
    shown = []
    for place, turn in enumerate(turns):
        if making is not None and place == at:
            body, state, kept = _made(making, texts), "making", ""
        else:
            body, state, kept = _done(turn, place, article, keeps, texts), "done", f' data-turn="{text(to_json(turn))}"'
        name = f"question-{place + 1}"
        edit = button(text(texts.edit_question), "edit", kind="fn-small fn-edit")
        shown.append(
            f'<section class="fn-turn" data-state="{state}" aria-labelledby="{name}"{kept}>'
            f"{question_html(turn.question, name=name, edit=edit)}{body}</section>"
        )
    made = "" if making is not None else f' data-made="{ticket:d}"'
    return f'<div class="fn-chat"{made}>{"".join(shown)}</div>'


def _made(making: Making, texts: Texts) -> str:
    said = said_html(making.sentences, making.citations, texts=texts)
    return f'<div class="fn-making" aria-busy="true">{said}<p class="fn-note fn-doing">{text(making.doing)}</p></div>'


def _done(turn: Turn, place: int, article: ArticleOf, keeps: bool, texts: Texts) -> str:
    retry = button(text(texts.retry), "retry", kind="fn-small")
    if turn.answer is None:
        return f'<div class="fn-none">{note_html(turn.note or texts.sorry)}</div><div class="fn-tools">{retry}</div>'
    copy = button(text(texts.copy), "copy", kind="fn-small")
    judge = (
        button(text(texts.good), "good", kind="fn-small fn-thumb") + button(text(texts.bad), "bad", kind="fn-small fn-thumb")
        if keeps
        else ""
    )
    shown = answer_html(turn.answer, article=article, prefix=f"answer-{place + 1}", texts=texts)
    return f'{shown}<div class="fn-tools">{copy}{retry}{judge}</div><div class="fn-reason"></div>'


def reason_html(texts: Texts) -> str:
    """The form that asks why an answer is bad."""
    labels = (texts.reason_wrong, texts.reason_refuse, texts.reason_missing, texts.reason_other)
    choices = "".join(
        f'<label><input type="radio" name="fn-why" value="{reason}"{" checked" if not place else ""}> {text(label)}</label>'
        for place, (reason, label) in enumerate(zip(REASONS, labels, strict=True))
    )
    return (
        f'<form class="fn-why"><fieldset><legend>{text(texts.why_bad)}</legend>{choices}</fieldset>'
        f'<label>{text(texts.what_right)}<input type="text" name="fn-right" maxlength="300"></label>'
        f'<p class="fn-note">{text(texts.feedback_kept)}</p><button type="submit">{text(texts.send)}</button></form>'
    )
