"""A lead puts participants on another version, after a look at what it changes for whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from requests import Response
from sqlalchemy import select

from lti_tool.audit.models import AuditEvent
from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.identity import Role
from lti_tool.people.models import Participant
from lti_tool.people.programmes import list_versions, newest_version, publish
from lti_tool.people.providers import get_provider
from tests.integration.attacks.hands import at_once
from tests.integration.cohort.story import add_evidence, submit_module
from tests.pages import check_page
from tests.partnerships import Partnership
from tests.programme_files import PRESETS, SMALL, text_of
from tests.tool_server import RunningTool
from tests.world import Person, World, soup
from tests.world import text_of as words_of

# Another version: one module and one strand less, a new module, other credits.
LATER = (
    ('version: "1.0"', 'version: "2.0"'),
    ("  MTL2:\n", "  MTL2A:\n"),
    ("Professional practice in the school context", "Practice in the school"),
    ('      "4.2":', '      "4.3":'),
    ('["4.1", "4.2"]', '["4.1", "4.3"]'),
    ("parallel_modules: 1 ", "parallel_modules: 2 "),
)


class Here(Partnership):
    """A partnership on version 1.0, whose operator can publish 2.0."""

    def publish(self, *changes: tuple[str, str], text: str = text_of(PRESETS[0])) -> int:
        """The id of the version with these changes."""
        for before, after in changes:
            assert before in text, before
            text = text.replace(before, after)
        file = self.folder / "later.yaml"
        file.write_text(text, encoding="utf-8")
        with self.tool.app.app_context():
            version, is_new = publish(get_provider(self.name), file)
            assert is_new
            db.session.commit()
            return version.id

    folder: Path


@pytest.fixture
def here(shared_tool: RunningTool, tools: dict[str, Any], tmp_path: Path) -> Here:
    made = Here(shared_tool, tools, Path("config") / PRESETS[0])
    made.folder = tmp_path
    return made


@pytest.fixture
def there(here: Here) -> World:
    """A course of the partnership."""
    return here.world()


def looked_at(page: Response, status: int = 200) -> Response:
    """The page, once nothing was found against it."""
    check_page(page, status)
    return page


def version_of(person: Person) -> str:
    with person.world.tool.app.app_context():
        found = db.session.get_one(Participant, person.participant_id())
        return found.programme_version.version


def preview(lead: Person, version: int, *people: Person) -> Response:
    """Choose these people on the page, and look; without people, everybody."""
    page = looked_at(lead.get(f"programmes/{version}"), 200)
    chosen = [str(person.participant_id()) for person in people]
    button = None if people else ("everybody", "yes")
    lead.page = lead.visitor.submit(
        page, "form[action$=preview]", {"participant": chosen}, (), button
    )
    return looked_at(lead.page)


def confirm(lead: Person, page: Response) -> Response:
    return looked_at(lead.submit(page, form="form[action$=preview]"))


def rows(page: Response) -> dict[str, str]:
    """participant → what the preview says of them."""
    return {
        str(row.select_one("th").get_text(strip=True)): " ".join(row.get_text(" ").split())  # type: ignore[union-attr]
        for row in soup(page).select("tr[data-participant]")
    }


def events(person: Person) -> list[AuditEvent]:
    with person.world.tool.app.app_context():
        return list(
            db.session.scalars(
                select(AuditEvent).where(
                    AuditEvent.participant_id == person.participant_id(),
                    AuditEvent.event == "programme.adopted",
                )
            )
        )


def test_publishing_changes_nothing_for_whoever_is_on_an_earlier_version(
    here: Here, there: World
) -> None:
    amira = there.participant()
    here.publish(*LATER)
    assert version_of(amira) == "1.0"
    assert "Professional practice in the school context" in words_of(amira.get("progress"))
    assert version_of(there.participant("Ben Osei")) == "2.0"


def test_the_preview_says_what_changes_for_whom_and_does_nothing(here: Here, there: World) -> None:
    amira, ben, lead = there.participant(), there.participant("Ben Osei"), there.lead()
    later = here.publish(*LATER)
    add_evidence(amira, "With the family", strands=("4.2",), module="MTL2")
    page = preview(lead, later, amira, ben)
    said = words_of(page)
    assert "2 of 2 can adopt it" in said
    assert "Modules that go: MTL2 Professional practice in the school context (30 credits)" in said
    assert "Strands that come: 4.3 Working with others" in said
    found = rows(page)
    assert "1 piece of evidence for MTL2, which goes." in found["Amira Khan"]
    assert "1 piece of evidence for strand 4.2, which goes." in found["Amira Khan"]
    assert "Can work on MTL1, MTL2 now; on MTL1, MTL2A then." in found["Ben Osei"]
    assert (version_of(amira), version_of(ben)) == ("1.0", "1.0")


def test_one_adopts_and_everybody_else_stays(here: Here, there: World) -> None:
    amira, ben, lead = there.participant(), there.participant("Ben Osei"), there.lead()
    later = here.publish(*LATER)
    done = confirm(lead, preview(lead, later, amira))
    assert "1 participant is on mtl-england-2009 2.0 now." in words_of(done)
    assert (version_of(amira), version_of(ben)) == ("2.0", "1.0")
    assert "Practice in the school" in words_of(amira.get("progress"))
    assert "Professional practice in the school context" in words_of(ben.get("progress"))
    (event,) = events(amira)
    with there.tool.app.app_context():
        versions = {each.version: each.id for each in list_versions(get_provider(here.name).id)}
    assert event.details == {
        "from_version": versions["1.0"], "to_version": versions["2.0"], "version": "2.0",
    }  # fmt: skip
    assert (event.acted_as, events(ben)) == ("lead", [])
    history = words_of(amira.get(f"participants/{amira.participant_id()}/history"))
    assert "changed the version of the programme" in history
    assert "Version 2.0" in history


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_people_on_two_versions_stand_in_a_table_of_their_own_each(
    here: Here, there: World
) -> None:
    """Strand 4.2 is no part of the later version, and Ben's evidence for it still counts."""
    amira, ben, lead = there.participant(), there.participant("Ben Osei"), there.lead()
    coach = there.coach()
    for person in (amira, ben):
        there.allocate(coach, to=person)
    add_evidence(ben, "A network", ("4.2",), "MTL1", ask=True)
    assert len(check_page(lead.get("cohort"), 200).select(".app-coverage-people")) == 1
    version = here.publish(*LATER)
    confirm(lead, preview(lead, version, amira))
    tables = check_page(lead.get("cohort"), 200).select(".app-coverage-people")
    assert [table.caption.get_text() for table in tables if table.caption] == [
        f"Coverage of those on version mtl-england-2009 {number}" for number in ("2.0", "1.0")
    ]
    people = [[row["data-participant"] for row in table.select("tr[data-participant]")]
              for table in tables]  # fmt: skip
    assert people == [[str(amira.participant_id())], [str(ben.participant_id())]]
    fourth = tables[1].select("td[data-area]")[9:]
    assert [cell["data-phase"] for cell in fourth] == ["1", "2", "3"]
    assert fourth[0]["data-state"] == "claimed"


