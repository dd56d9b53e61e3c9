import random
from pathlib import Path

import pytest
from conftest import WordEmbedder
from hypothesis import given, settings
from hypothesis import strategies as st

from index.build import sync
from index.cluster import PERMUTATIONS, Signature, clusters, shingles, signatures
from index.opened import Index, open_index

WORDS = [f"word{number}" for number in range(2000)]


def prose(seed: int, length: int = 200) -> list[str]:
    return random.Random(seed).choices(WORDS, k=length)


def cluster(**texts: list[str]) -> list[set[str]]:
    """The groups of two and more."""
    signed = dict(zip(texts, signatures([" ".join(text) for text in texts.values()]), strict=True))
    groups: dict[str, set[str]] = {}
    for each, name in clusters(signed).items():
        groups.setdefault(name, set()).add(each)
    assert all(name == min(group) for name, group in groups.items())
    return [group for group in groups.values() if len(group) > 1]


def test_a_signature_estimates_what_two_sets_share() -> None:
    one, other = prose(1, 400), prose(1, 400)[:200] + prose(2, 200)
    true = len(shingles(" ".join(one)) & shingles(" ".join(other))) / len(shingles(" ".join(one)) | shingles(" ".join(other)))
    values = [signature.values for signature in signatures([" ".join(one), " ".join(other)])]
    agree = sum(values[0][at : at + 4] == values[1][at : at + 4] for at in range(0, 4 * PERMUTATIONS, 4)) / PERMUTATIONS
    assert true == pytest.approx(1 / 3, abs=0.01)
    assert agree == pytest.approx(true, abs=3 * (true * (1 - true) / PERMUTATIONS) ** 0.5)


def test_what_is_a_copy() -> None:
    original = prose(1)
    edited = [word if number % 20 else "other" for number, word in enumerate(original)]
    assert cluster(original=original, exact=list(original)) == [{"original", "exact"}]
    assert cluster(original=original, under_another_headline=prose(2, 10) + original) != []
    assert cluster(original=original, cut=original[:90]) != []
    assert cluster(original=original, edited=edited) != []


def test_what_is_no_copy() -> None:
    original = prose(1)
    assert cluster(original=original, other=prose(2)) == []
    assert cluster(original=original, same_background=original[:40] + prose(2, 160)) == []
    # Every word of a short report stands in a round-up ten times as long.
    assert cluster(report=original, round_up=prose(2, 900) + original + prose(3, 900)) == []


def test_a_chain_of_likenesses_does_not_join_its_ends() -> None:
    # Each part is half of the next: the middle is like both, and they share nothing.
    first, second = prose(1, 100), prose(2, 100)
    groups = cluster(a=first, b=first + second, c=second + prose(3, 140))
    assert groups == [{"b", "c"}] or groups == [{"a", "b"}]


def test_texts_without_words_and_short_ones() -> None:
    assert cluster(a=[], b=[]) == []
    assert cluster(a=["Talks", "resume"], b=["talks", "RESUME."], c=["Border", "closed"]) == [{"a", "b"}]
    assert clusters({}) == {}


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(9)))
def test_the_order_of_articles_changes_nothing(order: list[int]) -> None:
    texts = {f"{seed}{cut}": " ".join(prose(seed, 150)[:cut]) for seed in range(3) for cut in (150, 100, 70)}
    signed = dict(zip(texts, signatures(list(texts.values())), strict=True))
    assert clusters({list(signed)[at]: signed[list(signed)[at]] for at in order}) == clusters(signed)


def test_a_hundred_copies_of_one_text_are_one_cluster() -> None:
    assert cluster(**{f"copy{number:03d}": prose(1, 60) for number in range(100)}) == [{f"copy{n:03d}" for n in range(100)}]


def test_equal_words_have_equal_signatures() -> None:
    assert signatures(["The truce, at last!"]) == signatures(["the truce  at LAST"])
    assert signatures([""]) == [Signature(b"\xff" * 4 * PERMUTATIONS, 0)]


# On disk


def held(index: Index) -> dict[str, set[str]]:
    """The paths of the copies of each article, by its path."""
    found = {article.path: {copy.path for copy in index.articles.copies(article.id)} for article in index.articles.articles()}
    index.close()
    return found


def test_sync_keeps_clusters_up_in_whatever_order_articles_come(tmp_path: Path, embedder: WordEmbedder) -> None:
    news = tmp_path / "news"
    news.mkdir()
    texts = {"wire": prose(1), "reprint": prose(1)[:120], "other": prose(2), "bought": prose(4, 12) + prose(1)}
    for name, text in texts.items():
        (news / f"{name}.txt").write_text(" ".join(text))
        sync([news], tmp_path / "one", embedder=embedder)
    sync([news], tmp_path / "at-once", embedder=embedder)
    copies = {"wire.txt", "reprint.txt", "bought.txt"}
    expected = {path: copies - {path} for path in copies} | {"other.txt": set()}
    for place in ("one", "at-once"):
        assert held(open_index(tmp_path / place, embedder=embedder)) == expected
    (news / "bought.txt").unlink()
    (news / "wire.txt").write_text(" ".join(prose(7)))
    sync([news], tmp_path / "one", embedder=embedder)
    assert set.union(*held(open_index(tmp_path / "one", embedder=embedder)).values()) == set()


def test_another_embedder_keeps_the_signatures(tmp_path: Path, embedder: WordEmbedder) -> None:
    (tmp_path / "a.txt").write_text(" ".join(prose(1)))
    (tmp_path / "b.txt").write_text(" ".join(prose(1)))
    sync([tmp_path / "a.txt", tmp_path / "b.txt"], tmp_path / "index", embedder=embedder)
    other = WordEmbedder()
    other.fingerprint = "word-counts/2"
    assert sync([tmp_path / "a.txt", tmp_path / "b.txt"], tmp_path / "index", embedder=other).rebuilt
    assert held(open_index(tmp_path / "index", embedder=other)) == {"a.txt": {"b.txt"}, "b.txt": {"a.txt"}}


def test_the_sample_has_one_story_twice(sample: Index) -> None:
    found = {
        article.path.rsplit("/", 1)[1]: [copy.path.rsplit("/", 1)[1] for copy in copies]
        for article in sample.articles.articles()
        if (copies := sample.articles.copies(article.id))
    }
    assert found == {
        "peace-plan-wire.txt": ["peace-plan-wire-reprint.txt"],
        "peace-plan-wire-reprint.txt": ["peace-plan-wire.txt"],
    }


def test_two_of_the_five_real_articles_are_one_story(corpus: Index) -> None:
    found = sorted(article.path[:3] for article in corpus.articles.articles() if corpus.articles.copies(article.id))
    assert found == ["002", "003"]
