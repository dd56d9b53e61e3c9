"""What every request passes: who asks, who is meant, how often, how much, which routes; and what each response carries."""

import base64
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.errors import UsageError
from ui import guard
from ui.access import Access, Hashed, hashed, read_passwords
from ui.guard import MAX_BODY, MAX_HEADERS, Guard, Rules, is_loopback
from ui.metrics import Metrics
from ui.rate import Rate
from ui.server import Serving, admitted

TOKEN = "correct-horse-battery"
PASSWORD = "staple: ä"
QUESTION = {"question": "How many people worked at the Ashby paper mill?"}
ROUTES = [
    ("GET", "/"),
    ("GET", "/config"),
    ("GET", "/assets/index.js"),
    ("POST", "/gradio_api/queue/join"),
    ("GET", "/nowhere"),
    ("POST", "/v1/answer"),
    ("POST", "/v1/chat/completions"),
    ("GET", "/v1/models"),
    ("GET", "/v1/articles/x"),
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("POST", "/mcp"),
    ("GET", "/mcp"),
    ("OPTIONS", "/v1/answer"),
    ("DELETE", "/v1/answer"),
    ("TRACE", "/"),
]
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"}


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """An application that says how much it was sent, and asks for what a browser must not be given."""
    if scope["type"] == "lifespan":
        return
    size, more = 0, scope["method"] not in ("GET", "HEAD")
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    if scope["query_string"] == b"fail":
        raise RuntimeError("a secret")
    headers = [
        (b"content-type", b"text/plain"),
        (b"access-control-allow-origin", b"*"),
        (b"server", b"x"),
        (b"x-frame-options", b"ALLOW"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send(
        {
            "type": "http.response.body",
            "body": json.dumps([size, dict(scope["headers"]).get(b"x-forwarded-host") is not None]).encode(),
        }
    )


def client(address: str = "192.0.2.7", **rules: Any) -> TestClient:
    app = Guard(echo, Rules(**{"rate": 0, **rules}), Metrics())
    return TestClient(app, base_url="http://127.0.0.1:8080", raise_server_exceptions=False, client=(address, 1))


# Who asks


@pytest.fixture(scope="module")
def passwords(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("auth") / "passwords"
    file.write_text(f"# who may ask\n\n{hashed('ann', PASSWORD)}\n{hashed('ben', 'other')}\n", encoding="utf-8")
    return file


WRONG = {
    "nothing": {},
    "wrong": {"Authorization": "Bearer wrong"},
    "empty": {"Authorization": "Bearer "},
    "longer": {"Authorization": f"Bearer {TOKEN}x"},
    "shorter": {"Authorization": f"Bearer {TOKEN[:-1]}"},
    "other-kind": {"Authorization": f"Token {TOKEN}"},
    "basic": basic("ann", "wrong"),
    "no-base64": {"Authorization": "Basic \xff\xff"},
    "no-colon": {"Authorization": "Basic YWJj"},
    "as-name": basic(TOKEN, ""),
}


@pytest.mark.parametrize("given", WRONG)
def test_without_the_token_every_route_is_401_before_anything_else(given: str) -> None:
    asker = client(access=Access(TOKEN), rate=1)
    for method, path in ROUTES * 2:
        # Too large, of another host, of no type, from another site: none of that is said to who may not ask.
        content = b"x" * (MAX_BODY + 1) if method == "POST" else None
        headers = {**WRONG[given], "Host": "evil.example", "Origin": "http://evil.example"}
        response = asker.request(
            method, path, content=content, headers=[(k.encode(), v.encode("latin-1")) for k, v in headers.items()]
        )
        assert response.status_code == 401, (method, path)
        assert response.headers["www-authenticate"].startswith("Basic ")
        assert method == "HEAD" or response.json()["error"]["type"] == "authentication_error"
        assert HEADERS.items() <= response.headers.items()


def test_with_the_token_one_is_let_through_as_program_and_as_browser() -> None:
    asker = client(access=Access(TOKEN))
    for headers in ({"Authorization": f"Bearer {TOKEN}"}, {"Authorization": f"bearer {TOKEN}"}, basic("anyone", TOKEN)):
        assert asker.get("/health", headers=headers).status_code == 200


def test_passwords_are_hashed_once_and_the_wrong_ones_refused(passwords: Path) -> None:
    asker = client(access=Access(TOKEN, read_passwords(passwords)))
    assert asker.get("/health", headers=basic("ann", PASSWORD)).status_code == 200
    assert asker.get("/health", headers=basic("x", TOKEN)).status_code == 200
    for name, secret in (("ann", "other"), ("ben", PASSWORD), ("eve", PASSWORD), ("", PASSWORD), ("ann", "")):
        assert asker.get("/health", headers=basic(name, secret)).status_code == 401
    assert PASSWORD not in passwords.read_text(encoding="utf-8")


def test_trying_passwords_is_slowed_down_for_who_tries_alone(passwords: Path) -> None:
    access = Access(None, {"ann": Hashed(2, 8, 1, b"s" * 16, b"h" * 32)})
    asker = client(access=access)
    codes = [asker.get("/health", headers=basic("ann", str(number))).status_code for number in range(guard.TRIES + 3)]
    assert codes == [401] * guard.TRIES + [429] * 3
    late = asker.get("/health", headers=basic("ann", "x"))
    assert late.status_code == 429 and int(late.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann:secret",
        "ann:scrypt:1:2:3",
        "ann:md5:16:8:1:YWJj:YWJj",
        "ann:scrypt:15:8:1:YWJj:" + "YWJj" * 8,
        "ann:scrypt:x:8:1:YWJj:YWJj",
        "ann:scrypt:1073741824:8:1:YWJj:" + "YWJj" * 8,
        ":scrypt:16:8:1:YWJj:" + "YWJj" * 8,
        "\xff",
    ],
)
def test_a_password_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "passwords"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match="passwords"):
        read_passwords(file)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "", "no-such-host.invalid"])
