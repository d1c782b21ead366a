"""An external examiner reads a sample by candidate number, comments, and changes no mark."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from lti_tool.audit.models import AuditEvent
from lti_tool.board import examiners, statements
from lti_tool.board.examiner_models import ExaminerAppointment
from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed
from lti_tool.evidence.models import Attempt
from lti_tool.grades import marking, recalls, release
from lti_tool.grades.marking import Draft
from lti_tool.identity import Role
from tests.integration.board.examining import (
    FEEDBACK,
    SENT,
    Examined,
    appointed,
    examined,
    names_in,
    signed_in,
)
from tests.integration.grades.factories import hand_in, release_mark
from tests.integration.people.outsiders import Outsider, link_row
from tests.pages import check_page
from tests.world import World, soup, text_of

ON_ONE_STORE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)


def script_link(examiner: Outsider, home: str, candidate: str, module: str = "MTL1") -> str:
    """The address of a candidate's script, from the module's page; empty where it is not there."""
    page = examiner.browser.get(f"{home}/{module}")
    check_page(page, 200)
    found = [link["href"] for link in soup(page).select("table a")
             if link.get_text(strip=True).startswith(candidate)]  # fmt: skip
    return str(page.url).split("/examiner/")[0] + str(found[0]) if found else ""


def test_an_examiner_reads_figures_sample_and_trail_and_never_a_name(world: World) -> None:
    found = examined(world)
    examiner = appointed(found)
    home = signed_in(examiner)
    check_page(home, 200)
    assert home.url.endswith("/modules")
    assert "You examine MTL1 until" in text_of(home)
    pages = [home, examiner.browser.get(f"{home.url}/MTL1")]
    script = examiner.browser.get(script_link(examiner, home.url, found.candidate))
    check_page(script, 200)
    told = text_of(script)
    assert [each.get_text() for each in soup(script).select("h1")] == [
        f"Candidate {found.candidate}"
    ]
    for words in (
        "45 out of 100, provisional", "Below the pass mark", "First marker: 45",
        f"Candidate {found.candidate}, a clear account. Ask the coach for more. the first marker",
        f"I, Candidate {found.candidate}, planned two lessons with the coach.",
        "written by the coach (not confirmed by the university)", "Attested by the coach",
        "https://example.org/plan",
        "A web address with a name in it is left out",
        "permitted by somebody whose name is on record",
    ):  # fmt: skip
        assert words in told
    (link,) = soup(script).select(".app-files a")
    file = examiner.browser.get(str(script.url).split("/examiner/")[0] + str(link["href"]))
    assert file.content == SENT
    name = f"{found.candidate}-MTL1-1.pdf"
    assert file.headers["Content-Disposition"] == f"attachment; filename={name}"
    for page in [*pages, script, file]:
        assert names_in(page.text + page.url + str(page.headers)) == []
    with world.tool.app.app_context():
        assert names_in(FEEDBACK), "The canaries have to be there to be missed."


@ON_ONE_STORE
def test_the_trail_tells_both_marks_and_what_was_agreed_until_a_recall(world: World) -> None:
    author, lead = world.participant("Zuleika Quartermain"), world.lead()
    tutors = world.tutor("Tobias Ravenscroft"), world.tutor("Cuthbert Nightshade")
    attempt_id = hand_in(author, "MTL8")
    with world.tool.app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        for tutor, mark in zip(tutors, (45, 48), strict=True):
            viewer = tutor.viewer(Role.TUTOR)
            marking.finalise(viewer, attempt, Draft(mark, f"A start. {tutor.name}", {}, 0))
        release.release(lead.viewer(Role.LEAD), attempt)
        number = attempt.participant.candidate_number
        db.session.commit()
    found = Examined(world, lead, tutors[0], author, attempt_id, number)
    examiner = appointed(found, "MTL8")
    home = signed_in(examiner).url
    link = script_link(examiner, home, number, "MTL8")
    script = examiner.browser.get(link)
    check_page(script, 200)
    told = text_of(script)
    order = ["First marker: 45", "Second marker: 48", "Agreed mark: 47", "agreed by rule"]
    assert [told.index(each) for each in order] == sorted(told.index(each) for each in order)
    assert names_in(script.text) == []
    table = text_of(examiner.browser.get(f"{home}/MTL8"))
    assert f"{number} 45 48 47 no 47 provisional no" in table
    with world.tool.app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        recalls.recall(lead.viewer(Role.LEAD), attempt, "Released too early.")
        db.session.commit()
    assert examiner.browser.get(link).status_code == 404
    was_here(examiner, days_ago=1)
    news = f"Candidate {number}: the released mark was taken back."
    assert news in text_of(examiner.browser.get(home))


def test_comments_and_answers_are_kept_with_their_versions(world: World) -> None:
    found = examined(world)
    examiner = appointed(found)
    module = f"{signed_in(examiner).url}/MTL1"
    for words in ("The standard is sound.", "The standard is sound; feedback could say more."):
        page = examiner.browser.get(module)
        answer = examiner.browser.submit(page, "#form", {"words": words}, button=("action", "save"))
        check_page(answer, 200)
        assert "Your comment is kept." in text_of(answer)
    assert "version 2" in text_of(examiner.browser.get(module))
    path = f"examiners/{appointment_id(found, examiner)}"
    links = [str(one["href"]) for one in soup(found.lead.get("examiners")).select("table a")]
    assert f"/courses/{found.lead.course_id}/{path}" in links
    page = found.lead.get(path)
    check_page(page, 200)
    assert "The standard is sound; feedback could say more." in text_of(page)
    empty = found.lead.submit(
        page, {"words": ""}, button=("action", "save"), form='form:has([value="MTL1"])'
    )
    check_page(empty, 422)
    assert "Write something first." in text_of(empty)
    told = found.lead.submit(
        found.lead.get(path), {"words": "We agree."}, button=("action", "save"),
        form='form:has([value="MTL1"])',
    )  # fmt: skip
    assert "The answer is kept." in text_of(told)
    answered = examiner.browser.get(module)
    assert "The university answered" in text_of(answered)
    assert "We agree." in text_of(answered)
    examiner_id = user_id(found, examiner)
    with world.tool.app.app_context():
        events = db.session.execute(
            select(AuditEvent.event, AuditEvent.acted_as).where(
                AuditEvent.subject_kind == "examiner_statement",
                AuditEvent.user_id.in_([found.lead.user().id, examiner_id]),
            ).order_by(AuditEvent.id)
        ).all()  # fmt: skip
    assert [tuple(each) for each in events] == [
        ("examiner.commented", "examiner"), ("examiner.commented", "examiner"),
        ("examiner.answered", "lead"),
    ]  # fmt: skip


def test_what_was_said_is_never_changed(world: World) -> None:
    found = examined(world)
    examiner = appointed(found)
    page = signed_in(examiner)
    examiner.browser.submit(page, "#form", {"words": "All is well."}, button=("action", "save"))
    for statement in (
        "UPDATE examiner_statement SET words = 'x'",
        "DELETE FROM examiner_statement",
    ):
        with world.tool.app.app_context(), pytest.raises(DBAPIError, match="never changed"):
            db.session.execute(text(statement))


def test_another_script_is_seen_once_the_lead_lets_them(world: World) -> None:
    found = examined(world, 56)
    examiner = appointed(found)
    home = signed_in(examiner).url
    in_sample = bool(script_link(examiner, home, found.candidate))
    url = home.removesuffix("modules") + f"scripts/{found.attempt_id}"
    assert examiner.browser.get(url).status_code == (200 if in_sample else 404)
    for candidate, told in (
        ("no such", "No mark of this candidate in this module is released"),
        (found.candidate, "in your sample already" if in_sample else "with the programme lead"),
    ):
        page = examiner.browser.get(f"{home}/MTL1")
        answer = examiner.browser.submit(
            page, "#ask", {"candidate": candidate, "reason": "Its feedback"},
            button=("action", "ask"),
        )  # fmt: skip
        check_page(answer)
        assert told in text_of(answer)
    if in_sample:
        return
    where = f"examiners/{appointment_id(found, examiner)}"
    refusal = found.lead.submit(
        found.lead.get(where), {}, button=("action", "refuse"), form="form:has([name=request])"
    )
    check_page(refusal, 422)
    assert "Say why they cannot see it." in text_of(refusal)
    granted = found.lead.submit(
        found.lead.get(where), {}, button=("action", "grant"), form="form:has([name=request])"
    )
    assert "can see this script now" in text_of(granted)
    assert "You asked for it" in text_of(examiner.browser.get(url))


def test_an_examiner_gets_at_nothing_but_their_modules_and_time(world: World) -> None:
    found = examined(world)
    other = hand_in(found.author, "MTL2")
    release_mark(found.tutor, other, 45)
    examiner = appointed(found)
    home = signed_in(examiner).url
    begin = home.removesuffix("modules")
    assert examiner.browser.get(f"{home}/MTL2").status_code == 404
    assert examiner.browser.get(f"{begin}scripts/{other}").status_code == 404
    assert examiner.browser.get(f"{begin}scripts/{found.attempt_id}/files/9").status_code == 404
    course = f"{world.tool.url}/courses/{found.lead.course_id}"
    of_a_course = [
        "examiners", "boards", "cohort", "marking", f"marking/{found.attempt_id}", "release",
        f"participants/{found.author.participant_id()}",
    ]  # fmt: skip
    for path in of_a_course:
        assert examiner.browser.get(f"{course}/{path}").status_code == 401
    began = now()
    with time_machine.travel(began + timedelta(minutes=58)):
        # A page on which they have been writing for long tells of it, so that they stay signed in.
        assert examiner.browser.get(f"{begin}here").status_code == 204
    with time_machine.travel(began + timedelta(minutes=116)):
        assert examiner.browser.get(home).url == home
    with time_machine.travel(now() + timedelta(days=340)):
        signed_in(examiner)
        late = examiner.browser.get(home)
        assert late.status_code == 404
        assert "Your time as an external examiner is over" in text_of(late)


def test_work_whose_mark_is_not_released_is_not_there(world: World) -> None:
    found = examined(world)
    waiting = hand_in(world.participant("Bertha Moon"), "MTL1")
    examiner = appointed(found)
    begin = signed_in(examiner).url.removesuffix("modules")
    assert examiner.browser.get(f"{begin}scripts/{waiting}").status_code == 404


def test_ending_an_appointment_closes_every_page_at_once(world: World) -> None:
    found = examined(world)
    examiner = appointed(found)
    home = signed_in(examiner).url
    page = found.lead.get(f"examiners/{appointment_id(found, examiner)}")
    answer = found.lead.submit(page, {}, button=("action", "cancel"), form="#form")
    assert "works no more" in text_of(answer)
    for path in ("", "/MTL1"):
        assert "This link does not work" in text_of(examiner.browser.get(f"{home}{path}"))


@ON_ONE_STORE
def test_only_a_lead_appoints_and_only_somebody_from_outside(world: World) -> None:
    found = examined(world)
    assert found.tutor.get("examiners").status_code == 403
    page = found.lead.get("examiners")
    check_page(page, 200)
    empty = found.lead.submit(page, {}, button=("action", "save"), form="#form")
    check_page(empty, 422)
    with world.tool.app.app_context():
        address = str(found.tutor.user().email)
        terms = (["MTL1"], today(), today() + timedelta(days=9))
        with pytest.raises(Invalid, match="has no other part in it"):
            examiners.appoint(found.lead.viewer(Role.LEAD), ("Tobias", address), *terms)
        with pytest.raises(NotAllowed):
            examiners.appoint(found.tutor.viewer(Role.TUTOR), ("X", "x@y.example"), *terms)
        appointment = ExaminerAppointment()
        with pytest.raises(NotAllowed):
            statements.respond(found.tutor.viewer(Role.TUTOR), appointment, "MTL1", "No")


def test_the_pack_holds_pages_files_and_tables_and_never_a_name(world: World) -> None:
    found = examined(world)
    examiner = appointed(found)
    first = signed_in(examiner)
    assert "no visit on an earlier day" in text_of(first)
    was_here(examiner, days_ago=2)
    home = first.url
    news = f"MTL1: Candidate {found.candidate}: 45, provisional."
    assert news in text_of(examiner.browser.get(home))
    answer = examiner.browser.get(home.removesuffix("modules") + "pack.zip")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        assert pack.testzip() is None
        parts = {name: pack.read(name) for name in pack.namelist()}
    script = f"{found.candidate}-MTL1"
    assert {"index.html", "modules/MTL1.html", f"scripts/{script}.html", f"files/{script}-1.pdf",
            "marks.csv", "figures.csv", "markers.csv", "pack.css"} <= parts.keys()  # fmt: skip
    assert f"{found.candidate}: 45, provisional." in parts["index.html"].decode()
    assert re.search(r"MTL1,[A-Z]+,\d+,", parts["markers.csv"].decode())
    assert ">Marker " in parts["modules/MTL1.html"].decode()
    assert parts[f"files/{script}-1.pdf"] == SENT
    for name, content in parts.items():
        assert names_in(name + content.decode()) == [], name
    assert f"MTL1,{found.candidate},1,45,,,,45,45,provisional," in parts["marks.csv"].decode()
    for name, content in parts.items():
        for target in re.findall(r'(?:href|src)="([^"#]+)"', content.decode()):
            if not target.startswith("https://example.org/"):
                assert resolved(name, target) in parts, (name, target)
    lead = found.lead.get(f"examiners/{appointment_id(found, examiner)}/pack.zip")
    with zipfile.ZipFile(io.BytesIO(lead.content)) as pack:
        assert set(pack.namelist()) == parts.keys()
    examiner_id = user_id(found, examiner)
    with world.tool.app.app_context():
        notes = select(AuditEvent.acted_as).where(
            AuditEvent.event == "examiner_pack.downloaded",
            AuditEvent.user_id.in_([found.lead.user().id, examiner_id]),
        )
        assert sorted(db.session.scalars(notes)) == ["examiner", "lead"]


def was_here(examiner: Outsider, *, days_ago: int) -> None:
    """Note an earlier sign-in."""
    with examiner.world.tool.app.app_context():
        link = link_row(examiner)
        event = AuditEvent(
            at=now() - timedelta(days=days_ago), provider_id=link.provider_id,
            user_id=link.user_id, acted_as="examiner", event="personal_link.signed_in",
            subject_kind="personal_link", subject_id=link.id, details={},
        )  # fmt: skip
        db.session.add(event)
        db.session.commit()


def resolved(page: str, target: str) -> str:
    """Where a relative address leads, from a page of the pack."""
    parts = page.split("/")[:-1]
    for each in target.split("/"):
        if each == "..":
            parts.pop()
        else:
            parts.append(each)
    return "/".join(parts)


def appointment_id(found: Examined, examiner: Outsider) -> int:
    with found.world.tool.app.app_context():
        query = select(ExaminerAppointment.id).where(
            ExaminerAppointment.user_id == link_row(examiner).user_id
        )
        return db.session.scalars(query).one()


def user_id(found: Examined, examiner: Outsider) -> int:
    with found.world.tool.app.app_context():
        return link_row(examiner).user_id
