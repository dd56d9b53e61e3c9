import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("index", "rag", "ui", "evals")
MAY_IMPORT = {
    "index": {"index"},
    "rag": {"rag", "index"},
    "ui": {"ui", "rag", "index"},
    "evals": {"evals", "rag", "index"},
}


def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module}
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    for file in (ROOT / package).rglob("*.py"):
        ours = {name.split(".")[0] for name in imports(file)} & set(PACKAGES)
        assert ours <= MAY_IMPORT[package], file


def test_nothing_that_answers_imports_the_training() -> None:
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            if "training" not in file.parts:
                assert not {name for name in imports(file) if name.startswith("rag.training")}, file


@pytest.mark.parametrize("package", ("rag", "index"))
def test_all_is_sorted_and_holds_every_public_name(package: str) -> None:
    module = importlib.import_module(package)
    tree = ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8"))
    bound = {alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    # Constants, classes, functions: the order that ruff keeps.
    assert list(module.__all__) == sorted(module.__all__, key=lambda name: (not name.isupper(), name.islower(), name))
    assert set(module.__all__) == bound
    assert all(getattr(module, name) for name in module.__all__)


def test_importing_rag_loads_nothing_heavy() -> None:
    import subprocess
    import sys

    heavy = ["torch", "transformers", "sentence_transformers", "faiss", "tantivy", "gradio", "litellm", "trafilatura"]
    code = f"import rag, sys; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
