import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from conftest import WordEmbedder
from hypothesis import given, settings
from hypothesis import strategies as st

from index.build import SyncReport, sync
from index.errors import ModelError, UsageError
from index.opened import Index, open_index
from index.read import MAX_BYTES
from index.records import Skipped
from index.store import CANARIES

LONG = " ".join(f"Sentence {number} says that the river rose again today." for number in range(8))  # two passages


@dataclass
class Place:
    """A folder to make articles in, an index, and the embedder that remembers what it was asked."""

    top: Path
    embedder: WordEmbedder
    index: Path

    def write(self, path: str, text: str) -> Path:
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def sync(self, *paths: str, only: bool = False, progress: Callable[[str, int, int], None] | None = None) -> SyncReport:
        self.embedder.encoded.clear()
        named = [self.top / path for path in paths or ["news"]]
        return sync(named, self.index, embedder=self.embedder, only=only, progress=progress)

    @property
    def embedded(self) -> list[str]:
        return sorted(text for text in self.embedder.encoded if text not in CANARIES)

    def held(self) -> dict[str, str]:
        """Text by path; a path that two articles have is there twice."""
        index = open_index(self.index, embedder=self.embedder)
        found = [(article.path, article.text) for article in index.articles.articles()]
        index.close()
        return {f"{path} (2)" if found[:at].count((path, text)) else path: text for at, (path, text) in enumerate(found)}


@pytest.fixture
def place(tmp_path: Path, embedder: WordEmbedder) -> Place:
    place = Place(tmp_path / "top", embedder, tmp_path / "index")
    place.write("news/dam.txt", "The dam broke on Monday.")
    place.write("news/deep/river.txt", "The river rose on Tuesday.")
    return place


def numbers(report: SyncReport) -> dict[str, int]:
    assert report.added + report.changed + report.unchanged + report.elsewhere == report.articles
    names = ("added", "changed", "unchanged", "dropped", "elsewhere", "embedded")
    return {name: value for name in names if (value := getattr(report, name))}


# What changed


def test_a_first_sync_adds_everything(place: Place) -> None:
    report = place.sync()
    assert numbers(report) == {"added": 2, "embedded": 2}
    assert (report.passages, report.generation, report.index) == (2, "000001", str(place.index))
    assert report.rebuilt is None and report.skipped == () and report.seconds > 0
    assert place.held() == {"dam.txt": "The dam broke on Monday.", "deep/river.txt": "The river rose on Tuesday."}


def test_without_a_change_the_same_generation_is_served_and_nothing_is_embedded(place: Place) -> None:
    place.sync()
    os.utime(place.top / "news/dam.txt", (1, 1))  # touched, and the same
    report = place.sync()
    assert numbers(report) == {"unchanged": 2}
    assert report.generation == "000001" and report.passages == 2
    assert place.embedder.encoded == []


def test_add_change_and_drop_are_counted_and_only_new_text_is_embedded(place: Place) -> None:
    place.sync()
    place.write("news/dam.txt", "The dam held on Monday.")
    place.write("news/snow.txt", "Snow fell.")
    (place.top / "news/deep/river.txt").unlink()
    report = place.sync()
    assert numbers(report) == {"added": 1, "changed": 1, "dropped": 1, "embedded": 2}
    assert place.embedded == ["Snow fell.", "The dam held on Monday."]
    assert place.held() == {"dam.txt": "The dam held on Monday.", "snow.txt": "Snow fell."}


def test_one_changed_passage_of_an_article_is_all_that_is_embedded(place: Place) -> None:
    place.write("news/long.txt", LONG)
    assert place.sync().passages == 4
    place.write("news/long.txt", LONG.replace("Sentence 7 says", "Sentence 7 denies"))
    report = place.sync()
    assert numbers(report) == {"changed": 1, "unchanged": 2, "embedded": 1}
    (changed,) = place.embedded
    assert "denies" in changed


def test_a_moved_file_brings_its_vectors_along(place: Place) -> None:
    place.sync()
    (place.top / "news/dam.txt").rename(place.top / "news/deep/moved.txt")
    assert numbers(place.sync()) == {"added": 1, "dropped": 1, "unchanged": 1}
    assert place.embedded == []
    assert place.held()["deep/moved.txt"] == "The dam broke on Monday."


def test_the_same_text_in_two_files_is_two_articles_embedded_once(place: Place) -> None:
    place.write("news/copy.txt", "The dam broke on Monday.")
    assert numbers(place.sync()) == {"added": 3, "embedded": 2}
    assert place.embedded == ["The dam broke on Monday.", "The river rose on Tuesday."]


