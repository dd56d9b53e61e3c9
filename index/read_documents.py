"""Plain text, PDF, Word and Markdown -> drafts.

The day a file was made says nothing about the article in it, so it is never taken as the day of publication.
"""

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from index.clean import Unreadable, decode, unwrap
from index.draft import Draft, draft

MAX_PAGES = 500
MAX_CHARACTERS = 5_000_000
MAX_UNPACKED = 200 * 2**20


def text_file(data: bytes) -> Draft:
    """Read plain text; lines cut at a fixed width are joined to paragraphs."""
    return Draft(unwrap(decode(data)))


# --- PDF --------------------------------------------------------------------------------------------------------------


def pdf(data: bytes) -> Draft:
    """Read a PDF's text in the order of its pages, at most 500 of them; a scan has none and is refused."""
    logging.getLogger("pypdf").addHandler(logging.NullHandler())  # else its warnings go to stderr
    import pypdf
    from pypdf.errors import DependencyError, PyPdfError

    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("the PDF is encrypted")
        pages = _pdf_pages(reader)
        information = dict(reader.metadata or {})
    except DependencyError:
        raise Unreadable("the PDF is encrypted") from None
    except PyPdfError as error:
        raise Unreadable(f"the PDF is damaged or cut short: {error}") from None
    if not any(page.strip() for page in pages):
        raise Unreadable("no text (a scan?)")
    title = str(information.get("/Title") or "")
    return draft(
        unwrap(_one_text(_without_running_heads(pages))),
        title=title if _is_own_title(title) else None,
        author=str(information.get("/Author") or ""),
    )


def _pdf_pages(reader: Any) -> list[str]:
    pages: list[str] = []
    room = MAX_CHARACTERS
    for page in reader.pages[:MAX_PAGES]:
        text = page.extract_text()[:room]
        pages.append(text)
        room -= len(text)
        if room <= 0:
            break
    return pages


def _is_own_title(title: str) -> bool:
    """Tell a title from what a word processor left: a file name, "Microsoft Word - ...", "untitled"."""
    return bool(title.strip()) and not re.search(
        r"(?i)^microsoft |\.(?:docx?|pdf|indd|qxd|odt|html?|txt)$|^untitled|^document\d*$|^https?:", title.strip()
    )


def _without_running_heads(pages: list[str]) -> list[list[str]]:
    """Take off first and last lines that most pages share, digits apart, and lone page numbers."""
    lines = [[line for line in page.split("\n") if line.strip()] for page in pages]
    seen: dict[str, int] = {}
    for page in lines:
        for edge in {_digits_apart(line) for line in page[:2] + page[-2:]}:
            seen[edge] = seen.get(edge, 0) + 1
    often = max(2, len(pages) * 0.6)
    return [list(_inner(page, seen, often)) for page in lines]


def _inner(page: list[str], seen: dict[str, int], often: float) -> Iterator[str]:
    for number, line in enumerate(page):
        edge = number < 2 or number >= len(page) - 2
        lone = re.fullmatch(r"(?i)\s*(?:page )?[-–—]?\s?\d{1,4}\s?[-–—]?(?:\s?(?:of|/)\s?\d{1,4})?\s*", line)
        if not (edge and (lone or seen[_digits_apart(line)] >= often)):
            yield line


def _digits_apart(line: str) -> str:
    return re.sub(r"\d+", "0", " ".join(line.split()))


def _one_text(pages: list[list[str]]) -> str:
    """Join pages; a sentence that runs over the page's edge goes on, a finished one ends its paragraph."""
    text = ""
    for page in filter(None, pages):
        gap = "\n\n" if re.search(r"[.!?…][\"'”’»)\]]*\s*$", text) else "\n"
        text = f"{text}{gap}{chr(10).join(page)}" if text else "\n".join(page)
    return text


# --- Word -------------------------------------------------------------------------------------------------------------


