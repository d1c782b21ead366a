"""What a bench is doing just now, for whoever waits; the figures alone go to standard output."""

from __future__ import annotations

import sys
import time

_began = time.monotonic()


def tell(what: str) -> None:
    """One line on standard error, with the seconds since the benches began."""
    print(f"[{time.monotonic() - _began:6.0f} s] {what}", file=sys.stderr, flush=True)
