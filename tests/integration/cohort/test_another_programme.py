"""The whole line, from the chooser to the gradebook, on the second programme that is shipped."""

from __future__ import annotations

from typing import Any

import pytest

from lti_tool.settings import ROOT
from tests.integration.cohort.story import add_evidence, attest, submit_module
from tests.pages import check_page
from tests.partnerships import Partnership
from tests.programme_files import PRESETS
from tests.tool_server import RunningTool
from tests.world import World, grades_in, soup, text_of

STRANDS = ("1.1", "2.2", "3.1", "4.2")
JUDGED = {
    "mark": "68",
    "feedback": "A question worth asking, and a fair way of asking it.",
    "criterion-thinking": "Widely read.",
    "criterion-telling": "Clear to colleagues.",
}


@pytest.fixture
def there(shared_tool: RunningTool, tools: dict[str, Any]) -> World:
    """A course of a partnership whose programme is the second preset."""
    return Partnership(shared_tool, tools, ROOT / "config" / PRESETS[1]).world()


def test_a_participant_goes_through_a_module_of_the_second_programme(there: World) -> None:
    amira, colin, tessa = there.participant(opens="TL1"), there.coach(), there.tutor()
    there.allocate(colin, to=amira)
    add_evidence(amira, "Asking better questions", STRANDS, "TL1", ask=True)
    attest(colin, "Asking better questions")
    submit_module(amira, "TL1")
    link = soup(tessa.get("marking")).select_one("tbody a")
    assert link is not None
    page = tessa.visitor.get(there.tool.url + str(link["href"]))
    check_page(page, 200)
    assert "Critical thinking (30%)" in text_of(page)
    for action in ("save", "final", "release"):
        form = "form:has([value=release])" if action == "release" else "form[data-autosave]"
        values = {} if action == "release" else JUDGED
        page = tessa.submit(page, values, button=("action", action), form=form)
        check_page(page, 200)
    there.deliver()
    (cells,) = grades_in(there).values()
    assert [cell.score for cell in cells.values()] == [68]
    shown = text_of(amira.get("modules/TL1"))
    assert "Merit" in shown
    assert "Widely read." in shown
    assert "30 of 180" in text_of(amira.get("progress"))
    assert "Not final until the board has confirmed it" in str(list(cells.values()))


def test_the_chooser_and_the_pages_show_the_modules_of_the_second_programme(there: World) -> None:
    amira, lead = there.participant(), there.lead()
    chooser = there.visitor("Tom Reed", "tutor").deep_link(there.course)
    for code in (f"TL{number}" for number in range(1, 7)):
        assert f"module:{code}" in chooser.text
    assert "MTL1" not in chooser.text
    pages = {amira: ("progress", "evidence", "plan", "help"), lead: ("cohort", "participants")}
    for person, paths in pages.items():
        for path in paths:
            check_page(person.get(path), 200)
    own = f"participants/{amira.participant_id()}"
    for path in ("", "/plan", "/dialogue", "/records", "/prior-learning", "/places"):
        check_page(lead.get(own + path), 200)


def test_a_blocking_programme_keeps_later_phases_shut(there: World) -> None:
    amira = there.participant()
    assert "TL2 is not open to you yet." in text_of(amira.get("modules/TL2/submit"))
    reasons = text_of(amira.get("modules/TL2"))
    assert "recorded: the first diagnosis of professional needs" in reasons