def test_all_adopt_at_once(here: Here, there: World) -> None:
    people = [there.participant(name) for name in ("Amira Khan", "Ben Osei", "Cara Lin")]
    lead = there.lead()
    later = here.publish(*LATER)
    confirm(lead, preview(lead, later))
    assert [version_of(each) for each in people] == ["2.0"] * 3
    assert "Nobody is on another version." in words_of(lead.get(f"programmes/{later}"))


def test_who_has_handed_in_what_the_version_lacks_stays(here: Here, there: World) -> None:
    amira, ben, lead = there.participant(), there.participant("Ben Osei"), there.lead()
    later = here.publish(*LATER)
    add_evidence(amira, "In the school", module="MTL2")
    submit_module(amira, "MTL2")
    page = preview(lead, later, amira, ben)
    assert "1 of 2 can adopt it; the others stay" in words_of(page)
    refusal = "Work is handed in for MTL2, which is not in this version."
    assert refusal in rows(page)["Amira Khan"]
    confirm(lead, page)
    assert (version_of(amira), version_of(ben)) == ("1.0", "2.0")
    alone = preview(lead, later, amira)
    assert "Nobody of these can adopt it" in words_of(alone)
    assert not soup(alone).select("form[method=post][action$=preview]")


def test_what_was_previewed_is_what_is_done(here: Here, there: World) -> None:
    amira, lead = there.participant(), there.lead()
    later = here.publish(*LATER)
    page = preview(lead, later, amira)
    add_evidence(amira, "In the school", module="MTL2")
    submit_module(amira, "MTL2")
    refused = looked_at(lead.submit(page, form="form[action$=preview]"), 422)
    assert "Something has changed since you looked at this preview" in words_of(refused)
    assert "Work is handed in for MTL2" in rows(refused)["Amira Khan"]
    assert version_of(amira) == "1.0"


def test_pressing_twice_adopts_once(here: Here, there: World) -> None:
    amira, lead = there.participant(), there.lead()
    later = here.publish(*LATER)
    page = preview(lead, later, amira)
    confirm(lead, page)
    again = looked_at(lead.submit(page, form="form[action$=preview]"), 422)
    assert "Choose at least one participant." in words_of(again)
    assert len(events(amira)) == 1


