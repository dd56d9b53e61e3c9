"""The makers of training examples, over a few made-up ones."""

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import rag.reader
from index.errors import UsageError
from index.packaged import packaged_folder
from index.records import Article, Hit, Passage
from rag.evidence import candidates
from rag.extract import Odds
from rag.training.archives import Document, Question, RememberingEmbedder, _joined, answers, held_out
from rag.training.calibrate import Outcome, best, calibrate, export, figures
from rag.training.examples import Example, Part, Rewording, _squad, epoch, without_sentence
from rag.training.reader import LENGTH, Encoded, Reader, encode, logits_of, loss_of, start_from, train
from rag.training.written import RETOLD, SUBJECTS, WRITTEN, YES_NO, as_question, of_documents, retold, stories, subjects

RIVER = "The dam on the River Senn was built in 1934 by Ostrand Steel. It holds 40 million tonnes of water."
BRIDGE = "The bridge over the River Senn was closed in March after cracks were found."
BUILT = Example("Who built the dam on the River Senn?", RIVER, RIVER.index("Ostrand"), RIVER.index(". It"))


@pytest.fixture(scope="module")
def tokenizer() -> object:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(packaged_folder()), local_files_only=True)


def test_the_tokens_marked_are_the_answer(tokenizer: object) -> None:
    (encoded,) = encode([BUILT], tokenizer)
    assert tokenizer.decode(encoded.ids[encoded.start : encoded.end + 1]) == "ostrand steel"
    assert len(encoded.ids) == len(encoded.types)


def test_an_answer_far_down_moves_the_window(tokenizer: object) -> None:
    before = "Nothing of note happened on that day. " * 60
    far = Example(BUILT.question, before + RIVER, BUILT.start + len(before), BUILT.end + len(before))
    (encoded,) = encode([far], tokenizer)
    assert len(encoded.ids) <= LENGTH
    assert tokenizer.decode(encoded.ids[encoded.start : encoded.end + 1]) == "ostrand steel"


