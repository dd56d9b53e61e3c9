"""Who a sentence says a thing on the word of."""

import pytest

from rag.claimants import claimant

SAYS = {
    "Harbour officials said that 100 boats had sunk but the union says it counts 200 boats.": {
        "100": "Harbour officials",
        "200": "the union",
    },
    "Other estimates say the rebels hold more than a third of the valley.": {"third": "other estimates"},
    "The rebels recently claimed that they held 85% of the valley.": {"85": "the rebels"},
    "The group has proposed a two-week truce, a government official said.": {"two-week": "a government official"},
    "Police put the crowd at 900, while organisers counted 2,200.": {"900": "police", "2,200": "organisers"},
    "Police put the crowd at 900; organisers spoke of 2,200.": {"2,200": "organisers"},
    "About 900 people marched, according to the police.": {"900": "the police"},
    "“We saw nine boats,” said Ada Brock, the keeper of the light.": {"nine": "Ada Brock"},
    "Ada Brock, who keeps the light on the northern mole, said nine boats had left.": {"nine": "Ada Brock"},
    "On Friday the governor of Senn told reporters that 12 had died.": {"12": "the governor of Senn"},
    "Reports said 12 people died, but the army put the toll at 30.": {"12": "Reports", "30": "the army"},
    "Fishermen denied that any boat had sunk.": {"any": "Fishermen"},
    "He denied that the crew had agreed to anything and said that its men had left.": {"agreed": None},
    "Between 40 and 60 boats are out, by the latest of several competing estimates.": {"40": None},
    # Nobody's word
    "The bridge was opened in 1878.": {"1878": None},
    "The council has not said whether 40 or 50 houses are to go.": {"40": None},
    "He said that 40 houses would go.": {"40": None},
}


@pytest.mark.parametrize(("sentence", "place", "who"), [(s, p, w) for s, places in SAYS.items() for p, w in places.items()])
def test_who_says_it(sentence: str, place: str, who: str | None) -> None:
    assert claimant([sentence], sentence.index(place)) == who


def test_he_is_who_spoke_in_the_sentence_before() -> None:
    before = "A spokesman for the fishermen said that he knew of a plan."
    after = "However, he later said that no offer had been made."
    assert claimant([before, after], after.index("no offer")) == "a spokesman for the fishermen"
    assert claimant(["The boats came back at noon.", after], after.index("no offer")) is None
