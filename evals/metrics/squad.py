"""SQuAD's own way of comparing a short answer with gold answers (Rajpurkar et al. 2016 and 2018, evaluate-v2.0.py)."""

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence

from evals.metrics.measure import Part
from evals.outcomes import Outcome

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalised(text: str) -> str:
    """Lower case, without ASCII punctuation, articles and extra white space.

    >>> normalised("The  U.N. blacklist!")
    'un blacklist'
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact(predicted: str, gold: str) -> float:
    """1 when both are the same once normalised, else 0."""
    return float(normalised(predicted) == normalised(gold))


def f1(predicted: str, gold: str) -> float:
    """Harmonic mean of the precision and recall of tokens; when one is empty, 1 if both are.

    >>> f1("about 7,000 prisoners", "7,000 prisoners")
    0.8
    """
    ours, theirs = normalised(predicted).split(), normalised(gold).split()
    if not ours or not theirs:
        return float(ours == theirs)
    same = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * same / (len(ours) + len(theirs)) if same else 0.0


def predicted(outcome: Outcome) -> str:
    """The short answer, else the first sentence; empty for a refusal or an error."""
    if outcome.answer is None or outcome.refused:
        return ""
    sentences: Sequence[dict[str, str]] = outcome.answer["sentences"]
    return outcome.answer["short"] or (sentences[0]["text"] if sentences else "")


def best(outcome: Outcome, compare: Callable[[str, str], float]) -> Part:
    """The best comparison with any gold answer; nothing for a question without gold answers."""
    if not outcome.question.answers:
        return None
    if outcome.error is not None:
        return 0.0, 1.0
    return max(compare(predicted(outcome), gold) for gold in outcome.question.answers), 1.0
