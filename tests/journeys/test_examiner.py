"""An external examiner on a phone, and the same at home without a connection."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect as expect_that

from lti_tool.board.examiner_models import ScriptRequest
from lti_tool.clock import now
from lti_tool.db import db
from tests.integration.board.examining import (
    Examined,
    appointed,
    examined,
    names_in,
)
from tests.integration.board.test_examiners import appointment_id
from tests.integration.grades.factories import hand_in, release_mark
from tests.integration.people.outsiders import Outsider
from tests.journeys.conftest import SitDown
from tests.journeys.test_personal_links import fits, opens_mail, signs_in
from tests.world import World

OTHERS = (("Bea Moon", 52), ("Cal Ives", 61), ("Dee Orr", 74), ("Eli Vance", 58))


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_an_examiner_follows_a_mark_and_takes_the_pack_home(
    world: World, sit_down: SitDown, chromium: Any, tmp_path: Path
) -> None:
    found = examined(world)
    for name, mark in OTHERS:
        release_mark(found.tutor, hand_in(world.participant(name)), mark)
    edith = appointed(found)
    seat = sit_down(edith.browser)
    opens_mail(seat, edith)
    signs_in(seat, edith)
    seat.sees_whole("External examining")
    fits(seat)
    seat.follows("MTL1")
    seat.sees("MTL1 Enquiry into practice: diagnosis and evidence")
    seat.reads("58.0")
    fits(seat)
    seat.sees_whole("MTL1 Enquiry into practice: diagnosis and evidence")
    seat.presses("Ask for this script")
    seat.reads("Say why you would like to see it.")
    seat.sees_whole("MTL1 Enquiry into practice: diagnosis and evidence")
    seat.fills("Standards, consistency and process", "The fail is rightly one.")
    seat.presses("Keep this comment")
    seat.sees("MTL1 Enquiry into practice: diagnosis and evidence")
    seat.reads("Your comment is kept.", within="body")
    seat.follows(found.candidate)
    seat.sees_whole(f"Candidate {found.candidate}")
    seat.reads("First marker: 45")
    fits(seat)
    a_script_was_asked_for(found, edith)
    lena = sit_down(found.lead)
    lena.opens_in_window("progress")
    lena.goes_to("examiners")
    lena.sees_whole("External examiners")
    fits(lena)
    lena.follows("Edith Marlowe")
    lena.sees_whole("Edith Marlowe")
    fits(lena)
    assert seat.window is not None
    seat.window.goto(seat.window.url.split("/scripts/")[0] + "/modules")
    seat.sees_whole("External examining")  # with what was asked for
    seat.reads("Not answered yet")
    with seat.window.expect_download() as asked:
        seat.presses("Download the pack")
    with zipfile.ZipFile(asked.value.path()) as pack:
        pack.extractall(tmp_path)
    _opens_from_disk(chromium, tmp_path, found.candidate)


def a_script_was_asked_for(found: Examined, edith: Outsider) -> None:
    """As if it were not in the sample, which so few marks are whole."""
    appointment = appointment_id(found, edith)
    with found.world.tool.app.app_context():
        db.session.add(
            ScriptRequest(
                appointment_id=appointment, attempt_id=found.attempt_id, reason="Its feedback",
                asked_at=now(),
            )
        )  # fmt: skip
        db.session.commit()


def _opens_from_disk(chromium: Any, folder: Path, candidate: str) -> None:
    """Without a connection, without a script, and without anything from elsewhere."""
    context = chromium.new_context(
        offline=True, java_script_enabled=False, viewport={"width": 375, "height": 700}
    )
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page: Page = context.new_page()
    page.goto((folder / "index.html").as_uri())
    page.get_by_role("link", name="MTL1 Enquiry").click()
    expect_that(page.locator("main")).to_contain_text("The fail is rightly one.")
    expect_that(page.locator("svg").first).to_be_visible()
    page.get_by_role("link", name=candidate).click()
    expect_that(page.get_by_role("heading", level=1)).to_have_text(f"Candidate {candidate}")
    expect_that(page.locator("main")).to_contain_text("First marker: 45")
    assert names_in(page.content()) == []
    target = page.get_by_role("link", name=f"{candidate}-MTL1-1.pdf").get_attribute("href")
    assert target is not None
    assert (folder / "scripts" / target).resolve().read_bytes().startswith(b"What was")
    assert all(url.startswith("file://") for url in asked), asked
    context.close()
