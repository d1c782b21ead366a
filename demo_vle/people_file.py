"""The spreadsheet of participants that a programme lead would bring: whose career began when.

Every number is made up. The years are counted from today, so that the dates that follow from them
stay believable whenever the demo is started.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

COLUMNS = (
    "vle_user_id", "name", "email", "enrolled_on", "cohort", "subject_taught", "school_phase",
    "trn", "qts_on", "teaching_from", "induction_from", "induction_to", "window_rule",
)  # fmt: skip
SUBJECTS = (
    "All subjects", "English", "Science", "English", "History", "Geography", "Mathematics",
    "French", "Art", "History", "Physical education", "All subjects",
)  # fmt: skip
PRIMARY = "All subjects"
LONG_HERE, NOT_NEW, UNKNOWN, JUST_HERE = 5, 6, 4, 11  # by their place in the course


def participants_csv(people: Sequence[dict[str, Any]], today: date) -> str:
    """A row for each of these people of the VLE, in their order."""
    text = io.StringIO(newline="")
    rows = csv.DictWriter(text, COLUMNS)
    rows.writeheader()
    rows.writerows(_row(number, person, today) for number, person in enumerate(people))
    return text.getvalue()


def _row(number: int, person: dict[str, Any], today: date) -> dict[str, Any]:
    september = date(today.year if today.month >= 9 else today.year - 1, 9, 1)
    teaching, enrolled = september.replace(year=september.year - 1), _spring(september, today)
    if number == LONG_HERE:  # five years after this day, with the pause, are nearly over
        teaching = today - timedelta(days=5 * 365 + 1 - 10)
        enrolled = today - timedelta(days=3 * 365)
    if number == JUST_HERE:
        teaching, enrolled = september, today
    induction = {} if number in (NOT_NEW, UNKNOWN) else {
        "teaching_from": teaching,
        "induction_from": teaching,
        "induction_to": teaching + timedelta(days=320) if number != JUST_HERE else "",
    }  # fmt: skip
    subject = SUBJECTS[number % len(SUBJECTS)]
    return {
        "vle_user_id": person["id"],
        "name": person["name"],
        "email": person["email"],
        "enrolled_on": enrolled,
        "cohort": f"Autumn {enrolled.year}" if number == JUST_HERE else f"Spring {enrolled.year}",
        "subject_taught": subject,
        "school_phase": "primary" if subject == PRIMARY else "secondary",
        "trn": f"{9_000_001 + number}",
        "qts_on": teaching - timedelta(days=60),
        "window_rule": {NOT_NEW: "none", UNKNOWN: ""}.get(number, "nqt"),
        **induction,
    }


def _spring(september: date, today: date) -> date:
    """The summer term of last school year, and not so late that the history would not fit."""
    return min(date(september.year, 4, 20), today - timedelta(days=180))
