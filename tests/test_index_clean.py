import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.clean import Unreadable, clean, decode, one_line, unwrap

FURNITURE = [
    "image copyrightEPAimage captionVillagers cross the river at dusk",
    "media captionThe river in flood",
    "Image source, Getty Images",
    "Image caption, The bridge before the flood",
    "Image copyright Getty Images Image caption The bridge",
    "Photo: A. Rao",
    "FILE PHOTO: The bridge before the flood, March 3, 2020. REUTERS/A. Rao",
    "The bridge before the flood. (AP Photo/A. Rao)",
    "The bridge before the flood [File: A. Rao/Reuters]",
    "AFP via Getty Images",
    "Getty Images",
    "READ MORE: Why the valley floods every spring",
    "READ MORE:\u00a0 Why the valley floods?",
    "Read more about the flood here.",
    "Read also: Why the valley floods",
    "Related: Why the valley floods",
    "  • EXPLAINER: How much did the bridge cost?",
    "Share this article",
    "Facebook Twitter WhatsApp",
    "Sign up to our newsletter",
    "Subscribe now for daily news in your inbox.",
    "Advertisement",
    "ADVERTISEMENT",
    "Follow us on Twitter and Facebook",
    "Follow Valley News on Twitter.",
    "Click here to see the map.",
    "We use cookies to improve your experience.",
    "By continuing to use this site you agree to our use of cookies.",
    "© 2021 The Valley Post. All rights reserved.",
    "4 min read",
    "Article continues below",
    "The bridge before the flood [A. Rao/Reuters]",
    "Villagers cross the river in Kunduz (Wakil Kohsar/AFP)",
    "Photo by A. Rao.",
    "Image caption, The bridge stood for a century.",
    "Read more: Why the valley floods every spring.",
    "Find us on Facebook.",
    "Like our page on Facebook and Instagram",
    "Download the Valley News app.",
    "Story continues after the advertisement.",
    "Copyright 2021 Reuters",
    "Advertisement - scroll to continue reading.",
    "Our Standards: The Thomson Reuters Trust Principles.",
]
PROSE = [
    "Image rights were sold to the club, the court heard.",
    "Media captions were written by hand until 1990.",
    "Read more slowly, the teacher said, and the words stay.",
    "Share prices fell on Monday.",
    "Sign language was used throughout the debate.",
    "Advertisement spending fell by a third.",
    "Follow the money, he told the inquiry on Tuesday.",
    "Like many leaders on Facebook, she answered late at night.",
    "By using cookies, the firm tracked its users, the court said.",
    "Cookies were baked in the old oven.",
    "Related companies paid no tax.",
    "Getty Images sued the start-up on Monday.",
    "The photos were published in March (see page 4).",
    "The vote passed, officials said (Reuters).",
    "(c) the third measure bans fires in the park.",
    "• Ten bridges were closed.",
    "The minister said that talks would resume on Monday in Doha. (dpa/AFP)",
    "The talks will resume in Doha (dpa/AFP)",
    "The figures come from a firm that is owned by Thomson/Reuters (as is the one owned by Thomson/Reuters)",
    "The figures come from a firm (it is owned by Thomson/Reuters)",
    "The river rose in the night. (A. Rao/Reuters)",
    "The police denied it. (Photos by a neighbour showed otherwise.)",
    "Find the missing boy, police begged on Facebook.",
    "Find the missing boy, police beg on Facebook.",
    "Join the army, the posters said on Telegram.",
    "Like the mayor, thousands wrote on Facebook.",
    "Follow the suspect, officers were told on WhatsApp.",
    "Follow us, the soldiers shouted.",
    "Click here and your money is gone, the bank warned.",
    "Tap here and the screen goes dark.",
    "We use cookies to lure the birds, the farmer said.",
    "Sign up for the app or lose your benefits, refugees were told.",
    "Download the app and the camera turns itself on.",
    "Get all the people in the app to talk, she told the firm.",
    "Copyright 1998 law is out of date, judges say.",
    "(c) 2021 was the hottest year on record.",
    "Image copyright, the court ruled, belongs to the museum.",
    "Media source: a man who asked not to be named.",
    "Video: how the flood came is not known.",
    "Credit: nobody in the valley has any.",
    "Picture: a town without water.",
    "Picture by Picasso sells for 10 million dollars.",
    "FILE-sharing sites were closed on Monday.",
    "Related problems: no water, no power and no roads.",
    "More: the miners asked for nothing else.",
    "Read more in bed, doctors told patients.",
    "Continue reading to your children even when they can.",
    "Story continues after the war, in which she lost a son.",
    "Skip to the last page, he said, and you know who did it.",
    "Advertisement: the city's only source of money.",
    "Listen to this story, my grandmother would say.",
    "Our standards: we do not lie, the editor said.",
    "The sign on the door read all rights reserved.",
    "• BACKGROUND: The war began in 2001.",
    "What happens next",
    "Facebook",
]


@pytest.mark.parametrize("line", FURNITURE)
def test_furniture_line_goes_and_prose_around_it_stays(line: str) -> None:
    assert clean(f"The river rose.\n\n{line}\n\nIt fell again.") == "The river rose.\n\nIt fell again."
    assert clean(f"The river rose.\n{line}\nIt fell again.") == "The river rose.\nIt fell again."


@pytest.mark.parametrize("line", PROSE)
def test_prose_that_begins_like_furniture_stays(line: str) -> None:
    assert clean(f"The river rose.\n\n{line}\n\nIt fell again.") == f"The river rose.\n\n{line}\n\nIt fell again."