def test_an_address_for_others_asks_for_a_token_or_does_not_start(host: str, passwords: Path) -> None:
    with pytest.raises(UsageError, match="neither a token nor a password") as refused:
        admitted(Serving(host=host))
    assert refused.value.next_step.startswith("footnote serve --host") and "--token" in refused.value.next_step
    assert admitted(Serving(host=host, token=TOKEN)).demanded and admitted(Serving(host=host, auth=passwords)).demanded
    assert not admitted(Serving(host="127.0.0.1")).demanded
    with pytest.raises(UsageError, match="at least 16"):
        admitted(Serving(host=host, token="short"))


def test_loopback_is_what_only_this_machine_reaches() -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost", "0.0.0.0", "::", "10.0.0.1")] == [
        True,
        True,
        True,
        True,
        False,
        False,
        False,
    ]


# Who is meant, and on whose behalf


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("localhost:8080", 200),
        ("LOCALHOST", 200),
        ("[::1]:8080", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example:8080", 421),
        ("192.0.2.7:8080", 421),
        ("", 421),
        ("localhost:80:80", 421),
        ("news.example.org", 200),
    ],
)
def test_a_name_that_is_not_ours_is_refused(host: str, status: int) -> None:
    asker = client(names=("News.example.org",))
    assert asker.get("/health", headers={"Host": host}).status_code == status


def test_on_a_public_address_figures_are_ours_and_names_are_not() -> None:
    asker = client(host="0.0.0.0", access=Access(TOKEN))
    for host, status in (("192.0.2.7:8080", 200), (socket.gethostname(), 200), ("evil.example", 421)):
        assert asker.get("/health", headers={"Host": host, "Authorization": f"Bearer {TOKEN}"}).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://127.0.0.1:8080"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_pages_of_other_sites_may_not_ask(headers: dict[str, str], status: int) -> None:
    assert client().post("/v1/answer", json=QUESTION, headers=headers).status_code == status


def test_an_origin_that_is_no_address_is_foreign() -> None:
    assert client().get("/health", headers={"Origin": "http://["}).status_code == 403


def test_a_link_from_another_site_may_be_followed() -> None:
    from_elsewhere = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client().get("/", headers=from_elsewhere).status_code == 200
    assert client().post("/v1/answer", json=QUESTION, headers=from_elsewhere).status_code == 403


# How much, and which routes


