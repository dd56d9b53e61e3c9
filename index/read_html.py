"""Web pages -> drafts. Only markup is believed about dates: no page text, no copyright year, and nothing is fetched."""

import json
import logging
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from index.clean import decode, one_line
from index.dates import parse_date
from index.draft import Draft, draft, names

_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
# What is asked first, of the page's <meta> names; then JSON-LD; then names that say no more than "date".
_PUBLISHED = ("article:published_time", "og:published_time", "og:article:published_time")
_UPDATED = ("article:modified_time", "og:updated_time")
_PUBLISHED_MAYBE = (
    "datepublished", "date", "dc.date",
    "dc.date.issued", "dcterms.date", "dcterms.issued", "pubdate", "publishdate", "publish-date", "publish_date",
    "article.published", "parsely-pub-date", "sailthru.date", "originalpublicationdate", "citation_publication_date",
)  # fmt: skip
_UPDATED_MAYBE = ("datemodified", "dcterms.modified", "dc.date.modified")
_SKIPPED = {
    "script", "style", "noscript", "template", "head", "iframe", "svg", "object", "form", "button", "select",
    "textarea", "nav",
}  # fmt: skip
_BLOCKS = {
    "p", "div", "section", "article", "main", "aside", "header", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "ul",
    "ol", "dl", "dt", "dd", "table", "blockquote", "pre", "figure", "figcaption", "hr", "address", "body",
}  # fmt: skip
_PROSE = {"p", "li", "blockquote", "td", "th", "dd", "figcaption"}
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)
_DATE_LABEL = re.compile(r"\W*(?:(?:first |originally )?(?:published|posted)(?: on| at)?)?\W*", re.IGNORECASE)


def page(data: bytes) -> Draft:
    """Read the article of a web page: its text without menus, and title, outlet, author and dates from the markup."""
    logging.getLogger("trafilatura").addHandler(logging.NullHandler())  # else its warnings go to stderr
    logging.getLogger("htmldate").addHandler(logging.NullHandler())
    from trafilatura import bare_extraction

    source = _decoded(data)
    tree = _tree(source)
    if tree is None:
        return Draft("")
    # Hidden elements may hold dates and names for machines; their text is for nobody and must not be quoted.
    meta, linked, day = _meta(tree), list(_linked_data(tree)), _time_element(tree)
    _drop_hidden(tree)
    _unwrap_times(tree)
    found: Any = bare_extraction(deepcopy(tree), include_comments=False, include_tables=True, with_metadata=True)
    # One line end between paragraphs becomes a blank line; list items and table rows stay together.
    text = re.sub(r"\n(?![-|] )", "\n\n", (found and found.text) or "") or tree_text(_body(tree))
    outlet = meta.get("og:site_name") or _first(linked, "publisher") or meta.get("application-name")
    return draft(
        text,
        title=_without_site(meta.get("og:title") or _first(linked, "headline") or _heading(tree), outlet),
        outlet=outlet,
        published=_date(meta, linked, _PUBLISHED, "datePublished", _PUBLISHED_MAYBE) or day,
        updated=_date(meta, linked, _UPDATED, "dateModified", _UPDATED_MAYBE),
        # trafilatura takes the full stops out of names, so the markup's own spelling comes first.
        author=names(_first(linked, "author")) or names(meta.get("author")) or names(found and found.author),
        url=next(iter(tree.xpath('//link[@rel="canonical"]/@href')), None) or meta.get("og:url"),
    )


def fragment_text(markup: str) -> str:
    r"""Turn a piece of HTML into text with a blank line between paragraphs.

    >>> fragment_text("<p>One<br>two.</p><ul><li>a</li></ul><script>x()</script>")
    'One\ntwo.\n\n• a'
    """
    tree = _tree(markup)
    if tree is None:
        return ""
    _drop_hidden(tree)
    return tree_text(tree)


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


def _date(
    meta: dict[str, str], linked: list[dict[str, Any]], surely: tuple[str, ...], key: str, maybe: tuple[str, ...]
) -> str | None:
    written = [meta[name] for name in surely if name in meta]
    written += [value[key] for value in linked if isinstance(value.get(key), str)]
    written += [meta[name] for name in maybe if name in meta]
    return next((day for day in map(parse_date, written) if day), None)


def _time_element(tree: Any) -> str | None:
    """Read the day of publication from <time> when it is marked as that, or is the only one outside the prose."""
    marked = tree.xpath('//time[@pubdate or contains(@itemprop, "datePublished")] | //*[@itemprop="datePublished"]')
    plain = tree.xpath("//article//time[not(ancestor::aside or ancestor::footer)]") or tree.xpath(
        "//time[not(ancestor::aside or ancestor::footer or ancestor::nav)]"
    )
    classes = {element: f"{element.get('class') or ''} {element.get('itemprop') or ''}".lower() for element in plain}
    published = [element for element in plain if "publish" in classes[element]]
    plain = [element for element in plain if "updat" not in classes[element] and "modif" not in classes[element]]
    outside = [element for element in plain if not _in_prose(element)]
    named = [element for element in plain if re.search(r"date|time", classes[element])]
    for elements in (marked, published, outside, named):
        days = [parse_date(element.get("datetime") or element.get("content") or element.text_content()) for element in elements]
        different = list(dict.fromkeys(day for day in days if day))
        if different:
            return different[0] if len(different) == 1 or elements is marked else None
    return None


def _in_prose(element: Any) -> bool:
    """Tell whether an element stands among the words of a paragraph, more of them than "Published on"."""
    if next(element.iterancestors("header"), None) is not None:
        return False
    for block in element.iterancestors():
        if block.tag in _PROSE:
            return _DATE_LABEL.fullmatch(_text_without(block, element)) is None
        if block.tag in _BLOCKS:
            break
    previous = element.getprevious()
    before = (element.getparent().text if previous is None else previous.tail) or ""
    return bool(re.search(r"\w", before) and re.search(r"\w", element.tail or ""))


def _text_without(block: Any, element: Any) -> str:
    return str(block.text_content()).replace(str(element.text_content()), " ", 1)


def _unwrap_times(tree: Any) -> None:
    """Take <time> tags off dates inside sentences, which trafilatura would take out of them; the words stay."""
    for element in [element for element in tree.iter("time") if _in_prose(element)]:
        element.drop_tag()


def _drop_hidden(tree: Any) -> None:
    # A page hides <html> or <body> until its scripts have run: that is no hidden text.
    hidden = [
        element
        for element in tree.iter()
        if isinstance(element.tag, str)
        and element.tag not in ("html", "body", "head")
        and ((element.get("hidden") not in (None, "until-found")) or _HIDDEN.search(element.get("style") or ""))
    ]
    for element in hidden:
        element.drop_tree()


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
