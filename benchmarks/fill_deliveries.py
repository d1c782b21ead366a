"""A process that writes released marks with their deliveries, each for a column of its own.

Settings beside the tool's: BENCH_GRADES how many, BENCH_GRADEBOOK the address of the gradebook.
"""

from __future__ import annotations

import os

from sqlalchemy import func, select, update

from lti_tool import create_app
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades import ags
from lti_tool.grades.models import Delivery, Grade, LineItem
from lti_tool.launch.models import CourseServices
from lti_tool.people.models import Course, Participant
from lti_tool.people.users import subject_on_platform

MODULE = "MTL1"


def main() -> None:
    """Go on from the last attempt there is; all are due at once."""
    count, gradebook = int(os.environ["BENCH_GRADES"]), os.environ["BENCH_GRADEBOOK"]
    with create_app().app_context():
        services = db.session.scalars(select(CourseServices)).first()
        participant = db.session.scalars(select(Participant)).first()
        assert services is not None
        assert participant is not None
        scopes = [ags.SCORE_SCOPE, ags.RESULT_SCOPE, ags.LINE_ITEM_SCOPE]
        db.session.execute(update(CourseServices).values(scopes=scopes))
        last = db.session.scalar(select(func.max(Attempt.number))) or 0
        for number in range(last + 1, last + count + 1):
            _write(services.course_id, participant, number, gradebook)
        db.session.commit()


def _write(course_id: int, participant: Participant, number: int, gradebook: str) -> None:
    course = db.session.get_one(Course, course_id)
    attempt = Attempt(
        provider_id=participant.provider_id, participant_id=participant.id, course_id=course_id,
        module_code=MODULE, number=number, submitted_at=now(), receipt=f"{MODULE}-{number}",
        manifest="{}", root_hash="0" * 64,
    )  # fmt: skip
    item = LineItem(
        course_id=course_id, module_code=MODULE, attempt_number=number, label="A module",
        resource_id=f"{MODULE}-{number}", tag="module", url=f"{gradebook}/{number}",
    )  # fmt: skip
    db.session.add_all([attempt, item])
    db.session.flush()
    grade = Grade(
        provider_id=participant.provider_id, attempt_id=attempt.id, revision=1, judged=64, mark=64,
        steps=[], feedback="A clear account.", criteria={}, status="provisional",
        released_by_id=participant.user_id, released_at=now(),
    )  # fmt: skip
    db.session.add(grade)
    db.session.flush()
    subject = subject_on_platform(participant.user_id, course.registration_id)
    db.session.add(
        Delivery(
            provider_id=participant.provider_id, grade_id=grade.id, line_item_id=item.id,
            participant_id=participant.id, registration_id=course.registration_id,
            subject=subject, score=64, comment="A clear account.", state="queued", due_at=now(),
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
