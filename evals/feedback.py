"""What readers of the page said of answers -> questions that `footnote eval run` asks: a bad answer becomes a test.

The page keeps `feedback.jsonl` beside its index (`ui/feedback.py`), one JSON object a line; no more is known of it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evals import questions
from evals.questions import Question
from index.errors import UsageError

FILE = "feedback.jsonl"
ANY_ANSWER = "re:."  # a wording that every answer holds and no refusal, for which nothing is looked at


def read(path: Path) -> tuple[list[Question], list[str]]:
    """The questions of a feedback file or of the folder that holds one, and what was left out, in words.

    The last judgement of one question in one setting counts. Raises UsageError when there is no such file.
    """
    places = [path, path / FILE, path / "feedback" / FILE]
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        raise UsageError(
            f"No feedback at {str(path)!r}.", next_step="footnote eval add-feedback INDEX --out my-questions.jsonl"
        )
    found: dict[str, Question] = {}
    left_out = []
    for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        try:
            told = json.loads(line)
            question = question_of(told, f"{file}:{number}")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, UsageError) as error:
            left_out.append(error.message if isinstance(error, UsageError) else f"{file}:{number}: no feedback.")
            continue
        key = json.dumps([told.get("question"), told.get("history"), told.get("filters")])
        found.pop(key, None)
        found[key] = question
    return list(found.values()), left_out


def question_of(told: Mapping[str, Any], where: str) -> Question:
    """What a judgement expects of the next answer.

    A good answer: its sources and the words that answered, or the refusal. A bad one: a refusal when the reader says that
    the archive does not answer; the right words when the reader gave them; some answer when the archive was said to hold
    one; and otherwise that what was said is not said again.
    """
    entry: dict[str, Any] = {
        "id": f"feedback-{told['id']}",
        "question": told["question"],
        "history": told["history"],
        "filters": told["filters"],
        "tags": ["feedback", "good" if told["good"] else f"bad-{told['reason']}"],
    }
    right, refused = _wording(str(told.get("right") or "")), bool(told["refused"])
    if told["good"]:
        if refused:
            entry["refuse"] = True
        else:
            entry["cites"] = list(told["cited"])
            entry["facts"] = [[_wording(told["short"])]] if told.get("short") else []
    elif told["reason"] == "refuse":
        entry["refuse"] = True
    elif right:
        entry["facts"] = [[right]]
    elif refused or told["reason"] == "missing":
        entry["facts"] = [[ANY_ANSWER]]
    else:
        entry["forbid"] = [_wording(told["short"])] if told.get("short") else [_wording(each) for each in told["said"]]
    return questions.parse(entry, where)


def add(new: Sequence[Question], file: Path) -> int:
    """Put questions into a set of JSON lines, after those that are there; those it has by id are passed over. Says how many."""
    if file.suffix != ".jsonl":
        raise UsageError(f"{str(file)!r} is no .jsonl file.", next_step="--out my-questions.jsonl")
    held = {each.id for each in questions.load(file).questions} if file.exists() and file.stat().st_size else set()
    fresh = [each for each in new if each.id not in held]
    with file.open("a", encoding="utf-8") as out:
        out.writelines(json.dumps(each.to_dict(), ensure_ascii=False) + "\n" for each in fresh)
    return len(fresh)


def _wording(words: str) -> str:
    """Words as a wording, which must not be read as a regular expression."""
    words = " ".join(words.split())
    return f"re:{re.escape(words)}" if words.startswith("re:") else words
