"""An answer that a language model writes, every sentence of it checked; whatever fails, the answer that needs no model.

hits -> numbered sentences -> prompt -> reply -> sentences judged -> one repair -> `Answer`. Nothing here asks the network: that
is `rag/calls.py`. Nothing here decides what is borne out: that is `rag/judge.py`.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Generator as Generates
from contextlib import suppress
from dataclasses import dataclass, replace
from time import perf_counter

from index.errors import UsageError
from index.opened import Index
from rag import conflict, numbered, prompt, verify
from rag.cache import Cache, key_of
from rag.calls import Calls
from rag.cite import citation, nearest
from rag.events import Again, Event, Said, Text
from rag.forms import folded
from rag.generate import Failure, Generator, LiteLLM, Message, count_tokens, load
from rag.judge import Judge, Judged, assembled
from rag.limits import Limits
from rag.look import Asked
from rag.marks import Said as Reply
from rag.marks import parse, provisional
from rag.records import REFUSAL, Answer

MOST_REPAIRED = 8  # sentences in one repair
LOOK = 40  # characters after which a reply that is still coming is looked at for whole sentences
LEAST_TIME = 1.0  # seconds that must be left for a repair
DECLINED = f"{REFUSAL} The language model found nothing in the articles it was shown."


@dataclass(frozen=True, slots=True)
class Model:
    """What is asked to write: a model, those that stand in for it, where they are served, within which limits."""

    name: str
    api_base: str | None
    fallback: tuple[str, ...]
    strict: bool
    limits: Limits
    generators: tuple[Generator, ...] = ()  # asked instead of litellm: a scripted model, a library of one's own

    def calls(self) -> Calls:
        """The calls of one answer."""
        if self.generators:
            return Calls(self.generators, self.limits)
        with suppress(Failure):  # where it is not installed, the first call says so
            load()  # seconds, which are not to be taken for the model's
        models = [
            LiteLLM(name, self.api_base, self.limits, stands_in=name != self.name) for name in (self.name, *self.fallback)
        ]
        return Calls(models, self.limits)

    def settings(self, own: str) -> str:
        """Twelve hex digits over all that shapes an answer, Footnote's own settings first."""
        parts = [own, prompt.VERSION, self.name, self.api_base, self.fallback, self.strict, verify.MEANING,
                 self.limits.prompt_tokens, self.limits.reply_tokens]  # fmt: skip
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def chosen(
    name: str | Generator | None, api_base: str | None, fallback: str | Sequence[str], strict: bool, limits: Limits | None
) -> Model | None:
    """The model that was asked for, if any. Raises UsageError for an address or a fallback of none."""
    if name is None:
        if api_base or fallback:
            raise UsageError("An address or a fallback is of no use without a model.", next_step="--model NAME as well")
        return None
    others, limits = (fallback,) if isinstance(fallback, str) else tuple(fallback), limits or Limits.from_environment()
    if isinstance(name, str):
        return Model(name, api_base, others, strict, limits)
    return Model(name.name, api_base, others, strict, limits, generators=(name,))


def written(
    asked: Asked,
    index: Index,
    model: Model,
    calls: Calls,
    settings: str,
    plain: Callable[[], Answer],
    dispute: Callable[[], conflict.Dispute | None],
    failure: Failure | None,
) -> Iterator[Event]:
    """Events of an answer by a model, the `Answer` last; `plain` makes the one that needs none.

    `dispute` finds what the sources differ on, which is shown beside what the model wrote. `failure` is why models are not
    to be asked at all: they failed to make the question whole.
    """
    cache = Cache(model.limits.folder if model.limits.cache else None)
    key = key_of([index.snapshot, prompt.VERSION, model.name, model.api_base, settings, asked.question, asked.searched,
                  asked.history, str(asked.filters)])  # fmt: skip
    if (kept := cache.get(key)) is not None:
        yield from whole(replace(kept, timings=asked.timings(perf_counter())))
        return
    given = numbered.number(asked.hits, index.lexicon, model.limits.prompt_tokens, lambda text: count_tokens(model.name, text))
    if not given.sources:
        yield from whole(plain())
        return
    judge = Judge(given, index, asked.searched)
    try:
        if failure:
            raise failure
        reply = yield from _reply(
            prompt.answering(asked.searched if asked.history else asked.question, given.told()), judge, calls, model.strict
        )
    except Failure as problem:
        yield from whole(degraded(plain(), f"{problem.words}, so this answer was made without a language model.", calls))
        return
    answer = _answer(reply, asked, index, model, judge, calls, settings, dispute)
    if answer is None:
        why = f"Nothing that {calls.answerer} wrote is borne out by the articles, so this answer was made without it."
        yield from whole(degraded(plain(), why, calls))
        return
    if not answer.degraded:
        cache.put(key, replace(answer, usage={"cached": 1.0}, timings={}))
    yield replace(answer, timings=asked.timings(perf_counter()) | {"model": calls.usage.seconds})


