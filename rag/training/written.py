"""Questions written for Footnote over the training passages: in everyday words, and close to the topic without an answer.

`written.tsv` has a line for each: document, "A" or "N", start and end of the answer (empty for "N"), question. Half of them ask
in other words than the passage's for something that it says (A), half for something that it does not say though it tempts to
think so (N). The passages are those of SquadShifts and QAMR, which are read where the user has them and are not kept here, and
of `stories.jsonl`: running news stories, made up for this, each told in four articles. `pairs.tsv` has the same form. Its
questions come in pairs that differ by a word or two, one of which the passage answers, and neither words nor manner tell which.
`changed.tsv`: what people asked in SquadShifts new_wiki, changed so that the passage no longer answers (N), or still does (A).
`exam.tsv`: as eight exam-writers of different manners would ask beside the passage. `subjects.tsv`: the same over
`subjects.jsonl`, passages of an encyclopedia and reports of a newspaper about everything, made up for this. `yes_no.tsv`:
questions to which the passage says yes or no, the answer being the words that settle it. `retold.tsv`: what one of the four
articles of a story in `retold.jsonl` answers and the others only seem to, and what none answers. A language model wrote
all of it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from rag.training.archives import Document, Question

WRITTEN, PAIRS, CHANGED, EXAM = "written.tsv", "pairs.tsv", "changed.tsv", "exam.tsv"
SUBJECTS, YES_NO, RETOLD = "subjects.tsv", "yes_no.tsv", "retold.tsv"


@dataclass(frozen=True, slots=True)
class Written:
    """One written question; `start` and `end` bound the answer in its document's text, both 0 when nothing there answers."""

    document: str
    start: int
    end: int
    question: str


def written(file: str = WRITTEN) -> list[Written]:
    """All questions of a file, in the order of their documents."""
    found = []
    for line in (files("rag.training") / file).read_text(encoding="utf-8").splitlines():
        document, kind, start, end, question = line.split("\t")
        found.append(Written(document, int(start), int(end), question) if kind == "A" else Written(document, 0, 0, question))
    return found


def stories() -> list[Document]:
    """The made-up articles; those of one story are a group."""
    return _made_up("stories.jsonl")


def subjects() -> list[Document]:
    """The made-up passages of an encyclopedia and of newspapers; those of one subject are a group."""
    return _made_up("subjects.jsonl")


def retold() -> list[Document]:
    """More stories, made up so that like details of one event stand in its four articles; those of one story are a group."""
    return _made_up("retold.jsonl")


def _made_up(file: str) -> list[Document]:
    lines = (files("rag.training") / file).read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    return [Document(each["name"], each["title"], each["text"], each["name"].rsplit("-", 1)[0]) for each in found]


def as_question(each: Written, text: str) -> Question:
    """A question as the public ones are, without answers when there are none; `text` is its document's."""
    if not each.end:
        return Question(each.question, each.document, (), ())
    words, context = text[each.start : each.end], text[max(0, each.start - 60) : each.end]
    return Question(each.question, each.document, (words,), (context,))


def as_questions(documents: Sequence[Document]) -> list[Question]:
    """All that are about some documents, as the public ones are."""
    by_name = {document.name: document for document in documents}
    return [as_question(each, by_name[each.document].text) for each in written() if each.document in by_name]


def of_documents(documents: Sequence[Document], file: str = WRITTEN) -> tuple[list[Written], list[Written]]:
    """The answered and the unanswered ones about some documents."""
    names = {document.name for document in documents}
    own = [each for each in written(file) if each.document in names]
    return [each for each in own if each.end], [each for each in own if not each.end]
