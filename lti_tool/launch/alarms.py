"""One thread that looks at the clock for all of a process: calls that must end, leases to renew.

A thread of its own for each call cost more of a worker's time than the call.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf

from lti_tool.logs import get_logger

log = get_logger(__name__)


class Alarms:
    """What to do at which moment, done by a thread that starts with the first of them.

    What one does holds up the others: those that may wait long have alarms of their own.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._begin()
        # A forked process has no thread but the one that forked.
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[object, tuple[float, Callable[[], None]]] = {}
        self._wakes_at = inf
        self._thread: threading.Thread | None = None

    @contextmanager
    def after(self, seconds: float, act: Callable[[], None]) -> Iterator[None]:
        """Do it once the seconds are over, unless the block ends before."""
        key = self._set(seconds, act)
        try:
            yield
        finally:
            with self._changed:
                self._waiting.pop(key, None)

    @contextmanager
    def every(self, seconds: float, act: Callable[[], None]) -> Iterator[None]:
        """Do it again and again while the block lasts."""
        key = object()

        def again() -> None:
            act()
            with self._changed:
                if key in self._waiting:
                    self._waiting[key] = (time.monotonic() + seconds, again)

        self._set(seconds, again, key)
        try:
            yield
        finally:
            with self._changed:
                self._waiting.pop(key, None)

    def _set(self, seconds: float, act: Callable[[], None], key: object | None = None) -> object:
        key = key or object()
        at = time.monotonic() + seconds
        with self._changed:
            self._waiting[key] = (at, act)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name=self._name, daemon=True)
                self._thread.start()
            elif at < self._wakes_at:
                self._changed.notify()
        return key

    def _watch(self) -> None:
        while True:
            for act in self._due():
                try:
                    act()
                except Exception as error:  # whatever it was, the others still count on this thread
                    log.error("alarm_failed", alarms=self._name, exc_info=error)

    def _due(self) -> list[Callable[[], None]]:
        """What is to be done now; waits until there is something."""
        with self._changed:
            while True:
                moment = time.monotonic()
                due = [key for key, (at, _) in self._waiting.items() if at <= moment]
                if due:
                    acts = [self._waiting[key][1] for key in due]
                    for key in due:
                        self._waiting[key] = (inf, self._waiting[key][1])
                    return acts
                self._wakes_at = min((at for at, _ in self._waiting.values()), default=inf)
                self._changed.wait(None if self._wakes_at == inf else self._wakes_at - moment)
