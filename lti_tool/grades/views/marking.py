"""Find work to mark, mark it, make the mark final."""

from __future__ import annotations

import secrets
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.db import db
from lti_tool.errors import DomainError, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.reads import note_bundle_read
from lti_tool.evidence.snapshot import find_attempt, get_attempt
from lti_tool.grades import batches, hand_ins, marking, redelivery, release
from lti_tool.grades.evidence_links import Links, criteria_of_items, keep_links, titles_of
from lti_tool.grades.markers import refuse_by_name, shown_bundle
from lti_tool.grades.marking import Draft
from lti_tool.grades.models import Mark
from lti_tool.grades.queue import queue
from lti_tool.grades.released import deliveries_of, newest_grade, released_grade
from lti_tool.grades.saved_comments import keep_comment, saved_comments
from lti_tool.grades.schemas import CRITERION, EVIDENCE, with_criteria
from lti_tool.grades.views.blueprint import bp
from lti_tool.identity import STAFF
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import get_participant
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, as_id, asked_number, chosen_action, read_form, shown_form

PAGE = "/courses/<int:course_id>/marking/<int:attempt_id>"


@bp.get("/courses/<int:course_id>/marking", endpoint="marking")
@allow(*STAFF)
def show_queue(course_id: int) -> ResponseReturnValue:
    """What to mark next, and by when; or the one person whom the VLE's gradebook asks for."""
    module_code = request.args.get("module")
    participant_id = asked_number("participant")
    if participant_id is not None:
        return _one_person(course_id, participant_id, module_code)
    page = queue(g.viewer, module_code=module_code, page=asked_number("page") or 1)
    return render_template(
        "grades/queue.html",
        page=page,
        module_code=module_code,
        finished=batches.count_waiting(g.viewer),
    )


def _one_person(
    course_id: int, participant_id: int, module_code: str | None
) -> ResponseReturnValue:
    """Their submission of the module, or what is known of them while there is none."""
    participant = get_participant(g.viewer, participant_id)
    attempt = find_attempt(participant, module_code) if module_code else None
    if attempt is not None:
        refuse_by_name(g.viewer, attempt)
        return redirect(url_for(".mark", course_id=course_id, attempt_id=attempt.id), 303)
    return redirect(
        url_for("cohort.participant", course_id=course_id, participant_id=participant_id), 303
    )


@bp.get(PAGE, endpoint="mark")
@allow(*STAFF)
def show_mark(course_id: int, attempt_id: int) -> ResponseReturnValue:
    """The bundle beside the criteria, with what is saved so far."""
    attempt = get_attempt(g.viewer, attempt_id)
    mark = marking.get_mark(g.viewer, attempt)
    page = _page(attempt, mark, _form_of(mark))
    note_bundle_read(g.viewer, attempt)
    return page


@bp.post(PAGE, endpoint="save_mark")
@allow(*STAFF)
def save_mark(course_id: int, attempt_id: int) -> ResponseReturnValue:
    """Save a draft, keep its words for later, make the mark final, release it, or open it again.

    Which of them, the button pressed says.
    """
    attempt = get_attempt(g.viewer, attempt_id)
    criteria = [criterion.id for criterion in programme_of(attempt.participant).criteria]
    form = read_form(with_criteria(criteria))
    action = chosen_action()
    if form.errors:
        return _refused(attempt, form)
    try:
        said = _do(action, attempt, form)
    except DomainError as error:
        form.refuse(error)
        return _refused(attempt, form)
    flash(said)
    return redirect(url_for(".mark", course_id=course_id, attempt_id=attempt_id), 303)


def _do(action: str, attempt: Attempt, form: Form) -> str:
    draft = _draft_of(form)
    if action == "save":
        keep_links(attempt, marking.save_draft(g.viewer, attempt, draft), _links_of(form))
        return "The draft is saved. Only you can see it."
    if action == "keep":
        keep_links(attempt, marking.save_draft(g.viewer, attempt, draft), _links_of(form))
        keep_comment(g.viewer, form.typed.get(form.values["keep_from"], ""), field="keep_from")
        return "The draft is saved, and the comment is kept among yours."
    if action == "final":
        keep_links(attempt, marking.finalise(g.viewer, attempt, draft), _links_of(form))
        return "The mark is final. It stays here until it is released."
    if action == "release":
        mark = marking.find_mark(attempt)
        if "mark" in form.typed and (mark is None or mark.state == "draft"):
            keep_links(attempt, marking.finalise(g.viewer, attempt, draft), _links_of(form))
        elif mark is not None and draft.revision != mark.revision:
            raise Refused("The mark was changed since this page was opened. Look at it again.")
        release.release(g.viewer, attempt, reason=request.form.get("reason", ""))
        return "The mark is released. The participant can see it, and the gradebook is sent it."
    if action == "correct":
        marking.reopen(g.viewer, attempt)
        return "The mark is a draft again. What was released stays until you release the new one."
    if action == "announce":
        hand_ins.announce_again(g.viewer, attempt)
        return "The gradebook will be told again of this hand-in."
    raise Refused("This button is not known here. Nothing was done.")


