"""Where a participant stands, what they may do, and why not: decided from plain facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lti_tool.programme.coverage import ClaimFact
from lti_tool.programme.definition import Module, Phase, Programme, ProgressionMode


class ModuleState(StrEnum):
    """The life of a module for one participant, in the order in which it goes."""

    PLANNED = "planned"
    OPEN = "open"
    SUBMITTED = "submitted"
    UNDER_ASSESSMENT = "under_assessment"
    PROVISIONAL = "provisional"
    RATIFIED = "ratified"


class Outcome(StrEnum):
    """What a released mark means for the module."""

    PASS = "pass"
    FAIL = "fail"


class PhaseState(StrEnum):
    """Where a phase stands as a whole."""

    PLANNED = "planned"
    OPEN = "open"
    PASSED = "passed"
    RATIFIED = "ratified"


@dataclass(frozen=True, slots=True)
class ModuleFacts:
    """What is known of one participant's work on one module, in its current attempt.

    An item is counted once: as a draft, as requested (with the coach), as returned by the coach, or
    as attested. `opened` means that someone opened the module before its turn; `reassessment`, that
    a further attempt is open after this one.
    """

    code: str
    draft_items: int = 0
    requested_items: int = 0
    returned_items: int = 0
    attested_items: int = 0
    opened: bool = False
    submitted_at: datetime | None = None
    marking: bool = False
    released_mark: int | None = None
    feedback_seen: bool = False
    ratified: bool = False
    reassessment: bool = False

    @property
    def claimed_items(self) -> int:
        return self.draft_items + self.requested_items + self.returned_items + self.attested_items


@dataclass(frozen=True, slots=True)
class ParticipantFacts:
    """All that the rules ask about one participant.

    `records` holds what has been agreed or recorded. None says that records are not kept, and then
    no rule asks for one.
    """

    modules: tuple[ModuleFacts, ...] = ()
    claims: tuple[ClaimFact, ...] = ()
    records: frozenset[str] | None = None

    def of(self, code: str) -> ModuleFacts:
        return next((facts for facts in self.modules if facts.code == code), ModuleFacts(code))

    def lacks(self, records: tuple[str, ...]) -> tuple[str, ...]:
        if self.records is None:
            return ()
        return tuple(record for record in records if record not in self.records)

    def claims_for(self, code: str) -> tuple[ClaimFact, ...]:
        return tuple(claim for claim in self.claims if claim.module_code == code)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something may be done. Reasons beside a yes are warnings, and are shown too."""

    allowed: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModuleStatus:
    """Where one module stands; the reasons say why it is not yet its turn."""

    code: str
    state: ModuleState
    outcome: Outcome | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Credits:
    """Credit of passed modules, by whether the board has confirmed the pass."""

    ratified: int = 0
    provisional: int = 0

    @property
    def total(self) -> int:
        return self.ratified + self.provisional


@dataclass(frozen=True, slots=True)
class PhaseStatus:
    """Where one phase stands, and whether it may be started."""

    number: int
    state: PhaseState
    credits: Credits
    start: Decision


def module_status(programme: Programme, code: str, facts: ParticipantFacts) -> ModuleStatus:
    """Where one module stands for this participant."""
    return _status(programme, programme.module(code), facts, open_modules(programme, facts))


def module_statuses(programme: Programme, facts: ParticipantFacts) -> tuple[ModuleStatus, ...]:
    """Every module, in the order of the programme."""
    opened = open_modules(programme, facts)
    return tuple(_status(programme, module, facts, opened) for module in programme.modules)


def open_modules(programme: Programme, facts: ParticipantFacts) -> tuple[str, ...]:
    """The modules that the participant can work on now, in the order of the programme."""
    unfinished: list[str] = []
    for module in programme.modules:
        own = facts.of(module.code)
        if _is_handed_in(own):
            continue
        has_turn = len(unfinished) <= programme.parallel_modules
        if (
            own.opened
            or own.reassessment
            or (has_turn and not _reasons_against_phase(programme, module.phase, facts))
        ):
            unfinished.append(module.code)
    return tuple(unfinished)


