"""Plots as inline SVG that follows the page's colours: metrics by tag, latency, ranks, and score against refusal.

Across, everything is in percent, so that a plot is as wide as its box while its text keeps its size; down, in pixels. The
classes are styled in `evals/report.css`. Every plot says in its title and description what it shows.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup, escape

from evals.metrics import METRICS
from evals.metrics.latency import seconds
from evals.metrics.ranking import first_right
from evals.metrics.right import reasons
from evals.outcomes import Outcome
from evals.score import Scores
from evals.stats import Figure

KINDS = ("answered right", "refused rightly", "refused wrongly", "answered wrong", "failed")
MAX_TAGS = 40  # the tags with the most questions; the table below the plots knows them all
_ALL = "all questions"
_BINS = 20
_RANKS = 10
_LONGEST = 40  # characters of a tag; where there is less room, its figures cover its end
_NARROW = 0.07  # a share this small has no room for its count
_ROW = 34  # pixels


def kind(outcome: Outcome) -> str:
    """What became of a question, as one of KINDS."""
    if outcome.error is not None:
        return "failed"
    right = not reasons(outcome)
    return (
        ("refused " + ("rightly" if right else "wrongly")) if outcome.refused else f"answered {'right' if right else 'wrong'}"
    )


def shown(value: float, unit: str = "") -> str:
    """A figure as people read it.

    >>> shown(2 / 3), shown(0.00412, "s"), shown(0.0012, "$"), shown(1812.5)
    ('0.667', '0.0041 s', '$0.0012', '1,812')
    """
    if unit == "s":
        return f"{value:.2f} s" if abs(value) >= 0.1 or not value else f"{value:.2g} s"
    if unit == "$":
        return f"{'-' if value < 0 else ''}${abs(value):.4f}"
    return f"{value:.3f}" if abs(value) <= 1 else f"{value:,.0f}"


def by_tag(scores: Scores, metric: str) -> Markup:
    """A metric over all questions and by tag, with its 95 % intervals."""
    tagged = {tag: figures[metric] for tag, figures in scores.by_tag.items() if metric in figures}
    kept = _largest({tag: figure.questions for tag, figure in tagged.items()})
    figures = [(_ALL, scores.figures[metric]), *((tag, tagged[tag]) for tag in kept)]
    unit, highest = METRICS[metric].unit, max(figure.high for _, figure in figures)
    top = 1.0 if not unit and highest <= 1 else _above(highest)
    rows = [_interval(tag, figure, _ROW * at, top, unit) for at, (tag, figure) in enumerate(figures)]
    foot = _ROW * len(figures)
    ticks = [
        _tick(share, foot + 12, shown(share * top, unit) if unit and share else f"{share * top:g}") for share in (0, 0.5, 1)
    ]
    said = "; ".join(f"{tag} {_span(figure, unit)} of {figure.questions} questions" for tag, figure in figures)
    return _svg(f"by-tag-{metric}", f"{metric} by tag", f"Value and 95 % interval: {said}.", foot + 16, *rows, *ticks)


def verdicts(outcomes: Sequence[Outcome]) -> Markup:
    """What was answered and refused, rightly and wrongly, over all questions and by tag."""
    found: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        for tag in outcome.question.tags:
            found.setdefault(tag, Counter())[kind(outcome)] += 1
    kept = _largest({tag: counts.total() for tag, counts in found.items()})
    rows = [(_ALL, Counter(kind(outcome) for outcome in outcomes)), *((tag, found[tag]) for tag in kept)]
    shapes = [_stack(tag, counts, _ROW * at) for at, (tag, counts) in enumerate(rows)]
    said = "; ".join(f"{tag}: " + ", ".join(f"{counts[name]} {name}" for name in KINDS if counts[name]) for tag, counts in rows)
    return _svg("verdicts", "Answered and refused, rightly and wrongly", f"{said}.", _ROW * len(rows), *shapes)


def latency(outcomes: Sequence[Outcome]) -> Markup:
    """How long answers took, with the median and the 95th percentile."""
    took = [part[0] for outcome in outcomes if (part := seconds(outcome)) is not None]
    if not took:
        return Markup("<p>No answer was timed.</p>")
    top = _above(float(np.percentile(took, 99)))
    counts = Counter(min(int(each / top * _BINS), _BINS - 1) for each in took)
    width, last = top / _BINS, "" if max(took) <= top else " and more"
    columns = [
        (counts[at], f"{at * width:.3g} to {(at + 1) * width:.3g} s{last if at == _BINS - 1 else ''}") for at in range(_BINS)
    ]
    ticks = [_tick(share, 186, f"{share * top:g}" + (f" s{last}" if share == 1 else "")) for share in (0, 0.25, 0.5, 0.75, 1)]
    marks: list[Markup] = []
    said = []
    for name, at, y in (("median", 50, 10), ("95 of 100 within", 95, 24)):
        value = float(np.percentile(took, at))
        share, label = min(value / top, 1.0), f"{name} {shown(value, 's')}"
        marks.insert(0, _tag("line", x1=_percent(share), x2=_percent(share), y1=y - 8, y2=170, class_="at"))
        anchor, dx = ("start", 5) if share < 0.5 else ("end", -5)
        marks.append(_text(share, y, label, anchor=anchor, dx=dx, class_="soft halo"))
        said.append(label)
    description = f"Of {len(took)} timed answers: {'; '.join(said)}; the slowest {shown(max(took), 's')}."
    return _svg("latency", "Seconds of an answer", description, 190, *_columns(columns, 44, counts=False), *marks, *ticks)


def ranks(outcomes: Sequence[Outcome]) -> Markup:
    """At which rank the first passage of a right article was found, over the questions that say what to cite."""
    found = [first_right(outcome) for outcome in outcomes if outcome.question.cites]
    if not found:
        return Markup("<p>No question says what to cite.</p>")
    counts = Counter("none" if rank is None else str(rank) if rank <= _RANKS else f">{_RANKS}" for rank in found)
    names = [*(str(rank) for rank in range(1, _RANKS + 1)), *([f">{_RANKS}"] if counts[f">{_RANKS}"] else []), "none"]
    columns = [(counts[name], f"rank {name}" if name != "none" else "no right article found") for name in names]
    labels = [_text((at + 0.5) / len(names), 186, name, anchor="middle") for at, name in enumerate(names)]
    said = ", ".join(f"{label}: {number}" for number, label in columns if number)
    return _svg("ranks", "Rank of the first right article", f"Of {len(found)}: {said}.", 190, *_columns(columns, 16), *labels)


def _largest(sizes: Mapping[str, int]) -> list[str]:
    """The tags of most questions, by name."""
    return sorted(sorted(sizes, key=lambda tag: (-sizes[tag], tag))[:MAX_TAGS])


def _span(figure: Figure, unit: str) -> str:
    return f"{shown(figure.value, unit)} ({shown(figure.low, unit)} to {shown(figure.high, unit)})"


def _interval(tag: str, figure: Figure, y: int, top: float, unit: str) -> Markup:
    words = f"{_span(figure, unit)} of {figure.questions}"
    low, value, high = (_percent(min(max(each / top, 0.0), 1.0)) for each in (figure.low, figure.value, figure.high))
    return _tag(
        "g",
        _tag("title", f"{tag}: {_span(figure, unit)} of {figure.questions} questions"),
        _label(tag, y),
        _text(1, y + 14, words, anchor="end", class_="soft halo"),
        _tag("line", x1="0%", x2="100%", y1=y + 23, y2=y + 23, class_="track"),
        _tag("line", x1=low, x2=high, y1=y + 23, y2=y + 23, class_="interval"),
        _tag("circle", cx=value, cy=y + 23, r=4, class_="value"),
    )


def _stack(tag: str, counts: Counter[str], y: int) -> Markup:
    total, left, shapes = counts.total() or 1, 0.0, []
    for at, name in enumerate(KINDS):
        share = counts[name] / total
        if share:
            bar = _tag("rect", x=_percent(left), width=_percent(share), y=y + 18, height=14, class_=f"k{at}")
            count = _text(left + share / 2, y + 29, f"{counts[name]:,}", anchor="middle", class_=f"k{at}")
            words = count if share > _NARROW else ""
            shapes.append(_tag("g", _tag("title", f"{tag}: {counts[name]} of {total} {name}"), bar, words))
        left += share
    return _tag("g", _label(tag, y), _text(1, y + 14, f"{counts.total():,}", anchor="end", class_="soft halo"), *shapes)


def _columns(columns: Sequence[tuple[int, str]], above: int, *, counts: bool = True) -> list[Markup]:
    """Upright bars between `above` and 170 pixels, with all their counts or the highest alone."""
    highest, width = max(number for number, _ in columns) or 1, 1 / len(columns)
    shapes = [_tag("line", x1="0%", x2="100%", y1=170, y2=170, class_="track")]
    for at, (number, label) in enumerate(columns):
        # At least two pixels: one among a thousand is to be seen.
        high = max(2.0, (170 - above) * number / highest) if number else 0.0
        left = _percent(at * width + 0.1 * width)
        bar = _tag("rect", x=left, width=_percent(0.8 * width), y=round(170 - high, 1), height=round(high, 1), class_="bar")
        count = _text((at + 0.5) * width, round(166 - high), f"{number:,}", anchor="middle")
        words = count if number and (counts or number == highest) else ""
        shapes.append(_tag("g", _tag("title", f"{label}: {number}"), bar, words))
    return shapes


def _label(tag: str, y: int) -> Markup:
    words = tag if len(tag) <= _LONGEST else f"{tag[: _LONGEST - 1]}…"
    return _text(0, y + 14, words, class_="all" if tag == _ALL else "tag")


def _tick(share: float, y: int, words: str) -> Markup:
    return _text(share, y, words, anchor="start" if share == 0 else "end" if share == 1 else "middle")


def _text(share: float, y: float, words: str, *, anchor: str = "start", class_: str = "soft", **more: object) -> Markup:
    return _tag("text", words, x=_percent(share), y=y, text_anchor=anchor, class_=class_, **more)


def _above(value: float) -> float:
    """The next round number: 1, 1.5, 2, 3, 4, 5, 6, 8 or 10 times a power of ten.

    >>> _above(0.34), _above(7.0), _above(0.0)
    (0.4, 8.0, 1.0)
    """
    if value <= 0:
        return 1.0
    power = math.floor(math.log10(value))
    steps = (float(f"{step}e{power}") for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10))
    return next(step for step in steps if step >= value)


def _percent(share: float) -> str:
    return f"{100 * share:.6g}%"


def _svg(name: str, title: str, description: str, height: int, *shapes: str) -> Markup:
    named = (_tag("title", title, id=f"{name}-title"), _tag("desc", description, id=f"{name}-desc"))
    labelled = {"aria_labelledby": f"{name}-title", "aria_describedby": f"{name}-desc"}
    return _tag("svg", *named, *shapes, width="100%", height=height, role="img", **labelled)


def _tag(name: str, *inside: str, **attributes: object) -> Markup:
    """An element; its attributes, and inside it whatever is not Markup, are escaped."""
    given = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{given}>{''.join(escape(each) for each in inside)}</{name}>")
