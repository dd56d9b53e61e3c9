"""Train a reader: a small model that reads question and passage together and points at the words that answer, or at none.

    python -m rag.training.reader --data DATA --out OUT --minutes 55

Base: the packaged MiniLM-L6, its embeddings and first layer frozen. Data: SquadShifts (new_wiki without its last 8 articles,
reddit, amazon; CC BY 4.0) and the Wikinews half of QAMR without every fifth article (MIT). Half of what it reads holds no
answer: passages that keyword search finds for the question but that lack the answer, and right passages asked about with
another name or number. squad2-500, CLAPnq and the articles that tests ask about are kept out altogether.
"""

import argparse
import json
import random
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from index import embed
from index.keyword import KeywordIndex
from rag.reader import best_span
from rag.training.archives import held_out, new_wiki, wikinews

LENGTH = 224  # tokens of question and passage together
BATCH = 24
RATE = 1.5e-4
WARM_UP = 60  # steps
FROZEN_LAYERS = 1
_NAME = re.compile(r"(?<=\s)(?:[A-Z][\w’'-]+(?:\s[A-Z][\w’'-]+)*|\d[\d,.]*\d)")


@dataclass(frozen=True, slots=True)
class Example:
    """A question, a passage and where in it the answer stands (characters), or (0, 0) when it does not."""

    question: str
    passage: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """An example as token ids, with the first and last token of the answer; both 0, the first token, when there is none."""

    ids: list[int]
    types: list[int]
    start: int
    end: int


class Reader(torch.nn.Module):
    """The encoder with one linear layer that gives each token a start and an end logit."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        from transformers import AutoModel

        self.encoder = AutoModel.from_pretrained(str(folder), local_files_only=True, use_safetensors=True)
        self.span = torch.nn.Linear(self.encoder.config.hidden_size, 2)

    def forward(self, ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits of shape (batch, tokens, 2); tokens outside the passage are to be masked by the caller."""
        hidden = self.encoder(input_ids=ids, token_type_ids=types, attention_mask=mask).last_hidden_state
        logits: torch.Tensor = self.span(hidden)
        return logits


