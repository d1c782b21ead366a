"""The results and awards on a board's table, and what was said of each."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.board import awards, boards, deciding, papers
from lti_tool.board.board_schemas import AwardForm, ResultForm
from lti_tool.board.rules.meeting import Saying
from lti_tool.board.views.blueprint import bp
from lti_tool.board.views.boards import ONE
from lti_tool.db import db
from lti_tool.errors import DomainError
from lti_tool.identity import Role
from lti_tool.people.programmes import programme_of
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, read_form, shown_form

RESULT = f"{ONE}/results/<int:attempt_id>"
AWARD = f"{ONE}/awards/<int:participant_id>"


@bp.get(f"{ONE}/modules/<code>", endpoint="board_module")
@allow(Role.LEAD)
def module(course_id: int, board_id: int, code: str) -> ResponseReturnValue:
    """One module's results, by candidate number."""
    board = boards.get_board(g.viewer, board_id)
    sheet = papers.get_sheet(g.viewer, board, code)
    return render_template("board/module.html", board=board, sheet=sheet)


@bp.get(RESULT, endpoint="board_result")
@allow(Role.LEAD)
def show_result(course_id: int, board_id: int, attempt_id: int) -> ResponseReturnValue:
    """One result with how it was formed, and the form for what the board says."""
    return _result(board_id, attempt_id, shown_form())


@bp.post(RESULT, endpoint="decide_result")
@allow(Role.LEAD)
def decide_result(course_id: int, board_id: int, attempt_id: int) -> ResponseReturnValue:
    form = read_form(ResultForm)
    if not form.errors:
        values = form.values
        said = deciding.Said(
            Saying(values["decision"]), values["mark"], values["rationale"], values["number"]
        )
        try:
            decision = deciding.decide(g.viewer, board_id, attempt_id, said)
        except DomainError as error:
            db.session.rollback()
            form.refuse(error)
        else:
            flash("The decision is entered. It comes into force when the minutes are locked.")
            code = decision.attempt.module_code
            back = url_for(".board_module", course_id=course_id, board_id=board_id, code=code)
            return redirect(back, 303)
    return _result(board_id, attempt_id, form), 422


@bp.get(AWARD, endpoint="board_award")
@allow(Role.LEAD)
def show_award(course_id: int, board_id: int, participant_id: int) -> ResponseReturnValue:
    """What the rules propose for one person, and from what."""
    return _award(board_id, participant_id, shown_form())


@bp.post(AWARD, endpoint="decide_award")
@allow(Role.LEAD)
def decide_award(course_id: int, board_id: int, participant_id: int) -> ResponseReturnValue:
    form = read_form(AwardForm)
    if not form.errors:
        values = form.values
        said = awards.Said(values["decision"] == "agree", values["rationale"], values["number"])
        try:
            awards.decide_award(g.viewer, board_id, participant_id, said)
        except DomainError as error:
            db.session.rollback()
            form.refuse(error)
        else:
            flash("The decision is entered. It comes into force when the minutes are locked.")
            return redirect(url_for(".board", course_id=course_id, board_id=board_id), 303)
    return _award(board_id, participant_id, form), 422


def _result(board_id: int, attempt_id: int, form: Form) -> str:
    board = boards.get_board(g.viewer, board_id)
    paper, said = deciding.get_paper(board, attempt_id), boards.decided(board)
    programme = programme_of(paper.attempt.participant)
    return render_template(
        "board/result.html",
        board=board,
        paper=paper,
        module=programme.module(paper.attempt.module_code),
        band=programme.band_of(paper.grade.mark),
        decision=said.get(attempt_id),
        on_table=deciding.on_table(paper, said) if board.state == "held" else None,
        form=form,
        errors=form.errors,
    )


def _award(board_id: int, participant_id: int, form: Form) -> str:
    board = boards.get_board(g.viewer, board_id)
    return render_template(
        "board/award.html",
        board=board,
        line=awards.get_line(g.viewer, board, participant_id),
        form=form,
        errors=form.errors,
    )
