"""Another order of what was found: by a scripted reranker, and by a tiny real cross-encoder that is made here."""

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import rag
from index.errors import ModelError
from index.opened import Index
from rag.answer import trace
from rag.records import Filters
from rag.rerank import load, reranked
from rag.retrieve import retrieve
from rag.settings import settings_hash
from ui.cli import main

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] the a of to in on was is who when what dam river broke fell snow bridge council . , ?"
TEXTS = ["The dam broke.", "snow", "The council was on the bridge, in the snow."]
QUESTION = "when was the Marram Bridge closed?"


class Scripted:
    """A reranker to compute by hand: a text has the score of the first word of `scores` that it holds, else 0.

    `asked` keeps every question and the texts that came with it.
    """

    def __init__(self, scores: dict[str, float], name: str = "scripted") -> None:
        self.name = name
        self.scores = scores
        self.asked: list[tuple[str, list[str]]] = []

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        self.asked.append((question, list(texts)))
        return [next((score for word, score in self.scores.items() if word in text), 0.0) for text in texts]


class Wrong:
    """A reranker that always gives the same scores, whatever it is asked."""

    name = "wrong"

    def __init__(self, given: list[Any]) -> None:
        self.given = given

    def score(self, question: str, texts: Sequence[str]) -> list[Any]:
        return self.given


@pytest.fixture
def ferries(archive: Callable[..., Index]) -> Index:
    """Five articles that a search for "the ferry sank" finds in the order of their letters."""
    return archive(
        a="The ferry sank.",
        b="The ferry sank on Monday.",
        c="The ferry sank on Monday near Port.",
        d="The ferry sank on Monday near Port after dark fell there.",
        e="Title: Storm\n\nA ferry was seen on Friday by people who live near Port and who went home after dark fell there.",
    )


def paths(index: Index, reranker: Any = None, limit: int = 10) -> list[str]:
    return [hit.article.path[0] for hit in rag.search("the ferry sank", index=index, limit=limit, reranker=reranker)]


def test_the_order_is_the_rerankers_and_the_scores_are_the_searchs(ferries: Index) -> None:
    plain = retrieve(ferries, "the ferry sank", Filters())
    assert [hit.article.path[0] for hit in plain] == list("abcde")
    found = rag.search("the ferry sank", index=ferries, reranker=Scripted({"Friday": 3, "dark": 2, "Port": -1}))
    assert [hit.article.path[0] for hit in found] == list("edabc")
    assert {hit.passage.id: hit.score for hit in found} == {hit.passage.id: hit.score for hit in plain}


def test_equal_scores_keep_the_order_of_the_search(ferries: Index) -> None:
    assert paths(ferries, Scripted({})) == list("abcde")
    assert paths(ferries, Scripted({"Port": 1})) == list("cdeab")
    assert paths(ferries, Scripted({"Port": -1})) == list("abcde")


def test_what_stood_further_down_than_the_limit_may_come_first(ferries: Index) -> None:
    assert paths(ferries, limit=2) == list("ab")
    assert paths(ferries, Scripted({"dark": 1}), limit=2) == list("de")


def test_it_is_asked_once_with_the_question_and_every_passage_under_its_title(ferries: Index) -> None:
    reranker = Scripted({})
    hits = rag.search("  the ferry sank ", index=ferries, reranker=reranker)
    ((question, texts),) = reranker.asked
    assert question == "the ferry sank"
    assert texts == [f"{hit.article.title}. {hit.passage.text}" if hit.article.title else hit.passage.text for hit in hits]
    assert texts[-1].startswith("Storm. A ferry was seen")


def test_it_is_not_asked_where_there_is_no_order(ferries: Index) -> None:
    hits = retrieve(ferries, "the ferry sank", Filters())
    assert reranked("the ferry sank", hits[:1], Wrong([])) == hits[:1]
    assert reranked("the ferry sank", [], Wrong([1.0])) == []


@pytest.mark.parametrize(
    "given, said",
    [
        ([1.0], "'wrong' gave 1 scores for 5 passages"),
        ([0.0] * 6, "'wrong' gave 6 scores for 5 passages"),
        ([1.0, 2.0, math.nan, 0.0, 0.0], "no order can be made of: nan"),
        ([1.0, math.inf, 0.0, 0.0, 0.0], "no order can be made of: inf"),
        ([1.0, None, 0.0, 0.0, 0.0], "no order can be made of: None"),
    ],
)
def test_scores_that_make_no_order_are_refused(ferries: Index, given: list[Any], said: str) -> None:
    for ask in (rag.search, rag.answer):
        with pytest.raises(ModelError, match=said) as caught:
            ask("the ferry sank", index=ferries, reranker=Wrong(given))
        assert caught.value.next_step == "the same without --reranker"


