"""Adding and editing evidence through the form."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from lti_tool.clock import today
from tests.integration.evidence.steps import (
    PDF,
    Sent,
    add,
    added,
    fill_in,
    id_of,
    problems,
    stored_items,
    words,
)
from tests.pages import check_page
from tests.world import World, soup

EXE = b"MZ\x90\0" + b"\0" * 60
TOMORROW = str(today() + timedelta(days=1))


def test_evidence_is_added_with_several_files(world: World) -> None:
    amira = world.participant()
    files = (("plan.pdf", PDF), ("Größe.txt", b"drei"))
    page = add(amira, *files, strands=["1.1", "3.2"], narrative="They <b>measured</b> each other.")
    check_page(page, 200)
    shown = words(page)
    assert "Done. The evidence is saved as a draft." in shown
    assert "They <b>measured</b> each other." in shown
    assert "plan.pdf (36 bytes)" in shown
    assert "Inclusion, including SEN, EAL" in shown
    assert stored_items(amira) == 1


def test_a_file_comes_back_as_a_download_that_no_browser_opens(world: World) -> None:
    amira = world.participant()
    page = add(amira, ("Größe.pdf", PDF))
    answer = amira.visitor.follow(page, "Größe.pdf")
    assert answer.content == PDF
    headers = answer.headers
    assert headers["Content-Disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''Gr%C3%B6%C3%9Fe.pdf" in headers["Content-Disposition"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Content-Length"] == str(len(PDF))


def test_date_and_module_need_not_be_typed(world: World) -> None:
    amira = world.participant()
    blank = dict.fromkeys(f"activity_on-{part}" for part in ("day", "month", "year"))
    page = add(amira, module=None, **blank)
    date = soup(page).select_one("dl time")
    assert date is not None
    assert date["datetime"] == today().isoformat()
    assert "MTL1 Enquiry into practice" in words(page)


@pytest.mark.parametrize(
    ("values", "files", "field", "sentence"),
    [
        ({"title": "  "}, (), "title", "Give the evidence a title."),
        ({"title": "\u200b\u2060"}, (), "title", "Give the evidence a title."),
        ({"title": "x" * 201}, (), "title", "The title must be 200 characters or fewer."),
        ({"strands": []}, (), "strands", "Choose at least one strand"),
        ({"strands": ["9.9"]}, (), "strands", "Choose strands from the list only."),
        ({"activity_on": TOMORROW}, (), "activity_on", "cannot be in the future"),
        ({"activity_on-day": "31", "activity_on-month": "2"}, (), "activity_on", "a real date"),
        ({"activity_on-day": "x"}, (), "activity_on", "a real date"),
        ({"module": "MTL99"}, (), "module", "Choose a module of your programme."),
        ({}, (("virus.exe", EXE),), "files", "“virus.exe” cannot be taken."),
        ({}, (("photo.jpg", EXE),), "files", "“photo.jpg” cannot be taken."),
        ({}, (("photo.jpg", PDF),), "files", "“photo.jpg” does not hold what its name says"),
        ({}, (("page.html", b"<p>"),), "files", "“page.html” cannot be taken."),
        ({}, (("empty.pdf", b""),), "files", "“empty.pdf” is empty"),
    ],
)
def test_a_form_with_a_mistake_says_which_and_stores_nothing(
    world: World, values: dict[str, Any], files: tuple[Sent, ...], field: str, sentence: str
) -> None:
    amira = world.participant()
    page = add(amira, *files, narrative="Typed with care.", **values)
    check_page(page, 422)
    assert sentence in problems(page)[field]
    kept = soup(page).select_one("#narrative")
    assert kept is not None
    assert kept.get_text(strip=True) == "Typed with care."
    assert stored_items(amira) == 0


def test_all_mistakes_are_told_at_once(world: World) -> None:
    page = add(world.participant(), ("a.exe", EXE), title="", strands=[], activity_on="never")
    assert list(problems(page)) == ["title", "strands", "activity_on", "files"]


def test_a_file_over_the_limit_is_refused_by_name(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = world.participant()
    small = dataclasses.replace(world.tool.app.config["SETTINGS"], max_upload_bytes=1024 * 1024)
    monkeypatch.setitem(world.tool.app.config, "SETTINGS", small)
    page = add(amira, ("film.pdf", PDF + b" " * 1024 * 1024), ("plan.pdf", PDF))
    assert "“film.pdf” is 1.0 MB. A file can have 1 MB." in problems(page)["files"]
    assert page.status_code == 422
    assert stored_items(amira) == 0


def test_files_that_have_arrived_are_not_asked_for_again(world: World) -> None:
    amira = world.participant()
    page = add(amira, ("plan.pdf", PDF), title="")
    assert "plan.pdf (36 bytes)" in words(page)
    page = fill_in(amira, page, {"title": "Now with a title"})
    assert page.status_code == 200
    assert amira.visitor.follow(page, "plan.pdf").content == PDF


def test_the_note_of_a_file_is_worth_nothing_to_somebody_else(world: World) -> None:
    amira, ben = world.participant(), world.participant("Ben Osei")
    page = add(amira, ("plan.pdf", PDF), title="")
    note = soup(page).select_one("input[name=kept]")
    assert note is not None
    page = add(ben, kept=[str(note["value"])])
    assert "is not known any more" in problems(page)["files"]
    assert stored_items(ben) == 0


def test_asking_without_a_coach_says_so_and_stores_nothing(world: World) -> None:
    amira = world.participant()
    page = add(amira, button="submit")
    check_page(page, 422)
    assert "You have no coach at the moment" in problems(page)["form"]
    assert stored_items(amira) == 0


def test_evidence_can_be_saved_and_sent_to_the_coach_in_one_go(world: World) -> None:
    amira, colin = world.participant(), world.coach()
    world.allocate(colin, to=amira)
    page = add(amira, button="submit")
    assert "your coach has been asked to attest it" in words(page)
    assert "A lesson on fractions" in words(colin.get("evidence?state=attestation_requested"))


def test_an_edit_makes_a_new_version_and_the_old_one_can_be_read(world: World) -> None:
    amira = world.participant()
    item = added(amira, ("plan.pdf", PDF))
    edit = amira.get(f"evidence/{item}/edit")
    page = fill_in(amira, edit, {"title": "A better title"}, [("second.pdf", PDF + b"2")])
    shown = words(page)
    assert "A better title" in shown
    assert "plan.pdf" in shown
    assert "second.pdf" in shown
    old = words(amira.get(f"evidence/{item}?version=1"))
    assert "A lesson on fractions" in old
    assert "second.pdf" not in old
    assert "Version 2 is the newest." in old


def test_a_file_is_left_out_of_a_new_version_when_its_box_is_cleared(world: World) -> None:
    amira = world.participant()
    item = added(amira, ("plan.pdf", PDF))
    page = fill_in(amira, amira.get(f"evidence/{item}/edit"), {"kept": None})
    assert "plan.pdf" not in words(page)
    assert "plan.pdf" in words(amira.get(f"evidence/{item}?version=1"))


def test_of_two_editors_the_second_is_told(world: World) -> None:
    amira = world.participant()
    item = added(amira)
    first, second = amira.get(f"evidence/{item}/edit"), amira.get(f"evidence/{item}/edit")
    fill_in(amira, first, {"title": "First"})
    page = fill_in(amira, second, {"title": "Second"})
    assert page.status_code == 422
    assert "Version 2 of this evidence was saved after" in problems(page)["form"]
    assert "Second" in page.text
    assert "First" in words(amira.get(f"evidence/{item}"))


def test_saving_without_a_change_makes_no_version(world: World) -> None:
    amira = world.participant()
    item = added(amira, ("plan.pdf", PDF))
    fill_in(amira, amira.get(f"evidence/{item}/edit"), {})
    assert amira.get(f"evidence/{item}?version=2").status_code == 404


def test_a_coach_adds_evidence_about_a_participant_with_the_duty(world: World) -> None:
    amira, colin = world.participant(), world.coach()
    world.allocate(colin, to=amira)
    start = f"evidence/new?participant={amira.participant_id()}"
    page = add(colin, ("seen.pdf", PDF), at=start, title="A visit to a lesson")
    assert problems(page) == {"duty": "Choose the coaching duty that this belongs to."}
    page = fill_in(colin, page, {"duty": "d"})
    check_page(page, 200)
    shown = words(amira.get(f"evidence/{id_of(page)}"))
    assert "A visit to a lesson" in shown
    assert "d: Professional dialogue" in shown
    assert "Written by Colin Hughes, coach" in shown
    assert amira.get(f"evidence/{id_of(page)}/edit").status_code == 403


def test_a_coach_adds_nothing_about_somebody_elses_participant(world: World) -> None:
    amira, ben, colin = world.participant(), world.participant("Ben Osei"), world.coach()
    world.allocate(colin, to=amira)
    assert colin.get(f"evidence/new?participant={ben.participant_id()}").status_code == 404
    page = add(colin, duty="a", participant=str(ben.participant_id()))
    assert page.status_code == 404
    assert stored_items(ben) == 0


def test_a_coach_without_participants_is_told_who_can_help(world: World) -> None:
    page = world.coach().get("evidence/new")
    check_page(page, 200)
    assert "No participant is allocated to you" in words(page)
