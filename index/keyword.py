"""Keyword search: BM25 over stemmed words of passages and titles (tantivy), under the same rows as the vectors."""

import os
import re
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

# English function words and the words questions are made of. Without this, Hit@10 on news falls from .89 to .79.
STOP_WORDS = frozenset(
    "a about after again against all also am an and any are as at be because been before being between both but by can "
    "could did do does doing down during each few for from further had has have having he her here hers him his how i "
    "if in into is it its itself just me more most my no nor not now of off on once only or other our out over own "
    "same she should so some such tell than that the their theirs them then there these they this those through to too "
    "under until up us very was we were what when where which while who whom whose why will with would you your".split()
)
_WORD = re.compile(r"[^\W_]+")
_TITLE_WEIGHT = 0.5
_HEAP = 50_000_000  # bytes for the writer; tantivy refuses less than 15 MB


def words(text: str) -> list[str]:
    """Lower-case runs of letters and digits, split as the index splits them.

    >>> words("Qala-e-Naw's 7,000")
    ['qala', 'e', 'naw', 's', '7', '000']
    """
    return _WORD.findall(text.lower())


class KeywordIndex:
    """A tantivy index in a folder, made when it is not there; searching it changes nothing in the folder.

    One thread writes, so that the same input makes the same segments.
    """

    def __init__(self, folder: Path) -> None:
        import tantivy

        builder = tantivy.SchemaBuilder()
        # tantivy's Python integers are signed: an unsigned field silently finds nothing.
        builder.add_integer_field("row", stored=True, indexed=True)
        builder.add_text_field("title", tokenizer_name="en_stem")
        builder.add_text_field("text", tokenizer_name="en_stem")
        self._schema = builder.build()
        self._split = _plain().build()
        self._analyse = _plain().filter(tantivy.Filter.stemmer("english")).build()
        self._folder = folder
        if not folder.is_dir():
            folder.mkdir(parents=True)
            self.add(())
        else:
            self._index = _open_untouched(folder)

    def stems(self, text: str) -> list[str]:
        """The words of a text as the index knows them: lower case, English endings off."""
        return list(self._analyse.analyze(text))

    def add(self, passages: Iterable[tuple[int, str, str]]) -> None:
        """Put (row, title, text) in, in one commit. Raises OSError when the disk is full."""
        import tantivy

        try:
            index = tantivy.Index(self._schema, path=str(self._folder))
            index.config_reader(reload_policy="manual")
            writer = index.writer(heap_size=_HEAP, num_threads=1)
            for row, title, text in passages:
                document = tantivy.Document()
                document.add_integer("row", row)
                document.add_text("title", title)
                document.add_text("text", text)
                writer.add_document(document)
            writer.commit()
            writer.wait_merging_threads()
        except ValueError as error:  # how tantivy reports every failed write
            raise OSError(str(error)) from error
        for lock in self._folder.glob(".tantivy-*.lock"):
            lock.unlink(missing_ok=True)
        self._index = _open_untouched(self._folder)

    def __len__(self) -> int:
        return int(self._index.searcher().num_docs)

    def search(self, question: str, limit: int, rows: Collection[int] | None = None) -> list[tuple[int, float]]:
        """Rows and BM25 scores for any of the question's words but stop words, best first; among `rows` when given.

        A question of nothing but stop words is searched for as it is. Equal scores come in the order of their rows.
        """
        import tantivy

        asked = self._split.analyze(question)
        kept = [word for word in asked if word not in STOP_WORDS] or asked
        stems = sorted({stem for word in kept for stem in self.stems(word)})
        if not stems or limit < 1 or not len(self) or (rows is not None and not rows):
            return []
        clauses = []
        for stem in stems:
            in_text = tantivy.Query.term_query(self._schema, "text", stem)
            in_title = tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, "title", stem), _TITLE_WEIGHT)
            clauses += [(tantivy.Occur.Should, in_text), (tantivy.Occur.Should, in_title)]
        query = tantivy.Query.boolean_query(clauses)
        if rows is not None:  # inside the query: cutting first could leave none of the allowed ones
            among = tantivy.Query.const_score_query(tantivy.Query.term_set_query(self._schema, "row", list(rows)), 0.0)
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, among)])
        searcher = self._index.searcher()
        found = [
            (int(searcher.doc(address)["row"][0]), float(score))
            for score, address in searcher.search(query, limit, count=False).hits
        ]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def holds(self, word: str) -> bool:
        """Whether a word, in any of its forms, stands in the text of a passage."""
        import tantivy

        queries = [tantivy.Query.term_query(self._schema, "text", stem) for stem in self.stems(word)]
        return bool(queries) and all(self._index.searcher().search(query, 1, count=False).hits for query in queries)

    def rows_alike(self, word: str, edits: int, limit: int = 50) -> list[int]:
        """Rows with a word that is at most so many letters (1 or 2) added, left out, changed or swapped away from a word."""
        import tantivy

        searcher = self._index.searcher()
        found: list[int] = []
        for stem in self.stems(word)[:1]:
            query = tantivy.Query.fuzzy_term_query(self._schema, "text", stem, distance=edits)
            found += [int(searcher.doc(address)["row"][0]) for _, address in searcher.search(query, limit, count=False).hits]
        return sorted(found)


def _plain() -> Any:
    # What tantivy's own "en_stem" does before it takes the endings off.
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    return builder.filter(tantivy.Filter.remove_long(40)).filter(tantivy.Filter.lowercase())


def _open_untouched(folder: Path) -> Any:
    # tantivy writes a lock file where it opens an index, which fails in a folder that may only be read. It opens links to
    # the files instead, and needs them no longer once they are mapped.
    import tantivy

    links = mkdtemp(prefix="footnote-")
    try:
        for file in folder.absolute().iterdir():
            (Path(links) / file.name).symlink_to(file)
        index = tantivy.Index.open(links)
        index.config_reader(reload_policy="manual")
    finally:
        for _ in range(10):  # its watcher, which just stopped, may put one last lock file there
            shutil.rmtree(links, ignore_errors=True)
            if not os.path.exists(links):
                break
    return index
