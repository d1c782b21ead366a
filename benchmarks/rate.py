"""Launches a second by several visitors at once, beside the bare tool's.

The two tools take turns, a round each. Visitors sign their tokens while the clock of the rate runs,
for both alike; how long a launch takes is the sum of its waits, as in benchmarks/launch.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median, quantiles

from benchmarks.launch import STORES, WARM_UP, Browser
from benchmarks.platform import Learner, Platform
from benchmarks.servers import Server, both_tools
from benchmarks.tables import Figures, in_milliseconds, ratio

VISITORS = 4


@dataclass
class Rounds:
    """What one tool did: launches a second of each round, and the wait of each launch."""

    rates: list[float] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(self.rates)

    @property
    def p95(self) -> float:
        return quantiles(self.waits, n=20, method="inclusive")[-1]


def run(stores: Sequence[str], launches: int, rounds: int) -> Iterator[Figures]:
    """One table a store, as each is done. Everybody who visits is known already."""
    for store in stores:
        with Platform() as platform, both_tools(store, platform) as servers:
            bare, tool = _measure(servers, platform, launches, rounds)
        yield _figures(STORES[store], bare, tool)


def _measure(
    servers: tuple[Server, Server], platform: Platform, launches: int, rounds: int
) -> tuple[Rounds, Rounds]:
    crowds = [
        [Browser(server, platform, Learner(number)) for number in range(1, VISITORS + 1)]
        for server in servers
    ]
    found = Rounds(), Rounds()
    try:
        for crowd in crowds:
            _launch_at_once(crowd, min(VISITORS + WARM_UP, launches))
        for _ in range(rounds):
            for crowd, one in zip(crowds, found, strict=True):
                began = time.perf_counter()
                one.waits += _launch_at_once(crowd, launches)
                one.rates.append(launches / (time.perf_counter() - began))
    finally:
        for browser in [*crowds[0], *crowds[1]]:
            browser.close()
    return found


def _launch_at_once(crowd: Sequence[Browser], launches: int) -> list[int]:
    """Share out so many launches among all; whoever is done takes the next."""
    left = iter(range(launches))

    def visit(browser: Browser) -> list[int]:
        return [sum(step.wall_ns for step in browser.launch()) for _ in left]

    with ThreadPoolExecutor(len(crowd)) as pool:
        return [wait for waits in pool.map(visit, crowd) for wait in waits]


def _figures(title: str, bare: Rounds, tool: Rounds) -> Figures:
    middle = median(bare.waits), median(tool.waits)
    last = bare.p95, tool.p95
    by_round = sorted(ours / floor for floor, ours in zip(bare.rates, tool.rates, strict=True))
    return Figures(
        title=title,
        columns=(f"{VISITORS} visitors at once", "bare", "tool", "ratio"),
        rows=[
            [
                "launches a second",
                f"{bare.rate:.1f}",
                f"{tool.rate:.1f}",
                ratio(bare.rate, tool.rate),
            ],
            ["median ms of a launch", *in_milliseconds(*middle), ratio(*middle)],
            ["p95 ms of a launch", *in_milliseconds(*last), ratio(*last)],
        ],
        note=(
            f"{len(tool.waits)} launches of each. The ratio of launches a second lay, by rounds, "
            f"between {by_round[0]:.2f} and {by_round[-1]:.2f}."
        ),
    )
