"""The programme as its university defines it, so that no rule needs to know the file's shape."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, TypeVar

from lti_tool.errors import NotFound

T = TypeVar("T")


class NotInProgramme(NotFound):
    """Told when a code is asked for that this version of the programme does not have."""


class MarkingPolicy(StrEnum):
    """How many people judge a module's work before its marks may leave."""

    SINGLE = "single"
    SAMPLED = "sampled"
    DOUBLE_BLIND = "double_blind"


class StrandChoice(StrEnum):
    """Who decides which strands a module is about."""

    FIXED = "fixed"
    ANY = "any"
    SPECIALISM = "chosen_specialism"


class ProgressionMode(StrEnum):
    """Whether an unmet condition stops a participant or only tells them."""

    WARN = "warn"
    BLOCK = "block"


class Level(Enum):
    """How far a strand is shown; the order of the members is the order in which it rises."""

    NONE = "none"
    PLANNED = "planned"
    CLAIMED = "claimed"
    ATTESTED = "attested"
    SUBMITTED = "submitted"
    RATIFIED = "ratified"

    @property
    def rank(self) -> int:
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Strand:
    """One line of a content area, in the programme's own words."""

    id: str
    area_id: str
    text: str
    short: str
    example: str = ""  # what a coach may have in mind who is asked to vouch for it


@dataclass(frozen=True, slots=True)
class ContentArea:
    """A part of teaching that everyone covers by the end of the programme."""

    id: str
    short: str
    strands: tuple[Strand, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question that a marker asks of the work."""

    id: str
    label: str
    asks: str
    # Helps to understand the question; work is judged by the question alone.
    example: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Band:
    """The name for marks from its floor up to the next band."""

    floor: int
    name: str


@dataclass(frozen=True, slots=True)
class CoachingDuty:
    """One of the duties that a coach's record can be filed under."""

    id: str
    label: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Record:
    """Something that is agreed or recorded once, and that a rule may ask for."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a participant needs before starting a phase."""

    records: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    credits: Mapping[int, int] = field(default_factory=dict, hash=False)
    areas_attested: int = 0


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the programme; its length is the participant's own and not tied to years."""

    number: int
    title: str
    core: bool
    credits: int
    entry: Entry
    weights: Mapping[str, int] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Module:
    """A unit of assessed work."""

    code: str
    phase: int
    title: str
    credits: int
    choice: StrandChoice
    strands: tuple[str, ...]
    further_strands: tuple[str, ...]
    min_areas: int
    requires: tuple[str, ...]
    marking: MarkingPolicy
    kind: str
    words: int
    apl_allowed: bool
    compensable: bool

    def covers(self, strand_id: str, specialism: Collection[str] = ()) -> bool:
        """Whether the module is about this strand, so that its opening makes a plan for it."""
        if self.choice is StrandChoice.SPECIALISM:
            return strand_id in specialism
        return strand_id in self.strands

    def accepts(self, strand_id: str) -> bool:
        """Whether evidence for this module may claim the strand, even one it is not about."""
        return strand_id in self.strands or strand_id in self.further_strands


@dataclass(frozen=True, slots=True)
class Completion:
    """What must be there before the award is proposed."""

    credits: int
    areas_level: Level
    strand_level: Level
    strand_count: int
    strand_hard: bool
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Programme:
    """One version of a university's programme; participants stay on the version they began."""

    id: str
    version: str
    award: str
    credits: int
    phases: tuple[Phase, ...]
    modules: tuple[Module, ...]
    areas: tuple[ContentArea, ...]
    criteria: tuple[Criterion, ...]
    bands: tuple[Band, ...]
    pass_mark: int
    duties: tuple[CoachingDuty, ...]
    records: tuple[Record, ...]
    mode: ProgressionMode
    parallel_modules: int
    completion: Completion
    policies: Mapping[str, Any] = field(hash=False)
    """Checked sections that no rule reads yet (prior learning, lateness, retention and so on)."""

    @property
    def strands(self) -> tuple[Strand, ...]:
        return tuple(strand for area in self.areas for strand in area.strands)

    def module(self, code: str) -> Module:
        return _the(self.modules, "code", code, "module")

    def phase(self, number: int) -> Phase:
        return _the(self.phases, "number", number, "phase")

    def strand(self, strand_id: str) -> Strand:
        return _the(self.strands, "id", strand_id, "strand")

    def area(self, area_id: str) -> ContentArea:
        return _the(self.areas, "id", area_id, "content area")

    def find_module(self, code: str) -> Module | None:
        """The module, or None where this version lacks what an earlier one had."""
        return next((module for module in self.modules if module.code == code), None)

    def find_strand(self, strand_id: str) -> Strand | None:
        """The strand, or None where this version lacks what an earlier one had."""
        return next((strand for strand in self.strands if strand.id == strand_id), None)

    def find_duty(self, duty_id: str) -> CoachingDuty | None:
        """The duty, or None where this version lacks what an earlier one had."""
        return next((duty for duty in self.duties if duty.id == duty_id), None)

    def criterion(self, criterion_id: str) -> Criterion:
        return _the(self.criteria, "id", criterion_id, "criterion")

    def duty(self, duty_id: str) -> CoachingDuty:
        return _the(self.duties, "id", duty_id, "coaching duty")

    def record(self, record_id: str) -> Record:
        return _the(self.records, "id", record_id, "record")

    def phase_of(self, module: Module | str) -> Phase:
        """The phase that a module, or the module with this code, belongs to."""
        found = self.module(module) if isinstance(module, str) else module
        return self.phase(found.phase)

    def modules_in(self, phase: Phase | int) -> tuple[Module, ...]:
        number = phase if isinstance(phase, int) else phase.number
        return tuple(module for module in self.modules if module.phase == number)

    def weights(self, phase: Phase | int) -> dict[str, int]:
        """The share of each criterion in a phase, in the order of the criteria."""
        found = self.phase(phase) if isinstance(phase, int) else phase
        return {criterion.id: found.weights[criterion.id] for criterion in self.criteria}

    def band_of(self, mark: int) -> Band:
        """The band that a whole mark from 0 to 100 falls into."""
        if not 0 <= mark <= 100:
            raise ValueError(f"A mark is a whole number from 0 to 100, not {mark}.")
        return next(band for band in self.bands if mark >= band.floor)

    def is_pass(self, mark: int) -> bool:
        return mark >= self.pass_mark


def _the(things: tuple[T, ...], attribute: str, value: object, kind: str) -> T:
    for thing in things:
        if getattr(thing, attribute) == value:
            return thing
    known = ", ".join(str(getattr(thing, attribute)) for thing in things)
    raise NotInProgramme(f"There is no {kind} {value} in this programme. It has {known}.")
