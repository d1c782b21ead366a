"""What must never happen to a mark, tried past every page."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from lti_tool.db import db
from lti_tool.errors import Refused
from lti_tool.evidence.models import Attempt
from lti_tool.grades import marking, release
from lti_tool.grades.marking import Draft
from lti_tool.grades.models import Grade, Mark
from lti_tool.identity import Role
from tests.integration.grades.factories import hand_in
from tests.world import World


def test_a_mark_for_other_work_is_not_released(world: World) -> None:
    amira, tessa = world.participant(opens="MTL1"), world.tutor()
    seen, other = hand_in(amira), hand_in(amira, "MTL2")
    with world.tool.app.app_context():
        viewer = tessa.viewer(Role.TUTOR)
        attempt = db.session.get_one(Attempt, seen)
        marking.finalise(viewer, attempt, Draft(64, "Well argued.", {}, 0))
        db.session.commit()
        moved = update(Mark).where(Mark.attempt_id == seen).values(attempt_id=other)
        db.session.execute(moved)
        db.session.commit()
        with pytest.raises(Refused, match="given for other work"):
            release.release(viewer, db.session.get_one(Attempt, other))
        grades = select(Grade).where(Grade.attempt_id.in_([seen, other]))
        assert db.session.scalars(grades).all() == []
