"""What sources differ on, as a card: each side with who says so, outlet, date and quote; and a chart of dated figures.

The chart shows what the card says in words, for three or more figures of known days; it is drawn here as plain SVG.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rag.records import Citation, Disagreement, Side
from ui.marks import marks_html, place_html
from ui.markup import text
from ui.texts import ENGLISH, Texts
from ui.words import line

FEWEST_FIGURES = 3
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 320, 150, 14, 14, 26, 24
_NUMBER = re.compile(
    r"(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d{1,12})(\.\d{1,6})?(?:[\s-](thousand|million|billion|trillion)\b)?", re.I
)
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "k": 1e3, "m": 1e6, "bn": 1e9}
_NUMBER = re.compile(
    r"(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d{1,12})(?!\d)(\.\d{1,6})?"
    r"(?:[\s-](?P<word>thousand|million|billion|trillion)\b|(?P<letter>k|m|bn)\b)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it was given, the number it comes to, the day and who published it."""

    words: str
    number: float
    day: date
    outlet: str


def disagreement_html(disagreement: Disagreement, citations: Sequence[Citation], texts: Texts = ENGLISH) -> str:
    """Show the sides of a disagreement beside one another, each with its quote."""
    cited = {citation.number: citation for citation in citations}
    sides = "".join(_side(side, cited.get(side.citation), citations, texts) for side in disagreement.sides)
    title = texts.changed if disagreement.kind == "changed" else texts.differ
    return (
        f'<section class="fn-differ"><h3>{text(title)}</h3><p class="fn-about">{text(disagreement.about)}</p>'
        f"{chart_svg(figures(disagreement, citations, texts), texts)}<ul>{sides}</ul></section>"
    )


def number_of(words: str) -> float | None:
    """Read the first number of some words; None where there is none.

    >>> number_of("some 1,037 soldiers"), number_of("4.2 million crowns"), number_of("nobody")
    (1037.0, 4200000.0, None)
    """
    found = _NUMBER.search(words)
    if not found:
        return None
    return float(found[1].replace(",", "") + (found[2] or "")) * _SCALES.get(
        (found["word"] or found["letter"] or "").lower(), 1
    )


def figures(disagreement: Disagreement, citations: Sequence[Citation], texts: Texts = ENGLISH) -> list[Figure]:
    """The dated figures of a disagreement in order of time, one for each source; none when a side gives no number."""
    cited = {citation.number: citation for citation in citations}
    found = []
    for side in disagreement.sides:
        if (number := number_of(side.value)) is None:
            return []
        for source in (cited.get(each) for each in (side.citation, *side.further)):
            if source and (day := _day(source.published)):
                found.append(Figure(line(side.value), number, day, line(source.outlet or texts.unknown_outlet)))
    return sorted(found, key=lambda figure: (figure.day, figure.number, figure.outlet))


def chart_svg(found: Sequence[Figure], texts: Texts = ENGLISH) -> str:
    """Draw three or more figures over time; nothing for fewer, or when all are of one day or one number."""
    days, numbers = [figure.day.toordinal() for figure in found], [figure.number for figure in found]
    if len(found) < FEWEST_FIGURES or len(set(days)) < 2 or len(set(numbers)) < 2:
        return ""
    first, last, most = min(days), max(days), max(numbers)

    def x(day: int) -> float:
        return round(LEFT + 30 + (day - first) / (last - first) * (WIDTH - LEFT - RIGHT - 60), 1)

    def y(number: float) -> float:
        return round(HEIGHT - BOTTOM - number / most * (HEIGHT - BOTTOM - TOP), 1)  # from nought up: lengths do not mislead

    said = "; ".join(f"{texts.day(each.day.isoformat())}, {each.outlet}: {each.words}" for each in found)
    points = ""
    for figure, day in zip(found, days, strict=True):
        at = f'{x(day)}" y1="{HEIGHT - BOTTOM}" x2="{x(day)}" y2="{y(figure.number)}'
        points += f'<line class="fn-stem" x1="{at}"></line><circle cx="{x(day)}" cy="{y(figure.number)}" r="4"></circle>'
        points += f'<text x="{x(day)}" y="{y(figure.number) - 9}" text-anchor="middle">{text(_short(figure.words))}</text>'
    ends = "".join(
        f'<text class="fn-axis" x="{place}" y="{HEIGHT - 6}" text-anchor="{anchor}">{text(texts.day(day.isoformat()))}</text>'
        for place, anchor, day in ((LEFT, "start", found[0].day), (WIDTH - RIGHT, "end", found[-1].day))
    )
    base = f'<line class="fn-base" x1="{LEFT}" y1="{HEIGHT - BOTTOM}" x2="{WIDTH - RIGHT}" y2="{HEIGHT - BOTTOM}"></line>'
    label = text(texts.chart.format(said))
    return f'<svg class="fn-chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{base}{points}{ends}</svg>'


def _side(side: Side, citation: Citation | None, citations: Sequence[Citation], texts: Texts) -> str:
    claimed = f'<span class="fn-claimed">{text(side.claimed_by)}:</span> ' if side.claimed_by else ""
    place = place_html(citation, texts) if citation else ""
    more = f" {text(texts.independent.format(len(side.further) + 1))}" if side.further else ""
    marks = marks_html((side.citation, *side.further), citations, texts)
    quote = f"<q>{text(citation.quote)}</q>" if citation else ""
    value = f'<strong class="fn-value">{text(side.value)}</strong>'
    return f'<li>{claimed}{value}{quote}<p class="fn-place">{place}{more}{marks}</p></li>'


def _short(words: str) -> str:
    found = _NUMBER.search(words)
    return found[0] if found else words


def _day(published: str | None) -> date | None:
    try:
        return date.fromisoformat((published or "")[:10])
    except ValueError:
        return None
