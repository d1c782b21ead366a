"""What the database works out about everybody, against the rules for one."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import Select, select

from lti_tool.cohort.levels import levels
from lti_tool.cohort.module_conditions import reached
from lti_tool.cohort.progress import Standing, standings
from lti_tool.cohort.reach import work_out
from lti_tool.db import db
from lti_tool.identity import Role
from lti_tool.people.models import Participant
from lti_tool.people.programmes import newest_version, parsed
from lti_tool.programme.definition import Programme
from lti_tool.programme.progression import PhaseState, phase_status
from tests.integration.cohort.random_people import RandomPeople
from tests.world import World


def one_by_one(found: Standing) -> dict[tuple[int, str, int], int]:
    """The highest rank of each area and phase, by the rule."""
    strands = {strand.id: strand.area_id for strand in found.programme.strands}
    ranks: dict[tuple[int, str, int], int] = {}
    for cell in found.coverage().cells:
        key = (found.participant.id, strands[cell.strand], cell.phase)
        ranks[key] = max(ranks.get(key, 0), cell.state.rank)
    return {key: rank for key, rank in ranks.items() if rank}


def furthest(found: Standing) -> int:
    """The furthest phase that is not planned only, by the rule."""
    states = {
        phase.number: phase_status(found.programme, phase, found.facts).state
        for phase in found.programme.phases
    }
    return max(
        (each for each, state in states.items() if state is not PhaseState.PLANNED), default=0
    )


def everybody(
    programmes: dict[int, Programme], ids: Select[int]
) -> tuple[dict[tuple[int, str, int], int], dict[int, int]]:
    """The ranks and the furthest phases, by the database."""
    rows = db.session.execute(select(levels(programmes, ids))).all()
    phases = dict(db.session.execute(reached(programmes, ids)).all())
    return {(who, area, phase): rank for who, area, phase, rank in rows}, phases


@pytest.mark.each_store
@pytest.mark.parametrize("seed", range(3))
def test_the_database_says_of_everybody_what_the_rules_say_of_each(world: World, seed: int) -> None:
    someone = world.coach()
    with world.tool.app.app_context():
        coach = someone.viewer(Role.COACH)
        version = newest_version(coach.provider_id)
        assert coach.course_id is not None
        makes = RandomPeople(
            Random(seed), coach.provider_id, version.id, coach.course_id, coach.user_id,
            parsed(version.definition),
        )  # fmt: skip
        people = [makes.person() for _ in range(25)]
        ids = select(Participant.id).where(Participant.id.in_([each.id for each in people]))
        programmes = {version.id: makes.programme}
        # Worked out for the question, then kept of half of them, then of all.
        answers = [everybody(programmes, ids)]
        for some in (people[::2], people[1::2]):
            work_out([each.id for each in some])
            answers.append(everybody(programmes, ids))
        known = standings(people)
        expected = {key: rank for each in known for key, rank in one_by_one(each).items()}
        expected_phases = {each.participant.id: furthest(each) for each in known}
        db.session.rollback()
    for ranks, phases in answers:
        assert ranks == expected
        assert phases == {who: phase for who, phase in expected_phases.items() if phase}
