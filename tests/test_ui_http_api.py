"""Our own form over HTTP: one answer at every door, events, errors in one shape, and a description that matches."""

import json
import re
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from served import events, within
from starlette.testclient import TestClient

import rag
from index.build import sync
from index.opened import Index, open_index
from index.store import current
from rag.generate import Done, Message
from rag.question import MAX_QUESTION
from ui.cli import main
from ui.server import Serving
from ui.service import Service

QUESTION = "How many people worked at the Ashby paper mill?"
FOLLOW_UP = "Who said that?"
UNANSWERABLE = "Which spacecraft landed on Titan?"


@pytest.fixture(scope="module")
def served(papers: Index) -> Iterator[tuple[TestClient, Service]]:
    with within(papers) as found:
        yield found


@pytest.fixture(scope="module")
def client(served: tuple[TestClient, Service]) -> TestClient:
    return served[0]


def without_timings(text: str) -> str:
    found, count = re.subn(r'"timings": \{[^}]*\}', '"timings": {}', text)
    assert count == 1
    return found


@pytest.mark.parametrize("question", [QUESTION, UNANSWERABLE], ids=["answered", "refused"])
def test_an_answer_is_byte_equal_at_every_door(
    client: TestClient, papers: Index, capsys: pytest.CaptureFixture[str], question: str
) -> None:
    made = json.dumps(rag.answer(question, index=papers).to_dict(), indent=2) + "\n"
    main(["ask", question, "--index", str(papers.folder), "--json"])
    told = capsys.readouterr().out
    sent = client.post("/v1/answer", json={"question": question})
    assert sent.status_code == 200 and sent.headers["content-type"] == "application/json"
    streamed = client.post("/v1/answer", json={"question": question, "stream": True})
    last = json.dumps(json.loads(events(streamed)[-1][1]), indent=2) + "\n"
    assert without_timings(made) == without_timings(told) == without_timings(sent.text) == without_timings(last)


def test_an_answer_arrives_as_events_in_their_order(client: TestClient) -> None:
    asked = {"question": QUESTION}
    accepted = client.post("/v1/answer", json=asked, headers={"Accept": "text/event-stream"})
    assert accepted.headers["content-type"].startswith("text/event-stream")
    found = events(accepted)
    answer = json.loads(found[-1][1])
    assert [name for name, _ in found] == ["found", *["said"] * len(answer["sentences"]), "answer"]
    assert json.loads(found[0][1]) == {"searched_for": QUESTION, "passages": 3}
    assert json.loads(found[1][1])["sentence"] == answer["sentences"][0]


def test_filters_and_history_reach_the_answer(client: TestClient, papers: Index) -> None:
    asked = {
        "question": FOLLOW_UP,
        "history": [["user", QUESTION], {"role": "assistant", "content": "412."}],
        "before": "2022-05-31",
        "outlets": ["The Dale Herald"],
    }
    found = client.post("/v1/answer", json=asked).json()
    expected = rag.answer(
        FOLLOW_UP,
        index=papers,
        history=[("user", QUESTION), ("assistant", "412.")],
        before="2022-05-31",
        outlets=["The Dale Herald"],
    ).to_dict()
    assert found["searched_for"] == expected["searched_for"] != FOLLOW_UP
    assert found["filters"]["before"] == "2022-05-31" and found["text"] == expected["text"]


