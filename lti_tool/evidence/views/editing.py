"""Write evidence: the form for new evidence and for a new version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.errors import DomainError, Invalid, NotAllowed
from lti_tool.evidence import items
from lti_tool.evidence.models import EvidenceItem
from lti_tool.evidence.rules import Content, StoredFile
from lti_tool.evidence.schemas import EvidenceSchema
from lti_tool.evidence.uploads import AcceptedFile, accept_file
from lti_tool.evidence.views.blueprint import bp
from lti_tool.evidence.views.kept_files import keep_files, read_kept_file, tell_what_was_removed
from lti_tool.identity import Role
from lti_tool.people.models import Participant
from lti_tool.people.programmes import current_programme, programme_of
from lti_tool.people.visibility import find_participant, visible_participants
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, as_id, chosen_action, chosen_files, read_form, shown_form

SAVE, ASK = "save", "submit"


@bp.get("/courses/<int:course_id>/evidence/new")
@allow(Role.PARTICIPANT, Role.COACH)
def new(course_id: int) -> ResponseReturnValue:
    participant = _participant(request.args.get("participant", ""))
    module = request.args.get("module") or (
        items.current_module(participant) if participant else None
    )
    form = _started_form(
        module=module,
        participant=participant.id if participant else None,
        strands=request.args.getlist("strand"),
    )
    return _page(form, participant)


@bp.post("/courses/<int:course_id>/evidence/new")
@allow(Role.PARTICIPANT, Role.COACH, uploads=True)
def create(course_id: int) -> ResponseReturnValue:
    form, files = _read()
    participant = _participant(form.typed.get("participant", request.args.get("participant", "")))
    if participant is None:
        form.refuse(Invalid("Choose the participant whom this is about.", field="participant"))
        return _page(form, None, files), 422
    content = _check(form, participant)
    if content and not form.errors:
        try:
            item = items.add(g.viewer, content, files, participant_id=participant.id)
            return _done(course_id, item, "The evidence is saved as a draft.")
        except DomainError as error:
            form.refuse(error)
    return _page(form, participant, files), 422


@bp.get("/courses/<int:course_id>/evidence/<int:item_id>/edit")
@allow(Role.PARTICIPANT, Role.COACH)
def edit(course_id: int, item_id: int) -> ResponseReturnValue:
    item = _own_item(item_id)
    version = item.current
    form = _started_form(
        version.activity_on,
        title=version.title,
        narrative=version.narrative,
        module=version.module_code,
        strands=[claim.strand for claim in version.claims],
        duty=version.duty,
        version=version.number,
    )
    return _page(form, item.participant, version.files, item)


@bp.post("/courses/<int:course_id>/evidence/<int:item_id>/edit")
@allow(Role.PARTICIPANT, Role.COACH, uploads=True)
def update(course_id: int, item_id: int) -> ResponseReturnValue:
    form, files = _read()
    item = _own_item(item_id)
    content = _check(form, item.participant)
    if content and not form.errors:
        try:
            seen = form.values["version"]
            items.revise(g.viewer, item_id, content, files, seen_version=seen)
            return _done(course_id, item, "The evidence is saved as a new version.")
        except DomainError as error:
            form.refuse(error)
    return _page(form, item.participant, files, item), 422


def _read() -> tuple[Form, list[AcceptedFile]]:
    """The form and its files, whose bytes are stored before anything is read or written here."""
    form = read_form(EvidenceSchema)
    pressed_button(form, SAVE, ASK, by_enter=SAVE)
    storage, limit = current_app.extensions["storage"], _limit()
    scanner = current_app.extensions["scanner"]
    files: list[AcceptedFile] = []
    for note in form.typed.getlist("kept"):
        try:
            files.append(read_kept_file(note, form.typed))
        except Invalid as error:
            form.refuse(error)
    for sent in chosen_files("files"):
        try:
            files.append(accept_file(storage, sent, limit=limit, scanner=scanner))
        except DomainError as error:
            form.refuse(error)
        else:
            tell_what_was_removed(files[-1])
    return form, files


def _check(form: Form, participant: Participant) -> Content | None:
    if not form.values:
        return None
    values = form.values
    content = Content(
        title=values["title"],
        narrative=values["narrative"],
        activity_on=values["activity_on"],
        module_code=values["module"] or items.current_module(participant),
        strands=tuple(dict.fromkeys(values["strands"])),
        duty=values["duty"] if g.viewer.role is Role.COACH else None,
    )
    for field, sentence in items.problems_with(g.viewer, participant, content).items():
        form.refuse(Invalid(sentence, field=field))
    return content


def _done(course_id: int, item: EvidenceItem, sentence: str) -> ResponseReturnValue:
    """Ask the coach where that button was pressed, say what was done, show the item."""
    if g.viewer.role is Role.COACH:
        sentence = "The evidence is saved. The participant can see it."
    elif chosen_action() == ASK:
        items.ask_coach(g.viewer, item.id)
        sentence = "The evidence is saved, and your coach has been asked to attest it."
    flash(sentence)
    return redirect(url_for("evidence.item", course_id=course_id, item_id=item.id), 303)


def _participant(typed: str) -> Participant | None:
    if g.viewer.role is Role.PARTICIPANT:
        return items.subject_of(g.viewer, None)
    if not typed:
        people = _people()
        return people[0] if len(people) == 1 else None
    number = as_id(typed)
    return items.subject_of(g.viewer, number) if number is not None else None


def _people() -> list[Participant]:
    """A coach's participants, by name."""
    found = db.session.scalars(visible_participants(g.viewer))
    return sorted(found, key=lambda one: (one.user.name, one.id))


def _own_item(item_id: int) -> EvidenceItem:
    item = items.get_item(g.viewer, item_id)
    if (
        item.author_id != g.viewer.user_id
        or find_participant(g.viewer, item.participant_id) is None
    ):
        raise NotAllowed("Only the person who added this evidence can edit it.")
    return item


def _started_form(on: Any = None, **initial: Any) -> Form:
    day = on or today()
    form = shown_form(**initial)
    for part in ("day", "month", "year"):
        form.typed[f"activity_on-{part}"] = str(getattr(day, part))
    return form


def _limit() -> int:
    limit: int = current_app.config["SETTINGS"].max_upload_bytes
    return limit


def _page(
    form: Form,
    participant: Participant | None,
    files: Sequence[StoredFile] = (),
    item: EvidenceItem | None = None,
) -> str:
    is_coach = g.viewer.role is Role.COACH
    programme = (
        programme_of(participant) if participant else current_programme(g.viewer.provider_id)
    )
    return render_template(
        "evidence/form.html",
        form=form,
        errors=form.errors,
        programme=programme,
        participant=participant,
        people=_people() if is_coach and item is None else [],
        kept=keep_files(files),
        item=item,
        is_coach=is_coach,
        limit_mb=_limit() // (1024 * 1024),
    )
