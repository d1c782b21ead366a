"""What waits in a plan is told where a person begins: at home, and on the list of one's people."""

from __future__ import annotations

from tests.integration.learning import planning
from tests.pages import check_page
from tests.world import Person, World


def tasks(person: Person, page: str) -> list[str]:
    found = check_page(person.get(page)).select(".govuk-task-list a")
    return [each.get_text(strip=True) for each in found]


def plan_tasks(person: Person, page: str = "progress") -> list[str]:
    words = ("A diagnosis", "of the plan", "to confirm")
    return [each for each in tasks(person, page) if any(word in each for word in words)]


def test_a_diagnosis_that_the_coach_proposed_is_a_task_until_it_is_agreed(world: World) -> None:
    amira, carol = planning.coached(world)
    assert plan_tasks(amira) == []
    planning.diagnose(carol, amira)
    assert plan_tasks(amira) == ["A diagnosis has been proposed: read it, and agree or change it."]
    planning.agree(amira, amira)
    assert plan_tasks(amira) == []


def test_a_coach_finds_the_diagnosis_to_agree_with_the_teachers_name(world: World) -> None:
    amira, carol = planning.coached(world)
    assert "Nobody has asked you" in carol.get("participants").text
    planning.diagnose(amira, amira)
    page = check_page(carol.get("participants"))
    [item] = page.select(".govuk-task-list__item--with-link")
    assert "A diagnosis has been proposed" in item.get_text()
    assert "Amira" in item.get_text()
    assert "Nobody has asked you" not in page.get_text()
    planning.agree(carol, amira)
    assert plan_tasks(carol, "participants") == []


def test_a_target_and_a_talk_wait_for_the_participant(world: World) -> None:
    amira, carol = planning.agreed(world)
    planning.set_target(carol, amira)
    planning.note_talk(carol, amira)
    assert plan_tasks(amira) == [
        "1 target of the plan waits for you to agree.",
        "1 talk waits for you to confirm what was said.",
    ]
    assert plan_tasks(carol, "participants") == []


def test_a_tutor_sees_on_the_list_whose_target_waits(world: World) -> None:
    amira, _ = planning.agreed(world)
    tutor, lead = world.tutor(), world.lead()
    assert "1 target to agree" not in tutor.get("participants").text
    planning.set_target(amira, amira)
    hints = check_page(tutor.get("participants")).select(".app-hint a")
    [found] = [each for each in hints if "1 target to agree" in each.get_text()]
    assert str(found["href"]).endswith(planning.path(amira))
    assert "1 target to agree" not in lead.get("participants").text


def test_rare_pages_wait_behind_more_and_the_page_at_hand_stands_in_the_row(world: World) -> None:
    amira = world.participant("Amira Khan")
    own = planning.path(amira, "history")
    page = check_page(amira.get("progress"))
    behind = [each.get_text(strip=True) for each in page.select(".app-tabs__more a")]
    assert "History" in behind
    assert "Plan" not in behind
    here = check_page(amira.get(own))
    assert [each.get_text(strip=True) for each in here.select(".app-tabs [aria-current]")] == [
        "History"
    ]
    assert "History" not in [each.get_text(strip=True) for each in here.select(".app-tabs__more a")]
