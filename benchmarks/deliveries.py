"""Marks on their way to a slow gradebook, beside the bare calls that as many connections can make.

Both are timed by the gradebook: from the first call to the last answer. A delivery is a POST of the
score and a GET that reads it back; so is a bare pair. Rounds take turns.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from benchmarks.curves import Curves
from benchmarks.launch import STORES, Browser
from benchmarks.platform import Learner, Platform
from benchmarks.servers import ROOT, run_beside, tool_alone
from benchmarks.tables import Figures, ratio

GRADES = 4_000
WORKERS = (1, 2, 8)
LIMIT = 1_800  # seconds
SCORE = {
    "userId": "1",
    "scoreGiven": 64,
    "scoreMaximum": 100,
    "activityProgress": "Completed",
    "gradingProgress": "FullyGraded",
    "timestamp": "2026-11-22T12:00:00.000Z",
    "comment": "A clear account.",
}


@dataclass(frozen=True)
class Round:
    """So many workers or connections, and how many pairs a second there were of each."""

    workers: int
    grades: int
    bare: float
    tool: float
    posts: int


def run(stores: Sequence[str], grades: int = GRADES, *, whole: bool = False) -> Iterator[Figures]:
    """One table a store, as each is done.

    Fewer workers get fewer grades, so that each round lasts as long, unless the `whole` is asked.
    """
    for store in stores:
        with (
            Platform() as platform,
            tool_alone(store, platform) as (server, environ),
            _gradebook() as gradebook,
        ):
            browser = Browser(server, platform, Learner(1))
            try:
                browser.launch()
            finally:
                browser.close()
            rounds = [
                _round(environ, gradebook, each, grades if whole else grades * each // max(WORKERS))
                for each in WORKERS
            ]
        yield _figures(STORES[store], rounds)


def _round(environ: Mapping[str, str], gradebook: str, workers: int, grades: int) -> Round:
    bare = _bare(gradebook, workers, grades)
    settings = {**environ, "BENCH_GRADES": str(grades), "BENCH_GRADEBOOK": gradebook}
    run_beside(settings, "benchmarks.fill_deliveries")
    requests.post(f"{gradebook}/forget", timeout=10)
    words = [sys.executable, "-m", "flask", "--app", "lti_tool", "worker"]
    process = subprocess.Popen(
        [*words, "--workers", str(workers)],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        told = _until_read(gradebook, grades, process)
    finally:
        process.terminate()
        process.wait(timeout=60)
    return Round(workers, grades, bare, grades / told["seconds"], int(told["posts"]))


def _until_read(gradebook: str, grades: int, process: subprocess.Popen[bytes]) -> dict[str, float]:
    until = time.monotonic() + LIMIT
    while True:
        told: dict[str, float] = requests.get(f"{gradebook}/count", timeout=10).json()
        if told["read"] >= grades:
            return told
        if time.monotonic() > until or process.poll() is not None:
            raise RuntimeError(f"Only {told['read']:g} of {grades} marks arrived.")
        time.sleep(0.5)


def _bare(gradebook: str, connections: int, pairs: int) -> float:
    """Pairs a second of so many connections that do nothing else."""
    requests.post(f"{gradebook}/forget", timeout=10)
    left = iter(range(pairs))

    def work(_: int) -> None:
        with requests.Session() as session:
            for number in left:
                cell = f"{gradebook}/bare-{number}"
                session.post(f"{cell}/scores", data=json.dumps(SCORE), timeout=30)
                session.get(f"{cell}/results?user_id=1", timeout=30).json()

    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(work, range(connections)))
    told = requests.get(f"{gradebook}/count", timeout=10).json()
    return pairs / float(told["seconds"])


@contextmanager
def _gradebook() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.gradebook"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def _figures(title: str, rounds: Sequence[Round]) -> Figures:
    return Figures(
        title=title,
        columns=("workers", "grades", "bare pairs a second", "deliveries a second", "ratio"),
        rows=[
            [
                str(each.workers),
                f"{each.grades:,}",
                f"{each.bare:.1f}",
                f"{each.tool:.1f}",
                ratio(each.bare, each.tool),
            ]
            for each in rounds
        ],
        note=(
            "The gradebook answers each call after 50 ms. It was sent "
            f"{sum(each.posts for each in rounds):,} scores for "
            f"{sum(each.grades for each in rounds):,} grades."
        ),
        curves=[_curves(title, rounds)],
    )


def _curves(title: str, rounds: Sequence[Round]) -> Curves:
    return Curves(
        name="deliveries-sqlite" if title == STORES["sqlite"] else "deliveries",
        title=f"Deliveries by the number of workers, {title}",
        across="Workers or connections",
        upwards="a second",
        sizes=[each.workers for each in rounds],
        values={
            "bare pairs": [each.bare for each in rounds],
            "deliveries": [each.tool for each in rounds],
        },
    )
