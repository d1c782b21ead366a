"""How far each strand is shown in each phase, worked out from the facts and never stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from lti_tool.programme.definition import ContentArea, Level, NotInProgramme, Programme, Strand


@dataclass(frozen=True, slots=True)
class ClaimFact:
    """One strand claimed by the current version of one evidence item, for one module."""

    item_id: int
    module_code: str
    strand: str
    attested: bool = False
    submitted: bool = False
    ratified: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One strand in one phase.

    The state is the highest that any item has reached, in the order planned, claimed, attested,
    submitted, ratified. A submitted item that no coach attested still ranks as submitted; it is
    not counted among the attested, so `attested_count` tells the truth. A ratified item has been
    submitted, and counts there too.
    """

    strand: str
    phase: int
    state: Level
    items: tuple[int, ...] = ()
    attested_count: int = 0
    submitted_count: int = 0
    ratified_count: int = 0

    @property
    def claimed_count(self) -> int:
        return len(self.items)

    def has(self, level: Level) -> bool:
        """Whether the cell truly has this level: a rank above it is not taken for it."""
        counts = {
            Level.CLAIMED: self.claimed_count,
            Level.ATTESTED: self.attested_count,
            Level.SUBMITTED: self.submitted_count,
            Level.RATIFIED: self.ratified_count,
        }
        return counts[level] > 0 if level in counts else self.state.rank >= level.rank


@dataclass(frozen=True, slots=True)
class Row:
    """One strand across the phases, for a table that is grouped by content area."""

    area: ContentArea
    strand: Strand
    cells: tuple[Cell, ...]
    starts_area: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """The matrix of strands by phases for one participant."""

    programme: Programme
    cells: tuple[Cell, ...]

    def cell(self, strand_id: str, phase_number: int) -> Cell:
        for cell in self.cells:
            if cell.strand == strand_id and cell.phase == phase_number:
                return cell
        raise NotInProgramme(f"There is no strand {strand_id} in a phase {phase_number}.")

    def areas_covered(self, level: Level) -> tuple[str, ...]:
        """The content areas with at least one strand, in any phase, that truly has this level."""
        shown = {cell.strand for cell in self.cells if cell.has(level)}
        return tuple(
            area.id
            for area in self.programme.areas
            if any(strand.id in shown for strand in area.strands)
        )

    def without_board(self) -> Coverage:
        """The same, told to somebody who is not to learn what the board has passed."""
        hidden = {Level.RATIFIED: Level.SUBMITTED}
        return replace(
            self,
            cells=tuple(
                replace(cell, state=hidden.get(cell.state, cell.state), ratified_count=0)
                for cell in self.cells
            ),
        )

    def rows(self) -> Iterator[Row]:
        for area in self.programme.areas:
            for place, strand in enumerate(area.strands):
                cells = tuple(cell for cell in self.cells if cell.strand == strand.id)
                yield Row(area, strand, cells, starts_area=place == 0)


def coverage(
    programme: Programme,
    claims: Iterable[ClaimFact],
    open_modules: Collection[str],
    specialism: Collection[str] = (),
    targets: Collection[str] = (),
) -> Coverage:
    """The matrix that follows from the claims and from the modules open to the participant.

    An open target of the learning plan plans its strand too, where an open module accepts it.
    """
    by_cell: dict[tuple[str, int], list[ClaimFact]] = {}
    for claim in claims:
        strand = programme.strand(claim.strand)
        phase = programme.phase_of(claim.module_code)
        by_cell.setdefault((strand.id, phase.number), []).append(claim)
    planned = {
        (strand.id, module.phase)
        for module in map(programme.module, open_modules)
        for strand in programme.strands
        if module.covers(strand.id, specialism)
        or (strand.id in targets and module.accepts(strand.id))
    }
    return Coverage(
        programme,
        tuple(
            _cell(strand.id, phase.number, by_cell.get((strand.id, phase.number), []), planned)
            for strand in programme.strands
            for phase in programme.phases
        ),
    )


def _cell(
    strand: str, phase: int, claims: list[ClaimFact], planned: Collection[tuple[str, int]]
) -> Cell:
    ratified = {claim.item_id for claim in claims if claim.ratified}
    submitted = {claim.item_id for claim in claims if claim.submitted} | ratified
    attested = {claim.item_id for claim in claims if claim.attested}
    claimed = {claim.item_id for claim in claims}
    reached = {
        Level.RATIFIED: ratified,
        Level.SUBMITTED: submitted,
        Level.ATTESTED: attested,
        Level.CLAIMED: claimed,
        Level.PLANNED: (strand, phase) in planned,
    }
    return Cell(
        strand=strand,
        phase=phase,
        state=next((level for level, there in reached.items() if there), Level.NONE),
        items=tuple(sorted(claimed)),
        attested_count=len(attested),
        submitted_count=len(submitted),
        ratified_count=len(ratified),
    )
