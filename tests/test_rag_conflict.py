"""What is a disagreement and what is none, over made-up articles."""

import pytest

from index.records import Article
from rag import conflict
from rag.cite import cite
from rag.claims import asked_for
from rag.extract import pick
from rag.records import Disagreement, Evidence, Sentence

THRESHOLD = 0.3


class PlainWords:
    """A lexicon that knows no stems but a plural's s and the endings -ed and -ing."""

    def stems(self, text: str) -> list[str]:
        words = [word.strip(".,;:?!\"'“”").lower() for word in text.replace("-", " ").split()]
        return [word.removesuffix("s").removesuffix("ed").removesuffix("ing") for word in words if word]


WORDS = PlainWords()


def said(
    text: str,
    answer: str = "",
    score: float = 0.9,
    article: str = "a",
    outlet: str | None = None,
    published: str | None = None,
    before: str = "",
    after: str = "",
) -> Evidence:
    whole = before + text + after
    start = len(before)
    at = whole.index(answer, start) if answer else start
    found = Article(article * 16, f"{article}.txt", whole, outlet=outlet, published=published)
    return Evidence(found, start, start + len(text), text, score, (at, at + len(answer)))


def told(question: str, *evidence: Evidence) -> tuple[tuple[Sentence, ...], Disagreement | None]:
    found = sorted(evidence, key=lambda item: -item.score)
    facts = pick(found, THRESHOLD, WORDS)
    dispute = conflict.find(question, facts, found, THRESHOLD, WORDS) if facts else None
    if dispute:
        facts = conflict.with_sides(facts, dispute, found, WORDS)
    sentences, citations = cite(facts, WORDS)
    return sentences, conflict.disagreement(question, dispute, sentences, citations) if dispute else None


def sides(question: str, *evidence: Evidence) -> set[str]:
    found = told(question, *evidence)[1]
    return {side.value for side in found.sides} if found else set()


MARCH = "How many people marched over the Marram Bridge?"
POLICE = "Police said that 900 people marched over the Marram Bridge."
UNION = "The union counted 2,200 people who marched over the Marram Bridge."


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("How many of the men who marched were hurt?", "amount"),
        ("What was the number of workers who took part?", "amount share"),
        ("marram bridge repair price", "amount share"),
        ("What did the opera house cost in the end?", "amount share"),
        ("marram bridge ferry how deep", "amount share"),
        ("On which day did the ferry start, and who steered?", "date time"),
        ("ferry landing time?", "date time"),
        ("What is the date of the vote?", "date time"),
        ("northern line boss who", "name"),
        ("In which village was the first case?", "name"),
        ("Who is women's year-end number one?", "name"),
        ("What is the women's year-end title worth?", "amount date name share time"),
        ("What did the rebels demand?", "amount date name share time"),
        ("Why did the mayor count the number of boats?", "amount date name share time"),
    ],
)
def test_the_first_word_that_asks_says_what_kind_of_value_answers(question: str, kinds: str) -> None:
    assert " ".join(sorted(asked_for(question))) == kinds


def test_both_sides_stand_in_the_answer_with_who_says_so() -> None:
    sentences, found = told(MARCH, said(POLICE, "900"), said(UNION, "2,200", 0.5, "b"))
    assert [sentence.text for sentence in sentences] == [POLICE, UNION]
    assert found is not None and (found.kind, found.about) == ("differ", MARCH)
    assert [(side.value, side.claimed_by, side.citation) for side in found.sides] == [
        ("900 people", "police", 1),
        ("2,200 people", "the union", 2),
    ]


def test_one_sentence_may_hold_both_sides() -> None:
    both = "Police said 900 people marched but the union says that 2,200 people did."
    sentences, found = told(MARCH, said(both, "900"))
    assert [sentence.text for sentence in sentences] == [both]
    assert found is not None
    assert [(side.value, side.claimed_by, side.citation) for side in found.sides] == [
        ("900 people", "police", 1),
        ("2,200 people", "the union", 1),
    ]


def test_of_one_article_the_sides_stand_in_its_own_order() -> None:
    first, second = "The mayor said 40 houses in Senn burned down.", "Other counts say 70 houses in Senn burned down."
    one = said(first, "40", 0.5, after=f" {second}")
    other = said(second, "70", 0.9, before=f"{first} ")
    sentences, found = told("How many houses burned down in Senn?", one, other)
    assert [sentence.text for sentence in sentences] == [first, second]
    assert found is not None and {side.value for side in found.sides} == {"40 houses", "70 houses"}


BESIDE = {
    "the thing left out": ("The rebels themselves claimed more than 200, all over the land.", True),
    "the same thing": ("The rebels claimed to have 200 districts.", True),
    "another thing": ("The rebels claimed to have caught 200 men.", False),
    "the same speaker": ("Officials said that it was 200 in May.", False),
    "nobody's word": ("It may be 200 by now.", False),
}


