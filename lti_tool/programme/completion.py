"""Whether the award can be proposed: each condition, met or with what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lti_tool.programme.coverage import Coverage, coverage
from lti_tool.programme.definition import Level, Programme
from lti_tool.programme.progression import ParticipantFacts, credits_earned

LEVELS = {
    Level.PLANNED: "planned",
    Level.CLAIMED: "shown by evidence",
    Level.ATTESTED: "shown by attested evidence",
    Level.SUBMITTED: "shown by submitted evidence",
    Level.RATIFIED: "shown by evidence that the board has confirmed",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that the programme asks before the award. A soft one is asked and binds nobody."""

    id: str
    label: str
    missing: str = ""
    is_hard: bool = True

    @property
    def is_met(self) -> bool:
        return not self.missing


def completion(programme: Programme, facts: ParticipantFacts) -> tuple[Condition, ...]:
    """All conditions of the programme, in the order in which a page lists them."""
    covered = coverage(programme, facts.claims, (), facts.specialism)
    return (
        _credits(programme, facts),
        *_areas(programme, covered),
        *_records(programme, facts),
        *_strand_target(programme, covered),
    )


def unmet(programme: Programme, facts: ParticipantFacts) -> tuple[Condition, ...]:
    """The binding conditions that stand against the award; none: it can be proposed."""
    return tuple(each for each in completion(programme, facts) if each.is_hard and not each.is_met)


def _credits(programme: Programme, facts: ParticipantFacts) -> Condition:
    """What is provisional counts here once the board has confirmed it."""
    needed, earned = programme.completion.credits, credits_earned(programme, facts)
    certain = earned.ratified + earned.recognised
    missing = ""
    if certain < needed:
        missing = f"{certain} of {needed} credits are confirmed"
        if earned.provisional:
            missing += f"; {earned.provisional} more are provisional"
        missing += "."
    return Condition("credits", f"{needed} credits, confirmed by the board", missing)


def _areas(programme: Programme, covered: Coverage) -> Iterator[Condition]:
    level = programme.completion.areas_level
    there = covered.areas_covered(level)
    for area in programme.areas:
        missing = "" if area.id in there else f"Nothing in this area is {LEVELS[level]} yet."
        yield Condition(f"area-{area.id}", f"{area.short}: {LEVELS[level]}", missing)


def _records(programme: Programme, facts: ParticipantFacts) -> Iterator[Condition]:
    """Where records are not kept, nobody can say that one is there."""
    kept = facts.records or frozenset()
    for record in map(programme.record, programme.completion.records):
        label = record.label[0].upper() + record.label[1:]
        missing = "" if record.id in kept else "This is not recorded yet."
        yield Condition(record.id, label, missing)


def _strand_target(programme: Programme, covered: Coverage) -> Iterator[Condition]:
    target = programme.completion
    if target.strand_count == 0:
        return
    counts = {
        strand.id: _count(covered, strand.id, target.strand_level) for strand in programme.strands
    }
    short = [strand for strand, count in counts.items() if count < target.strand_count]
    pieces = "1 piece" if target.strand_count == 1 else f"{target.strand_count} pieces"
    yield Condition(
        "strands",
        f"Every strand {LEVELS[target.strand_level]}: {pieces} each",
        f"Fewer than that for {', '.join(short)}." if short else "",
        target.strand_hard,
    )


def _count(covered: Coverage, strand: str, level: Level) -> int:
    """How many different pieces of evidence have this level for a strand, in all phases."""
    cells = [cell for cell in covered.cells if cell.strand == strand]
    if level in (Level.NONE, Level.PLANNED):
        return sum(cell.has(level) for cell in cells)
    counted = {
        Level.CLAIMED: "claimed_count",
        Level.ATTESTED: "attested_count",
        Level.SUBMITTED: "submitted_count",
        Level.RATIFIED: "ratified_count",
    }
    return sum(getattr(cell, counted[level]) for cell in cells)
