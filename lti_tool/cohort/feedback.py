"""Note that a participant has opened their mark and feedback, so that the next step moves on."""

from __future__ import annotations

from lti_tool.audit.record import record
from lti_tool.cohort.facts import GRADE_READ
from lti_tool.db import db
from lti_tool.grades.models import Grade
from lti_tool.identity import Viewer


def note_read(viewer: Viewer, grade_id: int, participant_id: int) -> None:
    """The trail is the one place that says so; a corrected grade is to be read anew."""
    grade = db.session.get_one(Grade, grade_id)
    record(viewer, GRADE_READ, grade, participant_id=participant_id)
