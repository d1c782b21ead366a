"""Two markers come to one mark, and the lead says who marks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.db import db
from lti_tool.errors import DomainError, NotAllowed, Refused
from lti_tool.evidence.bundle import Bundle
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import get_attempt
from lti_tool.grades import agreeing, allocating_markers
from lti_tool.grades.agree_schemas import OneWorkSchema, agree_form
from lti_tool.grades.agreeing import Settlement
from lti_tool.grades.markers import Panel, panel_of, shown_bundle
from lti_tool.grades.rules import chain as rules
from lti_tool.grades.rules.chain import FIRST, SECOND, Act
from lti_tool.grades.rules.telling import Told
from lti_tool.grades.schemas import CRITERION
from lti_tool.grades.views.blueprint import bp
from lti_tool.identity import STAFF, Role
from lti_tool.people.programmes import programme_of
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, chosen_action, read_form, shown_form

WORK = "/courses/<int:course_id>/marking/<int:attempt_id>"
AGREE = f"{WORK}/agree"
MARKERS = f"{WORK}/markers"


@bp.context_processor
def _for_templates() -> dict[str, Any]:
    return {"markers_at": lambda attempt: MarkersSeen(panel_of(attempt))}


@dataclass(frozen=True)
class MarkersSeen:
    """The markers of one attempt as far as the viewer may know; for the marking page too."""

    panel: Panel

    @property
    def called(self) -> str:
        return self.panel.participant_for(g.viewer)

    @property
    def own_role(self) -> str | None:
        return self.panel.offered_to(g.viewer)

    @property
    def is_double(self) -> bool:
        return self.panel.is_double

    @property
    def may_compare(self) -> bool:
        return _why_not_compare(self.panel) is None

    @property
    def may_allocate(self) -> bool:
        return g.viewer.role is Role.LEAD and self.panel.knows_markers(g.viewer)

    @property
    def state(self) -> rules.State:
        return rules.state_of(self.panel.progress)

    @property
    def told(self) -> rules.State | Told:
        """How far the work is, as far as the viewer may know."""
        return self.panel.told(g.viewer)

    @property
    def knows_name(self) -> bool:
        return self.panel.knows_participant(g.viewer)

    @property
    def may_reopen(self) -> bool:
        role = self.panel.role_of(g.viewer.user_id)
        return rules.why_not(Act.REOPEN, role, self.panel.progress) is None

    @property
    def bundle(self) -> Bundle:
        """What was handed in, as this viewer sees it."""
        return shown_bundle(g.viewer, self.panel.attempt)


@bp.get(AGREE, endpoint="agree")
@allow(*STAFF)
def show_agree(course_id: int, attempt_id: int) -> ResponseReturnValue:
    """Both marks side by side, and what can be done about them."""
    panel = _panel(get_attempt(g.viewer, attempt_id))
    return _page(panel, _first_form(panel))


@bp.post(AGREE, endpoint="save_agreement")
@allow(*STAFF)
def save_agreement(course_id: int, attempt_id: int) -> ResponseReturnValue:
    """Propose, accept, decide or take up again; by the button pressed."""
    attempt = get_attempt(g.viewer, attempt_id)
    _panel(attempt)
    form = read_form(agree_form(_criteria(attempt)))
    if form.errors:
        return _refused(attempt, form)
    try:
        said = _do(chosen_action("none"), attempt, form)
    except DomainError as error:
        form.refuse(error)
        return _refused(attempt, form)
    flash(said)
    return redirect(url_for(".agree", course_id=course_id, attempt_id=attempt_id), 303)


@bp.get(MARKERS, endpoint="markers")
@allow(Role.LEAD)
def show_markers(course_id: int, attempt_id: int) -> ResponseReturnValue:
    """Who marks this work, to be changed by the lead."""
    return _markers_page(get_attempt(g.viewer, attempt_id), shown_form())


@bp.post(MARKERS, endpoint="save_markers")
@allow(Role.LEAD)
def save_markers(course_id: int, attempt_id: int) -> ResponseReturnValue:
    """Give the work to these markers."""
    attempt = get_attempt(g.viewer, attempt_id)
    form = read_form(OneWorkSchema)
    if form.errors:
        return _markers_page(attempt, form), 422
    reason = form.values.pop("reason")
    try:
        changed = allocating_markers.give(g.viewer, attempt, form.values, reason)
    except DomainError as error:
        db.session.rollback()
        form.refuse(error)
        return _markers_page(get_attempt(g.viewer, attempt_id), form), 422
    flash("The markers are noted." if changed else "Nothing was changed.")
    return redirect(url_for(".markers", course_id=course_id, attempt_id=attempt_id), 303)


def _do(action: str, attempt: Attempt, form: Form) -> str:
    values = form.values
    if action == "propose":
        agreeing.propose(g.viewer, attempt, _settlement(form))
        return "The other marker can read what you propose."
    if action == "accept":
        agreeing.accept(g.viewer, attempt, values["proposal"])
        return "You both agree on this mark."
    if action == "decide":
        agreeing.decide(g.viewer, attempt, values["rationale"])
        return "Your mark counts."
    if action == "take_up":
        agreeing.take_up(g.viewer, attempt, values["reason"])
        return "The mark can be agreed anew. What was released stays until the next release."
    raise Refused("This button is not known here. Nothing was done.")


def _panel(attempt: Attempt) -> Panel:
    panel = panel_of(attempt)
    if reason := _why_not_compare(panel):
        raise NotAllowed(reason)
    return panel


def _why_not_compare(panel: Panel) -> str | None:
    if not (panel.is_double and panel.progress.is_revealed):
        return "The marks can be compared once two markers have made theirs final."
    if not panel.may_read(g.viewer, FIRST) or not panel.may_read(g.viewer, SECOND):
        return "Only the markers of this work and a programme lead compare the marks."
    return None


def _criteria(attempt: Attempt) -> list[str]:
    return [criterion.id for criterion in programme_of(attempt.participant).criteria]


def _settlement(form: Form) -> Settlement:
    values = form.values
    criteria = {
        name.removeprefix(CRITERION): text
        for name, text in values.items()
        if name.startswith(CRITERION)
    }
    return Settlement(values["mark"], values["feedback"], criteria, values["rationale"])


def _first_form(panel: Panel) -> Form:
    """What to propose from: the newest proposal, or what both have written."""
    if panel.proposal:
        start: Any = panel.proposal
        mark, feedback, criteria = start.mark, start.feedback, start.criteria
    else:
        one, other = panel.marks[FIRST], panel.marks[SECOND]
        mark, feedback = None, rules.joined(one.feedback, other.feedback)
        criteria = rules.joined_criteria(one.criteria, other.criteria)
    texts = {f"{CRITERION}{code}": text for code, text in criteria.items()}
    return shown_form(mark=mark, feedback=feedback, **texts)


def _refused(attempt: Attempt, form: Form) -> ResponseReturnValue:
    db.session.rollback()
    panel = _panel(get_attempt(g.viewer, attempt.id))
    for name, text in _first_form(panel).typed.items():
        form.typed.setdefault(name, text)
    return _page(panel, form), 422


def _page(panel: Panel, form: Form) -> str:
    attempt = panel.attempt
    programme = programme_of(attempt.participant)
    module = programme.module(attempt.module_code)
    weights = programme.weights(programme.phase_of(module))
    one, other = panel.marks[FIRST].mark or 0, panel.marks[SECOND].mark or 0
    floors = agreeing.floors_of(panel)
    names = {band.floor: band.name for band in programme.bands}
    may = partial(agreeing.why_not_now, g.viewer, panel)
    return render_template(
        "grades/agree.html",
        attempt=attempt,
        module=module,
        panel=panel,
        seen=MarkersSeen(panel),
        criteria=[(criterion, weights[criterion.id]) for criterion in programme.criteria],
        written={code for mark in panel.marks.values() for code in mark.criteria},
        gap=abs(one - other),
        within=agreeing.within(attempt),
        lines=[(floor, names[floor]) for floor in rules.floor_between(one, other, floors)],
        bands={
            role: names[rules.band_of(mark.mark or 0, floors)] for role, mark in panel.marks.items()
        },
        may={act.value: may(act) is None for act in Act},
        why={act.value: may(act) for act in Act},
        form=form,
        errors=form.errors,
    )


def _markers_page(attempt: Attempt, form: Form) -> str:
    panel = panel_of(attempt)
    if not panel.knows_markers(g.viewer):
        raise NotAllowed(allocating_markers.OWN_WORK)
    return render_template(
        "grades/markers.html",
        attempt=attempt,
        module=programme_of(attempt.participant).module(attempt.module_code),
        panel=panel,
        seen=MarkersSeen(panel),
        roles=rules.ROLES if panel.is_double else (FIRST,),
        third_refusal=rules.why_not(Act.APPOINT, None, panel.progress),
        people=allocating_markers.possible_markers(attempt.course_id),
        replaced=allocating_markers.replacements(attempt),
        is_settled=rules.is_settled(panel.progress) and panel.role_of(g.viewer.user_id) is None,
        form=form,
        errors=form.errors,
    )
