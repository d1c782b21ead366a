"""Boards from their planning to the day on which they sit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, exists, select
from sqlalchemy.orm import aliased, joinedload

from lti_tool.audit.record import record
from lti_tool.board.board_models import ActionReport, Board, BoardPaper, ResultDecision
from lti_tool.board.rules.meeting import AFTER, Act, BoardState, Sitting, why_not, why_not_sit
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import visible_attempts
from lti_tool.grades.chain_models import MarkerAllocation
from lti_tool.grades.models import Grade, Mark
from lti_tool.grades.moderation_models import ModerationMember, Moderator
from lti_tool.grades.released import still_stands
from lti_tool.identity import Role, Viewer
from lti_tool.people.models import CourseMember, Participant, User
from lti_tool.people.programmes import current_programme

CHANGED = (
    "Somebody else has changed this board since the page was opened. Look at it again; "
    "nothing was done now."
)


@dataclass(frozen=True)
class Plan:
    """What is known of a board beforehand, checked by its form."""

    kind: str
    title: str
    held_on: date
    quorum: int | None = None  # as the programme has it
    reason: str = ""


@dataclass(frozen=True)
class Attendance:
    """Who took part, as the secretary typed it."""

    chair_id: int | None
    staff_ids: Sequence[int]
    others: Sequence[str]
    examiner: str


def check_secretary(viewer: Viewer) -> None:
    """Refuse whoever is no programme lead: a lead keeps a board's books."""
    if viewer.role is not Role.LEAD:
        raise NotAllowed("Only a programme lead prepares boards.")


def list_boards(viewer: Viewer) -> list[Board]:
    """All boards of the provider, the latest first."""
    check_secretary(viewer)
    mine = select(Board).where(Board.provider_id == viewer.provider_id)
    return list(db.session.scalars(mine.order_by(Board.held_on.desc(), Board.id.desc())))


def get_board(viewer: Viewer, board_id: int) -> Board:
    """One board of the provider."""
    check_secretary(viewer)
    found = db.session.get(Board, board_id)
    if found is None or found.provider_id != viewer.provider_id:
        raise NotFound("There is no such board.")
    return found