def squadshifts(file: Path) -> list[Example]:
    """Answerable examples of one half of SquadShifts, shortest answer first choice."""
    found = []
    for article in json.loads(file.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for entry in paragraph["qas"]:
                answer = min(entry["answers"], key=lambda answer: len(answer["text"]))
                start, words = answer["answer_start"], answer["text"].rstrip(" .,;")
                if words:
                    found.append(Example(entry["question"], paragraph["context"], start, start + len(words)))
    return found


def from_documents(documents: Sequence[Any], questions: Sequence[Any]) -> list[Example]:
    """Answerable examples from documents with titles; of long documents the surroundings of the answer."""
    by_name = {document.name: document for document in documents}
    found = []
    for question in questions:
        document = by_name[question.document]
        at = document.text.find(question.contexts[0])
        words = min(question.answers, key=len)
        start = document.text.find(words, at)
        if at < 0 or start < 0 or start > at + len(question.contexts[0]) + 2:
            continue
        first = max(0, document.text.rfind(". ", 0, max(0, start - 500)) + 1)
        passage = document.text[first : first + 1200].lstrip()
        title = f"{document.title}. " if document.title else ""
        start += len(title) - first - (len(document.text[first : first + 1200]) - len(passage))
        if title + passage and (title + passage)[start : start + len(words)] == words:
            found.append(Example(question.text, title + passage, start, start + len(words)))
    return found


def without_answer(examples: Sequence[Example], order: random.Random) -> list[Example]:
    """For each example a passage that keyword search finds for its question and that lacks its answer."""
    passages = list(dict.fromkeys(example.passage for example in examples))
    found = []
    with tempfile.TemporaryDirectory() as folder:
        index = KeywordIndex(Path(folder) / "keyword")
        index.add(((row, "", passage) for row, passage in enumerate(passages)))
        for example in examples:
            answer = example.passage[example.start : example.end].lower()
            close = [passages[row] for row, _ in index.search(example.question, 8)]
            close = [passage for passage in close if passage != example.passage and answer not in passage.lower()]
            if close:
                found.append(Example(example.question, order.choice(close[:4]), 0, 0))
    return found


def with_another_name(examples: Sequence[Example], order: random.Random) -> list[Example]:
    """Examples whose question names someone, something or a number that the passage does not: nothing answers."""
    pool = [match.group() for example in examples for match in _NAME.finditer(example.question)]
    found = []
    for example in examples:
        matches = list(_NAME.finditer(example.question))
        other = order.choice(pool)
        if not matches or other.lower() in f"{example.passage} {example.question}".lower():
            continue
        match = order.choice(matches)
        if other[0].isdigit() == match.group()[0].isdigit():
            question = example.question[: match.start()] + other + example.question[match.end() :]
            found.append(Example(question, example.passage, 0, 0))
    return found


def encode(examples: Sequence[Example], tokenizer: Any) -> list[Encoded]:
    """Token ids, cut to `LENGTH`; an answer beyond the cut moves the window."""
    found = []
    for example in examples:
        question = tokenizer(example.question, add_special_tokens=False, truncation=True, max_length=48)["input_ids"]
        passage = tokenizer(example.passage, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        offsets, ids = passage["offset_mapping"], passage["input_ids"]
        room = LENGTH - len(question) - 3
        first = last = -1
        if example.end:
            inside = [at for at, (a, b) in enumerate(offsets) if a < example.end and b > example.start]
            if not inside or inside[-1] - inside[0] >= 30:
                continue
            first, last = inside[0], inside[-1]
        skip = max(0, last - room + 20) if last >= room else 0
        ids = ids[skip : skip + room]
        before = len(question) + 2
        found.append(
            Encoded(
                [tokenizer.cls_token_id, *question, tokenizer.sep_token_id, *ids, tokenizer.sep_token_id],
                [0] * before + [1] * (len(ids) + 1),
                first - skip + before if example.end else 0,
                last - skip + before if example.end else 0,
            )
        )
    return found


def batches(examples: Sequence[Encoded], order: random.Random) -> list[list[Encoded]]:
    """Batches of like length, in random order."""
    shuffled = order.sample(list(examples), len(examples))
    found = []
    for start in range(0, len(shuffled), BATCH * 32):
        part = sorted(shuffled[start : start + BATCH * 32], key=lambda example: len(example.ids))
        found += [part[at : at + BATCH] for at in range(0, len(part), BATCH)]
    order.shuffle(found)
    return found


def logits_of(model: Reader, batch: Sequence[Encoded], device: str) -> torch.Tensor:
    """Logits of shape (batch, tokens, 2), -1e9 outside the passage; the first token stands for "no answer"."""
    longest = max(len(example.ids) for example in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, example in enumerate(batch):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        types[row, : len(example.ids)] = torch.tensor(example.types)
        mask[row, : len(example.ids)] = 1
    allowed = (types == 1) & (mask == 1)
    allowed[:, 0] = True
    logits = model(ids.to(device), types.to(device), mask.to(device))
    masked: torch.Tensor = logits.masked_fill(~allowed.to(device)[..., None], -1e9)
    return masked


def evaluate(model: Reader, answered: Sequence[Encoded], unanswered: Sequence[Encoded], device: str) -> dict[str, float]:
    """Share of exact spans, token F1 of the best span, and AUC of its margin over "no answer"."""
    model.eval()
    margins: dict[bool, list[float]] = {True: [], False: []}
    exact, overlap = [], []
    with torch.inference_mode():
        for holds, examples in ((True, answered), (False, unanswered)):
            for at in range(0, len(examples), 32):
                batch = examples[at : at + 32]
                logits = logits_of(model, batch, device).float().cpu().numpy()
                for example, (starts, ends) in zip(batch, logits.transpose(0, 2, 1), strict=True):
                    start, end, score = best_span(np.stack([starts, ends], axis=1)[1 : len(example.ids)])
                    start, end = start + 1, end + 1
                    margins[holds].append(score - float(starts[0] + ends[0]))
                    if holds:
                        exact.append((start, end) == (example.start, example.end))
                        shared = max(0, min(end, example.end) - max(start, example.start) + 1)
                        overlap.append(2 * shared / (end - start + 1 + example.end - example.start + 1))
    below = np.array(margins[False])
    model.train()
    return {
        "exact": float(np.mean(exact)),
        "f1": float(np.mean(overlap)),
        "auc": float(np.mean([np.mean(value > below) + np.mean(value == below) / 2 for value in margins[True]])),
    }


def train(model: Reader, examples: Sequence[Encoded], dev: tuple[list[Encoded], list[Encoded]], out: Path,
          minutes: float, epochs: int, device: str, seed: int, rate: float) -> None:  # fmt: skip
    """Fit by AdamW with a rate that falls to zero at the end of the epochs or of the minutes, whichever comes first."""
    order = random.Random(seed)
    layers = model.encoder.encoder.layer
    for frozen in (model.encoder.embeddings, *layers[:FROZEN_LAYERS], model.encoder.pooler):
        frozen.requires_grad_(False)
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=RATE, weight_decay=0.01)
    total = epochs * len(batches(examples, random.Random(seed)))
    start, step, kept = time.monotonic(), 0, 0.0
    for _ in range(epochs):
        for batch in batches(examples, order):
            elapsed = (time.monotonic() - start) / 60
            done = max(step / total, elapsed / minutes)
            if done >= 1:
                break
            for group in optimiser.param_groups:
                group["lr"] = rate * min(1.0, (step + 1) / WARM_UP) * (1 - done)
            logits = logits_of(model, batch, device)
            target = torch.tensor([[example.start, example.end] for example in batch], device=device)
            loss = 2 * torch.nn.functional.cross_entropy(logits, target)  # the sum of start and end
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            step += 1
            if step % 25 == 0:
                print(f"step {step}/{total} {elapsed:.1f} min loss {float(loss):.3f}", flush=True)
            if elapsed > kept + 8:
                kept = elapsed
                print(json.dumps({key: round(value, 4) for key, value in evaluate(model, *dev, device).items()}), flush=True)
                torch.save(model.state_dict(), out / "checkpoint.pt")
    torch.save(model.state_dict(), out / "reader.pt")
    print("end", step, json.dumps({key: round(value, 4) for key, value in evaluate(model, *dev, device).items()}), flush=True)


def main() -> None:
    """Make the examples and train."""
    parser = argparse.ArgumentParser(description="Train a reader.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=7, help="of the examples drawn and their order")
    parser.add_argument("--start", type=Path, help="weights to go on from, say of a run with another seed")
    parser.add_argument("--rate", type=float, default=RATE)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    order = random.Random(options.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    wiki_documents, wiki_questions = new_wiki(options.data)
    news_documents, news_questions = wikinews(options.data)
    held = held_out(wiki_documents) | held_out(news_documents)
    group_of = {doc.name: doc.group for doc in wiki_documents + news_documents}
    wiki = from_documents(wiki_documents, [q for q in wiki_questions if group_of[q.document] not in held])
    news = from_documents(news_documents, [q for q in news_questions if group_of[q.document] not in held])
    other = [squadshifts(options.data / "squadshifts" / f"{name}_v1.0.json") for name in ("reddit", "amazon_reviews")]
    parts = [wiki, news, order.sample(other[0], 2500), order.sample(other[1], 1000)]
    examples = [example for part in parts for example in part]
    for part in parts:
        examples += without_answer(order.sample(part, int(0.6 * len(part))), order)
        examples += with_another_name(order.sample(part, int(0.3 * len(part))), order)
    dev_examples = from_documents(wiki_documents, [q for q in wiki_questions if group_of[q.document] in held])
    dev_examples += from_documents(news_documents, [q for q in news_questions if group_of[q.document] in held])
    dev_examples = random.Random(1).sample(dev_examples, 300)
    model = Reader(embed.load().folder)
    if options.start:
        model.load_state_dict(torch.load(options.start, weights_only=True, map_location="cpu"))
    model = model.to(device)
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(embed.load().folder), local_files_only=True)
    dev = encode(dev_examples, tokenizer), encode(without_answer(dev_examples, order), tokenizer)
    encoded = encode(examples, tokenizer)
    print(
        len(wiki), len(news), [len(part) for part in parts], len(examples), len(encoded), len(dev[0]), len(dev[1]), flush=True
    )
    train(model, encoded, dev, options.out, options.minutes, options.epochs, device, options.seed, options.rate)


if __name__ == "__main__":
    main()
