"""A participant takes everything about themself home, also after leaving."""

import hashlib
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, Any

from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.clock import now, today
from lti_tool.cohort.my_record import RecordFile, safe, safe_file
from lti_tool.cohort.record_contents import LEFT_OUT, PARTS, TOLD_ELSEWHERE
from lti_tool.db import Base, db
from lti_tool.errors import NotFound
from lti_tool.evidence.archive import Archive
from lti_tool.identity import Role
from lti_tool.people import participation
from lti_tool.people.models import Application, EligibilityDecision, Participant
from tests.integration.cohort.story import add_evidence, attest
from tests.integration.grades.factories import hand_in, release_mark
from tests.pages import check_page
from tests.world import Person, World, text_of

PDF = b"%PDF-1.7 what happened in the lesson"


def add_with_file(person: Person, title: str, filename: str) -> None:
    page = person.get("evidence/new?module=MTL1")
    values = {"title": title, "strands": ["1.1"], "narrative": "<b>What</b> I saw."}
    values["pupils"] = "none"
    files = [("files", (filename, PDF, "application/pdf"))]
    check_page(
        person.submit(page, values, files=files, button=("action", "save"), form="#form"), 200
    )


def download(person: Person) -> zipfile.ZipFile:
    answer = person.get("my-record.zip")
    assert answer.status_code == 200, answer.text[:300]
    assert answer.headers["Content-Type"] == "application/zip"
    assert "attachment" in answer.headers["Content-Disposition"]
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    return archive


def told(archive: zipfile.ZipFile) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(archive.read("record.json"))
    return found


def test_a_record_holds_words_files_receipts_marks_and_history(world: World) -> None:
    amira, coach, tutor = world.participant(), world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    add_with_file(amira, "Grouping & more", "../Stundenplan Zoë.pdf")
    add_evidence(amira, "Seen by the coach", ask=True)
    attest(coach, "Seen by the coach")
    release_mark(tutor, hand_in(amira), 64, "Well argued.")
    words = text_of(amira.get("my-record"))
    check_page(amira.page, 200)
    assert "your 2 pieces of evidence" in words
    assert "1 file, 36 bytes" in words
    archive = download(amira)
    data = told(archive)
    assert data["participant"]["name"] == "Amira Khan"
    assert data["participant"]["state"] == "active"
    assert [each["kind"] for each in data["coaches_and_tutors"]] == ["coach"]
    assert data["coaches_and_tutors"][0]["user"] == "Colin Hughes"
    assert [each["mark"] for each in data["marks"]] == [64]
    first, second = data["evidence"]
    assert second["versions"][0]["attestations"][0]["statement"] == "I watched this lesson."
    place = first["versions"][0]["files"][0]["file"]
    assert place.startswith("evidence/0")
    assert place.endswith("-grouping-more/v1-01-stundenplan-zoe.pdf")
    assert archive.read(place) == PDF
    (handed_in,) = data["handed_in"]
    assert hashlib.sha256(archive.read(handed_in["file"])).hexdigest() == handed_in["sha256"]
    assert data["history"][-1]["what"] == "noted the enrolment"


def test_the_page_in_a_record_reads_alone_and_trusts_no_text(world: World) -> None:
    amira = world.participant()
    add_with_file(amira, "<script>alert(1)</script>", "plan.pdf")
    archive = download(amira)
    page = BeautifulSoup(archive.read("record.html"), "html.parser")
    assert page.find("script") is None
    assert page.find("b") is None
    assert "<b>What</b> I saw." in page.get_text()
    links = [str(link["href"]) for link in page.find_all("a")]
    assert set(links) <= set(archive.namelist())
    assert "record.css" in archive.namelist()


def test_a_file_that_versions_share_is_there_once(world: World) -> None:
    amira = world.participant()
    add_with_file(amira, "The first", "plan.pdf")
    page = amira.visitor.follow(amira.get("evidence"), "The first")
    edit = amira.visitor.follow(page, "Edit")
    amira.submit(edit, {"narrative": "Other words."}, button=("action", "save"), form="#form")
    archive = download(amira)
    versions = told(archive)["evidence"][0]["versions"]
    assert [each["narrative"] for each in versions] == ["<b>What</b> I saw.", "Other words."]
    assert len({each["files"][0]["file"] for each in versions}) == 1
    assert sum(name.endswith(".pdf") for name in archive.namelist()) == 1


