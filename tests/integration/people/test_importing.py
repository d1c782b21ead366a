"""A lead checks a spreadsheet, sees what it would change, and applies exactly that."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from lti_tool.audit.models import AuditEvent
from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.people import allocations, moves
from lti_tool.people.models import ImportBatch, Participant, PlatformIdentity, School, User
from tests.integration.people.test_schools import free_urn
from tests.pages import check_page
from tests.partnerships import Partnership
from tests.tool_server import RunningTool
from tests.world import Person, World, text_of

_names = itertools.count(1)
CONFIRM = 'form:has([name="seen"])'


def upload(lead: Person, kind: str, text: str | bytes) -> Any:
    """Choose a file and have it checked."""
    page = lead.get("import")
    check_page(page, 200)
    data = text if isinstance(text, bytes) else text.encode()
    file = ("file", ("people.csv", data, "text/csv"))
    answer = lead.submit(page, {"kind": kind}, files=[file], form="form[enctype]")
    check_page(answer)
    return answer


def confirm(lead: Person) -> Any:
    answer = lead.submit(lead.page, form=CONFIRM)
    check_page(answer)
    return answer


def import_all(lead: Person, kind: str, text: str | bytes) -> str:
    """Upload and confirm; the words of the last page."""
    upload(lead, kind, text)
    return text_of(confirm(lead))


def problems(page: Any) -> list[str]:
    """The rows of the page's table, without the word before each number."""
    told = [
        " | ".join(cell.get_text(" ", strip=True) for cell in row.select("th, td"))
        for row in check_page(page, 200).select("table tbody tr")
    ]
    return [each.removeprefix("Row ") for each in told]


def number_of(person: Person) -> str:
    with person.world.tool.app.app_context():
        return db.session.get_one(Participant, person.participant_id()).candidate_number


def user_id(person: Person) -> int:
    with person.world.tool.app.app_context():
        return person.user().id


def counted(world: World, model: Any) -> int:
    with world.tool.app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_schools_are_added_after_a_look_and_a_second_import_changes_nothing(world: World) -> None:
    lead = world.lead()
    urn = free_urn(world)
    text = f"URN,School name,phase,closed\n{urn},Hope High,Secondary,04/01/2010\n"
    page = upload(lead, "schools", text)
    assert "1 are new" in text_of(page)
    assert "closed on 4 January 2010" in text_of(page)
    with world.tool.app.app_context():
        assert db.session.scalars(select(School).where(School.urn == urn)).first() is None
    assert "1 added and 0 changed" in text_of(confirm(lead))
    with world.tool.app.app_context():
        school = db.session.scalars(select(School).where(School.urn == urn)).one()
        assert (school.name, school.phase, school.closed_on) == (
            "Hope High", "secondary", date(2010, 1, 4),
        )  # fmt: skip
    assert "nothing new" in text_of(upload(lead, "schools", text))
    changed = upload(lead, "schools", f"urn,name\n{urn},Hope Academy\n")
    assert "Hope High → Hope Academy" in text_of(changed)


def test_problems_are_told_row_by_row_and_nothing_can_be_confirmed(world: World) -> None:
    lead = world.lead()
    urn = free_urn(world)
    text = (
        f"urn;name;closed_on\n{urn};Hope High;13/13/2010\n12;Low;\n\n{urn};Again;\n"
        f"{urn};Again;;more\n"
    )
    page = upload(lead, "schools", text)
    told = problems(page)
    assert [each.split(" | ")[0] for each in told] == ["2", "3", "6"]
    assert told[0].startswith("2 | closed_on | “13/13/2010” cannot be used. Write a date such as")
    assert told[1] == "3 | urn | “12” cannot be used. A URN has 6 digits."
    assert "more cells" in told[2]
    assert not check_page(page).select(CONFIRM)
    repeated = problems(upload(lead, "schools", f"urn,name\n{urn},A\n{urn},B\n"))
    assert repeated == ["3 | urn | This repeats row 2. Keep one of the two."]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"PK\x03\x04rest", "This is a workbook and not a CSV file."),
        (b'urn,name\n"123456,Hope\n', "a quotation mark is missing"),
        (b"urn,name\n" + b"123456,Hope\n" * 1001, "more than 1,000 rows"),
        (b"urn\n" + b"x" * 4_100_000, "larger than 4 MB"),
        (b"\x81\x8d\x90\x81", "letters of this file cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(
    world: World, data: bytes, sentence: str
) -> None:
    lead = world.lead()
    answer = upload(lead, "schools", data)
    assert answer.status_code == 422
    assert sentence in text_of(answer)


