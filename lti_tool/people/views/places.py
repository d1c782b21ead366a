"""Where a participant teaches, who supports them, and what they tell about both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from lti_tool.clock import today
from lti_tool.errors import Invalid
from lti_tool.identity import STAFF, Role, Viewer
from lti_tool.people import (
    ahead,
    moves,
    participation,
    place_schemas,
    roster,
    schools,
    starting,
    training,
)
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.people.states import AFTER, Act, State
from lti_tool.people.views.blueprint import bp
from lti_tool.people.visibility import get_participant
from lti_tool.programme import timing
from lti_tool.programme.schools import PHASES
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, read_form, shown_form

OWN = (Role.PARTICIPANT, Role.LEAD)
TELLERS = (Role.PARTICIPANT, *STAFF)
Values = Mapping[str, Any]
NOTED = "{} Nothing changes before that day, and until then it can be called off."


@dataclass(frozen=True)
class Deed:
    """One thing that people do on this page: who, in which states, with which form."""

    title: str
    button: str
    form: type[Schema]
    run: Callable[[Viewer, Participant, Values], str]
    roles: tuple[Role, ...] = TELLERS
    act: Act | None = None

    def is_offered(self, viewer: Viewer, participant: Participant) -> bool:
        """Whether it makes sense to this viewer in this state."""
        fits = self.act is None or State(participant.state) in AFTER[self.act]
        return viewer.role in self.roles and fits


def _move(viewer: Viewer, participant: Participant, values: Values) -> str:
    school = schools.school_called(viewer, values["school"])
    on = values["on"]
    moves.move_school(viewer, participant, school, on, post=values["post"], fte=values["fte"])
    when = "is now" if on <= today() else f"will be from {timing.spoken(on)} on"
    return f"{school.name} {when} the school. Everything so far is kept; the coach stays the same."


def _leave_school(viewer: Viewer, participant: Participant, values: Values) -> str:
    on = values["on"]
    ahead.leave_school(viewer, participant, on)
    if on > today():
        return NOTED.format(f"The leaving of the school is noted from {timing.spoken(on)} on.")
    return "It is noted. Tell the new school here as soon as it is known, or let it tell us."


def _take_back(viewer: Viewer, participant: Participant, _values: Values) -> str:
    return f"The move to {moves.take_back_move(viewer, participant).name} is taken back."


def _setting(viewer: Viewer, participant: Participant, values: Values) -> str:
    school = schools.school_called(viewer, values["school"])
    moves.add_setting(viewer, participant, school, values["on"])
    return f"{school.name} is noted as a second school."


def _end_setting(viewer: Viewer, participant: Participant, values: Values) -> str:
    moves.end_setting(viewer, participant, values["period"], values["on"])
    return "The work at the second school has ended. What was done there is kept."


def _pause(viewer: Viewer, participant: Participant, values: Values) -> str:
    on = values["on"]
    ahead.pause(viewer, participant, values["reason"], on)
    if on > today():
        return NOTED.format(f"The pause is noted from {timing.spoken(on)} on.")
    return "The programme is paused. Everything is kept; come back whenever you can."


def _resume(viewer: Viewer, participant: Participant, values: Values) -> str:
    participation.resume(viewer, participant, values["on"])
    return "Welcome back. The programme goes on where it was left."


def _leave(viewer: Viewer, participant: Participant, values: Values) -> str:
    on = values["on"]
    ahead.withdraw(viewer, participant, values["reason"], on)
    if on > today():
        return NOTED.format(f"The leaving is noted from {timing.spoken(on)} on.")
    return "It is noted. All work and credits are kept, and the way back is open."


def _call_off(viewer: Viewer, participant: Participant, values: Values) -> str:
    found = ahead.call_off(viewer, participant, values["planned"])
    return f"It is called off: {ahead.told(found)[0].lower()}{ahead.told(found)[1:]}."


def _reinstate(viewer: Viewer, participant: Participant, _values: Values) -> str:
    participation.reinstate(viewer, participant)
    return f"{participant.user.name} is on the programme again. Allocate a coach and a tutor."


def _start(viewer: Viewer, participant: Participant, values: Values) -> str:
    against = starting.start(viewer, participant, values["on"])
    return " ".join([f"The start is noted as {timing.spoken(values['on'])}.", *against])


def _university(viewer: Viewer, participant: Participant, values: Values) -> str:
    found = schools.get_institution(viewer, values["institution"])
    moves.move_university(viewer, participant, found, values["on"])
    return f"{found.name} assesses {participant.user.name} from {timing.spoken(values['on'])} on."


def _facts(viewer: Viewer, participant: Participant, values: Values) -> str:
    phase = values["school_phase"]
    if phase is not None and phase not in PHASES:
        raise Invalid("Choose one of the phases.", field="school_phase")
    participation.change_facts(viewer, participant, dict(values))
    return "It is noted."


LEAD = (Role.LEAD,)
F = place_schemas
DEEDS = {
    "move": Deed("A new school", "Tell the new school", F.MoveForm, _move, act=Act.ARRIVE),
    "leave-school": Deed(
        "Leave the school", "Leave the school", F.DayForm, _leave_school, act=Act.LEAVE_SCHOOL
    ),
    "take-back": Deed("Take back the move", "Take it back", F.NoForm, _take_back, act=Act.ARRIVE),
    "second-school": Deed(
        "A second school", "Add the second school", F.SettingForm, _setting, act=Act.ARRIVE
    ),
    "end-second-school": Deed(
        "End at a second school", "End it", F.EndSettingForm, _end_setting, act=Act.ARRIVE
    ),
    "start": Deed("Note the start", "Note the start", F.DayForm, _start, STAFF),
    "pause": Deed("Pause the programme", "Pause", F.PauseForm, _pause, act=Act.PAUSE),
    "resume": Deed("Come back", "Come back", F.DayForm, _resume, act=Act.RESUME),
    "leave": Deed("Leave the programme", "Leave", F.LeaveForm, _leave, OWN, Act.WITHDRAW),
    "call-off": Deed("Call off what is ahead", "Call it off", F.CallOffForm, _call_off),
    "return": Deed("Bring back", "Bring back", F.NoForm, _reinstate, LEAD, Act.REINSTATE),
    "university": Deed(
        "Another university", "Change the university", F.UniversityForm, _university, LEAD,
        Act.ARRIVE,
    ),
    "facts": Deed("Teaching and career", "Save", F.CareerForm, _facts),
}  # fmt: skip


@bp.get("/courses/<int:course_id>/participants/<int:participant_id>/places")
@allow(*Role)
def places(course_id: int, participant_id: int) -> ResponseReturnValue:
    """School, coach, tutor and university, now, before and planned; and the dates that follow."""
    viewer: Viewer = g.viewer
    participant = get_participant(viewer, participant_id)
    programme = programme_of(participant)
    career = participation.career_of(participant)
    now = roster.allocated_now([participant.id])[participant.id]
    pauses = participation.pauses_of([participant.id])[participant.id]
    return render_template(
        "people/places.html",
        participant=participant,
        state=State(participant.state),
        planned=ahead.sentences([participant.id]).get(participant.id, []),
        is_own=participation.is_own(viewer, participant),
        school=moves.school_period_on(participant, today()),
        periods=moves.school_periods(participant),
        now=now,
        training=_training(viewer, now),
        support=[each for each in roster.periods(participant) if each.ended_on != each.started_on],
        universities=moves.university_periods(participant),
        pauses=pauses,
        window=timing.window(programme, career, pauses, today=today()),
        start_rule=starting.start_rule(participant),
        notices=timing.warnings(programme, career, pauses, today=today()),
        offered=_offered(viewer, participant),
        today=today(),
        **words(participant),
    )


def _training(viewer: Viewer, now: roster.Allocated) -> training.Training | None:
    """Whether the coach's training holds: for the university, which sees to it."""
    if now.coach is None or not viewer.is_staff:
        return None
    return training.trainings_of([now.coach.user_id])[now.coach.user_id]


