"""A sentence-transformers model's folder: found here or on the hub, refused where using it could run code, opened.

What the model is for is not known here: `index/embed.py` makes vectors with one, `rag/rerank.py` an order.
"""

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import ModelError
from index.packaged import sha256_of

_OPENING = threading.Lock()  # transformers cannot load in two threads at once


@dataclass(frozen=True, slots=True)
class Kind:
    """What a model is, as an error calls it ("embedding model"), and what to type where it cannot be used."""

    name: str
    next_step: str

    def error(self, message: str) -> ModelError:
        """What is wrong, with the next command."""
        return ModelError(message, next_step=self.next_step)


def find(name: str, kind: Kind) -> Path:
    """The folder of a model: the one named so, else the one that the Hugging Face hub has (fetched once, unless offline).

    Raises ModelError when there is none, and when it holds Python files or weights that are only pickled.
    """
    folder = Path(name).expanduser()
    if not name or not folder.is_dir():
        folder = _from_hub(name, kind)
    _refuse_code(folder, kind)
    return folder


def fingerprint(folder: Path) -> str:
    """SHA-256 of every file that shapes what a model gives."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.suffix in {".json", ".txt", ".safetensors", ".model"} and file.is_file():
            digest.update(f"{file.relative_to(folder).as_posix()} {sha256_of(file)}\n".encode())
    return digest.hexdigest()


@contextmanager
def opening(folder: Path, kind: Kind) -> Iterator[dict[str, Any]]:
    """Give the options to open a model with: on the CPU, from safetensors, running no code of its own and fetching nothing.

    Whatever goes wrong in between is a ModelError. The libraries that open it are imported in between, too.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it draws on stderr even for a local file
    with _OPENING:
        try:
            yield {
                "device": "cpu",
                "local_files_only": True,
                "trust_remote_code": False,
                "model_kwargs": {"use_safetensors": True},
            }
        except Exception as error:  # whatever a broken folder makes the library raise
            raise kind.error(f"The {kind.name} in {str(folder)!r} cannot be loaded: {error}") from error


def _refuse_code(folder: Path, kind: Kind) -> None:
    for file in sorted(folder.rglob("*")):
        if file.suffix == ".py":
            problem = f"holds Python code ({file.name}), which Footnote never runs"
        elif file.match("pytorch_model*.bin") and not any(file.parent.glob("*.safetensors")):
            problem = f"has weights that are only pickled ({file.name}), which can run code; it needs safetensors"
        else:
            continue
        raise kind.error(f"The model folder {str(folder)!r} {problem}.")


def _from_hub(name: str, kind: Kind) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    try:
        found = snapshot_download(
            name,
            allow_patterns=["*.json", "*.txt", "*.safetensors", "*.model", "*.py"],
            local_files_only=os.environ.get("HF_HUB_OFFLINE", "") not in {"", "0"},
        )
    except (OSError, ValueError, HFValidationError) as error:
        raise kind.error(
            f"No {kind.name} {name!r}: not a folder here, and not fetched from the hub ({type(error).__name__})."
        ) from error
    return Path(found)
