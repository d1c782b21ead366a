"""The pages that show where people stand."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("cohort", __name__)

from lti_tool.cohort.views import (  # noqa: E402, F401
    coaching_record,
    cohort,
    coverage,
    filters,
    frame,
    hand_ins,
    headcounts,
    help,
    history,
    my_record,
    notices,
    own,
    participants,
    programmes,
    results,
    retention,
    searching,
    signing,
    weekly_mail,
)
