from collections.abc import Callable

import rag
from index.opened import Index
from index.records import Article
from rag.cite import cite, updated
from rag.copies import Copies, later, once, passes
from rag.extract import Fact
from rag.records import Evidence, Filters

BODY = (
    "The {name} dam above Velm broke on Monday night after three days of rain. Water ran through the lower town for six hours. "
    "Firefighters said {dead} people had died and that more were missing in the lower town. "
    "The mayor asked the government for tents, blankets and two pumps. "
    "Engineers had warned of cracks in the wall of the dam since the spring of that year."
)
FIRST = "Dam breaks\nHarbour Wire | 6 July 2021\n\n" + BODY.format(name="old", dead="four")
REPRINT = "Flood in Velm\nThe Courier\nPublished 2021-07-06\n\n" + BODY.format(name="old", dead="four")
CORRECTED = "Dam breaks (corrected)\nHarbour Wire | 8 July 2021\n\n" + BODY.format(name="old", dead="seven")
UNDATED = "Dam breaks\nThe Bell\n\n" + BODY.format(name="old", dead="nine")
CUT = "Dam breaks\nThe Post\nPublished 2021-07-07\n\n" + BODY.format(name="old", dead="four").split(" The mayor")[0]
OTHER = "Rain\nPublished 2021-07-07\n\nTwo bridges over the river were closed on Wednesday, and nobody was hurt in the rain."


def cited(index: Index, path: str, words: str) -> Evidence:
    article = next(article for article in index.articles.articles() if article.path == path)
    start = article.text.index(words)
    end = article.text.index(".", start) + 1
    return Evidence(article, start, end, article.text[start:end], 0.9, (start, start + 4))


def test_a_copy_that_carries_the_words_is_named_and_not_counted(archive: Callable[..., Index]) -> None:
    index = archive(first=FIRST, reprint=REPRINT, cut=CUT, other=OTHER)
    copies = Copies(index, Filters())
    assert [each.path for each in copies.carrying(cited(index, "first.txt", "Firefighters"))] == ["reprint.txt", "cut.txt"]
    # The mayor's sentence was cut from one of them.
    _, citations = cite([Fact(cited(index, "first.txt", "The mayor"), ())], index.lexicon, copies)
    assert [[also.path for also in citation.also_in] for citation in citations] == [["reprint.txt"]]
    assert citations[0].outlets == ("Harbour Wire", "The Courier")


def test_a_copy_that_the_filters_leave_out_is_not_named(archive: Callable[..., Index]) -> None:
    index = archive(first=FIRST, reprint=REPRINT, cut=CUT)
    copies = Copies(index, Filters(outlets=("Harbour Wire", "The Post")))
    assert [each.path for each in copies.carrying(cited(index, "first.txt", "Firefighters"))] == ["cut.txt"]


def test_a_correction_outranks_what_it_corrects(archive: Callable[..., Index]) -> None:
    index = archive(first=FIRST, reprint=REPRINT, corrected=CORRECTED, undated=UNDATED)
    facts = updated([Fact(cited(index, "first.txt", "Firefighters"), ())], Copies(index, Filters()))
    sentences, citations = cite(facts, index.lexicon, Copies(index, Filters()))
    assert "seven people had died" in sentences[0].text and facts[0].shown.answer is None
    assert [citation.path for citation in citations] == ["corrected.txt"]
    older = citations[0].supersedes
    assert sorted(each.path for each in older) == ["first.txt", "reprint.txt"]
    assert all("four people" in each.quote for each in older)
    for each in older:
        article = index.article(each.article_id)
        assert article is not None and article.text[each.start : each.end] == each.quote
    # Asked for the time before, the first version stands.
    early = Copies(index, Filters(before="2021-07-06"))
    assert updated([Fact(cited(index, "first.txt", "Firefighters"), ())], early)[0].shown.article.path == "first.txt"


def test_a_sentence_that_did_not_change_is_not_superseded(archive: Callable[..., Index]) -> None:
    index = archive(first=FIRST, corrected=CORRECTED)
    fact = Fact(cited(index, "corrected.txt", "The mayor"), ())
    assert updated([fact], Copies(index, Filters())) == [fact]


def test_what_says_the_old_figure_does_not_bear_out_the_new(archive: Callable[..., Index]) -> None:
    index = archive(first=FIRST, corrected=CORRECTED, other=OTHER)
    fact = Fact(cited(index, "first.txt", "Firefighters"), (cited(index, "other.txt", "Two bridges"),))
    assert updated([fact], Copies(index, Filters()))[0].support == ()


def test_copies_take_one_slot_and_what_only_one_of_them_has_keeps_its_own(archive: Callable[..., Index]) -> None:
    index = archive(first=FIRST, reprint=REPRINT, cut=CUT, other=OTHER)
    hits = rag.search("how many people died when the dam above Velm broke?", index=index)
    of_the_story = [hit for hit in hits if hit.article.path != "other.txt"]
    said = [sentence for hit in of_the_story for sentence in hit.passage.text.split(". ")]
    assert len(said) == len(set(said)) or len({hit.article.path for hit in of_the_story}) == 1
    assert any("mayor" in hit.passage.text for hit in of_the_story)
    assert any(hit.article.path == "other.txt" for hit in hits)


def test_the_passages_of_one_article_are_all_kept(archive: Callable[..., Index]) -> None:
    index = archive(first=FIRST, other=OTHER)
    rows = range(index.manifest.counts["passages"])
    hits = index.hits([(row, 1.0) for row in rows])
    assert once(hits, index) == hits


def test_which_of_two_is_later() -> None:
    def at(published: str | None, updated: str | None = None) -> Article:
        return Article("a", "a", "", published=published, updated=updated)

    assert later(at("2021-07-07"), at("2021-07-06T23:00:00+00:00"))
    assert later(at("2021-07-01", "2021-07-09"), at("2021-07-08"))
    assert later(at("2021-07-06T10:00:00+02:00"), at("2021-07-06T07:59:00+00:00"))
    assert not later(at("2021-07-06T10:00:00+02:00"), at("2021-07-06T08:00:00+00:00"))
    assert not later(at("2021-07-06T23:00:00"), at("2021-07-06")) and not later(at("2021-07-06"), at("2021-07-06T23:00:00"))
    assert not later(at(None), at("2021-07-06")) and not later(at("2021-07-06"), at(None))


def test_filters_leave_out_what_has_no_date_but_only_by_dates() -> None:
    dated, undated = Article("a", "a", "", published="2021-07-06T10:00:00"), Article("b", "b", "", outlet="Post")
    assert passes(dated, Filters("2021-07-06", "2021-07-06")) and not passes(dated, Filters(after="2021-07-07"))
    assert not passes(undated, Filters(before="2021-07-06")) and not passes(undated, Filters(after="2021-07-06"))
    assert passes(undated, Filters(outlets=("Post",))) and not passes(dated, Filters(outlets=("Post",)))
