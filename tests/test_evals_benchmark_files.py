"""Benchmark data and options that are not as they should be: each is refused with its place and the next command."""

from pathlib import Path
from typing import Any

import pytest
from benchmarks_made import MARKET, TICKET, TOSCA, YEAR, beir, lines, plain, squad, written, zipped

from evals.benchmarks import bench
from evals.benchmarks.bench import BENCHMARKS
from index.embed import Embedder
from index.errors import FootnoteError, UsageError


def cut(file: Path, to: int) -> Path:
    file.write_bytes(file.read_bytes()[:to])
    return file


def damaged(folder: Path) -> Path:
    """A zip whose directory is whole and whose first member is not."""
    source = zipped(beir(folder))
    data = bytearray(source.read_bytes())
    data[60:80] = bytes(20)
    source.write_bytes(data)
    return source


def changed(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def without(folder: Path, name: str) -> Path:
    (folder / name).unlink()
    return folder


def in_beir(name: str, text: str) -> Any:
    return lambda at: changed(beir(at / "x"), name, text)


def in_file(text: str) -> Any:
    return lambda at: changed(at, "x.json", text) / "x.json"


def in_plain(*questions: dict[str, Any]) -> Any:
    return lambda at: plain(at / "x", *questions)


# What is wrong: the benchmark, how to make it so, and what the message has to say.
WRONG: dict[str, tuple[str, Any, str]] = {
    "no such path": ("beir", lambda at: at / "nowhere", "nowhere"),
    "a folder without a member": ("beir", lambda at: without(beir(at / "x"), "queries.jsonl"), "queries.jsonl"),
    "a zip without a member": ("beir", lambda at: zipped(without(beir(at / "x"), "corpus.jsonl")), "holds no corpus.jsonl"),
    "a zip cut short": ("beir", lambda at: cut(zipped(beir(at / "x")), 300), "no whole zip"),
    "a damaged zip": ("beir", lambda at: damaged(at / "x"), "no whole zip"),
    "a file that is no zip": ("beir", in_file("hello"), "no whole zip"),
    "a broken line": ("beir", in_beir("corpus.jsonl", '{"_id": "a", "text": "b"}\n{"_id'), "corpus.jsonl:2"),
    "a line that is no object": ("beir", in_beir("queries.jsonl", "[1]\n"), "queries.jsonl:1"),
    "a missing field": ("beir", in_beir("corpus.jsonl", '{"_id": "a"}\n'), "'text' is a text, not None"),
    "a number for a text": ("beir", in_beir("corpus.jsonl", '{"_id": 1, "text": ""}\n'), "corpus.jsonl:1"),
    "odd judgements": ("beir", in_beir("qrels/test.tsv", "a\tb\tc\nq-ferry ferry 2\n"), "test.tsv:2"),
    "no judgements": ("beir", in_beir("qrels/test.tsv", "a\tb\tc\n"), "holds no judgements"),
    "a lost query": ("beir", in_beir("qrels/test.tsv", "q-9\tferry\t1\n"), "'q-9'"),
    "not UTF-8": ("squad", lambda at: (at / "x.json").write_bytes(b'{"data": "\xff"}') and at / "x.json", "not UTF-8"),
    "broken JSON": ("squad", lambda at: cut(squad(at / "x.json"), 90), "x.json:1: no JSON"),
    "other JSON": ("squad", in_file('{"data": [{"title": "A"}]}'), "data[0]: 'paragraphs'"),
    "nested too deeply": ("squad", in_file("[" * 100_000), "no JSON"),
    "no ground truth": ("squad2-500", lambda at: changed(at, "queries.json", '{"queries": []}'), "ground_truth.json"),
    "half of clapnq": ("clapnq", lambda at: changed(at, "answerable.jsonl", ""), "unanswerable.jsonl"),
    "a line without documents": ("rgb", in_file('{"answer": "a", "fakeanswer": "b", "query": "c"}'), "x.json:1"),
    "a conversation of no turns": ("cast2020", in_file('[{"turn": []}]'), "holds no follow-up"),
    "an unknown gold article": ("plain", in_plain({**YEAR, "gold": ["tower"]}), "'tower', which is no article"),
    "an unknown key": ("plain", in_plain({**YEAR, "golden": 1}), "questions.json: [0]"),
    "an id given twice": ("plain", in_plain(YEAR, {**TOSCA, "id": "1"}), "[1]: the id '1' is taken"),
    "a day that is none": ("plain", in_plain({**YEAR, "date": "March"}), "'date' is a day"),
    "a choice that is missing": ("plain", in_plain({**TICKET, "choices": ["one"]}), "none of the choices"),
    "a question without words": ("plain", in_plain({**YEAR, "question": "?"}), "'question' has no words"),
}


@pytest.mark.parametrize("case", WRONG)
def test_bad_data_is_refused_with_its_place_and_the_next_command(case: str, tmp_path: Path, embedder: Embedder) -> None:
    name, make, said = WRONG[case]
    with pytest.raises(UsageError) as error:
        bench.run(name, make(tmp_path), embedder=embedder)
    assert said in error.value.message and str(tmp_path) in error.value.message
    assert "Expected: " in error.value.message
    assert error.value.next_step == BENCHMARKS[name].command


def test_a_stem_that_two_articles_have_is_refused(tmp_path: Path, embedder: Embedder) -> None:
    folder = plain(tmp_path / "x", YEAR)
    written(folder, articles__old__bridge_DOT_txt=MARKET)
    with pytest.raises(UsageError, match=r"several articles, 'bridge\.txt' and 'old/bridge\.txt'"):
        bench.run("plain", folder, embedder=embedder)


def test_a_zip_is_read_in_place_whatever_its_members_are_called(tmp_path: Path, embedder: Embedder) -> None:
    source = zipped(beir(tmp_path / "in" / "tiny"), top="../../")
    bench.run("beir", source, embedder=embedder)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in"]


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("trivia", {}, "there are beir, squad, squad2-500, clapnq, rgb, cast2020, plain"),
        ("beir", {"articles": "1:2"}, "'beir' has no option 'articles'"),
        ("rgb", {"answers": False}, "'rgb' has no option 'answers'"),
        ("squad", {"split": "dev"}, "'squad' has no option 'split'"),
        ("beir", {"split": "../../test"}, "there are train, dev, test"),
        ("squad", {"articles": "8:4"}, "'8:4' names no articles"),
        ("squad", {"limit": 0}, "A limit of 0 questions"),
    ],
)
def test_odd_options_are_refused(name: str, options: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said) as error:
        bench.run(name, tmp_path, **options)
    assert error.value.next_step.startswith("footnote eval bench ")


def test_documents_that_cannot_be_read_are_named(tmp_path: Path, embedder: Embedder) -> None:
    folder = beir(tmp_path / "x")
    with (folder / "corpus.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(lines({"_id": "empty", "text": " "}))
    (note,) = bench.run("beir", folder, embedder=embedder).notes
    assert note.startswith("1 documents could not be read and are never found; first part-0001.jsonl")
    changed(folder, "corpus.jsonl", lines({"_id": "empty", "text": " "}))
    with pytest.raises(FootnoteError, match="No article could be read"):
        bench.run("beir", folder, embedder=embedder)