def test_what_is_too_large_or_of_another_type_is_refused() -> None:
    asker = client()
    kind = {"Content-Type": "application/json"}
    assert asker.post("/v1/answer", content=b"x" * MAX_BODY, headers=kind).json() == [MAX_BODY, False]
    assert asker.post("/v1/answer", content=b"x" * (MAX_BODY + 1), headers=kind).status_code == 413
    pieces = (b"x" * 1000 for _ in range(MAX_BODY // 1000 + 1))
    assert asker.post("/v1/answer", content=pieces, headers=kind).status_code == 413
    assert asker.post("/v1/answer", content=b"{}", headers={**kind, "Content-Length": "-1"}).status_code == 400
    assert asker.get("/health", headers={"X-Large": "x" * MAX_HEADERS}).status_code == 400
    assert asker.get("/health?" + "x" * MAX_HEADERS).status_code == 400
    for other in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        assert asker.post("/v1/answer", content=b"{}", headers={"Content-Type": other}).status_code == 415
    assert (
        asker.post("/v1/answer", content=b"{}", headers={"Content-Type": "Application/JSON; charset=utf-8"}).status_code == 200
    )


SHUT = [
    "file=/etc/passwd",
    "file/x",
    "proxy=http://127.0.0.1",
    "info",
    "run/predict",
    "api/x",
    "call/x",
    "upload",
    "runs",
    "openapi.json",
    "stream/x",
    "custom_component/a/b/c",
    "vibe-edit",
    "deep_link",
    "process_recording",
    "login_check",
    "token",
]


@pytest.mark.parametrize(
    "path", [f"/gradio_api/{name}" for name in SHUT] + ["/monitoring", "/login", "/pwa_icon", "/docs", "/robots.txt/../x"]
)
def test_what_the_page_does_not_need_is_shut(path: str) -> None:
    for method in ("GET", "POST"):
        assert client().request(method, path, json={} if method == "POST" else None).status_code == 404


def test_uploads_are_open_only_where_the_page_has_them() -> None:
    assert client(uploads=True).post("/gradio_api/upload", content=b"x").status_code == 200
    assert client(uploads=True, page=False).post("/gradio_api/upload", content=b"x").status_code == 404
    declared = {"Content-Length": str(guard.MAX_UPLOAD + 1)}
    assert client(uploads=True).post("/gradio_api/upload", content=b"x", headers=declared).status_code == 413
    assert client(uploads=True).post("/gradio_api/upload", content=iter([b"x"])).status_code == 411  # in chunks without end
    both = {"Content-Length": "1", "Transfer-Encoding": "chunked"}
    assert client(uploads=True).post("/gradio_api/upload", content=b"x", headers=both).status_code == 411


def test_without_a_page_its_routes_are_not_there() -> None:
    assert client().get("/").status_code == 200
    assert [client(page=False).get(path).status_code for path in ("/", "/config", "/assets/x.js", "/health")] == [
        404,
        404,
        404,
        200,
    ]


# How often


def test_a_client_that_asks_too_often_waits_and_others_do_not() -> None:
    app = Guard(echo, Rules(rate=3), Metrics())

    def asker(address: str) -> TestClient:
        return TestClient(app, base_url="http://127.0.0.1:8080", client=(address, 1))

    first = asker("2001:db8::1")
    assert [first.post("/v1/answer", json=QUESTION).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = asker("2001:db8::2").post("/v1/answer", json=QUESTION)  # the same network of 64 bits
    assert refused.status_code == 429 and 1 <= int(refused.headers["retry-after"]) <= 20
    assert refused.json()["error"]["type"] == "rate_limit_error"
    assert first.get("/health").status_code == 200  # reading is counted apart
    assert asker("2001:db8:0:1::1").post("/v1/answer", json=QUESTION).status_code == 200
    rarely = client(rate=1 / guard.OTHERS)
    assert [rarely.get("/health").status_code for _ in range(2)] == [200, 429]


def test_turns_come_back_with_time() -> None:
    now = [0.0]
    rate = Rate(60, lambda: now[0])
    assert [rate.take("a") for _ in range(60)] == [0] * 60
    assert rate.take("a") == 1
    now[0] = 1.0
    assert (rate.take("a"), rate.take("a"), rate.take("b")) == (0, 1, 0)
    rate.give_back("a")
    assert rate.take("a") == 0
    slow = Rate(2, lambda: now[0])
    assert [slow.take("a") for _ in range(3)] == [0, 0, 30]
    assert Rate(0).take("a") == 0


def test_a_client_is_who_the_proxy_says_only_where_there_is_one() -> None:
    for proxy, expected in ((None, [200, 429]), ("192.0.2.7", [200, 200])):
        asker = client(proxy=proxy, rate=1)
        asked = [
            asker.post("/v1/answer", json=QUESTION, headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code for n in (1, 2)
        ]
        assert asked == expected
    forged = client(proxy="192.0.2.7", rate=1)
    lists = ["9.9.9.9, 198.51.100.1", "8.8.8.8, 198.51.100.1"]  # what stands before the proxy's own word is the client's
    assert [forged.post("/v1/answer", json=QUESTION, headers={"X-Forwarded-For": each}).status_code for each in lists] == [
        200,
        429,
    ]
    assert client().post("/v1/answer", json=QUESTION, headers={"X-Forwarded-Host": "evil.example"}).json()[1] is False


# What each response carries


def test_every_response_has_the_headers_and_no_wildcard() -> None:
    asker = client(rate=2)
    responses = [asker.request(method, path, json={} if method == "POST" else None) for method, path in ROUTES]
    responses.append(asker.get("/health?fail"))
    assert {response.status_code for response in responses} >= {200, 404, 429, 500}
    for response in responses:
        assert HEADERS.items() <= response.headers.items()
        assert not [name for name in response.headers if name.startswith("access-control")] and "server" not in response.headers
        policy = response.headers["content-security-policy"]
        assert ("frame-ancestors 'none'" in policy and "default-src 'self'" in policy) or "default-src 'none'" in policy
        assert "http:" not in policy and "https:" not in policy and "*" not in policy
    assert "secret" not in responses[-1].text and responses[-1].json()["error"]["type"] == "server_error"
