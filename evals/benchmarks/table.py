"""What a benchmark gives: rows of figures with their intervals, beside what others published."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evals import stats
from evals.benchmarks.published import Peer
from evals.metrics.measure import Part

Figures = dict[str, stats.Figure]


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one benchmark by row and name, and how much they are of. `notes` are whole sentences."""

    rows: dict[str, Figures]
    questions: int
    documents: int = 0
    passages: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A benchmark as run: on what data, with which settings, and what came of it. `limit` is set for a part of it."""

    name: str
    data: str
    rows: dict[str, Figures]
    questions: int
    documents: int
    passages: int
    seconds: float
    limit: int | None
    settings_hash: str
    notes: tuple[str, ...] = ()
    published: tuple[Peer, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)

    def to_markdown(self) -> str:
        """A heading, a table for each group of rows with figures in common, and below them sources and notes."""
        size = f"{self.questions:,} questions"
        if self.documents:
            size += f", {self.documents:,} documents in {self.passages:,} passages"
        parts = [f"### {self.name}: {self.data}", f"{size}; {self.seconds:,.0f} s, settings {self.settings_hash}."]
        parts += [self._grid(group) for group in self._groups()]
        remarks = [f"- {peer.label}: {peer.source}{'; ' + peer.note if peer.note else ''}." for peer in self._shown()]
        remarks += [f"- {note}" for note in self.notes]
        return "\n\n".join([*parts, *(["\n".join(remarks)] if remarks else [])])

    def _groups(self) -> list[list[str]]:
        groups: list[list[str]] = []
        for label, figures in self.rows.items():
            if groups and figures.keys() & {name for each in groups[-1] for name in self.rows[each]}:
                groups[-1].append(label)
            else:
                groups.append([label])
        return groups

    def _shown(self) -> list[Peer]:
        return [peer for peer in self.published if any(peer.figure in figures for figures in self.rows.values())]

    def _grid(self, labels: Sequence[str]) -> str:
        names = list(dict.fromkeys(name for label in labels for name in self.rows[label]))
        lines = [["", *names], ["---"] * (len(names) + 1)]
        lines += [[label, *(self._cell(self.rows[label].get(name)) for name in names)] for label in labels]
        for peer in self._shown():
            if peer.figure in names:
                cells = [_decimals(peer.value) if name == peer.figure else "" for name in names]
                lines.append([f"*published: {peer.label}*", *cells])
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def _cell(self, figure: stats.Figure | None) -> str:
        if figure is None:
            return ""
        shown = f"{_decimals(figure.value)} [{_decimals(figure.low)}, {_decimals(figure.high)}]"
        return shown if figure.questions == self.questions else f"{shown}, n = {figure.questions:,}"


def figures(parts: Mapping[str, Sequence[Part]]) -> Figures:
    """A figure with its 95 % interval for each name; one part for each question, all lists of one length.

    A name of which no question has a part is left out.
    """
    import numpy as np

    length = max(map(len, parts.values()), default=0)
    if not length:
        return {}
    drawn = stats.weights(length)
    found = {
        name: stats.figure(np.array([part or (0.0, 0.0) for part in each], dtype=np.float64), drawn)
        for name, each in parts.items()
    }
    return {name: figure for name, figure in found.items() if figure is not None}


def _decimals(value: float) -> str:
    return f"{value:.3f}".removeprefix("0") if 0 <= value < 1 else f"{value:.3f}"