def test_training_goes_on_from_shipped_weights(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    shipped = Path(rag.reader.__file__).with_name("reader.safetensors")
    model = Reader(packaged_folder())
    start_from(model, shipped)
    held = load_file(shipped)
    assert torch.equal(model.span.weight, held["span.weight"].float())
    name = "encoder.layer.3.output.dense.weight"
    assert torch.equal(model.encoder.state_dict()[name], held[name].float())
    torch.save(model.state_dict(), tmp_path / "reader.pt")
    again = Reader(packaged_folder())
    start_from(again, tmp_path / "reader.pt")
    assert torch.equal(again.span.weight, model.span.weight)
    del held[name]
    save_file(held, tmp_path / "lacking.safetensors")
    with pytest.raises(RuntimeError, match=name):
        start_from(model, tmp_path / "lacking.safetensors")


def test_a_student_learns_half_from_the_answer_and_half_from_its_teachers(tokenizer: object) -> None:
    import torch

    torch.manual_seed(1)
    student, *teachers = (Reader(packaged_folder()).eval() for _ in range(3))
    batch = encode([BUILT, OTHER], tokenizer)
    with torch.no_grad():
        said, *taught = (logits_of(each, batch, "cpu").softmax(dim=1).numpy() for each in (student, *teachers))
    rows = range(2)
    right = -np.log([[said[row, batch[row].start, 0], said[row, batch[row].end, 1]] for row in rows]).sum(axis=1).mean()
    alike = -(np.mean(taught, axis=0) * np.log(said + 1e-30)).sum(axis=(1, 2)).mean()
    # Products in bfloat16 are right to some thousandths.
    assert loss_of(student, [], batch, "cpu").item() == pytest.approx(right, rel=0.02)
    loss = loss_of(student, teachers, batch, "cpu")
    assert loss.item() == pytest.approx((right + alike) / 2, rel=0.02)
    torch.autograd.backward(loss)
    assert student.span.weight.grad is not None and all(teacher.span.weight.grad is None for teacher in teachers)


def test_a_killed_run_goes_on_and_another_one_does_not(
    tokenizer: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("rag.training.reader.KEEP_EVERY", 0)
    batch = encode([BUILT, OTHER], tokenizer)

    def killed() -> Iterator[list[list[Encoded]]]:
        yield [batch, batch]
        raise KeyboardInterrupt

    def run(epochs: Iterator[list[list[Encoded]]], seed: str) -> None:
        train(Reader(packaged_folder()), epochs, 2, {}, tmp_path, "cpu", 1e-4, still=5, run={"seed": seed})

    with pytest.raises(KeyboardInterrupt):
        run(killed(), "1")
    assert not (tmp_path / "reader.pt").exists()
    with pytest.raises(UsageError, match=r"another run: \{'seed': '1'\}"):
        run(iter([]), "2")
    capsys.readouterr()
    run(iter([[batch, batch], [batch]]), "1")
    assert "going on at epoch 0, step 2" in capsys.readouterr().out and (tmp_path / "reader.pt").exists()


def test_the_loss_of_order_has_the_weight_that_is_given(
    tokenizer: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = []

    def watched(*given: Any) -> torch.Tensor:
        weights.append(given[4])
        return loss_of(*given)

    monkeypatch.setattr("rag.training.reader.loss_of", watched)
    batch = encode([BUILT, OTHER], tokenizer)
    train(Reader(packaged_folder()), iter([[batch]]), 1, {}, tmp_path, "cpu", 1e-4, still=5, ranked=0.5)
    assert weights == [0.5]


def test_vectors_are_kept_for_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "vectors.npz"
    first = RememberingEmbedder(None)
    first.recall(kept)  # nothing there yet
    vectors = first.encode([RIVER, BRIDGE])
    first.keep(kept)
    again = RememberingEmbedder(kept)
    monkeypatch.setattr(again._model, "encode", None)
    assert (again.encode([BRIDGE, RIVER]) == vectors[::-1]).all()


def test_a_file_of_ones_own_is_read_with_what_it_does_not_answer(tmp_path: Path) -> None:
    def written(*questions: dict[str, object]) -> Path:
        file = tmp_path / "own.json"
        file.write_text(json.dumps({"data": [{"paragraphs": [{"context": RIVER, "qas": questions}]}]}))
        return file

    steel = {"text": "Ostrand Steel", "answer_start": RIVER.index("Ostrand")}
    built: dict[str, object] = {"question": BUILT.question, "answers": [steel, {"text": RIVER, "answer_start": 0}]}
    sold: dict[str, object] = {"question": "Who sold the dam?", "answers": [steel], "is_impossible": True}
    part = _squad("own-1", written(built, sold, {"question": "Who paid?", "answers": []}), tmp_path)
    assert part.examples == [BUILT] and [(each.question, each.end) for each in part.unanswered] == [
        ("Who sold the dam?", 0),
        ("Who paid?", 0),
    ]
    with pytest.raises(UsageError, match="'Ostrand Steel' does not stand at 3"):
        _squad("own-2", written({"question": "?", "answers": [steel | {"answer_start": 3}]}), tmp_path)
    with pytest.raises(UsageError, match="no question with an answer"):
        _squad("own-3", written(sold), tmp_path)
    (tmp_path / "own.json").write_text('{"data": [{}]}')
    with pytest.raises(UsageError, match=r"no SQuAD file: KeyError\('paragraphs'\)"):
        _squad("own-4", tmp_path / "own.json", tmp_path)


def test_what_ships_is_the_mean_of_the_weights_given(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    trained = {"encoder.layer.0.bias": torch.tensor([1.0, 3.0]), "span.bias": torch.tensor([4.0])}
    torch.save(trained | {"encoder.embeddings.word": torch.tensor([1.0])}, tmp_path / "reader.pt")
    save_file(
        {"layer.0.bias": torch.tensor([2.0, 5.0]).half(), "span.bias": torch.tensor([0.0]).half()}, tmp_path / "old.safetensors"
    )
    digest = export([tmp_path / "reader.pt", tmp_path / "old.safetensors"], tmp_path)
    written = load_file(tmp_path / "reader.safetensors")
    assert {name: tensor.tolist() for name, tensor in written.items()} == {"layer.0.bias": [1.5, 4.0], "span.bias": [2.0]}
    assert digest == hashlib.sha256((tmp_path / "reader.safetensors").read_bytes()).hexdigest()
    assert (
        export([tmp_path / "reader.pt"], tmp_path) != digest and load_file(tmp_path / "reader.safetensors")["span.bias"] == 4.0
    )


def test_no_answer_is_the_first_token(tokenizer: object) -> None:
    (encoded,) = encode([Example(BUILT.question, BRIDGE, 0, 0)], tokenizer)
    assert (encoded.start, encoded.end) == (0, 0)


OTHER = Example("When was the bridge over the River Senn closed?", BRIDGE, BRIDGE.index("March"), BRIDGE.index(" after"))


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Part:
    return Part("made", [BUILT, OTHER], tmp_path_factory.mktemp("part"))


def test_a_near_passage_shares_words_and_lacks_the_answer(part: Part) -> None:
    assert part.near(BUILT, random.Random(1)) == Example(BUILT.question, BRIDGE, 0, 0)
    assert part.near(OTHER, random.Random(1)) == Example(OTHER.question, RIVER, 0, 0)


def test_a_passage_without_its_sentence_lacks_the_answer() -> None:
    longer = Example(BUILT.question, f"{RIVER} Fish live in it.", BUILT.start, BUILT.end)
    rest = "It holds 40 million tonnes of water. Fish live in it."
    assert without_sentence(longer) == Example(BUILT.question, rest, 0, 0)
    assert without_sentence(BUILT) is None and without_sentence(OTHER) is None  # too little would be left


def test_another_name_is_one_that_the_passage_lacks(tmp_path: Path) -> None:
    marram = Example("Who closed the Marram Bridge?", BRIDGE, 0, 10)
    made = Part("made", [BUILT, marram], tmp_path)
    found = {made.other_name(BUILT, random.Random(seed)) for seed in range(20)}
    assert found == {None, Example("Who built the dam on the Marram Bridge?", RIVER, 0, 0)}


def test_another_question_is_asked_about_a_name_in_the_passage(part: Part) -> None:
    found = {part.other_question(BUILT, random.Random(seed)) for seed in range(40)} - {None}
    assert found and all(example.passage == RIVER and example.end == 0 for example in found)
    assert any("closed" in example.question and "Ostrand Steel" in example.question for example in found)


def test_an_epoch_keeps_every_answer_where_it_stands(part: Part) -> None:
    examples = [example for seed in range(30) for example in epoch([part], lambda words, _: words, random.Random(seed))]
    assert {example.answer for example in examples if example.end} == {"ostrand steel", "march"}
    assert any(not example.end for example in examples)
    assert any(len(example.passage) > len(RIVER) + len(BRIDGE) for example in examples)  # two passages in one
    again = epoch([part], lambda words, _: words, random.Random(3))
    assert again == epoch([part], lambda words, _: words, random.Random(3))


def test_a_question_that_nothing_answers_is_read_in_every_epoch(tmp_path: Path) -> None:
    asked = Example("Who paid for the dam on the River Senn?", RIVER, 0, 0)
    made = Part("made", [BUILT], tmp_path, unanswered=[asked])
    for seed in range(10):
        examples = [each for each in epoch([made], lambda words, _: words, random.Random(seed)) if "paid" in each.question]
        assert len(examples) == 1 and not examples[0].end and RIVER in examples[0].passage


@pytest.mark.parametrize(
    ("made_up", "file"),
    [(stories, WRITTEN), (subjects, SUBJECTS), (retold, RETOLD), (lambda: [*stories(), *subjects()], YES_NO)],
)
def test_written_questions_point_at_words_of_what_was_made_up(made_up: Callable[[], list[Document]], file: str) -> None:
    told = {document.name: document for document in made_up()}
    answered, unanswered = of_documents(list(told.values()), file)
    assert len(answered) > 1000 and len(unanswered) > 800
    for each in answered:
        text = told[each.document].text
        words = text[each.start : each.end]
        assert words and words == words.strip() and text.count(words) == 1
        (answer,) = as_question(each, text).contexts
        assert text.find(answer) + len(answer) == each.end
    assert all(not as_question(each, told[each.document].text).answers for each in unanswered)
    assert len({(each.document, each.question) for each in answered + unanswered}) == len(answered) + len(unanswered)


@pytest.mark.parametrize(("made_up", "one_of"), [(stories, 5), (retold, 8)])
def test_stories_are_held_out_whole(made_up: Callable[[], list[Document]], one_of: int) -> None:
    told = made_up()
    held = held_out(told)
    groups = {document.group for document in told}
    assert len(held) == len(groups) // one_of and held < groups
    assert {len([document for document in told if document.group == group]) for group in groups} == {4}


def test_made_up_subjects_are_held_out_whole() -> None:
    held = held_out(subjects())
    groups = {document.group for document in subjects()}
    assert len(held) == -(-len(groups) // 12) and held < groups


def test_rewording_puts_words_of_like_meaning_in_place() -> None:
    reword = Rewording(["children kids soldiers troops money harbour"] * 8)
    worded = {reword("How many children and soldiers came?", random.Random(seed)) for seed in range(200)}
    assert any("kids" in question for question in worded) and any("troops" in question for question in worded)
    assert not any("harbour" in question or "money" in question for question in worded)
    assert "How many children and soldiers came?" in worded and any(not question.endswith("?") for question in worded)


def test_a_sentence_answers_where_the_answer_ends() -> None:
    article = Article("a" * 16, "d1.json", RIVER)
    found = candidates([Hit(Passage("a" * 16 + ":0", article.id, 0, len(RIVER), RIVER), article, 1.0)])
    question = Question(BUILT.question, "d1", ("Ostrand Steel",), ("in 1934 by Ostrand Steel",))
    assert [answers(candidate, question) for candidate in found] == [True, False]


def test_tokens_are_joined_as_they_were_written() -> None:
    assert _joined("`` No , '' he said -LRB- twice -RRB- .".split()) == '"No," he said (twice).'


def outcome(kind: str, margin: float, right: bool) -> Outcome:
    nothing = np.array([0.0])
    return Outcome(kind, "", np.array([margin]), nothing, nothing, nothing, np.array([right]))


def test_the_odds_give_the_share_that_is_right() -> None:
    # At margin 0 one of four answers is right, at margin 2 three of four: log odds of -log 3 and log 3.
    outcomes = [outcome("answered", 0.0, number < 1) for number in range(4)]
    outcomes += [outcome("answered", 2.0, number < 3) for number in range(4)]
    fitted = calibrate(outcomes)
    assert fitted.margin == pytest.approx(np.log(3), abs=2e-2) and fitted.offset == pytest.approx(-np.log(3), abs=2e-2)
    assert best(fitted, outcomes[-1])[0] == pytest.approx(np.log(3), abs=2e-2)


def test_what_speaks_against_an_answer_is_learned() -> None:
    # Equal margins; what is further down, or lacks a name, answers in one of eight cases and not in half.
    def case(rank: float, missing: float, right: bool) -> Outcome:
        return Outcome("answered", "", np.array([1.0]), np.array([rank]), np.zeros(1), np.array([missing]), np.array([right]))

    outcomes = [case(0, 0, number < 4) for number in range(8)]
    outcomes += [case(3, 0, number < 1) for number in range(8)] + [case(0, 1, number < 1) for number in range(8)]
    odds = calibrate(outcomes)
    assert 3 * odds.rank == pytest.approx(-np.log(7), abs=2e-2) and odds.missing == pytest.approx(-np.log(7), abs=2e-2)
    both = Outcome("answered", "", np.ones(2), np.array([1.0, 0.0]), np.zeros(2), np.zeros(2), np.array([False, True]))
    assert best(odds, both)[1]


def test_figures_by_hand() -> None:
    outcomes = [outcome("answered", 3.0, True), outcome("answered", 1.0, False)]
    outcomes += [outcome("near", 2.0, False), outcome("far", -3.0, False)]
    found, points = figures(outcomes, Odds(1.0, 0.0, 0.0, 0.0, 0.0))
    assert (found["questions"], found["answer_first"], found["auc_near"], found["auc_far"]) == (2, 0.5, 0.5, 1.0)
    # At 0.80 the answer with margin 1 (chance .73) is withheld and the near question with margin 2 (.88) is answered.
    assert (0.8, 0.5, 0.5) in points
