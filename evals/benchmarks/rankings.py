"""How well the documents that answer are found: by words alone, by meaning alone, and as Footnote fuses the two."""

from collections.abc import Callable, Mapping, Sequence

from evals.benchmarks.archive import Archive, Options
from evals.benchmarks.table import Figures, figures
from evals.metrics.measure import Part
from index.opened import Index
from index.records import Hit
from rag.question import MAX_QUESTION
from rag.records import Filters
from rag.retrieve import retrieve

PASSAGES = 100  # looked at; a document stands where its first passage stands

Qrels = Mapping[str, Mapping[str, int]]  # by question, by document: how relevant, 0 is not


def _words(index: Index, question: str) -> list[Hit]:
    return index.hits(index.keywords.search(question, PASSAGES))


def _meaning(index: Index, question: str) -> list[Hit]:
    return index.hits(index.vectors.search(index.embedder.encode([question])[0], PASSAGES))


def _fused(index: Index, question: str) -> list[Hit]:
    return retrieve(index, question, Filters(), PASSAGES)


SEARCHES: dict[str, Callable[[Index, str], list[Hit]]] = {
    "BM25 alone": _words,
    "vectors alone": _meaning,
    "fused": _fused,
}


def retrieval(archive: Archive, questions: Mapping[str, str], qrels: Qrels, measures: Mapping[str, str],
              options: Options, *, same_names: bool = True) -> dict[str, Figures]:  # fmt: skip
    """A row for each search: figures by name, from measures by their names in ir-measures, over the questions of `qrels`.

    Without `same_names` a document does not count as found for the question of the same name: BEIR has some that are both.
    """
    rows = {}
    for label, search in SEARCHES.items():
        ranking = {}
        for number, key in enumerate(qrels):
            options.progress(f"searching: {label}", number, len(qrels))
            asked = " ".join(questions[key].split())[:MAX_QUESTION]
            found = dict.fromkeys(archive.names[hit.article.path] for hit in search(archive.index, asked))
            ranking[key] = [name for name in found if same_names or name != key]
        options.progress(f"searching: {label}", len(qrels), len(qrels))
        rows[label] = figures(judged(measures, qrels, ranking))
    return rows


def judged(measures: Mapping[str, str], qrels: Qrels, ranking: Mapping[str, Sequence[str]]) -> dict[str, list[Part]]:
    """What ir-measures says of every question's ranking, best first; a question that found nothing has 0.

    Gains of nDCG are the grades themselves, as trec_eval and so BEIR have them, not 2 to their power.
    """
    import ir_measures

    if not qrels:
        return {}
    rows = {str(row): key for row, key in enumerate(qrels)}
    graded = {row: dict(qrels[key]) for row, key in rows.items()}
    # Without an entry of its own, ir-measures would leave a question that found nothing out.
    scored = {row: {name: -float(rank) for rank, name in enumerate(ranking[key])} or {"": 0.0} for row, key in rows.items()}
    parsed = {name: ir_measures.parse_measure(measure) for name, measure in measures.items()}
    values = {
        (each.measure, each.query_id): float(each.value)
        for each in ir_measures.iter_calc(list(parsed.values()), graded, scored)
    }
    return {name: [(values.get((measure, row), 0.0), 1.0) for row in rows] for name, measure in parsed.items()}
