"""What shapes an answer, in twelve hex digits: runs with other settings are not the same run."""

import hashlib
import json

from rag import claims, conflict, extract, reader
from rag.cite import MAX_SOURCES
from rag.copies import COVERED, SAME
from rag.evidence import MAX_UNIT
from rag.replaced import SAME_WORDS
from rag.rerank import Reranker
from rag.retrieve import DEFAULT_LIMIT, DEPTH, MEANING, SENTENCE, WORDS


def settings_hash(reranker: Reranker | None = None) -> str:
    """Twelve hex digits over the reader, its calibration, the sizes and shares that shape an answer, and a reranker if any."""
    settings = [
        reader.describe(), reader.MAX_TOKENS, reader.MAX_QUESTION, reader.STRIDE, reader.LONGEST_SPAN, extract.MAX_READ,
        extract.MAX_SENTENCES, extract.FURTHER, MAX_SOURCES, SAME, COVERED, MAX_UNIT, conflict.MAX_SIDES, claims.COVERED,
        claims.SAME_THING, claims.NEAR, SAME_WORDS, DEPTH, WORDS, MEANING, SENTENCE, DEFAULT_LIMIT,
        *(["reranker", reranker.name] if reranker is not None else []),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
