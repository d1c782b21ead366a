"""Odd addresses, numbers and hosts are answered as what they are: nothing of the tool breaks."""

from __future__ import annotations

from typing import Any

import pytest
from requests import Response
from sqlalchemy.exc import SQLAlchemyError

from lti_tool.db import db
from lti_tool.launch import arrival
from lti_tool.people.models import Course, User
from lti_tool.web.error_pages import unexpected
from tests.integration.grades.factories import hand_in
from tests.world import Person, World, soup

HUGE = "9" * 30


def token(person: Person, page: str) -> str:
    return str(soup(person.get(page)).select_one("[name=csrf_token]")["value"])  # type: ignore[index]


def post(person: Person, path: str, **data: Any) -> Response:
    url = f"{person.world.tool.url}/courses/{person.course_id}/{path}"
    return person.visitor.session.post(url, data=data, allow_redirects=False)


def test_a_disabled_platform_leaves_nobody_signed_in(world: World) -> None:
    amira = world.participant()
    with world.tool.app.app_context():
        number = db.session.get_one(Course, amira.course_id).registration_id
    run = world.tool.app.test_cli_runner().invoke
    assert run(args=["platforms", "disable", str(number)]).exit_code == 0
    try:
        assert amira.get("evidence").status_code == 401
    finally:
        assert run(args=["platforms", "disable", "--undo", str(number)]).exit_code == 0


ODD = {
    "participant": [
        f"evidence/{HUGE}", f"evidence/{HUGE}/edit", f"evidence/{HUGE}/withdraw",
        f"evidence?participant={HUGE}", f"evidence?page={HUGE}", f"evidence?phase={'9' * 4400}",
        f"participants/{HUGE}", f"attempts/{HUGE}/files/x", "evidence?state=%00",
        "evidence?strand=%00", "evidence?module=%00", "receipts/%00",
    ],
    "coach": [f"evidence/new?participant={HUGE}", f"evidence/new?participant={'9' * 4400}"],
    "tutor": [
        f"marking/{HUGE}", f"participants/{HUGE}/allocations", "marking?module=%00",
        "participants?q=%00", "roster?q=%00",
    ],
}  # fmt: skip


@pytest.mark.parametrize("role", list(ODD))
def test_an_odd_address_is_no_mistake_of_the_tool(world: World, role: str) -> None:
    person: Person = getattr(world, role)()
    found = {path[:60]: person.get(path).status_code for path in ODD[role]}
    assert {path for path, status in found.items() if status >= 500} == set()


def test_an_odd_number_in_a_form_is_no_mistake_of_the_tool(world: World) -> None:
    amira, tessa = world.participant(opens="MTL1"), world.tutor()
    allocations = f"participants/{amira.participant_id()}/allocations"
    hers, theirs = token(amira, "evidence/new"), token(tessa, allocations)
    declared = {"own_work": "yes", "pupils_protected": "yes"}
    answers = {
        "items": post(amira, "modules/MTL1/submit", csrf_token=hers, items=HUGE, **declared),
        "attempt": post(tessa, "release", csrf_token=theirs, attempt=HUGE),
        "delivery": post(tessa, "deliveries", csrf_token=theirs, delivery=HUGE),
        "user": post(tessa, allocations, csrf_token=theirs, user=HUGE, kind="coach"),
        "page": post(
            tessa, f"marking/{hand_in(amira)}", csrf_token=theirs, page="\x00", revision="0",
            feedback="x", action="save",
        ),
        "ended": post(tessa, allocations, csrf_token=theirs, allocation=HUGE, action="cancel"),
    }  # fmt: skip
    assert {name for name, each in answers.items() if each.status_code >= 500} == set()


def test_a_statement_that_fails_does_not_bring_anybodys_words_into_the_log(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with world.tool.app.test_request_context():
        db.session.add(User(provider_id=None, name="Unmistakable Name", email=None))
        with pytest.raises(SQLAlchemyError) as failed:
            db.session.flush()
        unexpected(failed.value)
    told = capsys.readouterr().err
    assert "IntegrityError" in told
    assert "Unmistakable Name" not in told


def test_far_too_many_items_are_no_fault_of_the_database(world: World) -> None:
    amira = world.participant(opens="MTL1")
    items = [str(number) for number in range(1, 70_000)]
    csrf = token(amira, "evidence/new")
    answer = post(amira, "modules/MTL1/submit", csrf_token=csrf, items=items, own_work="yes",
                  pupils_protected="yes")  # fmt: skip
    assert answer.status_code in {400, 404, 422}


def test_a_redirect_never_leads_to_the_host_that_the_request_named(world: World) -> None:
    amira = world.participant()
    url = f"{world.tool.url}/courses/{amira.course_id}"
    answer = amira.visitor.session.get(url, headers={"Host": "evil.example"}, allow_redirects=False)
    assert "evil.example" not in answer.headers.get("Location", "")
    assert answer.status_code == 400
    assert "Open the tool from your course" in answer.text


def test_a_launch_that_fails_shows_no_token_on_its_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any) -> None:
        raise RuntimeError("whatever")

    visitor = world.visitor("Amira Khan", "participant")
    monkeypatch.setattr(arrival, "arrive", fail)
    page = visitor.launch(world.placement("progress"))
    assert page.status_code == 500
    assert "eyJ" not in page.text
