"""Whoever had a part in the work does not judge it, in whatever role they come back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lti_tool.db import db
from lti_tool.errors import Refused
from lti_tool.evidence.models import Attempt
from lti_tool.grades import release
from lti_tool.identity import Role
from lti_tool.people.allocations import current_allocations
from lti_tool.people.models import Participant
from tests.integration.attacks.hands import attempt_of
from tests.integration.evidence.steps import added, attest, fill_in, submit
from tests.integration.grades.factories import release_mark
from tests.world import Person, World, soup, text_of


def wrote_the_record(amira: Person, tessa: Person) -> int:
    return added(tessa, duty="d")


def signed_for_an_earlier_version(amira: Person, tessa: Person) -> int:
    item = added(amira, button="submit")
    attest(tessa, item)
    fill_in(amira, amira.get(f"evidence/{item}/edit"), {"narrative": "One more word"})
    return item


def sent_it_back(amira: Person, tessa: Person) -> int:
    item = added(amira, button="submit")
    attest(tessa, item, "Say what came of it.", button="return")
    return item


def end_coaching(amira: Person) -> None:
    """As if the period had been over before today."""
    participant_id = amira.participant_id()
    with amira.world.tool.app.app_context():
        participant = db.session.get_one(Participant, participant_id)
        (coaching,) = current_allocations(participant, "coach")
        coaching.ended_on = coaching.started_on
        db.session.commit()


@pytest.mark.parametrize("part", [wrote_the_record, signed_for_an_earlier_version, sent_it_back])
def test_a_former_coach_does_not_judge_the_work_as_a_tutor(
    world: World, part: Callable[[Person, Person], int]
) -> None:
    amira = world.participant(opens="MTL1")
    tessa = Person(world, world.visitor("Tessa Grant", "coach"), "coach-evidence")
    world.allocate(tessa, to=amira)
    submit(amira, part(amira, tessa))
    end_coaching(amira)
    world.vle.site.enrol(tessa.visitor.person, world.course, "editingteacher")
    tessa.launch("progress")
    page = tessa.get(f"marking/{attempt_of(amira)}")
    assert soup(page).select_one("form[data-autosave]") is None
    assert "another tutor has to mark" in text_of(page)


def test_nobody_releases_a_mark_for_evidence_that_they_wrote(world: World) -> None:
    amira, colin, tessa = world.participant(opens="MTL1"), world.coach(), world.tutor()
    world.allocate(colin, to=amira)
    submit(amira, added(colin, duty="d"))
    attempt_id = attempt_of(amira)
    release_mark(tessa, attempt_id, 64)
    end_coaching(amira)
    with world.tool.app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        with pytest.raises(Refused, match="You have a part in this work"):
            release.preview(colin.viewer(Role.LEAD), attempt)