@pytest.mark.parametrize("twins", [("A boat lies on the road, July 8.", "A boat lies on the road, July 8. (AFP)")])
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
@pytest.mark.parametrize("turned", [False, True])
def test_both_copies_of_a_caption_go(twins: tuple[str, str], gap: str, turned: bool) -> None:
    first, second = reversed(twins) if turned else twins
    assert clean(f"It rained.\n\n{first}{gap}{second}\n\nIt stopped.") == "It rained.\n\nIt stopped."


def test_related_heading_goes_with_its_short_bullets_only() -> None:
    text = "Related Topics\n\n  • Valley floods\n  • Who pays?\n\n  • The mayor has resigned.\n\nIt rained."
    assert clean(text) == "• The mayor has resigned.\n\nIt rained."


def test_topics_below_a_related_heading_at_the_end_go_and_the_sign_off_stays() -> None:
    assert clean("It rained.\n\nRelated Topics\n\nFloods\n\nNorth valley\n\nSource: AFP") == "It rained.\n\nSource: AFP"


def test_an_article_in_one_line_is_not_a_caption() -> None:
    text = "image captionThe bridge. " + "The river rose over the bridge on Monday night. " * 10
    assert clean(text) == text.strip()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a\r\nb\rc\u2028d\u2029e\x0cf", "a\nb\nc\nd\ne\nf"),
        ("a\u00a0b\tc\u2009d\u3000e", "a b c d e"),
        ("cease\u00adfire \u202eevil\u202c\u200b \ufeffend\u2060", "ceasefire evil end"),
        ("a\U000e0041\U000e0020b\ud800c\x00\x1bd\x9f", "abcd"),
        ("e\u0301te\u0301", "été"),
        ("e\u200b\u0301", "é"),
        ("  one   two  \n\n\n\n  three ", "one two\n\nthree"),
        ("می\u200cخواهم क\u094d\u200dष", "می\u200cخواهم क\u094d\u200dष"),
        ("in\u200cvis\u200dible \u200dmark", "invisible mark"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
    ],
)
def test_characters(raw: str, expected: str) -> None:
    assert clean(raw) == expected


def test_one_line() -> None:
    assert one_line(" The\u200b vote\n\n passed ") == "The vote passed"


PIECES = st.sampled_from(
    [*FURNITURE, *PROSE, "Related Topics", "• Floods", "", " ", "\u200b", "Twitter", "A boat.", "A boat. (AFP)"]
)


@given(st.text() | st.lists(PIECES | st.text(max_size=8), max_size=25).map("\n".join))
@settings(deadline=None, max_examples=400)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.lists(st.sampled_from(PROSE), max_size=12), st.lists(st.sampled_from(FURNITURE), max_size=3))
@settings(deadline=None)
def test_prose_survives_any_furniture_around_it(prose: list[str], furniture: list[str]) -> None:
    prose = [line for line in prose if line != "Facebook"]  # beside a share line it is part of the bar
    lines = [*furniture, *prose, *furniture]
    assert clean("\n\n".join(lines)) == "\n\n".join(prose)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_decode_finds_the_encoding(encoding: str) -> None:
    text = "The café “opened” in the valley – at last, the mayor said."
    marked = "\ufeff" + text if encoding == "utf-16-be" else text
    assert decode(marked.encode(encoding)).removeprefix("\ufeff") == text


def test_utf8_cut_inside_its_last_character_stays_utf8() -> None:
    assert decode("été à Genève, où l’eau monte".encode()[:-1] + "é".encode()[:1]).startswith("été à Genève, où l’eau")


@pytest.mark.parametrize("data", [b"\x7fELF\x02\x01\x00\x00", b"text\x00text", bytes(range(1, 32)) * 8])
def test_binary_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable, match="the file is binary, not text"):
        decode(data)


WRAPPED = """\
Valley votes to keep the river path open
By A. Rao
6 July 2021

The council voted on Monday night to keep the river path open all
winter, in spite of the cost, which the treasurer put at more than
two million a year. Work on the lights starts in May, and the long-
term plan is due in June.

The mayor said that nobody had asked for less. A second vote on the
bridge follows in spring."""


def test_unwrap_joins_paragraphs_and_leaves_the_header() -> None:
    assert unwrap(WRAPPED).split("\n") == [
        "Valley votes to keep the river path open",
        "By A. Rao",
        "6 July 2021",
        "",
        "The council voted on Monday night to keep the river path open all winter, in spite of the cost, which the "
        "treasurer put at more than two million a year. Work on the lights starts in May, and the long-term plan is "
        "due in June.",
        "",
        "The mayor said that nobody had asked for less. A second vote on the bridge follows in spring.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "One sentence stands on this line of the text.\nAnother one stands on this one.\nAnd a third one here.",
        "Valley floods after storm\nBridge closed until the spring\nMayor asks for help from capital\nSchools open",
        "It rained.\n" + "The river rose over the old bridge on Monday night, and stayed there. " * 4 + "\nIt fell.",
        "",
        "\n\n",
    ],
)
def test_unwrap_leaves_other_text_alone(text: str) -> None:
    assert unwrap(text) == text


def test_unwrap_drops_the_typesetters_hyphen() -> None:
    text = """The council voted on Monday night to keep the way to the gov-
ernment house open, and lights will be set up there. The govern-
ment agreed to pay for the lamps along the river and for the
bridge behind it."""
    assert "government house" in unwrap(text)
    assert "government agreed" in unwrap(text)


@given(st.text(max_size=300))
@settings(deadline=None)
def test_unwrap_never_loses_a_letter(text: str) -> None:
    keep = [c for c in text if c.isalnum()]
    assert [c for c in unwrap(text) if c.isalnum()] == keep
