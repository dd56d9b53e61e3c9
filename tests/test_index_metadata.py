import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.dates import parse_date
from index.draft import Draft, draft, web_address
from index.metadata import from_text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2021-07-06", "2021-07-06"),
        ("2021-07-06T10:00:00Z", "2021-07-06T10:00:00+00:00"),
        ("2021-07-06T10:00:00.123+04:30", "2021-07-06T10:00:00+04:30"),
        ("2021-07-06 10:00", "2021-07-06T10:00:00"),
        ("20210706T100000Z", "2021-07-06T10:00:00+00:00"),
        ("2021/7/6", "2021-07-06"),
        ("20210706", "2021-07-06"),
        (20210706, "2021-07-06"),
        ("Tue, 06 Jul 2021 10:00:00 GMT", "2021-07-06T10:00:00+00:00"),
        ("Tue, 06 Jul 2021 10:00:00 -0400 (EDT)", "2021-07-06T10:00:00-04:00"),
        ("Tue, 06 Jul 2021 10:00:00 EST", "2021-07-06T10:00:00-05:00"),
        ("6 July 2021", "2021-07-06"),
        ("Tuesday, 6th of July 2021", "2021-07-06"),
        ("July 6, 2021", "2021-07-06"),
        ("Sept. 6, 2021", "2021-09-06"),
        ("06-Jul-2021", "2021-07-06"),
        ("Jul 6, 2021 10:00 am", "2021-07-06T10:00:00"),
        ("6 July 2021, 09:30", "2021-07-06T09:30:00"),
        ("6 July 2021 12:00 a.m.", "2021-07-06T00:00:00"),
        ("10:00 pm on July 6, 2021", "2021-07-06T22:00:00"),
        ("6 July 2021 at 09:30 BST", "2021-07-06T09:30:00"),  # Britain's or Bangladesh's: no offset is given
        ("25/12/2021", "2021-12-25"),
        ("12/25/2021", "2021-12-25"),
        ("07/07/2021", "2021-07-07"),
        (1625565600, "2021-07-06T10:00:00+00:00"),
        (1625565600.9, "2021-07-06T10:00:00+00:00"),
        ("1625565600000", "2021-07-06T10:00:00+00:00"),
    ],
)
def test_dates_as_sources_write_them(value: object, expected: str) -> None:
    assert parse_date(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        *(
            "July 2021",
            "July 6",
            "2021",
            "yesterday",
            "on Thursday",
            "Tuesday",
            "06/07/2021",
            "6 Jul 21",
            "31 February 2021",
        ),
        *("2021-13-01", "6 July 2021 25:00", "6 July 0999", "6 July 2021 and later", "2021-07-06T10:00:00+99:00", ""),
        *("9" * 500, "1234567890123456", 10**400, 0, 12345, float("nan"), float("inf"), True, None, [], b"2021-07-06"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_no_date_is_invented(value: object) -> None:
    assert parse_date(value) is None


@given(st.text(max_size=40) | st.floats() | st.integers() | st.dates().map(str) | st.datetimes().map(str))
@settings(deadline=None)
def test_a_date_read_twice_is_the_same(value: object) -> None:
    found = parse_date(value)
    assert found is None or parse_date(found) == found


PROSE = "The council has voted to keep the river path open all winter, the mayor said on Monday."


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", Draft(PROSE)),
        (" date 2021-07-06 ", Draft(PROSE, published="2021-07-06")),
        ("date 2021-07-06T10:00:00Z ", Draft(PROSE, published="2021-07-06T10:00:00+00:00")),
        (
            "Published: 6 July 2021\nUpdated: July 7, 2021\n\n",
            Draft(PROSE, published="2021-07-06", updated="2021-07-07"),
        ),
        ("Published: 3 hours ago\n\n", Draft(PROSE)),
        ("6 July 2021\n\n", Draft(PROSE, published="2021-07-06")),
        ("By A. Rao\n\n", Draft(PROSE, author="A. Rao")),
        ("By A. Rao and B. van Li\n\n", Draft(PROSE, author="A. Rao and B. van Li")),
        ("By A. Rao, Valley Post\n\n", Draft(PROSE, author="A. Rao", outlet="Valley Post")),
        ("By A. Rao, 6 July\n\n", Draft(PROSE, author="A. Rao")),
        ("By A. Rao, July 6, 2021\n\n", Draft(PROSE, author="A. Rao", published="2021-07-06")),
        ("By A. Rao 6 July 2021\n\n", Draft(PROSE, author="A. Rao", published="2021-07-06")),
        ("By A. Rao July 6, 2021\n\n", Draft(PROSE, author="A. Rao", published="2021-07-06")),
        ("By Theresa May\n\n", Draft(PROSE, author="Theresa May")),
        ("By A. Rao, Decanter\n\n", Draft(PROSE, author="A. Rao", outlet="Decanter")),
        ("By A. Rao, France 24\n\n", Draft(PROSE, author="A. Rao", outlet="France 24")),
        ("By Reuters Staff\n\n", Draft(PROSE, outlet="Reuters")),
        ("By Thursday it had stopped.\n\n", Draft(f"By Thursday it had stopped.\n\n{PROSE}")),
        ("Valley Post | 6 July 2021\n\n", Draft(PROSE, outlet="Valley Post", published="2021-07-06")),
        ("Valley Post, 6 July 2021\n\n", Draft(PROSE, outlet="Valley Post", published="2021-07-06")),
        (
            "Path stays open\n\nThe Valley Gazette (July 6, 2021)\n\n",
            Draft(PROSE, title="Path stays open", outlet="The Valley Gazette", published="2021-07-06"),
        ),
        (
            "Path stays open\nBy A. Rao | Valley Post | Published 6 July 2021, updated 7 July 2021\n",
            Draft(PROSE, "Path stays open", "Valley Post", "2021-07-06", "2021-07-07", "A. Rao"),
        ),
        (
            "Path stays open\nThe Valley Post\n6 July 2021\n\n",
            Draft(PROSE, "Path stays open", "The Valley Post", "2021-07-06"),
        ),
        ("The Valley Post\n6 July 2021\n\n", Draft(PROSE, outlet="The Valley Post", published="2021-07-06")),
        (
            "BBC News\nPath stays open\nBy A. Rao\nPublished\n6 July 2021\n",
            Draft(PROSE, "Path stays open", "BBC News", "2021-07-06", None, "A. Rao"),
        ),
        ("Path stays open in valley\n\n", Draft(PROSE, "Path stays open in valley")),
        ("Will the path stay open?\n\n", Draft(PROSE, "Will the path stay open?")),
        ("The path stays open.\n\n", Draft(f"The path stays open.\n\n{PROSE}")),
        (
            "Title: Path stays open\nAuthor: A. Rao\nSource: Valley Post\nURL: https://x.org/a\nDate: 2021-07-06\n\n",
            Draft(PROSE, "Path stays open", "Valley Post", "2021-07-06", None, "A. Rao", "https://x.org/a"),
        ),
        ("KABUL, July 6 (Reuters) - ", Draft(f"KABUL, July 6 (Reuters) - {PROSE}", outlet="Reuters")),
        ("KABUL, July 6, 2021 (Reuters) - ", Draft(f"KABUL, July 6, 2021 (Reuters) - {PROSE}", outlet="Reuters")),
        ("KABUL, Afghanistan (AP) — ", Draft(f"KABUL, Afghanistan (AP) — {PROSE}", outlet="AP")),
        ("The Republic (Utopia) - ", Draft(f"The Republic (Utopia) - {PROSE}")),
    ],
)
def test_header_and_dateline(header: str, expected: Draft) -> None:
    assert from_text(header + PROSE) == expected


