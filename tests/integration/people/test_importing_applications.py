"""Applications come in by a spreadsheet, row by row, and a second import of it changes nothing."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import select

from lti_tool.db import db
from lti_tool.people import applications
from lti_tool.people.models import Application
from lti_tool.people.models import School as SchoolRow
from tests.integration.people.test_applications import NQT, offered, school_with
from tests.integration.people.test_importing import import_all, problems, upload
from tests.pages import check_page
from tests.world import Person, World, text_of

HEADER = "application_id,name,email,school_urn,role,qts_year,post_year\n"
_numbers = itertools.count(1)


def fresh() -> str:
    """An address that nobody has told yet."""
    return f"applicant{next(_numbers)}.import@school.example"


def stored(lead: Person, email: str) -> list[Application]:
    with lead.world.tool.app.app_context():
        query = select(Application).where(Application.email == email)
        found = list(db.session.scalars(query.order_by(Application.id)))
        db.session.expunge_all()
        return found


def test_applications_are_added_after_a_look_and_found_again_by_their_address(
    world: World,
) -> None:
    lead = world.lead()
    urn = school_with(lead, national_challenge_support="yes")
    email = fresh()
    text = f"{HEADER},Nadia Quinn,{email},{urn},Newly qualified teacher,2008/09,2009/10\n"
    page = upload(lead, "applications", text)
    assert f"school: {urn}; post: nqt; year of qualified teacher status: 2008/09" in text_of(page)
    assert stored(lead, email) == []
    assert "1 added and 0 changed" in import_all(lead, "applications", text)
    (found,) = stored(lead, email)
    assert (found.name, found.state, found.role) == ("Nadia Quinn", "interested", "nqt")
    assert "nothing new" in text_of(upload(lead, "applications", text))
    changed = f"name,email,post_year\nNadia Quinn,{email.upper()},2010/11\n"
    page = upload(lead, "applications", changed)
    assert "2009/10 → 2010/11" in text_of(page)
    exported = lead.get("export/applications.csv").content.decode("utf-8-sig")
    assert f"{found.id},Nadia Quinn,{email},interested,,{urn}," in exported


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_each_row_that_cannot_be_says_why_and_nothing_is_stored(world: World) -> None:
    lead = world.lead()
    urn = school_with(lead, national_challenge_support="yes")
    decided, twice = fresh(), fresh()
    offered(lead, urn, "Olga Passed", decided)
    with world.tool.app.app_context():
        for _ in range(2):
            provider_id = db.session.scalars(select(SchoolRow.provider_id)).first()
            applications.store_new(None, provider_id or 0, {"name": "Twin Twice", "email": twice})
        db.session.commit()
    told = problems(
        upload(
            lead,
            "applications",
            HEADER + f",No Address,,,,,\n,,{fresh()},,,,\n,Odd Year,{fresh()},,,2008/10,\n"
            f",No School,{fresh()},999999,,,\n,Olga Passed,{decided},,,,2010/11\n"
            f",Twin Twice,{twice},,,,\n99999999,Who Knows,,,,,\n,Bad Address,nowhere,,,,\n",
        )
    )
    assert [each.split(" | ")[:2] for each in told] == [
        ["2", "email"], ["3", "name"], ["4", "qts_year"], ["5", "school_urn"],
        ["6", "–"], ["7", "email"], ["8", "application_id"], ["9", "email"],
    ]  # fmt: skip
    assert "the application's state is “Offered a place”" in told[4]
    assert told[5].endswith(f"{', '.join(str(each.id) for each in stored(lead, twice))}.")
    assert not check_page(lead.page).select('form:has([name="seen"])')
    # What a decision rested on stays; a name may still be corrected.
    (found,) = stored(lead, decided)
    corrected = f"application_id,name,role\n{found.id},Olga Passed-Hall,{NQT['role']}\n"
    assert "0 added and 1 changed" in import_all(lead, "applications", corrected)
