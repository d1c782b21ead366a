"""What the programme lead may do with a participant's module, and why not."""

from __future__ import annotations

from enum import StrEnum

from lti_tool.programme.definition import Programme
from lti_tool.programme.progression import (
    AHEAD,
    PRIOR,
    WORKABLE,
    Decision,
    ModuleState,
    Outcome,
    ParticipantFacts,
    may_open,
    module_status,
)


class Deed(StrEnum):
    """What is done with one participant's module, by the word on its button."""

    ENROL = "enrol"
    OPEN = "open"
    CLOSE = "close"
    DEFER = "defer"
    SET_DUE = "set_due"
    REASSESS = "reassess"


YES = Decision(True)


def may(programme: Programme, deed: Deed, code: str, facts: ParticipantFacts) -> Decision:
    """Whether the deed can be done now. Reasons beside a yes are warnings."""
    status = module_status(programme, code, facts)
    if status.state in PRIOR:
        return Decision(False, (_prior(code, status.state),))
    if deed is Deed.REASSESS:
        return _may_reassess(programme, code, facts)
    if status.state not in AHEAD | WORKABLE:
        return Decision(False, (f"{code} has already been submitted.",))
    if deed is Deed.OPEN:
        if status.state in WORKABLE:
            return Decision(False, (f"{code} is open already.",))
        return may_open(programme, code, facts)
    if deed is Deed.CLOSE and status.state not in WORKABLE:
        return Decision(False, (f"{code} is not open, so there is nothing to close.",))
    if deed is Deed.DEFER and status.state is ModuleState.DEFERRED:
        return Decision(False, (f"{code} is deferred already.",))
    return Decision(True, status.reasons) if deed is Deed.ENROL else YES


def attempts_left(programme: Programme, code: str, facts: ParticipantFacts) -> int:
    """How many further attempts the programme gives after those made and the one now open.

    An attempt that was deferred after it was handed in is a first sit still to come, and counts
    for nothing here.
    """
    own = facts.of(code)
    most: int = programme.policies["reassessment"]["max_attempts"]
    return max(0, most - (own.attempts - own.set_aside) - own.reassessment)


def _may_reassess(programme: Programme, code: str, facts: ParticipantFacts) -> Decision:
    status = module_status(programme, code, facts)
    if facts.of(code).reassessment:
        return Decision(False, (f"A further attempt of {code} is open already.",))
    if status.outcome is not Outcome.FAIL:
        return Decision(False, (f"A further attempt follows a fail, and {code} has none.",))
    if not attempts_left(programme, code, facts):
        most = programme.policies["reassessment"]["max_attempts"]
        word = "attempt is" if most == 1 else "attempts are"
        return Decision(False, (f"{most} {word} allowed, and none of {code} is left.",))
    return YES


def _prior(code: str, state: ModuleState) -> str:
    if state is ModuleState.RECOGNISED:
        return f"Earlier study has been recognised for {code}."
    return f"{code} is claimed from earlier study; decide that claim first."
