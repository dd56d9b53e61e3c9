"""tantivy against bm25s for keyword search at 200,000 passages.

    python -m evals.benchmarks.keyword_engines --data DATA

Passages are the 1,581 of SquadShifts new_wiki, whose questions are asked, among made-up ones that mix sentences of its
Amazon and Reddit halves. Both engines get the same stems; each runs in a process of its own, so that memory is its own.
"""

import argparse
import json
import multiprocessing
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from index.keyword import STOP_WORDS, KeywordIndex, words
from index.sentences import spans


def material(data: Path, size: int) -> tuple[list[str], list[tuple[str, int]]]:
    """Passages, and questions with the row of the passage that answers each."""
    passages: list[str] = []
    questions: list[tuple[str, int]] = []
    for article in json.loads((data / "squadshifts/new_wiki_v1.0.json").read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            questions += [(entry["question"], len(passages)) for entry in paragraph["qas"][:1]]
            passages.append(paragraph["context"])
    sentences = []
    for name in ("amazon_reviews_v1.0.json", "reddit_v1.0.json"):
        for article in json.loads((data / "squadshifts" / name).read_text(encoding="utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                text = paragraph["context"]
                sentences += [text[start:end] for start, end in spans(text)]
    order = random.Random(1)
    while len(passages) < size:
        passages.append(" ".join(order.choices(sentences, k=8)))
    return passages, order.sample(questions, 500)


def measure(build: Callable[[list[str]], Any], search: Callable[[Any, str], list[int]], add: Callable[[Any], Any],
            passages: list[str], questions: list[tuple[str, int]]) -> dict[str, float]:  # fmt: skip
    """Seconds, megabytes and hits of one engine."""
    before = _memory()
    start = time.perf_counter()
    engine = build(passages)
    built = time.perf_counter() - start
    seconds, hits = [], 0
    for question, row in questions:
        start = time.perf_counter()
        found = search(engine, question)
        seconds.append(time.perf_counter() - start)
        hits += row in found
    memory = _memory() - before
    start = time.perf_counter()
    add(engine)
    return {
        "build s": built,
        "query ms": statistics.median(seconds) * 1000,
        "memory MB": memory,
        "one-article sync s": time.perf_counter() - start,
        "Hit@10": hits / len(questions),
    }


def tantivy(passages: list[str], questions: list[tuple[str, int]]) -> dict[str, float]:
    """Footnote's own keyword index."""
    with tempfile.TemporaryDirectory() as name:

        def build(texts: list[str]) -> KeywordIndex:
            index = KeywordIndex(Path(tempfile.mkdtemp(dir=name)) / "keyword")
            index.add(((row, "", text) for row, text in enumerate(texts)))
            return index

        return measure(
            build,
            lambda index, question: [row for row, _ in index.search(question, 10)],
            lambda index: build(passages),  # a generation is written whole, so that equal content ranks equally
            passages,
            questions,
        )


def bm25s(passages: list[str], questions: list[tuple[str, int]]) -> dict[str, float]:
    """bm25s with tantivy's stemmer and our stop words; it cannot add, so a sync builds it anew."""
    import bm25s as library

    with tempfile.TemporaryDirectory() as name:
        stems = KeywordIndex(Path(name) / "keyword").stems

        def tokens(text: str) -> list[str]:
            return stems(" ".join(word for word in words(text) if word not in STOP_WORDS))

        def build(texts: list[str]) -> Any:
            index = library.BM25()
            index.index([tokens(text) for text in texts], show_progress=False)
            return index

        return measure(
            build,
            lambda index, question: index.retrieve([tokens(question)], k=10, show_progress=False)[0][0].tolist(),
            lambda index: build(passages),
            passages,
            questions,
        )


def _memory() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


def main() -> None:
    """Measure both and print a Markdown table."""
    parser = argparse.ArgumentParser(description="Compare keyword engines.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--size", type=int, default=200_000)
    options = parser.parse_args()
    passages, questions = material(options.data, options.size)
    context = multiprocessing.get_context("fork")
    results = {}
    for engine in (tantivy, bm25s):
        with context.Pool(1) as pool:
            results[engine.__name__] = pool.apply(engine, (passages, questions))
    print(f"{len(passages)} passages, {len(questions)} questions\n\n| | tantivy | bm25s |\n| --- | --- | --- |")
    for name in results["tantivy"]:
        print(f"| {name} | {results['tantivy'][name]:.3f} | {results['bm25s'][name]:.3f} |")


if __name__ == "__main__":
    main()
