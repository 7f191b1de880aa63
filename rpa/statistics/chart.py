"""The months as stacked bars with a line of who was kept, drawn by the server: numbers become places in an SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rpa.statistics.count import Kind, Month

WIDTH, HEIGHT, GAP = 720, 180, 14


@dataclass(frozen=True)
class Bar:
    """One part of a month's bar; ``number`` is the place of its kind, which gives the colour."""

    x: int
    y: int
    height: int
    number: int
    text: str


@dataclass(frozen=True)
class Column:
    """One month: its bars from the bottom up, the middle of its label, and the height of its 抑止."""

    month: Month
    middle: int
    bars: tuple[Bar, ...]
    kept_y: int


@dataclass(frozen=True)
class Chart:
    columns: tuple[Column, ...]
    bar_width: int
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def has_kept(self) -> bool:
        return any(each.month.kept for each in self.columns)

    @property
    def kept_points(self) -> str:
        """The line of 抑止 as SVG wants it."""
        return " ".join(f"{each.middle},{each.kept_y}" for each in self.columns)


def draw_months(
    months: Sequence[Month], parts: Sequence[tuple[str, Any]] = Kind.choices
) -> Chart:
    """Return the bars of the months; the highest month fills the height. ``parts``: what a bar is made of, in words."""
    most = max([max(month.total, month.kept) for month in months] + [1])
    step = WIDTH // len(months)
    columns = []
    for place, month in enumerate(months):
        x, y, bars = place * step + GAP // 2, HEIGHT, []
        for number, (part, label) in enumerate(parts, 1):
            count = month.counts.get(part, 0)
            height = round(count * HEIGHT / most)
            y -= height
            if count:
                bars.append(Bar(x, y, height, number, f"{label} {count}"))
        kept_y = HEIGHT - round(month.kept * HEIGHT / most)
        columns.append(Column(month, x + (step - GAP) // 2, tuple(bars), kept_y))
    return Chart(tuple(columns), step - GAP)