def test_records_of_one_file_are_articles_that_change_one_by_one(place: Place) -> None:
    place.write("news/feed.jsonl", '{"text": "Rain fell."}\n{"text": "Hail fell."}\n')
    place.sync()
    place.write("news/feed.jsonl", '{"text": "Rain fell."}\n{"text": "Fog fell."}\n')
    assert numbers(place.sync()) == {"changed": 1, "unchanged": 3, "embedded": 1}
    assert place.held()["feed.jsonl#2"] == "Fog fell."


# Which folders


def test_a_second_folder_is_added_and_the_first_stays(place: Place) -> None:
    place.sync()
    place.write("more/snow.txt", "Snow fell.")
    assert numbers(place.sync("more")) == {"added": 1, "elsewhere": 2, "embedded": 1}
    assert set(place.held()) == {"dam.txt", "deep/river.txt", "snow.txt"}
    assert numbers(place.sync("more", "news")) == {"unchanged": 3}


def test_a_folder_that_is_not_named_may_be_away(place: Place) -> None:
    place.sync()
    place.write("more/snow.txt", "Snow fell.")
    (place.top / "news").rename(place.top / "unplugged")
    assert numbers(place.sync("more")) == {"added": 1, "elsewhere": 2, "embedded": 1}


def test_only_leaves_no_other_folder(place: Place) -> None:
    place.sync()
    place.write("more/snow.txt", "Snow fell.")
    assert numbers(place.sync("more", only=True)) == {"added": 1, "dropped": 2, "embedded": 1}
    assert set(place.held()) == {"snow.txt"}
    assert numbers(place.sync("more")) == {"unchanged": 1}


def test_a_folder_inside_an_indexed_one_keeps_paths_and_ids(place: Place) -> None:
    place.sync()
    assert numbers(place.sync("news/deep")) == {"unchanged": 1, "elsewhere": 1}
    assert numbers(place.sync("news/deep/river.txt")) == {"unchanged": 1, "elsewhere": 1}
    assert set(place.held()) == {"dam.txt", "deep/river.txt"}


@pytest.mark.parametrize("order", [["news", "news/deep"], ["news/deep", "news"]], ids=["outer first", "inner first"])
def test_nested_folders_make_the_same_index_in_either_order(place: Place, order: list[str]) -> None:
    place.sync(*order)
    assert set(place.held()) == {"dam.txt", "deep/river.txt"}


def test_an_inner_folder_that_becomes_the_only_one_is_indexed_as_if_it_were_new(place: Place) -> None:
    place.sync()
    place.sync("news/deep", only=True)
    assert set(place.held()) == {"river.txt"}
    assert numbers(place.sync("news/deep")) == {"unchanged": 1}


def test_a_hidden_folder_that_was_named_stays_when_the_folder_around_it_is_synced(place: Place) -> None:
    place.write("news/.drafts/snow.txt", "Snow fell.")
    place.sync("news", "news/.drafts")
    assert numbers(place.sync("news")) == {"unchanged": 3}
    shutil.rmtree(place.top / "news/.drafts")
    assert numbers(place.sync("news")) == {"dropped": 1, "unchanged": 2}


def test_the_same_path_in_two_folders_is_two_articles(place: Place) -> None:
    place.write("more/dam.txt", "The other dam broke.")
    place.sync("news", "more")
    place.write("news/dam.txt", "The dam was mended.")
    place.write("more/dam.txt", "The other dam was mended.")
    assert numbers(place.sync("news", "more")) == {"changed": 2, "unchanged": 1, "embedded": 2}


def test_an_article_new_in_one_folder_and_changed_in_another_is_counted_once_each(place: Place) -> None:
    place.write("more/snow.txt", "Snow fell.")
    place.sync("news", "more")
    place.write("news/dam.txt", "The dam was mended.")
    place.write("more/dam.txt", "The other dam broke.")
    assert numbers(place.sync("news", "more")) == {"added": 1, "changed": 1, "unchanged": 2, "embedded": 2}


def test_one_article_in_two_folders_is_one_until_both_lose_it(place: Place) -> None:
    place.sync()
    place.write("more/dam.txt", "The dam broke on Monday.")
    assert numbers(place.sync("more")) == {"unchanged": 1, "elsewhere": 1}
    (place.top / "news/dam.txt").unlink()
    assert numbers(place.sync()) == {"unchanged": 1, "elsewhere": 1}
    (place.top / "more/dam.txt").unlink()
    assert numbers(place.sync("more")) == {"dropped": 1, "elsewhere": 1}