def credits_earned(
    programme: Programme, facts: ParticipantFacts, phase: Phase | int | None = None
) -> Credits:
    """Credit of passed modules, in the whole programme or in one phase."""
    modules = programme.modules if phase is None else programme.modules_in(phase)
    passed = [module for module in modules if _is_passed(programme, facts.of(module.code))]
    ratified = sum(module.credits for module in passed if facts.of(module.code).ratified)
    return Credits(ratified, sum(module.credits for module in passed) - ratified)


def phase_status(programme: Programme, phase: Phase | int, facts: ParticipantFacts) -> PhaseStatus:
    """Where one phase stands for this participant."""
    number = phase if isinstance(phase, int) else phase.number
    modules, opened = programme.modules_in(number), open_modules(programme, facts)
    earned = credits_earned(programme, facts, number)
    state = PhaseState.PLANNED
    if all(_is_passed(programme, facts.of(module.code)) for module in modules):
        is_ratified = all(facts.of(module.code).ratified for module in modules)
        state = PhaseState.RATIFIED if is_ratified else PhaseState.PASSED
    elif any(_state(module, facts, opened) is not ModuleState.PLANNED for module in modules):
        state = PhaseState.OPEN
    return PhaseStatus(number, state, earned, may_progress(programme, number, facts))


def may_progress(programme: Programme, phase: Phase | int, facts: ParticipantFacts) -> Decision:
    """Whether the participant may start this phase."""
    number = phase if isinstance(phase, int) else phase.number
    return _decide(programme, _reasons_against_phase(programme, number, facts))


def may_open(programme: Programme, module: Module | str, facts: ParticipantFacts) -> Decision:
    """Whether a module may be opened, also before its turn."""
    code = module if isinstance(module, str) else module.code
    found = programme.module(code)
    if _is_handed_in(facts.of(code)):
        return Decision(False, (f"{code} has already been submitted.",))
    opened = open_modules(programme, facts)
    return _decide(programme, _reasons_to_wait(programme, found, facts, opened))


def may_submit(programme: Programme, module: Module | str, facts: ParticipantFacts) -> Decision:
    """Whether a module's evidence may be submitted now, under any marking policy."""
    code = module if isinstance(module, str) else module.code
    found, own = programme.module(code), facts.of(code)
    if _is_handed_in(own):
        return Decision(False, (f"{code} has already been submitted.",))
    if code not in open_modules(programme, facts):
        return Decision(False, (f"{code} is not open to you yet.",))
    if not own.claimed_items:
        return Decision(False, (f"Add at least one item of evidence to {code} first.",))
    return _decide(programme, _reasons_to_add(programme, found, facts))


def _decide(programme: Programme, reasons: tuple[str, ...]) -> Decision:
    """Where the university only warns, the reasons are shown and nobody is stopped."""
    return Decision(not reasons or programme.mode is ProgressionMode.WARN, reasons)


def _is_handed_in(own: ModuleFacts) -> bool:
    return _handed_in_state(own) is not None and not own.reassessment


def _handed_in_state(own: ModuleFacts) -> ModuleState | None:
    reached = {
        ModuleState.RATIFIED: own.ratified,
        ModuleState.PROVISIONAL: own.released_mark is not None,
        ModuleState.UNDER_ASSESSMENT: own.marking,
        ModuleState.SUBMITTED: own.submitted_at is not None,
    }
    return next((state for state, there in reached.items() if there), None)


def _status(
    programme: Programme, module: Module, facts: ParticipantFacts, opened: tuple[str, ...]
) -> ModuleStatus:
    state = _state(module, facts, opened)
    if state in (ModuleState.PLANNED, ModuleState.OPEN):
        reasons = _reasons_to_wait(programme, module, facts, opened)
        return ModuleStatus(module.code, state, reasons=reasons)
    return ModuleStatus(module.code, state, _outcome(programme, facts.of(module.code)))