@pytest.mark.parametrize(("second", "differs"), BESIDE.values(), ids=BESIDE)
def test_another_speaker_right_beside_the_first_need_not_answer_alone(second: str, differs: bool) -> None:
    first = "Officials said that the army has lost 100 districts."
    one = said(first, "100", after=f" {second}")
    other = said(second, "200", 0.05, before=f"{first} ")
    assert bool(sides("How many districts has the army lost?", one, other)) is differs


def test_sources_that_agree_are_counted_on_their_side_and_copies_once() -> None:
    again = said("Some 900 people marched over the Marram Bridge, police said on Monday evening in Senn.", "900", 0.6, "c")
    copy = said(POLICE, "900", 0.6, "d")
    _, found = told(MARCH, said(POLICE, "900"), said(UNION, "2,200", 0.5, "b"), again, copy)
    assert found is not None
    assert [len(side.further) for side in found.sides] == [1, 0]


REPLACED = {
    "name": ("Who opened the Marram Bridge?", "The Marram Bridge was opened by {} in a storm.", "Ada Brock", "Tom Senn"),
    "place": ("Where was the boat built?", "The old ferry boat was built in {} before the war.", "Port Ellery", "Hallow Cross"),
    "date": ("When was the bridge opened?", "The Marram Bridge was opened on {} by the mayor.", "4 May 1878", "9 June 1901"),
    "money": (
        "What did the repair cost?",
        "The repair of the Marram Bridge cost {} in the end.",
        "$4.2 million",
        "$6.8 million",
    ),
    "share": ("What share of the voters came?", "Only {} of the voters in Senn came to the poll.", "a third", "60 per cent"),
}


@pytest.mark.parametrize(("question", "sentence", "one", "other"), REPLACED.values(), ids=REPLACED)
def test_a_sentence_with_another_value_in_its_place_is_the_other_side(
    question: str, sentence: str, one: str, other: str
) -> None:
    far_less_likely = said(sentence.format(other), other, 0.05, "b")
    values = sides(question, said(sentence.format(one), one), far_less_likely)
    assert len(values) == 2 and any(one in value for value in values) and any(other in value for value in values)


def test_a_sentence_with_another_value_is_not_cited_for_the_first() -> None:
    sentences, found = told(
        "Who bought the ferry?",
        said("Senn bought the ferry in May.", "Senn"),
        said("Brock bought the ferry in May.", "Brock", 0.8, "b"),
    )
    assert [sentence.citations for sentence in sentences] == [(1,), (2,)]
    assert found is not None and {side.value for side in found.sides} == {"Senn", "Brock"}


DENIED = {
    "no offer": ("The union said that no formal offer of a truce had been made.", "The mayor has made an offer of a truce."),
    "denied": ("The union denied that it had made an offer of a truce.", "The mayor said the union made an offer of a truce."),
    "not made": ("The union has not made an offer.", "An offer of a truce was made by the union."),
}


@pytest.mark.parametrize(("no", "yes"), DENIED.values(), ids=DENIED)
@pytest.mark.parametrize("chance", [0.6, 0.05])
def test_what_one_says_and_another_denies(no: str, yes: str, chance: float) -> None:
    sentences, found = told("Has a formal offer of a truce been made?", said(no), said(yes, score=chance, article="b"))
    assert {sentence.text for sentence in sentences} == {no, yes}
    assert found is not None and len(found.sides) == 2


