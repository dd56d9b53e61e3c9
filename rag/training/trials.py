"""What each setting of the training is worth: short runs from one reader, in each of which one thing is changed.

    python -m rag.training.trials --data DATA [--start rag/reader.safetensors] [--steps 80] [NAME ...]

All read as many examples, drawn alike, and are measured on the same held-out ones; the last weights are what is measured.
"as it is" is there twice, with other examples: what lies between the two is chance.
"""

import argparse
import copy
import json
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.optim.swa_utils import AveragedModel

from index.packaged import packaged_folder
from rag.training.archives import wikinews
from rag.training.examples import TWO_PASSAGES, Example, Part, Rewording, development, epoch, training_parts
from rag.training.reader import (
    BATCH,
    LAYER_DECAY,
    LENGTH,
    Encoded,
    Reader,
    batches,
    encode,
    evaluate,
    learn,
    loss_of,
    optimiser_of,
    set_rate,
    start_from,
)
from rag.training.written import retold, stories

RATE, STILL = 1.5e-4, 2  # of the last run
HELD = 120  # of each kind
SEARCHED = ["auc_near", "auc_cut", "auc_name", "auc_question"]


@dataclass(frozen=True, slots=True)
class Trial:
    """One run: what differs from the last training is what is given."""

    rate: float = RATE
    decay: float = LAYER_DECAY
    still: int = STILL
    wrong: float = 1.0
    two_passages: float = TWO_PASSAGES
    length: int = LENGTH
    times: int = 1  # how often each example is read; there are the fewer of them
    seed: int = 1
    taught: bool = False
    news: bool = False
    averaged: bool = False
    half_way: bool = False
    verdict: bool = False
    ranked: float = 0.0


TRIALS = {
    "as it is": Trial(),
    "as it is, other examples": Trial(seed=2),
    "half the rate": Trial(rate=RATE / 2),
    "twice the rate": Trial(rate=RATE * 2),
    "no decay by layer": Trial(decay=1.0),
    "decay .75": Trial(decay=0.75),
    "all layers learn": Trial(still=0),
    "two layers learn": Trial(still=4),
    "a third of the wrong examples": Trial(wrong=1 / 3),
    "twice the wrong examples": Trial(wrong=2.0),
    "half the examples, twice": Trial(times=2),
    "windows of 384 tokens": Trial(two_passages=0.6, length=384),
    "mean of the second half's weights": Trial(averaged=True),
    "mean with the weights it began with": Trial(half_way=True),
    "news alone": Trial(news=True),
    "distilled from the teachers": Trial(taught=True),
    "a head for whether it answers": Trial(verdict=True),
    "answered above unanswered": Trial(ranked=1.0),
}


