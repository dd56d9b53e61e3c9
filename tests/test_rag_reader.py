import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from index.errors import ModelError
from rag import reader
from rag.reader import LONGEST_SPAN, Reader, best_span

WEIGHTS = Path(reader.__file__).parent / "reader.safetensors"


@given(arrays.arrays(np.float32, st.tuples(st.integers(1, 40), st.just(2)), elements=st.floats(-8, 8, width=16)))
def test_the_best_span_is_the_best_of_all(logits: np.ndarray) -> None:
    every = {
        (first, last): float(logits[first, 0] + logits[last, 1])
        for first in range(len(logits))
        for last in range(first, min(first + LONGEST_SPAN, len(logits)))
    }
    first, last, score = best_span(logits)
    assert every[first, last] == score == max(every.values())


def test_words_that_answer_are_found_where_they_stand() -> None:
    passage = "The gate was shut on Monday. Ten elders from the district brokered the truce, the governor said."
    cut = passage.index("Ten")
    spans = reader.load().read("Who brokered the truce?", [passage], [[(0, cut - 1), (cut, len(passage))]])[0]
    assert "elders" in passage[spans[1].start : spans[1].end]
    assert spans[1].margin > spans[0].margin
    assert spans[0].end <= cut - 1 and spans[1].start >= cut


def test_a_passage_reads_the_same_alone_and_among_others() -> None:
    passages = ["Ten elders brokered the truce.", "The council voted by 11 to 8 to repair the bridge after a long debate."]
    sentences = [[(0, len(passage))] for passage in passages]
    both = reader.load().read("How did the council vote?", passages, sentences)
    alone = reader.load().read("How did the council vote?", passages[1:], sentences[1:])
    assert (both[1][0].start, both[1][0].end) == (alone[0][0].start, alone[0][0].end)
    assert both[1][0].margin == pytest.approx(alone[0][0].margin, abs=1e-3)


def test_a_long_text_is_read_in_windows() -> None:
    filler = "The weather was fine and nothing else of note happened on that day. "
    told = "Ten elders brokered the truce."
    passage = filler * 60 + told + " " + filler * 20
    start = passage.index(told)
    bounds = [(0, start - 1), (start, start + len(told)), (start + len(told) + 1, len(passage))]
    spans = reader.load().read("Who brokered the truce?", [passage, told], [bounds, [(0, len(told))]])
    assert "elders" in passage[spans[0][1].start : spans[0][1].end]
    assert spans[0][1].margin == max(span.margin for span in spans[0]) > 0
    assert all(span.margin > -99 for span in spans[0])


def test_a_sentence_without_words_never_answers() -> None:
    assert reader.load().read("Who?", ["Snow fell.   "], [[(10, 13)]])[0][0].margin == -99.0


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    data = bytearray(WEIGHTS.read_bytes())
    data[-1] ^= 1
    altered = tmp_path / "reader.safetensors"
    altered.write_bytes(data)
    with pytest.raises(ModelError, match="SHA-256"):
        Reader(altered, reader.describe()["sha256"])


def test_the_weights_fit_into_a_wheel_and_have_a_card() -> None:
    assert WEIGHTS.stat().st_size < 24_000_000
    described = json.loads((WEIGHTS.parent / "reader.json").read_text(encoding="utf-8"))
    assert 0 < described["reader"]["threshold"] < 1 and described["reader"]["figures"]["questions"] > 100
