import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from index.keyword import STOP_WORDS, KeywordIndex, words

PASSAGES = [
    (10, "Dam", "The dam was released from the council's care on Monday."),
    (11, "Release of the prisoners", "Nobody would say more than that on the matter of the day."),
    (12, "Weather", "Rain fell on the hills, and the river rose by two metres."),
    (13, "Weather", "Snow fell on the hills, and the river froze for two weeks."),
    (14, "", "Naïve voters in Zürich chose 7,000 flags."),
]


@pytest.fixture
def keywords(tmp_path: Path) -> KeywordIndex:
    index = KeywordIndex(tmp_path / "keyword")
    index.add(PASSAGES)
    return index


def rows(index: KeywordIndex, question: str, limit: int = 10) -> list[int]:
    return [row for row, _ in index.search(question, limit)]


def sums(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Was anything releasing?", [10, 11]),
        ("ZÜRICH", [14]),
        ("naïve voter", [14]),
        ("7,000 flag", [14]),
        ("hill", [12, 13]),
        ("frozen snow", [13]),
        ("volcano", []),
    ],
)
def test_words_are_found_whatever_their_case_and_ending(keywords: KeywordIndex, question: str, expected: list[int]) -> None:
    assert sorted(rows(keywords, question)) == expected


def test_a_word_counts_less_in_a_title_than_in_the_text(keywords: KeywordIndex) -> None:
    assert rows(keywords, "released") == [10, 11]


def test_stop_words_find_nothing_beside_other_words(keywords: KeywordIndex) -> None:
    assert rows(keywords, "What was the snow on that?") == [13]


def test_a_question_of_stop_words_alone_is_searched_for_as_it_is(keywords: KeywordIndex) -> None:
    assert set(words("who would say more")) & STOP_WORDS == {"who", "would", "more"}
    assert rows(keywords, "than would more") == [11]


@pytest.mark.parametrize(
    "question",
    ["", "   ", '"( * ~`', "title:", "a OR", "[1 TO", "\\", "\0", "?" * 9000, "x" * 9000],
    ids=["empty", "blank", "operators", "field", "dangling", "range", "backslash", "nul", "marks", "long"],
)
def test_strange_questions_are_words_or_nothing(keywords: KeywordIndex, question: str) -> None:
    assert rows(keywords, question) == []


def test_marks_around_a_word_change_nothing(keywords: KeywordIndex) -> None:
    assert keywords.search('+"snow"~2 -title:(snow*)', 9) == keywords.search("snow title", 9)


def test_a_script_whose_letters_carry_marks_is_found(tmp_path: Path) -> None:
    index = KeywordIndex(tmp_path / "keyword")
    index.add([(1, "", "हिन्दी में समाचार"), (2, "", "अन्य")])
    assert rows(index, "हिन्दी") == [1]


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    index = KeywordIndex(tmp_path / "keyword")
    assert (len(index), index.search("snow", 5)) == (0, [])


def test_a_filter_finds_an_allowed_row_far_down_the_list(tmp_path: Path) -> None:
    index = KeywordIndex(tmp_path / "keyword")
    index.add([(row, "", "flood " * 9) for row in range(400)] + [(400, "", "flood and many other words " * 9)])
    everything = index.search("flood", 500)
    assert everything[-1][0] == 400
    assert index.search("flood", 5, {400}) == everything[-1:]
    assert index.search("flood", 5, set()) == []
    assert index.search("flood", 5, {9999}) == []


def test_equal_scores_come_in_the_order_of_rows(tmp_path: Path) -> None:
    index = KeywordIndex(tmp_path / "keyword")
    index.add([(row, "", "The same words.") for row in (5, 6, 7, 8)])
    assert rows(index, "words", limit=3) == [5, 6, 7]


def test_stems_are_those_of_the_index(keywords: KeywordIndex) -> None:
    assert keywords.stems("Rivers released") == ["river", "releas"]


def test_opening_and_searching_leaves_the_folder_as_it_was(keywords: KeywordIndex, tmp_path: Path) -> None:
    before = sums(tmp_path / "keyword")
    found = KeywordIndex(tmp_path / "keyword").search("snow", 5)
    assert found == keywords.search("snow", 5) != []
    assert sums(tmp_path / "keyword") == before


def test_an_open_index_outlives_its_folder(keywords: KeywordIndex, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "keyword")
    assert rows(keywords, "snow") == [13]


def test_a_folder_that_may_only_be_read_is_enough(keywords: KeywordIndex, tmp_path: Path) -> None:
    folder = tmp_path / "keyword"
    folder.chmod(0o555)
    code = "import os, sys, pathlib; from index.keyword import KeywordIndex; folder = pathlib.Path(sys.argv[1]);\n"
    code += "print(os.access(folder, os.W_OK), KeywordIndex(folder).search('snow', 1)[0][0])"
    command = [sys.executable, "-c", code, str(folder)]
    if os.geteuid() == 0:  # root writes everywhere, until it gives that right up
        command = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--", *command]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    folder.chmod(0o755)
    assert (run.stdout, run.stderr) == ("False 13\n", "")


def test_a_full_disk_is_an_os_error(tmp_path: Path) -> None:
    code = """
import resource, sys
from pathlib import Path
from index.keyword import KeywordIndex
index = KeywordIndex(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    index.add([(1, "", "word " * 100)])
except OSError:
    print("OSError")
"""
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path / "keyword")], capture_output=True, text=True, check=True)
    assert run.stdout == "OSError\n"