def test_an_answer_is_made_from_what_the_reranker_put_first(sample: Index) -> None:
    plain, _ = trace(QUESTION, index=sample)
    cited = {citation.article_id for citation in plain.citations}
    article = sample.article(plain.citations[0].article_id)
    assert article is not None and article.title
    # Sent to the end of all that was looked at, it is not among the ten any more, and nothing of it is read.
    reranker = Scripted({article.title: -1.0})
    answer, hits = trace(QUESTION, index=sample, reranker=reranker)
    assert len(reranker.asked[0][1]) > 10 and len(hits) == 10
    assert article.id in cited and article.id not in {hit.article.id for hit in hits}
    assert article.id not in {citation.article_id for citation in answer.citations}
    assert hits == rag.search(QUESTION, index=sample, reranker=reranker)
    *_, streamed = rag.stream(QUESTION, index=sample, reranker=reranker)
    assert isinstance(streamed, rag.Answer)
    assert streamed.to_dict() | {"timings": {}} == answer.to_dict() | {"timings": {}}


@pytest.mark.parametrize("question", [QUESTION, "what did the Taliban offer in early July?", "who won the 2022 World Cup?"])
def test_scores_that_change_no_order_change_no_byte_of_an_answer(sample: Index, question: str) -> None:
    one, other = rag.answer(question, index=sample), rag.answer(question, index=sample, reranker=Scripted({}))
    assert one.settings_hash == settings_hash() == rag.answer(question, index=sample, reranker=None).settings_hash
    assert other.settings_hash == settings_hash(Scripted({}))
    found = [each.to_dict() | {"timings": {}, "settings_hash": ""} for each in (one, other)]
    assert json.dumps(found[0]) == json.dumps(found[1])


def test_every_look_at_the_archive_is_reranked(sample: Index) -> None:
    # Nothing of that month answers, so it is looked for without the month, and again without any filter, to say why not.
    reranker = Scripted({})
    assert rag.answer("who won the World Cup in July 2021?", index=sample, reranker=reranker).refused
    assert len(reranker.asked) == 3


def test_another_reranker_is_another_setting() -> None:
    hashes = {settings_hash(), settings_hash(Scripted({}, "one")), settings_hash(Scripted({}, "two"))}
    assert len(hashes) == 3
    assert settings_hash(Scripted({"a": 1}, "one")) in hashes


def make(folder: Path, *, labels: int | None = 1) -> Path:
    """A BERT of two layers that scores pairs, saved as sentence-transformers saves it; without labels one that does not."""
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizerFast

    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS.split()) + "\n")
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder / "bert")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS.split()),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=48,
        initializer_range=0.5,  # else all scores are nearly equal
        num_labels=labels or 1,
    )
    if labels is None:
        BertModel(config).save_pretrained(folder / "bert")
        return folder / "bert"
    BertForSequenceClassification(config).save_pretrained(folder / "bert")
    CrossEncoder(str(folder / "bert"), device="cpu", local_files_only=True).save_pretrained(
        str(folder / "made"), create_model_card=False
    )
    return folder / "made"


@pytest.fixture(scope="session")
def made_reranker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("reranker") / "it")


@pytest.fixture
def model(made_reranker: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made_reranker, tmp_path / "model"))


def test_a_model_in_a_folder_gives_the_logits_of_sentence_transformers(model: Path) -> None:
    import torch
    from sentence_transformers import CrossEncoder

    texts = [*TEXTS, "", "snow " * 90]
    scores = load(model).score("who broke the dam?", texts)
    reference = CrossEncoder(str(model), device="cpu", local_files_only=True, activation_fn=torch.nn.Identity())
    assert scores == pytest.approx(reference.predict([("who broke the dam?", text) for text in texts]), abs=1e-4)
    assert len(set(scores)) == len(texts)
    assert min(scores) < 0 or max(scores) > 1  # no sigmoid
    assert scores == pytest.approx([load(model).score("who broke the dam?", [text])[0] for text in texts], abs=1e-4)
    assert load(model).score("who broke the dam?", []) == []


