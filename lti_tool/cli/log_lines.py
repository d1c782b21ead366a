"""Our log lines, as far as they may be shown to somebody who knows none of the people."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable
from typing import Any

# What a line says by numbers and codes. Every other key is left out, whatever it holds.
KEPT = (
    "timestamp", "level", "event", "request", "process", "release", "kind", "place", "stack",
    "view", "method", "status", "job", "user", "role", "provider", "course", "registration",
    "verdict", "binding", "delivery", "number", "events", "threads",
)  # fmt: skip
CODE = re.compile(r"[A-Za-z0-9_.:+/-]{1,80}")
# Lines of code that failed, as Python writes them down: no values stand in it.
STACK = re.compile(r'  File "')
BAD = {"error", "critical"}
MOST = 1000


def lines_of(log: Iterable[str], reference: str | None) -> list[dict[str, Any]]:
    """All lines of a reference, or the last errors where none is asked for; cleaned."""
    found: deque[dict[str, Any]] = deque(maxlen=MOST)
    for text in log:
        line = _parsed(text)
        if line.get("request") == reference if reference else line.get("level") in BAD:
            found.append(cleaned(line))
    return list(found)


def cleaned(line: dict[str, Any]) -> dict[str, Any]:
    """A line without anything that could be the words of a person."""
    return {name: _shown(name, line[name]) for name in KEPT if name in line}


def _parsed(text: str) -> dict[str, Any]:
    # A service manager may put a date or a name before it.
    _, brace, rest = text.partition("{")
    try:
        line = json.loads(brace + rest)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}


def _shown(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if name == "stack" and isinstance(value, str) and STACK.match(value):
        return value
    is_code = isinstance(value, str) and CODE.fullmatch(value)
    return value if is_code else "[withheld]"
