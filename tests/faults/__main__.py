"""`make faults`: run the fault matrix against the demo VLE as Moodle and as Canvas, and print it.

Ends with 1 where any case did not end as it must.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo_vle.local_servers import LocalServers
from demo_vle.server import start_vle
from tests.faults.cases import BOTH, CASES, Seen, meet
from tests.tool_server import RunningTool, start_tool
from tests.world import World

WIDE = 46


def main() -> int:
    """Every case on every platform that it is about."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--only", help="cases whose name holds this")
    asked = parser.parse_args()
    wrong = 0
    say(f"{'case':<{WIDE}} {'platform':<8} {'gradebook':>9} {'comment':>7}  delivery")
    with (
        tempfile.TemporaryDirectory(prefix="mtl-faults-") as folder,
        running(asked.store, Path(folder)) as tool,
    ):
        for product in BOTH:
            with start_vle(tool.url, product) as vle:
                tool.add_platform(vle.registration())
                for case in CASES:
                    if product in case.products and (asked.only or "") in case.name:
                        vle.site.faults.clear()
                        seen = meet(case, World(tool, vle))
                        wrong += bool(seen.wrong)
                        tell(case.name, product, seen)
    say(f"{wrong} ended as they must not." if wrong else "All ended as they must.")
    return int(wrong > 0)


@contextmanager
def running(store: str, folder: Path) -> Iterator[RunningTool]:
    """A tool on an empty store."""
    servers = None
    if store == "postgres":
        servers = LocalServers(folder / "servers")
        os.environ["MTL_TEST_DATABASE"] = servers.database_url
        os.environ["MTL_TEST_REDIS"] = servers.redis_url
    tool = start_tool(store, folder / "tool", "master")
    try:
        yield tool
    finally:
        tool.close()
        if servers is not None:
            servers.stop()


def tell(name: str, product: str, seen: Seen) -> None:
    """One row, and what is wrong with it below."""
    shown = "–" if seen.shown is None else f"{seen.shown:g}"
    says = f": {seen.says}" if seen.says else ""
    say(f"{name:<{WIDE}} {product:<8} {shown:>9} {seen.times:>7}  {seen.state}{says}")
    for each in seen.wrong:
        say(f"{'':<{WIDE}} WRONG: {each}")


def say(line: str) -> None:
    """To whoever runs it, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
