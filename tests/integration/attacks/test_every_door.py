"""Every address that each role may enter, tried with the ids of somebody they have no part in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from lti_tool.board import boards, examiners
from lti_tool.board.boards import Plan
from lti_tool.clock import now, today
from lti_tool.cohort import filters, headcounts, legal_holds
from lti_tool.cohort.filters import Filters
from lti_tool.cohort.privacy_models import DisposalProposal
from lti_tool.db import db
from lti_tool.evidence.reports import report
from lti_tool.grades.marks_sheets import add_sheet
from lti_tool.identity import Role
from lti_tool.people.models import Course, ImportBatch, Participant, School
from tests.integration.attacks.hands import fetch, post, token
from tests.integration.attacks.test_colleagues import (
    PLAIN,
    PRIVATE,
    doors,
    everything_of,
    path_of,
    trail_of,
)
from tests.integration.attacks.test_parts_in_the_work import end_coaching
from tests.integration.attacks.test_strangers import SECRETS
from tests.integration.evidence.steps import added
from tests.integration.people.outsiders import invited_coach
from tests.integration.people.test_applications import add
from tests.integration.people.test_head_teachers import signed_in_head, teaches_at
from tests.integration.people.test_importing import upload
from tests.integration.people.test_places import add_school
from tests.partnerships import Partnership
from tests.programme_files import PRESETS
from tests.tool_server import RunningTool
from tests.world import Person, World

PRESET = Path("config") / PRESETS[0]
# What everybody of a partnership may come across.
OF_ALL = ("Hope High",)
NAMES = (*SECRETS, PRIVATE, "Nadia Quinn", *OF_ALL)
BUTTONS = ("save", "cancel", "submit", "agree")
# Answers that say no: there is no such thing, it is not for this role, or the form was not taken.
NO = {403, 404, 422}
# Of one's own partnership, any member of staff may read the register and the versions.
SHARED = {"school_id", "version_id"}


def things_of(
    amira: Person, world: World, lead: Person, coach: Person | None = None
) -> dict[str, Any]:
    """All ids about a participant, and those of her partnership."""
    things = everything_of(amira, world, coach)
    urn = add_school(lead, "Hope High")
    application = add(lead)
    item = added(amira, title=PRIVATE, button="submit")
    upload(lead, "schools", f"urn,name\n{urn},Hope High School\n")
    with world.tool.app.app_context():
        school = select(School.id).where(School.urn == urn)
        batch = select(ImportBatch.id).order_by(ImportBatch.id.desc())
        participant = db.session.get_one(Participant, things["participant_id"])
        (coaching,) = [each for each in participant.allocations if each.kind == "coach"]
        found = things | {
            "school_id": db.session.scalars(school).one(),
            "batch_id": db.session.scalars(batch).first(),
            "application_id": int(application.rsplit("/", 1)[1]),
            "user_id": coaching.user_id,
            "version_id": participant.programme_version_id,
            "report_id": report(lead.viewer(Role.LEAD), item, "private").id,
            "sheet_id": marks_sheet_of(lead),
            "link_id": 1, "ticket": "x", "kind": "participants", "member_id": 1,
            "filter_id": filters.keep(lead.viewer(Role.LEAD), urn, Filters(school=urn)).id,
        }  # fmt: skip
        appointment = examiners.appoint(
            lead.viewer(Role.LEAD), ("Edith Marlowe", f"edith.{urn}@elsewhere.example"), ["MTL1"],
            today(), today(),
        )  # fmt: skip
        planned = Plan("meeting", PRIVATE, today())
        board = boards.plan(lead.viewer(Role.LEAD), planned)
        headcount = headcounts.take(lead.viewer(Role.LEAD), today())
        proposal = DisposalProposal(
            provider_id=participant.provider_id, participant_id=participant.id,
            kept_as="audit", due_on=today(), proposed_at=now(),
        )  # fmt: skip
        db.session.add(proposal)
        held = legal_holds.place(None, participant.user, PRIVATE)
        db.session.commit()
        made = {"headcount_id": headcount.id, "board_id": board.id}
        made |= {"proposal_id": proposal.id, "hold_id": held.id}
        return found | made | {"appointment_id": appointment.id}


def marks_sheet_of(lead: Person) -> int:
    """A sheet of marks that is looked at and not confirmed; inside an application context."""
    data = f"receipt,revision,feedback\n{PRIVATE},0,{PRIVATE}\n".encode()
    return add_sheet(lead.viewer(Role.LEAD), f"{PRIVATE}.csv", data, are_final=False).id


def break_in(
    stranger: Person, role: Role, things: dict[str, Any], form: str, ours: set[str]
) -> dict[str, Any]:
    """What got through: secrets that were read, and deeds that were not refused."""
    csrf = token(stranger, form)
    naming = (
        things.keys() - PLAIN.keys() - {"link_id", "member_id", "ticket", "kind", "page"} - ours
    )
    hidden = [name for name in NAMES if not ours or name not in OF_ALL]
    through: dict[str, Any] = {}
    tried = 0
    for method, rule in doors(stranger.world, role):
        path = path_of(rule, things)
        names_a_thing = bool(rule.arguments & naming)
        if method == "GET":
            answers = [fetch(stranger, path)]
        elif names_a_thing:
            answers = [post(stranger, path, csrf_token=csrf, action=each) for each in BUTTONS]
        else:
            continue
        statuses = {answer.status_code for answer in answers}
        tried += names_a_thing
        seen = [name for name in hidden for each in answers if name in each.text]
        if seen or max(statuses) >= 500 or (names_a_thing and statuses - NO):
            through[f"{method} {path}"] = (statuses, seen)
    assert tried > 15
    return through


@pytest.fixture
def there(shared_tool: RunningTool, tools: dict[str, Any]) -> World:
    """A course of a partnership beside others."""
    return Partnership(shared_tool, tools, PRESET).world()


# The others of `test_access_matrix.py` knock at the same doors, inside the application.
@pytest.mark.parametrize("who", ["former coach", "lead of another partnership"])
def test_a_stranger_gets_at_nothing_of_anybodys(
    there: World, shared_tool: RunningTool, tools: dict[str, Any], who: str
) -> None:
    amira, lead = there.participant(opens="MTL1"), there.lead()
    things = things_of(amira, there, lead)
    ben = there.participant("Ben Osei")
    form, ours = "evidence/new", set(SHARED)
    if who == "former coach":
        stranger, role = there.coach("Dora Lind"), Role.COACH
        end_coaching(amira)
        there.allocate(stranger, to=amira)
        end_coaching(amira)
        there.allocate(stranger, to=ben)
    else:
        other, ours = Partnership(shared_tool, tools, PRESET).world(), set()
        ben = other.participant("Ben Osei")
        stranger, role = other.lead("Otto Vale"), Role.LEAD
        form = f"participants/{ben.participant_id()}/allocations"
    before = trail_of(there, things["participant_id"])
    assert break_in(stranger, role, things, form, ours) == {}
    assert trail_of(there, things["participant_id"]) == before


def test_a_personal_link_opens_no_course_and_no_other_school(
    there: World, shared_tool: RunningTool
) -> None:
    amira, ben, lead = there.participant(), there.participant("Ben Osei"), there.lead()
    things = things_of(amira, there, lead)
    with shared_tool.app.app_context():
        other = db.session.scalars(select(School.id).order_by(School.id)).first()
    head = signed_in_head(lead, things["school_id"])
    assert other is not None
    teaches_at(lead, things["school_id"], ben)
    page = head.browser.get(head.newest_link())
    assert "Ben Osei" in page.text
    assert "Amira Khan" not in page.text
    for method, rule in doors(there, Role.LEAD):
        url = f"{shared_tool.url}/courses/{amira.course_id}/{path_of(rule, things)}"
        answer = head.browser.session.request(method, url, allow_redirects=False)
        assert answer.status_code in {400, 401, 403}, (method, rule.rule, answer.status_code)


def test_a_coach_by_link_comes_to_the_courses_of_their_own_only(there: World) -> None:
    amira, ben, lead = there.participant(), there.participant("Ben Osei"), there.lead()
    things = things_of(amira, there, lead)
    olga = invited_coach(there, lead, ben)
    assert "Ben Osei" in olga.sign_in(olga.newest_link()).text
    with there.tool.app.app_context():
        here = db.session.get_one(Course, amira.course_id).id
    for method, rule in doors(there, Role.COACH):
        if method == "GET" and rule.arguments & {"participant_id", "item_id", "attempt_id"}:
            url = f"{there.tool.url}/courses/{here}/{path_of(rule, things)}"
            answer = olga.browser.session.get(url, allow_redirects=False)
            assert answer.status_code in {401, 403, 404}, (rule.rule, answer.status_code)
            assert PRIVATE not in answer.text
