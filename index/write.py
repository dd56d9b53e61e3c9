"""A plan made into the next generation: passages cut, embedded, and made searchable by meaning and by words.

The whole generation is written anew, in the order of ids, so that its rows and every search result depend on what it
holds and not on how it came to hold it. Only new passages cost an embedding: the others bring their vectors along.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from index import sentence_vectors
from index.articles import ArticleDb, FileEntry
from index.chunk import embedded_text, passages
from index.cluster import Signature, clusters, signatures
from index.embed import Embedder, Vectors
from index.errors import ModelError
from index.keyword import KeywordIndex
from index.opened import CANARY_COSINE, Index
from index.packaged import Parts
from index.records import Article, Passage
from index.sentences import SPLITTER
from index.store import FORMAT, Manifest, canary_vectors, file_sums, new_generation, publish, snapshot_of
from index.vectors import VectorIndex

Progress = Callable[[str, int, int], None]
Origin = int | str  # where a passage's vectors come from: a row of the old index, or the text to embed
_SLICE = 128  # passages between two reports of progress


@dataclass(frozen=True, slots=True)
class Plan:
    """What the next generation is to hold. Articles that are not in `new` are in the `old` index."""

    folder: Path
    roots: list[str]
    files: list[FileEntry]
    new: dict[str, Article]
    old: Index | None
    embedder: Embedder

    @property
    def wanted(self) -> list[str]:
        """Ids of all articles, in the order of ids."""
        return sorted({article_id for entry in self.files for article_id in entry.article_ids})


@dataclass(frozen=True, slots=True)
class Written:
    """A generation that was published. `anew` says why no passage of the old index could be used again, if so."""

    generation: str
    counts: dict[str, int]
    embedded: int
    anew: str | None


def write(plan: Plan, progress: Progress) -> Written:
    """Write and publish what was planned; until the last step the old generation is served. Needs the writer's lock.

    Raises OSError or sqlite3.Error when the disk is full and ModelError for vectors of no use; the old generation stays.
    """
    embedder = plan.embedder
    canaries = canary_vectors(embedder)
    anew = _why_anew(plan, np.asarray(canaries, dtype=np.float32))
    with new_generation(plan.folder) as generation:
        counts, embedded = _fill(generation, plan, plan.old if anew is None else None, progress)
        manifest = Manifest(
            format=FORMAT,
            snapshot=snapshot_of(plan.wanted, embedder.fingerprint),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            splitter=SPLITTER,
            roots=plan.roots,
            counts=counts,
            embedder=embedder.name,
            embedder_fingerprint=embedder.fingerprint,
            dimension=embedder.dimension,
            window=embedder.window,
            canaries=canaries,
            files=file_sums(generation),
        )
        publish(plan.folder, generation, manifest)
    return Written(generation.name, counts, embedded, anew)


def difference(manifest: Manifest, embedder: Embedder) -> str | None:
    """Say why this model and version would not make the passages and vectors of an index; None if they would.

    It goes by names and fingerprints, and loads no model.
    """
    if manifest.embedder != embedder.name:
        return f"The embedding model is now {embedder.name!r}; it was {manifest.embedder!r}."
    if manifest.embedder_fingerprint != embedder.fingerprint:
        was, now = manifest.embedder_fingerprint[:12], embedder.fingerprint[:12]
        return f"The embedding model {embedder.name!r} is now {now}; it was {was}."
    if manifest.splitter != SPLITTER:
        return f"Articles are now split by {SPLITTER!r}; they were split by {manifest.splitter!r}."
    return None


def _why_anew(plan: Plan, canaries: Vectors) -> str | None:
    if plan.old is None:
        return None
    manifest, embedder = plan.old.manifest, plan.embedder
    same_sizes = (manifest.dimension, manifest.window) == (embedder.dimension, embedder.window)
    if (reason := difference(manifest, embedder)) is None and not (same_sizes and plan.old.likeness(canaries) >= CANARY_COSINE):
        reason = f"The embedding model {embedder.name!r} no longer gives the vectors of the old index."
    return reason


def _fill(generation: Path, plan: Plan, usable: Index | None, progress: Progress) -> tuple[dict[str, int], int]:
    """Write the files of a generation; gives the counts and how many passages had to be embedded.

    `usable` is the old index when its passages and vectors are those that would be made again.
    """
    wanted = plan.wanted
    spare = _vectors_to_spare(usable, set(wanted))
    origins: list[Origin] = []  # of each row
    parts: list[Parts] = []  # of each row: its sentences, in the text to embed
    signed = plan.old.articles.signatures() if plan.old else {}
    signed = {article_id: signed[article_id] for article_id in wanted if article_id in signed}
    with closing(ArticleDb(generation / "articles.db", writable=True)) as db:
        for article_id in wanted:
            article, found, sources = _passages(article_id, plan, usable, spare)
            db.add(article, found, first_row=len(origins))
            origins += sources
            parts += [_parts(passage, source) for passage, source in zip(found, sources, strict=True)]
        signed |= _signatures([article for article_id, article in plan.new.items() if article_id not in signed])
        db.add_clusters(clusters(signed), signed)
        db.add_files(plan.files)
        db.commit()
        counts = db.counts()
        KeywordIndex(generation / "keyword").add(db.titled_passages())
    dimension = plan.embedder.dimension
    matrix = np.empty((len(origins), dimension), dtype=np.float32)
    with closing(sentence_vectors.Writer(generation, list(map(len, parts)), dimension)) as of_sentences:
        if usable is not None:
            _carry(usable, origins, matrix, of_sentences)
        embedded = _embed(origins, parts, plan.embedder, progress, matrix, of_sentences)
    vectors = VectorIndex(dimension)
    vectors.add(range(len(origins)), matrix)
    vectors.write(generation / "vectors.faiss")
    return counts, embedded


def _signatures(articles: Sequence[Article]) -> dict[str, Signature]:
    if not articles:
        return {}
    signed = signatures([article.text for article in articles])
    return {article.id: signature for article, signature in zip(articles, signed, strict=True)}


def _passages(
    article_id: str, plan: Plan, usable: Index | None, spare: dict[str, int]
) -> tuple[Article, list[Passage], list[Origin]]:
    article = plan.new.get(article_id)
    if article is None:
        assert plan.old is not None, article_id
        article = next(plan.old.articles.articles([article_id]))
        if usable is not None:
            held = usable.articles.passages_of(article)
            return article, list(held.values()), list(held)
    found = passages(article, plan.embedder.count_tokens, plan.embedder.window)
    texts = [embedded_text(article, passage.text) for passage in found]
    return article, found, [spare.get(text, text) for text in texts]


def _vectors_to_spare(usable: Index | None, wanted: set[str]) -> dict[str, int]:
    """Rows by embedded text, of articles that are about to go: a file that was moved is not embedded again."""
    if usable is None:
        return {}
    gone = [article_id for article_id in usable.articles.paths() if article_id not in wanted]
    return {
        embedded_text(article, passage.text): row
        for article in usable.articles.articles(gone)
        for row, passage in usable.articles.passages_of(article).items()
    }


def _parts(passage: Passage, origin: Origin) -> Parts:
    """Where the sentences of a passage stand in the text to embed, which ends with it."""
    before = len(origin) - len(passage.text) if isinstance(origin, str) else 0
    return [(before + start, before + end) for start, end in sentence_vectors.sentences_of(passage.text)]


def _carry(usable: Index, origins: Sequence[Origin], matrix: Vectors, of_sentences: sentence_vectors.Writer) -> None:
    """Take over the vectors that the old index has."""
    held = [(row, origin) for row, origin in enumerate(origins) if isinstance(origin, int)]
    if held:
        matrix[[row for row, _ in held]] = usable.vectors.get([old_row for _, old_row in held])
    for row, old_row in held:
        of_sentences.put(row, usable.sentences.get(old_row))


def _embed(origins: Sequence[Origin], parts: Sequence[Parts], embedder: Embedder, progress: Progress, matrix: Vectors,
           of_sentences: sentence_vectors.Writer) -> int:  # fmt: skip
    """Make the vectors of all rows that have none, equal texts once; gives how many texts there were."""
    rows: dict[str, list[int]] = {}
    for row, origin in enumerate(origins):
        if isinstance(origin, str):
            rows.setdefault(origin, []).append(row)
    # Longest first, so that a batch holds texts of like length (padding is work) and the time left is never understated.
    ordered = sorted(rows, key=lambda text: (-len(text), text))
    for start in range(0, len(ordered), _SLICE):
        progress("embedding", start, len(ordered))
        texts = ordered[start : start + _SLICE]
        vectors, sentences = embedder.encode_parts(texts, [parts[rows[text][0]] for text in texts])
        lengths = np.linalg.norm(vectors, axis=-1)
        if vectors.shape != (len(texts), embedder.dimension) or not np.allclose(lengths, 1, atol=1e-3):
            raise ModelError(f"The embedding model {embedder.name!r} gave vectors that are not of length one.")
        for text, vector, own in zip(texts, vectors, sentences, strict=True):
            for row in rows[text]:
                matrix[row] = vector
                of_sentences.put(row, own)
    progress("embedding", len(ordered), len(ordered))
    return len(ordered)
