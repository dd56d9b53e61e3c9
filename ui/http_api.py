"""Our own form over HTTP: questions, articles, and how things stand. OpenAI's form is in `ui/openai_api.py`.

Everything about who may ask, how often and how much stands before this, in `ui/guard.py`.
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping
from contextlib import aclosing
from dataclasses import asdict
from importlib.metadata import version
from typing import Annotated, Any, Literal, TypeVar

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.exceptions import HTTPException as PlainHTTPException

import rag
from index.errors import UsageError
from index.records import Article
from rag.answer import Options
from rag.events import Event
from ui.as_json import as_json
from ui.line import Busy, Stopping
from ui.metrics import CONTENT_TYPE
from ui.problems import pausing, problem
from ui.service import Service

EVENTS = "text/event-stream"
METHODS = {"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"}
SORRY = "Something went wrong here, and this was not answered."
KEEP_ALIVE = 10.0  # seconds without an event after which a listener is told that we are still here
_NAMES: Mapping[type, str] = {rag.Found: "found", rag.Text: "text", rag.Said: "said", rag.Again: "again", rag.Answer: "answer"}

Made = TypeVar("Made")
_log = logging.getLogger("footnote")


class Turn(BaseModel):
    """One thing that was said before."""

    role: Literal["user", "assistant"]
    content: str


class Asked(BaseModel):
    """A question, and what it is asked with; everything but the question may be left out."""

    model_config = ConfigDict(extra="forbid", title="Question")

    question: str
    history: list[Turn | tuple[Literal["user", "assistant"], str]] = Field(
        [], description='Earlier turns: [["user", "What happened?"], ["assistant", "This."]], or objects of role and content.'
    )
    after: str | None = Field(None, description="Only articles of this day (2021-07-01) or later.")
    before: str | None = Field(None, description="Only articles of this day or earlier.")
    outlets: list[str] = Field([], description="Only these outlets.")
    today: str | None = Field(None, description='The day that "last week" counts from; the clock\'s when not given.')
    read_filters: bool = Field(True, description="Whether dates and outlets are read from the question itself.")
    stream: bool = Field(False, description=f"Give events as the answer is made, as with `Accept: {EVENTS}`.")

    def options(self) -> Options:
        """As `rag.answer` takes it."""
        said = [(turn.role, turn.content) if isinstance(turn, Turn) else turn for turn in self.history]
        return {
            "history": said, "after": self.after, "before": self.before, "outlets": self.outlets, "today": self.today,
            "read_filters": self.read_filters,
        }  # fmt: skip


class Problem(BaseModel):
    """What went wrong, in words."""

    message: str
    type: str
    param: str | None
    code: str | None


class Problems(BaseModel):
    """The body of every response that is an error."""

    error: Problem


class Health(BaseModel):
    """The process is alive."""

    status: Literal["ok"]


class State(BaseModel):
    """What is served, whether something newer was published, which models rest, and how long the line is."""

    ready: bool
    archive: str
    generation: str
    newest: str | None
    snapshot: str
    articles: int
    model: str | None
    breaker: dict[str, Literal["open", "closed"]]
    answering: int
    waiting: int


ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problems, "description": "The request makes no sense."},
    401: {"model": Problems, "description": "No token or password, or a wrong one."},
    413: {"model": Problems, "description": "The request is too large."},
    415: {"model": Problems, "description": "The body is not declared as application/json."},
    429: {"model": Problems, "description": "Too many questions at once; Retry-After says when to come back."},
    503: {"model": Problems, "description": "The server is stopping."},
}


def answer_schema() -> dict[str, Any]:
    """JSON Schema of an answer as every door gives it: the record, and `text`."""
    schema = TypeAdapter(rag.Answer).json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    schema["properties"] = {"text": {"type": "string", "title": "Text"}, **schema["properties"]}
    schema["required"] = ["text", *schema["properties"].keys() - {"text"}]
    return schema


def application(service: Service) -> FastAPI:
    """The routes of our own form, without a page."""
    schema = answer_schema()
    shared = schema.pop("$defs")
    app = FastAPI(
        title="Footnote", version=version("footnote-qa"), docs_url=None, redoc_url=None,
        description="Answers over an archive of news articles, every sentence tied to the exact words of a source.",
    )  # fmt: skip
    told: dict[int | str, dict[str, Any]] = {
        200: {
            "description": "The answer, or the refusal with its reason; as events with `stream`.",
            "content": {
                "application/json": {"schema": schema},
                EVENTS: {"schema": {"type": "string", "description": "Events found, text, said, again, answer, error."}},
            },
        }
    }

    @app.post("/v1/answer", response_class=JSONResponse, responses=ERRORS | told, summary="Answer a question")
    async def answer(asked: Asked, request: Request) -> Response:
        if asked.stream or EVENTS in request.headers.get("accept", ""):
            return await streamed(native(service.events(asked.question, asked.options())))
        found = await unless_gone(request, service.answer(asked.question, asked.options()))
        return Response(as_json(found.to_dict()), media_type="application/json")

    @app.get("/v1/articles/{article_id}", responses={**_only(401), 404: {"model": Problems}}, summary="Read an article")
    async def article(article_id: Annotated[str, Field(max_length=64)]) -> Article:
        found = service.article(article_id)
        if found is None:
            raise HTTPException(404, f"The archive has no article {article_id!r}.")
        return found

    @app.get("/health", responses=_only(401), summary="Whether the process is alive")
    async def health() -> Health:
        return Health(status="ok")

    @app.get("/ready", responses={**_only(401), 503: {"model": State}}, summary="How things stand")
    async def ready() -> State:
        state = State(**service.state())
        return state if state.ready else JSONResponse(state.model_dump(), 503)  # type: ignore[return-value]

    @app.get(
        "/metrics", response_class=Response, summary="Figures for Prometheus",
        responses={**_only(401), 200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )  # fmt: skip
    async def metrics() -> Response:
        return Response(service.metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    _tell_errors(app)
    _describe(app, shared)
    return app


async def native(events: AsyncGenerator[Event]) -> AsyncGenerator[str]:
    """Events as server-sent events, each named for what it is; an error that comes later is one, too."""
    try:
        async with aclosing(events):
            async for event in events:
                data = event.to_dict() if isinstance(event, rag.Answer) else asdict(event)
                yield f"event: {_NAMES[type(event)]}\ndata: {json.dumps(data)}\n\n"
    except Stopping as stop:
        yield f"event: error\ndata: {json.dumps(problem(503, str(stop)))}\n\n"


async def streamed(events: AsyncGenerator[str]) -> StreamingResponse:
    """Respond with server-sent events; whatever fails before the first of them is a status and not an event."""
    first = await anext(events, "")

    async def all_of_it() -> AsyncIterator[str]:
        yield first
        waited = asyncio.ensure_future(_next(events))
        try:
            while True:
                done, _ = await asyncio.wait([waited], timeout=KEEP_ALIVE)
                if not done:
                    yield ": still here\n\n"
                    continue
                if (event := waited.result()) is None:
                    return
                yield event
                waited = asyncio.ensure_future(_next(events))
        except Exception:  # the status has gone out; the log has the rest
            _log.exception("An answer broke off.")
            yield f"event: error\ndata: {json.dumps(problem(500, SORRY))}\n\n"
        finally:
            waited.cancel()
            await asyncio.wait([waited])
            await events.aclose()

    return StreamingResponse(all_of_it(), media_type=EVENTS, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


async def unless_gone(request: Request, made: Coroutine[Any, Any, Made]) -> Made:
    """What is made, unless the client goes away before: then the work ends, and a place in the line is free again."""
    work = asyncio.ensure_future(made)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait([work, gone], return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            work.cancel()
        return await work
    except asyncio.CancelledError:
        work.cancel()
        raise HTTPException(499, "The client went away.") from None
    finally:
        gone.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _next(events: AsyncGenerator[str]) -> str | None:
    return await anext(events, None)


def _only(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: ERRORS[status] for status in (*statuses, 429)}


def _tell_errors(app: FastAPI) -> None:
    """Say what went wrong in one shape, and nothing of how we are made."""

    @app.exception_handler(RequestValidationError)
    async def misread(request: Request, error: RequestValidationError) -> JSONResponse:
        # Where a value may have two forms, what came deepest into one of them says most.
        found = max(error.errors(), key=lambda each: len(each["loc"]))
        if found["type"] == "json_invalid":
            return JSONResponse(problem(400, f"The body is no JSON, at character {found['loc'][-1]}."), 400)
        parts = [str(part) for part in found["loc"] if part not in ("body", Turn.__name__)]
        place = ".".join(part for part in parts if not part.startswith("tuple["))
        return JSONResponse(problem(400, f"{place or 'The body'}: {found['msg']}.", param=place or None), 400)

    @app.exception_handler(PlainHTTPException)
    async def told(request: Request, error: PlainHTTPException) -> JSONResponse:
        return JSONResponse(problem(error.status_code, str(error.detail)), error.status_code, dict(error.headers or {}))

    @app.exception_handler(UsageError)
    async def misused(request: Request, error: UsageError) -> JSONResponse:
        return JSONResponse(problem(400, error.message), 400)

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse(problem(500, SORRY), 500)  # what it was goes on to the guard, which logs it

    @app.exception_handler(Busy)
    async def busy(request: Request, error: Busy) -> JSONResponse:
        return JSONResponse(problem(429, str(error), code="queue_full"), 429, pausing(error.after))

    @app.exception_handler(Stopping)
    async def stopping(request: Request, error: Stopping) -> JSONResponse:
        return JSONResponse(problem(503, str(error), code="stopping"), 503, pausing(1))


def close_other_methods(app: FastAPI) -> None:
    """Refuse methods that a route does not take, before a page that is mounted at the root says there is no such route."""

    def refusing(allowed: str) -> Callable[[Request], JSONResponse]:
        return lambda _: JSONResponse(problem(405, "Method Not Allowed"), 405, {"Allow": allowed})

    for route in list(app.routes):
        if isinstance(route, APIRoute):
            taken = route.methods or set()
            app.add_route(
                route.path, refusing(", ".join(sorted(taken))), methods=sorted(METHODS - taken), include_in_schema=False
            )


def _describe(app: FastAPI, shared: Mapping[str, Any]) -> None:
    """Add the parts of an answer to the description at /openapi.json, and take out what FastAPI adds and we never send."""
    made = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = made()
            schema["components"]["schemas"] |= shared
            for part in ("HTTPValidationError", "ValidationError"):
                schema["components"]["schemas"].pop(part, None)
            for route in schema["paths"].values():
                for method in route.values():
                    method["responses"].pop("422", None)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]
