"""Moodle's gradebook opens one person's work; the tutor lands on the right page."""

from tests.integration.grades.factories import hand_in
from tests.pages import check_page
from tests.world import World


def test_a_review_opens_the_work_that_was_handed_in(world: World) -> None:
    amira = world.participant(opens="MTL1")
    attempt_id = hand_in(amira, "MTL1")
    tutor = world.visitor("Tessa Grant", "tutor")
    page = tutor.review(world.placement("MTL1"), amira.visitor.person)
    assert page.url.endswith(f"/courses/{amira.course_id}/marking/{attempt_id}")
    assert "Amira Khan" in check_page(page).main.get_text()


def test_a_review_before_anything_is_handed_in_opens_the_person(world: World) -> None:
    amira = world.participant(opens="MTL1")
    tutor = world.visitor("Tessa Grant", "tutor")
    page = tutor.review(world.placement("MTL1"), amira.visitor.person)
    assert page.url.endswith(f"/courses/{amira.course_id}/participants/{amira.participant_id()}")
    assert check_page(page).h1.get_text(strip=True) == "Amira Khan"


def test_a_review_of_somebody_elses_participant_finds_nobody(world: World) -> None:
    world.participant(opens="MTL1")
    tutor = world.tutor()
    assert tutor.get("marking?participant=999999&module=MTL1").status_code == 404
