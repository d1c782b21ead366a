"""The crowd has everything that the pages of a lead show."""

import dataclasses
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import text

from benchmarks.pages import Filled, fill_one
from lti_tool.cli.demo.crowd.filling import COACH_LOADS, begins_coach
from lti_tool.cli.demo.crowd.loading import Loader
from lti_tool.cohort.figures import figures
from lti_tool.cohort.filters import Filters
from lti_tool.cohort.needed import needed
from lti_tool.cohort.search import exceptions
from lti_tool.db import db
from lti_tool.identity import Viewer
from lti_tool.people.application_states import Stage
from lti_tool.people.models import School
from lti_tool.people.states import State
from lti_tool.programme.attention import Reason
from lti_tool.programme.schools import REGIONS


@pytest.mark.bench
def test_a_hundred_lives_show_every_exception_and_every_state(tmp_path: Path) -> None:
    filled = fill_one(tmp_path, None, 100, 100)

    with filled.app.test_request_context():
        lead = _lead(filled)
        found = exceptions(lead, needed(lead, Filters(), 1).counts)
        plots = {each.id: each for each in figures(lead)}
        states = _kinds("SELECT DISTINCT state FROM participant")
        ways = _kinds("SELECT DISTINCT state FROM application")
        answers = _kinds("SELECT DISTINCT answer FROM eligibility_decision")
        regions = _kinds("SELECT DISTINCT region FROM school")
    # Accounts of talks wait for those who were there, and leads were not.
    assert [each for each, count in found.reasons.items() if not count] == [Reason.TO_CONFIRM]
    assert all(dataclasses.astuple(found)[1:])
    assert states == set(State)
    assert ways == set(Stage)
    assert answers == {"eligible", "not_eligible", "undecided"}
    assert len(regions & REGIONS.keys()) > len(REGIONS) // 2
    for name in ("coach-load", "dialogue", "duties", "funnel"):
        assert [bar.label for bar in plots[name].bars if not bar.count] == []


def test_coaches_have_one_to_six_teachers_again_and_again() -> None:
    coach, teachers = 0, Counter[int]()
    for position in range(2 * sum(COACH_LOADS)):
        coach += begins_coach(position)
        teachers[coach] += 1

    assert list(teachers.values()) == [*COACH_LOADS, *COACH_LOADS]
    assert sorted(COACH_LOADS) == [1, 2, 3, 4, 5, 6]


def test_rows_that_leave_a_column_out_are_not_loaded(tmp_path: Path) -> None:
    app = fill_one(tmp_path, None, 1, 1).app
    with app.app_context():
        load = Loader(db.engine)
        school = {"provider_id": 1, "urn": "200000", "name": "Hill School"}
        load.add(School, **school)
        load.add(School, **school | {"urn": "200001", "region": "london"})

        with pytest.raises(ValueError, match="Rows of school do not all give the same columns"):
            load.flush()


def _lead(filled: Filled) -> Viewer:
    lead = filled.crowd.lead
    return Viewer(lead.user_id, lead.role, filled.crowd.provider_id, lead.course_id)


def _kinds(query: str) -> set[str]:
    return set(db.session.scalars(text(query)))