class Judging(Reader):
    """A reader with one more logit, of whether the passage answers at all, which is taken from that of "no answer"."""

    def __init__(self, reader: Reader) -> None:
        torch.nn.Module.__init__(self)
        self.encoder, self.span = reader.encoder, reader.span
        self.verdict = torch.nn.Linear(self.encoder.config.hidden_size, 1)
        torch.nn.init.zeros_(self.verdict.weight)
        torch.nn.init.zeros_(self.verdict.bias)
        self.said = torch.zeros(0)

    def forward(self, ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits of shape (batch, tokens, 2)."""
        hidden = self.encoder(input_ids=ids, token_type_ids=types, attention_mask=mask).last_hidden_state
        self.said = self.verdict(hidden[:, 0])[:, 0].float()
        nothing = torch.zeros_like(ids, dtype=torch.float32)
        nothing[:, 0] = 1.0
        logits: torch.Tensor = self.span(hidden).float() - (nothing * self.said[:, None])[..., None]
        return logits


def run(trial: Trial, start: Path, teachers: Sequence[Reader], drawn: Sequence[Sequence[Encoded]], device: str) -> Reader:
    """The reader that comes of a trial over batches that are read in their order."""
    torch.manual_seed(trial.seed)
    model = Reader(packaged_folder())
    start_from(model, start)
    began = copy.deepcopy(model.state_dict())
    model = (Judging(model) if trial.verdict else model).to(device).train()
    optimiser = optimiser_of(model, trial.rate, trial.still, trial.decay)
    if isinstance(model, Judging):
        optimiser.add_param_group({"params": list(model.verdict.parameters()), "scale": 1.0})
    mean = AveragedModel(model)
    for step, batch in enumerate(drawn):
        set_rate(optimiser, trial.rate, step / len(drawn))
        loss = loss_of(model, teachers if trial.taught else [], batch, device, trial.ranked)
        if isinstance(model, Judging):
            answered = torch.tensor([float(bool(each.end)) for each in batch], device=device)
            loss = loss + torch.nn.functional.binary_cross_entropy_with_logits(model.said, answered)
        learn(model, optimiser, loss)
        if step % 5 == 4 and step > len(drawn) / 2:
            mean.update_parameters(model)
    if trial.averaged:
        model.load_state_dict(mean.module.state_dict())
    if trial.half_way:
        model.load_state_dict({name: (each.cpu() + began[name]) / 2 for name, each in model.state_dict().items()})
    return model


def in_int8(model: Reader) -> Reader:
    """The reader with each row of each matrix rounded to 255 steps, as dynamic quantisation stores it."""
    rounded = copy.deepcopy(model)
    with torch.no_grad():
        for layer in rounded.encoder.encoder.modules():
            if isinstance(layer, torch.nn.Linear):
                step = layer.weight.abs().amax(dim=1, keepdim=True) / 127
                layer.weight.copy_((layer.weight / step).round() * step)
    return rounded


def figures(found: dict[str, float]) -> list[float]:
    """F1 of public questions and of Footnote's own; mean AUC against what search finds, and against what is to tempt."""
    ours = [name for name in found if name.startswith("f1_") and name != "f1_answer"]
    tempting = [name for name in found if name.startswith("auc_") and name not in SEARCHED]
    groups = ["f1_answer"], ours, SEARCHED, tempting
    return [sum(found[name] for name in names) / len(names) for names in groups]


def news_of(part: Part, titles: tuple[str, ...]) -> Part:
    """The part with what it asks about Wikinews and the made-up stories alone."""
    kept = copy.copy(part)
    kept.examples = [each for each in part.examples if each.passage.startswith(titles)]
    kept.unanswered = [each for each in part.unanswered if each.passage.startswith(titles)]
    return kept


def examples_of(trial: Trial, parts: Sequence[Part], reword: Callable[[str, random.Random], str], count: int) -> list[Example]:
    """As many examples as are to be told apart, a fair sample of an epoch."""
    order = random.Random(f"trial {trial.seed}")
    share = min(1.0, 1.5 * count / sum(len(part.examples) + len(part.unanswered) for part in parts))
    found: list[Example] = []
    while len(found) < count:
        found += epoch(parts, reword, order, share, trial.wrong, trial.two_passages)
    return order.sample(found, count)


def main() -> None:
    """Run the trials named, or all, and print a row of a table for each."""
    parser = argparse.ArgumentParser(description="Try settings of the training, one at a time.")
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds squadshifts/ and qamr/")
    parser.add_argument("--start", type=Path, default=Path("rag/reader.safetensors"), help="the reader that all go on from")
    parser.add_argument("--teacher", type=Path, action="append", default=[], help="a reader to distil from; may be given again")
    parser.add_argument("--steps", type=int, default=80, help=f"of {BATCH} examples each")
    parser.add_argument("--out", type=Path, help="a folder for the weights of each trial")
    parser.add_argument("names", nargs="*", choices=[[], *TRIALS], metavar="NAME", help=f"of {', '.join(TRIALS)}")
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(packaged_folder()), local_files_only=True)
    with tempfile.TemporaryDirectory() as scratch:
        parts = training_parts(options.data, Path(scratch))
        reword = Rewording([text for part in parts for each in part.examples for text in (each.question, each.passage)])
        held = development(options.data, HELD, Path(scratch))
        order = random.Random("held")
        dev = {kind: encode(order.sample(each, min(HELD, len(each))), tokenizer) for kind, each in held.items()}
        titles = tuple(f"{document.title}. " for document in [*wikinews(options.data)[0], *stories(), *retold()])
        news = [part for part in (news_of(part, titles) for part in parts) if part.examples]

        def show(name: str, model: Reader, seconds: float) -> None:
            found = evaluate(model, dev, device)
            row = " | ".join(f"{each:.3f}".lstrip("0") for each in figures(found))
            print(f"| {name} | {row} | {seconds:.2f} |", flush=True)
            print(json.dumps(found), flush=True)

        def read(file: Path) -> Reader:
            model = Reader(packaged_folder())
            start_from(model, file)
            return model.to(device).eval().requires_grad_(False)

        teachers = [read(file) for file in options.teacher or [options.start]]
        print("| | public, F1 | ours, F1 | search's wrong passages, AUC | tempting questions, AUC | s a step |")
        print("| --- | --- | --- | --- | --- | --- |")
        show("before", read(options.start), 0.0)
        show("before, in int8", in_int8(read(options.start)), 0.0)
        for name in options.names or TRIALS:
            trial = TRIALS[name]
            chosen = examples_of(trial, news if trial.news else parts, reword, options.steps * BATCH // trial.times)
            encoded = encode(chosen, tokenizer, trial.length)
            order = random.Random(trial.seed)
            drawn = [batch for _ in range(trial.times) for batch in batches(encoded, order)]
            began = time.monotonic()
            model = run(trial, options.start, teachers, drawn, device)
            show(name, model, (time.monotonic() - began) / len(drawn))
            if options.out:
                options.out.mkdir(parents=True, exist_ok=True)
                torch.save(model.state_dict(), options.out / f"{name}.pt")


if __name__ == "__main__":
    main()
