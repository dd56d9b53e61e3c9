"""What readers add: taken whole or not at all, never outside its folder; the old index serves until the new one is whole."""

import os
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.build import sync
from index.errors import FootnoteError
from index.opened import Index, open_index
from index.store import writer_lock
from ui import library, uploads
from ui.shelf import Shelf
from ui.status import UPLOADS, name_of
from ui.texts import ENGLISH
from ui.uploads import Done, Step, safe_name, take

STORY = "The mill at Ashby\n\nThe mill employed {} people, its owner said. Nobody was hurt in the fire on Monday."


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "mill.txt").write_text(STORY.format(412))
    sync([folder], tmp_path / "index")
    index = open_index(tmp_path / "index")
    yield Shelf(index, "news", index.folder, ENGLISH)
    index.close()


def done(steps: Iterator[Step | Done]) -> Done:
    *_, last = steps
    assert isinstance(last, Done)
    return last


def made(folder: Path, name: str, text: str = STORY.format(7)) -> Path:
    file = folder / name
    file.write_text(text)
    return file


def packed(file: Path, **members: str | bytes) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as into:
        for name, data in members.items():
            into.writestr(name, data)
    return file


@pytest.mark.parametrize(
    ("name", "safe"),
    [("../../x.txt", "x.txt"), ("/etc/passwd", "passwd"), ("C:\\a\\b.html", "b.html"), ("..", "article"), ("", "article"),
     ("<img src=x>.txt", "img srcx.txt"), ("a\x1b[31m.txt", "a31m.txt"), (".hidden.txt", "hidden.txt"),
     ("\u202etxt.exe.md", "txt.exe.md"), ("x" * 300 + ".txt", "x" * 100 + ".txt"), ("nul\0l.txt", "null.txt")],
)  # fmt: skip
def test_a_name_is_only_a_name(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_files_and_zips_are_added_and_served_when_they_are_searchable(shelf: Shelf, tmp_path: Path) -> None:
    old = shelf.index
    seen: list[Index] = []
    steps = uploads.add(shelf, [
        made(tmp_path, "new.txt"),
        packed(tmp_path / "more.zip", **{"../../../evil.md": STORY.format(99), "deep/new.txt": STORY.format(1), "a.exe": "x",
                                         "__MACOSX/._a.txt": "x", "empty.txt": ""}),
    ])  # fmt: skip
    for step in steps:
        if isinstance(step, Step):
            seen.append(shelf.index)
        else:
            last = step
    assert seen and all(index is old for index in seen)
    assert shelf.index is not old and shelf.index.manifest.counts["articles"] == 4
    assert old.article(next(iter(old.articles.paths()))) is not None  # an answer that is still made from it goes on
    assert sorted(last.added) == ["empty.txt", "evil.md", "new-2.txt", "new.txt"]
    assert {(each.path, each.reason) for each in last.problems} == {
        ("a.exe", "not a kind of file that can be read"), ("empty.txt", "the file is empty"),
    }  # fmt: skip
    kept = shelf.folder / UPLOADS
    assert sorted(os.listdir(kept)) == ["empty.txt", "evil.md", "new-2.txt", "new.txt"]
    assert not list(tmp_path.rglob("../evil.md")) and shelf.name == name_of(shelf.index, sample=False) == "news"


def test_what_is_there_already_is_not_added_twice(shelf: Shelf, tmp_path: Path) -> None:
    done(uploads.add(shelf, [made(tmp_path, "new.txt")]))
    served = shelf.index
    again = done(uploads.add(shelf, [made(tmp_path, "new.txt")]))
    assert again.added == () and [each.reason for each in again.problems] == ["it is there already"]
    assert shelf.index is served


def test_a_bomb_stops_at_the_limit_whatever_it_says_of_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_BYTES", 1000)
    monkeypatch.setattr(uploads, "MOST_BYTES", 2500)
    bomb = packed(
        tmp_path / "bomb.zip", **{"huge.txt": b"0" * 10**7, "a.txt": "a" * 900, "b.txt": "b" * 900, "c.txt": "c" * 900}
    )
    staging = tmp_path / "staging"
    staging.mkdir()
    taken, problems = take([bomb], staging)
    assert [file.name for file in taken] == ["a.txt", "b.txt"]
    assert [each.path for each in problems] == ["huge.txt", "c.txt"]
    assert sum(file.stat().st_size for file in staging.iterdir()) == 1800


def test_too_many_files_stop_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_FILES", 3)
    staging = tmp_path / "staging"
    staging.mkdir()
    taken, problems = take([packed(tmp_path / "many.zip", **{f"{n}.txt": "x" for n in range(9)})], staging)
    assert len(taken) == 3 and problems[-1].reason == "more than 3 files at once"


def test_damaged_and_locked_files_cost_themselves_only(tmp_path: Path) -> None:
    staging = tmp_path / "staging"
    staging.mkdir()
    whole = packed(tmp_path / "cut.zip", **{"a.txt": "alpha " * 500, "b.txt": "beta"})
    data = bytearray(whole.read_bytes())
    data[60:64] = b"\xff\xff\xff\xff"  # within a.txt
    whole.write_bytes(data)
    locked = packed(tmp_path / "locked.zip", **{"c.txt": "gamma"})
    marked = bytearray(locked.read_bytes())
    marked[marked.index(b"PK\x01\x02") + 8] |= 1  # the flag that says it is encrypted
    locked.write_bytes(marked)
    none = made(tmp_path, "none.zip", "this is no zip")
    taken, problems = take([whole, locked, none, made(tmp_path, "ok.txt")], staging)
    assert [file.name for file in taken] == ["b.txt", "ok.txt"]
    assert {each.path for each in problems} == {"a.txt", "c.txt", "none.zip"}


def test_a_link_in_a_zip_is_a_file_like_any_other(tmp_path: Path) -> None:
    staging = tmp_path / "staging"
    staging.mkdir()
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as into:
        link = zipfile.ZipInfo("passwd.txt")
        link.external_attr = 0o120777 << 16
        into.writestr(link, "/etc/passwd")
    (taken,), _ = take([tmp_path / "link.zip"], staging)
    assert not taken.is_symlink() and taken.read_text() == "/etc/passwd"


def test_an_added_file_is_removed_and_only_such_a_file(shelf: Shelf, tmp_path: Path) -> None:
    done(uploads.add(shelf, [made(tmp_path, "new.txt")]))
    for name in ("../../news/mill.txt", "mill.txt", "", ".", "..", "no.txt"):
        assert done(uploads.remove(shelf, name)).failed
    assert done(uploads.remove(shelf, "new.txt")).failed is None
    assert shelf.index.manifest.counts["articles"] == 1 and uploads.added(shelf.folder) == []
    assert (tmp_path / "news" / "mill.txt").exists()


def test_nothing_is_lost_when_another_writes(shelf: Shelf, tmp_path: Path) -> None:
    done(uploads.add(shelf, [made(tmp_path, "new.txt")]))
    served = shelf.index
    with writer_lock(shelf.folder):
        assert done(uploads.remove(shelf, "new.txt")).failed == ENGLISH.writing
        assert done(uploads.add(shelf, [made(tmp_path, "other.txt", STORY.format(5))])).failed == ENGLISH.writing
    assert uploads.added(shelf.folder) == ["new.txt"] and shelf.index is served
    assert sorted(os.listdir(shelf.folder / UPLOADS)) == ["new.txt"]


def test_files_of_which_none_can_be_read_leave_no_new_archive(shelf: Shelf, tmp_path: Path) -> None:
    other = Shelf(shelf.index, "sample", tmp_path / "own", ENGLISH)
    assert other.borrowed
    last = done(uploads.add(other, [made(tmp_path, "void.jsonl", "{")]))
    assert last.failed == ENGLISH.left_as_was and last.problems[0].path == "void.jsonl"
    assert other.index is shelf.index and uploads.added(tmp_path / "own") == []
    assert done(uploads.add(other, [made(tmp_path, "own.txt")])).added == ("own.txt",)
    assert other.name == "Your articles" and other.index.manifest.counts["articles"] == 1 and not other.borrowed
    other.index.close()


def test_what_was_begun_is_served_though_nobody_waits_for_it(shelf: Shelf, tmp_path: Path) -> None:
    first, steps = shelf.index, library.adding(shelf, [made(tmp_path, "new.txt")])
    next(steps)
    steps.close()  # type: ignore[attr-defined]  # the reader is gone
    for _ in range(600):
        if shelf.index is not first:
            break
        time.sleep(0.05)
    assert shelf.index.manifest.counts["articles"] == 2
    shelf.index.close()


def test_one_at_a_time_and_none_when_read_only(shelf: Shelf, tmp_path: Path) -> None:
    new = made(tmp_path, "new.txt")
    with shelf.writing:
        (told,) = library.adding(shelf, [new])
        assert ENGLISH.writing in told
    closed = Shelf(shelf.index, "news", shelf.folder, ENGLISH, read_only=True)
    assert list(library.adding(closed, [new])) == [] == list(library.removing(closed, "new.txt"))
    assert uploads.added(shelf.folder) == []


def test_what_came_of_it_is_told_in_words_and_escaped(shelf: Shelf, tmp_path: Path) -> None:
    bad = packed(tmp_path / "x.zip", **{"<img src=x onerror=alert(1)>.exe": "x", "good.txt": STORY.format(3)})
    *steps, last = library.adding(shelf, [bad])
    assert any("<progress" in step for step in steps)
    assert "good.txt added. The archive now holds 2 articles." in last and "<img" not in last and "&lt;img" in last
    html = library.shelf_html(shelf)
    assert 'data-act="remove"' in html and "good.txt" in html


def test_an_index_that_cannot_be_written_is_left_as_it_was(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> None:
        raise FootnoteError("The disk is full at /secret.")

    monkeypatch.setattr(uploads, "sync", full)
    last = done(uploads.add(shelf, [made(tmp_path, "new.txt")]))
    assert last.failed == ENGLISH.left_as_was and "secret" in caplog.text
    assert uploads.added(shelf.folder) == []
