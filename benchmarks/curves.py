"""Curves for docs/performance.md, as SVG that needs no script: sizes to the right, each ten times
as far as the last; whoever cannot see them has the table beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from pathlib import Path

FOLDER = "pictures"  # beside the page that shows them
LEFT, RIGHT, TOP, BOTTOM, WIDTH, HEIGHT = 70, 250, 50, 60, 760, 420
GAP = 17  # between the names beside the ends of two curves
# Dark enough on white for text, and told apart by dashes and shapes as well.
COLOURS = ("#1d4f91", "#a12c2c", "#00682f", "#6b3fa0", "#7a4b00", "#0b0c0c")
DASHES = ("", "7 4", "2 4", "12 4", "8 3 2 3", "4 2")
SHAPES = ("●", "■", "▲", "◆", "▼", "✚")


@dataclass(frozen=True)
class Curves:
    """A picture by its file's name: what the axes count, and a row of values for each curve."""

    name: str
    title: str
    across: str
    upwards: str
    sizes: Sequence[int]
    values: Mapping[str, Sequence[float]]

    def as_markdown(self) -> str:
        """The picture as the page refers to it."""
        told = ", ".join(self.values)
        return f"![{self.title}: {told}. The table has the figures.]({FOLDER}/{self.name}.svg)"

    def as_svg(self) -> str:
        """Both axes are logarithmic: twice as much is as far everywhere."""
        lowest, highest = _ends([value for each in self.values.values() for value in each])
        across = _Axis(_decades(self.sizes), LEFT, WIDTH - RIGHT)
        upwards = _Axis((lowest, highest), HEIGHT - BOTTOM, TOP)
        marks = [
            '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
            f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
            f"<title>{escape(self.title)}</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            _text(LEFT, 24, self.title, size=16),
            _text(LEFT, HEIGHT - 14, f"{self.across}, on a logarithmic scale"),
            _text(8, TOP - 10, self.upwards),
            *_grid(across, upwards, self.sizes),
            *_curves(across, upwards, self.sizes, self.values),
            "</svg>",
        ]
        return "\n".join(marks) + "\n"

    def write(self, folder: Path) -> None:
        """Renew the file."""
        folder.mkdir(exist_ok=True)
        folder.joinpath(f"{self.name}.svg").write_text(self.as_svg(), encoding="utf-8")


@dataclass(frozen=True)
class _Axis:
    """Where a value stands between two ends."""

    ends: tuple[float, float]
    first: float
    last: float

    def at(self, value: float) -> float:
        low, high = (log10(each) for each in self.ends)
        return round(self.first + (self.last - self.first) * (log10(value) - low) / (high - low), 1)


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """The powers of ten around all values; one apart at least."""
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return 10.0**low, 10.0 ** max(high, low + 1)


def _decades(sizes: Sequence[int]) -> tuple[float, float]:
    """A little more than the sizes, so that no point stands on an edge."""
    return min(sizes) / 1.3, max(sizes) * 1.3


def _grid(across: _Axis, upwards: _Axis, sizes: Sequence[int]) -> list[str]:
    lines = []
    for size in sizes:
        x = across.at(size)
        lines.append(_line(x, TOP, x, HEIGHT - BOTTOM))
        lines.append(_text(x, HEIGHT - BOTTOM + 20, f"{size:,}", anchor="middle"))
    value = upwards.ends[0]
    while value <= upwards.ends[1] * 1.001:
        y = upwards.at(value)
        lines.append(_line(LEFT, y, WIDTH - RIGHT, y))
        lines.append(_text(LEFT - 8, y + 4, f"{value:,g}", anchor="end"))
        value *= 10
    return lines


def _curves(
    across: _Axis, upwards: _Axis, sizes: Sequence[int], values: Mapping[str, Sequence[float]]
) -> list[str]:
    marks = []
    named = _apart({name: upwards.at(each[-1]) for name, each in values.items()})
    for index, (name, each) in enumerate(values.items()):
        # A curve may begin later: what a small database has not is not measured there.
        points = [
            (across.at(size), upwards.at(value))
            for size, value in zip(sizes[-len(each) :], each, strict=True)
        ]
        colour, dash, shape = (kind[index % len(kind)] for kind in (COLOURS, DASHES, SHAPES))
        line = " ".join(f"{x},{y}" for x, y in points)
        marks.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dash}"/>'
        )
        marks += [_text(x, y + 5, shape, anchor="middle", colour=colour) for x, y in points]
        marks.append(_text(WIDTH - RIGHT + 8, named[name] + 4, f"{shape} {name}", colour=colour))
    return marks


def _apart(heights: Mapping[str, float]) -> dict[str, float]:
    """Names beside curves, moved down so far that none covers another."""
    found: dict[str, float] = {}
    before = float("-inf")
    for name, height in sorted(heights.items(), key=lambda each: each[1]):
        found[name] = before = max(height, before + GAP)
    return found


def _line(x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<line x1="{x}" y1="{y}" x2="{to_x}" y2="{to_y}" stroke="#b1b4b6"/>'


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 13, colour: str = "#0b0c0c"
) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{colour}">{escape(text)}</text>'
    )
