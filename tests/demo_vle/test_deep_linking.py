"""Deep linking: what is asked, what comes back, and what then stands in the course."""

from typing import Any

import pytest
import requests
from captured_world import World, read_capture

from demo_vle.browser import Visitor, text_of

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"


def choose_content(world: World, items: list[dict[str, Any]], **claims: Any) -> requests.Response:
    """The tutor presses “Select content”, and the tool answers with these items."""
    visitor = Visitor(world.vle, world.people["tutor1"])
    visitor.deep_link(world.course)
    settings = world.tool.claims()[DL + "deep_linking_settings"]
    if "data" in settings:
        claims.setdefault(DL + "data", settings["data"])
    token = world.tool.choose(**{DL + "content_items": items, **claims})
    return visitor.session.post(settings["deep_link_return_url"], data={"JWT": token}, timeout=10)


def recorded_items(number: int) -> list[dict[str, Any]]:
    answers = read_capture("deep_linking")["tool_response_jwt_claims"]
    items: list[dict[str, Any]] = answers[number]["claims"][DL + "content_items"]
    return items


def test_the_request_carries_the_claims_and_settings_that_moodle_sent(moodle: World) -> None:
    """Proves captures/deep_linking.json: launch_post."""
    captured = read_capture("deep_linking")["launch_post"]["claims"]
    Visitor(moodle.vle, moodle.people["tutor1"]).deep_link(moodle.course)
    claims = moodle.tool.claims()
    assert set(claims) == set(captured)
    settings, wanted = claims[DL + "deep_linking_settings"], captured[DL + "deep_linking_settings"]
    assert set(settings) == set(wanted)
    for name in set(wanted) - {"deep_link_return_url", "title", "text"}:
        assert settings[name] == wanted[name], name
    assert claims[LTI + "launch_presentation"] == captured[LTI + "launch_presentation"]
    assert claims[LTI + "custom"]["rl_title"] is None


def test_one_item_becomes_a_link_with_its_column(moodle: World) -> None:
    """Proves captures/deep_linking.json: moodle_returned_form_config_one."""
    wanted = read_capture("deep_linking")["moodle_returned_form_config_one"]
    page = choose_content(moodle, recorded_items(0))
    placed = moodle.vle.site.placements_of(moodle.course)[-1]
    column = moodle.vle.site.column_of(placed)
    assert page.status_code == 200
    assert placed.title == wanted["name"]
    assert (
        "\n".join(f"{key}={val}" for key, val in placed.custom.items())
        == (wanted["instructorcustomparameters"])
    )
    assert column is not None
    assert (column.label, column.maximum) == (wanted["name"], wanted["grade_modgrade_point"])
    assert (column.resource_id, column.tag) == ("assign-m1", "summative")


def test_several_items_become_several_links_and_only_some_have_columns(moodle: World) -> None:
    """Proves captures/deep_linking.json: moodle_returned_form_config_two."""
    choose_content(moodle, recorded_items(1))
    first, second = moodle.vle.site.placements_of(moodle.course)[-2:]
    assert (first.title, second.title) == ("DL A", "Second item")
    assert moodle.vle.site.column_of(first) is not None
    assert moodle.vle.site.column_of(second) is None


def test_an_empty_custom_object_crashes_moodle_and_places_nothing(moodle: World) -> None:
    """Proves captures/deep_linking.json: two_items_with_empty_custom_object."""
    wanted = read_capture("deep_linking")["two_items_with_empty_custom_object"]
    before = len(moodle.vle.site.placements)
    page = choose_content(moodle, recorded_items(2))
    assert page.status_code == wanted["status"]
    assert "params_to_string(): Argument #1 ($params) must be of type object" in text_of(page)
    assert len(moodle.vle.site.placements) == before


def test_an_answer_that_another_key_signed_places_nothing(moodle: World) -> None:
    page = choose_content(moodle, recorded_items(0), iss="someone-else")
    assert page.status_code == 400
    assert len(moodle.vle.site.placements) == 1


def test_an_empty_answer_is_a_change_of_mind(moodle: World) -> None:
    page = choose_content(moodle, [])
    assert "Nothing was added" in text_of(page)


@pytest.mark.parametrize("username", ["student1", "tutor2", "coach1"])
def test_only_who_may_edit_the_course_can_select_content(moodle: World, username: str) -> None:
    person = moodle.people[username]
    address = f"{moodle.vle.url}/courses/{moodle.course.id}/select-content?as={person.id}"
    assert requests.get(address, timeout=10).status_code == 403


def test_canvas_places_an_assignment_and_takes_an_answer_once(canvas: World) -> None:
    """lti.md 4.11: audience, data and a fresh nonce are checked."""
    first = choose_content(canvas, recorded_items(0), nonce="once")
    second = choose_content(canvas, recorded_items(0), nonce="once")
    astray = choose_content(canvas, recorded_items(0), aud="https://else.example")
    assert [each.status_code for each in (first, second, astray)] == [200, 400, 400]
    placed = canvas.vle.site.placements_of(canvas.course)
    assert [each.title for each in placed] == ["Module 1 summative", "DL Assignment 1"]


DATES = {
    "available": {
        "startDateTime": "2027-03-01T09:00:00+00:00",
        "endDateTime": "2027-04-01T23:59:00+01:00",
    },
    "submission": {"endDateTime": "2027-03-31T17:00:00+01:00"},
}


def course_page(world: World) -> str:
    tutor = Visitor(world.vle, world.people["tutor1"])
    address = f"{world.vle.url}/courses/{world.course.id}?as={tutor.person.id}"
    return text_of(tutor.get(address))


def test_canvas_gives_its_assignment_the_dates_of_the_item(canvas: World) -> None:
    """lti.md 4.11: unlock, lock and due."""
    choose_content(canvas, [recorded_items(0)[0] | DATES])
    shown = course_page(canvas)
    assert "Available from 1 March 2027, 09:00 UTC" in shown
    assert "Due 31 March 2027, 16:00 UTC" in shown
    assert "Until 1 April 2027, 22:59 UTC" in shown


def test_canvas_dates_nothing_that_is_no_assignment(canvas: World) -> None:
    item = {key: value for key, value in recorded_items(0)[0].items() if key != "lineItem"}
    choose_content(canvas, [item | DATES])
    assert canvas.vle.site.placements_of(canvas.course)[-1].dates == {}
    assert "Due" not in course_page(canvas)


@pytest.mark.parametrize("written", ["soon", 5, None, "2027-03-31", "2027-03-31T17:00:00"])
def test_canvas_drops_a_date_that_it_cannot_read(canvas: World, written: Any) -> None:
    item = recorded_items(0)[0] | {"submission": {"endDateTime": written}}
    assert choose_content(canvas, [item]).status_code == 200
    assert canvas.vle.site.placements_of(canvas.course)[-1].dates == {}


def test_moodle_overlooks_the_dates_of_an_item(moodle: World) -> None:
    """lti.md 3.8."""
    choose_content(moodle, [recorded_items(0)[0] | DATES])
    assert moodle.vle.site.placements_of(moodle.course)[-1].dates == {}
    assert "Due" not in course_page(moodle)
