"""Whatever people tell of a participant, in whatever order: it is done, or refused in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_tool.clock import now
from tests.integration.histories.lives import ACTS, Life, Place
from tests.world import World

# An act, who or where, its date from that day on, and how long after the act before it happens.
steps = st.tuples(
    st.sampled_from(sorted(ACTS)), st.integers(0, 3), st.integers(-60, 60), st.integers(0, 90)
)


@pytest.fixture
def place(world: World) -> Place:
    return Place(world)


@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(told=st.lists(steps, min_size=4, max_size=14))
def test_any_history_keeps_what_must_hold(
    place: Place, told: list[tuple[str, int, int, int]]
) -> None:
    life, day = Life(place), now()
    for act, choice, dated, later in told:
        day += timedelta(days=later)
        with time_machine.travel(day, tick=True):
            life.does(act, choice, dated)
            life.check()


def test_whoever_leaves_before_a_move_to_another_university_is_assessed_by_none(
    place: Place,
) -> None:
    life = Life(place)
    for act, choice, days in (("university", 0, 0), ("university", 1, 30), ("withdraw", 1, 0)):
        assert life.does(act, choice, days), life.refused
        life.check()
