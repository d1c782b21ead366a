"""What a board says of each result, and the lock that puts all of it into force at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lti_tool.audit.record import record
from lti_tool.board import ledger
from lti_tool.board.board_models import (
    ActionReport,
    Board,
    BoardPaper,
    Confirmation,
    ResultDecision,
)
from lti_tool.board.boards import decided, hold_board, papers_of, unreported_actions
from lti_tool.board.facts import outcome_by
from lti_tool.board.rules.award import why_not_compensate
from lti_tool.board.rules.meeting import Act, BoardState, OnTable, Saying, why_not_say
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.grades import ratifying
from lti_tool.grades.markers import module_of
from lti_tool.identity import Viewer
from lti_tool.people.holding import hold_all
from lti_tool.people.programmes import programme_of

SAID_BETWEEN = (
    "Somebody else has entered a decision on this result since the page was opened. Look at it "
    "again; nothing was done now."
)


@dataclass(frozen=True)
class Said:
    """What a secretary typed about one result; `number` is that of the decision they saw."""

    saying: Saying
    mark: int | None = None
    rationale: str = ""
    number: int = 0


def get_paper(board: Board, attempt_id: int) -> BoardPaper:
    """One result on the table."""
    found = next((each for each in papers_of(board) if each.attempt_id == attempt_id), None)
    if found is None:
        raise NotFound("This result is not on the table of this board.")
    return found


def on_table(paper: BoardPaper, said: Mapping[int, ResultDecision]) -> OnTable:
    """One result with what stands against confirming or compensating it now."""
    attempt, programme = paper.attempt, programme_of(paper.attempt.participant)
    given = ledger.compensated([attempt.participant_id]).get(attempt.participant_id, frozenset())
    meant = given | {
        each.attempt.module_code
        for each in said.values()
        if each.participant_id == attempt.participant_id and each.decision == "compensate"
    }
    others = [module for code in sorted(meant) if (module := programme.find_module(code))]
    module = module_of(attempt)
    return OnTable(
        mark=paper.grade.mark,
        blocked=ratifying.why_not_ratify(attempt, paper.grade_id),
        no_compensation=why_not_compensate(programme, module, paper.grade.mark, others),
    )


def decide(viewer: Viewer, board_id: int, attempt_id: int, said: Said) -> ResultDecision:
    """Enter what the board said. It comes into force with the lock; until then it can be said
    anew, and what was said before stays on record."""
    board = hold_board(viewer, board_id, Act.DECIDE)
    paper, before = get_paper(board, attempt_id), decided(board)
    if paper.attempt.participant.user_id == viewer.user_id:
        raise NotAllowed("Nobody enters decisions on their own results.")
    earlier = before.get(attempt_id)
    if said.number != (earlier.number if earlier else 0):
        raise Refused(SAID_BETWEEN)
    for name, sentence in why_not_say(
        said.saying, on_table(paper, before), said.mark, said.rationale
    ).items():
        raise Invalid(sentence, field=name)
    return _say(viewer, board, paper, said)


def confirm_rest(viewer: Viewer, board_id: int) -> int:
    """Confirm, as they are, all results of which nothing was said and against which nothing
    stands; says how many."""
    board = hold_board(viewer, board_id, Act.DECIDE)
    before = decided(board)
    rest = [
        paper
        for paper in papers_of(board)
        if paper.attempt_id not in before
        and paper.attempt.participant.user_id != viewer.user_id
        and ratifying.why_not_ratify(paper.attempt, paper.grade_id) is None
    ]
    for paper in rest:
        _say(viewer, board, paper, Said(Saying.RATIFY))
    return len(rest)


def put_into_force(viewer: Viewer, board: Board) -> None:
    """Make the final grades and the credit of all that was decided. The caller holds the board.

    Refused as a whole where a result was held or released anew since it was decided.
    """
    papers, said = papers_of(board), decided(board)
    hold_all({paper.attempt.participant_id for paper in papers})
    silent = [paper for paper in papers if paper.attempt_id not in said]
    if silent:
        raise Refused(f"Of these results nothing is said yet: {_listed(silent)}.")
    stopped = {
        paper: reason
        for paper in papers
        if said[paper.attempt_id].mark is not None
        and (reason := ratifying.why_not_ratify(paper.attempt, paper.grade_id))
    }
    if stopped:
        reasons = " ".join(sorted(set(stopped.values())))
        raise Refused(f"Defer these results first: {_listed(list(stopped))}. {reasons}")
    for paper in papers:
        _enforce(viewer, paper.attempt, said[paper.attempt_id])
    if board.kind == "meeting":
        for action in unreported_actions(board):
            db.session.add(ActionReport(action_id=action.id, board_id=board.id))


def lock_minutes(viewer: Viewer, board: Board, minutes: str) -> None:
    """Close the board's book: the database refuses any change from here on."""
    board.state, board.minutes = BoardState.MINUTED.value, minutes
    board.minuted_by_id, board.minuted_at = viewer.user_id, now()
    board.revision += 1
    record(viewer, "board.minuted", board)


def _enforce(viewer: Viewer, attempt: Attempt, decision: ResultDecision) -> None:
    if decision.mark is not None:
        given = ratifying.Decision(decision.grade_id, decision.mark)
        grade = ratifying.ratify(viewer, attempt, given)
        db.session.add(Confirmation(decision_id=decision.id, grade_id=grade.id))
    outcome = outcome_by(decision, programme_of(attempt.participant))
    ledger.enter(viewer, decision, module_of(attempt), outcome)


def _say(viewer: Viewer, board: Board, paper: BoardPaper, said: Said) -> ResultDecision:
    old = paper.grade.mark
    mark = {Saying.DEFER: None, Saying.CHANGE: said.mark}.get(said.saying, old)
    decision = ResultDecision(
        board_id=board.id,
        attempt_id=paper.attempt_id,
        participant_id=paper.attempt.participant_id,
        number=said.number + 1,
        decision=said.saying.value,
        grade_id=paper.grade_id,
        old_mark=old,
        mark=mark,
        rationale=said.rationale.strip(),
        decided_by_id=viewer.user_id,
        decided_at=now(),
    )
    db.session.add(decision)
    record(
        viewer, "result.decided", decision, participant_id=decision.participant_id,
        board=board.id, attempt=decision.attempt_id, decision=decision.decision,
    )  # fmt: skip
    return decision


def _listed(papers: list[BoardPaper]) -> str:
    named = [
        f"{paper.attempt.participant.candidate_number} {paper.attempt.module_code}"
        for paper in papers[:10]
    ]
    more = f" and {len(papers) - 10} more" if len(papers) > 10 else ""
    return ", ".join(named) + more
