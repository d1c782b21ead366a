"""Participants as a spreadsheet: what is known of their careers, where they teach, and new ones.

Somebody is known by their candidate number or by the id that the VLE has for them; an address
alone is nobody. A new participant needs the VLE's id, so that their first launch finds them.
"""

from __future__ import annotations

import re
from datetime import date
from functools import partial

from lti_tool.clock import today
from lti_tool.errors import DomainError
from lti_tool.people.bulk import cells, posts
from lti_tool.people.bulk.columns import Column, Row, Sheet
from lti_tool.people.bulk.finding import Directory, chunks, said_in
from lti_tool.people.bulk.outcome import Importer, Outcome, refuse_repeats
from lti_tool.people.bulk.participants_stored import (
    EXPORTED,
    FACTS,
    SHOWN_ONLY,
    add_participant,
    change_participant,
    export,
)
from lti_tool.people.bulk.periods import Verdict
from lti_tool.people.bulk.schools import shown
from lti_tool.people.bulk.standing import standing_in_the_way
from lti_tool.people.erased import erased_among
from lti_tool.people.models import Participant
from lti_tool.programme.schools import PHASES
from lti_tool.programme.timing import spoken

__all__ = ["COLUMNS", "EXPORTED", "SHOWN_ONLY", "check", "export"]

FORGOTTEN = (
    "The data of this person was erased, and an import does not bring them back. Take the row out. "
    "If they come again, their own launch makes them somebody new."
)
OURS = re.compile(r"C\d{6,}")
WINDOWS = {"nqt": "Newly qualified teachers", "none": "No time window"}
COLUMNS = (
    Column(
        "candidate_number", cells.code, "Of somebody who is here already; for a new one, the "
        "number they shall have.", ("candidate", "candidate_no"),
    ),
    Column(
        "vle_user_id", cells.key, "The VLE’s id of the person; needed for a new participant.",
        ("vle_id", "user_id", "lms_user_id"),
    ),
    Column("name", cells.one_line(300), "Of a new one; else only compared.", ("full_name",)),
    Column("email", cells.one_line(320), "Of a new one; else not read.", ("email_address",)),
    Column("enrolled_on", cells.day, "Of a new participant; today if left out.", ("enrolled",)),
    Column("cohort", cells.one_line(60), "A word for those who go through together."),
    Column("subject_taught", cells.one_line(100), "The subject.", ("subject",)),
    Column("school_phase", cells.one_of(PHASES), f"One of {', '.join(PHASES)}.", ("phase",)),
    Column("trn", cells.digits(7, "teacher reference number"), "Seven digits."),
    Column("qts_on", cells.day, "The day of qualified teacher status.", ("qts", "qts_date")),
    Column("teaching_from", cells.day, "The first day of teaching.", ("teaching_since",)),
    Column("induction_from", cells.day, "The first day of induction.", ("induction_start",)),
    Column("induction_to", cells.day, "The last day of induction.", ("induction_end",)),
    Column("window_rule", cells.one_of(WINDOWS), "nqt or none."),
    Column("school_urn", cells.digits(6, "URN"), "The main school.", ("urn",)),
    Column("school_from", cells.day, "Since when; today if left out.", ("at_school_from",)),
)  # fmt: skip


def check(importer: Importer, sheet: Sheet) -> Outcome:
    """What the rows come to."""
    people = Directory(importer)
    people.look_up(said_in(sheet.rows, "candidate_number"), said_in(sheet.rows, "vle_user_id"))
    plan = _Plan(importer, sheet, people)
    rows = refuse_repeats(sheet, lambda row: row.get("candidate_number"), "candidate_number")
    sheet.rows = rows
    rows = refuse_repeats(sheet, lambda row: row.get("vle_user_id"), "vle_user_id")
    plan.schools.look_up(rows, [each.id for each in people.by_user.values()])
    met: dict[int, int] = {}
    for row in rows:
        before = len(sheet.problems)
        found = people.participant(row, sheet)
        if found is not None and found.id in met:
            sheet.refuse(row.number, "", f"This is the participant of row {met[found.id]} again.")
        elif found is not None:
            met[found.id] = row.number
            plan.change(row, found)
        elif len(sheet.problems) == before:
            plan.add(row)
    return plan.outcome