def test_a_wrong_header_is_answered_with_the_nearest_right_one(world: World) -> None:
    lead = world.lead()
    told = problems(upload(lead, "participants", "candidat number,cohrt\nC000001,A\n"))
    assert told == [
        "1 | candidat number | There is no column “candidat number”. "
        "Did you mean candidate_number?",
        "1 | cohrt | There is no column “cohrt”. Did you mean cohort?",
    ]


def test_careers_and_schools_of_participants_are_set_by_candidate_number(world: World) -> None:
    lead, amira = world.lead(), world.participant()
    urn = free_urn(world)
    import_all(lead, "schools", f"urn,name\n{urn},Hope High\n")
    text = (
        "candidate_number,name,cohort,subject,qts,school_urn\n"
        f'{number_of(amira).lower()},Khan,2010,"Music,\nand drama",40182,{urn}\n'
    )
    page = upload(lead, "participants", text)
    assert "qts on: nothing → 4 January 2010" in text_of(page)
    assert "school: Hope High from" in text_of(page)
    confirm(lead)
    with world.tool.app.app_context():
        found = db.session.get_one(Participant, amira.participant_id())
        assert (found.cohort, found.subject_taught) == ("2010", "Music, and drama")
        assert found.qts_on == date(2010, 1, 4)
        school = moves.school_on(found, today())
        assert school is not None
        assert school.urn == urn
    assert "nothing new" in text_of(upload(lead, "participants", text))


def test_a_new_participant_needs_the_id_of_the_vle_and_meets_their_record_at_launch(
    world: World,
) -> None:
    lead = world.lead()
    told = problems(upload(lead, "participants", "candidate_number,name\nMTL-9,Ben Ali\n"))
    assert "Nobody has the candidate number MTL-9" in told[0]
    visitor = world.visitor("Ben Ali", "participant")
    number = f"MTL-{next(_names)}-{world.course.id}-{world.tool.store[:2]}".upper()[:20]
    text = f"vle_user_id,candidate_number,name,cohort\n{visitor.person.id},{number},Ben Ali,2010\n"
    assert "1 added" in import_all(lead, "participants", text)
    ben = Person(world, visitor, "progress")
    assert number_of(ben) == number
    assert "nothing new" in text_of(upload(lead, "participants", text))


def test_nobody_is_found_by_an_address_alone(world: World) -> None:
    lead, amira = world.lead(), world.participant()
    told = problems(upload(lead, "participants", f"email,cohort\n{amira.visitor.person.email},X\n"))
    assert told == ["2 | candidate_number | Give the candidate number, or the vle_user_id."]


def test_a_row_that_slipped_is_noticed_by_its_name(world: World) -> None:
    lead, amira, ben = world.lead(), world.participant(), world.participant("Ben Ali")
    text = f"candidate_number,name,cohort\n{number_of(amira)},Ben Ali,X\n{number_of(ben)},,Y\n"
    told = problems(upload(lead, "participants", text))
    assert len(told) == 1
    assert "knows this person as Amira Khan, not as Ben Ali" in told[0]


def test_staff_and_coaches_become_no_participants_by_a_row(world: World) -> None:
    lead, amira, coach = world.lead(), world.participant(), world.coach()
    world.allocate(coach, to=amira)
    text = (
        "vle_user_id,name\n"
        f"{lead.visitor.person.id},Lena Okafor\n{coach.visitor.person.id},Colin Hughes\n"
    )
    told = problems(upload(lead, "participants", text))
    assert "Lena Okafor is of the university’s staff" in told[0]
    assert "Colin Hughes coaches participants" in told[1]


def test_a_coach_takes_over_by_import_and_importing_again_changes_nothing(world: World) -> None:
    lead, amira = world.lead(), world.participant()
    old, new = world.coach(), world.coach("Dora Finch")
    world.allocate(old, to=amira)
    ahead = today() + timedelta(days=30)
    text = (
        "candidate_number,kind,person_id,person_name,from,basis\n"
        f"{number_of(amira)},Coach,{user_id(new)},Finch,{ahead:%d/%m/%Y},partner_school\n"
    )
    page = upload(lead, "allocations", text)
    assert "Coach: Colin Hughes → Dora Finch from" in text_of(page)
    confirm(lead)
    with world.tool.app.app_context():
        participant = db.session.get_one(Participant, amira.participant_id())
        now = allocations.coach_on(participant, today())
        then = allocations.coach_on(participant, ahead)
        assert now is not None
        assert then is not None
        assert (now.name, then.name) == ("Colin Hughes", "Dora Finch")
    assert "nothing new" in text_of(upload(lead, "allocations", text))


