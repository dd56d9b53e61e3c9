import json
import math
from pathlib import Path
from typing import Any

import pytest
from benchmarks_made import BRIDGE, FERRY, TICKET, TOSCA, YEAR, beir, lines, plain, squad, written, zipped

from evals.benchmarks import answering, bench, rankings
from evals.benchmarks.answering import Given
from evals.benchmarks.archive import DOCUMENTS
from evals.benchmarks.bench import BENCHMARKS
from evals.benchmarks.published import PEERS, Peer
from evals.benchmarks.rgb import AGREE, DIFFER
from evals.benchmarks.table import Table
from evals.outcomes import Outcome
from evals.questions import Question
from evals.stats import Figure
from index.embed import Embedder
from index.errors import UsageError

# --- retrieval --------------------------------------------------------------------------------------------------------


def test_ndcg_takes_the_grades_themselves_as_beir_does() -> None:
    measures = {"nDCG@10": "nDCG@10"}
    found = rankings.judged(measures, {"q": {"x": 2, "y": 1, "z": 0}, "none": {"x": 1}}, {"q": ["z", "y", "x"], "none": []})
    worked = (1 / math.log2(3) + 2 / math.log2(4)) / (2 / math.log2(2) + 1 / math.log2(3))
    assert found == {"nDCG@10": [(pytest.approx(worked), 1.0), (0.0, 1.0)]}


@pytest.mark.parametrize("pack", [lambda folder: folder, zipped], ids=["folder", "zip"])
def test_beir_is_read_from_a_folder_and_from_within_a_zip(pack: Any, tmp_path: Path, embedder: Embedder) -> None:
    source = pack(beir(tmp_path / "tiny"))
    before = sorted(tmp_path.rglob("*"))
    table = bench.run("beir", source, embedder=embedder)
    assert sorted(tmp_path.rglob("*")) == before  # nothing is unpacked or left
    assert (table.data, table.questions, table.documents) == ("tiny", 2, 4)
    assert list(table.rows) == ["BM25 alone", "vectors alone", "fused"]
    # q-ferry: only the ferry shares a word, of grade 2 of 2 and 1. q-same: the document of the same name is passed over.
    ferry = 2 / (2 + 1 / math.log2(3))
    same = 1 / (1 + 1 / math.log2(3))
    assert table.rows["BM25 alone"]["nDCG@10"].value == pytest.approx((ferry + same) / 2)