def test_earlier_evidence_can_still_be_read_after_the_change(here: Here, there: World) -> None:
    amira, lead, tutor = there.participant(), there.lead(), there.tutor()
    later = here.publish(*LATER)
    kept = add_evidence(amira, "With the family", strands=("4.2", "1.1"), module="MTL2")
    confirm(lead, preview(lead, later, amira))
    item = kept.url.split(f"/courses/{amira.course_id}/")[1]
    assert "MTL2 (no longer in the programme)" in words_of(looked_at(amira.get(item), 200))
    assert "4.2 (no longer in the programme)" in words_of(amira.page)
    for person in (amira, lead, tutor):
        for path in ("progress", "participants", "evidence", "cohort"):
            if person.get(path).status_code != 403:
                looked_at(person.page, 200)
        looked_at(person.get(f"participants/{amira.participant_id()}"), 200)


def test_nobody_joins_a_version_that_is_taught_out(here: Here, there: World) -> None:
    amira, lead = there.participant(), there.lead()
    later = here.publish(*LATER)
    assert here.programme("teach-out", str(later)).exit_code == 0
    page = lead.get(f"programmes/{later}/preview?participant={amira.participant_id()}")
    assert "Nobody can join this version: it is closing." in words_of(looked_at(page, 422))
    assert "Taught out" in words_of(looked_at(lead.get("programmes"), 200))


def test_only_leads_come_to_these_pages(here: Here, there: World) -> None:
    later = here.publish(*LATER)
    for person in (there.participant(), there.coach(), there.tutor()):
        for path in (
            "programmes",
            f"programmes/{later}",
            f"programmes/{later}/preview?everybody=1",
        ):
            assert person.get(path).status_code == 403


def test_a_version_of_another_provider_does_not_exist(here: Here, there: World) -> None:
    lead = there.lead()
    with there.tool.app.app_context():
        theirs = newest_version(get_provider("Our university").id).id
    for path in (f"programmes/{theirs}", f"programmes/{theirs}/preview?everybody=1"):
        looked_at(lead.get(path), 404)
    assert Role.LEAD.value in words_of(lead.get("programmes")).lower()


def test_people_on_quite_different_programmes_share_the_same_pages(
    here: Here, there: World
) -> None:
    amira, coach, lead = there.participant(), there.coach(), there.lead()
    here.publish(text=SMALL)
    ben = there.participant("Ben Osei")
    add_evidence(amira, "Fractions", strands=("1.1",), module="MTL1")
    add_evidence(ben, "Beginnings", strands=("first",), module="M.one")
    for person in (amira, ben):
        there.allocate(coach, to=person)
    for person in (amira, ben, coach, lead):
        for path in ("progress", "participants", "evidence", "cohort"):
            if person.get(path).status_code != 403:
                looked_at(person.page)
    for person in (amira, ben):
        for path in ("", "/plan", "/dialogue", "/records", "/prior-learning", "/places"):
            looked_at(lead.get(f"participants/{person.participant_id()}{path}"))


def test_a_submission_and_an_adoption_at_the_same_moment_never_lose_the_work(
    here: Here, there: World
) -> None:
    amira, lead = there.participant(), there.lead()
    later = here.publish(*LATER)
    add_evidence(amira, "In the school", module="MTL2")
    page = preview(lead, later, amira)
    at_once(
        lambda: submit_module_as_it_comes(amira, "MTL2"),
        lambda: lead.submit(page, form="form[action$=preview]"),
    )
    with there.tool.app.app_context():
        has_work = db.session.scalars(
            select(Attempt).where(Attempt.participant_id == amira.participant_id())
        ).first()
    assert version_of(amira) == ("1.0" if has_work else "2.0")


def submit_module_as_it_comes(person: Person, module: str) -> Response:
    """Hand in, whatever the answer is."""
    page = person.get(f"modules/{module}/submit")
    boxes = [str(box["value"]) for box in soup(page).select("input[name=items]")]
    if not boxes:
        return page  # the adoption came first, and the module is gone
    values = {"items": boxes, "own_work": "yes", "pupils_protected": "yes"}
    return person.submit(page, values, button=("action", "submit"), form="#form")


def test_the_dates_of_modules_begin_with_the_version_that_people_are_on(
    here: Here, there: World
) -> None:
    there.participant().get("progress")
    lead = there.lead()
    here.publish(*LATER)
    assert "Version 1.0" in words_of(lead.get("module-dates"))
