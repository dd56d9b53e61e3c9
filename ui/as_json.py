"""Answers as JSON, byte for byte the same from the command line and over HTTP."""

import json
from typing import Any


def as_json(found: Any) -> str:
    r"""One JSON value with an end of line; other characters than ASCII as escapes, which no terminal and no page obeys.

    >>> as_json({"said": "no\x1b[2J\u202e"})
    '{\n  "said": "no\\u001b[2J\\u202e"\n}\n'
    """
    return json.dumps(found, indent=2) + "\n"
