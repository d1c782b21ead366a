"""The counters of one web instance, kept by the Prometheus client.

Under gunicorn each process counts in a file of its own, in the folder that `gunicorn.conf.py`
names by PROMETHEUS_MULTIPROC_DIR; whichever process is asked adds all of them up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector, CollectorRegistry
from sqlalchemy import Engine, event

# A name, what it is about, its labels and its value; those of one name stand beside each other.
Figure = tuple[str, str, Mapping[str, str], float]

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
METHODS = {"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"}


class Measures:
    """What this instance counted since it started."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        own: dict[str, Any] = {"registry": self.registry}
        self.launches = Counter(
            "mtl_launches", "Launches that came to their end, by verdict.", ["verdict"], **own
        )
        self.answers = Counter(
            "mtl_answers", "Answers by method, route and status.", ["method", "route", "status"],
            **own,
        )  # fmt: skip
        self.seconds = Histogram(
            "mtl_answer_seconds", "Time until an answer was ready, by method and route.",
            ["method", "route"], buckets=BUCKETS, **own,
        )  # fmt: skip
        self.connections = Gauge(
            "mtl_database_connections", "Database connections in use.",
            multiprocess_mode="livesum", **own,
        )  # fmt: skip
        self.most_connections = Gauge(
            "mtl_database_connections_limit", "Database connections that may be in use at once.",
            multiprocess_mode="livesum", **own,
        )  # fmt: skip

    def answer(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        method = method if method in METHODS else "other"
        self.answers.labels(method, route, str(status)).inc()
        self.seconds.labels(method, route).observe(seconds)

    def watch_pool(self, engine: Engine) -> None:
        """Follow how many connections are taken out of this pool."""
        pool: Any = engine.pool
        self.most_connections.set(pool.size() + max(0, pool._max_overflow))
        event.listen(engine, "checkout", lambda *_: self.connections.inc())
        event.listen(engine, "checkin", lambda *_: self.connections.dec())

    def tell(self, figures: Iterable[Figure]) -> tuple[bytes, str]:
        """Everything as text, and the text's type."""
        everything = CollectorRegistry()
        try:
            MultiProcessCollector(everything)
        except ValueError:  # no such folder: this process is the only one
            everything.register(self.registry)
        everything.register(_Read(figures))
        return generate_latest(everything), CONTENT_TYPE_LATEST


class _Read(Collector):
    """Gauges whose values were just read."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        self._figures = list(figures)

    def collect(self) -> Iterator[Metric]:
        for (name, about), several in groupby(self._figures, key=lambda one: one[:2]):
            rows = list(several)
            family = GaugeMetricFamily(name, about, labels=list(rows[0][2]))
            for _, _, labels, value in rows:
                family.add_metric(list(labels.values()), value)
            yield family
