"""Models as litellm reaches them, and what stands between them and an answer: retries, breaker, budget, limits."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from model_server import Behaviour, Connection, ModelServer, Request, says

from index.errors import UsageError
from rag.budget import Budget, Spent
from rag.calls import Breaker, Calls
from rag.events import Again
from rag.generate import Done, Failure, LiteLLM, Message, _seconds
from rag.limits import Limits

PATIENT = Limits(connect=10, first_token=60, silence=60, whole=120, retries=0)
ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Is it?"}]


def ollama(*, cut: bool) -> Behaviour:
    """Ollama's own form: a line of JSON for every piece."""

    def behave(request: Request, connection: Connection) -> None:
        if connection.path == "/api/show":
            connection.body(200, json.dumps({"template": "", "capabilities": ["completion"], "model_info": {}}))
            return
        connection.head(200, "application/x-ndjson")
        for word, done in (("Yes", False), (" it is.", False), ("", True)):
            if done and cut:
                return
            line = {"model": request["model"], "created_at": "2026-01-01T00:00:00Z", "done": done}
            line |= {"response": word} if "generate" in connection.path else {"message": {"role": "assistant", "content": word}}
            line |= {"done_reason": "stop", "prompt_eval_count": 12, "eval_count": 3} if done else {}
            connection.send((json.dumps(line) + "\n").encode())

    return behave


def reply(model: LiteLLM) -> list[str | Done]:
    return list(model.stream(ASKED, time.monotonic() + 120))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["ollama/llama3.2", "ollama_chat/llama3.2"])
def test_ollama_is_reached_and_its_cut_streams_are_seen(name: str) -> None:
    with ModelServer(ollama(cut=False)) as server:
        assert reply(LiteLLM(name, server.host, PATIENT)) == ["Yes", " it is.", Done(12, 3, 0.0)]
        assert server.asked[-1]["options"]["num_ctx"] >= PATIENT.prompt_tokens + PATIENT.reply_tokens
    with ModelServer(ollama(cut=True)) as server, pytest.raises(Failure, match="broke off"):
        reply(LiteLLM(name, server.host, PATIENT))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["made", "openai/made", "meta-llama/made-8b", "groq/made", "hosted_vllm/made", "mistral/made"])
