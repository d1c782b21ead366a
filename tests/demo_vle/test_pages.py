"""The platform's pages, and its handles for other processes."""

import pytest
import requests
from a_tool import ATool
from captured_world import World

from demo_vle.browser import Visitor, parse, text_of
from demo_vle.course_file import load_course_file
from demo_vle.server import Ref, RemoteVle, start_vle


def test_the_first_page_lists_the_people_of_the_course(tool: ATool) -> None:
    with start_vle(tool.url) as vle:
        course = load_course_file(vle.site)
        page = requests.get(vle.url, timeout=10)
        roles = [each.role for each in course.enrolments.values()]
    assert [roles.count(each) for each in ("student", "coach", "editingteacher", "manager")] == [
        12,
        4,
        3,
        1,
    ]
    assert len(parse(page).select("[data-person]")) == 20


def test_a_course_page_opens_the_link_in_a_frame_that_launches(moodle: World) -> None:
    visitor = Visitor(moodle.vle, moodle.people["student1"])
    address = f"{moodle.vle.url}/courses/{moodle.course.id}?as={visitor.person.id}"
    page = visitor.follow(visitor.get(address), moodle.placement.title)
    (frame,) = parse(page).select("iframe[title]")
    assert frame["src"] == f"/launch/{moodle.placement.id}?as={visitor.person.id}"
    assert "sandbox" not in frame.attrs
    assert "<script>" not in page.text
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]


def test_a_tutor_overrides_a_mark_and_it_shows_as_overridden(moodle: World) -> None:
    visitor = Visitor(moodle.vle, moodle.people["tutor1"])
    address = f"{moodle.vle.url}/courses/{moodle.course.id}/gradebook?as={visitor.person.id}"
    values = {"student": moodle.people["student1"].id, "mark": "40", "feedback": "By hand"}
    page = visitor.submit(visitor.get(address), "form.stack", values)
    cell = parse(page).select_one(f"td[data-person='{moodle.people['student1'].id}']")
    assert cell is not None
    assert cell["data-score"] == "40"
    assert "Overridden" in cell.get_text()
    assert "By hand" in cell.get_text()


@pytest.mark.parametrize("mark", ["", "many", "101", "-1", "nan"])
def test_a_mark_that_is_none_is_refused_and_kept_in_the_form(moodle: World, mark: str) -> None:
    visitor = Visitor(moodle.vle, moodle.people["tutor1"])
    address = f"{moodle.vle.url}/courses/{moodle.course.id}/gradebook?as={visitor.person.id}"
    page = visitor.submit(visitor.get(address), "form.stack", {"mark": mark, "feedback": "Typed"})
    assert page.status_code == 400
    assert "There is a problem" in text_of(page)
    assert "Typed" in text_of(page)
    assert moodle.vle.site.gradebook(moodle.course) == {"2": {}}


def test_the_gradebook_is_switched_off_and_on_again(moodle: World) -> None:
    visitor = Visitor(moodle.vle, moodle.people["tutor1"])
    address = f"{moodle.vle.url}/courses/{moodle.course.id}/gradebook?as={visitor.person.id}"
    page = visitor.submit(visitor.get(address), "form.line")
    assert moodle.vle.site.is_gradebook_off()
    assert "Gradebook on again" in text_of(page)
    visitor.submit(page, "form.line")
    assert not moodle.vle.site.is_gradebook_off()


def test_a_student_sees_their_own_line_only_and_cannot_override(moodle: World) -> None:
    visitor = Visitor(moodle.vle, moodle.people["student1"])
    address = f"{moodle.vle.url}/courses/{moodle.course.id}/gradebook"
    page = visitor.get(f"{address}?as={visitor.person.id}")
    assert [each.get_text() for each in parse(page).select("th[scope=row]")] == ["Sam Teacher"]
    attempt = visitor.session.post(f"{address}/override?as={visitor.person.id}", timeout=10)
    assert attempt.status_code == 403


def test_another_process_fills_and_reads_the_platform(tool: ATool) -> None:
    with start_vle(tool.url) as vle:
        tool.registration = requests.get(f"{vle.url}/control/registration", timeout=10).json()

        def post(path: str, **body: object) -> dict[str, str]:
            answer = requests.post(f"{vle.url}/control/{path}", json=body, timeout=10)
            assert answer.status_code == 200, answer.text
            return dict(answer.json())

        course = post("courses", title="MTL", label="MTL")
        person = post("people", name="Sam Teacher", email="sam@school.example")
        post("enrolments", person=person["id"], course=course["id"], role="student")
        placed = post(
            "placements", course=course["id"], title="Module 1", line_item={"scoreMaximum": 100}
        )
        column = requests.get(
            f"{vle.url}/control/gradebook", params={"course": course["id"]}, timeout=10
        ).json()[0]
        post("override", column=column["id"], person=person["id"], score=55)
        post("faults", service="token", kind="status", status=500)
        assert tool.ask_token("any").status_code == 500
        post("faults", clear=True)
        visitor = Visitor(RemoteVle(vle.url), Ref(person["id"]))
        assert visitor.launch(Ref(placed["id"])).status_code == 200
        assert tool.claims()["sub"] == person["id"]
        missing = requests.post(f"{vle.url}/control/courses", json={"title": "x"}, timeout=10)
        assert (missing.status_code, missing.json()["error"]) == (
            400,
            "The field 'label' is missing.",
        )
