"""The form of OpenAI's chat completions, so that any chat client can ask an archive.

The sources stand in the text, for clients that show nothing else, and as annotations; the whole `Answer` comes along as
`footnote`. A stream gives the checked answer, sentence by sentence, when it is whole: what a client was sent cannot be taken
back, and a model's words before the check are no answer. Settings that make no sense here (temperature, tools, ...) are passed
over; `n` above 1 and parts that are no text are refused.
"""

import json
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from rag.answer import Options
from rag.records import UNSUPPORTED, Answer, Citation, Disagreement, Nearest
from ui.http_api import ERRORS, EVENTS, Problems, streamed, unless_gone
from ui.line import Stopping
from ui.markup import safe
from ui.problems import problem
from ui.service import Service
from ui.words import DIFFERENCES, UNKNOWN_OUTLET, day, line

MODEL = "footnote"
SOURCES = "\n\nSources"
# What of a chat completion a client may rely on, for the description of the routes.
COMPLETION: dict[str, Any] = {
    "type": "object",
    "required": ["id", "object", "created", "model", "choices", "usage", "footnote"],
    "properties": {
        "id": {"type": "string"},
        "object": {"const": "chat.completion"},
        "created": {"type": "integer"},
        "model": {"type": "string"},
        "choices": {"type": "array", "minItems": 1, "maxItems": 1, "items": {"type": "object", "required": ["message"]}},
        "usage": {"type": "object"},
        "footnote": {"type": "object", "description": "The answer, as /v1/answer gives it."},
    },
}


class Part(BaseModel):
    """A part of a message; only text is read."""

    type: str
    text: str | None = None


class Message(BaseModel):
    """One message of a conversation. Those of `system` and `developer` are passed over: what may be said is not theirs."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """The words, without what we put below an answer. Raises HTTPException for a part that is no text."""
        if self.content is None or isinstance(self.content, str):
            return (self.content or "").partition(f"{SOURCES}\n")[0]
        if other := next((part.type for part in self.content if part.type != "text"), None):
            raise HTTPException(400, f"A message holds a part of type {other!r}; only text is read.")
        return "\n".join(part.text or "" for part in self.content).partition(f"{SOURCES}\n")[0]


class StreamOptions(BaseModel):
    """What a stream is to hold beside the words."""

    include_usage: bool = False


class Completion(BaseModel):
    """A conversation whose last message is the question."""

    model_config = ConfigDict(extra="allow")

    model: str
    messages: list[Message] = Field(min_length=1)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = None


class Model(BaseModel):
    """The archive, as a model that a client may choose."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class Models(BaseModel):
    """The models there are."""

    object: Literal["list"]
    data: list[Model]


@dataclass(frozen=True, slots=True)
class Annotation:
    """Where in the text a citation's mark stands, and what it stands for."""

    start: int
    end: int
    citation: Citation

    def to_dict(self, base: str) -> dict[str, Any]:
        """In OpenAI's form, with the quote beside it. An article without an address is named by its own here."""
        cited = self.citation
        return {
            "type": "url_citation",
            "url_citation": {
                "start_index": self.start, "end_index": self.end, "title": line(cited.title or cited.path),
                "url": cited.url if safe(cited.url) else f"{base}v1/articles/{cited.article_id}",
                "quote": cited.quote, "outlet": cited.outlet, "published": cited.published,
                "article_id": cited.article_id, "start": cited.start, "end": cited.end,
            },
        }  # fmt: skip


def written(answer: Answer) -> tuple[list[str], list[Annotation]]:
    """The answer in pieces: sentences, what sources differ on, the sources; and where in the whole of it each mark stands.

    The pieces of the sentences together are `Answer.text`.
    """
    if answer.refused:
        near = "".join(f"\n- {_source(each, each.url or each.path)}" for each in answer.nearest)
        return [answer.text, *([f"\n\nNearest articles{near}"] if near else [])], []
    pieces, found, length = [], list[Annotation](), 0
    for place, sentence in enumerate(answer.sentences):
        before = " " if place else f"{answer.dated}: " if answer.dated else ""
        unsupported = f" ({UNSUPPORTED})" if sentence.status == "unsupported" else ""
        piece = f"{before}{sentence.text}{unsupported}{' ' if sentence.citations else ''}"
        for number in sentence.citations:
            start, mark = length + len(piece), f"[{number}]"
            found.append(Annotation(start, start + len(mark), answer.citations[number - 1]))
            piece += mark
        pieces.append(piece)
        length += len(piece)
    sources = "".join(
        f"\n[{each.number}] {_source(each, each.url or each.path)}: “{line(each.quote)}”" for each in answer.citations
    )
    return [*pieces, *(_differing(each) for each in answer.disagreements), f"{SOURCES}{sources}"], found


