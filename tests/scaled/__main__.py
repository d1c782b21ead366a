"""`make scaled`: two web, two workers, PostgreSQL, Redis and an S3 API, until Ctrl-C.

With --check it proves what two of everything must not change, and ends.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.scaled.check import check
from tests.scaled.stack import Stack


def main() -> int:
    """Start everything; watch it, or check it."""
    parser = argparse.ArgumentParser(prog="python -m tests.scaled", description=__doc__)
    parser.add_argument("--check", action="store_true", help="prove it, and end")
    parser.add_argument("--port", type=int, default=0, help="of the balancer; default: a free one")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    folder = Path(tempfile.mkdtemp(prefix="mtl-scaled-"))
    say(f"Starting two web, two workers, PostgreSQL, Redis and an S3 API; logs in {folder}.")
    with Stack(folder, asked.port) as stack:
        if asked.check:
            check(stack, say)
            return 0
        instances = ", ".join(f"http://127.0.0.1:{port}" for port in stack.front.backends)
        say(f"The tool answers at {stack.url}, its instances at {instances}.")
        say("The settings of a command for it:")
        for name, value in sorted(stack.environ.items()):
            say(f"  export {name}='{value}'")
        say("Ctrl-C ends all of it.")
        try:
            while True:
                time.sleep(1)
        except KeyboardInterrupt:
            say("Goodbye.")
    return 0


def say(line: str) -> None:
    """To whoever runs it, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