def degraded(answer: Answer, why: str, calls: Calls) -> Answer:
    """An answer without a model that says why it is one, with what was spent in vain."""
    used = calls.usage.to_dict() if calls.usage.calls else None
    return replace(answer, degraded=why, usage=used)


def whole(answer: Answer) -> Iterator[Event]:
    """The events of an answer that is whole already."""
    for sentence in answer.sentences:
        yield Said(sentence, answer.citations)
    yield answer


def _reply(messages: Sequence[Message], judge: Judge, calls: Calls, strict: bool) -> Generates[Event, None, str]:
    """Stream a reply: its words as they come, its sentences as they close. Gives the whole of it. Raises Failure."""
    reply, shown, closed, looked = "", "", 0, 0
    for piece in calls.stream(messages):
        if isinstance(piece, Again):
            yield piece
            reply, shown, closed, looked = "", "", 0, 0
            continue
        reply += piece
        now = provisional(reply)
        if now.startswith(shown) and now != shown:
            yield Text(now[len(shown) :])
            shown = now
        if len(reply) - looked >= LOOK and any(mark in reply[looked:] for mark in ".!?。！？\n"):
            looked, said = len(reply), parse(reply)
            for place in range(closed, len(said) - 1):  # the last may go on
                judged = [found for each in said[: place + 1] if (found := judge.judge(each))]
                sentences, citations = assembled(judged, strict=strict)
                if judge.judge(said[place]) and sentences and sentences[-1].text == said[place].text:
                    yield Said(sentences[-1], citations)
            closed = max(closed, len(said) - 1)
    return reply


def _answer(reply: str, asked: Asked, index: Index, model: Model, judge: Judge, calls: Calls, settings: str,
            dispute: Callable[[], conflict.Dispute | None]) -> Answer | None:  # fmt: skip
    """The answer that a whole reply comes to; None when nothing in it is borne out."""
    said = parse(reply)
    declined = [each for each in said if folded(each.text).strip(" .") == folded(REFUSAL).strip(" .")]
    judged = [found for each in said if each not in declined and (found := judge.judge(each))]
    answerer, problems = calls.answerer, tuple(calls.problems)
    judged = _repaired(judged, judge, calls)
    supported = any(each.supported for each in judged)
    if not supported and not declined:
        return None
    sentences, citations = assembled(judged, strict=model.strict) if supported else ((), ())
    differing = dispute() if supported else None
    if differing:
        further = enumerate(conflict.uncited(differing, citations), len(citations) + 1)
        citations += tuple(citation(number, each, judge.copies.carrying(each)) for number, each in further)
    return Answer(
        question=asked.question,
        searched_for=asked.searched,
        filters=asked.filters,
        sentences=sentences,
        citations=citations,
        refused=not supported,
        reason=None if supported else DECLINED,
        short=None,
        disagreements=(conflict.disagreement(asked.searched, differing, sentences, citations),) if differing else (),
        nearest=() if supported else nearest([hit.article for hit in asked.hits]),
        answerer=answerer,
        snapshot=index.snapshot,
        settings_hash=settings,
        degraded=f"{'; '.join(problems)}, so {answerer} answered." if problems else None,
        rejected=sum(each.rejected for each in judged),
        usage=calls.usage.to_dict(),
    )


def _repaired(judged: list[Judged], judge: Judge, calls: Calls) -> list[Judged]:
    """The sentences with those that were not borne out written again, where one further call mends them."""
    failing = [place for place, each in enumerate(judged) if not each.supported][:MOST_REPAIRED]
    if not failing or calls.left < LEAST_TIME:
        return judged
    asked = [
        (
            judged[place].said.text,
            judged[place].why or "",
            [(number, line.text) for number, line in judge.evidence(judged[place].said)],
        )
        for place in failing
    ]
    try:
        reply = calls.text(prompt.repairing(asked))
    except Failure:
        return judged  # the answer is whole; what could not be mended stays unsupported
    mended = list(judged)
    for line in reply.splitlines():
        letter, colon, text = line.strip().lstrip("-*• ").partition(":")
        place = ord(letter) - ord("A") if colon and len(letter) == 1 else -1
        if not 0 <= place < len(failing):
            continue
        found = [judge.judge(each) for each in parse(text)]
        if found and all(each is not None and each.supported for each in found):
            parts = [each for each in found if each is not None]
            old = judged[failing[place]]
            words = Reply(
                " ".join(each.said.text for each in parts), tuple(dict.fromkeys(i for each in parts for i in each.said.ids))
            )
            units = tuple(dict.fromkeys(each for part in parts for each in part.units))
            mended[failing[place]] = Judged(words, units, None, old.rejected + sum(each.rejected for each in parts))
    return mended