@bp.get("/courses/<int:course_id>/participants/<int:participant_id>/places/<deed>")
@allow(*TELLERS)
def place_form(course_id: int, participant_id: int, deed: str) -> ResponseReturnValue:
    """One thing to tell, with what it changes and what it does not."""
    participant = get_participant(g.viewer, participant_id)
    found = _deed(g.viewer, participant, deed)
    return _form_page(participant, deed, found, shown_form(**_initial(g.viewer, participant, deed)))


@bp.post("/courses/<int:course_id>/participants/<int:participant_id>/places/<deed>")
@allow(*TELLERS)
def change_place(course_id: int, participant_id: int, deed: str) -> ResponseReturnValue:
    """Do it, or show the form again with what is wrong."""
    participant = get_participant(g.viewer, participant_id)
    found = _deed(g.viewer, participant, deed)
    form = read_form(_form_of(g.viewer, found))
    if not form.errors:
        try:
            told = found.run(g.viewer, participant, form.values)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(told)
            there = url_for(".places", course_id=course_id, participant_id=participant_id)
            return redirect(there, 303)
    return _form_page(participant, deed, found, form), 422


def _deed(viewer: Viewer, participant: Participant, name: str) -> Deed:
    """What the address asks for; in a state that it does not fit, the activity says why."""
    found = DEEDS.get(name)
    if found is None or viewer.role not in found.roles:
        abort(404)
    if found.act is not None:
        participation.after(found.act, participant.state)
    return found


