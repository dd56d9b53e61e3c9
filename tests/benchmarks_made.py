"""Tiny copies of the benchmarks' files, in the form in which their projects publish them."""

import json
import zipfile
from pathlib import Path
from typing import Any

BRIDGE = "The Marram Bridge was opened in 1878. It has four arches of red stone."
FERRY = "The ferry to Hollow Island sails twice a day. A return ticket costs nine crowns."
MARKET = "The fish market of Port Ellery closed its doors in April. Traders moved to the quay."
CORPUS = [
    ("bridge", "Marram Bridge", BRIDGE),
    ("ferry", "", FERRY),
    ("market", "Fish market", MARKET),
    ("q-same", "", "Herring."),
]
QRELS = "query-id\tcorpus-id\tscore\nq-ferry\tferry\t2\nq-ferry\tmarket\t1\nq-same\tmarket\t1\nq-same\tq-same\t1\n"


def lines(*entries: dict[str, Any]) -> str:
    return "".join(json.dumps(entry) + "\n" for entry in entries)


def written(folder: Path, **files: str) -> Path:
    """A folder of files, `a__b` in a name standing for `a/b` and `_DOT_` for a dot."""
    for name, text in files.items():
        file = folder / name.replace("__", "/").replace("_DOT_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def beir(folder: Path) -> Path:
    return written(
        folder,
        corpus_DOT_jsonl=lines(*({"_id": name, "title": title, "text": text} for name, title, text in CORPUS)),
        queries_DOT_jsonl=lines(
            {"_id": "q-ferry", "text": "ferry ticket"}, {"_id": "q-same", "text": "herring market"}, {"_id": "q-0", "text": "x"}
        ),
        qrels__test_DOT_tsv=QRELS,
    )


def zipped(folder: Path, top: str = "tiny/") -> Path:
    target = folder.with_suffix(".zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, top + file.relative_to(folder).as_posix())
    return target


def squad(file: Path, *, unanswerable: bool = False) -> Path:
    """Two articles of one and two paragraphs, with two questions and one; one more that nothing answers if asked for."""

    def qas(*questions: tuple[str, str, str]) -> list[dict[str, Any]]:
        return [{"id": name, "question": text, "answers": [{"text": answer}]} for name, text, answer in questions]

    first = qas(("a", "In what year was the Marram Bridge opened?", "1878"), ("b", "How many arches has the bridge?", "four"))
    second = qas(("c", "How much does a return ticket cost?", "nine crowns"))
    if unanswerable:
        second.append({"id": "d", "question": "Who composed the opera Tosca?", "answers": [], "is_impossible": True})
    data = [
        {"title": "Marram_Bridge", "paragraphs": [{"context": BRIDGE, "qas": first}]},
        {"title": "Ferries", "paragraphs": [{"context": FERRY, "qas": second}, {"context": MARKET, "qas": []}]},
    ]
    file.write_text(json.dumps({"version": "x", "data": data}), encoding="utf-8")
    return file


def plain(folder: Path, *questions: dict[str, Any], articles: str = "articles/") -> Path:
    written(folder, questions_DOT_json=json.dumps(questions))
    for name, text in (("bridge", BRIDGE), ("ferry", FERRY), ("market", MARKET)):
        file = folder / f"{articles}{name}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


YEAR = {"id": 1, "question": "In what year was the Marram Bridge opened?", "answer": "1878", "gold": ["bridge"]}
TICKET = {
    "id": "t",
    "question": "How much does a return ticket cost?",
    "answers": ["nine crowns"],
    "gold": ["ferry.txt"],
    "choices": ["two crowns", "nine crowns", "a shilling"],
    "date": "2023-03-01",
}
TOSCA = {"id": "o", "question": "Who composed the opera Tosca?"}
