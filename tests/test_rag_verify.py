"""The check of a sentence against what it cites: forms people write, claims turned round, meaning."""

import json
from pathlib import Path

import pytest

import evals.benchmarks.verification as bench
from index import embed
from index.keyword import KeywordIndex
from index.records import Article
from index.sentences import spans
from rag import forms
from rag.polarity import turned
from rag.records import Evidence
from rag.verify import unborne

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> KeywordIndex:
    return KeywordIndex(tmp_path_factory.mktemp("words") / "index")


def why(sentence: str, cited: str, words: KeywordIndex, **beside: str) -> str | None:
    article = Article("a", "a.txt", cited, **beside)
    return unborne(sentence, [Evidence(article, 0, len(cited), cited, 1.0)], embedder=embed.load(), lexicon=words)


SAME_NUMBER = [
    ("7,000", "seven thousand"), ("7,000", "7 thousand"), ("1.5 million", "1,500,000"), ("1.5m", "1.5 million"),
    ("two-thirds", "two thirds"), ("21", "twenty-one"), ("250", "two hundred and fifty"), ("12", "a dozen"),
    ("5bn", "five billion"),
    ("third", "3rd"), ("20%", "twenty per cent"), ("700,205", "seven hundred thousand two hundred and five"),
]  # fmt: skip


@pytest.mark.parametrize("one, other", SAME_NUMBER)
def test_a_number_is_one_however_it_is_written(one: str, other: str) -> None:
    assert forms.numbers(f"They counted {one} men.") == forms.numbers(f"They counted {other} men.") != frozenset()


@pytest.mark.parametrize(
    "one, other", [("7,000", "70,000"), ("1.5 million", "1.5 billion"), ("twenty-one", "twenty"), ("5", "5.5")]
)
def test_other_numbers_are_others(one: str, other: str) -> None:
    assert forms.numbers(one) != forms.numbers(other)


@pytest.mark.parametrize("written", ["11 September", "Sept. 11", "September 11", "11th of September", "Sep 11"])
def test_a_day_is_one_however_it_is_written(written: str) -> None:
    assert forms.dates(f"It fell on {written}.") == frozenset({forms.Date(None, 9, 11)})
    assert forms.numbers(f"It fell on {written}.") == frozenset()


@pytest.mark.parametrize("name, text, there", [
    (("UN",), "the United Nations met", True), (("United", "Nations"), "a UN envoy", True), (("U.N",), "the UN met", True),
    (("Afghanistan",), "Afghan men", True), (("Ghani",), "Mr Ghani’s men", True), (("Zoë",), "Zoe left", True),
    (("Kabul",), "Kandahar fell", False), (("Austria",), "Australia won", False), (("Niger",), "Nigeria won", False),
])  # fmt: skip
def test_a_name_is_found_in_the_forms_that_people_write(name: tuple[str, ...], text: str, there: bool) -> None:
    assert forms.name_occurs(name, text) is there


SOURCE = (
    "The Taliban have denied that they made a formal offer of a three-month ceasefire on 11 September 2021 in return for "
    "7,000 prisoners, and a United Nations envoy called it “a step too far” in Doha."
)
BORNE = [
    "The Taliban denied making a formal ceasefire offer in return for seven thousand prisoners.",
    "On Sept. 11 the Taliban denied a formal offer of a ceasefire of three months.",
    'A UN envoy in Doha called the Taliban\'s offer "a step too far".',
    "According to The Meridian Post, the Taliban denied a formal ceasefire offer on 11 September 2021.",
]
NOT_BORNE = [
    ("The Taliban denied a formal offer in return for 9,000 prisoners.", "9000"),
    ("The Taliban denied a formal ceasefire offer on 12 September 2021.", "2021-09-12"),
    ("The Taliban denied a formal ceasefire offer in Kabul in return for 7,000 prisoners.", "Kabul"),
    ("A United Nations envoy called the Taliban's ceasefire offer “a great leap forward”.", "a great leap forward"),
    ("The Taliban confirmed that they made a formal offer of a three-month ceasefire.", "confirmed"),
    ("The Taliban made a formal offer of a three-month ceasefire.", "denied"),
    ("Wheat prices in the valley were higher in spring than in autumn.", "something else"),
]


@pytest.mark.parametrize("sentence", BORNE)
def test_what_the_source_says_is_borne_out(sentence: str, words: KeywordIndex) -> None:
    assert why(sentence, SOURCE, words, outlet="The Meridian Post", published="2021-09-12T08:00:00+00:00") is None


@pytest.mark.parametrize("sentence, told", NOT_BORNE)
def test_what_is_wrong_is_named(sentence: str, told: str, words: KeywordIndex) -> None:
    assert told in (why(sentence, SOURCE, words, outlet="The Meridian Post") or "")


def test_a_date_may_be_the_day_of_publication_and_no_other(words: KeywordIndex) -> None:
    sentence = "On 16 July 2021 the council rejected the plan to widen the harbour."
    source = "The council on Friday rejected the plan to widen the harbour."
    assert why(sentence, source, words, published="2021-07-16") is None
    assert why(sentence, source, words, published="2021-07-17") is not None
    assert why(sentence, source, words) is not None


def test_claims_turned_round_are_caught_and_restatements_are_not(words: KeywordIndex) -> None:
    pairs = [json.loads(line) for line in bench.PAIRS.read_text(encoding="utf-8").splitlines()]
    caught, alarms = (sum(turned(pair[key], pair["source"], words) is not None for pair in pairs) for key in ("turned", "same"))
    assert len(pairs) >= 100 and len({pair["source"] for pair in pairs}) == len(pairs)
    # As docs/verification.md has it: fewer caught, or more false alarms, is a change for the worse.
    assert caught >= 104 and alarms <= 11


def test_a_sentence_is_itself_borne_out_and_never_turned(words: KeywordIndex) -> None:
    for file in sorted((ROOT / "index" / "sample" / "articles").rglob("*.txt"))[:8]:
        for line in file.read_text(encoding="utf-8", errors="ignore").splitlines():
            if len(line.split()) > 12 and "?" not in line:
                for start, end in spans(line):
                    assert turned(line[start:end], line, words) is None, line[start:end]


def test_the_benchmark_of_the_check_holds_its_figures() -> None:
    folder = ROOT.parent / "shared" / "bench" / "clapnq"
    if not folder.is_dir():
        pytest.skip("CLAPnq (shared/bench/clapnq) is not beside this checkout")
    found = bench.claims(folder)
    assert found == bench.claims(folder) and len([claim for claim in found if claim.held_out]) >= 400
    assert {claim.kind for claim in found} == set(bench.KINDS)
    for claim in found[:200]:  # a changed sentence is one that was changed
        if claim.kind in {"number", "name", "date", "negation"}:
            assert claim.sentence not in {other.sentence for other in found if other.kind == "true"}
