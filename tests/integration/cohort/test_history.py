"""The history of one participant: in sentences, for those who may know."""

from requests import Response

from lti_tool.audit.record import record
from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades import marking
from lti_tool.grades.marking import Draft
from lti_tool.identity import Role
from lti_tool.people.visibility import get_own_participant
from tests.integration.cohort.story import add_evidence, attest
from tests.integration.grades.factories import hand_in, release_mark
from tests.pages import check_page
from tests.world import Person, World, soup, text_of


def path_of(person: Person) -> str:
    return f"participants/{person.participant_id()}/history"


def happenings(page: Response) -> list[str]:
    """The sentences of a page, without their times."""
    check_page(page, 200)
    lines = [
        " ".join(each.get_text(" ").split()) for each in soup(page).select(".app-history__event")
    ]
    return [line.split("m ", 1)[1] for line in lines]


def test_a_history_tells_who_did_what_as_what(world: World) -> None:
    amira, coach, tutor = world.participant(), world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    add_evidence(amira, "The first", ask=True)
    attest(coach, "The first")
    mine = happenings(amira.get(path_of(amira)))
    assert mine[0].startswith("Colin Hughes (coach) attested evidence.")
    assert mine[1].startswith("You asked the coach to look at evidence. Version 1 Look")
    assert mine[2].startswith("You added evidence. Look")
    assert any("allocated a coach or tutor. Colin Hughes as coach" in line for line in mine)
    assert mine[-1] == "The tool noted the enrolment."
    theirs = happenings(tutor.get(path_of(amira)))
    assert "Amira Khan (participant) added evidence." in " ".join(theirs)
    assert text_of(tutor.page).count("History of Amira Khan") >= 1


def test_nobody_but_its_author_learns_of_a_draft(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    add_evidence(amira, "A private draft")
    assert any("added evidence" in line for line in happenings(amira.get(path_of(amira))))
    assert not any("evidence" in line for line in happenings(tutor.get(path_of(amira))))


def test_a_participant_never_sees_what_a_marker_does_before_the_release(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    attempt_id = hand_in(amira)
    with world.tool.app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        marking.finalise(tutor.viewer(Role.TUTOR), attempt, Draft(64, "Good.", {}, 0))
        db.session.commit()
    assert not any("mark" in line for line in happenings(amira.get(path_of(amira))))
    assert "You made a mark final." in happenings(tutor.get(path_of(amira)))
    release_mark(tutor, hand_in(amira, "MTL2"), 64)
    told = happenings(amira.get(path_of(amira)))
    assert any("Tessa Grant (tutor) released a mark." in line for line in told)
    assert not any("made a mark final" in line for line in told)


def test_a_coach_and_other_participants_do_not_open_it(world: World) -> None:
    amira, ben, coach = world.participant(), world.participant("Ben Osei"), world.coach()
    world.allocate(coach, to=amira)
    assert coach.get(path_of(amira)).status_code == 403
    assert ben.get(path_of(amira)).status_code == 404
    elsewhere = World(world.tool, world.vle).tutor("Omar Said")
    assert elsewhere.get(path_of(amira)).status_code == 404


def test_a_long_history_comes_page_by_page(world: World) -> None:
    amira = world.participant()
    with world.tool.app.app_context():
        viewer = amira.viewer(Role.PARTICIPANT)
        participant = get_own_participant(viewer)
        for _ in range(60):
            record(viewer, "network.joined", participant, participant_id=participant.id)
        db.session.commit()
    assert len(happenings(amira.get(path_of(amira)))) == 50
    assert "Page 1 of 2" in text_of(amira.page)
    assert happenings(amira.get(path_of(amira) + "?page=2"))[-1] == "The tool noted the enrolment."


def test_an_event_that_the_trail_has_no_words_for_is_shown_to_nobody(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    with world.tool.app.app_context():
        viewer = amira.viewer(Role.PARTICIPANT)
        participant = get_own_participant(viewer)
        record(viewer, "secret.happened", participant, participant_id=participant.id)
        db.session.commit()
    for person in (amira, tutor):
        assert happenings(person.get(path_of(amira))) == ["The tool noted the enrolment."]
