"""A chat to keep: as Markdown, as a page that opens anywhere, or as JSON; and one answer as text with its sources.

Quotes, outlets, dates and links go along. Markdown is written so that words of an article stay words: what could begin
markup is escaped, and only http and https addresses become links.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from rag.records import Answer, Citation, Side
from ui.chats import Turn
from ui.markup import link, safe, text
from ui.texts import Texts
from ui.words import line

# Everything that CommonMark or a common extension of it reads as markup, HTML or an address that is linked by itself.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~$^&=:/@.-])")
_HEAD = (
    '<!doctype html><html lang="{}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    "<title>{}</title><style>body{{max-width:44rem;margin:2rem auto;padding:0 1rem;font:1.05rem/1.6 Georgia,serif;"
    "color-scheme:light dark;overflow-wrap:anywhere}}"
    "blockquote{{border-left:3px solid;padding-left:.8rem;margin-left:0}}</style>"
)


def to_json(turns: Sequence[Turn], name: str, texts: Texts) -> str:
    """Every question with its answer, each in the one form that all doors show (`Answer.to_dict`)."""
    told: list[dict[str, Any]] = [
        {"question": turn.question, "note": turn.note, "answer": turn.answer.to_dict() if turn.answer else None}
        for turn in turns
    ]
    return json.dumps({"archive": line(name), "turns": told}, indent=2)


def to_markdown(turns: Sequence[Turn], name: str, texts: Texts) -> str:
    """Questions as headings, answers with their marks, and each source with its quote."""
    parts = [f"# {_md(name)}"]
    for turn in turns:
        parts.append(f"## {_md(turn.question)}")
        if turn.answer is None:
            parts.append(_md(turn.note or ""))
            continue
        parts.append(_md(_said(turn.answer, texts)))
        for one in turn.answer.disagreements:
            sides = "\n".join(f"- {_md(_side(side))}" for side in one.sides)
            parts.append(f"**{_md(texts.changed if one.kind == 'changed' else texts.differ)}**\n\n{sides}")
        for citation in turn.answer.citations:
            where = _md(_where(citation, texts))
            linked = f"[{where}](<{citation.url}>)" if citation.url and _plain_address(citation.url) else where
            also = f"\n>\n> {_md(_also(citation, texts))}" if citation.also_in else ""
            parts.append(f"{_md(f'[{citation.number}]')} {linked}\n\n> {_md(citation.quote)}{also}")
    return "\n\n".join(part for part in parts if part) + "\n"


def to_html(turns: Sequence[Turn], name: str, texts: Texts) -> str:
    """The same as one page without a script, which may load nothing."""
    body = f"<h1>{text(name)}</h1>"
    for turn in turns:
        body += f"<h2>{text(turn.question)}</h2>"
        if turn.answer is None:
            body += f"<p>{text(turn.note)}</p>"
            continue
        body += f"<p>{text(_said(turn.answer, texts))}</p>"
        for one in turn.answer.disagreements:
            sides = "".join(f"<li>{text(_side(side))}</li>" for side in one.sides)
            body += f"<p>{text(texts.changed if one.kind == 'changed' else texts.differ)}</p><ul>{sides}</ul>"
        for citation in turn.answer.citations:
            also = f"<p>{text(_also(citation, texts))}</p>" if citation.also_in else ""
            body += (
                f"<p>[{citation.number:d}] {link(text(_where(citation, texts)), citation.url)}</p>"
                f"<blockquote>{text(citation.quote)}</blockquote>{also}"
            )
    return f"{_HEAD.format(texts.language, text(name))}{body}\n"


def with_sources(answer: Answer, texts: Texts) -> str:
    """An answer as plain text, its sources below it: what is copied."""
    sources = [
        f"[{one.number}] {_where(one, texts)}{f', {one.url}' if safe(one.url) else ''}\n    “{line(one.quote)}”"
        + (f"\n    {_also(one, texts)}" if one.also_in else "")
        for one in answer.citations
    ]
    return "\n\n".join([_said(answer, texts), "\n".join([texts.sources, *sources]) if sources else ""]).strip() + "\n"


FORMS: dict[str, Callable[[Sequence[Turn], str, Texts], str]] = {"md": to_markdown, "html": to_html, "json": to_json}


def _said(answer: Answer, texts: Texts) -> str:
    """What an answer says in one line. The reason of a refusal is `rag`'s, as everywhere."""
    return line(answer.text)


def _where(citation: Citation, texts: Texts) -> str:
    title = line(citation.title or citation.path)
    return f"{title} — {line(citation.outlet or texts.unknown_outlet)}, {texts.day(citation.published)}"


def _side(side: Side) -> str:
    claimed = f"{line(side.claimed_by)}: " if side.claimed_by else ""
    return f"{claimed}{line(side.value)} {''.join(f'[{number}]' for number in (side.citation, *side.further))}"


def _also(citation: Citation, texts: Texts) -> str:
    others = [f"{line(one.outlet or one.title or one.path)}, {texts.day(one.published)}" for one in citation.also_in]
    return f"{texts.also_in} {', '.join(others)}"


def _md(words: str) -> str:
    r"""Words as Markdown that shows them as they are, on one line.

    >>> _md("# <b>5*</b>")
    '\\# \\<b\\>5\\*\\<\\/b\\>'
    """
    return _MARKDOWN.sub(r"\\\1", line(words))


def _plain_address(url: str) -> bool:
    """Whether an address can stand between < and > as Markdown writes links."""
    return safe(url) and not set("<>\\`\"'()[]") & set(url)