def test_a_mark_is_in_no_record_before_its_release(world: World) -> None:
    amira = world.participant()
    hand_in(amira)
    assert told(download(amira))["marks"] == []


def test_somebody_who_left_still_comes_in_and_takes_their_record(world: World) -> None:
    amira = world.participant()
    add_with_file(amira, "The first", "plan.pdf")
    participant_id = amira.participant_id()
    with world.tool.app.app_context():
        participant = db.session.get_one(Participant, participant_id)
        participation.withdraw(amira.viewer(Role.PARTICIPANT), participant, "not_said")
        db.session.commit()
    words = text_of(amira.launch("progress"))
    check_page(amira.page, 200)
    assert "All your work and credits are kept" in words
    assert "download your whole record" in words
    archive = download(amira)
    assert told(archive)["participant"]["state"] == "withdrawn"
    assert any(name.endswith("plan.pdf") for name in archive.namelist())


def test_each_download_is_noted_and_nobody_else_can_make_one(world: World) -> None:
    amira = world.participant()
    download(amira)
    history = text_of(amira.get(f"participants/{amira.participant_id()}/history"))
    assert "You downloaded the whole record" in history
    for person in (world.coach(), world.tutor(), world.lead()):
        assert person.get("my-record.zip").status_code == 403
        assert person.get("my-record").status_code == 403


def test_an_application_is_told_and_through_it_the_decision_on_it(world: World) -> None:
    amira = world.participant()
    participant_id = amira.participant_id()
    with world.tool.app.app_context():
        participant = db.session.get_one(Participant, participant_id)
        application = Application(
            provider_id=participant.provider_id, name="Amira Khan", state="enrolled",
            answer="eligible", participant_id=participant_id, applied_at=now(), changed_at=now(),
        )  # fmt: skip
        db.session.add(application)
        db.session.flush()
        db.session.add(EligibilityDecision(
            application_id=application.id, programme_version_id=participant.programme_version_id,
            rule_set="1", decided_at=now(), decided_by_id=participant.user_id, school_as_on=today(),
            answer="eligible", rule="E1", facts={}, reasons=[], needs=[],
        ))  # fmt: skip
        db.session.commit()
    data = told(download(amira))
    assert [each["state"] for each in data["application"]] == ["enrolled"]
    assert [each["rule"] for each in data["eligibility"]] == ["E1"]


def test_every_table_about_a_participant_is_in_the_record_or_left_out_for_a_reason() -> None:
    about = {
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "participant"
    }
    known = {part.model.__tablename__ for part in PARTS} | TOLD_ELSEWHERE | set(LEFT_OUT)
    assert not about - known, (
        f"Say in lti_tool/cohort/record_contents.py how {sorted(about - known)} are told."
    )
    through = {part.model.__tablename__ for part in PARTS if part.through}
    assert not known - about - through


@given(st.text(max_size=300))
def test_names_in_a_record_are_safe_on_every_computer(text: str) -> None:
    for name in (safe(text, "file"), safe_file(text)):
        assert 0 < len(name) <= 60
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
        assert not name.startswith((".", "-"))
        assert not name.endswith((".", "-"))


def sent(files: list[RecordFile], chunks: Any, words: IO[bytes]) -> Iterator[bytes]:
    archive = Archive([("record.html", words)], files, datetime(2026, 11, 22, 12, tzinfo=UTC))
    return archive.send(chunks)


def test_a_file_whose_bytes_are_gone_leaves_a_note() -> None:
    def chunks(digest: str) -> Iterator[bytes]:
        if digest == "gone":
            raise NotFound("It is not there.")
        return iter([b"here"])

    files = [RecordFile("a.pdf", "gone", 4, "x"), RecordFile("b.pdf", "kept", 4, "x")]
    found = zipfile.ZipFile(io.BytesIO(b"".join(sent(files, chunks, io.BytesIO(b"words")))))
    assert found.namelist() == ["record.html", "a.pdf.missing.txt", "b.pdf"]
    assert found.read("b.pdf") == b"here"


def test_a_large_record_takes_no_more_memory_than_a_small_one() -> None:
    size, piece = 64 * 2**20, bytes(2**20)

    def chunks(_digest: str) -> Iterator[bytes]:
        return (piece for _ in range(size // len(piece)))

    files = [RecordFile("big.mp4", "big", size, "video/mp4")]
    tracemalloc.start()
    total = sum(len(each) for each in sent(files, chunks, io.BytesIO(b"words")))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total > 0
    assert most < 16 * 2**20