def test_a_limit_keeps_the_first_questions_and_says_so(tmp_path: Path, embedder: Embedder) -> None:
    folder = beir(tmp_path / "nfcorpus")
    with (folder / "corpus.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(lines(*({"_id": f"d{number}", "text": f"Notice number {number}."} for number in range(30))))
    table = bench.run("beir", folder, 1, embedder=embedder)
    assert (table.questions, table.documents, table.limit) == (1, DOCUMENTS, 1)
    assert table.rows["BM25 alone"]["nDCG@10"].value > 0.5  # its own documents are among them
    assert bench.PART in table.notes and not table.published
    assert bench.run("beir", folder, embedder=embedder).published == PEERS["beir", "nfcorpus"]


def test_a_kept_index_is_built_on(tmp_path: Path, embedder: Any) -> None:
    source, keep = beir(tmp_path / "tiny"), tmp_path / "keep"
    first = bench.run("beir", source, keep=keep, embedder=embedder)
    assert any(FERRY in text for text in embedder.encoded)
    embedder.encoded.clear()
    again = bench.run("beir", source, keep=keep, embedder=embedder)
    assert not any(FERRY in text for text in embedder.encoded)
    assert again.rows == first.rows
    assert bench.run("beir", source, 1, keep=keep, embedder=embedder).documents == 4


def test_squad_finds_paragraphs(tmp_path: Path, embedder: Embedder) -> None:
    table = bench.run("squad", squad(tmp_path / "tiny-v1.1.json"), answers=False, embedder=embedder)
    assert (table.data, table.questions, table.documents) == ("tiny-v1.1", 3, 3)
    assert {row: figures["Hit@1"].value for row, figures in table.rows.items()} == dict.fromkeys(rankings.SEARCHES, 1.0)
    assert set(table.rows["fused"]) == {"Hit@1", "Hit@5"}


def test_articles_choose_the_questions_and_not_the_archive(tmp_path: Path, embedder: Embedder) -> None:
    table = bench.run("squad", squad(tmp_path / "x.json"), articles="1:2", answers=False, embedder=embedder)
    assert (table.data, table.questions, table.documents) == ("x, articles 1:2", 1, 3)


def test_questions_without_an_answer_have_no_part_in_retrieval(tmp_path: Path, embedder: Embedder) -> None:
    table = bench.run("squad", squad(tmp_path / "x.json", unanswerable=True), answers=False, embedder=embedder)
    assert table.questions == 4 and table.rows["fused"]["Hit@1"].questions == 3


# --- answers ----------------------------------------------------------------------------------------------------------


def test_squad2_500_is_answered_from_the_passage_and_over_the_archive(tmp_path: Path, embedder: Embedder) -> None:
    queries = [
        {"id": "a", "question": "In what year was the Marram Bridge opened?", "context": BRIDGE},
        {"id": "b", "question": "How much does a return ticket cost?", "context": FERRY},
        {"id": "d", "question": "Who composed the opera Tosca?", "context": FERRY},
    ]
    golds = {
        "a": {"answers": ["1878", "in 1878"], "is_impossible": False},
        "b": {"answers": ["nine crowns"], "is_impossible": False},
        "d": {"answers": [""], "is_impossible": True},
    }
    folder = written(
        tmp_path / "squad2-500",
        queries_DOT_json=json.dumps({"queries": queries}),
        ground_truth_DOT_json=json.dumps(golds),
    )
    stages: set[str] = set()
    table = bench.run("squad2-500", folder, embedder=embedder, progress=lambda stage, done, total: stages.add(stage))
    assert (table.questions, table.documents) == (3, 2)
    assert stages >= {"embedding", "searching: fused", "reading the passage", "answering"}
    given, archive = table.rows["answers, passage given"], table.rows["answers, over all 2"]
    assert given["NoAns"].value == archive["NoAns"].value == 1.0 and given["NoAns"].questions == 1
    assert given["HasAns F1"].value > 0.5 and archive["HasAns F1"].value > 0.5
    assert given["F1"].value == pytest.approx((2 * given["HasAns F1"].value + given["NoAns"].value) / 3)
    assert given["AUC"].value == 1.0
    assert table.rows["answers, passage given, odd half"]["F1"].questions == 1
    assert table.rows["answers, passage given, threshold of the other half"]["F1"].questions == 3
    best = table.rows["answers, passage given, best threshold, as published figures have it"]["F1"].value
    assert best >= max(table.rows[name]["F1"].value for name in table.rows if name.startswith("answers, passage given, t"))
    assert "Refusing every question would give EM and F1 0.333." in table.notes
    assert [peer.value for peer in table.published] == [0.756, 0.768]
    likeness = bench.run("squad2-500", folder, reader=False, embedder=embedder)
    assert likeness.notes[0] == bench.LIKENESS and bench.LIKENESS not in table.notes
    assert likeness.rows["answers, passage given"]["HasAns F1"].value < given["HasAns F1"].value  # sentences, no words in them
    assert likeness.rows["fused"] == table.rows["fused"]
    with pytest.raises(UsageError, match="'rgb' has no option 'reader'"):
        bench.run("rgb", folder, reader=False, embedder=embedder)


def test_clapnq_compares_refusals_and_the_first_citation(tmp_path: Path, embedder: Embedder) -> None:
    def entry(name: str, asked: str, text: str, *chosen: str) -> dict[str, Any]:
        passage = {"title": "", "text": text, "sentences": text.replace(". ", ".|").split("|")}
        return {
            "id": name,
            "input": asked,
            "passages": [passage],
            "output": [{"answer": "", "selected_sentences": list(chosen)}],
        }

    year, arches = BRIDGE.replace(". ", ".|").split("|")
    folder = written(
        tmp_path / "clapnq",
        answerable_DOT_jsonl=lines(
            entry("1", "In what year was the Marram Bridge opened?", BRIDGE, year),
            entry("2", "In what year was the Marram Bridge opened?", BRIDGE, arches),
        ),
        unanswerable_DOT_jsonl=lines(entry("1", "Who composed the opera Tosca?", FERRY)),
    )
    table = bench.run("clapnq", folder, embedder=embedder)
    refusing, odd, cited = table.rows.values()
    assert (odd["false refusals"].questions, "refusal recall" in odd) == (1, False)  # the second answerable question alone
    assert {name: refusing[name].value for name in ("refusal precision", "refusal recall", "false refusals")} == {
        "refusal precision": 1.0,
        "refusal recall": 1.0,
        "false refusals": 0.0,
    }
    assert cited["of answered"].value == cited["of answerable"].value == 0.5
    assert "Of a passage's sentences annotators chose 0.500, which guessing would find." in table.notes
    assert bench.run("clapnq", folder, 2, embedder=embedder).questions == 2  # one of each kind


def test_rgb_asks_each_question_of_its_own_documents(tmp_path: Path, embedder: Embedder) -> None:
    def entry(number: int, answer: object, positive: list[str], wrong: list[str]) -> dict[str, Any]:
        asked = "In what year was the Marram Bridge opened?"
        found = {"id": number, "query": asked, "answer": answer, "fakeanswer": "1901"}
        return {**found, "positive": positive, "positive_wrong": wrong, "negative": [FERRY]}

    false = "The Marram Bridge was opened in 1901 by the mayor of Port Ellery."
    file = tmp_path / "en_fact.json"
    text = lines(entry(0, [["1878", "the year 1878"]], [BRIDGE], []), entry(1, "1878", [], [false]), entry(2, "1878", [], []))
    file.write_text(text, encoding="utf-8")
    table = bench.run("rgb", file, embedder=embedder)
    assert (table.questions, table.documents) == (3, 5)
    values = {name: figure.value for name, figure in table.rows["answers"].items()}
    third = pytest.approx(1 / 3)
    assert values == {
        "true answer": third, "both sides": 0.0, "false answer alone": third, "said to differ": 0.0,
        "both said to differ": 0.0, "refused": third,
    }  # fmt: skip
    assert list(table.rows) == ["answers", "true documents alone", "true documents alone, even questions"]


def test_rgb_asks_where_documents_differ_and_where_they_agree(tmp_path: Path, embedder: Embedder) -> None:
    asked = "In what year was the Marram Bridge opened?"
    false = BRIDGE.replace("1878", "1901")
    assert false != BRIDGE
    entry = {"query": asked, "answer": "1878", "fakeanswer": "1901", "positive": [BRIDGE], "positive_wrong": [false]}
    file = tmp_path / "en_fact.json"
    file.write_text(lines({**entry, "id": 0, "negative": [FERRY]}, {**entry, "id": 1, "negative": []}), encoding="utf-8")
    rows = bench.run("rgb", file, embedder=embedder).rows
    halves = [f"{name}, {half} questions" for name in (DIFFER, AGREE) for half in ("even", "odd")]
    assert list(rows) == ["answers", DIFFER, AGREE, *halves]
    for name in (DIFFER, halves[0], halves[1]):
        assert rows[name]["said to differ"].value == rows[name]["both said to differ"].value == 1.0
    for name in (AGREE, halves[2], halves[3]):
        assert rows[name]["said to differ"].value == 0.0 and rows[name]["true answer"].value == 1.0


def test_auc_counts_pairs_and_halves_ties() -> None:
    def given(name: str, chance: float, refuse: bool) -> Given:
        outcome = Outcome(Question(name, "?", answers=("",), refuse=refuse), 0, None)
        return Given(outcome, chance, (), outcome)

    found = answering.auc([given("a", 0.9, False), given("b", 0.5, False), given("c", 0.5, True), given("d", 0.1, True)])
    assert found["AUC"].value == (1 + 1 + 0.5 + 1) / 4
    assert found["AUC"].low <= found["AUC"].value <= found["AUC"].high == 1.0
    assert answering.auc([given("a", 0.9, False)]) == {}


def test_a_half_is_refused_by_the_threshold_that_is_best_for_the_other() -> None:
    def given(number: int, chance: float, answer: str) -> Given:
        question = Question(str(number), "?", answers=(answer,), refuse=not answer)
        said = {"refused": False, "short": "nine crowns", "sentences": [], "citations": [], "disagreements": []}
        outcome = Outcome(question, 0, said)
        return Given(outcome, chance, (), outcome)

    # The even half is answered best down to .6, the odd one down to .3.
    even = [given(0, 0.9, "nine crowns"), given(2, 0.6, "nine crowns"), given(4, 0.5, ""), given(6, 0.2, "")]
    odd = [given(1, 0.8, "nine crowns"), given(3, 0.3, "nine crowns"), given(5, 0.55, "nine crowns"), given(7, 0.1, "")]
    mixed = [each for pair in zip(even, odd, strict=True) for each in pair]
    found = answering.refitted(mixed)
    assert [outcome.refused for outcome in found[::2]] == [False, False, False, True]
    assert [outcome.refused for outcome in found[1::2]] == [False, True, True, True]
    # Down to .55 all are right, and below it as many are lost as won.
    by_themselves = answering.refitted(mixed, by_themselves=True)
    assert [outcome.refused for outcome in by_themselves] == [each.chance < 0.55 for each in mixed]
    nothing = [given(number, 0.5, "") for number in range(4)]
    assert all(outcome.refused for outcome in answering.refitted(nothing))


def test_cast_compares_words_with_those_of_a_person(tmp_path: Path) -> None:
    turns = [
        {
            "number": 1,
            "raw_utterance": "Who built the Marram Bridge?",
            "manual_rewritten_utterance": "Who built the Marram Bridge?",
        },
        {
            "number": 2,
            "raw_utterance": "When was it opened?",
            "manual_rewritten_utterance": "When was the Marram Bridge opened?",
        },
    ]
    file = tmp_path / "topics.json"
    file.write_text(json.dumps([{"number": 81, "turn": turns}]), encoding="utf-8")
    table = bench.run("cast2020", file)
    assert table.questions == 1 and list(table.rows) == ["as searched", "as asked", "history in front"]
    # when, was, opened of when was it opened | when was the marram bridge opened
    assert table.rows["as asked"]["token F1"].value == pytest.approx(6 / 10)
    assert table.rows["as asked"]["ROUGE-1 recall"].value == pytest.approx(3 / 6)
    assert table.rows["history in front"]["token F1"].value == pytest.approx(12 / 15)
    assert table.rows["history in front"]["ROUGE-1 recall"].value == 1.0
    turns[1]["automatic_rewritten_utterance"] = turns[1]["manual_rewritten_utterance"]
    file.write_text(json.dumps([{"number": 81, "turn": turns}]), encoding="utf-8")
    assert bench.run("cast2020", file).rows["the organisers' automatic rewrite"]["token F1"].value == 1.0


@pytest.mark.parametrize("articles", ["articles/", ""], ids=["below articles", "beside questions.json"])
def test_plain_measures_retrieval_answers_choices_and_refusals(articles: str, tmp_path: Path, embedder: Embedder) -> None:
    table = bench.run("plain", plain(tmp_path / "own", YEAR, TICKET, TOSCA, articles=articles), embedder=embedder)
    assert (table.questions, table.documents, table.notes) == (3, 3, ())
    assert {name: figure.value for name, figure in table.rows["fused"].items()} == {
        "recall@1": 1.0, "recall@10": 1.0, "MRR": 1.0, "nDCG@10": 1.0,
    }  # fmt: skip
    answers = table.rows["answers"]
    assert answers["right choice"] == Figure(1.0, 1.0, 1.0, 1)
    assert answers["refusal precision"].value == answers["refusal recall"].value == 1.0
    assert answers["false refusals"].value == 0.0 and answers["F1"].value > 0.5


def test_plain_counts_every_gold_article(tmp_path: Path, embedder: Embedder) -> None:
    question = {"id": "q", "question": "ferry ticket or fish market?", "gold": ["ferry", "articles/market.txt".split("/")[1]]}
    table = bench.run("plain", plain(tmp_path / "own", question), embedder=embedder)
    assert list(table.rows) == ["BM25 alone", "vectors alone", "fused"]  # nothing is expected of an answer
    assert table.rows["BM25 alone"]["recall@1"].value == 0.5 and table.rows["BM25 alone"]["recall@10"].value == 1.0


# --- the table --------------------------------------------------------------------------------------------------------


def test_a_table_is_plain_json_and_markdown() -> None:
    table = Table(
        name="beir",
        data="tiny",
        rows={
            "fused": {"nDCG@10": Figure(0.5, 0.25, 1.0, 2)},
            "answers": {"F1": Figure(0.75, 0.5, 1.0, 2), "NoAns": Figure(1.0, 1.0, 1.0, 1)},
            "again": {"F1": Figure(0.0, 0.0, 0.0, 2)},
        },
        questions=2,
        documents=1200,
        passages=1300,
        seconds=3.4,
        limit=None,
        settings_hash="abc",
        notes=("A note.",),
        published=(Peer("BM25", "nDCG@10", 0.3218, "a page", "flat"), Peer("other", "MRR", 0.1, "elsewhere")),
    )
    assert json.loads(json.dumps(table.to_dict()))["rows"]["fused"]["nDCG@10"] == {
        "value": 0.5, "low": 0.25, "high": 1.0, "questions": 2,
    }  # fmt: skip
    assert table.to_markdown().split("\n\n") == [
        "### beir: tiny",
        "2 questions, 1,200 documents in 1,300 passages; 3 s, settings abc.",
        "|  | nDCG@10 |\n| --- | --- |\n| fused | .500 [.250, 1.000] |\n| *published: BM25* | .322 |",
        "|  | F1 | NoAns |\n| --- | --- | --- |\n| answers | .750 [.500, 1.000] | 1.000 [1.000, 1.000], n = 1 |\n"
        "| again | .000 [.000, .000] |  |",
        "- BM25: a page; flat.\n- A note.",
    ]


def test_every_benchmark_names_its_command_and_every_peer_its_source() -> None:
    for name, benchmark in BENCHMARKS.items():
        assert benchmark.command.startswith(f"footnote eval bench {name} ")
    for (name, _), peers in PEERS.items():
        assert name in BENCHMARKS and all(peer.source and 0 < peer.value < 1 for peer in peers)