def _draft_of(form: Form) -> Draft:
    criteria = {
        name.removeprefix(CRITERION): text
        for name, text in form.values.items()
        if name.startswith(CRITERION)
    }
    values = form.values
    return Draft(values["mark"], values["feedback"], criteria, values["revision"], values["page"])


def _links_of(form: Form) -> Links:
    return {
        name.removeprefix(EVIDENCE): items
        for name, items in form.values.items()
        if name.startswith(EVIDENCE)
    }


def _form_of(mark: Mark | None) -> Form:
    if mark is None:
        return shown_form(revision=0, page=secrets.token_hex(8))
    texts = {f"{CRITERION}{code}": text for code, text in mark.criteria.items()}
    links = {f"{EVIDENCE}{code}": items for code, items in (mark.links or {}).items()}
    return shown_form(
        mark=mark.mark, feedback=mark.feedback, revision=mark.revision,
        page=secrets.token_hex(8), **texts, **links,
    )  # fmt: skip


def _refused(attempt: Attempt, form: Form) -> ResponseReturnValue:
    """The form again with what was typed; where somebody else saved, theirs is shown beside it."""
    db.session.rollback()
    attempt = get_attempt(g.viewer, attempt.id)
    mark = marking.get_mark(g.viewer, attempt)
    kept = None
    if mark is not None and form.typed.get("revision") != str(mark.revision):
        kept = mark
        form.typed["revision"] = str(mark.revision)
    return _page(attempt, mark, form, kept=kept), 422


def _page(attempt: Attempt, mark: Mark | None, form: Form, *, kept: Mark | None = None) -> str:
    programme = programme_of(attempt.participant)
    module = programme.module(attempt.module_code)
    weights = programme.weights(programme.phase_of(module))
    grade = released_grade(g.viewer, attempt)
    bundle, refusal = shown_bundle(g.viewer, attempt), marking.refusal_to_mark(g.viewer, attempt)
    ticked = {
        criterion.id: _ticked(form, f"{EVIDENCE}{criterion.id}") for criterion in programme.criteria
    }
    return render_template(
        "grades/mark.html",
        attempt=attempt,
        module=module,
        bundle=bundle,
        ticked=ticked,
        bears_on=criteria_of_items(ticked),
        linked=titles_of(bundle, (mark.links or {}) if mark else {}),
        comments=[] if refusal else saved_comments(g.viewer),
        criteria=[(criterion, weights[criterion.id]) for criterion in programme.criteria],
        bands=programme.bands,
        form=form,
        errors=form.errors,
        mark=mark,
        kept=kept,
        refusal=refusal,
        vle=next(iter(g.grant["frame_origins"]), ""),
        unannounced=hand_ins.troubles_of([attempt.id]).get(attempt.id),
        grade=grade,
        delivery=deliveries_of([grade.id]).get(grade.id) if grade else None,
        retriable=redelivery.RETRIABLE,
        **_release_of(attempt, mark),
    )


def _ticked(form: Form, name: str) -> list[int]:
    return [number for text in form.typed.getlist(name) if (number := as_id(text)) is not None]


def _release_of(attempt: Attempt, mark: Mark | None) -> dict[str, Any]:
    """What a release would do, or why there can be none; neither while the mark is a draft."""
    nothing = {"preview": None, "release_refusal": None}
    if mark is None or mark.state != "final":
        return nothing
    grade = newest_grade(attempt.id)
    if grade is not None and release.is_same(grade, mark):
        return nothing
    try:
        return {**nothing, "preview": release.preview(g.viewer, attempt)}
    except DomainError as error:
        return {**nothing, "release_refusal": error.sentence}
