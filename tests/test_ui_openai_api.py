"""OpenAI's form, asked by OpenAI's own client: whole and streamed, with the sources in the text and as annotations."""

import json
from collections.abc import Iterator
from dataclasses import replace

import httpx
import openai
import pytest
from served import BASE, running, within
from starlette.testclient import TestClient

import rag
from index.opened import Index
from rag.records import Disagreement, Side
from ui.openai_api import SOURCES, written

QUESTION = "How many people worked at the Ashby paper mill?"
UNANSWERABLE = "Which spacecraft landed on Titan?"
ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}]


@pytest.fixture(scope="module")
def client(papers: Index) -> Iterator[TestClient]:
    with within(papers) as (found, _):
        yield found


def test_openais_own_client_asks_lists_and_streams(papers: Index) -> None:
    """Against a real process: models, an answer, a stream, a follow-up, an unknown model, and one that asks too much."""
    token = "a-token-of-some-length"
    with running("--index", str(papers.folder), "--no-page", "--rate", "6", FOOTNOTE_TOKEN=token) as server:
        ask = openai.OpenAI(base_url=f"{server.url}/v1", api_key=token, max_retries=0)
        assert [model.id for model in ask.models.list()] == ["footnote"]
        whole = ask.chat.completions.create(model="footnote", messages=ASKED)  # type: ignore[arg-type]
        message = whole.choices[0].message
        assert message.content is not None and "412" in message.content and whole.choices[0].finish_reason == "stop"
        assert message.annotations is not None
        (note,) = message.annotations
        cited = note.url_citation
        assert message.content[cited.start_index : cited.end_index] == "[1]" and cited.title == "Fire closes Ashby paper mill"
        article = httpx.get(cited.url, headers={"Authorization": f"Bearer {token}"}).json()
        extra = cited.model_extra or {}
        assert article["text"][extra["start"] : extra["end"]] == extra["quote"] in message.content
        assert (whole.model_extra or {})["footnote"]["question"] == QUESTION
        chunks = list(
            ask.chat.completions.create(model="footnote", messages=ASKED, stream=True, stream_options={"include_usage": True})  # type: ignore[call-overload]
        )
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == message.content
        assert chunks[-1].usage.total_tokens == 0 and chunks[-2].choices[0].finish_reason == "stop"
        follow = [*ASKED, {"role": "assistant", "content": message.content}, {"role": "user", "content": "Who said that?"}]
        found = ask.chat.completions.create(model="footnote", messages=follow)  # type: ignore[arg-type]
        assert "mill" in (found.model_extra or {})["footnote"]["searched_for"]
        with pytest.raises(openai.NotFoundError, match="no model 'gpt-4o'"):
            ask.chat.completions.create(model="gpt-4o", messages=ASKED)  # type: ignore[arg-type]
        with pytest.raises(openai.AuthenticationError):
            openai.OpenAI(base_url=f"{server.url}/v1", api_key="wrong", max_retries=0).models.list()
        with pytest.raises(openai.RateLimitError) as limited:
            for _ in range(6):
                ask.chat.completions.create(model="footnote", messages=[{"role": "user", "content": "?"}, *ASKED])  # type: ignore[list-item]
        assert int(limited.value.response.headers["retry-after"]) >= 1


def test_a_refusal_is_words_with_the_nearest_articles_and_no_source(client: TestClient) -> None:
    asked = {"model": "footnote", "messages": [{"role": "user", "content": UNANSWERABLE}]}
    found = client.post("/v1/chat/completions", json=asked).json()
    message = found["choices"][0]["message"]
    assert message["content"].startswith("The archive does not answer this.") and "Nearest articles\n- " in message["content"]
    assert message["annotations"] == [] and SOURCES not in message["content"] and found["footnote"]["refused"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "last message"),
        ({"messages": [{"role": "system", "content": "x"}]}, "last message"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://e.org"}}]}]},
            "image_url",
        ),
        ({"messages": [{"role": "user", "content": "x"}], "n": 2}, "n is 2"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "role"),
        ({"messages": [{"role": "user", "content": None}]}, "no words"),
    ],
    ids=["none", "no-question", "system-only", "image", "two", "role", "nothing"],
)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_what_makes_no_sense_is_400(client: TestClient, asked: dict[str, object], told: str, stream: bool) -> None:
    response = client.post("/v1/chat/completions", json={"model": "footnote", "stream": stream, **asked})
    assert response.status_code == 400 and told in response.json()["error"]["message"]


def test_settings_of_other_models_and_parts_of_text_are_taken(client: TestClient) -> None:
    parts = [{"type": "text", "text": "How many people worked"}, {"type": "text", "text": "at the Ashby paper mill?"}]
    asked = {
        "model": "footnote",
        "messages": [{"role": "user", "content": parts}],
        "temperature": 0.7,
        "tools": [],
        "user": "x",
    }
    assert "412" in client.post("/v1/chat/completions", json=asked).json()["choices"][0]["message"]["content"]


def test_what_is_written_begins_with_the_answers_own_text(papers: Index) -> None:
    answer = rag.answer(QUESTION, index=papers)
    sides = (Side("412", "its owner", 1), Side("390", None, 1))
    unsure = replace(answer.sentences[0], status="unsupported", citations=())
    for each in (
        answer,
        replace(answer, as_of="2022-05-03"),
        replace(answer, sentences=(*answer.sentences, unsure, *answer.sentences)),
        replace(answer, disagreements=(Disagreement("the mill", sides),)),
    ):
        pieces, notes = written(each)
        text = "".join(pieces)
        assert text.startswith(each.text)
        assert [text[note.start : note.end] for note in notes] == [
            f"[{number}]" for sentence in each.sentences for number in sentence.citations
        ]
    assert "Sources differ: the mill\n- its owner: 412 [1]\n- 390 [1]" in text


def test_an_address_of_an_article_is_a_link_only_when_it_is_safe(papers: Index) -> None:
    answer = rag.answer(QUESTION, index=papers)
    for url, shown in (("https://e.org/a", "https://e.org/a"), ("javascript:alert(1)", None), (None, None)):
        cited = (replace(answer.citations[0], url=url),)
        (note,) = written(replace(answer, citations=cited))[1]
        expected = shown or f"{BASE}/v1/articles/{cited[0].article_id}"
        assert note.to_dict(f"{BASE}/")["url_citation"]["url"] == expected
    assert json.dumps(note.to_dict(f"{BASE}/"))
