from collections.abc import Callable

import numpy as np

from index.opened import Index
from rag.records import Filters
from rag.retrieve import fuse, retrieve


def test_reciprocal_rank_fusion_by_hand() -> None:
    # 1/61 + 1/62 for row 8 and for row 7; the tie goes to the lower row. Row 9: 1/63.
    assert fuse([[7, 8, 9], [8, 7]]) == [(7, 1 / 61 + 1 / 62), (8, 1 / 62 + 1 / 61), (9, 1 / 63)]


def test_fusing_nothing_gives_nothing() -> None:
    assert fuse([[], []]) == []


def test_a_passage_near_in_words_and_meaning_comes_first(archive: Callable[..., Index]) -> None:
    index = archive(
        truce="Ten elders brokered the truce in Badghis on Thursday.",
        bridge="The council closed the bridge in March after cracks were found.",
    )
    hits = retrieve(index, "who brokered the truce?", Filters())
    assert [hit.article.path for hit in hits] == ["truce.txt", "bridge.txt"]
    # Both searches put the truce first; the bridge shares no word and so is in one ranking only.
    assert hits[0].score == 2 / 61 and hits[1].score == 1 / 62
    assert hits[0].article.text[hits[0].passage.start : hits[0].passage.end] == hits[0].passage.text


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