def test_any_compatible_server_is_reached_by_its_address(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("GROQ_API_KEY", "MISTRAL_API_KEY"):
        monkeypatch.setenv(key, "none")
    monkeypatch.setenv("FOOTNOTE_API_KEY", "a-key")
    with ModelServer(says("Yes it is.")) as server:
        pieces = reply(LiteLLM(name, server.url, PATIENT))
        assert "".join(piece for piece in pieces if isinstance(piece, str)) == "Yes it is." and isinstance(pieces[-1], Done)
        assert server.paths == ["/v1/chat/completions"] and server.keys == ["Bearer a-key"]


@pytest.mark.filterwarnings("ignore")
def test_a_name_that_nothing_knows_and_a_missing_key_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "FOOTNOTE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(Failure, match="no model that litellm knows"):
        reply(LiteLLM("no-such-thing-at-all", None, PATIENT))
    with pytest.raises(Failure, match="OPENAI_API_KEY"):
        reply(LiteLLM("gpt-4o-mini", None, PATIENT))


@pytest.mark.parametrize("told, seconds", [("3", 3.0), ("0.5", 0.5), ("-1", 0.0), ("soon", None), (None, None)])
def test_retry_after_is_a_number_or_nothing(told: str | None, seconds: float | None) -> None:
    assert _seconds(told) == seconds


def test_retry_after_may_be_a_date() -> None:
    assert _seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0 and (_seconds("Wed, 21 Oct 2065 07:28:00 GMT") or 0) > 10**8


class Scripted:
    """A model that does what each of its turns says: a text it writes, or a Failure it raises."""

    def __init__(self, *turns: str | Failure, name: str = "scripted") -> None:
        self.name, self.turns, self.asked = name, list(turns), 0

    def stream(self, messages: Sequence[Message], ends: float) -> Iterator[str | Done]:
        self.asked += 1
        turn = self.turns.pop(0)
        if isinstance(turn, Failure):
            raise turn
        yield turn
        yield Done(10, 5, 0.01)


LIMITS = Limits()
BUSY = Failure("is busy", again=True)


def calls(
    *models: Scripted, limits: Limits = LIMITS, breaker: Breaker | None = None, **more: object
) -> tuple[Calls, list[float]]:
    paused: list[float] = []
    return Calls(models, limits, breaker=breaker or Breaker(), pause=paused.append, **more), paused  # type: ignore[arg-type]


def test_the_server_says_how_long_to_wait_and_else_we_do() -> None:
    one, paused = calls(Scripted(BUSY, Failure("is busy", again=True, after=3), "Yes."))
    assert one.text(ASKED) == "Yes." and paused == [0.5, 3] and one.usage.calls == 3
    one, paused = calls(Scripted(Failure("is busy", again=True, after=11), "Yes."))
    with pytest.raises(Failure, match="scripted is busy"):
        one.text(ASKED)
    assert paused == []


def test_models_are_asked_in_order_and_each_says_why_it_failed() -> None:
    first, second = Scripted(Failure("has no key"), name="a"), Scripted("Yes.", name="b")
    one, _ = calls(first, second)
    assert one.text(ASKED) == "Yes." and (one.answerer, one.problems) == ("b", ["a has no key"])
    one, _ = calls(Scripted(Failure("has no key"), name="a"), Scripted(Failure("is gone"), name="b"))
    with pytest.raises(Failure, match="a has no key; b is gone"):
        one.text(ASKED)


def test_the_breaker_opens_after_five_failures_and_closes_again() -> None:
    now = [100.0]
    breaker = Breaker(lambda: now[0])
    model = Scripted(*[Failure("is gone")] * 5, "Yes.")
    for _ in range(5):
        with pytest.raises(Failure, match="is gone"):
            calls(model, breaker=breaker)[0].text(ASKED)
    with pytest.raises(Failure, match="rests after 5 failures"):
        calls(model, breaker=breaker)[0].text(ASKED)
    assert model.asked == 5
    now[0] += 29
    with pytest.raises(Failure, match="rests"):
        calls(model, breaker=breaker)[0].text(ASKED)
    now[0] += 2
    assert calls(model, breaker=breaker)[0].text(ASKED) == "Yes."


def test_a_stream_without_its_end_is_cut() -> None:
    class Cut(Scripted):
        def stream(self, messages: Sequence[Message], ends: float) -> Iterator[str | Done]:
            yield "Half of"

    one, paused = calls(Cut())
    pieces = []
    with pytest.raises(Failure, match="broke off"):
        pieces += one.stream(ASKED)
    assert paused == [0.5, 1.0]


def test_words_of_a_broken_attempt_are_taken_back() -> None:
    class Breaks(Scripted):
        def stream(self, messages: Sequence[Message], ends: float) -> Iterator[str | Done]:
            self.asked += 1
            yield "Half"
            if self.asked == 1:
                raise BUSY
            yield Done(1, 1, 0.0)

    one, _ = calls(Breaks())
    assert list(one.stream(ASKED)) == ["Half", Again("scripted is busy"), "Half"]


def test_a_budget_is_reserved_first_and_outlives_the_process(tmp_path: Path) -> None:
    day = ["2026-11-24"]
    limits = Limits(folder=tmp_path, daily_tokens=2000, reply_tokens=800)
    one, _ = calls(Scripted("Yes.", "Yes."), limits=limits, budget=Budget(limits, lambda: day[0]))
    assert one.text(ASKED) == "Yes." and one.text(ASKED) == "Yes."  # 15 tokens each, though 800 were set aside
    left = Budget(limits, lambda: day[0])
    left.reserve(1900, 0)
    with pytest.raises(Spent, match="day's budget of 2000 tokens"):
        left.reserve(100, 0)
    model = Scripted("Yes.", name="a")
    with pytest.raises(Failure, match="a was not asked"):
        calls(model, Scripted("Yes."), limits=limits, budget=left)[0].text(ASKED)
    assert model.asked == 0
    day[0] = "2026-11-25"
    left.reserve(1900, 0)


def test_a_budget_that_cannot_be_kept_is_not_spent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for folder in (tmp_path / "file", None):
        with pytest.raises(Spent, match="was not asked"):
            Budget(Limits(folder=folder, daily_calls=5)).reserve(1, 0)
    Budget(replace(Limits(), folder=None)).reserve(10**9, 10**9)


def test_limits_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FOOTNOTE_FIRST_TOKEN", "7.5")
    monkeypatch.setenv("FOOTNOTE_DAILY_CALLS", "20")
    monkeypatch.setenv("FOOTNOTE_CACHE", "off")
    monkeypatch.setenv("FOOTNOTE_FOLDER", str(tmp_path))
    found = Limits.from_environment(retries=0)
    assert (found.first_token, found.daily_calls, found.cache, found.folder, found.retries) == (7.5, 20, False, tmp_path, 0)
    for wrong in ("soon", "-1", "nan", "inf", "0"):
        monkeypatch.setenv("FOOTNOTE_FIRST_TOKEN", wrong)
        with pytest.raises(UsageError, match="FOOTNOTE_FIRST_TOKEN"):
            Limits.from_environment()


def test_no_model_no_litellm() -> None:
    code = (
        "import rag, sys; rag.answer('is it?', index=rag.open()); print([n for n in ('litellm', 'openai') if n in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
