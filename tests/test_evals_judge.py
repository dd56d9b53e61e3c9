"""The judge: only verdicts that survive the swap count, its agreement is told, and nothing it does stops a comparison."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from evals_made import outcome

from evals.judge import Pair, advise, judge, pairs, read_labelled, verdict

PAIR = Pair("What fell?", "rain", "It was dry.", "Rain fell.")


def answers_of(prompt: str) -> tuple[str, str]:
    a, b = prompt.split("Answer A: ")[1].split("\n\nReply")[0].split("\n\nAnswer B: ")
    return a, b


def fair(prompt: str) -> str:
    """Prefer the answer that holds the expected word."""
    a, b = answers_of(prompt)
    return "SAME" if ("Rain" in a) == ("Rain" in b) else "A" if "Rain" in a else "B"


def test_a_fair_judge_is_heard() -> None:
    assert verdict(PAIR, fair) == "new"
    assert verdict(Pair("q", "rain", "Rain.", "Dry."), fair) == "base"
    assert verdict(Pair("q", "rain", "Rain.", "Rain!"), fair) == "same"


@pytest.mark.parametrize("reply", ["A", "B", "neither, really", ""])
def test_a_judge_that_favours_a_place_or_rambles_is_not(reply: str) -> None:
    assert verdict(PAIR, lambda prompt: reply) is None
    assert judge([PAIR], "m", lambda prompt: reply).unsure == 1


def test_only_answers_that_differ_are_judged() -> None:
    base, new = [outcome("a"), outcome("b", "Dry.")], [outcome("a"), outcome("b", "It rained.")]
    (pair,) = pairs(base, new)
    assert (pair.base, pair.new, pair.expected) == ("Dry.", "It rained.", "rained")
    assert pairs(base, [outcome("b", None, error="ValueError: x")]) == []


def test_the_labelled_pairs_are_of_every_kind() -> None:
    labels = [pair.better for pair in read_labelled()]
    assert {label: labels.count(label) >= 2 for label in ("base", "new", "same")} == {"base": True, "new": True, "same": True}
    assert judge([], "m", lambda prompt: "SAME").agreed == labels.count("same")


class Scripted(BaseHTTPRequestHandler):
    """A language-model server on loopback, in the form of OpenAI's, that judges fairly."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = fair(asked["messages"][0]["content"])
        message = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
        body = json.dumps({"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [message]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    served = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{served.server_address[1]}/v1"
    served.shutdown()
    served.server_close()


@pytest.mark.filterwarnings("ignore")  # litellm's own
def test_a_model_behind_a_server_is_asked(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    advice = advise([outcome("b", "Dry.")], [outcome("b", "Rain fell.")], "openai/made", server)
    assert (advice.failed, advice.new, advice.labelled) == (None, 1, len(read_labelled()))


@pytest.mark.filterwarnings("ignore")
def test_a_judge_that_cannot_be_reached_says_so_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    advice = advise([outcome("b", "Dry.")], [outcome("b", "Rain fell.")], "openai/made", "http://127.0.0.1:9/v1")
    assert advice.failed and advice.new == 0
