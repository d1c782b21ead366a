"""What pages took, as a table and as curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from benchmarks.curves import Curves
from benchmarks.tables import Figures, in_milliseconds, ratio
from benchmarks.visits import Measured

if TYPE_CHECKING:
    from benchmarks.pages import Filled, Page

# The pages that are drawn, in two pictures: of one person, and of everybody.
DRAWN = {
    "pages-of-a-person": (
        "Pages about one person, or five",
        (
            "home of the participant", "coverage", "evidence list", "plan",
            "a coach's five teachers", "a participant, to the tutor",
        ),
    ),
    "pages-of-a-lead": (
        "Pages over everybody",
        (
            "a lead's cohort, everybody", "groups by school, everybody", "a lead's figures",
            "a lead's list, everybody", "a lead's search of everything", "marking, everybody",
        ),
    ),
}  # fmt: skip
Found = Mapping["Page", Sequence[Measured]]


def page_figures(store: str, crowds: Sequence[Filled], found: Found) -> Figures:
    """One row a page; left blank is what a smaller database has not."""
    sizes = [each.crowd.rows["participant"] for each in crowds]
    evidence = [each.crowd.rows.get("evidence_item", 0) for each in crowds]
    largest = crowds[-1]
    times = sorted({len(each.seen) for measured in found.values() for each in measured})
    looks = f"{times[-1]}" if len(times) == 1 else f"{times[0]} to {times[-1]}"
    made = sum(largest.crowd.rows.values())
    shown = [f"{size:,}" for size in sizes]
    return Figures(
        title=f"{store}, {_listed(shown)} participants",
        columns=(
            "page", "queries", *(f"ms, {each}" for each in shown), "ratio",
            *(f"CPU ms, {each}" for each in shown), "ratio",
        ),
        rows=[_row(page, each, len(crowds)) for page, each in found.items()],
        note=(
            f"{_listed([f'{each:,}' for each in evidence])} pieces of evidence; the largest has "
            f"{made:,} rows, made in {largest.seconds:.0f} seconds. Medians of {looks}; ratios "
            "are those of the largest to the smallest."
        ),
        curves=[_curves(name, store, sizes, found) for name in DRAWN],
    )  # fmt: skip


def _row(page: Page, each: Sequence[Measured], size: int) -> list[str]:
    blank = [""] * (size - len(each))
    cells = [page.title, _queries(each)]
    for times in ([one.wall for one in each], [one.cpu for one in each]):
        growth = "" if blank else ratio(times[0], times[-1])
        cells += [*blank, *in_milliseconds(*times), growth]
    return cells


def _queries(each: Sequence[Measured]) -> str:
    """Once, where all databases were asked as often."""
    return ", ".join(dict.fromkeys(one.queries for one in each))


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _curves(name: str, store: str, sizes: Sequence[int], found: Found) -> Curves:
    title, pages = DRAWN[name]
    return Curves(
        name=name,
        title=f"{title}, {store}",
        across="Participants in the database",
        upwards="ms",
        sizes=sizes,
        values={
            page.title: [one.wall / 1e6 for one in each]
            for page, each in found.items()
            if page.title in pages
        },
    )
