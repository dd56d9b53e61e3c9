"""Files of one or many records: JSON, JSON lines, CSV, RSS and Atom. A bad record never costs its neighbours."""

import csv
import html
import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from index.clean import Unreadable, decode, one_line
from index.draft import Draft, draft
from index.read_html import fragment_text


class Record(NamedTuple):
    """One record of a file: where it starts, or None where lines mean nothing; the id it gives itself; what came of it."""

    line: int | None
    id: str | None
    draft: Draft | str  # or why there is none


NO_TEXT = "no text, body or content"
_LONGEST_ID = 100

_KEYS = {
    "title": ("title",),
    "text": ("text", "body", "content"),
    "outlet": ("outlet", "source", "publisher"),
    "published": ("published", "published_at", "publish_date", "date"),
    "updated": ("updated",),
    "author": ("author", "authors"),
    "url": ("url",),
}
_TAG = re.compile(
    r"</?(?:p|br|div|span|a|b|i|u|em|strong|ul|ol|li|h[1-6]|blockquote|img|figure|figcaption|table|tr|td|section|article|script)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:amp|quot|apos|nbsp|lt|gt|[lr][sd]quo|[mn]dash|hellip|#\d{2,6}|#x[\da-fA-F]{2,5});")


def plain(text: str) -> str:
    r"""Turn HTML in a field into text; a text that merely holds "<" or "&" stays as it is.

    >>> plain("<p>Rain &amp; wind.</p><p>More.</p>"), plain("if a < b & c > d")
    ('Rain & wind.\n\nMore.', 'if a < b & c > d')
    """
    if _TAG.search(text):
        return fragment_text(text)
    return _ENTITY.sub(lambda entity: html.unescape(entity.group()), text)


def json_file(data: bytes) -> Draft | Iterable[Record]:
    """Read one object, a list of objects, or an object whose "articles" is such a list."""
    text = decode(data)
    try:
        value = _parsed(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and text.lstrip().startswith("{"):
            return _lines(text)  # JSON lines under the name .json
        raise Unreadable(f"not valid JSON: {error.msg}", error.lineno) from None
    except ValueError as error:
        raise Unreadable(f"not valid JSON: {error}") from None
    if isinstance(value, dict) and isinstance(value.get("articles"), list):
        value = value["articles"]
    if isinstance(value, list):
        return [_record(None, item) for item in value]
    found = _from_fields(value)
    if isinstance(found, str):
        raise Unreadable(found)
    return found


def json_lines(data: bytes) -> Iterable[Record]:
    """Read one object a line."""
    return _lines(decode(data))


def _lines(text: str) -> Iterator[Record]:
    # Only a line feed ends a record: JSON strings may hold U+2028 and other characters that splitlines() cuts at.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield _record(number, _parsed(line))
            except json.JSONDecodeError as error:
                yield Record(number, None, f"line is not valid JSON: {error.msg} (column {error.colno})")
            except ValueError as error:
                yield Record(number, None, f"line is not valid JSON: {error}")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _record(line: int | None, value: object) -> Record:
    given = _lowered(value).get("id") if isinstance(value, dict) else None
    known = isinstance(given, str | int) and not isinstance(given, bool)
    return Record(line, (one_line(str(given))[:_LONGEST_ID].strip() or None) if known else None, _from_fields(value))


def _lowered(value: dict[Any, Any]) -> dict[str, Any]:
    """Write keys in small letters; of two that become one, the first that is filled counts."""
    found: dict[str, Any] = {}
    for key, field in value.items():
        name = str(key).strip().lower()
        if found.get(name) in (None, "", []):
            found[name] = field
    return found


def _from_fields(value: object) -> Draft | str:
    if not isinstance(value, dict):
        return "not a JSON object"
    lowered = _lowered(value)
    fields = {
        name: next((lowered[key] for key in keys if lowered.get(key) not in (None, "", [])), None)
        for name, keys in _KEYS.items()
    }
    text = fields.pop("text")
    if not isinstance(text, str) or not text.strip():
        return NO_TEXT
    for name, field in fields.items():
        if isinstance(field, str) and name in ("title", "outlet", "author"):
            fields[name] = plain(field)
    return draft(plain(text), **fields)


_SEPARATOR = re.compile(r'"?sep=([,;|\t])"?\r?\n', re.IGNORECASE)


def csv_file(data: bytes) -> Iterable[Record]:
    """Read a table with a header row; comma, semicolon or tab, whichever makes the header name a text column.

    A first line "sep=;", as Excel writes it, says which.
    """
    text = decode(data)
    # The limit is the interpreter's own and small; a long article is no error. It is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    stated = _SEPARATOR.match(text)
    for delimiter in stated[1] if stated else ",;\t":
        rows = _rows(text, delimiter)
        if stated:
            next(rows)
        header = next(rows, (1, "the file is empty"))[1]
        if isinstance(header, list) and {"text", "body", "content"} & {name.strip().lower() for name in header}:
            return _table(header, rows)
    raise Unreadable("no column is named text, body or content", 1)


def _table(header: list[str], rows: Iterator[tuple[int, list[str] | str]]) -> Iterator[Record]:
    for line, row in rows:
        if isinstance(row, str):
            yield Record(line, None, f"row is not valid CSV: {row}")
        elif len(row) > len(header):
            # An unquoted comma: reading on would cut the text short and put its rest into other fields.
            yield Record(line, None, f"the row has {len(row)} fields, the header {len(header)}")
        else:
            fields: dict[str, str] = {}
            for name, field in zip(header, row, strict=False):
                if not fields.get(name, "").strip():  # of two columns with one name, the filled one
                    fields[name] = field
            yield _record(line, fields)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield start, str(error)
            continue
        if any(field.strip() for field in row):
            yield start, row


def feed(data: bytes) -> Iterable[Record]:
    """Read an RSS or Atom feed: the full content of an entry where it has one, else its summary."""
    import feedparser

    # A stream, because bytes are first tried as the name of a file to open.
    parsed = feedparser.parse(io.BytesIO(data))
    if not parsed.version:
        raise Unreadable("not an RSS or Atom feed")
    outlet = parsed.feed.get("title")
    rss = parsed.version.startswith("rss")
    records = [Record(None, None, _entry(entry, outlet, rss=rss)) for entry in parsed.entries]
    if parsed.bozo and _cut_short(parsed):
        records.append(Record(None, None, "the feed is damaged or cut short here"))
    if not records:
        raise Unreadable("the feed holds no entries")
    return records


def _cut_short(parsed: Any) -> bool:
    # Wrong encodings and missing namespaces are "bozo" too and lose nothing; only the XML parser's own stop does.
    return type(parsed.bozo_exception).__name__ == "SAXParseException"


def _entry(entry: Any, outlet: object, *, rss: bool) -> Draft | str:
    # dict.get: feedparser's own get() answers "updated" with "published" and warns about it.
    contents = [part.get("value") or "" for part in dict.get(entry, "content") or []]
    text = max(contents, key=len, default="") or dict.get(entry, "summary") or ""
    published, updated = dict.get(entry, "published"), dict.get(entry, "updated")
    if rss and published is None:  # RSS has no "updated": feedparser files dc:date there
        published, updated = updated, None
    if not plain(text).strip():
        return "no text"
    source = dict.get(entry, "source") or {}
    authors = [person.get("name") for person in dict.get(entry, "authors") or []]
    return draft(
        plain(text),
        title=plain(dict.get(entry, "title") or ""),
        outlet=source.get("title") or outlet,
        published=published,
        updated=updated,
        author=[name for name in authors if name] or dict.get(entry, "author"),
        url=dict.get(entry, "link"),
    )
