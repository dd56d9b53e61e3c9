"""Train a reader: a small model that reads question and passage together and points at the words that answer, or at none.

    python -m rag.training.reader --data DATA --out OUT [--start rag/reader.safetensors]

Base: the packaged MiniLM-L6, its embeddings frozen. What it reads: `rag/training/examples.py`. squad2-500, CLAPnq and the
articles that tests ask about are kept out altogether. The same command goes on where a killed run left off; equal data, seed
and epochs give equal examples in equal order.
"""

import argparse
import json
import math
import os
import random
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel

from index.errors import UsageError
from index.packaged import packaged_folder
from rag.reader import best_span
from rag.training.examples import Example, Rewording, development, embedder, epoch, training_parts

LENGTH = 256  # tokens of question and passage together
BATCH = 24
RATE = 2e-4
LAYER_DECAY = 0.9  # each layer below the last learns at nine tenths of the rate of the one above it
WARM_UP = 0.02  # of all steps
AVERAGED = 0.98  # share of the old in the running mean of weights, taken every tenth step
KEEP_EVERY = 5  # minutes between checkpoints
MEASURE_EVERY = 60  # minutes between figures of held-out articles
DEVELOPMENT = 400
# Kinds of development examples that hold their answer: public questions, our own, and the answered ones of the other files.
ANSWERED = ("answer", "written", "pair", "changed", "exam", "subject", "retold", "yes or no")
# Which of them a kind without is compared with, if not with the first.
AGAINST = {"untold": "written", "unpaired": "pair", "retold elsewhere": "retold"} | {
    f"{kind} without": kind for kind in ANSWERED[3:]
}


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

        # Drawing the dropout of attention weights takes longer than all else on a processor, so there is none.
        self.encoder = AutoModel.from_pretrained(
            str(folder), local_files_only=True, use_safetensors=True, attention_probs_dropout_prob=0.0
        )
        self.span = torch.nn.Linear(self.encoder.config.hidden_size, 2)

    def forward(self, ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits of shape (batch, tokens, 2); tokens outside the passage are to be masked by the caller."""
        hidden = self.encoder(input_ids=ids, token_type_ids=types, attention_mask=mask).last_hidden_state
        logits: torch.Tensor = self.span(hidden)
        return logits


def start_from(model: Reader, file: Path) -> None:
    """Go on from shipped weights, which lack the frozen embeddings, or from a training's `reader.pt`.

    Raises RuntimeError for weights of another shape.
    """
    from safetensors.torch import load_file

    if file.suffix == ".pt":
        layers = torch.load(file, weights_only=True, map_location="cpu")
    else:
        stored = load_file(file)
        layers = {name if name.startswith("span.") else f"encoder.{name}": each.float() for name, each in stored.items()}
    found = model.load_state_dict(layers, strict=False)
    lost = [name for name in found.missing_keys if not name.startswith(("encoder.embeddings.", "encoder.pooler."))]
    if lost or found.unexpected_keys:
        raise RuntimeError(f"{file} lacks {lost} and has {found.unexpected_keys} besides.")


def encode(examples: Sequence[Example], tokenizer: Any, length: int = LENGTH) -> list[Encoded]:
    """Token ids, cut to `length`; an answer beyond the cut moves the window."""
    found = []
    for example in examples:
        question = tokenizer(example.question, add_special_tokens=False, truncation=True, max_length=48)["input_ids"]
        passage = tokenizer(example.passage, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        offsets, ids = passage["offset_mapping"], passage["input_ids"]
        room = length - len(question) - 3
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


def logits_of(model: torch.nn.Module, batch: Sequence[Encoded], device: str) -> torch.Tensor:
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


def evaluate(model: torch.nn.Module, dev: Mapping[str, Sequence[Encoded]], device: str) -> dict[str, float]:
    """Token F1 of the best span where there is an answer, and AUC of its margin over "no answer" against each kind without."""
    was_training = model.training
    model.eval()
    margins: dict[str, list[float]] = {kind: [] for kind in dev}
    overlap: dict[str, list[float]] = {kind: [] for kind in ANSWERED}
    with torch.inference_mode():
        for kind, examples in dev.items():
            for at in range(0, len(examples), 32):
                batch = examples[at : at + 32]
                logits = logits_of(model, batch, device).float().cpu().numpy()
                for example, (starts, ends) in zip(batch, logits.transpose(0, 2, 1), strict=True):
                    start, end, score = best_span(np.stack([starts, ends], axis=1)[1 : len(example.ids)])
                    start, end = start + 1, end + 1
                    margins[kind].append(score - float(starts[0] + ends[0]))
                    if kind in ANSWERED:
                        shared = max(0, min(end, example.end) - max(start, example.start) + 1)
                        overlap[kind].append(2 * shared / (end - start + 1 + example.end - example.start + 1))
    model.train(was_training)
    found = {f"f1_{kind}": float(np.mean(values)) for kind, values in overlap.items() if values}
    for kind, values in margins.items():
        against = AGAINST.get(kind, "answer")
        if kind not in ANSWERED and values and margins.get(against):
            below = np.array(values)
            each = [np.mean(value > below) + np.mean(value == below) / 2 for value in margins[against]]
            found[f"auc_{kind}"] = float(np.mean(each))
    return {name: round(value, 4) for name, value in found.items()}


def autocast(device: str) -> AbstractContextManager[None]:
    """Matrix products in bfloat16 where the machine has them; where it has not, they take tens of times as long."""
    fast = device != "cpu" or torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return torch.autocast(device, dtype=torch.bfloat16, enabled=fast)


def optimiser_of(model: Reader, rate: float, still: int = 0, decay: float = LAYER_DECAY) -> torch.optim.Optimizer:
    """AdamW over all but the embeddings, `still` layers above them, and what only the packaged model's own use needs."""
    layers = list(model.encoder.encoder.layer)
    for frozen in (model.encoder.embeddings, model.encoder.pooler, *layers[:still]):
        frozen.requires_grad_(False)
    groups = [{"params": list(model.span.parameters()), "scale": 1.0}]
    groups += [
        {"params": list(layer.parameters()), "scale": decay ** (len(layers) - 1 - depth)}
        for depth, layer in enumerate(layers)
        if depth >= still
    ]
    return torch.optim.AdamW(groups, lr=rate, weight_decay=0.01)


def set_rate(optimiser: torch.optim.Optimizer, rate: float, done: float) -> None:
    """The rate rises over the first steps and falls to zero at the end; `done` is the share of all steps."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group["scale"] * min(done / WARM_UP + 1e-3, 1.0) * (1 - done)


def learn(model: Reader, optimiser: torch.optim.Optimizer, loss: torch.Tensor) -> None:
    """One step down the gradient, which is cut to a length of one."""
    optimiser.zero_grad()
    torch.autograd.backward(loss)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()


def disorder(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The logistic loss of each answered example against each without an answer, by their margins over "no answer"."""
    nothing = logits[:, 0].sum(dim=1)
    right = logits.gather(1, target[:, None]).sum(dim=(1, 2)) - nothing
    likeliest = logits[:, 1:].logsumexp(dim=1).sum(dim=1) - nothing
    answered = target[:, 1] > 0
    if answered.all() or not answered.any():
        return logits.sum() * 0
    return torch.nn.functional.softplus(likeliest[None, ~answered] - right[answered, None]).mean()


def loss_of(model: Reader, teachers: Sequence[Reader], batch: Sequence[Encoded], device: str,
            ranked: float = 0.0) -> torch.Tensor:  # fmt: skip
    """Cross entropy of start and end, summed; with teachers, half of it against the mean of the chances that they give.

    `ranked` is the weight of what is added for each answered example whose margin is not well above that of one without.
    """
    with autocast(device):
        logits = logits_of(model, batch, device).float()
    target = torch.tensor([[example.start, example.end] for example in batch], device=device)
    loss = 2 * torch.nn.functional.cross_entropy(logits, target)
    if ranked:
        loss = loss + ranked * disorder(logits, target)
    if not teachers:
        return loss
    with torch.inference_mode(), autocast(device):
        chances = torch.stack([logits_of(teacher, batch, device).float().softmax(dim=1) for teacher in teachers]).mean(dim=0)
    return loss / 2 + torch.nn.functional.cross_entropy(logits, chances.clone())


def train(model: Reader, epochs: Iterator[list[list[Encoded]]], count: float, dev: Mapping[str, list[Encoded]], out: Path,
          device: str, rate: float, teachers: Sequence[Reader] = (), still: int = 0,
          ranked: float = 0.0, run: Mapping[str, str] | None = None) -> None:  # fmt: skip
    """Fit, and write a checkpoint every few minutes.

    The running mean of the weights is what is kept, as `reader.pt`. Teachers are readers of earlier runs (Hinton et al. 2015).
    Raises UsageError when `out` holds the checkpoint of another `run`.
    """
    optimiser = optimiser_of(model, rate, still)
    average = AveragedModel(model, avg_fn=lambda old, new, _: AVERAGED * old + (1 - AVERAGED) * new)
    kept, done_epochs, done_steps = out / "checkpoint.pt", 0, 0
    if kept.exists():
        state = torch.load(kept, weights_only=True, map_location=device)
        if state["run"] != dict(run or {}):
            raise UsageError(f"{kept} is of another run: {state['run']}.", next_step="--out another folder")
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        done_epochs, done_steps = state["epoch"], state["step"]
        torch.manual_seed(done_epochs * 100_000 + done_steps)
        print(f"going on at epoch {done_epochs}, step {done_steps}", flush=True)
    last_kept = last_measured = start = time.monotonic()
    losses: list[float] = []
    for number, batches_of_epoch in enumerate(epochs):
        for step, batch in enumerate(batches_of_epoch):
            if (number, step) < (done_epochs, done_steps):
                continue
            done = (number + step / len(batches_of_epoch)) / count
            if done >= 1:
                break
            set_rate(optimiser, rate, done)
            loss = loss_of(model, teachers, batch, device, ranked)
            learn(model, optimiser, loss)
            losses.append(loss.item())
            if step % 10 == 9:
                average.update_parameters(model)
            now = time.monotonic()
            if len(losses) == 100:
                place = f"epoch {number} step {step}/{len(batches_of_epoch)} {(now - start) / 60:.1f} min"
                print(f"{place} loss {np.mean(losses):.3f}", flush=True)
                losses.clear()
            if now > last_kept + 60 * KEEP_EVERY:
                last_kept = now
                state = {"model": model.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict()}
                torch.save(state | {"epoch": number, "step": step + 1, "run": dict(run or {})}, kept.with_suffix(".new"))
                os.replace(kept.with_suffix(".new"), kept)
            if now > last_measured + 60 * MEASURE_EVERY:
                last_measured = now
                print(json.dumps(evaluate(average.module, dev, device)), flush=True)
    torch.save(average.module.state_dict(), out / "reader.pt")
    print("end", json.dumps(evaluate(average.module, dev, device)), flush=True)


def main() -> None:
    """Make the examples and train."""
    parser = argparse.ArgumentParser(description="Train a reader.")
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds squadshifts/ and qamr/")
    parser.add_argument(
        "--out", type=Path, required=True, help="where vectors.npz, checkpoint.pt and at the end reader.pt are written"
    )
    parser.add_argument("--start", type=Path, help="a shipped reader or a reader.pt to go on from; without, the packaged model")
    parser.add_argument(
        "--own", type=Path, action="append", default=[], help="a SQuAD file to train on, too; may be given again"
    )
    parser.add_argument("--teacher", type=Path, action="append", default=[], help="a reader to distil from; may be given again")
    parser.add_argument("--epochs", type=float, default=2, help="1.5 ends in the middle of the second")
    parser.add_argument("--seed", type=int, default=7, help="of the examples drawn and their order")
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--still", type=int, default=0, help="layers at the bottom that stay: each takes an eighth of the time")
    parser.add_argument("--ranked", type=float, default=0.0, help="weight of the loss that wants answered above unanswered")
    parser.add_argument("--examples", type=int, help="at most so many an epoch, to try things out")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    from transformers import AutoTokenizer

    folder = packaged_folder()
    tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    embedder().recall(options.out / "vectors.npz")
    with tempfile.TemporaryDirectory() as scratch:
        parts = training_parts(options.data, Path(scratch), options.own)
        reword = Rewording([text for part in parts for each in part.examples for text in (each.question, each.passage)])
        held = development(options.data, DEVELOPMENT, Path(scratch))
        dev = {name: encode(examples, tokenizer) for name, examples in held.items()}
        embedder().keep(options.out / "vectors.npz")  # what takes longest before the first step
        counts = {part.name: len(part.examples) for part in parts}, {name: len(each) for name, each in dev.items()}
        print(*counts, flush=True)

        def drawn() -> Iterator[list[list[Encoded]]]:
            for number in range(math.ceil(options.epochs)):
                order = random.Random(f"{options.seed} {number}")
                encoded = encode(epoch(parts, reword, order)[: options.examples], tokenizer)
                answered = sum(bool(each.end) for each in encoded)
                print(f"epoch {number}: {len(encoded)} examples, {answered} answered", flush=True)
                yield batches(encoded, order)

        model, *teachers = (Reader(folder) for _ in [options.start, *options.teacher])
        for each, file in zip([model, *teachers], [options.start, *options.teacher], strict=True):
            if file:
                start_from(each, file)
        for teacher in teachers:
            teacher.eval().requires_grad_(False)
        settings = {name: str(value) for name, value in vars(options).items() if name != "out"}
        train(
            model.to(device),
            drawn(),
            options.epochs,
            dev,
            options.out,
            device,
            options.rate,
            [teacher.to(device) for teacher in teachers],
            options.still,
            options.ranked,
            settings,
        )


if __name__ == "__main__":
    main()
