"""`python -m benchmarks` measures and prints; `--write` renews docs/performance.md as well."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from benchmarks import deliveries, files, launch, pages, rate, roster, trail, upload
from benchmarks.tables import Figures, renew

TITLES = {
    "launch": "A full launch, beside a bare Flask tool",
    "rate": "Several visitors at once, one web process and two, beside a bare tool",
    "roster": "A long roster, beside a short one",
    "files": "A file of 500 MB, beside cp",
    "pages": "Pages and files among 20,000 participants, beside 2,000 and 100",
    "deliveries": "Marks on their way to a slow gradebook, beside bare calls",
    "trail": "A long trail sealed and proved, beside a short one",
    "upload": "A film of 500 MB in pieces, beside cp",
}


def main() -> None:
    """Run the benches one after the other; each compares its things in this one run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=TITLES, action="append", help="only this bench")
    parser.add_argument("--store", choices=launch.STORES, action="append", help="only this one")
    parser.add_argument("--launches", type=int, default=50, help="a round (default: 50)")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--times", type=int, default=12, help="a page is opened (default: 12)")
    parser.add_argument("--grades", type=int, default=deliveries.GRADES, help="to deliver")
    parser.add_argument("--events", type=int, default=trail.EVENTS, help="of the long trail")
    parser.add_argument("--whole", action="store_true", help="as many grades for one worker")
    parser.add_argument("--write", action="store_true", help="renew docs/performance.md")
    asked = parser.parse_args()
    for bench in asked.only or TITLES:
        print(f"# {TITLES[bench]}\n", flush=True)
        found = []
        for figures in _run(bench, asked):
            print(figures.as_markdown(), end="\n\n", flush=True)
            found.append(figures)
        if asked.write:
            renew(bench, found)


def _run(bench: str, asked: argparse.Namespace) -> Iterator[Figures]:
    stores = asked.store or list(launch.STORES)
    if bench == "pages":
        # On PostgreSQL, unless asked: a million pieces of evidence are not meant for SQLite.
        return pages.run(asked.store or ["postgres"], asked.times)
    if bench == "roster":
        return roster.run(stores)
    if bench == "trail":
        return trail.run(stores, asked.events)
    if bench == "deliveries":
        return deliveries.run(stores, asked.grades, whole=asked.whole)
    if bench == "upload":
        return upload.run(stores)
    if bench == "files":
        return files.run(asked.store or ["sqlite"])
    which = rate if bench == "rate" else launch
    return which.run(stores, asked.launches, asked.rounds)


if __name__ == "__main__":
    main()
