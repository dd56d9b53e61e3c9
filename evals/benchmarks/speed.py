"""How fast Footnote indexes and answers on this machine: `make bench`.

Indexing is a ratio against sentence-transformers encoding the same passages in the same run, the two taking turns. Text
and questions are SquadShifts new_wiki where it is beside the checkout, else the sample archive.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[2] / "index" / "sample" / "articles"
SAMPLE_QUESTIONS = [
    "how many prisoners did the Taliban want released?",
    "when was the Marram Bridge closed?",
    "who is Tomas Niklasson?",
    "how did the council vote?",
    "what is the capital of France?",
]
_AT_REST = """
import sys, rag
index = rag.open(sys.argv[1])
rag.answer(sys.argv[2], index=index, reader=sys.argv[3] == "read")
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmRSS")))
"""


def material(data: Path, folder: Path, limit: int) -> list[str]:
    """Write articles into a folder and give questions to ask of them."""
    source = data / "squadshifts" / "new_wiki_v1.0.json"
    if not source.exists():
        for number in range(8):  # one copy is too little to time
            for file in sorted(SAMPLE.rglob("*.txt")):
                (folder / f"{number}-{file.name}").write_bytes(file.read_bytes() + b"\nCopy %d of it." % number)
        return SAMPLE_QUESTIONS * 10
    questions: list[str] = []
    written = 0
    for article in json.loads(source.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            if written == limit:
                return questions
            record = {"title": article["title"].replace("_", " "), "text": paragraph["context"]}
            (folder / f"{written:05d}.json").write_text(json.dumps(record), encoding="utf-8")
            questions += [entry["question"] for entry in paragraph["qas"][:1]]
            written += 1
    return questions


def indexing(articles: Path, folder: Path, rounds: int) -> tuple[int, float, float]:
    """Passages, and the best seconds of `rounds` turns: ours from files to a published index, then the plain encode."""
    from index import embed
    from index.build import sync
    from index.chunk import embedded_text
    from index.opened import open_index
    from index.packaged import packaged_folder

    model = embed.load()
    model.encode(["warm up"])
    ours, plain, texts = [], [], list[str]()
    for number in range(rounds):
        start = time.perf_counter()
        sync([articles], folder / f"index-{number}", embedder=model)
        ours.append(time.perf_counter() - start)
        if not texts:
            index = open_index(folder / "index-0", embedder=model)
            for article in index.articles.articles():
                texts += [embedded_text(article, p.text) for p in index.articles.passages_of(article).values()]
            index.close()
        from sentence_transformers import SentenceTransformer

        peer = SentenceTransformer(str(packaged_folder()), device="cpu")
        start = time.perf_counter()
        peer.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        plain.append(time.perf_counter() - start)
    return len(texts), min(ours), min(plain)


def answering(index_dir: Path, questions: list[str]) -> list[float]:
    """Seconds of each warm answer."""
    import rag

    index = rag.open(index_dir)
    rag.answer("is it warm?", index=index)
    seconds = []
    for question in questions:
        start = time.perf_counter()
        rag.answer(question, index=index)
        seconds.append(time.perf_counter() - start)
    return seconds


def reading(index_dir: Path, questions: list[str]) -> list[float]:
    """Seconds in which the reader reads the best eight passages with a question, all sentences judged."""
    import rag
    from rag.evidence import candidates
    from rag.extract import MAX_READ, margins
    from rag.records import Filters
    from rag.retrieve import retrieve

    index = rag.open(index_dir)
    seconds = []
    for question in questions:
        found = candidates(retrieve(index, question, Filters())[:MAX_READ])
        start = time.perf_counter()
        margins(question, found)
        seconds.append(time.perf_counter() - start)
    return seconds


def embedding(questions: list[str]) -> tuple[float, float]:
    """Median seconds in which a question is embedded: ours, and by sentence-transformers, taking turns."""
    from sentence_transformers import SentenceTransformer

    from index import embed
    from index.packaged import packaged_folder

    ours, peer = embed.load(), SentenceTransformer(str(packaged_folder()), device="cpu")
    took: dict[str, list[float]] = {"ours": [], "peer": []}
    for question in ["warm up", *questions]:
        for name, encode in (("ours", ours.encode), ("peer", peer.encode)):
            start = time.perf_counter()
            encode([question])
            took[name].append(time.perf_counter() - start)
    return statistics.median(took["ours"][1:]), statistics.median(took["peer"][1:])


def at_rest(index_dir: Path, question: str, how: str) -> int:
    """Kilobytes of a process that has the index open and gave one answer, "read" or by likeness alone."""
    command = [sys.executable, "-c", _AT_REST, str(index_dir), question, how]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def cold(index_dir: Path, question: str, rounds: int = 3) -> list[float]:
    """Seconds from start to answer of a fresh `footnote ask`."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "ui", "ask", question, "--index", str(index_dir)], capture_output=True, check=False
        )
        seconds.append(time.perf_counter() - start)
    return seconds


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description="Measure indexing and answering on this machine.")
    parser.add_argument("--data", type=Path, default=Path("../shared/bench"))
    parser.add_argument("--articles", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        articles = folder / "articles"
        articles.mkdir()
        questions = material(options.data, articles, options.articles)
        passages, ours, plain = indexing(articles, folder, options.rounds)
        index_dir = folder / "index-0"
        warm = sorted(answering(index_dir, questions[:100]))
        started = cold(index_dir, questions[0])
        read = reading(index_dir, questions[:100])
        one, other = embedding(questions[:100])
        rest, without = (at_rest(index_dir, questions[0], how) for how in ("read", "likeness"))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; {passages} passages\n")
    print("| measured | Footnote | peer | ratio |\n| --- | --- | --- | --- |")
    rates = f"{passages / ours:.1f} | {passages / plain:.1f} | {plain / ours:.2f}"
    print(f"| passages indexed a second (peer: sentence-transformers encode) | {rates} |")
    print(f"| warm answer, median of {len(warm)} | {statistics.median(warm) * 1000:.0f} ms | | |")
    print(f"| warm answer, 95th percentile | {warm[int(0.95 * (len(warm) - 1))] * 1000:.0f} ms | | |")
    print(f"| cold `footnote ask`, median of {len(started)} | {statistics.median(started):.1f} s | | |")
    print(f"| reading eight passages with a question, median of {len(read)} | {statistics.median(read) * 1000:.0f} ms | | |")
    rates = f"{one * 1000:.1f} ms | {other * 1000:.1f} ms | {other / one:.1f}"
    print(f"| embedding a question, median (peer: sentence-transformers) | {rates} |")
    print(f"| memory at rest, index open and one answer given | {rest / 1024:.0f} MB | | |")
    print(f"| of it because of the reader | {(rest - without) / 1024:.0f} MB | | |")


if __name__ == "__main__":
    main()
