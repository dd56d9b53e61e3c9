import pytest

from index.keyword import KeywordIndex
from rag.agree import bears_out, figures

OFFER = "The Taliban offered a three-month ceasefire for the release of 7,000 prisoners."


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> KeywordIndex:
    return KeywordIndex(tmp_path_factory.mktemp("lexicon") / "keyword")


@pytest.mark.parametrize(
    ("shown", "other"),
    [
        (OFFER, "The Taliban offered a three-month ceasefire for the release of 5,000 prisoners."),
        (OFFER, "The Taliban have not offered a three-month ceasefire for the release of 7,000 prisoners."),
        (OFFER, "7,000 prisoners escaped from a jail in Kandahar."),
        (OFFER, "The Taliban released a statement."),
        ("The blast killed seven people in Kabul.", "The blast killed three people in Kabul."),
        ("India attacked Pakistan on Monday.", "On Monday Pakistan attacked India."),
        ("The bomb killed 12 and hurt 30 of them.", "The bomb hurt 12 and killed 30 of them."),
        ("The repair costs 7.5 million crowns.", "The repair costs 5.7 million crowns."),
        ("The minister said it cost 4 million pounds.", "The minister denied it cost 4 million dollars."),
        ("What we have is what we have.", "The bridge closed in March."),
        ("The council closed the bridge in March.", "The council closed the bridge in April."),
        ("The council met Conrad Pell about the bridge.", "The council met Gerard Haskin about the bridge."),
        ("Teachers accepted the offer of the government.", "Teachers rejected the offer of the government."),
        (
            "The ward at Tarn will not close on 30 June after all.",
            "The ward at Tarn will close on 30 June, for it has no nurses.",
        ),
    ],
)
def test_what_does_not_bear_a_sentence_out(lexicon: KeywordIndex, shown: str, other: str) -> None:
    assert not bears_out(shown, other, lexicon)


@pytest.mark.parametrize(
    "other",
    [
        OFFER,
        OFFER.replace("7,000", "7000"),
        OFFER.replace("offered", "proposed").replace("for", "in exchange for"),
        "A three-month ceasefire was offered by the Taliban, who want the release of 7,000 prisoners, he said.",
    ],
    ids=["the same", "another spelling", "lightly edited", "turned round"],
)
def test_what_bears_it_out(lexicon: KeywordIndex, other: str) -> None:
    assert bears_out(OFFER, other, lexicon)


def test_numbers_are_told_whole_and_in_words() -> None:
    assert figures("7.5 is not 5.7, nor seven") == {"7.5", "5.7", "7"}
