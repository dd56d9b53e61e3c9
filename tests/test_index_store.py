import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import WordEmbedder

from index import store
from index.articles import ArticleDb
from index.build import SyncReport, sync
from index.embed import Vectors
from index.errors import FootnoteError, IndexBusy, IndexDamaged, IndexMismatch, IndexMissing, UsageError
from index.opened import Index, open_index
from index.read import read
from index.records import Passage

FILES = ["manifest.json", "articles.db", "vectors.faiss", "sentences.npy", "keyword/meta.json"]


class Place:
    """A folder of articles and the index made of it."""

    def __init__(self, top: Path) -> None:
        self.articles = top / "the articles"
        self.index = top / "index"
        self.embedder = WordEmbedder()
        self.articles.mkdir()

    def write(self, **texts: str) -> None:
        for name, text in texts.items():
            (self.articles / f"{name}.txt").write_text(text, encoding="utf-8")

    def sync(self) -> SyncReport:
        return sync([self.articles], self.index, embedder=self.embedder)

    def open(self) -> Index:
        return open_index(self.index, embedder=self.embedder)

    def texts(self) -> list[str]:
        index = self.open()
        texts = [article.text for article in index.articles.articles()]
        index.close()
        return texts

    @property
    def generations(self) -> list[str]:
        return sorted(path.name for path in (self.index / "generations").iterdir())

    @property
    def served(self) -> Path:
        return self.index / "generations" / (self.index / "CURRENT").read_text().strip()

    @property
    def mend(self) -> str:
        return f"footnote index '{self.articles}' --index {self.index}"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.write(one="The dam broke on Monday.", two="The river rose on Tuesday.")
    place.sync()
    return place


# Damage


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_damage(place: Place, name: str) -> None:
    (place.served / name).unlink()
    with pytest.raises(IndexDamaged, match="is missing"):
        place.open()


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_short_is_damage(place: Place, name: str) -> None:
    file = place.served / name
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(IndexDamaged):
        place.open()


@pytest.mark.parametrize("place_in_file", [0.1, 0.5, 0.9])
def test_one_flipped_bit_in_any_file_is_damage(place: Place, place_in_file: float) -> None:
    files = [path for path in place.served.rglob("*") if path.is_file() and path.stat().st_size]
    assert {path.relative_to(place.served).as_posix() for path in files} >= set(FILES)
    for file in files:
        whole = file.read_bytes()
        at = int(len(whole) * place_in_file)
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(IndexDamaged, match=r"altered"):
            place.open()
        file.write_bytes(whole)
    assert len(place.texts()) == 2


def test_the_mending_command_holds_the_roots_ready_for_a_shell(place: Place) -> None:
    (place.served / "vectors.faiss").unlink()
    with pytest.raises(IndexDamaged) as caught:
        place.open()
    assert caught.value.next_step == place.mend


def test_without_its_manifest_the_roots_come_from_the_generation_before(place: Place) -> None:
    place.write(three="Snow fell.")
    place.sync()
    (place.served / "manifest.json").write_text('{"format": 3, "roots"')
    with pytest.raises(IndexDamaged, match="manifest") as caught:
        place.open()
    assert caught.value.next_step == place.mend


@pytest.mark.parametrize("text", ["[]", "7", "null", '{"format": 4}', '{"format": 4, "checksum": 3}', "[" * 100_000])
def test_a_manifest_that_is_no_manifest_is_damage(place: Place, text: str) -> None:
    (place.served / "manifest.json").write_text(text)
    with pytest.raises(IndexDamaged, match="manifest"):
        place.open()


@pytest.mark.parametrize("content", [b"", b"../../etc\n", b"\xff\xfe", b"000099\n"])
def test_current_that_names_no_generation_is_damage(place: Place, content: bytes) -> None:
    (place.index / "CURRENT").write_bytes(content)
    with pytest.raises(IndexDamaged) as caught:
        place.open()
    assert caught.value.next_step == place.mend


def republish(place: Place, **changes: object) -> None:
    manifest = replace(store.read_manifest(place.index, place.served), **changes)  # type: ignore[arg-type]
    store.publish(place.index, place.served, manifest)


def test_counts_that_differ_from_the_manifest_are_damage(place: Place) -> None:
    republish(place, counts={"articles": 3, "passages": 2, "files": 2})
    with pytest.raises(IndexDamaged, match=r"'articles': 2.*'articles': 3"):
        place.open()


# Mismatch


def test_another_format_is_a_mismatch_with_both_values(place: Place) -> None:
    fields = json.loads((place.served / "manifest.json").read_text())
    (place.served / "manifest.json").write_text(json.dumps(fields | {"format": 99}))
    with pytest.raises(IndexMismatch, match="format 99; this version reads 4") as caught:
        place.open()
    assert caught.value.next_step == place.mend


def test_another_splitter_is_a_mismatch_with_both_values(place: Place) -> None:
    republish(place, splitter="rules/0")
    with pytest.raises(IndexMismatch, match=r"'rules/0'; this version uses 'footnote-sentences/\d+'"):
        place.open()


