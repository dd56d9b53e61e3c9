"""Made outcomes for the tests of the harness: an answerer simple enough to know what it says, and what it left behind."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from evals.outcomes import Cited, Head, Outcome, Ranked
from evals.questions import Question
from index import sentences
from index.opened import Index
from index.records import Hit
from rag.records import Answer, Citation, Filters, Sentence
from rag.retrieve import retrieve

HEAD = Head("made", "0" * 64, 1, 1, "snapshot", "word-counts", "settings", "first sentence", "0.1.0")


def first_sentence(question: Question, index: Index) -> tuple[Answer, Sequence[Hit]]:
    """Quote the first sentence of the first hit that shares a long word with the question; refuse when none does."""
    hits = retrieve(index, question.question, question.filters)
    words = {word for word in question.question.lower().strip("?").split() if len(word) > 4}
    for hit in hits:
        start, end = sentences.spans(hit.article.text)[0]
        quote = hit.article.text[start:end]
        if words & set(quote.lower().strip(".").split()):
            return made_answer(question.question, quote, hit, start, end), hits
    return replace(made_answer(question.question), refused=True, reason="The archive does not answer this."), hits


def made_answer(question: str, quote: str = "", hit: Hit | None = None, start: int = 0, end: int = 0) -> Answer:
    citations = ()
    if hit:
        article = hit.article
        dated = (article.title, article.outlet, article.published, article.url, article.path)
        citations = (Citation(1, quote, start, end, article.id, *dated),)
    return Answer(
        question=question, searched_for=question, filters=Filters(),
        sentences=(Sentence(quote, "quoted", (1,)),) if quote else (), citations=citations, refused=False, reason=None,
        short=None, disagreements=(), nearest=(), answerer="first sentence", snapshot="s", settings_hash="h",
        timings={"retrieve": 0.1},
    )  # fmt: skip


def outcome(id: str = "q", says: str | None = "It rained.", *, refuse_said: bool = False, paths: Sequence[str] = ("a.txt",),
            found: Sequence[str] = ("a.txt", "b.txt"), repeat: int = 0, seconds: float = 1.0, error: str | None = None,
            usage: dict[str, float] | None = None, status: str = "quoted", short: str | None = None,
            gold: Sequence[str] = (), degraded: str | None = None, answerer: str = "sentences",
            **expected: Any) -> Outcome:  # fmt: skip
    """An outcome whose answer is one sentence that cites `paths`, over hits in `found`, one passage an article."""
    if not any(expected.get(key) for key in ("facts", "forbid", "cites", "answers", "refuse", "disagrees", "choices")):
        expected["facts"] = (("rained",),)
    question = Question(id, f"what of {id}?", **expected)
    citations = [
        {"number": n, "quote": says, "start": 0, "end": len(says or ""), "article_id": f"id-{path}", "title": "T",
         "outlet": "O", "published": "2021-07-01", "url": None, "path": path, "also_in": []}
        for n, path in enumerate(paths, start=1)
    ]  # fmt: skip
    answer: dict[str, Any] | None = None
    if error is None:
        answer = {
            "question": question.question, "text": says, "searched_for": question.question, "refused": refuse_said,
            "reason": "No." if refuse_said else None, "short": short, "disagreements": [], "nearest": [], "usage": usage,
            "filters": {"after": None, "before": None, "outlets": []}, "rejected": 0, "degraded": degraded,
            "answerer": answerer,
            "sentences": [] if refuse_said else [{"text": says, "status": status, "citations": list(range(1, len(paths) + 1))}],
            "citations": [] if refuse_said else citations,
        }  # fmt: skip
    return Outcome(
        question, repeat, answer, error,
        hits=tuple(Ranked(f"id-{path}:0", f"id-{path}", path) for path in found),
        gold=tuple(Ranked(f"id-{path}:0", f"id-{path}", path) for path in gold),
        cited=() if refuse_said or error else tuple(Cited(says or "", "Before. ", " After.") for _ in paths),
        seconds={"total": seconds},
    )  # fmt: skip
