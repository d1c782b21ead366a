"""From marks to the board in the demo: second markers, a sample, extensions, examiner, boards."""

from __future__ import annotations

from typing import Any

from flask import current_app

from lti_tool.board import awards, boards, deciding, examiners
from lti_tool.board.board_models import Board
from lti_tool.board.rules.meeting import Saying
from lti_tool.cli.demo import evidence
from lti_tool.cli.demo.cast import Cast, told
from lti_tool.cli.demo.places import days_ago
from lti_tool.cohort import filters, headcounts
from lti_tool.db import db
from lti_tool.grades import allocating_markers, asking, drawing, moderating
from lti_tool.grades import deciding as answering
from lti_tool.learning import enrolments
from lti_tool.programme.enrolment import Deed

PARTICIPANTS, TUTORS = 8, 3


def tell(cast: Cast) -> None:
    """What happens between a mark and the board, each step as those do it whose step it is.

    Nobody marks twice or moderates their own marks, so that a smaller course gets none of it.
    """
    if len(cast.participants) < PARTICIPANTS or len(cast.tutors) < TUTORS:
        return
    story = told("assessing")
    for one in story["requests"]:
        _request(cast, one)
    for one in story["ahead"]:
        _work_ahead(cast, one)
    _moderate(cast, story["sample"])
    _appoint(cast, story["examiner"])
    for one in story["boards"]:
        _board(cast, one)
    for days in story["headcounts"]:
        headcounts.take(cast.lead, days_ago(days))
    kept = story["filter"]
    filters.keep(cast.lead, kept["name"], filters.Filters(show=kept["show"]))
    db.session.commit()


def _request(cast: Cast, told: dict[str, Any]) -> None:
    viewer = cast.numbered(told["participant"])
    wished_on = days_ago(-told["wished_in"]) if "wished_in" in told else None
    made = asking.ask(
        viewer,
        asking.Asked(told["kind"], told["module"], 1, told["reason"], told["words"], wished_on),
    )
    db.session.commit()
    if answer := told.get("answer"):
        given = answering.Answer("extension", answer["sentence"], days_ago(-answer["until"]))
        answering.decide(cast.tutor_for(viewer), made.participant_id, made.id, given)
        db.session.commit()


def _work_ahead(cast: Cast, told: dict[str, Any]) -> None:
    """A module before its turn, from the lead who opens it to its marks."""
    viewer, code = cast.numbered(told["participant"]), told["module"]
    facts_of = current_app.extensions["participant_facts"]
    enrolments.change(cast.lead, cast.record_of(viewer).id, code, Deed.OPEN, facts_of)
    made = evidence.add_all(cast, viewer, told)
    db.session.commit()
    attempt = evidence.hand_in(cast, viewer, code, made)
    first = cast.tutor_for(viewer)
    second = told.get("second")
    if second:
        markers = {"first": first.user_id, "second": cast.tutors[second["tutor"]].user_id}
        allocating_markers.give(cast.lead, attempt, markers)
    db.session.commit()
    evidence.judge(first, attempt, told["mark"])
    db.session.commit()
    if second and "mark" in second:
        evidence.judge(cast.tutors[second["tutor"]], attempt, second["mark"])
        db.session.commit()


def _moderate(cast: Cast, told: dict[str, Any]) -> None:
    """A sample, and a moderator who has looked at one script of it so far."""
    moderator = cast.tutors[told["moderator"]]
    batch = drawing.draw_batch(cast.lead, told["module"], moderator.user_id)
    db.session.commit()
    participant = cast.record_of(cast.numbered(told["looks_at"]))
    for member in moderating.members_of(batch):
        if member.attempt.participant_id == participant.id:
            moderating.look(moderator, member, told["note"])
    db.session.commit()


def _appoint(cast: Cast, told: dict[str, Any]) -> None:
    examiners.appoint(
        cast.lead, (told["name"], told["address"]), told["modules"],
        days_ago(told["since"]), days_ago(told["until"]),
    )  # fmt: skip
    db.session.commit()


def _board(cast: Cast, told: dict[str, Any]) -> None:
    """A meeting that is planned and has its papers; held, where the story has its minutes."""
    planned = boards.Plan("meeting", told["title"], days_ago(told["held"]))
    board = boards.plan(cast.lead, planned)
    db.session.commit()
    boards.draw_up(cast.lead, board.id)
    db.session.commit()
    if "minutes" in told:
        _hold(cast, board, told)


def _hold(cast: Cast, board: Board, told: dict[str, Any]) -> None:
    lead = cast.lead
    staff = [tutor.user_id for tutor in cast.tutors]
    here = boards.Attendance(lead.user_id, staff, told["others"], "present")
    boards.sit(lead, board.id, board.revision, here)
    db.session.commit()
    deferred = {
        cast.record_of(cast.numbered(place)).id: words for place, words in told["deferred"].items()
    }
    for paper in boards.papers_of(board):
        words = deferred.get(paper.attempt.participant_id)
        if words is not None:
            said = deciding.Said(Saying.DEFER, rationale=words)
            deciding.decide(lead, board.id, paper.attempt_id, said)
    deciding.confirm_rest(lead, board.id)
    awards.lock(lead, board.id, board.revision, told["minutes"])
    db.session.commit()
