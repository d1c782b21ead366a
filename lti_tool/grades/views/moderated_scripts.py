"""A sampled script as its moderator reads it, and what marking pages tell of moderation."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.db import db
from lti_tool.errors import DomainError, NotFound
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.reads import note_bundle_read
from lti_tool.evidence.rules import StoredFile
from lti_tool.evidence.views.files import download, preview
from lti_tool.grades import drawing, moderating, moderation
from lti_tool.grades.moderation_models import ModerationBatch, ModerationMember
from lti_tool.grades.moderation_schemas import LookForm
from lti_tool.grades.nameless import nameless_bundle
from lti_tool.grades.views.blueprint import bp
from lti_tool.grades.views.moderating import ONE
from lti_tool.identity import STAFF
from lti_tool.people.programmes import programme_of
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form

SCRIPT = f"{ONE}/scripts/<int:member_id>"
FILE = f"{SCRIPT}/files/<sha256>"


@bp.context_processor
def _for_templates() -> dict[str, Any]:
    return {"moderation_of": _told_to_marker, "moderation_asks": _asked_of_viewer}


@bp.get(SCRIPT, endpoint="moderated_script")
@allow(*STAFF)
def show_script(course_id: int, batch_id: int, member_id: int) -> ResponseReturnValue:
    """What was handed in beside the first mark, to be read."""
    script = moderating.get_script(g.viewer, batch_id, member_id)
    page = _script_page(script, shown_form())
    note_bundle_read(g.viewer, script.member.attempt)
    return page


@bp.post(SCRIPT, endpoint="look_at_script")
@allow(*STAFF)
def look_at_script(course_id: int, batch_id: int, member_id: int) -> ResponseReturnValue:
    """Keep that the script was looked at; then the next one, or the set."""
    script = moderating.get_script(g.viewer, batch_id, member_id)
    form = read_form(LookForm)
    action = pressed_button(form, "seen", "next", by_enter="seen")
    if form.errors:
        return _script_page(script, form), 422
    try:
        moderating.look(g.viewer, script.member, form.values["note"])
    except DomainError as error:
        db.session.rollback()
        form.refuse(error)
        return _script_page(moderating.get_script(g.viewer, batch_id, member_id), form), 422
    flash("It is kept that you looked at this script.")
    following = _next(script.member.batch, member_id) if action == "next" else None
    if following is None:
        return redirect(url_for(".moderated_set", course_id=course_id, batch_id=batch_id), 303)
    return redirect(
        url_for(
            ".moderated_script", course_id=course_id, batch_id=batch_id, member_id=following.id
        ),
        303,
    )


@bp.get(FILE, endpoint="moderated_file")
@allow(*STAFF)
def script_file(course_id: int, batch_id: int, member_id: int, sha256: str) -> ResponseReturnValue:
    """A file of a sampled script, under a name that names nobody."""
    return download(_file(batch_id, member_id, sha256))


@bp.get(f"{FILE}/pages/<int:page>", endpoint="moderated_preview")
@allow(*STAFF)
def script_preview(
    course_id: int, batch_id: int, member_id: int, sha256: str, page: int
) -> ResponseReturnValue:
    return preview(_file(batch_id, member_id, sha256), page)


def _file(batch_id: int, member_id: int, sha256: str) -> StoredFile:
    attempt = moderating.get_script(g.viewer, batch_id, member_id).member.attempt
    for file in nameless_bundle(attempt).files:
        if file.sha256 == sha256:
            note_bundle_read(g.viewer, attempt)
            return file
    raise NotFound("There is no such file in this script.")


def _next(batch: ModerationBatch, member_id: int) -> ModerationMember | None:
    """The next script of the sample that this moderator has not looked at."""
    left = [
        one
        for one in moderating.members_of(batch)
        if one.reasons and one.id != member_id and not moderating.is_seen(one, g.viewer.user_id)
    ]
    return next((one for one in left if one.id > member_id), next(iter(left), None))


def _script_page(script: moderating.Script, form: Form) -> str:
    member = script.member
    attempt = member.attempt
    programme = programme_of(attempt.participant)
    weights = programme.weights(programme.phase_of(programme.module(attempt.module_code)))
    return render_template(
        "grades/moderation_script.html",
        member=member,
        batch=member.batch,
        attempt=attempt,
        candidate=attempt.participant.candidate_number,
        module=programme.module(attempt.module_code),
        bundle=nameless_bundle(attempt),
        mark=script.mark,
        criteria=[(criterion, weights[criterion.id]) for criterion in programme.criteria],
        notes=moderation.notes_on([attempt.id]).get(attempt.id, []),
        is_seen=moderating.is_seen(member, member.batch.moderator.id),
        may_look=member.batch.decision is None and moderating.is_moderator(g.viewer, member.batch),
        form=form,
        errors=form.errors,
    )


def _told_to_marker(attempt: Attempt) -> dict[str, Any]:
    """What the marking page tells of moderation: why it is in a sample, notes, decisions."""
    key = [attempt.id] if moderation.is_sampled(attempt) else []
    return {
        "reasons": moderation.sample_reasons(key).get(attempt.id, []),
        "notes": moderation.notes_on(key).get(attempt.id, []),
        "verdicts": moderation.verdicts_on(key).get(attempt.id, []),
    }


def _asked_of_viewer() -> dict[str, int]:
    """What moderation wants of whoever looks at the marking queue."""
    return {
        "again": moderation.count_to_mark_again(g.viewer),
        "sets": drawing.count_asked(g.viewer),
    }
