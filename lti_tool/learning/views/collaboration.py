"""What was learned together: the entries of a participant, and the forms of whoever takes part."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.clock import today
from lti_tool.errors import Invalid, NotFound, Refused
from lti_tool.identity import Role
from lti_tool.learning import collaboration
from lti_tool.learning.collaboration import DUTY, Facts
from lti_tool.learning.collaboration_entries import (
    READERS,
    Entry,
    Words,
    get_entry,
    list_entries,
)
from lti_tool.learning.collaboration_schemas import FactsSchema, StartSchema, WordsSchema
from lti_tool.learning.views.blueprint import bp
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import get_own_participant, get_participant
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form

OWN = "/courses/<int:course_id>/learning-together"
ONE = f"{OWN}/<int:entry_id>"


@bp.get(OWN)
@allow(Role.PARTICIPANT)
def own_collaborations(course_id: int) -> ResponseReturnValue:
    """Lead a participant to their own page, whose address has their number in it."""
    return to_list(get_own_participant(g.viewer))


@bp.get("/courses/<int:course_id>/participants/<int:participant_id>/learning-together")
@allow(*READERS)
def collaborations(course_id: int, participant_id: int) -> ResponseReturnValue:
    return list_page(get_participant(g.viewer, participant_id), shown_form())


@bp.get(f"{OWN}/new")
@allow(Role.PARTICIPANT)
def new_collaboration(course_id: int) -> ResponseReturnValue:
    day = today()
    parts = {f"held_on-{part}": getattr(day, part) for part in ("day", "month", "year")}
    return _form_page("start", shown_form(**parts))


@bp.post(f"{OWN}/new")
@allow(Role.PARTICIPANT)
def start_collaboration(course_id: int) -> ResponseReturnValue:
    form = read_form(StartSchema)
    pressed_button(form, "save", by_enter="save")
    if not form.errors:
        try:
            entry = collaboration.start(g.viewer, _facts(form), _words(form))
        except Invalid as error:
            form.refuse(error)
        else:
            flash("The entry is saved. Invite those who were there, if you like.")
            return to_entry(entry.id)
    return _form_page("start", form), 422


@bp.get(ONE)
@allow(Role.PARTICIPANT)
def show_collaboration(course_id: int, entry_id: int) -> ResponseReturnValue:
    """One entry, with all that can be done about it."""
    own = get_own_participant(g.viewer)
    programme = programme_of(own)
    return render_template(
        "learning/collaboration.html",
        participant=own,
        programme=programme,
        duty=programme.find_duty(DUTY),
        entry=get_entry(g.viewer, entry_id),
    )


@bp.get(f"{ONE}/edit")
@allow(Role.PARTICIPANT)
def edit_collaboration(course_id: int, entry_id: int) -> ResponseReturnValue:
    entry = _entry_of_starter(entry_id)
    day = entry.held_on
    form = shown_form(
        title=entry.title,
        others=entry.others,
        strands=entry.strands,
        revision=entry.revision,
        **{f"held_on-{part}": getattr(day, part) for part in ("day", "month", "year")},
    )
    return _form_page("facts", form, entry)


@bp.post(f"{ONE}/edit")
@allow(Role.PARTICIPANT)
def change_collaboration(course_id: int, entry_id: int) -> ResponseReturnValue:
    entry = _entry_of_starter(entry_id)
    form = read_form(FactsSchema)
    pressed_button(form, "save", by_enter="save")
    if not form.errors:
        revision = form.values["revision"]
        try:
            collaboration.change(g.viewer, entry_id, _facts(form), revision=revision)
        except Invalid as error:
            form.refuse(error)
        except Refused as error:
            form.refuse(error)
            form.typed["revision"] = str(entry.revision)
        else:
            flash("What you did together is saved.")
            return to_entry(entry_id)
    return _form_page("facts", form, entry), 422


@bp.get(f"{ONE}/words")
@allow(Role.PARTICIPANT)
def edit_words(course_id: int, entry_id: int) -> ResponseReturnValue:
    entry = _open_entry(entry_id)
    words = entry.words
    form = shown_form(
        learned=words.learned,
        shared=words.shared,
        by_coach="yes" if words.by_coach else None,
        revision=entry.words_revision,
    )
    return _form_page("words", form, entry)


@bp.post(f"{ONE}/words")
@allow(Role.PARTICIPANT)
def change_words(course_id: int, entry_id: int) -> ResponseReturnValue:
    entry = _open_entry(entry_id)
    form = read_form(WordsSchema)
    pressed_button(form, "save", by_enter="save")
    if not form.errors:
        revision = form.values["revision"]
        try:
            collaboration.write(g.viewer, entry_id, _words(form), revision=revision)
        except Refused as error:
            form.refuse(error)
            form.typed["revision"] = str(entry.words_revision)
        else:
            flash("Your words are saved.")
            return to_entry(entry_id)
    return _form_page("words", form, entry), 422


def list_page(participant: Participant, form: Form) -> str:
    """The entries of one participant, with a form for codes where it is the viewer's own."""
    programme = programme_of(participant)
    return render_template(
        "learning/collaborations.html",
        participant=participant,
        is_own=g.viewer.role is Role.PARTICIPANT,
        programme=programme,
        duty=programme.find_duty(DUTY),
        entries=list_entries(g.viewer, participant.id),
        form=form,
        errors=form.errors,
    )


def to_list(own: Participant) -> ResponseReturnValue:
    """Back to all entries."""
    return redirect(
        url_for("learning.collaborations", course_id=g.viewer.course_id, participant_id=own.id), 303
    )


def to_entry(entry_id: int) -> ResponseReturnValue:
    """Back to one entry."""
    ids: dict[str, Any] = {"course_id": g.viewer.course_id, "entry_id": entry_id}
    return redirect(url_for("learning.show_collaboration", **ids), 303)


def _open_entry(entry_id: int) -> Entry:
    entry = get_entry(g.viewer, entry_id)
    if entry.state != "taking_part":
        raise NotFound("You do not take part in this entry.")
    return entry


def _entry_of_starter(entry_id: int) -> Entry:
    entry = _open_entry(entry_id)
    if not entry.is_starter:
        raise NotFound("Only the participant who wrote this entry down can change it.")
    return entry


def _facts(form: Form) -> Facts:
    values = form.values
    strands = tuple(dict.fromkeys(values["strands"]))
    return Facts(values["title"], values["held_on"], values["others"], strands)


def _words(form: Form) -> Words:
    values = form.values
    return Words(values["learned"], values["shared"], values["by_coach"])


def _form_page(kind: str, form: Form, entry: Entry | None = None) -> str:
    own = get_own_participant(g.viewer)
    programme = programme_of(own)
    return render_template(
        "learning/collaboration_form.html",
        kind=kind,
        participant=own,
        programme=programme,
        duty=programme.find_duty(DUTY),
        entry=entry,
        form=form,
        errors=form.errors,
    )
