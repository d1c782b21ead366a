"""What a link opens: as it was placed, as a tutor decided, and what came with a copied course."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from requests import Response

from demo_vle.browser import Visitor
from demo_vle.state import Placement
from lti_tool.clock import now
from lti_tool.grades import settled_links
from tests.integration.grades.factories import Released, hand_in, release_mark, released
from tests.integration.launch.test_deep_linking import choose
from tests.integration.launch.watching import with_claims
from tests.world import World, soup, text_of

COLUMN = {"scoreMaximum": 100, "resourceId": "MTL1", "tag": "module"}
PRODUCTS = ["moodle", pytest.param("canvas", marks=pytest.mark.canvas)]


def place(world: World, name: str, custom: dict[str, str] | None = None, **more: Any) -> Placement:
    """A link in the course; with our custom value only where one is given."""
    url = f"{world.tool.url}/lti/launch"
    return world.vle.site.place(world.course, name, custom=custom, url=url, **more)


def place_as(world: World, opens: str, placement: Placement) -> Placement:
    """The people of this world open another link than the one that would be placed for them."""
    world._placements[opens] = placement
    return placement


def decide(visitor: Visitor, page: Response, opens: str | None, action: str = "save") -> Response:
    values = {} if opens is None else {"opens": opens}
    return visitor.submit(page, values=values, button=("action", action))


def heading(page: Response) -> str:
    found = soup(page).select("h1")
    assert len(found) == 1
    return found[0].get_text(strip=True)


def copied(world: World, opens: str = "module:MTL1") -> tuple[World, Placement]:
    """A course whose content came from another: the same links, with the values of the old ones."""
    tutor = world.visitor("Olga Reed", "tutor")
    chosen = choose(tutor, tutor.deep_link(world.course), opens)
    tutor.submit(chosen, "form[data-auto-submit]")
    (old,) = world.vle.site.placements_of(world.course)
    new = World(world.tool, world.vle)
    with_column = COLUMN if opens == "module:MTL1" else None
    link = place(new, old.title, dict(old.custom), line_item=with_column)
    return new, place_as(new, "MTL1", link)


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_link_placed_by_hand_opens_progress_until_a_tutor_says_what_it_is(
    world: World, product: str
) -> None:
    link = place(world, "MTL")
    amira, tessa = world.visitor("Amira Khan", "participant"), world.visitor("Tessa", "tutor")
    assert amira.launch(link).url.endswith("/progress")
    asked = tessa.launch(link)
    assert heading(asked) == "What does this link open?"
    assert soup(asked).select("input[name=opens]:checked") == []
    done = decide(tessa, asked, "module:MTL1")
    assert "/marking?module=MTL1" in done.url
    assert "This link opens MTL1" in text_of(done)
    assert "/modules/MTL1" in amira.launch(link).url
    assert "/marking?module=MTL1" in tessa.launch(link).url
    assert world.product == product


def test_a_tutor_may_decide_later_and_is_asked_again(world: World) -> None:
    link, tessa = place(world, "MTL"), world.visitor("Tessa Grant", "tutor")
    later = decide(tessa, tessa.launch(link), None, action="later")
    assert later.url.endswith("/participants")
    assert "no marks go through this link" in text_of(later)
    assert heading(tessa.launch(link)) == "What does this link open?"


def test_what_a_link_opens_can_be_changed_later(world: World) -> None:
    link, tessa = place(world, "The link"), world.visitor("Tessa Grant", "tutor")
    course = decide(tessa, tessa.launch(link), "module:MTL1").url.split("/marking")[0]
    listed = tessa.get(f"{course}/links")
    assert "The link MTL1:" in text_of(listed)
    page = tessa.follow(listed, "Change what The link opens")
    assert heading(page) == "What this link opens"
    (checked,) = soup(page).select("input[name=opens]:checked")
    assert checked["value"] == "module:MTL1"
    decide(tessa, page, "coach-evidence")
    colin = world.visitor("Colin Hughes", "coach")
    assert "Colin Hughes coach" in text_of(colin.launch(link))


@pytest.mark.parametrize("opens", [None, "", "module:NOPE", "module", "<b>"])
def test_a_choice_that_is_none_is_told_and_changes_nothing(world: World, opens: str | None) -> None:
    link, tessa = place(world, "MTL"), world.visitor("Tessa Grant", "tutor")
    refused = decide(tessa, tessa.launch(link), opens)
    assert refused.status_code == 422
    assert soup(refused).select_one(".govuk-error-summary a[href='#opens']")
    assert heading(tessa.launch(link)) == "What does this link open?"


def test_an_unknown_button_changes_nothing(world: World) -> None:
    link, tessa = place(world, "MTL"), world.visitor("Tessa Grant", "tutor")
    refused = decide(tessa, tessa.launch(link), "progress", action="delete")
    assert refused.status_code == 422
    assert heading(tessa.launch(link)) == "What does this link open?"


def test_a_link_is_for_the_tutors_of_its_own_course(world: World) -> None:
    page = world.visitor("Tessa Grant", "tutor").launch(place(world, "MTL"))
    path = page.url.split("/courses/")[1].split("/", 1)[1]
    for person in (world.participant(), world.coach()):
        assert person.get(path).status_code == 403
        assert person.get("links").status_code == 403
    assert world.tutor("Tom Reyes").get(path).status_code == 200
    assert World(world.tool, world.vle).tutor("Una Vale").get(path).status_code == 404


def test_a_mark_does_not_go_through_a_link_of_which_nobody_said_what_it_is(world: World) -> None:
    place_as(world, "MTL1", place(world, "MTL", line_item=COLUMN | {"resourceId": "other"}))
    one = released(world)
    assert one.settle()["state"] == "confirmed"
    by_hand, made = world.vle.site.columns_of(world.course)
    assert by_hand.cells == {}
    assert len(made.cells) == 1


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_copied_link_waits_for_a_tutor_and_then_binds_in_its_own_course(
    world: World, product: str
) -> None:
    new, link = copied(world)
    one = released(new)
    assert "/modules/MTL1" in new.visitor("Ben Ode", "participant").launch(link).url
    waiting = one.send()
    assert waiting["state"] == "queued"
    assert "until a tutor confirms the copied link" in waiting["reason"]
    (column,) = new.vle.site.columns_of(new.course)
    assert column.cells == {}
    tessa = new.visitor("Tessa Grant", "tutor")
    asked = tessa.launch(link)
    assert heading(asked) == "Use this link here?"
    assert f"came with a copy of “{world.course.title}”. It opens MTL1" in text_of(asked)
    assert "/marking?module=MTL1" in decide(tessa, asked, "module:MTL1").url
    assert one.settle()["state"] == "confirmed"
    assert len(new.vle.site.columns_of(new.course)) == 1
    assert len(column.cells) == 1
    assert [old.cells for old in world.vle.site.columns_of(world.course)] == [{}]
    assert "/marking?module=MTL1" in tessa.launch(link).url
    assert world.product == product


@pytest.mark.parametrize("opens", ["module:MTL1", "progress"])
def test_a_mark_that_waits_for_a_copied_link_is_due_once_a_tutor_has_decided(
    world: World, opens: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, link = copied(world)
    one = released(new)
    new.visitor("Ben Ode", "participant").launch(link)
    assert one.send()["due_at"] > now() + timedelta(minutes=4)
    run_job(new)
    assert one.delivery()["due_at"] > now()  # nobody has decided anything yet
    woken: list[str] = []
    jobs = new.tool.app.extensions["jobs"]
    monkeypatch.setattr(jobs, "wake", lambda name, **_: woken.append(name))
    tessa = new.visitor("Tessa Grant", "tutor")
    page = tessa.follow(tessa.launch(link), "Choose something else")
    decide(tessa, page, opens)
    assert woken == ["links"]
    run_job(new)
    assert one.delivery()["due_at"] <= now()
    assert woken == ["links", "deliveries"]
    assert one.settle()["state"] == "confirmed"


def run_job(world: World) -> None:
    """What the worker does when it is woken for links."""
    with world.tool.app.app_context():
        settled_links.make_due()


def test_a_copied_link_can_be_given_another_purpose(world: World) -> None:
    new, link = copied(world)
    tessa = new.visitor("Tessa Grant", "tutor")
    page = tessa.follow(tessa.launch(link), "Choose something else")
    assert soup(page).select("input[type=radio][name=opens]")
    decide(tessa, page, "progress")
    amira = new.visitor("Amira Khan", "participant")
    assert amira.launch(link).url.endswith("/progress")


def test_a_link_with_a_reference_that_nobody_gave_asks_what_it_is(world: World) -> None:
    link = place(world, "MTL1", {"mtl": "item:AAAAAAAAAAAAAAAAAAAAAAAA"})
    tessa = world.visitor("Tessa Grant", "tutor")
    asked = tessa.launch(link)
    assert "a course that the tool does not know" in text_of(asked)
    decide(tessa, asked, "module:MTL1")
    assert "/modules/MTL1" in world.visitor("Amira Khan", "participant").launch(link).url


def test_a_plain_value_is_a_copy_where_the_course_is_told_to_be_one(world: World) -> None:
    world.participant(opens="MTL1")
    new = World(world.tool, world.vle)
    history = f"gone,{world.course.context_id}"
    custom = {"mtl": "module:MTL1", "context_history": history}
    page = new.visitor("Tessa Grant", "tutor").launch(
        new.placement("MTL1"), tamper=with_claims(custom=custom)
    )
    assert f"came with a copy of “{world.course.title}”" in text_of(page)


def test_a_link_that_was_doubled_within_its_course_needs_no_word(world: World) -> None:
    tutor = world.visitor("Tessa Grant", "tutor")
    chosen = choose(tutor, tutor.deep_link(world.course), "module:MTL1")
    tutor.submit(chosen, "form[data-auto-submit]")
    (first,) = world.vle.site.placements_of(world.course)
    second = place(world, "Again", dict(first.custom))
    assert "/marking?module=MTL1" in tutor.launch(second).url


def test_a_link_with_the_number_of_its_course_is_a_link_on_moodle(world: World) -> None:
    tessa = world.visitor("Tessa Grant", "tutor")
    numbered = with_claims(resource_link={"id": world.course.context_id, "title": "MTL"})
    assert (
        heading(tessa.launch(place(world, "MTL"), tamper=numbered)) == "What does this link open?"
    )


@pytest.mark.canvas
def test_the_course_navigation_of_canvas_is_no_link_of_which_anything_is_asked(
    world: World,
) -> None:
    tessa = world.visitor("Tessa Grant", "tutor")
    navigation = with_claims(resource_link={"id": world.course.context_id, "title": "MTL"})
    page = tessa.launch(place(world, "MTL"), tamper=navigation)
    assert page.url.endswith("/participants")


def test_a_column_that_holds_one_modules_marks_is_not_used_for_another(world: World) -> None:
    link = place_as(world, "MTL1", place(world, "MTL", line_item=COLUMN))
    tessa = world.visitor("Tessa Grant", "tutor")
    page = tessa.launch(link)
    decide(tessa, page, "module:MTL1")
    assert released(world).settle()["state"] == "confirmed"
    decide(tessa, tessa.get(page.url), "module:MTL2")
    ben, tom = world.participant("Ben Ode"), world.tutor("Tom Reyes")
    other = Released(world, ben, tom, hand_in(ben, "MTL2"))
    release_mark(tom, other.attempt_id, 51)
    assert other.settle()["state"] == "confirmed"
    assert [len(column.cells) for column in world.vle.site.columns_of(world.course)] == [1, 1]
