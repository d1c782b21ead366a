"""How far an application has come, and which act leads from one state to the next."""

from __future__ import annotations

from enum import StrEnum

from lti_tool.errors import Refused


class Stage(StrEnum):
    """Where an application stands."""

    INTERESTED = "interested"
    CHECKED = "checked"
    PASSED_ON = "passed_to_provider"
    OFFERED = "offered"
    ENROLLED = "enrolled"
    DECLINED = "declined"
    LAPSED = "lapsed"

    @property
    def label(self) -> str:
        """The words shown to people."""
        return LABELS[self]


LABELS = {
    Stage.INTERESTED: "Interested",
    Stage.CHECKED: "Checked",
    Stage.PASSED_ON: "With the provider",
    Stage.OFFERED: "Offered a place",
    Stage.ENROLLED: "Enrolled",
    Stage.DECLINED: "Declined",
    Stage.LAPSED: "Lapsed",
}
# The way of an application, in order; it can end at every step but the last.
WAY = (Stage.INTERESTED, Stage.CHECKED, Stage.PASSED_ON, Stage.OFFERED, Stage.ENROLLED)
LIVE = WAY[:-1]
ENDED = (Stage.DECLINED, Stage.LAPSED)


class Act(StrEnum):
    """What a lead does to an application."""

    CHANGE = "change"
    CHECK = "check"
    PASS_ON = "pass_on"
    OFFER = "offer"
    ENROL = "enrol"
    TAKE_BACK = "take_back"
    DECLINE = "decline"
    LAPSE = "lapse"
    REOPEN = "reopen"


AFTER: dict[Act, dict[Stage, Stage]] = {
    # New facts have not been checked; what was decided on the old ones stays on record.
    Act.CHANGE: {Stage.INTERESTED: Stage.INTERESTED, Stage.CHECKED: Stage.INTERESTED},
    Act.CHECK: {Stage.INTERESTED: Stage.CHECKED, Stage.CHECKED: Stage.CHECKED},
    Act.PASS_ON: {Stage.CHECKED: Stage.PASSED_ON},
    Act.OFFER: {Stage.PASSED_ON: Stage.OFFERED},
    Act.ENROL: {Stage.OFFERED: Stage.ENROLLED},
    Act.TAKE_BACK: {Stage.ENROLLED: Stage.OFFERED},
    Act.DECLINE: dict.fromkeys(LIVE, Stage.DECLINED),
    Act.LAPSE: dict.fromkeys(LIVE, Stage.LAPSED),
    Act.REOPEN: dict.fromkeys(ENDED, Stage.INTERESTED),
}
# Why an application ends, by the state that it ends in.
REASONS = {
    Stage.DECLINED: {
        "teacher_declined": "The teacher does not want to join",
        "not_eligible": "The teacher is not eligible",
        "no_place": "There is no place",
    },
    Stage.LAPSED: {
        "no_answer": "The teacher did not answer",
        "out_of_time": "The time to enrol has passed",
        "moved_away": "The teacher has left the school or the region",
    },
}
ENDS = {code: (stage, words) for stage, each in REASONS.items() for code, words in each.items()}


def may(act: Act, state: str) -> bool:
    """Whether the act makes sense in this state."""
    return Stage(state) in AFTER[act]


def after(act: Act, state: str) -> Stage:
    """The state that an act leads to; refused with a reason where it makes no sense."""
    found = AFTER[act].get(Stage(state))
    if found is None:
        words = Stage(state).label
        raise Refused(f"This cannot be done now: the application's state is “{words}”.")
    return found
