"""Where a participant stands, what they may do, and why not: decided from plain facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from lti_tool.programme.coverage import ClaimFact
from lti_tool.programme.definition import Module, Phase, Programme, ProgressionMode


class ModuleState(StrEnum):
    """The life of a module for one participant, in the order in which it goes.

    Three lie beside the way: a module put off, one claimed from earlier study, and one recognised.
    """

    PLANNED = "planned"
    DEFERRED = "deferred"
    OPEN = "open"
    REASSESSMENT_OPEN = "reassessment_open"
    SUBMITTED = "submitted"
    UNDER_ASSESSMENT = "under_assessment"
    PROVISIONAL = "provisional"
    RATIFIED = "ratified"
    APL_PENDING = "apl_pending"
    RECOGNISED = "recognised"


# A participant can add evidence to a module in one of these, and hand it in.
WORKABLE = frozenset({ModuleState.OPEN, ModuleState.REASSESSMENT_OPEN})
AHEAD = frozenset({ModuleState.PLANNED, ModuleState.DEFERRED})
PRIOR = frozenset({ModuleState.APL_PENDING, ModuleState.RECOGNISED})


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
    as attested. `opened` means that someone opened the module before its turn, `closed` and
    `deferred` that someone holds it back; `reassessment`, that a further attempt is open after the
    `attempts` so far, of which `set_aside` were deferred afterwards. `apl_pending` and `recognised`
    speak of earlier study in its place, `compensated` of credit that a board gave for a near miss.
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
    attempts: int = 0
    set_aside: int = 0
    closed: bool = False
    deferred: bool = False
    apl_pending: bool = False
    recognised: bool = False
    compensated: bool = False

    @property
    def claimed_items(self) -> int:
        return self.draft_items + self.requested_items + self.returned_items + self.attested_items


@dataclass(frozen=True, slots=True)
class ParticipantFacts:
    """All that the rules ask about one participant.

    `records` holds what has been agreed or recorded. None says that records are not kept, and then
    no rule asks for one. `specialism` are the strands that a tutor agreed to, `targets` those that
    an open target of the learning plan is for.
    """

    modules: tuple[ModuleFacts, ...] = ()
    claims: tuple[ClaimFact, ...] = ()
    records: frozenset[str] | None = None
    specialism: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()

    def of(self, code: str) -> ModuleFacts:
        return next((facts for facts in self.modules if facts.code == code), ModuleFacts(code))

    def with_module(self, changed: ModuleFacts) -> ParticipantFacts:
        others = tuple(facts for facts in self.modules if facts.code != changed.code)
        return replace(self, modules=(*others, changed))

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
    """Credit of passed modules, by whether the board has confirmed it, and of earlier study."""

    ratified: int = 0
    provisional: int = 0
    recognised: int = 0

    @property
    def total(self) -> int:
        return self.ratified + self.provisional + self.recognised


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
        if _is_handed_in(own) or _held_back(programme, module.code, facts):
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
    """Credit of passed modules and of earlier study, in the whole programme or in one phase.

    A module counts once: an own submission of it takes the place of what was recognised.
    """
    modules = programme.modules if phase is None else programme.modules_in(phase)
    passed = [module for module in modules if _is_passed(programme, facts.of(module.code))]
    ratified = sum(module.credits for module in passed if facts.of(module.code).ratified)
    earlier = recognised_modules(programme, facts)
    return Credits(
        ratified,
        sum(module.credits for module in passed) - ratified,
        sum(module.credits for module in modules if module.code in earlier),
    )


def recognised_modules(programme: Programme, facts: ParticipantFacts) -> frozenset[str]:
    """The modules for which earlier study counts: whole ones, within the limit of credits.

    What is recognised beyond the limit, or for a module that allows none, never counts.
    """
    found = [
        module
        for module in programme.modules
        if facts.of(module.code).recognised
        and module.apl_allowed
        and _handed_in_state(facts.of(module.code)) is None
    ]
    left = programme.policies["apl"]["max_credits"] if found else 0
    counted: list[str] = []
    for module in found:
        if module.credits <= left:
            left -= module.credits
            counted.append(module.code)
    return frozenset(counted)


def phase_status(programme: Programme, phase: Phase | int, facts: ParticipantFacts) -> PhaseStatus:
    """Where one phase stands for this participant."""
    number = phase if isinstance(phase, int) else phase.number
    modules, opened = programme.modules_in(number), open_modules(programme, facts)
    earned = credits_earned(programme, facts, number)
    state = PhaseState.PLANNED
    if all(_is_done(programme, module.code, facts) for module in modules):
        earlier = recognised_modules(programme, facts)
        is_ratified = all(
            module.code in earlier or facts.of(module.code).ratified for module in modules
        )
        state = PhaseState.RATIFIED if is_ratified else PhaseState.PASSED
    elif any(_state(programme, module, facts, opened) not in AHEAD for module in modules):
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
    if _state(programme, found, facts, ()) in PRIOR:
        return Decision(False, _held_back(programme, code, facts))
    facts = facts.with_module(replace(facts.of(code), closed=False, deferred=False))
    opened = open_modules(programme, facts)
    return _decide(programme, _reasons_to_wait(programme, found, facts, opened))


def may_submit(programme: Programme, module: Module | str, facts: ParticipantFacts) -> Decision:
    """Whether a module's evidence may be submitted now, under any marking policy."""
    code = module if isinstance(module, str) else module.code
    found, own = programme.module(code), facts.of(code)
    if _is_handed_in(own):
        return Decision(False, (f"{code} has already been submitted.",))
    if code not in open_modules(programme, facts):
        held_back = _held_back(programme, code, facts)
        return Decision(False, held_back or (f"{code} is not open to you yet.",))
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
    state = _state(programme, module, facts, opened)
    if state is ModuleState.REASSESSMENT_OPEN:
        return ModuleStatus(module.code, state)
    if state in AHEAD or state in (ModuleState.OPEN, ModuleState.APL_PENDING):
        reasons = _reasons_to_wait(programme, module, facts, opened)
        return ModuleStatus(module.code, state, reasons=reasons)
    return ModuleStatus(module.code, state, _outcome(programme, facts.of(module.code)))


