"""Final marks that nobody has released yet, released one or many at a time, and taken back."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.db import db
from lti_tool.errors import DomainError
from lti_tool.evidence.snapshot import get_attempt
from lti_tool.grades import batches, past_batches, recalls
from lti_tool.grades.release import called_to
from lti_tool.grades.schemas import RecallSchema, ReleaseSchema
from lti_tool.grades.views.blueprint import bp
from lti_tool.identity import STAFF
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, as_id, asked_number, read_form, shown_form

PATH = "/courses/<int:course_id>/release"
RECALL_PATH = "/courses/<int:course_id>/marking/<int:attempt_id>/recall"


@bp.get(PATH, endpoint="release")
@allow(*STAFF)
def show_release(course_id: int) -> ResponseReturnValue:
    """What is ready, held and blocked, to choose from."""
    return _list(shown_form())


@bp.get(f"{PATH}/preview", endpoint="release_preview")
@allow(*STAFF)
def show_preview(course_id: int) -> ResponseReturnValue:
    """The chosen ones, exactly as they will go."""
    chosen = [as_id(one) for one in request.args.getlist("attempt")]
    try:
        return _preview([one for one in chosen if one], shown_form())
    except DomainError as error:
        form = shown_form()
        form.refuse(error)
        return _list(form), 422


@bp.post(PATH, endpoint="release_chosen")
@allow(*STAFF)
def release_chosen(course_id: int) -> ResponseReturnValue:
    """Release those that are still as they were shown; the others are named."""
    form = read_form(ReleaseSchema)
    if form.errors:
        form.errors = {"form": [batches.NOTHING]}
        return _list(form), 422
    seen = {int(number): shown for number, _, shown in map(_parts, form.values["seen"])}
    try:
        done = batches.release_as_shown(g.viewer, seen, form.values["reason"])
    except DomainError as error:
        db.session.rollback()
        form.refuse(error)
        return _preview(sorted(seen), form), 422
    refused = [f"{who}: {why}" for who, why in done.refused]
    if not done.released:
        form.errors = {"form": ["Nothing was released.", *refused]}
        return _list(form), 422
    flash(_said(done.released))
    for sentence in refused:
        flash(f"Not released – {sentence}")
    return redirect(url_for(".release", course_id=course_id), 303)


@bp.get(f"{PATH}/batches", endpoint="release_batches")
@allow(*STAFF)
def show_batches(course_id: int) -> ResponseReturnValue:
    """What was released before: who, when, how many."""
    return render_template(
        "grades/release_batches.html",
        page=past_batches.list_batches(g.viewer, number=asked_number("page") or 1),
        page_url=lambda number: url_for(".release_batches", course_id=course_id, page=number),
    )


@bp.get(f"{PATH}/batches/<int:release_id>", endpoint="release_batch")
@allow(*STAFF)
def show_batch(course_id: int, release_id: int) -> ResponseReturnValue:
    """One act of releasing, with what became of each mark on its way."""
    number = asked_number("page") or 1
    past, page = past_batches.get_batch(g.viewer, release_id, number=number)
    return render_template(
        "grades/release_batch.html",
        past=past,
        page=page,
        page_url=lambda number: url_for(
            ".release_batch", course_id=course_id, release_id=release_id, page=number
        ),
        reasons=past_batches.reasons_of([grade.id for grade in page.rows]),
        called=called_to(g.viewer, [grade.attempt_id for grade in page.rows]),
    )


@bp.get(RECALL_PATH, endpoint="recall")
@allow(*STAFF)
def show_recall(course_id: int, attempt_id: int) -> ResponseReturnValue:
    """What taking a released mark back will do, before it is done."""
    return _recall(attempt_id, shown_form())


@bp.post(RECALL_PATH, endpoint="recall_mark")
@allow(*STAFF)
def recall_mark(course_id: int, attempt_id: int) -> ResponseReturnValue:
    """Take a released mark back, with a reason."""
    form = read_form(RecallSchema)
    if not form.errors:
        try:
            recalls.recall(g.viewer, get_attempt(g.viewer, attempt_id), form.values["reason"])
        except DomainError as error:
            db.session.rollback()
            form.refuse(error)
    if form.errors:
        return _recall(attempt_id, form), 422
    flash("The mark is taken back. The participant does not see it any more.")
    return redirect(url_for(".mark", course_id=course_id, attempt_id=attempt_id), 303)


def _said(count: int) -> str:
    if count == 1:
        return "The mark is released. The participant can see it, and the gradebook is sent it."
    return f"{count} marks are released. Each participant can see theirs."


def _parts(seen: str) -> tuple[str, str, str]:
    return seen.partition(":")


def _list(form: Form) -> str:
    module_code = request.args.get("module") or None
    return render_template(
        "grades/release.html",
        page=batches.waiting(g.viewer, module_code=module_code, number=asked_number("page") or 1),
        page_url=lambda number: url_for(
            ".release", course_id=g.viewer.course_id, page=number, module=module_code
        ),
        modules=batches.modules_waiting(g.viewer),
        module_code=module_code,
        errors=form.errors,
    )


def _preview(chosen: list[int], form: Form) -> str:
    rows = batches.previews(g.viewer, chosen)
    return render_template(
        "grades/release_preview.html",
        ready=[row for row in rows if row.preview],
        others=[row for row in rows if not row.preview],
        form=form,
        errors=form.errors,
    )


def _recall(attempt_id: int, form: Form) -> str:
    attempt = get_attempt(g.viewer, attempt_id)
    return render_template(
        "grades/recall.html",
        attempt=attempt,
        what=recalls.look_at(g.viewer, attempt),
        form=form,
        errors=form.errors,
    )