class _Plan:
    """The check of one file."""

    def __init__(self, importer: Importer, sheet: Sheet, people: Directory) -> None:
        self.importer = importer
        self.sheet = sheet
        self.people = people
        self.outcome = Outcome(sheet.problems)
        self.schools = posts.Posts(importer, sheet)
        in_the_way = [user.id for user in people.by_vle_id.values()]
        self.in_the_way = standing_in_the_way(in_the_way)
        self.erased = self._erased()

    def _erased(self) -> set[str]:
        """Whom no spreadsheet brings back, as no roster does."""
        registration_id = self.importer.registration_id
        if registration_id is None:
            return set()
        subjects = said_in(self.sheet.rows, "vle_user_id")
        return {one for some in chunks(subjects) for one in erased_among(registration_id, some)}

    def change(self, row: Row, found: Participant) -> None:
        """What a row changes of somebody who is here."""
        if found.user.erased_at is not None:
            self.sheet.refuse(row.number, "candidate_number", FORGOTTEN)
            return
        facts = {name: row.get(name) for name in FACTS}
        changed = {
            name: value
            for name, value in facts.items()
            if value is not None and value != getattr(found, name)
        }
        enrolled_on = row.get("enrolled_on")
        if enrolled_on is not None and enrolled_on != found.enrolled_on:
            self.sheet.refuse(
                row.number, "enrolled_on",
                f"{found.user.name} enrolled on {spoken(found.enrolled_on)}, and an import does "
                "not change that. Leave the cell empty.",
            )  # fmt: skip
            return
        if not self._is_induction_right(row, found):
            return
        told = [f"{_word(name)}: {shown(getattr(found, name))} → {shown(value)}"
                for name, value in changed.items()]  # fmt: skip
        try:
            move = self.schools.plan(row, found)
        except DomainError as error:
            self.sheet.refuse(row.number, "school_urn", error.sentence)
            return
        if move is not None:
            told.append(move.told)
        verdict = Verdict.CHANGED if told else Verdict.SAME
        who = f"{found.user.name} ({found.candidate_number})"
        self.outcome.note(row.number, who, verdict, "; ".join(told))
        if changed:
            self.outcome.writes.append(partial(change_participant, self.importer, found, changed))
        if move is not None:
            self.outcome.writes.append(partial(move.write, found))

    def _is_induction_right(self, row: Row, found: Participant | None) -> bool:
        start = row.get("induction_from") or (found.induction_from if found else None)
        end = row.get("induction_to") or (found.induction_to if found else None)
        if start and end and end < start:
            self.sheet.refuse(row.number, "induction_to", "Induction cannot end before it begins.")
            return False
        return True

    def add(self, row: Row) -> None:
        """What a row says of somebody new."""
        if not self._may_be_new(row) or not self._is_induction_right(row, None):
            return
        try:
            move = self.schools.plan(row, None)
        except DomainError as error:
            self.sheet.refuse(row.number, "school_urn", error.sentence)
            return
        user = self.people.by_vle_id.get(row.get("vle_user_id"))
        name = user.name if user else row.get("name")
        enrolled_on = row.get("enrolled_on") or today()
        told = [f"enrols on {spoken(enrolled_on)}"]
        told += [f"{_word(each)}: {shown(row.get(each))}" for each in FACTS if row.get(each)]
        told += [move.told] if move else []
        self.outcome.note(row.number, name, Verdict.ADDED, "; ".join(told))
        self.outcome.writes.append(
            partial(add_participant, self.importer, row, user, name, enrolled_on, move)
        )

    def _may_be_new(self, row: Row) -> bool:
        vle_id = row.get("vle_user_id")
        user = self.people.by_vle_id.get(vle_id) if vle_id else None
        column, sentence = "", ""
        if vle_id is None:
            column = "candidate_number"
            sentence = (
                f"Nobody has the candidate number {row.get('candidate_number')}. Correct it; or, "
                "for a new participant, give the vle_user_id and the name."
            )
        elif user is None and vle_id in self.erased:
            column, sentence = "vle_user_id", FORGOTTEN
        elif user is None and row.get("name") is None:
            column, sentence = "name", "Nobody is known by this id yet. Give the name."
        elif user is not None and (words := self.in_the_way.get(user.id)):
            column = "vle_user_id"
            sentence = f"{user.name} {words}, and cannot become a participant by an import."
        elif user is not None and not self.people.fits(row, "name", user, self.sheet):
            return False
        elif row.get("email") and not cells.is_address(row.get("email")):
            column, sentence = "email", "Use an address such as amira@school.example."
        elif OURS.fullmatch(row.get("candidate_number") or ""):
            column = "candidate_number"
            sentence = (
                "Nobody has this number, and the tool alone gives numbers of this form. Leave it "
                "out for a new participant."
            )
        elif (row.get("enrolled_on") or date.min) > today():
            column, sentence = "enrolled_on", "Give a day up to today."
        if sentence:
            self.sheet.refuse(row.number, column, sentence)
        return not sentence


def _word(name: str) -> str:
    return name.replace("_", " ")