BAD: dict[str, tuple[Any, int, str]] = {
    "no words": ({"question": "?!"}, 400, "has no words"),
    "too long": ({"question": "mill " * MAX_QUESTION}, 400, f"at most {MAX_QUESTION}"),
    "no question": ({}, 400, "question"),
    "no text": ({"question": 7}, 400, "question"),
    "no object": ([], 400, "body"),
    "another key": ({"question": "What?", "model": "gpt-4o"}, 400, "model"),
    "an address": ({"question": "What?", "api_base": "http://169.254.169.254"}, 400, "api_base"),
    "no day": ({"question": "What?", "after": "yesterday-ish"}, 400, "yesterday-ish"),
    "no outlet": ({"question": "What?", "outlets": ["The Moon"]}, 400, "The Moon"),
    "no role": ({"question": "What?", "history": [["robot", "x"]]}, 400, "history.0.0: Input should be 'user' or 'assistant'"),
    "no role, named": (
        {"question": "What?", "history": [{"role": "robot", "content": "x"}]},
        400,
        "history.0.role: Input should be 'user' or 'assistant'",
    ),
    "half a turn": ({"question": "What?", "history": [["user"]]}, 400, "history.0.1: Field required"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_what_makes_no_sense_is_said_in_openais_shape(client: TestClient, name: str, stream: bool) -> None:
    asked, status, told = BAD[name]
    response = client.post("/v1/answer", json={**asked, "stream": stream} if isinstance(asked, dict) else asked)
    error = response.json()["error"]
    assert response.status_code == status and error["type"] == "invalid_request_error"
    assert told in error["message"] and error.keys() == {"message", "type", "param", "code"}
    assert "footnote ask" not in error["message"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[" * 50_000, b'{"question": NaN}', b'{"question": "\\ud800"}'],
    ids=["empty", "cut", "no-utf8", "deep", "nan", "half-a-pair"],
)
def test_a_body_that_is_no_question_is_400(client: TestClient, body: bytes) -> None:
    response = client.post("/v1/answer", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400 and response.json()["error"]["type"] == "invalid_request_error"


def test_an_article_is_read_by_its_id(client: TestClient, papers: Index) -> None:
    article = next(papers.articles.articles())
    found = client.get(f"/v1/articles/{article.id}")
    assert found.status_code == 200 and found.json() == asdict(article)
    for name in ("none", "%2e%2e%2f%2e%2e", "x" * 65, "\u00e9"):
        missing = client.get(f"/v1/articles/{name}")
        assert missing.status_code in (400, 404) and "error" in missing.json()


def test_health_ready_and_metrics_say_how_things_stand(client: TestClient, papers: Index) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    ready = client.get("/ready")
    assert ready.status_code == 200
    assert ready.json() == {
        "ready": True,
        "archive": "The Wend papers",
        "generation": papers.generation,
        "newest": papers.generation,
        "snapshot": papers.snapshot,
        "articles": 3,
        "model": None,
        "breaker": {},
        "answering": 0,
        "waiting": 0,
    }
    before = _figures(client)
    client.post("/v1/answer", json={"question": QUESTION})
    client.post("/v1/answer", json={"question": UNANSWERABLE})
    client.post("/v1/answer", json={"question": "?"})
    after = _figures(client)
    grown = {name: value - before.get(name, 0) for name, value in after.items() if value != before.get(name, 0)}
    assert grown['footnote_answers_total{outcome="answered"}'] == grown['footnote_answers_total{outcome="refused"}'] == 1
    assert grown["footnote_answer_seconds_count"] == 2
    assert grown['footnote_requests_total{route="/v1/answer",status="200"}'] == 2
    assert grown['footnote_requests_total{route="/v1/answer",status="400"}'] == 1
    assert after["footnote_answering"] == after["footnote_waiting"] == 0


def test_an_index_that_is_published_meanwhile_is_served_and_a_damaged_one_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    news = tmp_path / "news"
    news.mkdir()
    (news / "mill.txt").write_text("The Ashby paper mill employed 412 people, its owner said.\n")
    sync([news], tmp_path / "index")
    with within(open_index(tmp_path / "index")) as (client, service):
        (news / "weir.txt").write_text("The weir at Holt was rebuilt by the Marrow brothers in 1997.\n")
        sync([news], tmp_path / "index")
        question = {"question": "Who rebuilt the weir at Holt?"}
        assert client.post("/v1/answer", json=question).json()["refused"]
        service.follow()
        assert "Marrow" in client.post("/v1/answer", json=question).json()["text"]
        ready = client.get("/ready").json()
        assert ready["generation"] == ready["newest"] and ready["articles"] == 2
        served = service.index
        service.follow()
        assert service.index is served and caplog.text == ""

        (news / "weir.txt").unlink()
        sync([news], tmp_path / "index")
        (current(tmp_path / "index") / "vectors.faiss").write_bytes(b"torn")
        for _ in range(2):
            service.follow()
        assert service.index is served and caplog.text.count("Serving the old one.") == 1
        assert "footnote index" in caplog.text
        assert "Marrow" in client.post("/v1/answer", json=question).json()["text"]


def test_a_folder_that_is_made_anew_or_comes_to_be_is_taken_up(tmp_path: Path) -> None:
    news, own = tmp_path / "news", tmp_path / "own"
    news.mkdir()
    (news / "mill.txt").write_text("The Ashby paper mill employed 412 people, its owner said.\n")
    sync([news], tmp_path / "index")
    with within(open_index(tmp_path / "index"), Serving(page=False, rate=0, folder=own)) as (client, service):
        service.follow()
        assert client.get("/ready").json()["newest"] is None
        for text, name in (("The weir at Holt was rebuilt in 1997.", "first"), ("The lock at Holt was dug in 1802.", "second")):
            shutil.rmtree(own, ignore_errors=True)
            (tmp_path / name).mkdir()
            (tmp_path / name / "holt.txt").write_text(text)
            sync([tmp_path / name], own)  # generation 1 both times
            service.follow()
            assert text in client.post("/v1/answer", json={"question": "When was the weir or the lock at Holt made?"}).text
        assert client.get("/ready").json()["archive"] == "first"


def test_wrong_methods_bodies_and_our_own_errors_have_the_shape_of_all_errors(
    papers: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    with within(papers, Serving(rate=0)) as (client, _):
        for method, path, allowed in (("GET", "/v1/answer", "POST"), ("PUT", "/v1/models", "GET"), ("POST", "/ready", "GET")):
            refused = client.request(method, path, json={})
            assert (refused.status_code, refused.headers["allow"]) == (405, allowed) and "message" in refused.json()["error"]
        broken = client.post("/v1/answer", content="{bad", headers={"Content-Type": "application/json"})
        assert broken.status_code == 400 and broken.json()["error"]["message"] == "The body is no JSON, at character 1."
        early = client.post("/v1/answer", json={"question": "What happened last week?", "today": "0001-01-01"})
        assert early.status_code == 200
        monkeypatch.setattr(Service, "article", lambda *_: 1 / 0)
        failed = client.get("/v1/articles/x")
        assert failed.status_code == 500 and failed.json()["error"]["type"] == "server_error"
        assert failed.headers["x-content-type-options"] == "nosniff"


def _figures(client: TestClient) -> dict[str, float]:
    text = client.get("/metrics").text
    assert "Ashby" not in text
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if not line.startswith("#")}


# The description


def test_what_is_sent_matches_the_description(client: TestClient, papers: Index) -> None:
    described = client.get("/openapi.json").json()
    article = next(papers.articles.articles()).id
    chat = {"model": "footnote", "messages": [{"role": "user", "content": QUESTION}]}
    calls: list[tuple[str, str, str, Any, int]] = [
        ("post", "/v1/answer", "/v1/answer", {"question": QUESTION}, 200),
        ("post", "/v1/answer", "/v1/answer", {"question": UNANSWERABLE}, 200),
        ("post", "/v1/answer", "/v1/answer", {"question": ""}, 400),
        ("post", "/v1/chat/completions", "/v1/chat/completions", chat, 200),
        ("post", "/v1/chat/completions", "/v1/chat/completions", {**chat, "model": "x"}, 404),
        ("get", "/v1/models", "/v1/models", None, 200),
        ("get", "/v1/articles/{article_id}", f"/v1/articles/{article}", None, 200),
        ("get", "/v1/articles/{article_id}", "/v1/articles/none", None, 404),
        ("get", "/health", "/health", None, 200),
        ("get", "/ready", "/ready", None, 200),
        ("get", "/metrics", "/metrics", None, 200),
    ]
    for method, route, path, body, status in calls:
        response = client.request(method, path, json=body)
        assert response.status_code == status, path
        told = described["paths"][route][method]["responses"][str(status)]["content"]
        kind = response.headers["content-type"].partition(";")[0]
        if kind == "application/json":
            schema = {**told[kind]["schema"], "components": described["components"]}
            jsonschema.validate(response.json(), schema, cls=jsonschema.Draft202012Validator)
            if status == 200 and route == "/v1/answer":
                wrong = {**response.json(), "sentences": [{"text": "x"}]}
                with pytest.raises(jsonschema.ValidationError):
                    jsonschema.validate(wrong, schema, cls=jsonschema.Draft202012Validator)
        else:
            assert kind in told
    assert {(method, route) for route, methods in described["paths"].items() for method in methods} == {
        (method, route) for method, route, *_ in calls
    }
    references = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(described)))
    assert references <= described["components"]["schemas"].keys()


def test_nothing_is_described_by_files_from_elsewhere(client: TestClient) -> None:
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404


# Too much at once


class Slow:
    """A model that answers when it is let go."""

    name = "slow"

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.go = threading.Event()

    def stream(self, messages: Sequence[Message], ends: float) -> Iterator[str | Done]:
        self.asked.release()
        assert self.go.wait(300)
        yield "The archive does not answer this."
        yield Done(1, 1, 0.0)


def test_more_than_the_line_holds_is_turned_away_at_once(papers: Index, tmp_path: Any) -> None:
    model, serving = Slow(), Serving(page=False, rate=0, queue=2, at_once=2)
    limits = rag.Limits(folder=tmp_path, cache=False, whole=600)
    with within(papers, serving, model=model, limits=limits) as (client, service):
        room = service.line.at_once + 2
        given: list[int] = []
        askers = [
            threading.Thread(target=lambda: given.append(client.post("/v1/answer", json={"question": QUESTION}).status_code))
            for _ in range(room)
        ]
        for asker in askers:
            asker.start()
        for _ in range(service.line.at_once):
            assert model.asked.acquire(timeout=120)
        while service.line.waiting < 2:
            time.sleep(0.01)
        for path, body in (
            ("/v1/answer", {"question": QUESTION}),
            ("/v1/answer", {"question": QUESTION, "stream": True}),
            ("/v1/chat/completions", {"model": "footnote", "messages": [{"role": "user", "content": "Who?"}]}),
        ):
            refused = client.post(path, json=body)
            assert refused.status_code == 429 and int(refused.headers["retry-after"]) >= 1
            assert refused.json()["error"]["type"] == "rate_limit_error"
        state = client.get("/ready").json()
        assert (state["answering"], state["waiting"], state["model"]) == (service.line.at_once, 2, "slow")
        model.go.set()
        for asker in askers:
            asker.join(120)
        assert given == [200] * room
        assert service.line.busy == service.line.waiting == 0
