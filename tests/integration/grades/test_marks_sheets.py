"""A tutor marks in a spreadsheet: out, filled in, checked row by row, confirmed as a whole."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from requests import Response
from sqlalchemy import select

from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades.models import Mark
from tests.integration.grades.factories import hand_in
from tests.world import Person, World, soup, text_of

pytestmark = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
FORM = "form[data-autosave]"
UPLOAD = "form[enctype]"


def downloaded(tessa: Person, module: str = "MTL1") -> list[dict[str, str]]:
    answer = tessa.get(f"marking/sheets/marks.csv?module={module}")
    assert answer.status_code == 200
    assert "Khan" not in answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def uploaded(
    tessa: Person,
    rows: list[dict[str, str]],
    become: str = "draft",
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> Response:
    held = io.StringIO()
    writer = csv.DictWriter(held, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    sheet = ("marks.csv", held.getvalue().encode(encoding), "text/csv")
    page = tessa.get("marking/sheets")
    return tessa.submit(page, {"become": become}, files=[("file", sheet)], form=UPLOAD)


def verdicts(page: Response) -> list[str]:
    return [str(row["data-verdict"]) for row in soup(page).select("[data-verdict]")]


def kept(world: World, attempt_ids: list[int]) -> list[dict[str, Any]]:
    with world.tool.app.app_context():
        marks = db.session.scalars(
            select(Mark).where(Mark.attempt_id.in_(attempt_ids)).order_by(Mark.attempt_id)
        )
        return [
            {"state": each.state, "mark": each.mark, "feedback": each.feedback,
             "criteria": each.criteria}
            for each in marks
        ]  # fmt: skip


def test_a_sheet_is_filled_in_checked_and_stored_as_a_whole(world: World) -> None:
    tessa = world.tutor()
    people = [world.participant("Amira Khan", opens="MTL1") for _ in range(3)]
    attempts = [hand_in(each) for each in people]
    page = tessa.get(f"marking/{attempts[2]}")
    tessa.submit(page, {"mark": "50", "feedback": "=1+1"}, button=("action", "save"), form=FORM)
    rows = downloaded(tessa)
    assert len(rows) == 3
    assert rows[2]["feedback"] == "'=1+1"
    rows[0] |= {"mark": "64", "feedback": "One,\ntwo.", "criterion_K": "Deep."}
    rows[2] |= {"mark": "55"}

    checked = uploaded(tessa, rows)
    assert verdicts(checked) == ["new", "unchanged", "changed"]
    assert "mark 50, now 55" in text_of(checked)
    assert [each["mark"] for each in kept(world, attempts)] == [50]
    assert tessa.submit(checked, {"seen": "another outcome"}).status_code == 422
    assert [each["mark"] for each in kept(world, attempts)] == [50]
    done = tessa.submit(checked)
    assert "2 marks are stored" in text_of(done)
    assert kept(world, attempts) == [
        {"state": "draft", "mark": 64, "feedback": "One,\ntwo.", "criteria": {"K": "Deep."}},
        {"state": "draft", "mark": 55, "feedback": "=1+1", "criteria": {}},
    ]
    # The same file once more says nothing new.
    assert verdicts(uploaded(tessa, rows)) == ["unchanged"] * 3
    # Nor does it as a spreadsheet on the Continent saves it, with marks to one decimal.
    saved = [{**row, "mark": row["mark"] and f"{row['mark']},0"} for row in rows]
    blank = dict.fromkeys(rows[0], "")
    again = uploaded(tessa, [*saved, blank, blank], delimiter=";", encoding="cp1252")
    assert verdicts(again) == ["unchanged"] * 3

    final = uploaded(tessa, downloaded(tessa)[:1], become="final")
    tessa.submit(final)
    assert kept(world, attempts)[0]["state"] == "final"
    assert len(downloaded(tessa)) == 2


def test_one_refused_row_keeps_the_whole_sheet_out(world: World) -> None:
    tessa, other = world.tutor(), world.tutor("Norman Lee")
    attempts = [hand_in(world.participant(opens="MTL1")) for _ in range(4)]
    rows = downloaded(tessa)
    for row, mark in zip(rows, ["64", "64.5", "70", "71"], strict=True):
        row |= {"mark": mark}
    page = tessa.get(f"marking/{attempts[2]}")
    tessa.submit(page, {"mark": "51"}, button=("action", "save"), form=FORM)
    page = other.get(f"marking/{attempts[3]}")
    other.submit(page, {"mark": "52"}, button=("action", "save"), form=FORM)
    stranger = {**rows[0], "receipt": "MTL1-NOBODYS"}
    slipped = {**rows[0], "candidate": rows[1]["candidate"]}

    checked = uploaded(tessa, [*rows, rows[0], stranger, slipped])
    assert verdicts(checked) == ["new", *["refused"] * 6]
    shown = text_of(checked)
    assert "without a decimal part" in shown
    assert "Download the sheet again" in shown
    assert "Norman Lee is marking this work." in shown
    assert "This repeats row 2" in shown
    assert "No work with this receipt" in shown
    assert f"The receipt is of candidate {rows[0]['candidate']}" in shown
    assert soup(checked).select_one("main form") is None
    assert [each["mark"] for each in kept(world, attempts)] == [51, 52]


def test_what_was_saved_between_check_and_confirmation_is_told(world: World) -> None:
    tessa = world.tutor()
    attempt_id = hand_in(world.participant(opens="MTL1"))
    rows = downloaded(tessa)
    rows[0] |= {"mark": "64"}
    checked = uploaded(tessa, rows)
    page = tessa.get(f"marking/{attempt_id}")
    tessa.submit(page, {"mark": "51"}, button=("action", "save"), form=FORM)
    refused = tessa.submit(checked)
    assert refused.status_code == 422
    assert "Something has changed" in text_of(refused)
    assert verdicts(refused) == ["refused"]
    with world.tool.app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        assert db.session.scalars(select(Mark.mark).filter_by(attempt_id=attempt.id)).one() == 51


def test_a_sheet_is_its_markers_alone(world: World) -> None:
    tessa, norman = world.tutor(), world.tutor("Norman Lee")
    hand_in(world.participant(opens="MTL1"))
    rows = downloaded(tessa)
    rows[0] |= {"mark": "64"}
    path = uploaded(tessa, rows).url.split(f"/courses/{tessa.course_id}/")[1]
    assert norman.get(path).status_code == 404
    assert world.participant().get("marking/sheets").status_code == 403
