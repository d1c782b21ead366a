"""Write evidence: the form for new evidence and for a new version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.errors import DomainError, Invalid, NotAllowed
from lti_tool.evidence import items, resumable
from lti_tool.evidence.declaration import BASES, WORDS, declare
from lti_tool.evidence.models import EvidenceItem, EvidenceVersion
from lti_tool.evidence.rules import PRIVATE, Content, StoredFile
from lti_tool.evidence.schemas import EvidenceSchema
from lti_tool.evidence.uploads import AcceptedFile
from lti_tool.evidence.views.blueprint import bp
from lti_tool.evidence.views.kept_files import keep_files
from lti_tool.evidence.views.uploading import read_files
from lti_tool.identity import Role
from lti_tool.learning.impact import Impact
from lti_tool.learning.impact_schema import read_impact, shown_impact
from lti_tool.learning.models import Target
from lti_tool.people.models import Participant
from lti_tool.people.programmes import current_programme, programme_of
from lti_tool.people.visibility import find_participant, visible_participants
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, as_id, chosen_action, read_form, shown_form

SAVE, ASK = "save", "submit"
RATIONALE = "rationale-"


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
            item = items.add(
                g.viewer, content, files, participant_id=participant.id, impact=_impact(form)
            )
            return _done(course_id, item, "The evidence is saved as a draft.")
        except DomainError as error:
            form.refuse(error)
    return _page(form, participant, files), 422


@bp.get("/courses/<int:course_id>/evidence/<int:item_id>/edit")
@allow(Role.PARTICIPANT, Role.COACH)
def edit(course_id: int, item_id: int) -> ResponseReturnValue:
    item = _own_item(item_id)
    version = item.current
    form = _started_form(version.activity_on, **_said(version))
    return _page(form, item.participant, version.files, item)


@bp.post("/courses/<int:course_id>/evidence/<int:item_id>/edit")
@allow(Role.PARTICIPANT, Role.COACH, uploads=True)
def update(course_id: int, item_id: int) -> ResponseReturnValue:
    form, files = _read()
    item = _own_item(item_id)
    content = _check(form, item.participant, is_shared=item.state not in PRIVATE)
    if content and not form.errors:
        try:
            seen = form.values["version"]
            items.revise(g.viewer, item_id, content, files, seen_version=seen, impact=_impact(form))
            return _done(course_id, item, "The evidence is saved as a new version.")
        except DomainError as error:
            form.refuse(error)
    return _page(form, item.participant, files, item), 422


def _read() -> tuple[Form, list[AcceptedFile]]:
    """The form and its files, whose bytes are stored before anything is read or written here."""
    form = read_form(EvidenceSchema)
    pressed_button(form, SAVE, ASK, by_enter=SAVE)
    return form, read_files(form)


def _check(form: Form, participant: Participant, *, is_shared: bool = False) -> Content | None:
    if not form.values:
        return None
    values = form.values
    by_coach = g.viewer.role is Role.COACH
    strands = tuple(dict.fromkeys(values["strands"]))
    said = declare(values["pupils"], values["permission_by"], values["permission_basis"])
    content = Content(
        title=values["title"],
        narrative=values["narrative"],
        activity_on=values["activity_on"],
        module_code=values["module"] or items.current_module(participant),
        strands=strands,
        duty=values["duty"] if by_coach else None,
        setting=values["setting"] or None,
        rationales=_rationales(form, strands),
        links=tuple(dict.fromkeys(values["links"].split())),
        target_id=_target_id(form),
        pupils=said.pupils,
        permission_by=said.permission_by,
        permission_basis=said.permission_basis,
    )
    shares = by_coach or is_shared or chosen_action() == ASK
    problems = items.problems_with(g.viewer, participant, content, shares=shares)
    for field, sentence in problems.items():
        form.refuse(Invalid(sentence, field=field))
    return content


def _rationales(form: Form, strands: Iterable[str]) -> dict[str, str]:
    """Why it is evidence for a strand, where that strand is chosen and something is said."""
    typed = {one: form.typed.get(f"{RATIONALE}{one}", "").strip() for one in strands}
    return {strand: text.replace("\r\n", "\n") for strand, text in typed.items() if text}


def _target_id(form: Form) -> int | None:
    """The chosen target; what is no number of ours is none, and so refused as unknown."""
    typed = form.values["target"]
    return (as_id(typed) or 0) if typed else None


def _impact(form: Form) -> Impact | None:
    """What a participant says of it; a coach's form does not ask."""
    return read_impact(form.values) if g.viewer.role is Role.PARTICIPANT else None


def _said(version: EvidenceVersion) -> dict[str, Any]:
    """A stored version as the values that the form starts from."""
    return {
        "title": version.title,
        "narrative": version.narrative,
        "module": version.module_code,
        "strands": [claim.strand for claim in version.claims],
        "duty": version.duty,
        "version": version.number,
        "setting": version.setting,
        "links": "\n".join(version.links or ()),
        "target": version.target_id,
        "pupils": version.pupils,
        "permission_by": version.permission_by,
        "permission_basis": version.permission_basis,
        **{f"{RATIONALE}{claim.strand}": claim.rationale for claim in version.claims},
        **shown_impact(version.impact),
    }


def _done(course_id: int, item: EvidenceItem, sentence: str) -> ResponseReturnValue:
    """Ask the coach where that button was pressed, say what was done, show the item."""
    resumable.use(g.viewer, (file.sha256 for file in item.current.files))
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


def _targets(participant: Participant, item: EvidenceItem | None) -> list[Target]:
    return items.target_choices(
        g.viewer, participant, item.current.target_id if item is not None else None
    )


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
        targets=_targets(participant, item) if participant else [],
        pupils=WORDS,
        bases=BASES,
        limit_mb=_limit() // (1024 * 1024),
    )