def test_a_model_once_found_is_kept_by_whatever_path(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = load(str(model))
    assert load(model) is found
    monkeypatch.chdir(model.parent)
    assert load("model").folder == found.folder


def test_threads_may_share_a_model(model: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(lambda: load(model).score("who broke the dam?", TEXTS)) for _ in range(8)]
    assert {tuple(each.result()) for each in found} == {tuple(load(model).score("who broke the dam?", TEXTS))}


def test_its_name_changes_with_its_weights_and_not_with_its_place(model: Path, tmp_path: Path) -> None:
    name = load(model).name
    (tmp_path / "other").mkdir()
    elsewhere = Path(shutil.copytree(model, tmp_path / "other" / "model"))
    assert load(elsewhere).name == name and name.startswith("model ")
    third = Path(shutil.copytree(model, tmp_path / "third" / "model"))
    (third / "tokenizer_config.json").write_text("{}")
    assert load(third).name != name


def test_a_model_orders_what_is_found(ferries: Index, model: Path) -> None:
    hits = retrieve(ferries, "the ferry sank", Filters())
    texts = [f"{hit.article.title}. {hit.passage.text}" if hit.article.title else hit.passage.text for hit in hits]
    scores = load(model).score("the ferry sank", texts)
    expected = [hits[place] for place in sorted(range(len(hits)), key=lambda place: -scores[place])]
    assert rag.search("the ferry sank", index=ferries, reranker=str(model)) == expected != hits


def test_a_folder_that_holds_code_or_only_pickled_weights_is_refused(model: Path) -> None:
    (model / "modeling.py").write_text("raise SystemExit('code was run')")
    with pytest.raises(ModelError, match=r"holds Python code \(modeling.py\)") as caught:
        load(model)
    assert caught.value.next_step == "the same without --reranker"
    (model / "modeling.py").unlink()
    (model / "model.safetensors").rename(model / "pytorch_model.bin")
    with pytest.raises(ModelError, match="only pickled"):
        load(model)


def test_a_model_that_was_not_made_to_score_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds no cross-encoder"):
        load(make(tmp_path / "embedder", labels=None))  # the library would score with random numbers
    with pytest.raises(ModelError, match="holds no cross-encoder"):
        load(tmp_path)


def test_a_model_of_several_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="gives 3 scores a passage"):
        load(make(tmp_path / "labels", labels=3)).score("who?", TEXTS)


def test_a_damaged_model_is_refused(model: Path) -> None:
    os.truncate(model / "model.safetensors", 100)
    with pytest.raises(ModelError, match=r"The reranker in '.*' cannot be loaded"):
        load(model).score("who?", TEXTS)


def test_nothing_is_looked_for_on_the_network_when_offline(tmp_path: Path) -> None:
    code = """
import sys
reached = []
sys.addaudithook(lambda event, given: reached.append(event) if event in ("socket.connect", "socket.getaddrinfo") else None)
from rag import rerank
from index.errors import ModelError
for name in ("nobody/no-such-model", ""):
    try:
        rerank.load(name)
    except ModelError as error:
        print(error, reached)
"""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    one, other = run.stdout.splitlines()
    assert one.startswith("No reranker 'nobody/no-such-model': not a folder here, and not fetched")
    assert one.endswith("Try: the same without --reranker []")
    assert other.startswith("No reranker ''")


def test_torch_is_loaded_by_a_reranker_that_scores_and_by_nothing_before(sample: Index, model: Path) -> None:
    code = f"""
import sys
import rag
from rag import rerank
index = rag.open({str(sample.folder)!r})
rag.answer({QUESTION!r}, index=index)
named = rerank.load({str(model)!r}).name
print("torch" in sys.modules, "sentence_transformers" in sys.modules)
rag.search({QUESTION!r}, index=index, reranker={str(model)!r})
print("torch" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("False False\nTrue\n", "")


def test_the_doors_take_it(
    sample: Index, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ["--index", str(sample.folder), "--reranker", str(model)]
    assert main(["search", QUESTION, "--json", *where]) == 0
    found = [hit["passage"]["id"] for hit in json.loads(capsys.readouterr().out)["hits"]]
    assert found == [hit.passage.id for hit in rag.search(QUESTION, index=sample, reranker=model)]
    assert found != [hit.passage.id for hit in rag.search(QUESTION, index=sample)]
    main(["ask", QUESTION, "--json", *where])
    expected = settings_hash(load(model))
    assert json.loads(capsys.readouterr().out)["settings_hash"] == expected
    (tmp_path / "set.yaml").write_text(f'- {{id: one, question: "{QUESTION}", facts: [[bridge]]}}\n', encoding="utf-8")
    out = tmp_path / "run.jsonl"
    assert main(["eval", "run", str(tmp_path / "set.yaml"), "--out", str(out), *where]) == 0
    head, outcome = (json.loads(line) for line in out.read_text(encoding="utf-8").splitlines())
    assert head["run"]["settings_hash"] == outcome["answer"]["settings_hash"] == expected
    assert head["run"]["answerer"] == f"sentences, reranked by {load(model).name}"
    assert [hit["passage"] for hit in outcome["hits"]] == found


@pytest.mark.parametrize("command", ["ask who?", "search who?", "chat --no-browser", "eval run sample --out run.jsonl"])
def test_a_reranker_that_is_not_there_is_one_line_at_every_door(
    command: str, sample: Index, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert main([*command.split(), "--index", str(sample.folder), "--reranker", "nobody/nothing"]) == 1
    captured = capsys.readouterr()
    assert "No reranker 'nobody/nothing'" in captured.err and "Try: the same without --reranker" in captured.err
    assert captured.err.count("\n") == 1 and not captured.out
    assert not (tmp_path / "run.jsonl").exists()
