"""Launches a second by several visitors at once, of one web process and of two, beside the bare
tool's.

The two tools take turns, a round each. Visitors sign their tokens while the clock of the rate runs,
for both alike; how long a launch takes is the sum of its waits, as in benchmarks/launch.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median, quantiles

from benchmarks.curves import Curves
from benchmarks.launch import STORES, WARM_UP, Browser
from benchmarks.platform import Learner, Platform
from benchmarks.progress import tell
from benchmarks.servers import Server, both_tools
from benchmarks.tables import Figures, in_milliseconds, ratio

VISITORS = 4
PROCESSES = (1, 2)
Found = dict[int, tuple["Rounds", "Rounds"]]
"""By the number of processes, what the bare tool and ours did."""


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
        found: Found = {}
        for processes in PROCESSES:
            tell(f"{store}: starting both tools, each with {processes} web process(es)")
            with Platform() as platform, both_tools(store, platform, processes) as servers:
                found[processes] = _measure(servers, platform, launches, rounds)
        yield _figures(store, found)


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
        for number in range(1, rounds + 1):
            tell(f"round {number} of {rounds}: {launches} launches of each tool")
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


def _figures(store: str, found: Found) -> Figures:
    rows = [row for processes, both in found.items() for row in _rows(processes, *both)]
    by_round = sorted(
        ours / floor
        for bare, tool in found.values()
        for floor, ours in zip(bare.rates, tool.rates, strict=True)
    )
    (_, tool), *_ = found.values()
    return Figures(
        title=STORES[store],
        columns=(f"{VISITORS} visitors at once", "processes", "bare", "tool", "ratio"),
        rows=rows,
        note=(
            f"{len(tool.waits)} launches of each. The ratio of launches a second lay, by rounds, "
            f"between {by_round[0]:.2f} and {by_round[-1]:.2f}."
        ),
        curves=[_curves(store, found)],
    )


def _rows(processes: int, bare: Rounds, tool: Rounds) -> list[list[str]]:
    middle = median(bare.waits), median(tool.waits)
    last = bare.p95, tool.p95
    rates = f"{bare.rate:.1f}", f"{tool.rate:.1f}", ratio(bare.rate, tool.rate)
    return [
        ["launches a second", f"{processes}", *rates],
        ["median ms of a launch", f"{processes}", *in_milliseconds(*middle), ratio(*middle)],
        ["p95 ms of a launch", f"{processes}", *in_milliseconds(*last), ratio(*last)],
    ]


def _curves(store: str, found: Found) -> Curves:
    return Curves(
        name=f"launches-{store}",
        title=f"Launches a second by the number of web processes, {STORES[store]}",
        across="Processes",
        upwards="a second",
        sizes=list(found),
        values={
            "bare tool": [bare.rate for bare, _ in found.values()],
            "tool": [tool.rate for _, tool in found.values()],
        },
    )