NONE = {
    "a denial of something else": (
        "Has the bridge reopened?",
        said("The bridge has been closed since May."),
        said("The council rejects a proposal to build a bridge of stone.", score=0.8, article="b"),
    ),
    "rounding": (
        MARCH,
        said("About 1,000 people marched over the bridge.", "1,000"),
        said("More than 1,000 people marched over the bridge.", "1,000", 0.8, "b"),
    ),
    "digits": (
        MARCH,
        said("In all 1,023 people marched over the bridge.", "1,023"),
        said("In all 1,000 people marched over the bridge.", "1,000", 0.8, "b"),
    ),
    "other things": (
        "How much has the army lost?",
        said("The army has lost 12 districts of the north.", "12"),
        said("The army has lost 3 provinces of the north.", "3", 0.8, "b"),
    ),
    "other occasions": (
        MARCH,
        said("In May 2021 some 900 people marched over the bridge.", "900"),
        said("In June 2020 some 400 people marched over the bridge.", "400", 0.8, "b"),
    ),
    "other days": (
        MARCH,
        said("On Monday 900 people marched over the bridge.", "900"),
        said("On Tuesday 400 people marched over the bridge.", "400", 0.8, "b"),
    ),
    "other places": (
        "How many districts have they taken?",
        said("They have taken 100 districts since May.", "100"),
        said("They have taken five districts in Herat since May.", "five", 0.8, "b"),
    ),
    "a day and its year": (
        "When was it opened?",
        said("The bridge was opened in 1878 by the mayor.", "1878"),
        said("The bridge was opened on 4 May 1878 by the mayor.", "4 May 1878", 0.8, "b"),
    ),
    "one source, two numbers": (
        MARCH,
        said("Police said that 900 people marched over the bridge.", "900", after=" Police said that 300 people marched back."),
        said(
            "Police said that 300 people marched back.",
            "300",
            0.8,
            before="Police said that 900 people marched over the bridge. ",
        ),
    ),
    "what is not likely enough": (
        MARCH,
        said(POLICE, "900"),
        said("Their union has 2,200 people on its list.", "2,200", 0.1, "b"),
    ),
    "a total beside a part": (
        "How many districts has the army lost?",
        said("The army has lost more than 100 districts of the north.", "100"),
        said("The land has about 400 districts in all.", "400", 0.8, "b"),
    ),
    "a number that leaves out what it counts": (
        "How many districts has the army lost?",
        said("Between 150 and 180, by the latest count, has the army lost of its districts.", "150"),
        said("The army has lost 7,000 men of its best since May.", "7,000", 0.8, "b"),
    ),
    "name and surname": (
        "Who opened the bridge?",
        said("The bridge was opened by Ada Brock in a storm.", "Ada Brock"),
        said("The bridge was opened by Brock in a storm.", "Brock", 0.8, "b"),
    ),
    "two who did different things": (
        "Who spoke for the union?",
        said("Ada Brock spoke for the union in the harbour on Monday.", "Ada Brock"),
        said("The second speaker of the union was a young man, Tom Senn.", "Tom Senn", 0.8, "b"),
    ),
    "a wish": (
        "Do children pay?",
        said("Since Monday children pay.", "Since Monday"),
        said("Children should not pay, he said.", "", 0.8, "b"),
    ),
    "a question that is no yes or no": (
        "What was offered?",
        said("The union offered a truce to the mayor.", "a truce"),
        said("The union has not offered its hand to Senn.", "its hand", 0.8, "b"),
    ),
    "nothing denied": (
        "Has an offer been made?",
        said("The union made an offer of a truce.", "offer"),
        said("The mayor has not slept since the offer was made.", "", 0.8, "b"),
    ),
}


@pytest.mark.parametrize(("question", "one", "other"), NONE.values(), ids=NONE)
def test_what_is_no_disagreement(question: str, one: Evidence, other: Evidence) -> None:
    assert sides(question, one, other) == set()


FIRST, LATER = "At least 14 people died in the fire in Senn.", "At least 22 people died in the fire in Senn."
DEATHS = "How many people died in the fire?"


def test_a_later_report_of_one_outlet_is_a_change_and_stands_first() -> None:
    one = said(FIRST, "14", 0.9, "a", "Bell", "2021-07-01")
    other = said(LATER, "22", 0.8, "b", "Bell", "2021-07-03")
    sentences, found = told(DEATHS, one, other)
    assert found is not None and found.kind == "changed"
    assert ["14" in side.value for side in found.sides] == [True, False]  # in order of time
    assert [sentence.text for sentence in sentences] == [LATER, FIRST]  # the newest answers


def test_a_later_report_that_says_it_was_raised_is_a_change() -> None:
    other = said("The number of people who died in the fire in Senn rose to 22 people.", "22", 0.8, "b", "Wire", "2021-07-03")
    _, found = told(DEATHS, said(FIRST, "14", 0.9, "a", "Bell", "2021-07-01"), other)
    assert found is not None and found.kind == "changed"


@pytest.mark.parametrize(("outlet", "published"), [("Wire", "2021-07-03"), ("Bell", "2021-07-01"), ("Bell", None)])
def test_else_it_is_a_disagreement(outlet: str, published: str | None) -> None:
    other = said(LATER, "22", 0.8, "b", outlet, published)
    _, found = told(DEATHS, said(FIRST, "14", 0.9, "a", "Bell", "2021-07-01"), other)
    assert found is not None and found.kind == "differ"


def test_two_who_are_named_differ_even_when_one_speaks_later() -> None:
    one = said("The mayor said that 14 people died in the fire in Senn.", "14", 0.9, "a", "Bell", "2021-07-01")
    other = said("The union said that 22 people died in the fire in Senn.", "22", 0.8, "b", "Bell", "2021-07-03")
    _, found = told(DEATHS, one, other)
    assert found is not None and found.kind == "differ"
