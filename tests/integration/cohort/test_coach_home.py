"""A coach's first page, several attestations in one go, and the coach's own record."""

import re
from datetime import timedelta

import pytest
import time_machine
from requests import Response

from lti_tool.clock import now
from tests.integration.cohort.story import add_evidence, attest
from tests.integration.grades.factories import hand_in, release_mark
from tests.integration.learning import planning
from tests.pages import check_page
from tests.world import Person, World, soup, text_of

SQLITE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
MARK = 67


def requests_on(page: Response) -> list[str]:
    found = soup(page).select("[data-days] a.govuk-task-list__link")
    return [each.get_text(strip=True) for each in found]


@SQLITE
def test_the_home_of_a_coach_tells_what_waits_by_age_and_how_each_is_getting_on(
    world: World,
) -> None:
    amira, ben, coach = world.participant(), world.participant("Ben Osei"), world.coach()
    for person in (amira, ben):
        world.allocate(coach, to=person)
    add_evidence(ben, "The older request", ask=True)
    add_evidence(amira, "The newer request", ask=True)
    page = check_page(coach.get("participants"), 200)
    assert requests_on(coach.page) == ["The older request", "The newer request"]
    assert "asked today" in text_of(coach.page)
    [card] = page.select(f"section[data-participant='{amira.participant_id()}']")
    assert "No talk has been confirmed yet." in card.get_text()
    assert "8 of 8 duties not served yet" in card.get_text()
    assert "Modules worth 0 credits are handed in, out of 180" in card.get_text()
    planning.note_talk(coach, amira)
    planning.confirm(amira, amira)
    text = text_of(coach.get("participants"))
    assert "Last talk:" in text
    assert "7 of 8 duties not served yet" in text


def test_several_requests_are_read_one_by_one_and_signed_at_once(world: World) -> None:
    amira, coach = world.participant(), world.coach()
    world.allocate(coach, to=amira)
    for title in ("First lesson", "Second lesson", "Third lesson"):
        add_evidence(amira, title, ask=True)
    page = coach.visitor.follow(coach.get("participants"), "Answer several in one go")
    check_page(page, 200)
    boxes = [str(box["value"]) for box in soup(page).select("input[name=item]")]
    assert len(boxes) == 3
    at = coach.submit(page, {"item": boxes[:2]}, form="main form")
    for number in (1, 2):
        check_page(at, 200)
        assert f"{number} of 2" in text_of(at)
        words = {"statement": f"I saw lesson {number}."}
        at = coach.submit(at, words, button=("action", "save"), form="main form")
    assert "I saw lesson 1." in text_of(at)
    assert "Sign all 2" in text_of(at)
    done = coach.submit(at, form="main form")
    assert "You have attested 2 pieces of evidence." in text_of(done)
    assert requests_on(coach.get("participants")) == ["Third lesson"]
    for title, words in (("First lesson", "I saw lesson 1."), ("Second lesson", "I saw lesson 2.")):
        shown = text_of(amira.visitor.follow(amira.get("evidence"), title))
        assert words in shown
        assert "attested version 1" in shown


@SQLITE
def test_what_was_not_opened_or_has_changed_since_is_not_signed(world: World) -> None:
    amira, coach = world.participant(), world.coach()
    world.allocate(coach, to=amira)
    items = [_id(add_evidence(amira, title, ask=True)) for title in ("Read", "Not opened")]
    _read(coach, items, items[0], "I was there.")
    both = coach.get(f"sign/all?item={items[0]}&item={items[1]}")
    assert "Not read yet, or changed since" in text_of(both)
    answer = coach.submit(both, {"items": [str(one) for one in items]}, form="main form")
    assert answer.status_code == 409
    assert "read “Not opened” as it is now" in text_of(answer)
    assert len(requests_on(coach.get("participants"))) == 2
    ready = coach.get(f"sign/all?item={items[0]}")
    page = amira.get(f"evidence/{items[0]}/edit")
    amira.submit(page, {"narrative": "More than the coach read."}, button=("action", "save"),
                 form="#form")  # fmt: skip
    answer = coach.submit(ready, form="main form")
    assert answer.status_code == 409
    assert "Nothing was signed" in text_of(answer)


@SQLITE
def test_another_coach_finds_nothing_to_sign_of_others(world: World) -> None:
    amira, coach, other = world.participant(), world.coach(), world.coach("Nora Blake")
    world.allocate(coach, to=amira)
    item = _id(add_evidence(amira, "Not for Nora", ask=True))
    assert "Nobody waits for your answer" in text_of(other.get("sign"))
    assert "Not for Nora" not in other.get(f"sign/read?item={item}").text
    assert "Not for Nora" not in other.get(f"sign/all?item={item}").text
    assert amira.get("sign").status_code == 403


@SQLITE
def test_a_coach_keeps_their_record_after_they_have_stopped_and_it_tells_deeds_only(
    world: World,
) -> None:
    amira, coach, after = world.participant(), world.coach(), world.coach("Nora Blake")
    world.allocate(coach, to=amira)
    assert "There is nothing yet" in text_of(coach.get("coaching-record"))
    add_evidence(amira, "A title that stays with her", ask=True)
    attest(coach, "A title that stays with her")
    planning.note_talk(coach, amira)
    release_mark(world.tutor(), hand_in(amira), MARK)
    world.allocate(after, to=amira)
    page = check_page(coach.get("coaching-record"), 200)
    text = page.get_text(" ")
    assert "Attested evidence" in text
    assert "Amira Khan" in text
    assert "stays with her" not in text
    assert not re.search(rf"\b{MARK}\b", text)
    assert "There is nothing yet" in text_of(after.get("coaching-record"))
    for kind in ("csv", "html"):
        plain, named = (coach.get(f"coaching-record.{kind}{more}") for more in ("", "?names=yes"))
        assert plain.headers["Content-Disposition"].startswith("attachment")
        assert "Amira" not in plain.text
        assert "Teacher 1" in plain.text
        assert "Amira Khan" in named.text
    assert amira.get("coaching-record").status_code == 403


@SQLITE
def test_a_participant_is_told_when_no_talk_has_been_confirmed_for_long(world: World) -> None:
    amira, coach = world.participant(), world.coach()
    world.allocate(coach, to=amira)
    assert not soup(amira.get("progress")).select("[data-silent=yes]")
    with time_machine.travel(now() + timedelta(days=60), tick=True):
        amira.launch("progress")
        assert "No talk with the coach has been confirmed" in text_of(amira.get("progress"))
        coach.launch("coach-evidence")
        assert soup(coach.get("participants")).select("[data-silent=yes]")


def _read(coach: Person, items: list[int], at: int, words: str) -> None:
    asked = "&".join(f"item={one}" for one in items)
    page = coach.get(f"sign/read?{asked}&at={at}")
    coach.submit(page, {"statement": words}, button=("action", "save"), form="main form")


def _id(page: Response) -> int:
    found = re.search(r"/evidence/(\d+)$", page.url)
    assert found, page.url
    return int(found[1])
