"""Who comes up for an award, what the board says of them, and the lock of the minutes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, and_, func, or_, select

from lti_tool.audit.record import record
from lti_tool.board.board_models import AwardDecision, Board, CreditEntry, ResultDecision
from lti_tool.board.boards import decided, hold_board, papers_of
from lti_tool.board.deciding import lock_minutes, put_into_force
from lti_tool.board.facts import Candidate, candidates
from lti_tool.board.rules.award import AwardOutcome, Proposal, propose
from lti_tool.board.rules.meeting import Act, BoardState
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.identity import Viewer
from lti_tool.people import states
from lti_tool.people.holding import hold
from lti_tool.people.models import Participant
from lti_tool.people.programmes import list_versions, parsed
from lti_tool.people.states import State
from lti_tool.people.visibility import find_participant, visible_participants
from lti_tool.programme.completion import unmet

SAID_BETWEEN = (
    "Somebody else has entered a decision on this person since the page was opened. Look at it "
    "again; nothing was done now."
)
AT_WORK = (State.ACTIVE.value, State.COMPLETED.value)


@dataclass(frozen=True)
class Line:
    """One line of the award list."""

    candidate: Candidate
    proposal: Proposal
    decision: AwardDecision | None

    @property
    def participant(self) -> Participant:
        return self.candidate.participant


@dataclass(frozen=True)
class Said:
    """What a secretary typed of one person; `number` is that of the decision they saw."""

    agrees: bool  # with what the rules propose
    rationale: str = ""
    number: int = 0


def award_list(viewer: Viewer, board: Board) -> list[Line]:
    """Who comes up for an award or an exit award once this board's decisions are in force."""
    said = _said(board)
    people = _who(viewer, board) | set(said)
    query = visible_participants(viewer).where(Participant.id.in_(people))
    participants = db.session.scalars(query.order_by(Participant.candidate_number)).all()
    lines = [
        _line(candidate, said.get(candidate.participant.id))
        for candidate in candidates(participants, _pending(board))
    ]
    return [line for line in lines if line.decision or _comes_up(line)]


def get_line(viewer: Viewer, board: Board, participant_id: int) -> Line:
    """One person, whether or not the list has them: a board may look at anybody."""
    participant = find_participant(viewer, participant_id)
    if participant is None:
        raise NotFound("There is no such participant among those you may see.")
    (candidate,) = candidates([participant], _pending(board))
    return _line(candidate, _said(board).get(participant.id))


def decide_award(viewer: Viewer, board_id: int, participant_id: int, said: Said) -> AwardDecision:
    """Enter what the board said of a person: what the rules propose, or not yet."""
    board = hold_board(viewer, board_id, Act.DECIDE)
    line = get_line(viewer, board, participant_id)
    if line.participant.user_id == viewer.user_id:
        raise NotAllowed("Nobody enters decisions on their own award.")
    if said.number != (line.decision.number if line.decision else 0):
        raise Refused(SAID_BETWEEN)
    if not said.agrees and not said.rationale.strip():
        raise Invalid("Give the reason, as the minutes will have it.", field="rationale")
    found = line.proposal
    if said.agrees and found.outcome is AwardOutcome.NOT_YET:
        raise Refused("The rules propose no award: " + " ".join(found.lacking))
    decision = AwardDecision(
        board_id=board.id,
        participant_id=participant_id,
        number=said.number + 1,
        outcome=(found.outcome if said.agrees else AwardOutcome.NOT_YET).value,
        award=found.award if said.agrees else None,
        classification=found.classification if said.agrees else None,
        credits=found.credits,
        mean_points=found.mean.numerator if found.mean is not None else None,
        mean_weight=found.mean.denominator if found.mean is not None else None,
        reasons=list(found.lacking),
        rationale=said.rationale.strip(),
        decided_by_id=viewer.user_id,
        decided_at=now(),
    )
    db.session.add(decision)
    record(
        viewer, "award.decided", decision, participant_id=participant_id,
        board=board.id, outcome=decision.outcome,
    )  # fmt: skip
    return decision


def lock(viewer: Viewer, board_id: int, revision: int, minutes: str) -> Board:
    """Lock the minutes: final grades, credit and awards come into force in this one commit."""
    board = hold_board(viewer, board_id, Act.LOCK, revision)
    if not minutes.strip():
        raise Invalid("Write the minutes: what was said besides the decisions.", field="minutes")
    lines = {line.participant.id: line for line in award_list(viewer, board)}
    put_into_force(viewer, board)
    for participant_id, decision in sorted(_said(board).items()):
        _check_still(lines[participant_id], decision)
    for participant_id in sorted(lines):
        _move_on(viewer, lines[participant_id])
    lock_minutes(viewer, board, minutes.strip())
    return board


