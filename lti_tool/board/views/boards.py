"""A board's way from its planning to its locked minutes."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.audit.record import note_look
from lti_tool.board import awards, boards, deciding, papers, ratified_results
from lti_tool.board.board_models import Board
from lti_tool.board.board_schemas import AddForm, MinutesForm, PlanForm, SittingForm
from lti_tool.board.boards import Attendance, Plan
from lti_tool.board.views.blueprint import bp
from lti_tool.db import db
from lti_tool.errors import DomainError
from lti_tool.identity import Role
from lti_tool.people.programmes import current_programme
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, read_form, shown_form
from lti_tool.web.rate_limits import LONG_WORK, limited, person
from lti_tool.web.tables import csv_file

PATH = "/courses/<int:course_id>/boards"
ONE = f"{PATH}/<int:board_id>"


@bp.get(PATH, endpoint="boards")
@allow(Role.LEAD)
def list_all(course_id: int) -> ResponseReturnValue:
    """All boards, and the form that plans another."""
    return _list(shown_form(quorum=boards.least_quorum(g.viewer), kind="meeting"))


@bp.post(PATH, endpoint="plan")
@allow(Role.LEAD)
def plan(course_id: int) -> ResponseReturnValue:
    form = read_form(PlanForm)
    if not form.errors:
        try:
            board = boards.plan(g.viewer, Plan(**form.values))
        except DomainError as error:
            form.refuse(error)
        else:
            flash("The board is planned. Draw up its papers next.")
            return redirect(url_for(".board", course_id=course_id, board_id=board.id), 303)
    return _list(form), 422


@bp.get("/courses/<int:course_id>/results.csv", endpoint="results_csv")
@allow(Role.LEAD)
@limited(LONG_WORK, by=person)
def download_results(course_id: int) -> ResponseReturnValue:
    """Every ratified result, for the university's student records."""
    results = ratified_results.ratified_results(g.viewer)
    note_look(g.viewer, "results.exported", ("course", course_id))
    return csv_file(ratified_results.results_file(results), "results.csv")


@bp.get(ONE, endpoint="board")
@allow(Role.LEAD)
def show(course_id: int, board_id: int) -> ResponseReturnValue:
    """Where a board stands, with its papers and what is to do next."""
    return _page(boards.get_board(g.viewer, board_id), shown_form())


@bp.post(f"{ONE}/papers", endpoint="draw_up")
@allow(Role.LEAD)
def draw_up(course_id: int, board_id: int) -> ResponseReturnValue:
    return _do(
        board_id,
        Form(),
        lambda: boards.draw_up(g.viewer, board_id),
        "The papers are drawn up.",
    )


@bp.post(f"{ONE}/results", endpoint="add_result")
@allow(Role.LEAD)
def add_result(course_id: int, board_id: int) -> ResponseReturnValue:
    form = read_form(AddForm)
    return _do(
        board_id,
        form,
        lambda: boards.add_result(
            g.viewer, board_id, form.values["candidate"], form.values["module"]
        ),
        "The result is on the table.",
    )


@bp.post(f"{ONE}/sitting", endpoint="sit")
@allow(Role.LEAD)
def sit(course_id: int, board_id: int) -> ResponseReturnValue:
    form = read_form(SittingForm)
    return _do(
        board_id,
        form,
        lambda: boards.sit(
            g.viewer,
            board_id,
            form.values["revision"],
            Attendance(
                form.values["chair"],
                form.values["members"],
                form.values["others"].splitlines(),
                form.values["examiner"],
            ),
        ),
        "The board is sitting. Its decisions can be entered.",
    )


@bp.post(f"{ONE}/rest", endpoint="confirm_rest")
@allow(Role.LEAD)
def confirm_rest(course_id: int, board_id: int) -> ResponseReturnValue:
    return _do(
        board_id,
        Form(),
        lambda: deciding.confirm_rest(g.viewer, board_id),
        "All results against which nothing stands are to be confirmed.",
    )


@bp.post(f"{ONE}/minutes", endpoint="lock")
@allow(Role.LEAD)
def lock(course_id: int, board_id: int) -> ResponseReturnValue:
    form = read_form(MinutesForm)
    return _do(
        board_id,
        form,
        lambda: awards.lock(g.viewer, board_id, form.values["revision"], form.values["minutes"]),
        "The minutes are locked. Final marks are on their way to the gradebook.",
    )


def _do(board_id: int, form: Form, act: Callable[[], object], says: str) -> ResponseReturnValue:
    """Do it, or show the board again with what stands against it and all that was typed."""
    if not form.errors:
        try:
            act()
        except DomainError as error:
            db.session.rollback()
            form.refuse(error)
        else:
            flash(says)
            return redirect(url_for(".board", course_id=g.viewer.course_id, board_id=board_id), 303)
    return _page(boards.get_board(g.viewer, board_id), form), 422


def _list(form: Form) -> str:
    return render_template(
        "board/boards.html",
        boards=boards.list_boards(g.viewer),
        fewest=boards.least_quorum(g.viewer),
        form=form,
        errors=form.errors,
    )


def _page(board: Board, form: Form) -> str:
    return render_template(
        "board/board.html",
        board=board,
        sheets=papers.sheets(g.viewer, board),
        actions=boards.unreported_actions(board) if board.kind == "meeting" else [],
        awards=awards.award_list(g.viewer, board) if board.state in ("held", "minuted") else [],
        staff=boards.staff(g.viewer) if board.state == "papers_ready" else [],
        modules=current_programme(g.viewer.provider_id).modules,
        form=form,
        errors=form.errors,
    )