def test_a_file_may_be_named_instead_of_a_folder(place: Place) -> None:
    assert numbers(place.sync("news/dam.txt")) == {"added": 1, "embedded": 1}
    assert set(place.held()) == {"dam.txt"}


def test_a_path_given_twice_or_through_a_link_is_one(place: Place) -> None:
    (place.top / "link").symlink_to(place.top / "news")
    assert numbers(place.sync("news", "link", "news/../news")) == {"added": 2, "embedded": 2}
    index = open_index(place.index, embedder=place.embedder)
    assert index.manifest.roots == [str(place.top / "news")]
    index.close()


@pytest.mark.parametrize("inside", ["news/index", "news"], ids=["in a folder of its own", "in the indexed folder itself"])
def test_an_index_among_its_articles_does_not_index_itself(place: Place, inside: str) -> None:
    place.index = place.top / inside
    place.sync()
    assert numbers(place.sync()) == {"unchanged": 2}
    place.write("news/snow.txt", "Snow fell.")
    report = place.sync()
    assert numbers(report) == {"added": 1, "unchanged": 2, "embedded": 1} and report.skipped == ()


# What cannot be read


@pytest.mark.parametrize(
    ("name", "problem"),
    [("nowhere", "No file or folder"), ("x" * 300, "Cannot read"), ("loop", "No file or folder"), ("a.exe", "Cannot read")],
    ids=["missing", "too long a name", "a link to itself", "another kind of file"],
)
def test_a_path_that_cannot_be_indexed_changes_nothing(place: Place, name: str, problem: str) -> None:
    (place.top / "loop").symlink_to(place.top / "loop")
    place.write("a.exe", "MZ")
    with pytest.raises(UsageError, match=problem):
        place.sync("news", name)
    assert not place.index.exists()


def test_no_path_at_all_is_bad_usage(place: Place) -> None:
    with pytest.raises(UsageError, match="No file or folder was named"):
        sync([], place.index, embedder=place.embedder)


def test_nothing_that_can_be_read_leaves_the_old_index_and_says_why(place: Place) -> None:
    place.sync()
    for number in range(5):
        place.write(f"bad/{number}.json", "{")
    with pytest.raises(UsageError) as caught:
        place.sync("bad", only=True)
    assert "0.json: not valid JSON" in caught.value.message and "And 2 more." in caught.value.message
    assert len(place.held()) == 2
    assert numbers(place.sync()) == {"unchanged": 2}


def test_an_emptied_folder_does_not_empty_the_index(place: Place) -> None:
    place.sync()
    shutil.rmtree(place.top / "news")
    (place.top / "news").mkdir()
    with pytest.raises(UsageError, match="No article could be read"):
        place.sync()
    assert len(place.held()) == 2


def test_what_was_skipped_is_said_again_by_every_sync(place: Place) -> None:
    place.write("news/broken.json", "{")
    place.write("news/empty.txt", "")
    first = place.sync()
    assert [(skipped.path, skipped.line) for skipped in first.skipped] == [("broken.json", 1), ("empty.txt", None)]
    second = place.sync()
    assert second.skipped == first.skipped and second.generation == "000001"
    place.write("more/snow.txt", "Snow fell.")
    assert place.sync("more").skipped == first.skipped
    place.write("news/broken.json", '{"text": "Mended."}')
    assert [skipped.path for skipped in place.sync().skipped] == ["empty.txt"]


def test_a_file_that_vanishes_while_others_are_read_is_skipped(place: Place) -> None:
    def unlink(stage: str, done: int, total: int) -> None:
        (place.top / "news/deep/river.txt").unlink(missing_ok=True)

    report = place.sync(progress=unlink)
    assert report.skipped == (Skipped("deep/river.txt", None, "could not be opened: No such file or directory"),)
    assert set(place.held()) == {"dam.txt"}
    assert place.sync().skipped == ()


PRIVATE = """
import sys
from conftest import WordEmbedder
from index.build import sync
from index.errors import UsageError
try:
    report = sync([sys.argv[1]], sys.argv[2], embedder=WordEmbedder())
    print(report.articles, [(skipped.path, skipped.reason) for skipped in report.skipped])
except UsageError as error:
    print(error.message)
"""