@pytest.mark.parametrize(
    ("last", "outlet"),
    [
        ("Source: TRTWorld and agencies", "TRTWorld"),
        ("SOURCE: AL JAZEERA AND NEWS AGENCIES", "AL JAZEERA"),
        ("Source: Valley Post, AFP", "Valley Post"),
        ("Source: AFP, Reuters", None),
        ("Source: agencies", None),
        ("- Reuters", "Reuters"),
        ("— Reuters", "Reuters"),
        ("(Reuters)", "Reuters"),
        ("-- TOLOnews", "TOLOnews"),
    ],
)
def test_sign_off_is_read_and_taken_off(last: str, outlet: str | None) -> None:
    assert from_text(f"{PROSE}\n\n{last}\n") == Draft(PROSE, outlet=outlet)


@pytest.mark.parametrize("last", ["- A. Rao", "On Thursday", "(more follows)", "Source code is free."])
def test_other_last_lines_stay(last: str) -> None:
    assert from_text(f"{PROSE}\n{last}") == Draft(f"{PROSE}\n{last}")


def test_a_known_title_is_not_repeated_in_the_text_and_no_other_is_looked_for() -> None:
    text = f"Path stays\nOPEN\n\nA heading\n\n{PROSE}"
    assert from_text(text, title="Path stays open") == Draft(f"A heading\n\n{PROSE}", "Path stays open")


def test_draft_takes_fields_as_files_give_them() -> None:
    assert draft(
        "x",
        title=" A\nB ",
        outlet={"name": "Post"},
        published="6 July 2021",
        updated="soon",
        author=["A", {"name": "B"}],
        url="x:y",
    ) == Draft("x", "A B", "Post", "2021-07-06", None, "A, B")
    assert draft("x", title=" ", outlet=7, author=[]) == Draft("x")
    assert len(draft("x", title="a" * 900).title or "") == 500


def test_an_address_is_no_author() -> None:
    assert draft("x", author="https://example.org/rao").author is None
    assert draft("x", author=["www.example.org", "A. Rao", {"name": "https://x.org"}]).author == "A. Rao"
    assert draft("x", author="A. Rao (https://x.org)").author == "A. Rao (https://x.org)"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://x", "http://a b", "", None, 'https://x/"><b>'])
def test_only_web_addresses_are_kept(url: object) -> None:
    assert web_address(url) is None


@given(
    st.lists(
        st.sampled_from(["By A. Rao", "6 July 2021", "Reuters", "A title here", PROSE, "", "- AFP", "Source: X", "Updated: x"])
        | st.text()
    )
)
@settings(deadline=None)
def test_what_remains_is_part_of_the_text(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert from_text(text).text in text
