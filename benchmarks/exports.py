"""What a file over everybody takes: seconds, and memory that must not grow with the people.

Each is made in a process of its own, so that nothing which was held before hides what it held.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.curves import Curves
from benchmarks.progress import tell
from benchmarks.servers import run_beside
from benchmarks.tables import Figures

if TYPE_CHECKING:
    from benchmarks.pages import Filled

# What `benchmarks.one_export` makes, as people call it.
WORK = {
    "take": "a headcount taken",
    "headcount": "a headcount as CSV",
    "participants": "participants as CSV",
    "allocations": "allocations as CSV",
}


@dataclass(frozen=True)
class Made:
    """One file, or one headcount."""

    rows: int
    seconds: float
    growth_kb: int

    @property
    def megabytes(self) -> float:
        return self.growth_kb / 1024


Found = dict[str, list[Made]]


def measure(store: str, crowds: Sequence[Filled]) -> Figures:
    """Every file in every database; the file of a headcount is that of the one taken before."""
    found: Found = {name: [_make(each, name) for each in crowds] for name in WORK}
    sizes = [each.crowd.rows["participant"] for each in crowds]
    shown = [f"{size:,}" for size in sizes]
    return Figures(
        title=f"{store}, files over everybody",
        columns=(
            "file", *(f"rows, {each}" for each in shown), *(f"s, {each}" for each in shown),
            *(f"MB, {each}" for each in shown),
        ),
        rows=[_row(name, made) for name, made in found.items()],
        note="MB are what the highest mark of the process (VmHWM) grew by; the first file of a "
        "process also loads some of the program.",
        curves=[_curves(store, sizes, found)],
    )  # fmt: skip


def _row(name: str, made: Sequence[Made]) -> list[str]:
    return [
        WORK[name],
        *(f"{each.rows:,}" for each in made),
        *(f"{each.seconds:.1f}" for each in made),
        *(f"{each.megabytes:.1f}" for each in made),
    ]


def _make(filled: Filled, name: str) -> Made:
    crowd, lead = filled.crowd, filled.crowd.lead
    tell(f"making {WORK[name]} of {crowd.rows['participant']:,} participants")
    who = (crowd.provider_id, crowd.registration_id, lead.user_id, lead.course_id)
    words = [str(each) for each in who]
    took = json.loads(run_beside(filled.environ, "benchmarks.one_export", name, *words))
    return _whole(Made(**took), name, crowd.rows["participant"])


def _whole(made: Made, name: str, people: int) -> Made:
    """Figures of half a file would look good; who has left or finished is not in each."""
    if made.rows < 0.9 * people:
        raise RuntimeError(f"{WORK[name]} had {made.rows} rows for {people} people.")
    return made


def _curves(store: str, sizes: Sequence[int], found: Found) -> Curves:
    return Curves(
        name="files-over-everybody",
        title=f"Memory that files over everybody take, {store}",
        across="Participants in the database",
        upwards="MB",
        sizes=sizes,
        # An axis by powers of ten has no nothing.
        values={WORK[name]: [max(each.megabytes, 0.1) for each in made]
                for name, made in found.items()},
    )  # fmt: skip