def _state(
    programme: Programme, module: Module, facts: ParticipantFacts, opened: tuple[str, ...]
) -> ModuleState:
    own = facts.of(module.code)
    if not own.reassessment and (state := _handed_in_state(own)):
        return state
    if own.recognised and module.code in recognised_modules(programme, facts):
        return ModuleState.RECOGNISED
    beside = {
        ModuleState.APL_PENDING: own.apl_pending,
        ModuleState.DEFERRED: own.deferred,
        ModuleState.PLANNED: module.code not in opened,
        ModuleState.REASSESSMENT_OPEN: own.reassessment,
    }
    return next((state for state, there in beside.items() if there), ModuleState.OPEN)


def _held_back(programme: Programme, code: str, facts: ParticipantFacts) -> tuple[str, ...]:
    """Why nobody works on a module, whether or not it would be its turn."""
    own = facts.of(code)
    if own.recognised and code in recognised_modules(programme, facts):
        return (f"Earlier study has been recognised for {code}.",)
    if own.apl_pending:
        return (
            f"{code} is claimed from earlier study: it opens if the claim is refused or withdrawn.",
        )
    if own.deferred:
        return (f"{code} is deferred: the programme lead opens it again.",)
    if own.closed:
        return (f"{code} is closed: the programme lead opens it again.",)
    return ()


def _outcome(programme: Programme, own: ModuleFacts) -> Outcome | None:
    if own.released_mark is None:
        return None
    is_passed = programme.is_pass(own.released_mark) or own.compensated
    return Outcome.PASS if is_passed else Outcome.FAIL


def _is_passed(programme: Programme, own: ModuleFacts) -> bool:
    return not own.reassessment and _outcome(programme, own) is Outcome.PASS


def _is_done(programme: Programme, code: str, facts: ParticipantFacts) -> bool:
    """Passed, or recognised from earlier study."""
    own = facts.of(code)
    earlier = own.recognised and code in recognised_modules(programme, facts)
    return earlier or _is_passed(programme, own)


def _reasons_to_wait(
    programme: Programme, module: Module, facts: ParticipantFacts, opened: tuple[str, ...]
) -> tuple[str, ...]:
    """Why it is not the module's turn, whether or not someone opened it all the same."""
    reasons = _held_back(programme, module.code, facts)
    reasons += _reasons_against_phase(programme, module.phase, facts)
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
            if not _is_done(programme, code, facts)
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
    attested = areas_of(programme, (claim for claim in facts.claims if claim.attested))
    if len(attested) >= needed:
        return ()
    without = "; ".join(area.short for area in programme.areas if area.id not in attested)
    return (
        f"You may start phase {number} when {needed} of the {len(programme.areas)} content areas "
        f"have evidence attested by a coach; {len(attested)} "
        f"{'has' if len(attested) == 1 else 'have'} it (missing: nothing attested in {without}).",
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
