"""What others published on the same data, each with its source; read there when the figure was put in, not run here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Peer:
    """A published value of one of our figures, where it stands, and in what it differs from ours."""

    label: str
    figure: str
    value: float
    source: str
    note: str = ""


_ANSERINI = "github.com/castorini/anserini, docs/regressions/regressions-beir-v1.0.0-nfcorpus"
_MINILM = "github.com/microsoft/unilm, minilm/README.md (dev results); Wang et al. 2020, arXiv 2002.10957"
_DEV = "F1 on the whole SQuAD 2.0 development set, passage given, after training on SQuAD 2.0; Footnote's reader was not"

_SQUAD2 = (
    Peer("MiniLM-L6xH384, trained on SQuAD 2.0", "F1", 0.756, _MINILM, _DEV),
    Peer("BERT-Base, trained on SQuAD 2.0", "F1", 0.768, _MINILM, _DEV),
)
_NFCORPUS = (
    Peer("BM25 (Anserini and Pyserini, flat)", "nDCG@10", 0.3218, f"{_ANSERINI}.flat.md"),
    Peer(
        "all-MiniLM-L6-v2 (MTEB)",
        "nDCG@10",
        0.3143,
        "github.com/embeddings-benchmark/results, sentence-transformers__all-MiniLM-L6-v2, NFCorpus.json",
        "the model that Footnote ships; one vector a document",
    ),
    Peer("bge-base-en-v1.5 (Anserini, flat)", "nDCG@10", 0.3735, f"{_ANSERINI}.bge-base-en-v1.5.flat.onnx.md"),
)

# By benchmark and by the name of the file or folder, without its suffix and in small letters.
PEERS: dict[tuple[str, str], tuple[Peer, ...]] = {
    ("beir", "nfcorpus"): _NFCORPUS,
    ("squad", "dev-v2.0"): _SQUAD2,
    ("squad2-500", "squad2-500"): _SQUAD2,
}

_PARTLY = "Footnote's reader learned from a part of this file (docs/reader.md): the figures of its answers are too good."
CAVEATS: dict[tuple[str, str], tuple[str, ...]] = {
    ("squad", "new_wiki_v1.0"): (
        "Footnote's reader learned from the first 40 articles of this file: its answers count with --articles 40:48 alone.",
    ),
    ("squad", "reddit_v1.0"): (_PARTLY,),
    ("squad", "amazon_reviews_v1.0"): (_PARTLY,),
}
