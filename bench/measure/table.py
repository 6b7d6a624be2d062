"""Figures, the bars that they are held to, and the Markdown table that shows both."""

from dataclasses import dataclass, field

PEERS = ("empty program", "Rust", "Go", "other")


@dataclass(frozen=True)
class Bar:
    """A limit for a figure. `factor` and `of`: it is that many times the figure of a peer, measured in the same run."""

    limit: float | None
    text: str
    is_least: bool = False

    def holds(self, value: float | None) -> bool | None:
        if value is None or self.limit is None:
            return None
        return value >= self.limit if self.is_least else value <= self.limit


def at_most(limit: float) -> Bar:
    return Bar(limit, f"≤ {number(limit)}")


def at_least(limit: float) -> Bar:
    return Bar(limit, f"≥ {number(limit)}", is_least=True)


def at_most_times(factor: float, reference: float | None, name: str) -> Bar:
    """A bar that is `factor` times a peer's figure; without the peer it can neither hold nor fail."""
    text = f"≤ {factor:g} × {name}"
    if reference is None:
        return Bar(None, text)
    return Bar(factor * reference, f"{text} ({number(factor * reference)})")


@dataclass(frozen=True)
class Figure:
    name: str
    unit: str
    value: float | None
    bar: Bar | None = None
    peers: dict[str, float | None] = field(default_factory=dict)

    def row(self) -> list[str]:
        verdict = {True: "holds", False: "**fails**", None: ""}[self.bar.holds(self.value) if self.bar else None]
        bar = self.bar.text if self.bar else ""
        peers = [number(self.peers.get(peer)) for peer in PEERS]
        return [self.name, self.unit, number(self.value), bar, verdict, *peers]


def number(value: float | None) -> str:
    """Three digits that mean something."""
    if value is None:
        return ""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f}".removesuffix(".00")


def markdown(figures: list[Figure]) -> str:
    rows = [["figure", "unit", "keks", "bar", "", *PEERS], *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