def test_overlaps_and_impossible_allocations_are_refused(world: World) -> None:
    lead, amira, coach = world.lead(), world.participant(), world.coach()
    number, own, other = number_of(amira), user_id(amira), user_id(coach)
    third = user_id(world.coach("Dora Finch"))
    text = (
        "candidate_number,kind,person_id,started_on,ended_on\n"
        f"{number},coach,{own},,\n"
        f"{number},tutor,{other},,\n"
        f"{number},coach,{other},2001-01-01,\n"
        f"{number},coach,{other},,\n"
        f"{number},coach,{third},,\n"
        f"{number},coach,999999999,,\n"
        "C999999,coach,1,,\n"
    )
    told = {each.split(" | ")[0]: each for each in problems(upload(lead, "allocations", text))}
    assert "Nobody can be their own" in told["2"]
    assert "Colin Hughes is no tutor" in told["3"]
    assert "enrolled on" in told["4"]
    assert "Another row gives this time to Colin Hughes" in told["6"]
    assert "Nobody is known by this" in told["7"]
    assert set(told) == {"2", "3", "4", "6", "7", "8"}


def test_what_changed_since_the_look_has_to_be_looked_at_again(world: World) -> None:
    lead, amira, coach = world.lead(), world.participant(), world.coach()
    text = f"candidate_number,kind,person_id\n{number_of(amira)},coach,{user_id(coach)}\n"
    upload(lead, "allocations", text)
    shown = lead.page
    other = world.coach("Dora Finch")
    world.allocate(other, to=amira)
    answer = lead.submit(shown, form=CONFIRM)
    assert answer.status_code == 422
    assert "Something has changed since this was checked" in text_of(answer)
    assert "Dora Finch → Colin Hughes" in text_of(answer)
    assert "1 added" in text_of(confirm(lead))


def test_an_import_is_done_once_and_its_file_is_kept_no_longer(world: World) -> None:
    lead, amira = world.lead(), world.participant()
    upload(lead, "participants", f"candidate_number,cohort\n{number_of(amira)},2010\n")
    shown = lead.page
    confirm(lead)
    again = lead.submit(shown, form=CONFIRM)
    assert "This import is done already." in text_of(again)
    batch_id = int(shown.url.rsplit("/", 1)[1])
    with world.tool.app.app_context():
        batch = db.session.get_one(ImportBatch, batch_id)
        assert (batch.content, batch.changed) == (None, 1)
        told = db.session.scalars(
            select(AuditEvent.event).where(AuditEvent.subject_kind == "import_batch")
        )
        assert "import_batch.done" in set(told)


def test_only_a_lead_imports_and_nobody_sees_the_upload_of_another(world: World) -> None:
    lead, tutor, amira = world.lead(), world.tutor(), world.participant()
    upload(lead, "participants", f"candidate_number,cohort\n{number_of(amira)},2010\n")
    batch = lead.page.url.rsplit("/", 1)[1]
    for path in ("import", f"import/{batch}", "export/participants.csv"):
        assert tutor.get(path).status_code == 403
    other = world.lead("Lara Quinn")
    assert other.get(f"import/{batch}").status_code == 404


def test_an_export_comes_back_and_changes_nothing(
    shared_tool: RunningTool, tools: dict[str, Any]
) -> None:
    # Among others' people are some who were erased, and an import brings nobody back.
    world = Partnership(shared_tool, tools).world()
    lead, amira, coach = world.lead(), world.participant("=Amira Khan"), world.coach()
    world.allocate(coach, to=amira)
    import_all(
        lead,
        "training",
        f"person_id,trained_on,standard\n{user_id(coach)},2010-01-04,=1+1\n",
    )
    for kind in ("participants", "schools", "allocations", "training"):
        file = lead.get(f"export/{kind}.csv")
        assert file.headers["Content-Type"].startswith("text/csv")
        rows = file.content.decode("utf-8-sig").splitlines()
        assert not any(cell.startswith("=") for row in rows for cell in row.split(","))
        page = upload(lead, kind, "\r\n".join(rows))
        assert problems(page) == []
        assert "nothing new" in text_of(page)


def test_an_import_that_fails_half_way_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = world.lead()
    before = counted(world, User), counted(world, Participant), counted(world, PlatformIdentity)
    one, two = (world.visitor(f"New {word}", "participant").person.id for word in ("One", "Two"))
    upload(lead, "participants", f"vle_user_id,name\n{one},New One\n{two},New Two\n")
    shown, calls = lead.page, itertools.count()

    def newest(_provider_id: int) -> Any:
        if next(calls):
            raise RuntimeError("the power went out")
        return keep(_provider_id)

    from lti_tool.people import programmes

    keep = programmes.newest_version
    monkeypatch.setattr(programmes, "newest_version", newest)
    assert lead.submit(shown, form=CONFIRM).status_code == 500
    monkeypatch.undo()
    after = counted(world, User), counted(world, Participant), counted(world, PlatformIdentity)
    assert after == before
    assert "2 added" in text_of(lead.submit(shown, form=CONFIRM))
