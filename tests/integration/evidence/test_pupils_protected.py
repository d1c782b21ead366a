"""Pupils who can be recognised go no further than a permission reaches."""

from __future__ import annotations

import io
import zipfile

import pytest
from requests import Response

from lti_tool.evidence.declaration import NOT_PERMITTED, UNDECLARED
from tests.integration.evidence.steps import (
    PDF,
    add,
    added,
    attest,
    fill_in,
    id_of,
    problems,
    submit,
    words,
)
from tests.world import Person, World, soup

PERMITTED = {
    "pupils": "identifiable",
    "permission_by": "The head teacher",
    "permission_basis": "parents",
}
SQLITE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)


def coached(world: World) -> tuple[Person, Person]:
    amira, colin = world.participant(), world.coach()
    world.allocate(colin, to=amira)
    return amira, colin


def file_of(person: Person, item: int) -> str:
    link = soup(person.get(f"evidence/{item}")).select_one(".app-files a")
    assert link is not None
    return str(link["href"]).split(f"/courses/{person.course_id}/")[1]


def test_recognisable_pupils_without_a_permission_stay_between_author_and_coach(
    world: World,
) -> None:
    amira, colin = coached(world)
    item = added(
        amira, ("class.pdf", PDF), title="Ruby and her reading", pupils="identifiable",
        button="submit",
    )  # fmt: skip
    file = file_of(colin, item)
    assert NOT_PERMITTED in words(colin.get(f"evidence/{item}"))
    about = f"participants/{amira.participant_id()}"
    for person in (world.tutor(), world.lead()):
        for address in (f"evidence/{item}", file, f"{file}/pages/1", f"evidence/{item}/report"):
            assert person.get(address).status_code == 404, address
        for address in (
            f"evidence?participant={amira.participant_id()}", about, f"{about}/coverage",
            f"{about}/coverage/cell?strand=1.1&phase=1",
        ):  # fmt: skip
            assert "Ruby" not in person.get(address).text, address


def test_recognisable_pupils_without_a_permission_are_neither_attested_nor_submitted(
    world: World,
) -> None:
    amira, colin = coached(world)
    item = added(amira, button="submit")
    opened = colin.get(f"evidence/{item}")
    fill_in(amira, amira.get(f"evidence/{item}/edit"), {"pupils": "identifiable"})
    shown = soup(colin.get(f"evidence/{item}"))
    digest = shown.select(".app-reference strong")[-1].get_text()
    assert not shown.select("button[value=attest]")
    answer = attest(colin, item, page=opened, version="2", content_hash=digest)
    assert answer.status_code == 409
    assert NOT_PERMITTED in words(answer)
    page = submit(amira, item)
    assert "cannot go in" in problems(page)["items"]
    fill_in(amira, amira.get(f"evidence/{item}/edit"), PERMITTED)
    assert attest(colin, item).status_code == 200
    assert "/receipts/" in submit(amira, item).url


@SQLITE
def test_a_draft_may_leave_open_what_is_said_before_it_is_shared(world: World) -> None:
    amira, colin = coached(world)
    item = added(amira, pupils=None)
    page = amira.get(f"evidence/{item}")
    assert UNDECLARED in words(page)
    assert "Ask" not in {button.get_text(strip=True)[:3] for button in soup(page).select("button")}
    assert problems(add(amira, pupils=None, button="submit")) == {"pupils": UNDECLARED}
    record = add(colin, at="evidence/new", duty="d", pupils=None)
    assert problems(record) == {"pupils": UNDECLARED}
    assert problems(submit(amira, item))["items"].endswith(UNDECLARED)


@SQLITE
def test_a_tutor_is_shown_no_version_that_said_too_little(world: World) -> None:
    amira, _ = coached(world)
    tessa = world.tutor()
    item = added(amira, narrative="Ruby cried", pupils="identifiable", button="submit")
    changed = {"narrative": "A pupil cried", "pupils": "anonymised"}
    fill_in(amira, amira.get(f"evidence/{item}/edit"), changed)
    assert "Version 1" not in words(tessa.get(f"evidence/{item}"))
    assert tessa.get(f"evidence/{item}?version=1").status_code == 404
    assert "nobody could tell who they are" in words(tessa.get(f"evidence/{item}"))


@SQLITE
def test_evidence_says_where_it_was_why_what_for_and_where_to_look(world: World) -> None:
    amira, colin = coached(world)
    said = {
        "setting": "Year 4 mathematics", "rationale-1.1": "It was planned for one pupil each",
        "rationale-2.1": "Never chosen", "links": "https://example.org/plan\nhttps://example.org/b",
        "impact-baseline": "Few could say it in words", "impact-group_size": "28",
    }  # fmt: skip
    item = added(amira, button="submit", **said)
    page = words(colin.get(f"evidence/{item}"))
    for shown in ("Year 4 mathematics", "planned for one pupil each", "example.org/b", "28 pupils"):
        assert shown in page
    assert "Never chosen" not in page
    again = fill_in(amira, amira.get(f"evidence/{item}/edit"), {})
    assert "Version 2" not in words(again)
    changed = fill_in(amira, amira.get(f"evidence/{item}/edit"), {"impact-outcome": "Most can"})
    assert "Most can" in words(changed)
    assert "Most can" not in words(amira.get(f"evidence/{item}?version=1"))
    assert attest(colin, item).status_code == 200
    receipt = submit(amira, item)
    assert "Year 4 mathematics" in words(receipt)
    assert "28 pupils" in words(receipt)
    assert "all agree" in words(receipt)