def _form_of(viewer: Viewer, deed: Deed) -> type[Schema]:
    if deed.form is F.CareerForm and viewer.role is not Role.LEAD:
        return F.TeachingForm
    return deed.form


def _form_page(participant: Participant, name: str, deed: Deed, form: Form) -> str:
    viewer: Viewer = g.viewer
    return render_template(
        "people/places_form.html",
        participant=participant,
        is_own=participation.is_own(viewer, participant),
        name=name,
        deed=deed,
        form=form,
        reasons=participation.LEAVING
        if name == "leave"
        else participation.pause_reasons(programme_of(participant)),
        stops=programme_of(participant).policies["time"]["clock_stops_for"],
        settings=[
            each
            for each in moves.school_periods(participant)
            if each.kind == "setting" and each.ended_on is None
        ],
        planned=_planned(viewer, participant),
        institutions=schools.list_institutions(viewer) if name == "university" else [],
        **words(participant),
    )


def _planned(viewer: Viewer, participant: Participant) -> list[dict[str, str]]:
    """What lies ahead and the viewer may call off."""
    return [
        {"value": str(each.id), "label": ahead.told(each)}
        for each in ahead.of([participant.id]).get(participant.id, [])
        if ahead.may_call_off(viewer, participant, each)
    ]


def _initial(viewer: Viewer, participant: Participant, name: str) -> dict[str, Any]:
    if name != "facts":
        return _parts("on", today())
    facts: dict[str, Any] = {
        "subject_taught": participant.subject_taught,
        "school_phase": participant.school_phase,
        "trn": participant.trn,
        "cohort": participant.cohort,
        "window_rule": participant.window_rule,
    }
    for each in ("qts_on", "teaching_from", "induction_from", "induction_to"):
        facts |= _parts(each, getattr(participant, each))
    return facts


def _parts(name: str, day: date | None) -> dict[str, Any]:
    if day is None:
        return {}
    return {f"{name}-day": day.day, f"{name}-month": day.month, f"{name}-year": day.year}


def _offered(viewer: Viewer, participant: Participant) -> dict[str, str]:
    """The deeds to link to, with their titles."""
    periods = [each for each in moves.school_periods(participant) if each.kind == "main"]
    settings = [each for each in moves.school_periods(participant) if each.kind == "setting"]
    senseless = {
        "leave-school": not periods or periods[0].ended_on is not None,
        "take-back": not periods or periods[0].started_on <= today(),
        "end-second-school": all(each.ended_on for each in settings),
        "call-off": not _planned(viewer, participant),
        "start": participant.started_on is not None or participant.left_on is not None,
    }
    return {
        name: deed.title
        for name, deed in DEEDS.items()
        if deed.is_offered(viewer, participant) and not senseless.get(name)
    }


def words(participant: Participant) -> dict[str, Mapping[str, str]]:
    """The words for codes, as the pages show them."""
    return {
        "phases": PHASES,
        "pause_words": participation.pause_reasons(programme_of(participant)),
    }