def sync_as_an_ordinary_user(place: Place) -> str:
    command = [sys.executable, "-c", PRIVATE, str(place.top / "news"), str(place.index)]
    if os.geteuid() == 0:  # root reads everything, until it gives that right up
        command = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--", *command]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_a_file_that_may_not_be_read_is_skipped(place: Place) -> None:
    (place.top / "news/dam.txt").chmod(0)
    assert sync_as_an_ordinary_user(place) == "1 [('dam.txt', 'could not be opened: Permission denied')]\n"


def test_a_folder_that_may_not_be_listed_is_bad_usage(place: Place) -> None:
    (place.top / "news").chmod(0)
    said = sync_as_an_ordinary_user(place)
    (place.top / "news").chmod(0o755)
    assert said == f"Cannot read '{place.top / 'news'}': Permission denied.\n"


def test_a_huge_file_is_skipped(place: Place) -> None:
    with (place.top / "news/huge.txt").open("wb") as stream:
        stream.truncate(50 * MAX_BYTES)  # a gigabyte on no disk, and never all of it in memory
    assert [skipped.reason for skipped in place.sync().skipped] == ["over 20 MB"]


def test_names_that_are_not_utf8_are_indexed(place: Place) -> None:
    folder = os.fsencode(place.top) + b"/caf\xe9"
    os.makedirs(folder + b"/inner")
    for name in (b"/\xff.txt", b"/inner/snow.txt"):
        with open(folder + name, "w") as stream:
            stream.write("Snow fell.")
    assert numbers(place.sync(os.fsdecode(b"caf\xe9"))) == {"added": 2, "embedded": 1}
    assert numbers(place.sync(os.fsdecode(b"caf\xe9"))) == {"unchanged": 2}
    assert numbers(place.sync(os.fsdecode(b"caf\xe9/inner"))) == {"unchanged": 1, "elsewhere": 1}
    assert set(place.held()) == {"\ufffd.txt", "inner/snow.txt"}


def test_a_name_as_long_as_names_may_be_is_indexed(place: Place) -> None:
    place.write("news/" + "ø" * 125 + ".txt", "Snow fell.")
    assert numbers(place.sync()) == {"added": 3, "embedded": 3}


# Rebuilding


def served(place: Place) -> Path:
    return place.index / "generations" / (place.index / "CURRENT").read_text().strip()


@pytest.mark.parametrize("damage", ["articles.db", "manifest.json", "CURRENT", "no CURRENT"])
def test_a_damaged_index_is_made_anew_from_all_its_folders(place: Place, damage: str) -> None:
    place.write("more/snow.txt", "Snow fell.")
    place.sync()
    place.sync("more")
    if damage == "no CURRENT":
        (place.index / "CURRENT").unlink()
    elif damage == "CURRENT":
        (place.index / "CURRENT").write_text("?")
    else:
        file = served(place) / damage
        file.write_bytes(file.read_bytes().replace(b"1", b"2", 1))
    report = place.sync("more")
    assert report.rebuilt is not None
    assert numbers(report) == {"added": 3, "embedded": 3}
    assert set(place.held()) == {"dam.txt", "deep/river.txt", "snow.txt"}


def test_a_folder_that_is_gone_is_named_when_a_damaged_index_is_made_anew(place: Place) -> None:
    place.write("more/snow.txt", "Snow fell.")
    place.sync("news", "more")
    (served(place) / "vectors.faiss").unlink()
    shutil.rmtree(place.top / "news")
    report = place.sync("more")
    assert report.rebuilt and report.rebuilt.endswith(f"Left out, because not there any more: {place.top / 'news'}.")
    assert set(place.held()) == {"snow.txt"}


def test_another_model_embeds_everything_again_and_reads_no_folder_for_it(place: Place) -> None:
    place.write("more/snow.txt", "Snow fell.")
    place.sync("news", "more")
    shutil.rmtree(place.top / "news")
    place.embedder.name, place.embedder.fingerprint = "other-words", "other-words/1"
    report = place.sync("more")
    assert numbers(report) == {"unchanged": 1, "elsewhere": 2, "embedded": 3}
    assert report.rebuilt == "The embedding model is now 'other-words'; it was 'word-counts'."
    assert len(place.held()) == 3


def test_a_wider_window_cuts_and_embeds_everything_again(place: Place) -> None:
    place.write("news/long.txt", LONG)
    place.sync()
    place.embedder.fingerprint, place.embedder.window = "word-counts/2", 400
    report = place.sync()
    assert numbers(report) == {"unchanged": 3, "embedded": 3} and report.passages == 3


