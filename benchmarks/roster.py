"""The memory and time that a long roster takes, beside a short one's.

Each is a course of its own that nobody has read before, read by a process of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from benchmarks.launch import STORES, Browser
from benchmarks.platform import PER_PAGE, Learner, Platform
from benchmarks.servers import Server, run_beside, tool_alone
from benchmarks.tables import Figures, ratio

SIZES = (2_000, 20_000)


@dataclass(frozen=True)
class Reading:
    """What one roster took."""

    seen: int
    pages: int
    seconds: float
    before_kb: int
    peak_kb: int

    @property
    def growth_kb(self) -> int:
        return self.peak_kb - self.before_kb


def run(stores: Sequence[str], sizes: tuple[int, int] = SIZES) -> Iterator[Figures]:
    """One table a store, as each is done."""
    for store in stores:
        with Platform() as platform, tool_alone(store, platform) as (server, environ):
            short, long = (
                _read(server, environ, platform, course, size)
                for course, size in enumerate(sizes, 1)
            )
        yield _figures(STORES[store], short, long)


def _read(
    server: Server, environ: dict[str, str], platform: Platform, course: int, size: int
) -> Reading:
    """The first launch of a course tells the tool where its roster is."""
    browser = Browser(server, platform, Learner(1, course))
    try:
        browser.launch()
    finally:
        browser.close()
    platform.listed = size
    return _whole(json.loads(run_beside(environ, "benchmarks.one_sync")), size)


def _whole(took: dict[str, Any], size: int) -> Reading:
    """Figures of a reading that broke off would look good."""
    if (took["state"], took["seen"]) != ("done", size):
        raise RuntimeError(f"The roster of {size} was not read: {took}")
    return Reading(**{each.name: took[each.name] for each in fields(Reading)})


def _figures(title: str, short: Reading, long: Reading) -> Figures:
    pairs = (
        ("pages", short.pages, long.pages, "{:,}"),
        ("seconds", short.seconds, long.seconds, "{:.1f}"),
        ("people a second", short.seen / short.seconds, long.seen / long.seconds, "{:,.0f}"),
        ("MB before", short.before_kb / 1024, long.before_kb / 1024, "{:.1f}"),
        ("MB at the peak", short.peak_kb / 1024, long.peak_kb / 1024, "{:.1f}"),
        ("MB of growth", short.growth_kb / 1024, long.growth_kb / 1024, "{:.1f}"),
    )
    return Figures(
        title=title,
        columns=("a roster of", f"{short.seen:,}", f"{long.seen:,}", "ratio"),
        rows=[
            [what, shape.format(few), shape.format(many), ratio(few, many) if few else ""]
            for what, few, many, shape in pairs
        ],
        note=f"Nobody was known before. {PER_PAGE} people a page.",
    )
