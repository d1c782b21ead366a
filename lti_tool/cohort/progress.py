"""Where participants stand: the programme's rules put to work on what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from lti_tool.clock import now
from lti_tool.cohort import facts
from lti_tool.cohort.facts import Known
from lti_tool.evidence.facts import ModuleCounts
from lti_tool.grades.models import Grade
from lti_tool.grades.rules.adjusting import LateRule, why_too_late
from lti_tool.identity import Role, Viewer
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.programme.adoption import within
from lti_tool.programme.coverage import Cell, Coverage, coverage
from lti_tool.programme.definition import Level, Module, Programme
from lti_tool.programme.next_step import NextStep, Position, StepKind, all_steps, next_step
from lti_tool.programme.progression import (
    Credits,
    Decision,
    ModuleFacts,
    ModuleState,
    ModuleStatus,
    Outcome,
    credits_earned,
    may_submit,
)

WAITS = {
    StepKind.WAIT_FOR_COACH: "coach",
    StepKind.WAIT_FOR_TUTOR: "tutor",
    StepKind.WAIT_FOR_LEAD: "programme lead",
    StepKind.WAIT_FOR_BOARD: "board",
}


@dataclass(frozen=True)
class Waiting:
    """How much lies with whom."""

    participant: int
    coach: int
    tutor: int


class Standing:
    """One participant's way through the programme, worked out when it is asked for."""

    def __init__(self, found: Known) -> None:
        self.participant: Participant = found.participant
        self.programme: Programme = programme_of(found.participant)
        self.facts = within(self.programme, found.facts)
        self.counts: dict[str, ModuleCounts] = found.counts
        self.grades: dict[str, Grade] = found.grades
        self.drafts = found.drafts
        self.due = found.due

    @cached_property
    def position(self) -> Position:
        """What the programme's rules make of the facts."""
        return Position(self.programme, self.facts)

    @property
    def open(self) -> tuple[str, ...]:
        """The codes of the modules that can be worked on now."""
        return self.position.open

    @cached_property
    def statuses(self) -> dict[str, ModuleStatus]:
        """Each module's status by its code."""
        return {found.code: found for found in self.position.statuses}

    @cached_property
    def credits(self) -> Credits:
        """What has been earned so far."""
        return credits_earned(self.programme, self.facts)

    @cached_property
    def next(self) -> NextStep:
        """The one thing to do now, or to wait for."""
        return next_step(self.programme, self.facts)

    @cached_property
    def steps(self) -> list[NextStep]:
        """All that could be done or is waited for, the most pressing first."""
        return list(all_steps(self.position))

    @property
    def to_do(self) -> list[NextStep]:
        """What the participant can do, the next step first."""
        return [step for step in self.steps if step.kind in OWN_STEPS]

    @property
    def waits(self) -> list[tuple[str, NextStep]]:
        """What lies with somebody else, and with whom."""
        return [(WAITS[step.kind], step) for step in self.steps if step.kind in WAITS]

    @cached_property
    def waiting(self) -> Waiting:
        """How many items and modules lie with whom."""
        modules = self.facts.modules
        with_tutor = (ModuleState.SUBMITTED, ModuleState.UNDER_ASSESSMENT)
        return Waiting(
            participant=sum(own.returned_items for own in modules),
            coach=sum(own.requested_items for own in modules),
            tutor=sum(found.state in with_tutor for found in self.statuses.values()),
        )

    @property
    def current_module(self) -> Module | None:
        """The first module that can be worked on."""
        return self.programme.module(self.open[0]) if self.open else None

    def coverage(self, module_code: str | None = None, *, with_drafts: bool = False) -> Coverage:
        """The matrix, of everything or of one module. Drafts count for their author alone."""
        claims = [
            claim
            for claim in self.facts.claims
            if (module_code is None or claim.module_code == module_code)
            and (with_drafts or claim.submitted or claim.item_id not in self.drafts)
        ]
        opened = [code for code in self.open if module_code in (None, code)]
        return coverage(self.programme, claims, opened, self.facts.specialism, self.facts.targets)

    def shown_coverage(self, viewer: Viewer, module_code: str | None = None) -> Coverage:
        """The matrix as this viewer may see it: drafts are their author's, and to a coach nothing
        is ratified, as that would tell of a pass."""
        covered = self.coverage(module_code, with_drafts=viewer.role is Role.PARTICIPANT)
        return covered.without_board() if viewer.role is Role.COACH else covered

    @property
    def confirmed_attempts(self) -> frozenset[int]:
        """The attempts that the board has passed."""
        return facts.confirmed_attempts(self.programme, self.grades)

    def of(self, code: str) -> ModuleFacts:
        """What is known of one module."""
        return self.facts.of(code)

    def may_submit(self, code: str) -> Decision:
        """Whether the module can be handed in now, with what is still unusual about it."""
        decision = may_submit(self.programme, code, self.facts)
        due, late = self.due.get(code), LateRule.of(self.programme.policies["late"])
        too_late = why_too_late(late, due.on if due else None, now())
        if decision.allowed and too_late:
            return Decision(False, (too_late,))
        return decision


# A further attempt would tell a coach of a fail, and a claim lies between others.
TO_COACH = {
    ModuleState.REASSESSMENT_OPEN: ModuleState.OPEN,
    ModuleState.APL_PENDING: ModuleState.PLANNED,
    ModuleState.UNDER_ASSESSMENT: ModuleState.SUBMITTED,
    ModuleState.PROVISIONAL: ModuleState.SUBMITTED,
    ModuleState.RATIFIED: ModuleState.SUBMITTED,
}
OWN_STEPS = frozenset(StepKind) - WAITS.keys() - {StepKind.FINISHED, StepKind.MEET_CONDITION}


def standings(participants: Sequence[Participant]) -> list[Standing]:
    """Where these participants stand, in their order."""
    return [Standing(found) for found in facts.known(participants)]


def standing(participant: Participant) -> Standing:
    """Where one participant stands."""
    return standings([participant])[0]


def shown_state(viewer: Viewer, status: ModuleStatus) -> str:
    """The state of a module in a word for this viewer. A coach learns nothing of marks."""
    if viewer.role is Role.COACH:
        return TO_COACH.get(status.state, status.state).value
    if status.outcome is Outcome.FAIL:
        return Outcome.FAIL.value
    return status.state.value


def highest(cells: Sequence[Cell]) -> tuple[Level, int]:
    """The highest state among some cells, and how many different items are behind them."""
    items = {item for cell in cells for item in cell.items}
    return max((cell.state for cell in cells), key=lambda state: state.rank), len(items)