def test_another_fingerprint_is_a_mismatch_with_both_values(place: Place) -> None:
    place.embedder.fingerprint = "word-counts/2"
    with pytest.raises(IndexMismatch, match=r"word-counts/.*the model here is word-counts/"):
        place.open()


class MirroredEmbedder(WordEmbedder):
    """It has the name and fingerprint of the other one, and other vectors."""

    def encode(self, texts: list[str]) -> Vectors:  # type: ignore[override]
        return np.ascontiguousarray(super().encode(texts)[:, ::-1])


def test_a_model_of_the_same_name_with_other_vectors_is_found_out_at_its_first_use(place: Place) -> None:
    index = open_index(place.index, embedder=MirroredEmbedder())
    with pytest.raises(IndexMismatch, match="no longer gives the vectors of this index") as caught:
        _ = index.embedder
    assert caught.value.next_step == place.mend
    index.close()


def test_a_sync_with_such_a_model_mixes_no_vectors(place: Place) -> None:
    place.embedder = MirroredEmbedder()
    place.write(three="Snow fell.")
    report = place.sync()
    assert report.embedded == 3
    assert report.rebuilt and "no longer gives the vectors" in report.rebuilt


# Missing


@pytest.mark.parametrize("name", ["nowhere", "the articles", "the articles/one.txt"])
def test_where_there_is_no_index_it_says_how_to_make_one(place: Place, tmp_path: Path, name: str) -> None:
    with pytest.raises(IndexMissing, match="No index in") as caught:
        open_index(tmp_path / name)
    assert caught.value.next_step.startswith("footnote index FOLDER --index ")


