"""A language model's advice on which of two answers is better. It never decides anything.

Asked in both orders, since models favour a place (Zheng et al. 2023, "Judging LLM-as-a-Judge", section 3.3): only a verdict
that survives the swap counts. Pairs that people labelled are judged first, so that its agreement with them stands beside its
score.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evals.outcomes import Outcome

LABELLED = Path(__file__).parent / "judge_labelled.jsonl"
TIMEOUT = 60.0  # seconds a reply
PROMPT = """\
Two systems answered a question from an archive of news articles. Say which answer is better for a reader: it answers exactly
what was asked, it is right by what is expected, and it says nothing beside the point. Refusing is right only when a refusal is
expected. Length and style do not matter.

Question: {question}
Expected: {expected}

Answer A: {a}

Answer B: {b}

Reply with one word: A, B or SAME."""

Verdict = Literal["base", "new", "same"]
Complete = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers to one question, and which people found better where they were asked."""

    question: str
    expected: str
    base: str
    new: str
    better: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """How often the judge found which answer better, of answers that differ; and how often it agrees with people.

    `unsure` counts verdicts that turned with the order, and replies that were none. `failed` says why there is no advice.
    """

    model: str
    new: int = 0
    base: int = 0
    same: int = 0
    unsure: int = 0
    agreed: int = 0
    labelled: int = 0
    failed: str | None = None


def advise(base: Sequence[Outcome], new: Sequence[Outcome], model: str, api_base: str | None = None) -> Advice:
    """Ask a model through litellm; whatever goes wrong there is told in `Advice.failed`."""
    try:
        return judge(pairs(base, new), model, litellm_completion(model, api_base))
    except Exception as error:  # the network, the provider, the model: none of it may stop a comparison
        return Advice(model, failed=" ".join(f"{type(error).__name__}: {error}".split())[:300])


def judge(differing: Iterable[Pair], model: str, complete: Complete) -> Advice:
    """Judge the labelled pairs, then those given."""
    labelled = read_labelled()
    agreed = sum(verdict(pair, complete) == pair.better for pair in labelled)
    counts: dict[Verdict | None, int] = {"new": 0, "base": 0, "same": 0, None: 0}
    for pair in differing:
        counts[verdict(pair, complete)] += 1
    return Advice(model, counts["new"], counts["base"], counts["same"], counts[None], agreed, len(labelled))


def verdict(pair: Pair, complete: Complete) -> Verdict | None:
    """The verdict that holds in both orders; None when it turns with the order, or a reply is none."""
    one = _asked(pair, pair.base, pair.new, complete)
    two = _asked(pair, pair.new, pair.base, complete)
    named: dict[tuple[str | None, str | None], Verdict] = {("A", "B"): "base", ("B", "A"): "new", ("SAME", "SAME"): "same"}
    return named.get((one, two))


def pairs(base: Sequence[Outcome], new: Sequence[Outcome]) -> list[Pair]:
    """The answers that differ between two runs, the first of each question's repeats."""
    before = {outcome.question.id: outcome for outcome in reversed(base) if outcome.answer}
    found = []
    for outcome in new:
        old = before.get(outcome.question.id)
        if outcome.repeat == 0 and outcome.answer and old and old.answer and _words(old) != _words(outcome):
            found.append(Pair(outcome.question.question, _expected(outcome), _words(old), _words(outcome)))
    return found


def read_labelled() -> list[Pair]:
    """The pairs that people labelled."""
    return [Pair(**json.loads(line)) for line in LABELLED.read_text(encoding="utf-8").splitlines() if line.strip()]


def litellm_completion(model: str, api_base: str | None) -> Complete:
    """One reply from any model that litellm reaches; keys come from the environment."""
    import litellm

    def complete(prompt: str) -> str:
        reply = litellm.completion(
            model=model, messages=[{"role": "user", "content": prompt}], api_base=api_base, temperature=0, max_tokens=200,
            timeout=TIMEOUT, max_retries=0,
        )  # fmt: skip
        return str(reply.choices[0].message.content or "")

    return complete


def _asked(pair: Pair, a: str, b: str, complete: Complete) -> str | None:
    reply = complete(PROMPT.format(question=pair.question, expected=pair.expected, a=a, b=b))
    words = re.findall(r"\b(A|B|SAME)\b", reply)
    return words[-1] if words else None


def _words(outcome: Outcome) -> str:
    return str((outcome.answer or {"text": ""})["text"])


def _expected(outcome: Outcome) -> str:
    question = outcome.question
    if question.refuse:
        return "a refusal: the archive does not answer this"
    wordings = [" or ".join(each) for each in (*question.facts, *question.disagrees)]
    return "; ".join([*wordings, " or ".join(question.answers)]).strip("; ")
