from collections.abc import Callable

import numpy as np
import pytest

from index.opened import Index
from rag.records import Filters
from rag.retrieve import MEANING, SENTENCE, WORDS, retrieve


def test_a_passage_near_in_words_and_meaning_comes_first(archive: Callable[..., Index]) -> None:
    index = archive(
        truce="Ten elders brokered the truce in Badghis on Thursday.",
        bridge="The council closed the bridge in March after cracks were found.",
    )
    hits = retrieve(index, "who brokered the truce?", Filters())
    assert [hit.article.path for hit in hits] == ["truce.txt", "bridge.txt"]
    # The truce shares most words, so its BM25 is the best; its only sentence is all of its passage.
    cosines = [float(index.embedder.encode([hit.passage.text])[0] @ index.embedder.encode(["who brokered the truce?"])[0])
               for hit in hits]  # fmt: skip
    assert hits[0].score == pytest.approx(WORDS + (MEANING + SENTENCE) * cosines[0], abs=1e-3)
    assert hits[1].score == pytest.approx((MEANING + SENTENCE) * cosines[1], abs=1e-3)
    assert hits[0].article.text[hits[0].passage.start : hits[0].passage.end] == hits[0].passage.text


def test_one_sentence_that_fits_counts_as_much_as_its_passage(archive: Callable[..., Index]) -> None:
    rest = " Rain fell over fields while people slept."
    index = archive(one="The ferry sank." + rest, two="A ferry and rain fell." + rest)
    first, second = retrieve(index, "the ferry sank", Filters())
    assert first.article.path == "one.txt"
    asked, whole = index.embedder.encode(["the ferry sank", first.passage.text])
    assert first.score == pytest.approx(WORDS + MEANING * float(asked @ whole) + SENTENCE, abs=1e-3)
    assert second.score < first.score - SENTENCE / 3


def test_filters_narrow_both_searches(archive: Callable[..., Index]) -> None:
    index = archive(
        early="Published: 2021-07-01\n\nThe truce was offered by elders in the west.",
        late="Published: 2021-07-15\n\nThe truce began in the west on that day.",
        undated="The truce failed in the west after all that.",
    )
    found = retrieve(index, "truce in the west", Filters(after="2021-07-10"))
    assert [hit.article.path for hit in found] == ["late.txt"]
    found = retrieve(index, "truce in the west", Filters(after="2021-07-01", before="2021-07-01"))
    assert [hit.article.path for hit in found] == ["early.txt"]
    assert retrieve(index, "truce in the west", Filters(after="2022-01-01")) == []
    assert len(retrieve(index, "truce in the west", Filters())) == 3


def test_limit_counts_passages(archive: Callable[..., Index]) -> None:
    index = archive(**{f"a{number}": f"The truce number {number} was signed in the west." for number in range(5)})
    assert len(retrieve(index, "truce", Filters(), limit=3)) == 3
    assert np.all(np.diff([hit.score for hit in retrieve(index, "truce", Filters())]) <= 0)