def docx(data: bytes) -> Draft:
    """Read a Word document: headings, paragraphs and table rows in order, title and author from its properties."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("the document is encrypted or in the old .doc format")
    _check_archive(data)
    from docx import Document
    from docx.table import Table

    try:
        document = Document(io.BytesIO(data))
    except Exception as error:  # whatever python-docx meets in a zip file that is no Word document
        raise Unreadable(f"not a Word document: {error}") from None
    title = ""
    blocks = []
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            blocks.append("\n".join(_table_rows(block)))
            continue
        style = block.style.name if block.style is not None else ""
        if style == "Title" and not title and not "".join(blocks).strip():
            title = block.text
        blocks.append(block.text)
    properties = document.core_properties
    author = "" if properties.author == "python-docx" else properties.author
    return draft("\n\n".join(blocks), title=title or properties.title, author=author)


def _table_rows(table: Any) -> Iterator[str]:
    for row in table.rows:
        cells = [" ".join(cell.text.split()) for cell in row.cells]
        # A merged cell is reported once for each column it covers.
        yield " | ".join(cell for number, cell in enumerate(cells) if cell and (number == 0 or cell != cells[number - 1]))


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise Unreadable("the document is damaged or cut short") from None
    if unpacked > MAX_UNPACKED:
        raise Unreadable("over 200 MB when unpacked")


# --- Markdown ---------------------------------------------------------------------------------------------------------

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_PAIR = re.compile(r"([\w-]+)\s*:(?:\s+|$)(.*)")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_FRONT_KEYS = {
    "title": "title", "headline": "title", "outlet": "outlet", "source": "outlet", "publisher": "outlet",
    "date": "published", "published": "published", "published_at": "published", "publish_date": "published",
    "updated": "updated", "lastmod": "updated", "modified": "updated", "author": "author", "authors": "author",
    "url": "url", "link": "url", "canonical_url": "url",
}  # fmt: skip


def markdown(data: bytes) -> Draft:
    """Read Markdown: front matter as fields, the first heading as title, the marks taken off the text."""
    text = decode(data).replace("\r\n", "\n")
    fields: dict[str, object] = {}
    if (front := _FRONT_MATTER.match(text)) and _is_front_matter(front[1]):
        fields = _front_matter(front[1])
        text = text[front.end() :]
    plain = markdown_text(text)
    if "title" not in fields and (heading := re.match(r"\s*#\s+(.+?)\s*#*\s*(?:\n|$)|\s*(\S.*)\n=+[ \t]*(?:\n|$)", text)):
        fields["title"] = markdown_text(heading[1] or heading[2])
    return draft(plain, **fields)


def _is_front_matter(block: str) -> bool:
    """Tell fields from a paragraph between two rules: a key that we know, or nothing but keys in small letters."""
    lines = [line for line in block.split("\n") if line.strip() and not line.startswith((" ", "\t", "#", "-"))]
    keys = [pair[1] if (pair := _PAIR.match(line)) else "" for line in lines]
    return any(key.lower() in _FRONT_KEYS for key in keys) or (bool(keys) and all(key[:1].islower() for key in keys))


def _front_matter(block: str) -> dict[str, object]:
    """Read the little YAML that front matter is written in: plain, quoted and folded values, and lists of them."""
    fields: dict[str, object] = {}
    key = ""
    for line in block.split("\n"):
        known = fields.get(key)
        if item := re.match(r"\s*-\s+(.+)", line):
            named = _PAIR.match(item[1])
            if key and (named is None or named[1] == "name"):
                fields[key] = [*(known if isinstance(known, list) else []), _scalar(named[2] if named else item[1])]
        elif pair := _PAIR.match(line):
            key = _FRONT_KEYS.get(pair[1].lower(), "")
            value = _COMMENT.sub("", pair[2]).strip()
            if key and re.fullmatch(r"[>|][+-]?\d?", value):
                fields[key] = ""  # its text stands on the lines below
            elif key and value:
                listed = value.startswith("[") and value.endswith("]")
                fields[key] = [_unquoted(part) for part in value[1:-1].split(",")] if listed else _scalar(pair[2])
        elif key and line[:1].isspace() and line.strip():
            if isinstance(known, str):
                fields[key] = f"{known} {line.strip()}".strip()
            elif name := re.match(r"\s+name\s*:\s*(.+)", line):
                fields[key] = [*(known if isinstance(known, list) else []), _scalar(name[1])]
    return fields


def _scalar(value: str) -> str:
    quoted = re.match(r"""("[^"]*"|'[^']*')\s*(?:#.*)?$""", value.strip())
    return _unquoted(quoted[1] if quoted else _COMMENT.sub("", value))


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def markdown_text(text: str) -> str:
    r"""Take the marks off Markdown and keep the words; code stays as it is, pictures go.

    >>> markdown_text("## Rain\n\nIt **rained** in [Kyoto](https://x.org).\n\n![map](m.png)")
    'Rain\n\nIt rained in Kyoto.\n\n'
    """
    parts = re.split(r"(?ms)^(?:```|~~~)[^\n]*\n(.*?)(?:^(?:```|~~~)[ \t]*$\n?|\Z)", text)
    # Every second part is the inside of a code fence.
    return "".join(part if number % 2 else _prose(part) for number, part in enumerate(parts))


_PROSE_MARKS = (
    (re.compile(r"(?m)^\[[^\]\n]+\]:[ \t]+\S+.*$"), ""),  # where a reference link points
    (re.compile(r"!\[[^\]\n]*\](?:\([^()\n]*\)|\[[^\]\n]*\])"), ""),
    (re.compile(r"\[([^\[\]\n]+)\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)?\)|\[[^\]\n]*\])"), r"\1"),
    (re.compile(r"<(https?://[^>\s]+)>"), r"\1"),
    (re.compile(r"(?m)^[ \t]{0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|=+[ \t]*)$"), ""),
    (re.compile(r"(?m)^[ \t]{0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$"), r"\1"),
    (re.compile(r"(?m)^[ \t]{0,3}(?:>[ \t]?)+"), ""),
    (re.compile(r"(?m)^([ \t]*)[*+-][ \t]+"), r"\1• "),
    (re.compile(r"(?<![\w*])(\*{1,3})(?=\S)([^*\n]+?)(?<=\S)\1(?![\w*])"), r"\2"),
    (re.compile(r"(?<![\w_])(_{1,3})(?=\S)([^_\n]+?)(?<=\S)\1(?![\w_])"), r"\2"),
    (re.compile(r"`([^`\n]+)`"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!>|-])"), r"\1"),
)


def _prose(text: str) -> str:
    # Comments by hand: a search for each "<!--" to a "-->" that never comes would take for ever.
    before, *comments = text.split("<!--")
    text = before + "".join(part.partition("-->")[2] if "-->" in part else f"<!--{part}" for part in comments)
    for marks, words in _PROSE_MARKS:
        text = marks.sub(words, text)
    return unwrap(text)
