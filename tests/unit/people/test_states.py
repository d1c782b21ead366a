"""Which act leads where; all others are refused with the state in words."""

from __future__ import annotations

import pytest

from lti_tool.errors import Refused
from lti_tool.people.states import AFTER, LIVE, Act, State, after, may

LED_TO = [
    ("enrolled", "start", "active"),
    ("active", "pause", "paused"),
    ("paused", "resume", "active"),
    ("active", "leave_school", "transferring"),
    ("transferring", "arrive", "active"),
    ("transferring", "pause", "paused"),
    ("enrolled", "arrive", "enrolled"),
    ("paused", "arrive", "paused"),
    ("paused", "leave_school", "paused"),
    ("active", "withdraw", "withdrawn"),
    ("paused", "withdraw", "withdrawn"),
    ("withdrawn", "reinstate", "active"),
    ("active", "complete", "completed_awaiting_board"),
    ("completed_awaiting_board", "reopen", "active"),
    ("completed_awaiting_board", "award", "awarded"),
]
REFUSED = [
    ("paused", "pause"),
    ("active", "resume"),
    ("active", "start"),
    ("withdrawn", "withdraw"),
    ("withdrawn", "arrive"),
    ("withdrawn", "resume"),
    ("awarded", "withdraw"),
    ("awarded", "pause"),
    ("active", "award"),
    ("active", "reinstate"),
]


@pytest.mark.parametrize(("state", "act", "then"), LED_TO)
def test_an_act_leads_to_the_next_state(state: str, act: str, then: str) -> None:
    assert after(Act(act), state) == then


@pytest.mark.parametrize(("state", "act"), REFUSED)
def test_an_act_that_makes_no_sense_is_refused_in_words(state: str, act: str) -> None:
    assert not may(Act(act), state)
    with pytest.raises(Refused, match=State(state).label):
        after(Act(act), state)


@pytest.mark.parametrize("state", LIVE)
def test_whoever_is_on_the_programme_may_leave_it(state: State) -> None:
    assert after(Act.WITHDRAW, state) is State.WITHDRAWN


def test_every_state_but_the_first_can_be_reached_and_no_award_is_undone() -> None:
    reached = {then for steps in AFTER.values() for then in steps.values()}
    assert reached == set(State)
    assert all(State.AWARDED not in steps for steps in AFTER.values())
