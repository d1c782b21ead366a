"""A coach's training is held with its day; whoever lacks it is an exception."""

from __future__ import annotations

from datetime import timedelta

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.identity import Role
from lti_tool.people.training import untrained_coaches
from tests.integration.people.test_importing import user_id
from tests.pages import check_page
from tests.world import Person, World, text_of

FORM = 'form:has([name="standard"])'


def note(staff: Person, coach: Person, standard: str = "MTL coach", **days: int) -> str:
    """Note a training so many days from today; the words of the page that follows."""
    page = staff.get(f"coaches/{user_id(coach)}")
    check_page(page, 200)
    values = {"standard": standard}
    for name, ahead in days.items():
        when = today() + timedelta(days=ahead)
        for part in ("day", "month", "year"):
            values[f"{name}-{part}"] = str(getattr(when, part))
    answer = staff.submit(page, values, form=FORM)
    check_page(answer)
    return text_of(answer)


def untrained(staff: Person) -> set[str]:
    with staff.world.tool.app.app_context():
        viewer = staff.viewer(Role.TUTOR)
        return {each.name for each in db.session.scalars(untrained_coaches(viewer))}


def test_a_coach_is_untrained_until_a_training_is_noted(world: World) -> None:
    tutor, amira, coach = world.tutor(), world.participant(), world.coach()
    assert untrained(tutor) == set()
    world.allocate(coach, to=amira)
    assert untrained(tutor) == {"Colin Hughes"}
    page = tutor.get("coaches?untrained=1")
    check_page(page, 200)
    assert "Colin Hughes 1 Not trained" in text_of(page)
    lead = world.lead()
    assert "Coaches without a training that holds" in text_of(lead.get("cohort"))
    assert "Today: Trained" in note(tutor, coach, on=-400)
    assert untrained(tutor) == set()
    assert "Every coach is trained." in text_of(tutor.get("coaches?untrained=1"))
    assert "Colin Hughes 1 Trained" in text_of(tutor.get("coaches"))


def test_a_training_that_has_to_be_refreshed_holds_no_longer(world: World) -> None:
    tutor, amira, coach = world.tutor(), world.participant(), world.coach()
    world.allocate(coach, to=amira)
    assert "Today: Refresh is due" in note(tutor, coach, on=-400, refresh_due_on=0)
    assert untrained(tutor) == {"Colin Hughes"}
    assert "Today: Trained" in note(tutor, coach, "Refresher", on=-1, refresh_due_on=1)
    assert untrained(tutor) == set()


def test_telling_of_the_same_day_again_corrects_it(world: World) -> None:
    tutor, amira, coach = world.tutor(), world.participant(), world.coach()
    world.allocate(coach, to=amira)
    note(tutor, coach, "Wrong name", on=-10)
    told = note(tutor, coach, "Right name", on=-10)
    assert "Right name" in told
    assert "Wrong name" not in told


def test_what_cannot_be_is_refused_and_kept_in_the_form(world: World) -> None:
    tutor, amira, coach = world.tutor(), world.participant(), world.coach()
    world.allocate(coach, to=amira)
    assert "Give a day up to today" in note(tutor, coach, on=1)
    assert "The refresh is due after the training." in note(tutor, coach, on=-1, refresh_due_on=-1)
    assert "Say what the training was." in note(tutor, coach, "", on=-1)
    assert untrained(tutor) == {"Colin Hughes"}


def test_places_and_roster_tell_staff_of_a_coach_to_be_trained(world: World) -> None:
    tutor, amira, coach = world.tutor(), world.participant(), world.coach()
    world.allocate(coach, to=amira)
    places = f"participants/{amira.participant_id()}/places"
    for page in (tutor.get(places), tutor.get("roster")):
        check_page(page, 200)
        assert "Not trained" in text_of(page)
    assert "Not trained" not in text_of(amira.get(places))
    note(tutor, coach, on=-1)
    for path in (places, "roster"):
        assert "Not trained" not in text_of(tutor.get(path))


def test_coaches_and_participants_see_no_training_of_others(world: World) -> None:
    amira, coach = world.participant(), world.coach()
    world.allocate(coach, to=amira)
    for person in (amira, coach):
        assert person.get("coaches").status_code == 403
    stranger = world.coach("Dora Finch")
    assert world.tutor().get(f"coaches/{user_id(stranger)}").status_code == 404
