"""What somebody is once a roster has listed them: a launch knows better, for a month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lti_tool.identity import Role
from lti_tool.people.models import Origin
from lti_tool.people.roster_changes import Known, role_after

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LEARNER, TUTOR, COACH, LEAD = Role.PARTICIPANT, Role.TUTOR, Role.COACH, Role.LEAD


def launched(role: Role, days: float) -> Known:
    return Known(role, Origin.LAUNCH, NOW - timedelta(days=days))


def rostered(role: Role) -> Known:
    return Known(role, Origin.ROSTER, None)


@pytest.mark.parametrize(
    ("listed", "known", "becomes", "source"),
    [
        pytest.param(LEARNER, None, LEARNER, "roster", id="a new person is what the roster says"),
        pytest.param(LEARNER, launched(TUTOR, 29.9), TUTOR, "launch", id="a launch stands"),
        pytest.param(LEARNER, launched(TUTOR, 30), LEARNER, "roster", id="a launch ages"),
        pytest.param(TUTOR, launched(LEARNER, 1), LEARNER, "launch", id="also downwards"),
        pytest.param(LEARNER, launched(COACH, 300), COACH, "launch", id="Moodle lists no coaches"),
        pytest.param(TUTOR, launched(COACH, 300), TUTOR, "roster", id="but it lists tutors"),
        pytest.param(COACH, rostered(LEARNER), COACH, "roster", id="the newer roster counts"),
        pytest.param(LEARNER, rostered(COACH), LEARNER, "roster", id="a roster does not stand"),
    ],
)
def test_the_word_of_a_launch_and_of_a_roster(
    listed: Role, known: Known | None, becomes: Role, source: str
) -> None:
    after = role_after(listed, known, coaches=False, is_lead=False, moment=NOW)
    assert after == (becomes, Origin(source))


def test_a_lead_stays_lead_where_the_roster_says_instructor() -> None:
    after = role_after(TUTOR, None, coaches=False, is_lead=True, moment=NOW)
    assert after == (LEAD, Origin.ROSTER)


def test_a_lead_who_is_listed_as_a_learner_is_no_lead_here() -> None:
    after = role_after(LEARNER, None, coaches=False, is_lead=True, moment=NOW)
    assert after == (LEARNER, Origin.ROSTER)


@pytest.mark.parametrize(("listed", "becomes"), [(LEARNER, COACH), (TUTOR, TUTOR)])
def test_whoever_coaches_somebody_is_a_coach_unless_they_teach(listed: Role, becomes: Role) -> None:
    after = role_after(listed, None, coaches=True, is_lead=False, moment=NOW)
    assert after == (becomes, Origin.ROSTER)
