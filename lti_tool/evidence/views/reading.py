"""Read evidence: the list, and the page of one item with what can be done to it."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.db import restart_as_writer
from lti_tool.errors import NotFound
from lti_tool.evidence import items, reads, reports, threads
from lti_tool.evidence.declaration import obstacle
from lti_tool.evidence.listing import Filters, list_items, list_submissions, submissions_of
from lti_tool.evidence.models import EvidenceItem, EvidenceVersion
from lti_tool.evidence.named_target import target_words
from lti_tool.evidence.rules import HELD, PRIVATE, Deed, State, move
from lti_tool.evidence.views.blueprint import bp
from lti_tool.evidence.views.by_number import refuse_by_number
from lti_tool.evidence.views.vouching import vouching_on
from lti_tool.identity import Role
from lti_tool.people.allocations import current_coach
from lti_tool.people.programmes import current_programme, programme_of
from lti_tool.people.visibility import current_allocation, find_participant
from lti_tool.people.vouching import Decision, known_as, may_attest
from lti_tool.programme.definition import Programme
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, asked_number

bp.add_app_template_global(target_words)
bp.add_app_template_global(known_as)
EVERYBODY = (Role.PARTICIPANT, Role.COACH, Role.TUTOR, Role.LEAD)


@bp.get("/courses/<int:course_id>/evidence")
@allow(*EVERYBODY)
def index(course_id: int) -> ResponseReturnValue:
    asked = {name: request.args.get(name, "") for name in FILTERS}
    programme = current_programme(g.viewer.provider_id)
    filters = _filters(asked, programme)
    page = list_items(g.viewer, filters, asked_number("page") or 1)
    person = find_participant(g.viewer, filters.participant_id) if filters.participant_id else None
    return render_template(
        "evidence/list.html",
        page=page,
        submissions=list_submissions(g.viewer, filters) if any(asked.values()) else [],
        asked=asked,
        programme=programme,
        participant=person,
        states=[state.value for state in State if state not in HELD],
        held=reports.held_items(g.viewer),
        to_decide=reports.count_open(g.viewer),
        viewer=g.viewer,
        address=_address(course_id, asked),
        may_add=g.viewer.role in {Role.PARTICIPANT, Role.COACH},
        shows_people=g.viewer.role is not Role.PARTICIPANT,
    )


@bp.get("/courses/<int:course_id>/evidence/<int:item_id>")
@allow(*EVERYBODY)
def item(course_id: int, item_id: int) -> ResponseReturnValue:
    if held := reports.find_held(g.viewer, item_id):
        return render_template("evidence/held.html", report=held, reasons=reports.REASONS)
    refuse_by_number(item_id)
    found = items.get_item(g.viewer, item_id)
    number = asked_number("version") or found.current_version
    page = item_page(found, number=number)
    reads.note_read(g.viewer, [_version(found, number).id])
    _note_read(found)
    return page


@bp.post("/courses/<int:course_id>/evidence/<int:item_id>/ask")
@allow(Role.PARTICIPANT)
def ask(course_id: int, item_id: int) -> ResponseReturnValue:
    items.ask_coach(g.viewer, item_id)
    flash("Your coach has been asked to attest this evidence.")
    return redirect(url_for("evidence.item", course_id=course_id, item_id=item_id), 303)


@bp.get("/courses/<int:course_id>/evidence/<int:item_id>/withdraw")
@allow(Role.PARTICIPANT, Role.COACH)
def withdraw(course_id: int, item_id: int) -> ResponseReturnValue:
    """Say first what it will do."""
    found = items.get_item(g.viewer, item_id)
    return render_template("evidence/withdraw.html", item=found, version=found.current)


@bp.post("/courses/<int:course_id>/evidence/<int:item_id>/withdraw")
@allow(Role.PARTICIPANT, Role.COACH)
def withdraw_now(course_id: int, item_id: int) -> ResponseReturnValue:
    items.withdraw(g.viewer, item_id)
    flash("The evidence is withdrawn. Nobody but you can see it now.")
    return redirect(url_for("evidence.index", course_id=course_id), 303)


def _note_read(found: EvidenceItem) -> None:
    """What is new to the viewer is shown as new once."""
    said = threads.comments_on(found)
    if said and said[-1].id > threads.read_up_to(g.viewer, found):
        item_id, last = found.id, said[-1].id
        restart_as_writer()
        threads.note_read(g.viewer, item_id, last)


def item_page(
    found: EvidenceItem,
    *,
    number: int | None = None,
    form: Form | None = None,
    comment_form: Form | None = None,
) -> str:
    """The page of an item; a refused attestation or comment is shown on it again."""
    version = _version(found, found.current_version if number is None else number)
    is_author = found.author_id == g.viewer.user_id
    is_coach = (
        g.viewer.role is Role.COACH
        and current_allocation(found.participant_id, g.viewer.user_id, "coach") is not None
    )
    is_current = version.number == found.current_version
    versions = items.shown_versions(g.viewer, found)
    known = may_attest(g.viewer, found.participant) if is_coach else Decision(True)
    return render_template(
        "evidence/item.html",
        item=found,
        version=version,
        versions=versions,
        vouching=vouching_on(g.viewer, found, version, versions),
        submissions=submissions_of(g.viewer, found),
        is_current=is_current,
        programme=programme_of(found.participant),
        form=form or Form(),
        comment_form=comment_form or Form(),
        errors=(form or comment_form or Form()).errors,
        thread={
            "comments": threads.comments_for(g.viewer, found),
            "read_up_to": threads.read_up_to(g.viewer, found),
            "may_write": threads.may_comment(g.viewer, found),
        },
        obstacle=obstacle(version),
        reasons={} if found.state in PRIVATE else reports.REASONS,
        is_author=is_author,
        is_coach=is_coach,
        is_participant=g.viewer.role is Role.PARTICIPANT,
        viewer=g.viewer,
        coach=current_coach(found.participant),
        may=_may(found, is_author, is_coach and is_current and known.allowed),
        unproven="" if known.allowed or not is_coach else known.reason,
    )


def _may(found: EvidenceItem, is_author: bool, is_coach: bool) -> dict[str, bool]:
    """Which buttons the page has. The activity decides again when one is pressed."""
    state = State(found.state)
    allowed = {
        Deed.REVISE: is_author,
        Deed.WITHDRAW: is_author,
        Deed.ASK: (
            g.viewer.role is Role.PARTICIPANT
            and state is not State.REQUESTED
            and found.current.pupils is not None
        ),
        Deed.SIGN: is_coach and not obstacle(found.current),
        Deed.SEND_BACK: is_coach,
    }
    return {deed.value: may and move(state, deed).to is not None for deed, may in allowed.items()}


def _version(found: EvidenceItem, number: int) -> EvidenceVersion:
    for version in items.shown_versions(g.viewer, found):
        if version.number == number:
            return version
    raise NotFound("There is no such version of this evidence.")


FILTERS = ("strand", "phase", "module", "state", "participant")


def _filters(asked: dict[str, str], programme: Programme) -> Filters:
    modules: tuple[str, ...] = (asked["module"],) if asked["module"] else ()
    phase = asked_number("phase")
    if phase is not None and not modules:
        modules = tuple(one.code for one in programme.modules_in(phase))
        modules = modules or ("",)
    return Filters(
        strand=asked["strand"] or None,
        modules=modules,
        state=asked["state"] or None,
        participant_id=asked_number("participant"),
    )


def _address(course_id: int, asked: dict[str, str]) -> Any:
    """The address of another page of the same list."""
    kept: dict[str, Any] = {name: value for name, value in asked.items() if value}

    def of(page: int) -> str:
        return url_for("evidence.index", course_id=course_id, **kept, page=page)

    return of
