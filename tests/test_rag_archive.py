import os
import subprocess
import sys
from pathlib import Path

ASK = "import rag; index = rag.open(); print(index.manifest.counts['articles'], index.folder)"


def start(cache: Path, temporary: Path) -> subprocess.Popen[str]:
    environment = os.environ | {"XDG_CACHE_HOME": str(cache), "TMPDIR": str(temporary)}
    return subprocess.Popen([sys.executable, "-c", ASK], env=environment, stdout=subprocess.PIPE, text=True)


def test_two_first_users_at_once_both_get_the_sample(tmp_path: Path) -> None:
    both = [start(tmp_path, tmp_path) for _ in range(2)]
    said = [process.communicate(timeout=180)[0].split() for process in both]
    assert [words[0] for words in said] == ["36", "36"]
    assert said[0][1] == said[1][1] and Path(said[0][1]).is_relative_to(tmp_path / "footnote")


def test_a_cache_that_cannot_be_written_costs_no_answer(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be", encoding="utf-8")
    words = start(tmp_path / "cache", tmp_path).communicate(timeout=180)[0].split()
    assert words[0] == "36" and Path(words[1]).is_relative_to(tmp_path)
