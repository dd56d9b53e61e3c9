"""What goes wrong over HTTP, in the shape that OpenAI's clients read: `{"error": {"message", "type", "param", "code"}}`."""

import json
from collections.abc import Mapping
from typing import Any

TYPES = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
    429: "rate_limit_error",
}  # fmt: skip


def problem(status: int, message: str, *, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    """The body of a response that is an error.

    >>> problem(404, "No such article.", param="id")["error"]["type"]
    'not_found_error'
    """
    kind = TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def encoded(status: int, message: str, **more: str | None) -> bytes:
    """The same as bytes."""
    return json.dumps(problem(status, message, **more)).encode()


def pausing(after: int) -> Mapping[str, str]:
    """The header that says when to come back."""
    return {"Retry-After": str(after)}
