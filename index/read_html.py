"""Web pages -> drafts. Only markup is believed about dates: no page text, no copyright year, and nothing is fetched."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

from index.clean import decode, one_line
from index.dates import parse_date
from index.metadata import Draft, draft

_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_PUBLISHED = (
    "article:published_time", "og:published_time", "og:article:published_time", "datepublished", "date", "dc.date",
    "dc.date.issued", "dcterms.date", "dcterms.issued", "pubdate", "publishdate", "publish-date", "publish_date",
    "article.published", "parsely-pub-date", "sailthru.date", "originalpublicationdate", "citation_publication_date",
)  # fmt: skip
_UPDATED = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "dc.date.modified")
_SKIPPED = {
    "script", "style", "noscript", "template", "head", "iframe", "svg", "object", "form", "button", "select",
    "textarea", "nav",
}  # fmt: skip
_BLOCKS = {
    "p", "div", "section", "article", "main", "aside", "header", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "ul",
    "ol", "dl", "dt", "dd", "table", "blockquote", "pre", "figure", "figcaption", "hr", "address", "body",
}  # fmt: skip


def page(data: bytes) -> Draft:
    """Read the article of a web page: its text without menus, and title, outlet, author and dates from the markup."""
    logging.getLogger("trafilatura").addHandler(logging.NullHandler())  # else its warnings go to stderr
    logging.getLogger("htmldate").addHandler(logging.NullHandler())
    from trafilatura import bare_extraction

    source = _decoded(data)
    tree = _tree(source)
    if tree is None:
        return Draft("")
    meta, linked = _meta(tree), list(_linked_data(tree))
    found: Any = bare_extraction(source, include_comments=False, include_tables=True, with_metadata=True)
    # One line end between paragraphs becomes a blank line; list items and table rows stay together.
    text = re.sub(r"\n(?![-|] )", "\n\n", (found and found.text) or "") or tree_text(_body(tree))
    outlet = meta.get("og:site_name") or _first(linked, "publisher") or meta.get("application-name")
    return draft(
        text,
        title=_without_site(meta.get("og:title") or _first(linked, "headline") or _heading(tree), outlet),
        outlet=outlet,
        published=_date(meta, linked, _PUBLISHED, "datePublished") or _time_element(tree),
        updated=_date(meta, linked, _UPDATED, "dateModified"),
        # trafilatura takes the full stops out of names, so the markup's own spelling comes first.
        author=_first(linked, "author") or meta.get("author") or (found and found.author),
        url=next(iter(tree.xpath('//link[@rel="canonical"]/@href')), None) or meta.get("og:url"),
    )


def fragment_text(markup: str) -> str:
    r"""Turn a piece of HTML into text with a blank line between paragraphs.

    >>> fragment_text("<p>One<br>two.</p><ul><li>a</li></ul><script>x()</script>")
    'One\ntwo.\n\n• a'
    """
    tree = _tree(markup)
    return "" if tree is None else tree_text(tree)


def tree_text(root: Any) -> str:
    """Turn a parsed tree into text, skipping what a browser would not show as text."""
    from lxml import etree

    parts: list[str] = []
    hidden = 0
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        name = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            hidden += name in _SKIPPED
            if not hidden:
                parts.append(_space_around(name))
                parts.append("• " if name == "li" else "")
                parts.append(_flat(element.text))
        else:
            if event == "end":
                hidden -= name in _SKIPPED
                parts.append(_space_around(name) if name != "br" else "")
            if not hidden and element is not root:
                parts.append(_flat(element.tail))
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(parts))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" {2,}", " ", text)).strip()


def _space_around(name: str) -> str:
    return "\n\n" if name in _BLOCKS else "\n" if name in ("br", "li", "tr") else " " if name in ("td", "th") else ""


def _flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


def _decoded(data: bytes) -> str:
    declared = _CHARSET.search(data[:4096])
    if declared is not None and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeError):
            pass  # a wrong label: the bytes decide
    return decode(data)


def _tree(source: str) -> Any:
    from lxml import etree, html

    # As bytes of a stated encoding: a string that starts with an XML declaration would be refused.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(source.encode("utf-8", "ignore"), parser=parser)
    except (etree.ParserError, ValueError):
        return None


def _body(tree: Any) -> Any:
    for path in ("//article", "//main", "//body"):
        if (found := tree.xpath(path)) and tree_text(found[0]):
            return found[0]
    return tree


def _meta(tree: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        content = one_line(element.get("content") or "")
        for attribute in ("property", "name", "itemprop"):
            if content and (key := element.get(attribute)):
                found.setdefault(key.strip().lower(), content)
    return found


def _linked_data(tree: Any) -> Iterator[dict[str, Any]]:
    """Go through the JSON-LD objects that describe an article."""
    for script in tree.xpath('//script[@type="application/ld+json"]'):
        try:
            waiting = [json.loads(script.text or "")]
        except (ValueError, RecursionError):
            continue
        while waiting:
            value = waiting.pop()
            if isinstance(value, list):
                waiting.extend(reversed(value))
            elif isinstance(value, dict):
                kinds = value.get("@type")
                if any(
                    str(kind).endswith(("Article", "BlogPosting")) for kind in (kinds if isinstance(kinds, list) else [kinds])
                ):
                    yield value
                waiting.extend(part for part in (value.get("@graph"), value.get("mainEntity")) if part)


def _first(linked: list[dict[str, Any]], key: str) -> object:
    return next((value[key] for value in linked if value.get(key)), None)


def _date(meta: dict[str, str], linked: list[dict[str, Any]], names: tuple[str, ...], key: str) -> str | None:
    written = [meta[name] for name in names if name in meta]
    written += [value[key] for value in linked if isinstance(value.get(key), str)]
    return next((day for day in map(parse_date, written) if day), None)


def _time_element(tree: Any) -> str | None:
    """Read the day of publication from <time> when it is marked as that, or is the article's only one."""
    marked = tree.xpath('//time[@pubdate or contains(@itemprop, "datePublished")] | //*[@itemprop="datePublished"]')
    plain = tree.xpath("//article//time[not(ancestor::aside or ancestor::footer)]") or tree.xpath(
        "//time[not(ancestor::aside or ancestor::footer or ancestor::nav)]"
    )
    for elements in (marked, plain):
        days = [parse_date(element.get("datetime") or element.get("content") or element.text_content()) for element in elements]
        different = list(dict.fromkeys(day for day in days if day))
        if len(different) == 1 or (different and elements is marked):
            return different[0]
    return None


def _heading(tree: Any) -> str | None:
    """Take the page's only first-level heading as title, or what stands in the browser's title bar."""
    headings = [" ".join(heading.text_content().split()) for heading in tree.xpath("//h1")]
    written = list(dict.fromkeys(heading for heading in headings if heading))
    return written[0] if len(written) == 1 else tree.findtext(".//title")


def _without_site(title: object, outlet: object) -> object:
    """Take " | Daily Post" off a title when that is who published it."""
    name = outlet.get("name") if isinstance(outlet, dict) else outlet
    if isinstance(title, str) and isinstance(name, str):
        return re.sub(rf"(?<=\S)\s+[|–—-]\s+{re.escape(name.strip())}\s*$", "", title, flags=re.IGNORECASE)
    return title
