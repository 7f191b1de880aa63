"""One table of the statistics as bars: each line with its share of the longest."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """``percent``: how long the bar is beside the longest."""

    label: str
    count: int
    percent: int


@dataclass(frozen=True)
class Table:
    """``by``: what the months can be narrowed to by a line of it; "" where they cannot."""

    by: str
    title: str
    rows: list[tuple[str, int]]

    @property
    def lines(self) -> list[Line]:
        most = max([count for _label, count in self.rows] + [1])
        return [
            Line(label, count, round(count * 100 / most)) for label, count in self.rows
        ]
