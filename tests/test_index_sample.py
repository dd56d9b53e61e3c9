"""The sample archive reads as its own README says."""

import re
from pathlib import Path

import pytest

from index.opened import Index

SAMPLE = Path(__file__).resolve().parents[1] / "index" / "sample"
ROW = re.compile(r"^\| `([^`]+)`(?: (?:line|item|row) (\d+))? \| ([^|]+) \| ([^|]+) \|", re.MULTILINE)
ROWS = ROW.findall((SAMPLE / "README.md").read_text(encoding="utf-8"))
ALONE = {"port-ellery/port-ellery-chronicle.atom"}  # a feed numbers its entries, even a single one


def test_it_has_at_least_thirty_articles_in_every_format() -> None:
    assert len(ROWS) >= 30
    suffixes = {Path(path).suffix for path, *_ in ROWS}
    assert suffixes >= {".txt", ".md", ".html", ".pdf", ".docx", ".json", ".jsonl", ".csv", ".xml", ".atom"}


@pytest.mark.parametrize(("path", "number", "outlet", "dates"), ROWS, ids=[f"{path}#{number}" for path, number, *_ in ROWS])
def test_an_article_has_outlet_and_date_of_the_readme(sample: Index, path: str, number: str, outlet: str, dates: str) -> None:
    by_path = {article.path: article for article in sample.articles.articles()}
    article = by_path[f"{path}#{number or 1}" if number or path in ALONE else path]
    published = re.match(r"\d{4}-\d\d-\d\d", dates)
    assert (article.outlet or "none") == outlet
    assert (article.published or "")[:10] == (published.group() if published else "")
    assert (article.updated is not None) == ("updated" in dates)
    assert 150 <= len(article.text.split()) <= 500


def test_all_of_it_is_indexed_and_nothing_else(sample: Index) -> None:
    assert sample.manifest.counts["articles"] == len(ROWS)
    assert sample.manifest.counts["files"] == len({path for path, *_ in ROWS})
    assert not any(entry.skipped for entry in sample.articles.files().values())


def test_furniture_and_markup_are_gone_and_the_text_is_there(sample: Index) -> None:
    for article in sample.articles.articles():
        for furniture in ("READ MORE", "Related Topics", "image copyright", "<script", "onerror", "newsletter"):
            assert furniture not in article.text, article.path