def awards_of(participant_id: int) -> list[AwardDecision]:
    """What boards whose minutes are locked said of a person, the latest first; the caller may see
    them."""
    query = (
        select(AwardDecision)
        .join(Board, Board.id == AwardDecision.board_id)
        .where(
            AwardDecision.participant_id == participant_id,
            Board.state == BoardState.MINUTED.value,
        )
        .order_by(Board.minuted_at.desc(), AwardDecision.number.desc())
    )
    return list(db.session.scalars(query))


def _check_still(line: Line, decision: AwardDecision) -> None:
    """A decision on a result after that on the award may have changed what follows."""
    found = line.proposal
    same = (found.outcome, found.award, found.classification)
    given = (decision.outcome, decision.award, decision.classification)
    if decision.outcome != AwardOutcome.NOT_YET and same != given:
        raise Refused(
            f"For {line.participant.candidate_number} something else follows now than what was "
            "decided. Decide on this award again."
        )


def _move_on(viewer: Viewer, line: Line) -> None:
    """Whoever has all that the award asks is complete, and awarded where the board said so."""
    participant, decision = line.participant, line.decision
    is_awarded = decision is not None and decision.outcome == AwardOutcome.AWARD
    if line.proposal.outcome is not AwardOutcome.AWARD or participant.state == State.AWARDED:
        return
    hold(participant)
    if participant.state == State.ACTIVE:
        _enter(viewer, participant, states.Act.COMPLETE, "participant.completed")
    if is_awarded:
        _enter(viewer, participant, states.Act.AWARD, "participant.awarded")


def _enter(viewer: Viewer, participant: Participant, act: states.Act, verb: str) -> None:
    participant.state = states.after(act, participant.state)
    record(viewer, verb, participant, participant_id=participant.id)


def _line(candidate: Candidate, decision: AwardDecision | None) -> Line:
    has_left = candidate.participant.state == State.WITHDRAWN
    against = unmet(candidate.programme, candidate.facts)
    proposal = propose(candidate.programme, candidate.results, against, has_left=has_left)
    return Line(candidate, proposal, decision)


def _comes_up(line: Line) -> bool:
    """Somebody on the way comes up only once the credit is there."""
    if line.participant.state in AT_WORK:
        return line.proposal.credits >= line.candidate.programme.credits
    return line.proposal.outcome is not AwardOutcome.NOT_YET


def _said(board: Board) -> dict[int, AwardDecision]:
    query = select(AwardDecision).where(AwardDecision.board_id == board.id)
    rows = db.session.scalars(query.order_by(AwardDecision.number))
    return {row.participant_id: row for row in rows}


def _pending(board: Board) -> Iterable[ResultDecision]:
    return decided(board).values() if board.state == BoardState.HELD else ()


def _who(viewer: Viewer, board: Board) -> set[int]:
    """Those on whose results the board decides, those who have credit and are near an award, and
    leavers of whom no board has said anything."""
    here = {paper.attempt.participant_id for paper in papers_of(board)}
    decided_before = (
        select(AwardDecision.participant_id)
        .join(Board, Board.id == AwardDecision.board_id)
        .where(Board.state == BoardState.MINUTED.value, Board.id != board.id)
    )
    found = db.session.scalars(
        visible_participants(viewer)
        .with_only_columns(Participant.id)
        .where(
            or_(
                and_(
                    Participant.state.in_(AT_WORK),
                    Participant.id.in_(_with_credit(_least_credit(viewer))),
                ),
                and_(
                    Participant.state == State.WITHDRAWN.value,
                    Participant.id.in_(_with_credit(1)),
                    Participant.id.not_in(decided_before),
                ),
            ),
        )
    )
    return here | set(found)


def _with_credit(least: int) -> Select[int]:
    return (
        select(CreditEntry.participant_id)
        .group_by(CreditEntry.participant_id)
        .having(func.sum(CreditEntry.credits) >= least)
    )


def _least_credit(viewer: Viewer) -> int:
    """What boards must have credited before anybody can be complete; the rest may be recognised."""
    programmes = [parsed(each.definition) for each in list_versions(viewer.provider_id)]
    return min(
        (each.completion.credits - each.policies["apl"]["max_credits"] for each in programmes),
        default=1,
    )
