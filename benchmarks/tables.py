"""Figures as tables, for the terminal and for docs/performance.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.curves import FOLDER, Curves

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


@dataclass(frozen=True)
class Figures:
    """One table: what was compared, and a sentence on how firm it is; pictures of it, if any."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str
    curves: Sequence[Curves] = ()

    def as_markdown(self) -> str:
        """Columns of equal width, so that it reads well in a terminal, too."""
        widths = [
            max(len(line[index]) for line in (self.columns, *self.rows))
            for index in range(len(self.columns))
        ]
        rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
        lines = [
            "| " + " | ".join(_padded(cells, widths)) + " |"
            for cells in (self.columns, rule, *self.rows)
        ]
        return "\n".join([f"**{self.title}**", "", *lines, "", self.note])


def in_milliseconds(*nanoseconds: float) -> list[str]:
    return [f"{each / 1e6:.2f}" for each in nanoseconds]


def ratio(base: float, measured: float) -> str:
    return f"{measured / base:.2f}"


def renew(bench: str, found: Sequence[Figures], page: Path = PAGE) -> None:
    """Put new tables between the marks that a bench has in the page, and pictures beside it."""
    first, last = f"<!-- figures of {bench} -->", f"<!-- end of {bench} -->"
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(first)
    _, mark, after = rest.partition(last)
    if not mark:
        raise ValueError(f"{page.name} has no marks for the figures of {bench}.")
    parts = []
    for each in found:
        parts += [each.as_markdown(), *(picture.as_markdown() for picture in each.curves)]
    tables = "\n\n".join(parts)
    page.write_text(f"{before}{first}\n{tables}\n{last}{after}", encoding="utf-8")
    for each in found:
        for picture in each.curves:
            picture.write(page.parent / FOLDER)


def _padded(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *others = zip(cells, widths, strict=True)
    return [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