def test_vectors_that_are_not_of_length_one_are_refused(place: Place) -> None:
    class Unfit(WordEmbedder):
        def encode(self, texts):  # type: ignore[no-untyped-def]
            return super().encode(texts) * (1 if list(texts) == list(CANARIES) else 2)

    place.sync()
    place.write("news/snow.txt", "Snow fell.")
    with pytest.raises(ModelError, match="not of length one"):
        sync([place.top / "news"], place.index, embedder=Unfit())
    assert len(place.held()) == 2


# Progress


def test_progress_runs_from_nothing_to_all_in_every_stage(place: Place) -> None:
    steps: list[tuple[str, int, int]] = []
    place.sync(progress=lambda *step: steps.append(step))
    assert steps == [
        ("reading", 0, 2),
        ("reading", 1, 2),
        ("reading", 2, 2),
        ("embedding", 0, 2),
        ("embedding", 2, 2),
    ]
    steps.clear()
    place.sync(progress=lambda *step: steps.append(step))
    assert steps == [("reading", 0, 2), ("reading", 1, 2), ("reading", 2, 2)]


# However it came about


def everything(index: Index) -> dict[str, object]:
    """All that can be told of an index from outside: equal for equal content, whatever its history."""
    rows = range(index.manifest.counts["passages"])
    hits = index.hits([(row, 0.0) for row in rows])
    query = index.embedder.encode(["river dam snow"])[0]
    return {
        "articles": list(index.articles.articles()),
        "passages": [hit.passage for hit in hits],
        "vectors": index.vectors.get(list(rows)).tolist(),
        "files": index.articles.files(),
        "snapshot": index.snapshot,
        "roots": index.manifest.roots,
        "dense": index.vectors.search(query, 99),
        "keyword": index.keywords.search("the river rose and snow fell on the dam", 99),
    }


def same_as_fresh(folder: Path, place: Place, paths: list[str]) -> None:
    fresh = Place(place.top, WordEmbedder(), folder)
    fresh.sync(*paths)
    found = []
    for one in (place, fresh):
        index = open_index(one.index, embedder=WordEmbedder())
        found.append(everything(index))
        index.close()
    assert found[0] == found[1]


def test_an_index_that_grew_equals_one_made_at_once(place: Place, tmp_path: Path) -> None:
    place.write("news/long.txt", LONG)
    place.sync()
    place.write("news/long.txt", LONG.replace("Sentence 3", "Phrase 3"))
    place.write("more/snow.txt", "Snow fell.")
    place.sync("news", "more")
    (place.top / "news/dam.txt").rename(place.top / "news/moved.txt")
    place.sync()
    same_as_fresh(tmp_path / "fresh", place, ["news", "more"])


def test_rows_are_in_the_order_of_ids_so_that_ties_are_broken_by_id(place: Place) -> None:
    for number in range(9):
        place.write(f"news/{number}.txt", LONG)
    place.sync()
    index = open_index(place.index, embedder=place.embedder)
    found = index.hits([(row, 0.0) for row in range(index.manifest.counts["passages"])])
    index.close()
    assert len(found) == 20
    assert found == sorted(found, key=lambda hit: (hit.article.id, hit.passage.start))


NAMES = ["a.txt", "b.txt", "deep/a.txt", "feed.jsonl"]
WRITTEN = ["Snow fell.", "The river rose. The dam held.", LONG, LONG.replace("Sentence 5", "Phrase 5"), "", "{"]
EDITS = st.tuples(st.sampled_from(["news", "more"]), st.sampled_from(NAMES), st.sampled_from([*WRITTEN, None]))


@settings(max_examples=12, deadline=None)
@given(st.lists(st.lists(EDITS, min_size=1, max_size=4), min_size=1, max_size=3))
def test_any_edits_end_in_what_a_fresh_sync_makes(rounds: list[list[tuple[str, str, str | None]]]) -> None:
    with TemporaryDirectory() as folder:
        place = Place(Path(folder) / "top", WordEmbedder(), Path(folder) / "index")
        place.write("news/stays.txt", "The river rose on Tuesday.")
        place.write("more/stays.txt", "Snow fell on Friday.")
        place.sync("news", "more")
        for edits in rounds:
            for top, name, text in edits:
                if text is None:
                    (place.top / top / name).unlink(missing_ok=True)
                else:
                    place.write(f"{top}/{name}", json.dumps({"text": text}) if name.endswith("l") else text)
            for top in sorted({top for top, _, _ in edits}):
                numbers(place.sync(top))
        same_as_fresh(Path(folder) / "fresh", place, ["news", "more"])
