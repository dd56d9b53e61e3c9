"""500 questions of SQuAD 2.0's development set with their passages, in the layout of github zc277584121/search-datasets."""

from pathlib import Path

from evals.benchmarks import squad
from evals.benchmarks.archive import Document, Options
from evals.benchmarks.files import Files
from evals.benchmarks.table import Measured

EXPECTED = (
    'a folder or zip with queries.json, {"queries": [{"id", "question", "context"}]}, '
    'and ground_truth.json, {id: {"answers", "is_impossible"}}'
)
COMMAND = "footnote eval bench squad2-500 FOLDER"


def measure(path: Path, options: Options) -> Measured:
    """Index the different contexts and ask every question, of its own passage and of all."""
    files = Files(path, EXPECTED, COMMAND)
    golds = files.document("ground_truth.json")
    documents: dict[str, Document] = {}
    asked = []
    for number, entry in enumerate(files.list(files.document("queries.json"), "queries", files.where("queries.json"))):
        where = f"{files.where('queries.json')}: queries[{number}]"
        name, context = files.text(entry, "id", where), files.text(entry, "context", where)
        gold = golds.get(name) if isinstance(golds, dict) else None
        place = f"{files.where('ground_truth.json')}: {name!r}"
        answers = [str(answer) for answer in files.list(gold, "answers", place)]
        document = documents.setdefault(context, Document(str(len(documents)), context))
        unanswerable = bool(gold and gold.get("is_impossible", not any(answers)))
        question = squad.question(name, files.asked(entry, "question", where), answers, unanswerable)
        asked.append(squad.Asked(question, document.name))
    if not asked:
        raise files.wrong(f"{files.where('queries.json')} holds no questions")
    return squad.compare(asked, list(documents.values()), f"squad2-500-{files.name}", options, halves=True)
