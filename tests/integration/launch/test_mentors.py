"""A platform that says whom a mentor mentors narrows what a coach sees, and never widens it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.integration.launch.test_accepted_launches import both
from tests.integration.launch.watching import (
    MEMBERSHIP,
    Tamper,
    assert_refused,
    watch,
    with_claims,
    without,
)
from tests.world import Person, World, text_of


def naming(*people: Person) -> Tamper:
    """A launch as a mentor of these people."""
    ids = [person.visitor.person.id for person in people]
    return with_claims(roles=[MEMBERSHIP + "Mentor"], role_scope_mentor=ids)


def seen_by(coach: Person, people: Sequence[Person]) -> list[str]:
    """Whom a coach sees: in their list, and on the page of each."""
    listed = text_of(coach.get("participants"))
    seen = [person.name for person in people if person.name in listed]
    opened = [
        person.name
        for person in people
        if coach.get(f"participants/{person.participant_id()}").status_code == 200
    ]
    assert seen == opened
    return seen


@pytest.fixture(params=["moodle", pytest.param("canvas", marks=pytest.mark.canvas)])
def school(world: World) -> tuple[World, Person, list[Person]]:
    """A coach with two participants of theirs, and a third who is not."""
    coach = world.coach()
    people = [world.participant(name) for name in ("Amira Khan", "Ben Ode", "Cara Lund")]
    for person in people[:2]:
        world.allocate(coach, to=person)
    return world, coach, people


School = tuple[World, Person, list[Person]]


def test_a_coach_sees_those_allocated_to_them_whom_the_vle_names(school: School) -> None:
    world, coach, people = school
    amira, _, cara = people
    coach.visitor.launch(world.placement("coach-evidence"), tamper=naming(amira, cara))
    assert seen_by(coach, people) == ["Amira Khan"]


def test_a_mentor_of_whom_the_vle_names_nobody_at_all_sees_their_allocations(
    school: School,
) -> None:
    world, coach, people = school
    mentor = both(without("role_scope_mentor"), with_claims(roles=[MEMBERSHIP + "Mentor"]))
    coach.visitor.launch(world.placement("coach-evidence"), tamper=mentor)
    assert seen_by(coach, people) == ["Amira Khan", "Ben Ode"]


def test_an_empty_list_of_the_vle_shows_nobody(school: School) -> None:
    world, coach, people = school
    coach.visitor.launch(world.placement("coach-evidence"), tamper=naming())
    assert seen_by(coach, people) == []


def test_a_list_without_the_role_of_mentor_means_nothing(school: School) -> None:
    world, coach, people = school
    learner = both(naming(people[0]), with_claims(roles=[MEMBERSHIP + "Learner"]))
    coach.visitor.launch(world.placement("coach-evidence"), tamper=learner)
    assert seen_by(coach, people) == ["Amira Khan", "Ben Ode"]


def test_the_list_counts_in_a_launch_without_a_course_too(school: School) -> None:
    world, coach, people = school
    nowhere = both(naming(people[1]), without("context"))
    coach.visitor.launch(world.placement("coach-evidence"), tamper=nowhere)
    assert seen_by(coach, people) == ["Ben Ode"]


def test_a_tutor_who_is_also_a_mentor_sees_the_course(world: World) -> None:
    amira, ben = world.participant(), world.participant("Ben Ode")
    tessa = world.tutor()
    roles = [MEMBERSHIP + "Mentor", MEMBERSHIP + "Instructor"]
    tampered = both(naming(amira), with_claims(roles=roles))
    tessa.visitor.launch(world.placement("progress"), tamper=tampered)
    assert seen_by(tessa, [amira, ben]) == ["Amira Khan", "Ben Ode"]


@pytest.mark.parametrize("said", ["not a list", [1], [["a"]], {"a": "b"}, ["x" * 256]])
def test_a_list_of_another_shape_is_refused(
    world: World, caplog: pytest.LogCaptureFixture, said: object
) -> None:
    coach = world.visitor("Colin Hughes", "coach")
    placement = world.placement("coach-evidence")
    tampered = with_claims(roles=[MEMBERSHIP + "Mentor"], role_scope_mentor=said)
    with watch(world, caplog) as seen:
        page = coach.launch(placement, tamper=tampered)
    verdict = seen.verdicts[0]
    assert verdict.startswith("mentor_scope")
    assert verdict.endswith("_invalid")
    assert_refused(seen, page, verdict, 400)