@SQLITE
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"links": "javascript:alert(1)"}, "links"),
        ({"target": "999999"}, "target"),
        ({"permission_by": "x" * 201, "pupils": "identifiable"}, "permission_by"),
    ],
)
def test_what_cannot_be_used_is_told_beside_its_field(
    world: World, values: dict[str, str], field: str
) -> None:
    page = add(world.participant(), **values)
    assert list(problems(page)) == [field]


def test_a_reported_problem_takes_evidence_out_of_everybodys_sight(world: World) -> None:
    amira, colin = coached(world)
    tessa, lena = world.tutor(), world.lead()
    item = added(amira, ("class.pdf", PDF), title="Ruby’s page", narrative="Ruby wrote it",
                 button="submit")  # fmt: skip
    attest(colin, item)
    receipt = submit(amira, item).url.split(f"/courses/{amira.course_id}/")[1]
    file = file_of(amira, item)
    in_bundle = file_in(tessa, receipt)
    assert tessa.get(in_bundle).content == PDF
    answer = tessa.submit(
        tessa.get(f"evidence/{item}"), {"reason": "recognised"}, button=("action", "report"),
        form="#report",
    )  # fmt: skip
    assert "out of sight" in words(answer)
    marking = f"marking/{in_bundle.split('/')[1]}"
    about = f"participants/{amira.participant_id()}"
    for person in (amira, colin, tessa, lena):
        for address in (file, in_bundle, f"evidence/{item}/edit"):
            assert person.get(address).status_code in {403, 404}, address
        pages = ["evidence", f"evidence/{item}", receipt]
        pages += ["progress"] if person is amira else [about, f"{about}/coverage"]
        pages += [marking, "evidence-reports"] if person is lena else []
        for address in pages:
            assert b"Ruby" not in person.get(address).content, address
    with zipfile.ZipFile(io.BytesIO(amira.get("my-record.zip").content)) as archive:
        assert not [name for name in archive.namelist() if b"Ruby" in archive.read(name)]
    assert "out of sight" in words(amira.get(f"evidence/{item}"))
    assert tessa.get(f"evidence/{item}").status_code == 404
    assert "all agree" in words(amira.get(receipt))


def report_on(lead: Person, item: int) -> Response:
    """The page of the newest report on an item, found in the list."""
    for link in soup(lead.get("evidence-reports")).select("tbody a"):
        if link.get_text().endswith(f" in evidence {item}"):
            return lead.get(str(link["href"]).split(f"/courses/{lead.course_id}/")[1])
    raise AssertionError(f"There is no report on {item}.")


def file_in(person: Person, address: str) -> str:
    link = soup(person.get(address)).select_one(".app-files a")
    assert link is not None
    return str(link["href"]).split(f"/courses/{person.course_id}/")[1]


def test_the_lead_learns_who_was_shown_it_and_puts_it_back_or_not(world: World) -> None:
    amira, colin = coached(world)
    tessa, lena = world.tutor("Tessa Whorlow"), world.lead()
    item = added(amira, ("class.pdf", PDF), title="Ruby’s page", button="submit")
    for _ in range(2):
        tessa.get(f"evidence/{item}")
    for outcome, state in (("restored", 200), ("removed", 404)):
        colin.submit(
            colin.get(f"evidence/{item}"), {"reason": "private"}, button=("action", "report"),
            form="#report",
        )  # fmt: skip
        assert tessa.get("evidence-reports").status_code == 403
        assert "Problems with evidence that were reported" in words(lena.get("cohort"))
        page = report_on(lena, item)
        shown = [row.get_text(" ", strip=True) for row in soup(page).select("tbody tr")]
        assert sum("Tessa Whorlow" in row for row in shown) == 1
        assert not any(amira.name in row for row in shown)
        assert "Ruby" not in page.text
        lena.submit(page, {}, button=("action", outcome))
        assert colin.get(f"evidence/{item}").status_code == state
    assert "stays out of sight" in words(amira.get(f"evidence/{item}"))
    decided = report_on(lena, item)
    assert not soup(decided).select("button[value=restored]")


@SQLITE
def test_a_report_names_a_reason_and_what_the_reporter_may_see(world: World) -> None:
    amira, colin = coached(world)
    ben = world.participant("Ben Osei")
    item, draft = added(amira, button="submit"), added(amira)
    page = colin.get(f"evidence/{item}/report")
    answer = colin.submit(page, {"reason": ""}, button=("action", "report"), form="#report")
    assert problems(answer) == {"reason": "Choose what is wrong with it."}
    assert ben.get(f"evidence/{item}/report").status_code == 404
    assert colin.get(f"evidence/{draft}/report").status_code == 404
    assert id_of(amira.get(f"evidence/{item}")) == item
