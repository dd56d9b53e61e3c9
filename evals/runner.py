"""Ask every question of a set and write down what came of it, one line each, as it happens.

It does not grade: `evals/score.py` does that, as often as one likes, from what is written here.
"""

import json
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Unpack

from evals import match
from evals.outcomes import Cited, Head, Outcome, Ranked, head_of, read
from evals.questions import Question, QuestionSet, check_articles
from index.errors import UsageError
from index.opened import Index
from index.records import Hit
from rag.answer import Options, trace
from rag.extract import NAME
from rag.records import Answer
from rag.settings import settings_hash

DEFAULT_TIMEOUT = 120.0  # seconds
AROUND = 240  # characters of an article kept on each side of a quote

Ask = Callable[[Question, Index], tuple[Answer, Sequence[Hit]]]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run went: outcomes that were there already, asked now, and of those failed."""

    resumed: int
    asked: int
    failed: int


def ask(question: Question, index: Index, **options: Unpack[Options]) -> tuple[Answer, Sequence[Hit]]:
    """Ask Footnote as it is, without its reader, or with a language model: `options` as `rag.answer` takes them."""
    narrowed = question.filters
    asked: Options = {
        "history": question.history,
        "after": narrowed.after,
        "before": narrowed.before,
        "outlets": narrowed.outlets,
        "today": question.today or index.articles.dates()[1],  # not the clock's day, so that equal runs stay equal
        **options,
    }
    return trace(question.question, index=index, **asked)


def run(questions: QuestionSet, index: Index, out: Path, *, repeat: int = 1, workers: int = 1,
        timeout: float = DEFAULT_TIMEOUT, ask: Ask = ask, answerer: str = NAME,
        settings: str | None = None, progress: Progress | None = None) -> Ran:  # fmt: skip
    """Ask every question `repeat` times and append an outcome each to `out`, in the order of the set.

    A file that holds part of the same run is completed; of another run, it is refused with UsageError and left as it is. A
    question that raises or takes longer than `timeout` seconds is an outcome with an error. Equal sets over equal indexes
    give equal lines but for `seconds`, however many workers. `settings` as `settings_hash` gives them when not given.
    """
    for name, value in (("--repeat", repeat), ("--workers", workers), ("--timeout", timeout)):
        if value <= 0:
            raise UsageError(f"{name} {value} makes no sense.", next_step=f"{name} 1")
    ids = ids_of(index)
    check_articles(questions, ids)
    head = head_for(questions, index, repeat, answerer, settings or settings_hash())
    done = _resumed(out, head)
    keys = {(question.id, turn): question for turn in range(repeat) for question in questions.questions}
    waiting = deque((key, question) for key, question in keys.items() if key not in done)
    asked = failed = 0
    first = not done and not (out.exists() and out.stat().st_size)
    with out.open("a", encoding="utf-8", newline="\n") as stream:
        if first:
            stream.write(json.dumps({"run": asdict(head)}) + "\n")
        running: deque[tuple[Question, int, float, Future[Outcome]]] = deque()
        while waiting or running:
            while waiting and len(running) < workers:
                (_, turn), question = waiting.popleft()
                make = partial(outcome_of, question, turn, index, ask, ids)
                running.append((question, turn, perf_counter(), _begin(question, turn, make)))
            question, turn, began, told = running.popleft()  # in the set's order, so that equal runs are equal files
            try:
                outcome = told.result(timeout=max(0.0, began + timeout - perf_counter()))
            except TimeoutError:
                outcome = Outcome(question, turn, None, f"no answer within {timeout:g} seconds", seconds={"total": timeout})
            stream.write(outcome.to_json() + "\n")
            stream.flush()
            asked += 1
            failed += outcome.error is not None
            if progress:
                progress("asking", len(done) + asked, len(keys))
        os.fsync(stream.fileno())
    return Ran(len(done), asked, failed)


def ids_of(index: Index) -> dict[str, str]:
    """The id of every article, by its id and by its path: what a question may cite."""
    paths = index.articles.paths()
    return {**{path: article_id for article_id, path in paths.items()}, **{article_id: article_id for article_id in paths}}


def head_for(questions: QuestionSet, index: Index, repeat: int, answerer: str, settings: str) -> Head:
    """What a run of a set over an index is known by."""
    from importlib.metadata import version

    return Head(
        set=questions.name,
        sha256=questions.sha256,
        questions=len(questions.questions),
        repeat=repeat,
        snapshot=index.snapshot,
        embedder=index.manifest.embedder,
        settings_hash=settings,
        answerer=answerer,
        version=version("footnote-qa"),
    )


def _resumed(out: Path, head: Head) -> set[tuple[str, int]]:
    """The outcomes that `out` holds of this very run, after a line cut short has been taken off its end."""
    if not out.exists() or not out.stat().st_size:
        return set()
    text = out.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    if not whole:
        raise UsageError(f"{str(out)!r} is there and is no run.", next_step="--out with another name")
    found = head_of(whole.split(b"\n", 1)[0].decode("utf-8", "replace"), repr(str(out)))
    for name in Head.__slots__:
        if getattr(found, name) != getattr(head, name):
            raise UsageError(
                f"{str(out)!r} holds another run: its {name} is {getattr(found, name)!r}, not {getattr(head, name)!r}.",
                next_step="--out with another name, or delete that file",
            )
    if whole != text:
        os.truncate(out, len(whole))
    return {outcome.key for outcome in read(out)[1]}


def _begin(question: Question, turn: int, asked: Callable[[], Outcome]) -> "Future[Outcome]":
    """Ask in a thread of its own, so that one that hangs can be left behind."""
    told: Future[Outcome] = Future()

    def work() -> None:
        started = perf_counter()
        try:
            told.set_result(asked())
        except Exception as error:  # whatever goes wrong with one question is that question's outcome
            seconds = {"total": perf_counter() - started}
            told.set_result(Outcome(question, turn, None, f"{type(error).__name__}: {error}", seconds=seconds))

    threading.Thread(target=work, daemon=True).start()
    return told


def outcome_of(question: Question, turn: int, index: Index, ask: Ask, ids: Mapping[str, str]) -> Outcome:
    """Ask one question; `ids` as `ids_of` gives them. Raises whatever `ask` raises."""
    started = perf_counter()
    answer, hits = ask(question, index)
    said = answer.to_dict()
    seconds = {**said.pop("timings"), "total": perf_counter() - started}
    cited = []
    for citation in answer.citations:
        article = index.article(citation.article_id)
        text, start, end = article.text if article else "", citation.start, citation.end
        cited.append(Cited(text[start:end], text[max(0, start - AROUND) : start], text[end : end + AROUND]))
    ranked = tuple(Ranked(hit.passage.id, hit.article.id, hit.article.path) for hit in hits)
    return Outcome(question, turn, said, None, ranked, _gold(question, index, ids), tuple(cited), seconds)


def _gold(question: Question, index: Index, ids: Mapping[str, str]) -> tuple[Ranked, ...]:
    """Passages of the articles to cite that hold an accepted wording of a fact or an answer."""
    wordings = [wording for each in (*question.facts, *question.disagrees) for wording in each]
    wordings += [answer for answer in question.answers if answer]
    return tuple(
        Ranked(passage.id, article.id, article.path)
        for article in index.articles.articles([ids[cited] for cited in question.cites])
        for passage in index.articles.passages_of(article).values()
        if any(match.occurs(wording, passage.text) for wording in wordings)
    )
