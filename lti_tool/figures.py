"""What an operator watches that stands in rows: read at each scrape, by whichever process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from flask import Flask

from lti_tool import beats, queues
from lti_tool.clock import now
from lti_tool.jobs import Jobs
from lti_tool.settings import Settings

# Name, what it is about, labels, value: as web/measures.py takes it.
Figure = tuple[str, str, dict[str, str], float]


def attach(app: Flask, settings: Settings) -> None:
    """Give `/metrics` what it tells besides its own counts."""
    app.extensions["figures"] = partial(read_figures, app.extensions["jobs"], settings)


def read_figures(jobs: Jobs, settings: Settings) -> Iterator[Figure]:
    """One gauge after the other; those of one name beside each other."""
    for state, count in queues.count_deliveries().items():
        yield "mtl_deliveries", "Deliveries in each state.", {"state": state}, count
    yield (
        "mtl_delivery_oldest_seconds",
        "Since when the mark was released that has waited longest for its gradebook.",
        {},
        queues.oldest_delivery_seconds(),
    )
    found = queues.read_queues()
    for queue in found:
        yield "mtl_queue_waiting", "What waits.", {"queue": queue.name}, queue.waiting
    for queue in found:
        about = "For how long what should have been done first is overdue."
        yield "mtl_queue_overdue_seconds", about, {"queue": queue.name}, queue.overdue_seconds
    for queue in found:
        yield "mtl_queue_failed", "What was given up.", {"queue": queue.name}, queue.failed
    yield "mtl_workers", "Workers that were seen lately.", {}, beats.living_workers()
    seen = beats.last_seen()
    if seen is not None:
        silence = max(0.0, (now() - seen).total_seconds())
        yield "mtl_worker_silence_seconds", "Since any worker was last seen.", {}, silence
    waiting = jobs.waiting()
    if waiting is not None:
        yield "mtl_wakeups_waiting", "Wake-ups that no worker has heard yet.", {}, waiting
    if "://" not in settings.storage_url:
        free = shutil.disk_usage(Path(settings.storage_url)).free
        yield "mtl_storage_free_bytes", "Room left in the folder of files.", {}, free
