"""The short runs that try one setting of the training at a time."""

import copy
from pathlib import Path

import pytest

import rag.reader
from index.packaged import packaged_folder
from rag.training.examples import Example, Part
from rag.training.reader import Encoded, Reader, disorder, encode, evaluate, logits_of, start_from
from rag.training.trials import TRIALS, Judging, Trial, examples_of, figures, in_int8, news_of, run

SHIPPED = Path(rag.reader.__file__).with_name("reader.safetensors")
MILL = "The mill. The mill on the Orrin employed 412 people before the flood of 1931, and its owner was Ada Sorley."
OWNED = Example("Who owned the mill?", MILL, MILL.index("Ada"), MILL.index("Sorley") + 6)
SOLD = Example("Who sold the mill?", MILL, 0, 0)


@pytest.fixture(scope="module")
def batch() -> list[Encoded]:
    from transformers import AutoTokenizer

    return encode([OWNED, SOLD], AutoTokenizer.from_pretrained(str(packaged_folder()), local_files_only=True))


@pytest.fixture(scope="module")
def shipped() -> Reader:
    model = Reader(packaged_folder())
    start_from(model, SHIPPED)
    return model.eval().requires_grad_(False)


def test_each_trial_but_the_first_changes_one_thing() -> None:
    plain = Trial()
    for name, trial in TRIALS.items():
        changed = [field for field in Trial.__slots__ if getattr(trial, field) != getattr(plain, field)]
        # Longer windows are of use to longer passages alone.
        assert len(changed) == (0 if name == "as it is" else 2 if "windows" in name else 1), name


def test_a_trial_learns_from_the_reader_that_it_begins_with(batch: list[Encoded], shipped: Reader) -> None:
    learned = run(Trial(still=5), SHIPPED, [], [batch] * 3, "cpu")
    half = run(Trial(still=5, half_way=True), SHIPPED, [], [batch] * 3, "cpu")
    name = "encoder.encoder.layer.5.output.dense.weight"
    before, after, mean = (each.state_dict()[name] for each in (shipped, learned, half))
    assert (after - before).abs().max() > 1e-5
    assert (mean - (before + after) / 2).abs().max() < 1e-6
    assert learned.state_dict()["encoder.encoder.layer.0.output.dense.weight"].equal(
        shipped.state_dict()["encoder.encoder.layer.0.output.dense.weight"]
    )


def test_the_head_for_whether_it_answers_begins_with_no_say(batch: list[Encoded], shipped: Reader) -> None:
    import torch

    with torch.no_grad():
        judging = Judging(copy.deepcopy(shipped)).eval()
        assert logits_of(judging, batch, "cpu").allclose(logits_of(shipped, batch, "cpu"), atol=1e-5)
        torch.nn.init.constant_(judging.verdict.bias, 2.0)
        moved = logits_of(judging, batch, "cpu") - logits_of(shipped, batch, "cpu")
    # "No answer" loses what the head says for an answer, and no other token's logit moves.
    assert moved[:, 0].allclose(torch.tensor(-2.0), atol=1e-4) and moved[:, 1:].abs().max() < 1e-4
    learned = run(Trial(still=5, verdict=True), SHIPPED, [], [batch], "cpu")
    assert isinstance(learned, Judging) and learned.verdict.bias.abs().max() > 0


def test_int8_rounds_every_matrix_a_little(shipped: Reader) -> None:
    name = "encoder.encoder.layer.3.intermediate.dense.weight"
    before, after = (each.state_dict()[name] for each in (shipped, in_int8(shipped)))
    steps = before.abs().amax(dim=1, keepdim=True) / 127
    assert (after - before).abs().max() > 0 and ((after - before).abs() <= steps / 2 + 1e-6).all()
    assert all(len(row.unique()) <= 255 for row in after[:20])


def test_disorder_is_less_the_further_answered_stand_above_unanswered() -> None:
    import torch

    target = torch.tensor([[2, 3], [0, 0]])
    logits = torch.zeros(2, 5, 2)
    level = disorder(logits, target).item()
    logits[0, 2, 0] = logits[0, 3, 1] = 4.0
    above = disorder(logits, target).item()
    logits[1, 4] = 9.0
    assert above < level < disorder(logits, target).item()
    assert disorder(logits, torch.zeros_like(target)).item() == 0  # nothing to compare


def test_trials_are_drawn_and_measured_alike(tmp_path: Path, batch: list[Encoded], shipped: Reader) -> None:
    part = Part("made", [OWNED], tmp_path, [SOLD])
    keep = lambda words, _: words  # noqa: E731
    few, many = (examples_of(Trial(wrong=wrong), [part], keep, 60) for wrong in (0.2, 1.0))
    assert len(few) == len(many) == 60 and few == examples_of(Trial(wrong=0.2), [part], keep, 60)
    assert sum(not each.end for each in few) < sum(not each.end for each in many)
    assert news_of(part, ("The mill. ",)).examples == [OWNED] and not news_of(part, ("Another. ",)).unanswered
    kinds = ("answer", "written", "untold", "pair", "unpaired", "changed", "changed without", "near", "cut", "name", "question")
    asked = {kind: [batch[0 if kind in ("answer", "written", "pair", "changed") else 1]] for kind in kinds}
    found = evaluate(shipped, asked, "cpu")
    row = figures(found)
    assert row[0] == found["f1_answer"] and row[2:] == [found["auc_near"], found["auc_untold"]]
