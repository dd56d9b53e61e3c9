"""A follow-up made whole by a model; where its rewriting is no good, the plain method of `rag/question.py` stands in."""

from collections.abc import Sequence

from index.embed import Embedder
from rag import prompt
from rag import question as questions
from rag.calls import Calls

LONGER = 400  # characters that a rewritten question may have more than the one typed
# Least cosine of the rewriting with the follow-up and the last question together. Set by hand, low: it is meant for what has
# gone astray, not for what is worded otherwise.
LIKE = 0.3


def rewritten(question: str, history: Sequence[tuple[str, str]], calls: Calls, embedder: Embedder) -> str | None:
    """The question made whole, or None when nothing came before it or the rewriting is no good. Raises Failure."""
    asked = [text for role, text in history if role == "user" and any(character.isalnum() for character in text)]
    if not asked:
        return None
    return usable(calls.text(prompt.rewriting(question, history)), question, asked[-1], embedder)


def usable(reply: str, question: str, last: str, embedder: Embedder) -> str | None:
    """A model's rewriting on one line, or None: empty, of several lines, too long, or about something else."""
    told = reply.strip().removeprefix("last question:").strip().strip('"“”')
    told = " ".join(told.split())
    if "\n" in reply.strip() or not any(character.isalnum() for character in told) or len(told) > len(question) + LONGER:
        return None
    if "://" in told or len(told) > questions.MAX_QUESTION:
        return None
    one, other = embedder.encode([told, f"{last} {question}"])
    return told if float(one @ other) >= LIKE else None
