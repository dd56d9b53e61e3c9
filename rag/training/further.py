"""How likely a further sentence has to be beside the first one to be shown, too: `rag.extract.FURTHER`.

    python -m rag.training.further --data DATA

In CLAPnq annotators chose every sentence of a passage that belongs to an answer. Over the even-numbered half of its answerable
questions, each asked of its own passage, the sentences that would be shown are compared with those that were chosen. Nothing
is learned from them but this one share.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from index.build import sync
from index.opened import open_index
from rag import extract
from rag.lexicon import Lexicon
from rag.records import Evidence, Filters
from rag.retrieve import retrieve

SHARES = tuple(round(float(share), 2) for share in np.arange(0.2, 0.95, 0.05))


def judged(entry: dict[str, Any], folder: Path) -> tuple[list[Evidence], list[str], Lexicon]:
    """The sentences of a question's passage with their chances, and those that annotators chose."""
    passage, output = entry["passages"][0], entry["output"]
    (folder / "articles").mkdir(parents=True)
    record = {"title": passage["title"], "text": passage["text"]}
    (folder / "articles" / "passage.json").write_text(json.dumps(record), encoding="utf-8")
    sync([folder / "articles"], folder / "index")
    index = open_index(folder / "index")
    hits = retrieve(index, str(entry["input"]), Filters())
    chosen = [" ".join(str(each).split()) for answer in output for each in answer["selected_sentences"]]
    return extract.judge(str(entry["input"]), hits, index), chosen, index.lexicon


def main() -> None:
    """Print, by share, how many sentences are shown, how many of them were chosen, how many chosen are shown, and F0.5."""
    parser = argparse.ArgumentParser(description="Fit how likely a further sentence has to be.")
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds clapnq/")
    options = parser.parse_args()
    lines = (options.data / "clapnq/answerable.jsonl").read_text(encoding="utf-8").splitlines()[::2]
    threshold = extract.fitted().threshold
    counts = {share: np.zeros(3) for share in SHARES}  # shown, of those chosen, chosen that are shown
    wanted = 0
    with tempfile.TemporaryDirectory() as scratch:
        for number, line in enumerate(lines):
            evidence, chosen, lexicon = judged(json.loads(line), Path(scratch) / str(number))
            if not evidence or evidence[0].score < threshold or not chosen:
                continue
            wanted += len(set(chosen))
            for share in SHARES:
                shown = [
                    " ".join(fact.shown.text.split()) for fact in extract.pick(evidence, threshold, lexicon, further=share)
                ]
                right = [text for text in shown if any(each in text or text in each for each in chosen)]
                found = {each for each in set(chosen) if any(each in text or text in each for text in shown)}
                counts[share] += len(shown), len(right), len(found)
    print(f"share: shown, of them chosen, of {wanted} chosen shown, F0.5")
    for share, (total, true, held) in counts.items():
        precision, recall = float(true / max(total, 1)), float(held / max(wanted, 1))
        balance = 1.25 * precision * recall / max(0.25 * precision + recall, 1e-9)
        print(f"{share:.2f}: {total:.0f}, {precision:.3f}, {recall:.3f}, {balance:.3f}")


if __name__ == "__main__":
    main()
