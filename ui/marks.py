"""The numbered marks that lead from a sentence to its source, and the line that says where a source is from.

A mark is a button: hovering or focusing it shows outlet, date and quote, pressing it opens the article (`ui/page.js`).
"""

from collections.abc import Iterable, Sequence

from rag.records import Citation, Nearest, Superseded
from ui.markup import button, text
from ui.texts import Texts
from ui.words import line

TIP_LENGTH = 400  # characters of a quote that a mark shows


def place_html(source: Citation | Nearest | Superseded, texts: Texts) -> str:
    """Say who published a source, and when."""
    return f"<strong>{text(source.outlet or texts.unknown_outlet)}</strong>, {text(texts.day(source.published))}"


def marks_html(numbers: Iterable[int], citations: Sequence[Citation], texts: Texts) -> str:
    """Give the marks of some citations; a word joiner before each, so that no line starts with one."""
    cited = {citation.number: citation for citation in citations}
    found = [cited[number] for number in numbers if number in cited]
    marks = [f'<sup class="fn-mark">{mark_html(one, f"[{one.number:d}]", texts)}</sup>' for one in found]
    return "&#8288;".join(["", *marks])


def mark_html(citation: Citation, label: str, texts: Texts, *, kind: str = "fn-cite") -> str:
    """Make a button that opens a citation; `label` is HTML already."""
    where = f"{line(citation.outlet or texts.unknown_outlet)}, {texts.day(citation.published)}"
    quote = line(citation.quote)
    return button(
        label,
        "open",
        kind=kind,
        aria=f"{texts.source.format(citation.number)}: {where}" if kind == "fn-cite" else f"{label}: {where}",
        article=citation.article_id,
        start=citation.start,
        end=citation.end,
        number=citation.number,
        where=where,
        quote=quote if len(quote) <= TIP_LENGTH else quote[:TIP_LENGTH].rpartition(" ")[0] + " …",
    )
