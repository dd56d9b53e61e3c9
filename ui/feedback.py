"""What readers say of an answer, kept as lines of JSON beside the index; `footnote eval add-feedback` makes questions of them.

The file is the seam between this page and `evals`, which does not know it: `FIELDS` below and in `evals/feedback.py`.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from ui.chats import Turn, history
from ui.turns import REASONS

FOLDER, FILE = "feedback", "feedback.jsonl"
MOST_BYTES = 20 * 2**20  # then no more is kept, so that nobody fills a disk
MOST_WORDS = 300


def keep(folder: Path, turns: Sequence[Turn], at: int, *, good: bool, reason: str, right: str) -> bool:
    """Keep a judgement of the answer of `turns[at]`: a bad one with a reason, and the right words if the reader knows them.

    Says whether it was kept: not when there is no such answer, or when too much is kept already.
    """
    if not 0 <= at < len(turns) or (answer := turns[at].answer) is None:
        return False
    filters = {"after": answer.filters.after, "before": answer.filters.before, "outlets": list(answer.filters.outlets)}
    told = {
        "question": turns[at].asked,
        "history": [list(said) for said in history(turns[:at])] if turns[at].searched is None else [],
        "filters": {name: value for name, value in filters.items() if value} if not turns[at].given.read else
                   {name: value for name, value in turns[at].given.options.items() if name != "read_filters" and value},
        "good": good,
        "reason": "" if good else reason if reason in REASONS else "other",
        "right": " ".join(right.split())[:MOST_WORDS],
        "refused": answer.refused,
        "short": answer.short,
        "said": [sentence.text for sentence in answer.sentences],
        "cited": sorted({citation.path for citation in answer.citations}),
        "snapshot": answer.snapshot,
    }  # fmt: skip
    file = folder / FOLDER / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size > MOST_BYTES:
        return False
    line = json.dumps({"id": hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12], **told})
    # One write of one whole line at the end of the file: two readers' lines never run into one another.
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, (line + "\n").encode())
    finally:
        os.close(handle)
    return True
