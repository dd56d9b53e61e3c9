"""The archive as tools, used by MCP's own client: over HTTP, and over standard input and output of a process."""

import asyncio
import json
import sys

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from served import running

import rag
from index.opened import Index
from ui.server import Serving, serviced

QUESTION = "How many people worked at the Ashby paper mill?"
TOKEN = "a-token-of-some-length"


async def use(client: Client, papers: Index) -> None:
    """What any client can do, by whatever way it is connected."""
    listed = await client.list_tools()
    assert [tool.name for tool in listed.tools] == ["search", "answer", "read_article"]
    assert all(tool.description and tool.annotations and tool.annotations.read_only_hint for tool in listed.tools)

    found = await client.call_tool("answer", {"question": QUESTION})
    expected = rag.answer(QUESTION, index=papers).to_dict()
    assert not found.is_error and {**found.structured_content, "timings": {}} == json.loads(
        json.dumps({**expected, "timings": {}})
    )
    assert found.content[0].text.startswith(expected["text"])
    assert "The mill employed 412 people, its owner said." in found.content[0].text

    hits = await client.call_tool("search", {"question": "footbridge", "limit": 1})
    (hit,) = hits.structured_content["passages"]
    article = await client.call_tool("read_article", {"article_id": hit["article_id"]})
    whole = article.structured_content
    assert whole["text"][hit["start"] : hit["end"]] == hit["text"] and whole["next"] is None
    part = await client.call_tool("read_article", {"article_id": hit["article_id"], "start": 10})
    assert part.structured_content["text"] == whole["text"][10:]

    for name, arguments, told in (
        ("answer", {"question": "?!"}, "has no words"),
        ("search", {"question": "x", "after": "yesterday-ish"}, "yesterday-ish"),
        ("search", {"question": "x", "limit": 1000}, "limit"),
        ("read_article", {"article_id": "../../etc/passwd"}, "no article"),
    ):
        wrong = await client.call_tool(name, arguments)
        assert wrong.is_error and told in wrong.content[0].text, name
        assert "Traceback" not in wrong.content[0].text and "footnote ask" not in wrong.content[0].text


def test_over_http_behind_the_guard(papers: Index) -> None:
    async def asked(url: str) -> None:
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=120) as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            await use(client, papers)

    with running("--index", str(papers.folder), "--no-page", "--rate", "0", FOOTNOTE_TOKEN=TOKEN) as server:
        assert httpx2.post(f"{server.url}/mcp", json={}).status_code == 401
        asyncio.run(asked(f"{server.url}/mcp"))
        code, out, err, _ = server.stop()
        assert (code, out, err) == (0, "", "")


def test_over_standard_input_and_output(papers: Index) -> None:
    async def asked() -> None:
        arguments = ["-m", "ui", "mcp", "--index", str(papers.folder)]
        async with Client(StdioServerParameters(command=sys.executable, args=arguments)) as client:
            await use(client, papers)

    asyncio.run(asked())


def test_a_full_line_is_said_in_words(papers: Index) -> None:
    from ui.mcp_server import tools

    async def asked() -> None:
        service = serviced(papers, name="x", serving=Serving(queue=0, at_once=1))
        service.line.busy = 1
        async with Client(tools(service)) as client:
            for name in ("answer", "search"):
                full = await client.call_tool(name, {"question": QUESTION})
                assert full.is_error and "come back in" in full.content[0].text
        assert service.metrics.registry.get_sample_value("footnote_turned_away_total", {"why": "queue"}) == 2

    asyncio.run(asked())
