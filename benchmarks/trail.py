"""Sealing and proving a long trail, beside a short one: what must not grow is the memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from benchmarks.launch import STORES
from benchmarks.platform import Platform
from benchmarks.progress import tell
from benchmarks.servers import run_beside, tool_alone
from benchmarks.tables import Figures, ratio

EVENTS = 1_000_000
WORK = ("seal", "prove")


def run(stores: Sequence[str], events: int = EVENTS) -> Iterator[Figures]:
    """One table a store, as each is done: a trail of so many events, and one of a tenth."""
    sizes = (events // 10, events)
    for store in stores:
        short, long = (_measure(store, size) for size in sizes)
        yield _figures(STORES[store], sizes, short, long)


def _measure(store: str, size: int) -> dict[str, dict[str, float]]:
    """What each piece of work took, in a process of its own on a database of its own."""
    with Platform() as platform, tool_alone(store, platform) as (_, environ):
        tell(f"{store}: writing {size:,} events")
        run_beside(environ, "benchmarks.one_trail", f"fill:{size}")
        found = {}
        for word in WORK:
            tell(f"{store}: to {word} {size:,} events")
            found[word] = json.loads(run_beside(environ, "benchmarks.one_trail", word))
        return found


def _figures(
    title: str,
    sizes: tuple[int, int],
    short: dict[str, dict[str, float]],
    long: dict[str, dict[str, float]],
) -> Figures:
    rows = []
    for word in WORK:
        few, many = short[word], long[word]
        pairs = (
            ("events a second", few["events"] / few["seconds"], many["events"] / many["seconds"]),
            ("MB at the peak", few["peak_kb"] / 1024, many["peak_kb"] / 1024),
        )
        rows += [
            [f"{word}: {what}", f"{one:,.0f}", f"{other:,.0f}", ratio(one, other)]
            for what, one, other in pairs
        ]
    return Figures(
        title=title,
        columns=("a trail of", *(f"{size:,}" for size in sizes), "ratio"),
        rows=rows,
        note="All events are of one provider; the worker would seal a thousand at a time as well.",
    )
