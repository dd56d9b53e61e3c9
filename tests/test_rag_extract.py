from collections.abc import Callable, Sequence
from dataclasses import replace

from index.opened import Index
from index.records import Article
from rag.cite import cite
from rag.extract import MAX_SENTENCES, Fact, pick, supported
from rag.records import Evidence


class PlainWords:
    """A lexicon without stemming: words are what spaces part."""

    def stems(self, text: str) -> list[str]:
        return [word.strip(".,\"'").lower() for word in text.split()]


WORDS = PlainWords()
OFFER = "The Taliban offered a three-month ceasefire for the release of 7000 prisoners."


def said(text: str, score: float = 0.9, article: str = "a", start: int = 0, outlet: str | None = None) -> Evidence:
    whole = "." * start + text
    return Evidence(Article(article * 16, f"{article}.txt", whole, outlet=outlet), start, len(whole), text, score)


def shown(facts: Sequence[Fact]) -> list[str]:
    return [fact.shown.text for fact in facts]


def test_nothing_likely_enough_is_no_fact() -> None:
    assert pick([said(OFFER, 0.4)], 0.5, WORDS) == []


def test_the_likeliest_leads_and_its_article_goes_on_first() -> None:
    one = said("Ten elders brokered it together in Badghis.", 0.9, "b", 500)
    other = said("Nobody in Kabul could be reached about any truce.", 0.85, "a", 0)
    same_article = said("Fighting had gone on for a week.", 0.8, "b", 0)
    assert shown(pick([one, other, same_article], 0.5, WORDS)) == [one.text, same_article.text, other.text]


def test_a_far_less_likely_sentence_is_left_out() -> None:
    facts = pick([said(OFFER, 0.95), said("Talks began in Doha in September.", 0.42, "b")], 0.4, WORDS)
    assert shown(facts) == [OFFER]


def test_what_also_adds_to_stands_before_it() -> None:
    also = said("She also asked for the list to be scrapped.", 0.9, "a", 200)
    before = said("The envoy asked for 7000 prisoners to be freed.", 0.3, "a", 0)
    unlikely = said("Talks in Doha began on a rainy Thursday.", 0.1, "a", 100)
    elsewhere = said("Nobody in Kabul could be reached about it.", 0.4, "b", 0)
    assert shown(pick([also, elsewhere, before, unlikely], 0.2, WORDS)) == [before.text, also.text]
    assert shown(pick([also, elsewhere, unlikely], 0.2, WORDS)) == [also.text]
    plain = said("She asked for the list to be scrapped.", 0.9, "a", 200)
    assert shown(pick([plain, elsewhere, before], 0.2, WORDS)) == [plain.text]


def test_sources_that_give_the_same_words_support_each_other() -> None:
    def answering(text: str, words: str, article: str) -> Evidence:
        start = text.index(words)
        return replace(said(text, 0.8, article), answer=(start, start + len(words)))

    lead = answering("Pell resigned in the evening after a long row about the leaked letter.", "the leaked letter", "a")
    same = answering("Pell resigned over a leaked letter, said the council.", "a leaked letter", "b")
    other = answering("Pell resigned over a leaked letter, said the council.", "the council", "b")
    less = answering("The leaked letter is lost.", "The leaked letter", "b")
    assert [fact.support for fact in supported([lead], [lead, same], WORDS)] == [(same,)]
    assert [fact.support for fact in supported([lead], [lead, other], WORDS)] == [()]
    assert [fact.support for fact in supported([lead], [lead, less], WORDS)] == [()]  # too little of the sentence


def test_no_more_than_four() -> None:
    many = [said(f"{word} came first.", 0.9, word[0].lower()) for word in ("Ash", "Birch", "Cedar", "Date", "Elm", "Fir")]
    assert len(pick(many, 0.5, WORDS)) == MAX_SENTENCES


def test_two_outlets_with_one_fact_are_one_sentence_with_two_citations() -> None:
    other = said("A three-month ceasefire is what the Taliban offered if 7000 prisoners get their release, he said.", 0.8, "b")
    sentences, citations = cite(pick([said(OFFER), other], 0.5, WORDS), WORDS)
    assert [(sentence.text, sentence.citations) for sentence in sentences] == [(OFFER, (1, 2))]
    assert [citation.quote for citation in citations] == [OFFER, other.text]


def test_copies_of_a_wire_story_are_one_source() -> None:
    copy = said(OFFER.replace("offered", "proposed"), 0.8, "b", outlet="Reprint")
    sentences, citations = cite(pick([said(OFFER, outlet="Wire"), copy], 0.5, WORDS), WORDS)
    assert [sentence.citations for sentence in sentences] == [(1,)]
    assert [(citation.outlet, [also.outlet for also in citation.also_in]) for citation in citations] == [("Wire", ["Reprint"])]


def test_an_article_is_not_cited_twice_for_one_sentence() -> None:
    again = said(OFFER + " Again.", 0.8, "a", 400)
    facts = pick([said(OFFER), again], 0.5, WORDS)
    assert [len(fact.support) for fact in facts] == [0]


def test_sentences_over_each_other_are_shown_once() -> None:
    article = Article("a" * 16, "a.txt", "Mr Shams spoke of elders. He named ten of them.")
    both = Evidence(article, 0, len(article.text), article.text, 0.9)
    first = Evidence(article, 0, 25, article.text[:25], 0.8)
    assert shown(pick([both, first], 0.5, WORDS)) == [article.text]


def test_a_quote_over_two_paragraphs_is_shown_on_one_line_and_cited_as_it_stands(archive: Callable[..., Index]) -> None:
    text = "Mr Shams spoke of elders.\n\nHe named ten of them."
    article = Article("a" * 16, "a.txt", text)
    sentences, citations = cite([Fact(Evidence(article, 0, len(text), text, 0.9), ())], WORDS)
    assert sentences[0].text == "Mr Shams spoke of elders. He named ten of them."
    assert citations[0].quote == text


def test_a_sentence_unlikely_alone_may_still_bear_another_out() -> None:
    other = said("A three-month ceasefire is what the Taliban offered if 7000 prisoners get their release, he said.", 0.0, "b")
    assert [fact.support for fact in pick([said(OFFER), other], 0.5, WORDS)] == [(other,)]
    assert pick([other], 0.5, WORDS) == []


def test_copies_take_no_place_from_an_independent_source() -> None:
    copies = [said(OFFER, 0.8, letter, outlet=f"Copy {letter}") for letter in "bcdef"]
    other = said("A three-month ceasefire is what the Taliban offered if 7000 prisoners get their release, he said.", 0.7, "9")
    sentences, citations = cite(pick([said(OFFER), *copies, other], 0.5, WORDS), WORDS)
    assert [sentence.citations for sentence in sentences] == [(1, 2)]
    assert [len(citation.also_in) for citation in citations] == [5, 0]
