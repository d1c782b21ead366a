"""Faults on demand: what a gradebook does on its worst day."""

import threading
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "status", "slow", "slow_after", "drop_before", "drop_after", "bad_json", "expired_token"
]


@dataclass
class Fault:
    """One thing that goes wrong with one service, for a number of requests or until cleared."""

    service: str
    kind: Kind
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    seconds: float = 0.0
    times: int | None = None


class Faults:
    """The faults that are switched on; a fault with a count is used up as it is met."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self.released = threading.Event()

    def add(self, service: str, kind: Kind, **details: Any) -> Fault:
        details["headers"] = details.get("headers") or {}
        fault = Fault(service, kind, **details)
        with self._lock:
            self.released.clear()
            self._faults.append(fault)
        return fault

    def clear(self, service: str | None = None) -> None:
        """Take faults away; answers held back by `slow` go out at once."""
        with self._lock:
            self._faults = [each for each in self._faults if service and each.service != service]
            self.released.set()

    def take(self, service: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.service != service or fault.times == 0:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None