def hold_board(viewer: Viewer, board_id: int, act: Act, revision: int | None = None) -> Board:
    """The board, kept from other hands until the commit, and in a state that allows the act."""
    check_secretary(viewer)
    found = db.session.scalars(
        select(Board)
        .where(Board.id == board_id, Board.provider_id == viewer.provider_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such board.")
    if against := why_not(act, found.state):
        raise Refused(against)
    if revision is not None and revision != found.revision:
        raise Refused(CHANGED)
    return found


def plan(viewer: Viewer, planned: Plan) -> Board:
    """Put a meeting into the calendar, or begin an action of the chair with its reason."""
    check_secretary(viewer)
    if planned.kind == "chairs_action" and not planned.reason.strip():
        raise Invalid("Say why the chair acts before the next meeting.", field="reason")
    fewest = least_quorum(viewer)
    quorum = planned.quorum or fewest
    if planned.kind == "meeting" and quorum < fewest:
        raise Invalid(
            f"The programme asks for {fewest}, with the chair. Give this number or a higher one.",
            field="quorum",
        )
    board = Board(
        provider_id=viewer.provider_id,
        kind=planned.kind,
        title=planned.title.strip(),
        held_on=planned.held_on,
        quorum=quorum,
        reason=planned.reason.strip(),
        state=BoardState.PLANNED.value,
        members=[],
        examiner="absent",
        minutes="",
        planned_by_id=viewer.user_id,
        planned_at=now(),
    )
    db.session.add(board)
    record(viewer, "board.planned", board, kind=board.kind)
    return board


def least_quorum(viewer: Viewer) -> int:
    """The fewest who decide at a meeting, with the chair, as the programme has it."""
    fewest: int = current_programme(viewer.provider_id).policies["boards"]["quorum"]
    return fewest


def draw_up(viewer: Viewer, board_id: int) -> Board:
    """Lay every provisional result on the table as it is released now; until the board sits this
    can be done again."""
    board = hold_board(viewer, board_id, Act.DRAW_UP)
    if board.kind != "meeting":
        raise Refused("For an action of the chair each result is put on the table by itself.")
    again = [each.attempt_id for each in papers_of(board) if each.grade.status == "ratified"]
    board.papers += 1
    grades = db.session.scalars(_provisional(viewer)).all()
    db.session.add_all(_paper(board, grade) for grade in [*grades, *_newest(again)])
    return _ready(viewer, board)


def add_result(viewer: Viewer, board_id: int, candidate: str, module_code: str) -> Board:
    """Put one result on the table: for the chair to act on, or one that is confirmed already."""
    board = hold_board(viewer, board_id, Act.ADD)
    attempt = db.session.scalars(
        visible_attempts(viewer)
        .join(Participant, Participant.id == Attempt.participant_id)
        .where(
            Participant.candidate_number == candidate.strip(),
            Attempt.module_code == module_code,
        )
        .order_by(Attempt.number.desc())
        .limit(1)
    ).one_or_none()
    grades = _newest([attempt.id]) if attempt else []
    if not grades:
        raise Invalid("There is no released mark of this candidate for it.", field="candidate")
    if board.papers == 0:
        board.papers = 1
    if any(each.attempt_id == grades[0].attempt_id for each in papers_of(board)):
        raise Invalid("This result is on the table already.", field="candidate")
    db.session.add(_paper(board, grades[0]))
    return _ready(viewer, board)


def sit(viewer: Viewer, board_id: int, revision: int, here: Attendance) -> Board:
    """Note who took part. Nothing is decided without a quorum, a chair who has not marked, and
    the examiner."""
    board = hold_board(viewer, board_id, Act.SIT, revision)
    known = {user.id: user for user in staff(viewer)}
    named = [*here.staff_ids, *([here.chair_id] if here.chair_id is not None else [])]
    ids = sorted(set(named) & known.keys())
    names = {" ".join(each.split()): None for each in here.others if each.strip()}
    members: list[dict[str, Any]] = [{"name": known[each].name, "user": each} for each in ids]
    members += [{"name": each, "user": None} for each in names]
    chair = here.chair_id if here.chair_id in known else None
    sitting = Sitting(
        is_meeting=board.kind == "meeting",
        quorum=board.quorum,
        members=[str(each["user"] or each["name"]) for each in members],
        chair_id=chair,
        markers=_markers(board) if chair is not None else (),
        examiner=here.examiner,
    )
    for name, sentence in why_not_sit(sitting).items():
        raise Invalid(sentence, field=name)
    board.chair_id, board.members, board.examiner = chair, members, here.examiner
    return _moved(viewer, board, Act.SIT, "board.held")


def staff(viewer: Viewer) -> list[User]:
    """Who can chair or be a member: the tutors and leads of the provider, by name."""
    is_staff = exists().where(
        CourseMember.user_id == User.id, CourseMember.role.in_(["tutor", "lead"])
    )
    query = select(User).where(User.provider_id == viewer.provider_id, is_staff)
    return list(db.session.scalars(query.order_by(User.name, User.id)))


def papers_of(board: Board) -> list[BoardPaper]:
    """What lies on the table, in the order of modules and candidate numbers."""
    return list(
        db.session.scalars(
            select(BoardPaper)
            .join(Attempt, Attempt.id == BoardPaper.attempt_id)
            .join(Participant, Participant.id == Attempt.participant_id)
            .where(BoardPaper.board_id == board.id, BoardPaper.round == board.papers)
            .options(
                joinedload(BoardPaper.attempt).joinedload(Attempt.participant),
                joinedload(BoardPaper.grade),
            )
            .order_by(Attempt.module_code, Participant.candidate_number, Attempt.number)
        )
    )


def unreported_actions(board: Board) -> list[Board]:
    """What its chair has done since the meeting before and this meeting is told; of a meeting that
    is over, what it was told."""
    told = exists().where(ActionReport.action_id == Board.id)
    here = exists().where(ActionReport.action_id == Board.id, ActionReport.board_id == board.id)
    is_told = here if board.state == BoardState.MINUTED else ~told
    return list(
        db.session.scalars(
            select(Board)
            .where(
                Board.provider_id == board.provider_id,
                Board.kind == "chairs_action",
                Board.state == BoardState.MINUTED.value,
                is_told,
            )
            .order_by(Board.held_on, Board.id)
        )
    )


def _provisional(viewer: Viewer) -> Select[Grade]:
    """The newest grades that stand, of whom the viewer may see, and that no board confirmed."""
    later = aliased(Grade)
    newer = exists().where(later.attempt_id == Grade.attempt_id, later.revision > Grade.revision)
    return select(Grade).where(
        Grade.attempt_id.in_(visible_attempts(viewer).with_only_columns(Attempt.id)),
        Grade.status == "provisional",
        and_(~newer, still_stands()),
    )


def _newest(attempt_ids: Sequence[int]) -> list[Grade]:
    later = aliased(Grade)
    newer = exists().where(later.attempt_id == Grade.attempt_id, later.revision > Grade.revision)
    query = select(Grade).where(Grade.attempt_id.in_(attempt_ids), ~newer, still_stands())
    return list(db.session.scalars(query))


def _paper(board: Board, grade: Grade) -> BoardPaper:
    return BoardPaper(
        board_id=board.id, round=board.papers, attempt_id=grade.attempt_id, grade_id=grade.id
    )


def _ready(viewer: Viewer, board: Board) -> Board:
    return _moved(viewer, board, Act.DRAW_UP, "board.papers_drawn_up")


def _moved(viewer: Viewer, board: Board, act: Act, verb: str) -> Board:
    board.state = AFTER[act][BoardState(board.state)].value
    board.revision += 1
    record(viewer, verb, board, papers=board.papers)
    return board


def _markers(board: Board) -> set[int]:
    """Everybody who judged or moderated what lies on the table."""
    on_table = select(BoardPaper.attempt_id).where(
        BoardPaper.board_id == board.id, BoardPaper.round == board.papers
    )
    queries = (
        select(Mark.marker_id).where(Mark.attempt_id.in_(on_table)),
        select(MarkerAllocation.marker_id).where(
            MarkerAllocation.attempt_id.in_(on_table), MarkerAllocation.ended_at.is_(None)
        ),
        select(Moderator.user_id)
        .join(ModerationMember, ModerationMember.batch_id == Moderator.batch_id)
        .where(ModerationMember.attempt_id.in_(on_table)),
    )
    return {user_id for query in queries for user_id in db.session.scalars(query)}


def decided(board: Board) -> dict[int, ResultDecision]:
    """attempt id → what the board says of it, the last word."""
    query = select(ResultDecision).where(ResultDecision.board_id == board.id)
    rows = db.session.scalars(query.order_by(ResultDecision.number))
    return {row.attempt_id: row for row in rows}
