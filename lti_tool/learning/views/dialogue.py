"""Professional dialogue: what was talked about, which duties it served, who has to confirm it."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.clock import today
from lti_tool.errors import Invalid, Refused
from lti_tool.identity import Role, Viewer
from lti_tool.learning import dialogues
from lti_tool.learning.dialogues import Account
from lti_tool.learning.models import Dialogue
from lti_tool.learning.plan_schemas import DialogueForm
from lti_tool.learning.views.blueprint import bp
from lti_tool.learning.writing import WRITERS
from lti_tool.people.models import Participant
from lti_tool.people.paging import list_page
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import get_participant
from lti_tool.programme.coaching import days_since, duty_counts, is_silent, last_talk, term_of
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, as_id, asked_number, read_form, shown_form

PATH = "/courses/<int:course_id>/participants/<int:participant_id>/dialogue"
SHOWN = 10


@bp.get(PATH)
@allow(*Role)
def dialogue(course_id: int, participant_id: int) -> ResponseReturnValue:
    viewer: Viewer = g.viewer
    participant = get_participant(viewer, participant_id)
    programme = programme_of(participant)
    talks = dialogues.talks_of([participant.id]).get(participant.id, [])
    day = today()
    last = last_talk(talks, day)
    query = dialogues.entries(viewer, participant_id)
    return render_template(
        "learning/dialogue.html",
        participant=participant,
        programme=programme,
        page=list_page(query, asked_number("page") or 1, size=SHOWN),
        page_url=lambda number: url_for("learning.dialogue", **_ids(participant), page=number),
        waiting=dialogues.waiting_entries(viewer, participant_id),
        uncounted=sum(not talk.counts for talk in talks),
        unconfirmed=dialogues.unconfirmed,
        may_confirm=lambda entry: dialogues.may_confirm(viewer, entry),
        may_correct=lambda entry: dialogues.may_correct(viewer, entry),
        may_write=viewer.role in WRITERS,
        is_participant=viewer.role is Role.PARTICIPANT,
        last=last,
        days=days_since(talks, day),
        alert_days=programme.policies["coaching"]["alert_no_dialogue_days"],
        silent=is_silent(programme, last, participant.enrolled_on, day),
        term=term_of(day),
        duties=duty_counts(programme, talks, day),
    )


@bp.get(f"{PATH}/new")
@allow(*WRITERS)
def new_dialogue(course_id: int, participant_id: int) -> ResponseReturnValue:
    """An empty form, or a copy of the entry that is to be corrected."""
    participant = get_participant(g.viewer, participant_id)
    corrects = asked_number("corrects")
    earlier = dialogues.get_entry(g.viewer, participant_id, corrects) if corrects else None
    return _form_page(participant, _started_form(participant, earlier), earlier)


@bp.post(f"{PATH}/new")
@allow(*WRITERS)
def add_dialogue(course_id: int, participant_id: int) -> ResponseReturnValue:
    participant = get_participant(g.viewer, participant_id)
    form = read_form(DialogueForm)
    corrects = as_id(form.typed.get("corrects", ""))
    if not form.errors:
        try:
            dialogues.add(g.viewer, participant_id, _account(form), corrects=corrects)
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            flash("The entry is saved. The others who were there are asked to confirm it.")
            return redirect(url_for("learning.dialogue", **_ids(participant)), 303)
    earlier = dialogues.get_entry(g.viewer, participant_id, corrects) if corrects else None
    return _form_page(participant, form, earlier), 422


@bp.get(f"{PATH}/<int:dialogue_id>")
@allow(*Role)
def dialogue_entry(course_id: int, participant_id: int, dialogue_id: int) -> ResponseReturnValue:
    """One entry on its own: also an earlier one that was corrected since."""
    entry = dialogues.get_entry(g.viewer, participant_id, dialogue_id)
    may_write = g.viewer.role in WRITERS
    return render_template(
        "learning/dialogue_entry.html",
        participant=entry.participant,
        programme=programme_of(entry.participant),
        entry=entry,
        unconfirmed=dialogues.unconfirmed,
        may_confirm=lambda each: each.correction is None and dialogues.may_confirm(g.viewer, each),
        may_correct=lambda each: each.correction is None and dialogues.may_correct(g.viewer, each),
        may_write=may_write and entry.correction is None,
    )


@bp.post(f"{PATH}/<int:dialogue_id>/confirm")
@allow(*WRITERS)
def confirm_dialogue(course_id: int, participant_id: int, dialogue_id: int) -> ResponseReturnValue:
    entry = dialogues.confirm(g.viewer, participant_id, dialogue_id)
    flash("You have confirmed this entry.")
    return redirect(url_for("learning.dialogue", **_ids(entry.participant)), 303)


def _account(form: Form) -> Account:
    values = form.values
    lines = (line.strip() for line in values["actions"].splitlines())
    return Account(
        held_on=values["held_on"],
        minutes=values["minutes"],
        summary=values["summary"],
        duties=tuple(values["duties"]),
        actions=tuple(line for line in lines if line),
        people=tuple(values["people"]),
    )


def _started_form(participant: Participant, earlier: Dialogue | None) -> Form:
    day = earlier.held_on if earlier else today()
    parts = {f"held_on-{part}": getattr(day, part) for part in ("day", "month", "year")}
    if earlier is None:
        current = [each for each in _others(participant) if each.ended_on is None]
        chosen = [each.user_id for each in current] if len(current) == 1 else []
        # Who talks with the participant need not name a third person.
        by_participant = g.viewer.role is Role.PARTICIPANT
        return shown_form(minutes=30, people=chosen if by_participant else [], **parts)
    return shown_form(
        minutes=earlier.minutes,
        summary=earlier.summary,
        duties=[each.duty for each in earlier.duties],
        actions="\n".join(each.text for each in earlier.actions),
        people=[each.user_id for each in earlier.people],
        corrects=earlier.id,
        **parts,
    )


def _others(participant: Participant, earlier: Dialogue | None = None) -> list[Any]:
    also = [each.user_id for each in earlier.people] if earlier else []
    found = dialogues.candidates(participant, also=also)
    return [each for each in found if each.user_id != g.viewer.user_id]


def _ids(participant: Participant) -> dict[str, Any]:
    return {"course_id": g.viewer.course_id, "participant_id": participant.id}


def _form_page(participant: Participant, form: Form, earlier: Dialogue | None) -> str:
    return render_template(
        "learning/dialogue_form.html",
        participant=participant,
        programme=programme_of(participant),
        form=form,
        earlier=earlier,
        others=_others(participant, earlier),
        is_participant=g.viewer.role is Role.PARTICIPANT,
    )
