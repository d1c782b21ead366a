"""What `layout.html` puts around every page: who is here, in which course, and the way about."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, get_flashed_messages, request, url_for
from sqlalchemy import bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from lti_tool.cohort.views import bp
from lti_tool.db import db
from lti_tool.identity import STAFF, LinkHolder, Role, Viewer
from lti_tool.learning.collaboration_entries import READERS
from lti_tool.people.models import Course, User

LABELS = {
    "cohort.progress": "My progress",
    "learning.own_plan": "My plan",
    "evidence.index": "Evidence",
    "cohort.cohort": "Cohort",
    "cohort.participants": "Participants",
    "learning.module_dates": "Modules",
    "grades.marking": "Marking",
    "grades.deliveries": "Deliveries",
    "cohort.help": "Help",
}
# Pages about one participant, in the order of their tabs, with those who may open them.
PERSON_PAGES = (
    ("cohort.participant", "Progress", tuple(Role)),
    ("cohort.coverage", "Coverage", tuple(Role)),
    ("learning.modules", "Modules", STAFF),
    ("learning.plan", "Plan", tuple(Role)),
    ("cohort.results", "Results", tuple(Role)),
    ("learning.dialogue", "Dialogue", tuple(Role)),
    ("learning.collaborations", "Learning together", READERS),
    ("learning.records", "Specialism and sharing", tuple(Role)),
    ("learning.prior_learning", "Prior learning", (Role.PARTICIPANT, *STAFF)),
    ("people.places", "School and support", tuple(Role)),
    ("grades.requests", "Extensions and circumstances", (Role.PARTICIPANT, *STAFF)),
    ("cohort.history", "History", (Role.PARTICIPANT, *STAFF)),
)
# The pages of every week; the others lie behind "More".
OFTEN = {
    "cohort.participant", "cohort.coverage", "learning.modules", "learning.plan",
    "learning.dialogue",
}  # fmt: skip
# Pages beside each other in the section "Cohort", in the order of their tabs.
COHORT_PAGES = (
    ("cohort.cohort", "People"),
    ("cohort.groups", "Groups"),
    ("cohort.figures_page", "Figures"),
    ("cohort.headcounts", "Headcounts"),
    ("cohort.retention", "What is kept"),
)
STAFFS = ("cohort.participants", "grades.marking", "grades.deliveries", "cohort.help")
SECTIONS = {
    Role.PARTICIPANT: ("cohort.progress", "learning.own_plan", "evidence.index", "cohort.help"),
    Role.COACH: ("cohort.participants", "cohort.help"),
    Role.TUTOR: STAFFS,
    Role.LEAD: ("cohort.cohort", "cohort.participants", "learning.module_dates", *STAFFS[1:]),
}
# A page inside a section keeps the section's link lit.
BELONGS = {
    "cohort.module": "cohort.progress",
    "cohort.my_record": "cohort.progress",
    "cohort.participant": "cohort.participants",
    "cohort.history": "cohort.participants",
    "cohort.looks": "cohort.participants",
    "cohort.coverage": "cohort.participants",
    "cohort.results": "cohort.participants",
    **dict.fromkeys(
        ("grades.requests", "grades.request", "grades.waiting_requests"), "cohort.participants"
    ),
    "grades.ask": "cohort.progress",
    **dict.fromkeys(
        (
            "cohort.choose_to_sign",
            "cohort.read_to_sign",
            "cohort.keep_words",
            "cohort.before_signing",
            "cohort.sign_all",
            "cohort.coaching_record",
        ),
        "cohort.participants",
    ),
    "cohort.weekly_mail": "cohort.help",
    "cohort.set_weekly_mail": "cohort.help",
    "cohort.cell": "cohort.participants",
    "cohort.headcounts": "cohort.cohort",
    "cohort.take_headcount": "cohort.cohort",
    **dict.fromkeys(
        (
            "cohort.place_hold",
            "cohort.retain_work",
            "cohort.disposal",
            "cohort.decide_disposal",
        ),
        "cohort.cohort",
    ),
    "cohort.headcount": "cohort.cohort",
    "cohort.compare_headcounts": "cohort.cohort",
    **{name: "cohort.cohort" for name, _ in COHORT_PAGES},
    "cohort.keep_filter": "cohort.cohort",
    "cohort.drop_filter": "cohort.cohort",
    "cohort.programmes": "cohort.cohort",
    "cohort.choose_adopters": "cohort.cohort",
    "cohort.preview_adoption": "cohort.cohort",
    "cohort.adopt": "cohort.cohort",
    "people.roster": "cohort.participants",
    "people.show_allocations": "cohort.participants",
    "people.allocate": "cohort.participants",
    **dict.fromkeys(
        (
            "people.new_import",
            "people.upload_import",
            "people.show_import",
            "people.confirm_import",
            "people.choose_allocations",
            "people.check_allocations",
            "people.preview_allocations",
            "people.confirm_allocations",
            "people.coaches",
            "people.coach",
            "people.record_training",
        ),
        "cohort.participants",
    ),
    "people.places": "cohort.participants",
    "people.place_form": "cohort.participants",
    "people.coach_link": "cohort.participants",
    "people.schools": "cohort.participants",
    "people.add_institution": "cohort.participants",
    "people.school": "cohort.participants",
    "people.new_school": "cohort.participants",
    "people.edit_school": "cohort.participants",
    "people.applications": "cohort.participants",
    "people.new_application": "cohort.participants",
    "people.add_application": "cohort.participants",
    "people.application": "cohort.participants",
    "people.take_step": "cohort.participants",
    "people.edit_application": "cohort.participants",
    "people.change_application": "cohort.participants",
    "people.choose_enrolled": "cohort.participants",
    "people.enrol_application": "cohort.participants",
    "people.ask_end": "cohort.participants",
    "people.end_application": "cohort.participants",
    "grades.mark": "grades.marking",
    "grades.release": "grades.marking",
    **dict.fromkeys(
        (
            "grades.markers",
            "grades.save_markers",
            "grades.agree",
            "grades.save_agreement",
            "grades.give_out",
            "grades.give_out_now",
            "grades.comments",
            "grades.sheets",
            "grades.sheet",
            "grades.sheet_upload",
            "grades.release_preview",
            "grades.release_batches",
            "grades.release_batch",
            "grades.recall",
            "grades.moderation",
            "grades.draw_sample",
            "grades.moderated_set",
            "grades.decide_set",
            "grades.hand_over_set",
            "grades.moderated_script",
            "grades.look_at_script",
        ),
        "grades.marking",
    ),
    "learning.waiting_claims": "grades.marking",
    "learning.modules": "cohort.participants",
    "learning.module": "cohort.participants",
    "learning.module_dates": "learning.module_dates",
    "learning.set_module_date": "learning.module_dates",
    "learning.enrol": "learning.module_dates",
    "learning.enrol_now": "learning.module_dates",
}
# So do all pages of a package; to those who have no such section they are pages about a person.
BELONGS_BY_PACKAGE = {
    "evidence": "evidence.index",
    "learning": "learning.own_plan",
    "board": "cohort.cohort",
}
# Built once, as every page asks it.
NAMES = (
    select(User.name, Course.title)
    .outerjoin(Course, Course.id == bindparam("course_id"))
    .where(User.id == bindparam("user_id"))
)


@bp.app_context_processor
def frame() -> dict[str, Any]:
    """Also for error pages: without a viewer, and while the database is away."""
    notice = " ".join(str(each) for each in get_flashed_messages())
    viewer: Viewer | None = g.get("viewer")
    if viewer is None:
        return {"notice": notice, "signed_in_url": _signed_in_url()}
    return {
        "notice": notice,
        "form_owner": viewer.user_id,
        "role_name": viewer.role.label,
        "home_url": url_for("cohort.home", course_id=viewer.course_id),
        "nav": _links(viewer),
        "search_url": url_for("cohort.search", course_id=viewer.course_id),
        "sign_out_url": url_for("session.sign_out", course_id=viewer.course_id),
        "signed_in_url": url_for("signed_in.in_course", course_id=viewer.course_id),
        "cohort_pages": lambda: _cohort_pages(viewer),
        "person_pages": lambda participant_id: _person_pages(viewer, participant_id),
        **_names(viewer),
    }


def _signed_in_url() -> str:
    """For somebody who came by a personal link and is in no course."""
    holder: LinkHolder | None = g.get("holder")
    pages = {"head": "heads.signed_in", "examiner": "board.signed_in"}
    if holder is None or holder.kind not in pages:
        return ""
    return url_for(pages[holder.kind], token=(request.view_args or {})["token"])


def _names(viewer: Viewer) -> dict[str, str]:
    try:
        asked = {"user_id": viewer.user_id, "course_id": viewer.course_id}
        found = db.session.execute(NAMES, asked).one_or_none()
    except SQLAlchemyError:
        return {}
    name, title = found or ("", "")
    return {"viewer_name": name, "course_title": title or ""}


def _links(viewer: Viewer) -> list[dict[str, Any]]:
    here = request.endpoint or ""
    section = BELONGS.get(here) or BELONGS_BY_PACKAGE.get(here.partition(".")[0], here)
    if viewer.role is Role.PARTICIPANT and section == "cohort.participants":
        section = "cohort.progress"
    if section not in SECTIONS[viewer.role]:
        of_a_person = viewer.role is Role.COACH or section == "learning.own_plan"
        section = "cohort.participants" if of_a_person else section
    return [
        {
            "label": "My teachers" if _is_coachs_list(viewer, name) else LABELS[name],
            "url": url_for(name, course_id=viewer.course_id),
            "current": name == section,
        }
        for name in SECTIONS[viewer.role]
        if name in current_app.view_functions
    ]


def _person_pages(viewer: Viewer, participant_id: int) -> list[dict[str, Any]]:
    here = request.endpoint or ""
    if here == "cohort.progress":
        here = "cohort.participant"
    return [
        {
            "label": label,
            "url": url_for(name, course_id=viewer.course_id, participant_id=participant_id),
            "current": name == here,
            "is_rare": name not in OFTEN,
        }
        for name, label, roles in PERSON_PAGES
        if viewer.role in roles and name in current_app.view_functions
    ]


def _cohort_pages(viewer: Viewer) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": url_for(name, course_id=viewer.course_id),
            "current": name == request.endpoint,
            "is_rare": False,
        }
        for name, label in COHORT_PAGES
        if name in current_app.view_functions
    ]


def _is_coachs_list(viewer: Viewer, name: str) -> bool:
    return viewer.role is Role.COACH and name == "cohort.participants"
