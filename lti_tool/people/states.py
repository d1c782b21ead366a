"""What a participant is to the programme, and which act leads from one state to the next."""

from __future__ import annotations

from enum import StrEnum

from lti_tool.errors import Refused


class State(StrEnum):
    """Where a participant stands with the programme as such, whatever their modules do."""

    ENROLLED = "enrolled"
    ACTIVE = "active"
    PAUSED = "paused"
    TRANSFERRING = "transferring"
    WITHDRAWN = "withdrawn"
    COMPLETED = "completed_awaiting_board"
    AWARDED = "awarded"

    @property
    def label(self) -> str:
        """The words shown to people; none of them judges."""
        return LABELS[self]


LABELS = {
    State.ENROLLED: "Enrolled, not started yet",
    State.ACTIVE: "On the programme",
    State.PAUSED: "Paused",
    State.TRANSFERRING: "Between schools",
    State.WITHDRAWN: "Left the programme",
    State.COMPLETED: "Complete, waiting for the board",
    State.AWARDED: "Awarded",
}
# Those who need a coach now: whoever rests or has finished does not.
COACHED = (State.ENROLLED, State.ACTIVE, State.TRANSFERRING)
LIVE = (*COACHED, State.PAUSED, State.COMPLETED)


class Act(StrEnum):
    """What people do to a participation."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    LEAVE_SCHOOL = "leave_school"
    ARRIVE = "arrive"
    WITHDRAW = "withdraw"
    REINSTATE = "reinstate"
    COMPLETE = "complete"
    REOPEN = "reopen"
    AWARD = "award"


AFTER: dict[Act, dict[State, State]] = {
    Act.START: {State.ENROLLED: State.ACTIVE},
    Act.PAUSE: {State.ACTIVE: State.PAUSED, State.TRANSFERRING: State.PAUSED},
    Act.RESUME: {State.PAUSED: State.ACTIVE},
    # A move does not start, wake or finish anybody: only its own waiting comes and goes.
    Act.LEAVE_SCHOOL: {
        State.ENROLLED: State.ENROLLED,
        State.ACTIVE: State.TRANSFERRING,
        State.PAUSED: State.PAUSED,
        State.COMPLETED: State.COMPLETED,
    },
    Act.ARRIVE: {
        **{state: state for state in LIVE},
        State.TRANSFERRING: State.ACTIVE,
    },
    Act.WITHDRAW: dict.fromkeys(LIVE, State.WITHDRAWN),
    Act.REINSTATE: {State.WITHDRAWN: State.ACTIVE},
    Act.COMPLETE: {State.ACTIVE: State.COMPLETED},
    Act.REOPEN: {State.COMPLETED: State.ACTIVE},
    Act.AWARD: {State.COMPLETED: State.AWARDED},
}


def may(act: Act, state: str) -> bool:
    """Whether the act makes sense in this state."""
    return State(state) in AFTER[act]


def after(act: Act, state: str) -> State:
    """The state that an act leads to; refused with a reason where it makes no sense."""
    found = AFTER[act].get(State(state))
    if found is None:
        words = State(state).label
        raise Refused(f"This cannot be done now: the participant's state is “{words}”.")
    return found