def _state(module: Module, facts: ParticipantFacts, opened: tuple[str, ...]) -> ModuleState:
    own = facts.of(module.code)
    if not own.reassessment and (state := _handed_in_state(own)):
        return state
    return ModuleState.OPEN if module.code in opened else ModuleState.PLANNED


def _outcome(programme: Programme, own: ModuleFacts) -> Outcome | None:
    if own.released_mark is None:
        return None
    return Outcome.PASS if programme.is_pass(own.released_mark) else Outcome.FAIL


def _is_passed(programme: Programme, own: ModuleFacts) -> bool:
    return not own.reassessment and _outcome(programme, own) is Outcome.PASS


def _reasons_to_wait(
    programme: Programme, module: Module, facts: ParticipantFacts, opened: tuple[str, ...]
) -> tuple[str, ...]:
    """Why it is not the module's turn, whether or not someone opened it all the same."""
    reasons = _reasons_against_phase(programme, module.phase, facts)
    codes = [other.code for other in programme.modules]
    before = [code for code in opened if codes.index(code) < codes.index(module.code)]
    if len(before) > programme.parallel_modules:
        either = " or ".join(before)
        reasons += (f"{module.code} follows when you have submitted {either}.",)
    return reasons


def _reasons_against_phase(
    programme: Programme, number: int, facts: ParticipantFacts
) -> tuple[str, ...]:
    entry = programme.phase(number).entry
    may_start = f"You may start phase {number} when"
    return (
        *(
            f"{may_start} this is recorded: {programme.record(record).label}."
            for record in facts.lacks(entry.records)
        ),
        *(
            f"{may_start} {code} has a provisional pass."
            for code in entry.passed
            if not _is_passed(programme, facts.of(code))
        ),
        *_reasons_from_credits(programme, number, facts),
        *_reasons_from_areas(programme, number, facts),
    )


def _reasons_from_credits(
    programme: Programme, number: int, facts: ParticipantFacts
) -> tuple[str, ...]:
    needed = programme.phase(number).entry.credits
    earned = {phase: credits_earned(programme, facts, phase).total for phase in needed}
    return tuple(
        f"You may start phase {number} when you have {credits} credits of phase {phase}; "
        f"you have {earned[phase]}."
        for phase, credits in needed.items()
        if earned[phase] < credits
    )


def _reasons_from_areas(
    programme: Programme, number: int, facts: ParticipantFacts
) -> tuple[str, ...]:
    needed = programme.phase(number).entry.areas_attested
    attested = len(areas_of(programme, (claim for claim in facts.claims if claim.attested)))
    if attested >= needed:
        return ()
    return (
        f"You may start phase {number} when {needed} of the {len(programme.areas)} content areas "
        f"have evidence attested by a coach; {attested} have it.",
    )


def _reasons_to_add(
    programme: Programme, module: Module, facts: ParticipantFacts
) -> tuple[str, ...]:
    """What is usual before a submission, for the participant to weigh or, in block mode, to do."""
    code, own = module.code, facts.of(module.code)
    reasons = [
        f"{code} asks that this is recorded: {programme.record(record).label}."
        for record in facts.lacks(module.requires)
    ]
    if programme.policies["coaching"]["attestation_required"] and not own.attested_items:
        reasons.append(f"Your coach has not attested any evidence for {code} yet.")
    touched = len(areas_of(programme, facts.claims_for(code)))
    if touched < module.min_areas:
        reasons.append(
            f"{code} asks for evidence from {module.min_areas} content areas; you have {touched}."
        )
    return tuple(reasons)


def areas_of(programme: Programme, claims: Iterable[ClaimFact]) -> frozenset[str]:
    """The content areas that some claims touch."""
    return frozenset(programme.strand(claim.strand).area_id for claim in claims)
