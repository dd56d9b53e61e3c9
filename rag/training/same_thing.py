"""How often the words of a question tell that another article's value is on the thing that is asked: `rag.claims.COVERED`.

    python -m rag.training.same_thing

In the made-up stories of `stories.jsonl`, each told in four articles that hardly repeat one another, a value that another
article of the same story gives is nearly always one of something else. Every such value in a sentence that holds a share of
the question's words would be a disagreement that is none. Nothing is read: with the reader's threshold on top there are fewer.
"""

import tempfile
from collections import defaultdict
from pathlib import Path

from index.keyword import KeywordIndex
from index.sentences import spans
from rag.claims import asked_for, covered
from rag.lexicon import Lexicon
from rag.training.archives import Document
from rag.training.written import Written, of_documents, stories
from rag.values import Value, alike, same, values

SHARES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


def highest(question: Written, told: list[Document], lexicon: Lexicon) -> float | None:
    """The greatest share of a question's words in a sentence of another article that has another value; None for no number."""
    own = next(document for document in told if document.name == question.document)
    start, end = next(span for span in spans(own.text) if span[0] <= question.start < span[1])
    answers = [
        value
        for value in values(own.text[start:end], lexicon)
        if value.kind in asked_for(question.question)
        and value.start < question.end - start
        and question.start - start < value.end
    ]
    if not answers:
        return None
    others = [document.text[slice(*span)] for document in told if document is not own for span in spans(document.text)]
    return max(
        (covered(question.question, text, lexicon) for text in others if _another(answers[0], text, lexicon)), default=0.0
    )


def _another(value: Value, text: str, lexicon: Lexicon) -> bool:
    return any(alike(value, other) and not same(value, other) for other in values(text, lexicon))


def main() -> None:
    """Print the share of questions that would be said to be in dispute, by the share of words that is asked for."""
    told: dict[str, list[Document]] = defaultdict(list)
    for document in stories():
        told[document.group].append(document)
    group = {document.name: name for name, documents in told.items() for document in documents}
    with tempfile.TemporaryDirectory() as folder:
        lexicon = KeywordIndex(Path(folder) / "words")
        shares = [highest(each, told[group[each.document]], lexicon) for each in of_documents(stories())[0]]
    found = [share for share in shares if share is not None]
    print(f"{len(found)} questions whose answer is an amount, a share, a date or a time of day")
    for share in SHARES:
        wrong = sum(each >= share for each in found)
        print(f"{share:.0%} of the question's words in a sentence: {wrong / len(found):.3f} in dispute ({wrong})")


if __name__ == "__main__":
    main()
