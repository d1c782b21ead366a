"""`python -m benchmarks` measures and prints; `--write` renews docs/performance.md as well."""

from __future__ import annotations

import argparse

from benchmarks import launch
from benchmarks.tables import renew


def main() -> None:
    """Run every bench; each compares two things in this one run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--store", choices=launch.STORES, action="append", help="only this one")
    parser.add_argument("--launches", type=int, default=50, help="a round (default: 50)")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--write", action="store_true", help="renew docs/performance.md")
    asked = parser.parse_args()
    print("# A full launch, beside a bare Flask tool\n", flush=True)
    found = []
    for figures in launch.run(asked.store or list(launch.STORES), asked.launches, asked.rounds):
        print(figures.as_markdown(), end="\n\n", flush=True)
        found.append(figures)
    if asked.write:
        renew("launch", found)


if __name__ == "__main__":
    main()