def _differing(disagreement: Disagreement) -> str:
    """Who says what, a line a side, for clients that show only text."""
    sides = "".join(
        f"\n- {f'{line(side.claimed_by)}: ' if side.claimed_by else ''}{line(side.value)} "
        + "".join(f"[{number}]" for number in (side.citation, *side.further))
        for side in disagreement.sides
    )
    return f"\n\n{DIFFERENCES[disagreement.kind]}: {line(disagreement.about)}{sides}"


def add_to(app: FastAPI, service: Service) -> None:
    """Add OpenAI's routes to a server's."""
    said = {"description": "A `chat.completion`, or with `stream` its chunks.", "content": {
        "application/json": {"schema": COMPLETION},
        EVENTS: {"schema": {"type": "string"}},
    }}  # fmt: skip
    began = int(time.time())

    @app.get("/v1/models", summary="The one model there is", responses={401: ERRORS[401], 429: ERRORS[429]})
    async def models() -> Models:
        return Models(object="list", data=[Model(id=MODEL, object="model", created=began, owned_by=service.name)])

    @app.post(
        "/v1/chat/completions", response_class=Response, summary="Answer the last message of a conversation",
        responses=ERRORS | {200: said, 404: {"model": Problems}},
    )  # fmt: skip
    async def completions(asked: Completion, request: Request) -> Response:
        question, options = _question(asked)
        base = str(request.base_url)
        if asked.stream:
            usage = bool(asked.stream_options and asked.stream_options.include_usage)
            return await streamed(_chunks(service, question, options, base, usage))
        answer = await unless_gone(request, service.answer(question, options))
        pieces, annotations = written(answer)
        message = {
            "role": "assistant", "content": "".join(pieces), "refusal": None,
            "annotations": [each.to_dict(base) for each in annotations],
        }  # fmt: skip
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        whole = _head("chat.completion") | {
            "choices": [choice], "usage": _usage(answer), "footnote": answer.to_dict(),
        }  # fmt: skip
        return Response(json.dumps(whole), media_type="application/json")


def _question(asked: Completion) -> tuple[str, Options]:
    if asked.model != MODEL:
        raise HTTPException(404, f"There is no model {asked.model!r} here; the one there is is {MODEL!r}.")
    if asked.n not in (None, 1):
        raise HTTPException(400, f"n is {asked.n}; one answer is given.")
    said = [(message.role, message.text) for message in asked.messages if message.role in ("user", "assistant")]
    if not said or said[-1][0] != "user":
        raise HTTPException(400, "The last message is not a question by the user.")
    return said[-1][1], {"history": said[:-1]}


async def _chunks(service: Service, question: str, options: Options, base: str, usage: bool) -> AsyncGenerator[str]:
    """The chunks of an answer as server-sent events."""
    head = _head("chat.completion.chunk")

    def chunk(delta: Mapping[str, Any], finish: str | None = None, **more: Any) -> str:
        choices = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
        return f"data: {json.dumps({**head, 'choices': choices, **more})}\n\n"

    begun = False
    try:
        async with aclosing(service.events(question, options)) as events:
            async for event in events:
                if not isinstance(event, Answer):
                    if not begun:
                        yield chunk({"role": "assistant", "content": ""})
                    begun = True
                    continue
                pieces, annotations = written(event)
                for piece in pieces:
                    yield chunk({"content": piece})
                last = {"annotations": [each.to_dict(base) for each in annotations]}
                yield chunk(last, "stop", footnote=event.to_dict())
                if usage:
                    yield f"data: {json.dumps({**head, 'choices': [], 'usage': _usage(event)})}\n\n"
    except Stopping as stop:
        yield f"data: {json.dumps(problem(503, str(stop)))}\n\n"
        return
    yield "data: [DONE]\n\n"


def _head(kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid4().hex}", "object": kind, "created": int(time.time()), "model": MODEL}


def _usage(answer: Answer) -> dict[str, int]:
    """What the language model took; nothing where there was none."""
    used = answer.usage or {}
    prompt, completion = (int(used.get(f"{kind}_tokens", 0)) for kind in ("prompt", "completion"))
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _source(source: Citation | Nearest, where: str) -> str:
    return (
        f"{line(source.title or 'Untitled')} — {line(source.outlet or UNKNOWN_OUTLET)}, {day(source.published)}, {line(where)}"
    )