def test_rollback_where_there_is_no_index_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        store.rollback(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


# Generations


def test_two_generations_are_kept_and_an_open_one_answers_after_it_is_pruned(place: Place) -> None:
    first = place.open()
    passages = [hit.passage.text for hit in first.hits(first.keywords.search("river dam", 5))]
    for number, text in enumerate(["Snow fell.", "Rain fell."]):
        place.write(one=text, **{f"more{number}": text})
        place.sync()
    assert place.generations == ["000002", "000003"]
    question = first.embedder.encode(["the river rose"])[0]
    assert sorted(article.text for article in first.articles.articles()) == [
        "The dam broke on Monday.",
        "The river rose on Tuesday.",
    ]
    assert [hit.passage.text for hit in first.hits(first.keywords.search("river dam", 5))] == passages
    assert first.hits(first.vectors.search(question, 1))[0].passage.text == "The river rose on Tuesday."
    first.close()


def test_opening_and_searching_changes_nothing_in_a_published_generation(place: Place) -> None:
    before = {path: path.read_bytes() for path in place.served.rglob("*") if path.is_file()}
    index = place.open()
    index.hits(index.keywords.search("dam", 5))
    index.hits(index.vectors.search(index.embedder.encode(["dam"])[0], 5))
    index.close()
    assert {path: path.read_bytes() for path in place.served.rglob("*") if path.is_file()} == before


def test_rollback_serves_the_generation_before_and_the_next_sync_goes_on(place: Place) -> None:
    place.write(two="The river fell on Friday.")
    place.sync()
    assert store.rollback(place.index).name == "000001"
    assert "The river rose on Tuesday." in place.texts()
    assert place.sync().generation == "000003"
    assert "The river fell on Friday." in place.texts()
    # What was rolled back is gone, what was served is kept.
    assert place.generations == ["000001", "000003"]


def test_rollback_without_a_generation_before_changes_nothing(place: Place) -> None:
    with pytest.raises(IndexMissing, match="No generation before 000001"):
        store.rollback(place.index)
    assert len(place.texts()) == 2


def test_rollback_to_a_damaged_generation_is_refused(place: Place) -> None:
    (place.served / "articles.db").write_bytes(b"")
    place.sync()
    with pytest.raises(IndexDamaged):
        store.rollback(place.index)
    assert place.served.name == "000002"
    assert len(place.texts()) == 2


def test_a_stray_file_among_the_generations_is_left_alone(place: Place) -> None:
    (place.index / "generations" / ".DS_Store").write_text("")
    place.write(three="Snow fell.")
    assert place.sync().articles == 3
    assert (place.index / "generations" / ".DS_Store").exists()


# Writers


@contextmanager
def child(code: str, *arguments: Path):  # type: ignore[no-untyped-def]
    """Another process that runs `code` and says a line when it has got there."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


HOLD = """
import sys
from pathlib import Path
from index.store import writer_lock
with writer_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_process_writes_at_a_time_and_a_killed_one_frees_the_lock(place: Place) -> None:
    place.write(three="Snow fell.")
    with child(HOLD, place.index) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(IndexBusy, match="Another process is writing"):
            place.sync()
        assert len(place.texts()) == 2
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        assert place.sync().articles == 3


STALL = """
import sys
from conftest import WordEmbedder
from index.build import sync
class StallingEmbedder(WordEmbedder):
    def encode(self, texts):
        if any("Snow" in text for text in texts):
            print("embedding", flush=True)
            sys.stdin.read()
        return super().encode(texts)
sync([sys.argv[1]], sys.argv[2], embedder=StallingEmbedder())
"""


def test_a_writer_killed_at_work_harms_nothing_and_the_next_one_cleans_up(place: Place) -> None:
    place.write(three="Snow fell.")
    with child(STALL, place.articles, place.index) as writer:
        assert writer.stdout.readline() == "embedding\n"
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
    assert place.generations == ["000001", "000002"]
    assert not (place.index / "generations" / "000002" / "manifest.json").exists()
    assert len(place.texts()) == 2
    assert place.sync().articles == 3
    assert place.generations == ["000001", "000002"]
    assert len(place.texts()) == 3


def test_a_generation_that_was_finished_but_never_served_is_cleaned_up_too(place: Place) -> None:
    place.write(three="Snow fell.")
    place.sync()
    (place.index / "CURRENT").write_text("000001\n")  # as if the writer had died before this last step
    assert len(place.texts()) == 2
    assert place.sync().generation == "000003"
    assert place.generations == ["000001", "000003"]


def test_an_interrupt_right_after_the_last_step_does_not_take_away_what_is_served(place: Place) -> None:
    manifest = store.read_manifest(place.index, place.served)
    with pytest.raises(KeyboardInterrupt), store.new_generation(place.index) as generation:
        shutil.copytree(place.served, generation, dirs_exist_ok=True)
        store.publish(place.index, generation, manifest)
        raise KeyboardInterrupt
    assert place.served.name == "000002"
    assert len(place.texts()) == 2


LIMITED = """
import resource, sys
from conftest import WordEmbedder
from index.build import sync
from index.errors import FootnoteError
embedder = WordEmbedder()
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    sync([sys.argv[1]], sys.argv[2], embedder=embedder)
except FootnoteError as error:
    print(error.message)
"""


@pytest.mark.parametrize(
    "limit_of",
    [
        lambda sizes: 1,
        lambda sizes: sizes["articles.db"] - 1,
        lambda sizes: sizes["manifest.json"] - 1,
        lambda sizes: min(size for name, size in sizes.items() if name.endswith(".store")) - 1,
    ],
    ids=["nothing fits", "the articles do not fit", "the manifest does not fit", "a keyword file does not fit"],
)
def test_a_full_disk_harms_nothing(place: Place, tmp_path: Path, limit_of: Callable[[dict[str, int]], int]) -> None:
    place.write(three="Snow fell on the hills.")
    sync([place.articles], tmp_path / "twin", embedder=place.embedder)
    twin = tmp_path / "twin" / "generations" / "000001"
    sizes = {file.name: file.stat().st_size for file in twin.rglob("*") if file.is_file()}
    with child(LIMITED, place.articles, place.index, Path(str(limit_of(sizes)))) as writer:
        said, _ = writer.communicate()
    assert said.startswith(f"The index in '{place.index}' could not be written: ")
    assert said.endswith("It is left as it was.\n")
    assert place.generations == ["000001"]
    assert sorted(path.name for path in place.index.iterdir()) == ["CURRENT", "generations", "writer.lock"]
    assert len(place.texts()) == 2
    assert place.sync().articles == 3


def test_a_folder_for_the_index_that_is_a_file_is_bad_usage(place: Place, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="No index can be written in"):
        sync([place.articles], tmp_path / "file", embedder=place.embedder)


def test_an_error_while_writing_is_raised_as_it_is_and_leaves_nothing(place: Place) -> None:
    class Stopped(FootnoteError):
        pass

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "embedding":
            raise Stopped("enough")

    place.write(three="Snow fell.")
    with pytest.raises(Stopped):
        sync([place.articles], place.index, embedder=place.embedder, progress=stop)
    assert place.generations == ["000001"]


def test_rows_are_found_by_outlets_as_stored_and_by_days(tmp_path: Path) -> None:
    db = ArticleDb(tmp_path / "articles.db", writable=True)
    records = [("Écho de Liège", "2021-07-06"), ("écho de liège", "2021-07-08T10:00:00Z"), ("Post", None)]
    data = json.dumps([{"text": "Rain.", "outlet": outlet, "date": day} for outlet, day in records])
    for row, article in enumerate(read("a.json", data.encode())[0]):
        db.add(article, [Passage(f"{article.id}:0", article.id, 0, 5, "Rain.")], row)
    assert db.rows_between(None, None, []) == {0, 1, 2}
    assert db.rows_between(None, None, ["Écho de Liège"]) == {0}
    assert db.rows_between(None, None, ["Écho de Liège", "écho de liège"]) == {0, 1}
    assert db.rows_between("2021-07-07", "2021-07-08", ["écho de liège", "Post"]) == {1}
    db.close()
