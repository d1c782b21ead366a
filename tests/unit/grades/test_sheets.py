"""One row of a sheet of marks, against what is kept."""

import csv
import io

import pytest

from lti_tool.grades.rules.sheets import FINAL, STALE, Kept, Said, Verdict, judge, whole
from lti_tool.grades.sheet_reading import OF_A_SHEET
from lti_tool.people.bulk.columns import read_sheet
from lti_tool.people.bulk.tables import read_table

DRAFT = Kept(58, "Clear.", {"K": "Deep."}, 3)
DONE = Kept(58, "Clear.", {"K": "Deep."}, 3, is_final=True)


@pytest.mark.parametrize(
    ("said", "kept", "verdict", "told"),
    [
        (Said(), None, Verdict.UNCHANGED, "Nothing is filled in."),
        (Said(revision=9), DRAFT, Verdict.UNCHANGED, "Nothing is filled in."),
        (Said(64, "Good.", revision=0), None, Verdict.NEW, "mark 64; feedback"),
        (Said(0, revision=0), None, Verdict.NEW, "mark 0"),
        (Said(feedback="Good."), None, Verdict.NEW, "feedback"),
        (Said(64, revision=3), DRAFT, Verdict.CHANGED, "mark 58, now 64"),
        (Said(58, "Better.", revision=3), DRAFT, Verdict.CHANGED, "new feedback"),
        (Said(58, criteria={"K": "Deeper.", "E": "Wide."}, revision=3), DRAFT, Verdict.CHANGED,
         "2 criteria"),
        (Said(58, "Clear.", {"K": "Deep."}, 3), DRAFT, Verdict.UNCHANGED, "Is kept so already."),
        # What was confirmed already is no conflict, though the number on the sheet is old.
        (Said(58, "Clear.", {"K": "Deep."}, 2), DRAFT, Verdict.UNCHANGED, "Is kept so already."),
        (Said(64, revision=2), DRAFT, Verdict.REFUSED, STALE),
        (Said(64, revision=2), None, Verdict.REFUSED, STALE),
        (Said(64, revision=3), DONE, Verdict.REFUSED, FINAL),
        (Said(58, revision=3), DONE, Verdict.UNCHANGED, "Is kept so already."),
        # The operator's file has no revision.
        (Said(64), DRAFT, Verdict.CHANGED, "mark 58, now 64"),
    ],
)  # fmt: skip
def test_a_row_comes_to(said: Said, kept: Kept | None, verdict: Verdict, told: str) -> None:
    judged = judge(said, kept, are_final=False)
    assert (judged.verdict, judged.told) == (verdict, told)


@pytest.mark.parametrize(
    ("said", "kept", "verdict"),
    [
        (Said(64, "Good."), None, Verdict.NEW),
        (Said(64), None, Verdict.REFUSED),
        (Said(feedback="Good."), None, Verdict.REFUSED),
        (Said(64), DRAFT, Verdict.CHANGED),
        (Said(58), DRAFT, Verdict.CHANGED),  # the same words, and now final
        (Said(58), DONE, Verdict.UNCHANGED),
        (Said(), DRAFT, Verdict.UNCHANGED),
    ],
)
def test_a_row_that_is_to_be_final_needs_mark_and_feedback(
    said: Said, kept: Kept | None, verdict: Verdict
) -> None:
    assert judge(said, kept, are_final=True).verdict is verdict


def test_an_empty_cell_leaves_what_is_kept() -> None:
    judged = judge(Said(64, revision=3), DRAFT, are_final=False)
    assert (judged.mark, judged.feedback, judged.criteria) == (64, "Clear.", {"K": "Deep."})


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("64", "64"), ("64.0", "64"), ("64,00", "64"), ("64.", "64"), (" 64,0\u00a0", "64"),
        ("64.5", "64.5"), ("0.0", "0"), (".0", ".0"), ("", ""), ("sixty", "sixty"),
    ],
)  # fmt: skip
def test_a_whole_mark_that_a_spreadsheet_shows_with_decimals_is_that_mark(
    typed: str, read: str
) -> None:
    assert whole(typed) == read


WORDS = 'Said “well”; café, "twice".\nAnd then'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ends", ["\r\n", "\n"])
def test_a_sheet_comes_back_in_as_a_spreadsheet_saves_it(
    encoding: str, delimiter: str, ends: str
) -> None:
    held = io.StringIO()
    writer = csv.writer(held, delimiter=delimiter, lineterminator=ends)
    writer.writerow(["Receipt", "Candidate", "Module", "Revision", "Mark", "Feedback"])
    writer.writerow(["MTL1-0A", "C000007", "MTL1", "3.0", "64,0", WORDS])
    writer.writerows([[""] * 6] * 2)
    table = read_table(held.getvalue().encode(encoding), {column.name for column in OF_A_SHEET}, 10)
    found = read_sheet(table, OF_A_SHEET)
    assert not found.problems
    (row,) = found.rows
    assert (row.number, row.get("receipt"), row.get("revision")) == (2, "MTL1-0A", 3)
    assert (row.get("mark"), row.get("feedback")) == (64, WORDS)


def test_half_a_mark_is_refused_in_a_sheet() -> None:
    table = read_table(b"receipt,revision,mark\nMTL1-0A,0,64.5\n", {"receipt", "mark"}, 10)
    (problem,) = read_sheet(table, OF_A_SHEET).problems
    assert problem.column == "mark"
    assert "without a decimal part" in problem.sentence
