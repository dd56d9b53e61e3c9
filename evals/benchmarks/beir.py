"""BEIR: retrieval with graded judgements (Thakur et al. 2021); nDCG@10 as BEIR counts it."""

from collections.abc import Mapping
from pathlib import Path

from evals.benchmarks.archive import Document, Options, indexed, some, unread
from evals.benchmarks.files import Files
from evals.benchmarks.rankings import retrieval
from evals.benchmarks.table import Measured

EXPECTED = "a BEIR folder or zip with corpus.jsonl, queries.jsonl and qrels/test.tsv"
COMMAND = "footnote eval bench beir FOLDER-OR-ZIP"
MEASURES = {"nDCG@10": "nDCG@10"}


def measure(path: Path, options: Options) -> Measured:
    """Index the corpus and rank its documents for every query that has judgements."""
    files = Files(path, EXPECTED, COMMAND)
    qrels = _judgements(files, f"qrels/{options.split}.tsv")
    queries = {
        files.text(entry, "_id", where): files.text(entry, "text", where) for where, entry in files.entries("queries.jsonl")
    }
    lost = next((query for query in qrels if query not in queries), None)
    if lost is not None:
        raise files.wrong(f"{files.where('queries.jsonl')} lacks the query {lost!r}, which has judgements")
    asked = dict(list(qrels.items())[: options.limit])
    wanted = {name for grades in asked.values() for name, grade in grades.items() if grade > 0}
    documents = some(_documents(files), wanted, options.limit)
    with indexed(documents, f"beir-{files.name}", options) as archive:
        rows = retrieval(archive, queries, asked, MEASURES, options, same_names=False)
        return Measured(rows, len(asked), len(documents), archive.passages, unread(archive.skipped))


def _documents(files: Files) -> list[Document]:
    return [
        Document(files.text(entry, "_id", where), files.text(entry, "text", where), files.optional(entry, "title", where))
        for where, entry in files.entries("corpus.jsonl")
    ]


def _judgements(files: Files, member: str) -> Mapping[str, Mapping[str, int]]:
    """Grades by query and document; the first line may be a header."""
    found: dict[str, dict[str, int]] = {}
    for number, (where, line) in enumerate(files.lines(member)):
        match line.split("\t"):
            case [query, document, grade] if grade.strip().removeprefix("-").isdecimal():
                found.setdefault(query, {})[document] = int(grade)
            case [_, _, _] if number == 0:
                pass
            case _:
                raise files.wrong(f"{where}: no query, document and grade between tabs: {line[:60]!r}")
    if not found:
        raise files.wrong(f"{files.where(member)} holds no judgements")
    return found
