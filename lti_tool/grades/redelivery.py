"""What became of the deliveries, and sending one again when a person decides so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select, update
from sqlalchemy.orm import joinedload

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import NotAllowed, NotFound, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.grades.by_number import moderated_by
from lti_tool.grades.deliveries import JOB
from lti_tool.grades.models import Delivery, Grade, LineItem
from lti_tool.identity import Role, Viewer
from lti_tool.jobs import wake_after_commit
from lti_tool.people.erased import hold_unless_erased
from lti_tool.people.models import Course, Participant, User
from lti_tool.people.paging import Page, list_page
from lti_tool.people.programmes import list_versions, parsed
from lti_tool.people.visibility import visible_participants
from lti_tool.programme.definition import MarkingPolicy

# A person may send these again; the others are under way, done or replaced.
RETRIABLE = ("failed", "kept", "conflict")
STATES = ("queued", "sending", "confirmed", "kept", "conflict", "failed", "superseded")
# Each state in a sentence, with what to do.
STATES_SAY = {
    "queued": "Waits for its turn, or for the next try. Nothing is needed from you.",
    "sending": "Is on its way at this moment. Nothing is needed from you.",
    "confirmed": "The gradebook was read and shows what was sent. Nothing is needed from you.",
    "kept": "The gradebook kept an entry of its own. Remove it there and send again, or leave it.",
    "conflict": "The gradebook has a later entry. Leave it, or send again to replace it.",
    "failed": "The gradebook refused it. Read why, put it right, then send it again.",
    "superseded": (
        "A later release or a recall took its place, or the person's data was erased. Nothing is "
        "needed from you."
    ),
}


@dataclass(frozen=True)
class Filters:
    """Which deliveries a page is about."""

    state: str | None = None
    module_code: str | None = None
    course_id: int | None = None
    name: str = ""

    def of_state(self, state: str | None) -> Filters:
        """The same, for another state."""
        return Filters(state, self.module_code, self.course_id, self.name)


EVERYTHING = Filters()


def visible_deliveries(viewer: Viewer) -> Select[Delivery]:
    """The deliveries about participants whom this member of staff may see, in no order."""
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads follow deliveries.")
    people = visible_participants(viewer).with_only_columns(Participant.id)
    return select(Delivery).where(
        Delivery.provider_id == viewer.provider_id, Delivery.participant_id.in_(people)
    )


def list_deliveries(viewer: Viewer, filters: Filters, *, number: int = 1) -> Page[Delivery]:
    """The newest deliveries first; without a state all but the superseded ones."""
    query = _filtered(viewer, filters).options(
        joinedload(Delivery.participant).options(
            joinedload(Participant.user), joinedload(Participant.programme_version)
        ),
        joinedload(Delivery.line_item),
        joinedload(Delivery.grade).joinedload(Grade.attempt).defer(Attempt.manifest),
    )
    if filters.state in STATES:
        query = query.where(Delivery.state == filters.state)
    else:
        query = query.where(Delivery.state != "superseded")
    return list_page(query.order_by(Delivery.id.desc()), number)


def count_by_state(viewer: Viewer, filters: Filters = EVERYTHING) -> dict[str, int]:
    """How many deliveries are in each state, whichever of them is looked at."""
    found = _filtered(viewer, filters).with_only_columns(Delivery.state, func.count())
    rows = db.session.execute(found.group_by(Delivery.state))
    counts = {row[0]: row[1] for row in rows}
    return {state: counts.get(state, 0) for state in STATES}


def modules_and_courses(viewer: Viewer) -> tuple[list[str], dict[int, str]]:
    """What the filters offer: module codes, and course id → title."""
    items = visible_deliveries(viewer).with_only_columns(Delivery.line_item_id)
    rows = db.session.execute(
        select(LineItem.module_code, Course.id, Course.title)
        .join(Course, Course.id == LineItem.course_id)
        .where(LineItem.id.in_(items))
        .distinct()
    ).all()
    titles = dict(sorted({row[1]: row[2] for row in rows}.items(), key=lambda each: each[1]))
    return sorted({row[0] for row in rows}), titles


def retry_failed(viewer: Viewer, filters: Filters) -> int:
    """Send again all that failed among these; tells how many."""
    query = _filtered(viewer, filters).where(Delivery.state == "failed").order_by(Delivery.id)
    failed = db.session.scalars(query).all()
    if not failed:
        raise Refused("None of these failed, so nothing is sent again.")
    for delivery in failed:
        retry(viewer, delivery)
    return len(failed)


def _filtered(viewer: Viewer, filters: Filters) -> Select[Delivery]:
    query = visible_deliveries(viewer)
    if filters.module_code or filters.course_id is not None:
        items = select(LineItem.id)
        if filters.module_code:
            items = items.where(LineItem.module_code == filters.module_code)
        if filters.course_id is not None:
            items = items.where(LineItem.course_id == filters.course_id)
        query = query.where(Delivery.line_item_id.in_(items))
    if asked := filters.name.strip():
        query = query.where(_is_about(viewer, asked))
    return query


def _is_about(viewer: Viewer, asked: str) -> ColumnElement[bool]:
    """A name finds nothing of what stands here by number: the number would tell whose it is.

    A candidate number finds that only; to a lead, who may look numbers up, everything.
    """
    people = select(Participant.id).join(User, User.id == Participant.user_id)
    named = people.where(User.name.icontains(asked, autoescape=True))
    number = asked.lower().removeprefix("candidate").strip().upper()
    numbered = Delivery.participant_id.in_(people.where(Participant.candidate_number == number))
    blind = select(LineItem.id).where(LineItem.module_code.in_(_nameless(viewer.provider_id)))
    moderated = select(Grade.id).where(Grade.attempt_id.in_(moderated_by(viewer)))
    by_number = or_(Delivery.line_item_id.in_(blind), Delivery.grade_id.in_(moderated))
    return or_(
        and_(Delivery.participant_id.in_(named), not_(by_number)),
        numbered if viewer.role is Role.LEAD else and_(numbered, by_number),
    )


def _nameless(provider_id: int) -> set[str]:
    """Module codes that any version of the programme has marked by two people, blind."""
    return {
        module.code
        for version in list_versions(provider_id)
        for module in parsed(version.definition).modules
        if module.marking is MarkingPolicy.DOUBLE_BLIND
    }


def get_delivery(viewer: Viewer, delivery_id: int) -> Delivery:
    """One delivery that the viewer may see."""
    found = db.session.scalars(
        visible_deliveries(viewer).where(Delivery.id == delivery_id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such delivery among those you may see.")
    return found


def retry(viewer: Viewer | None, delivery: Delivery) -> None:
    """Queue a delivery again, with a new time. `viewer` is None for the operator."""
    hold_unless_erased(delivery.participant_id)
    queued = db.session.execute(
        update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.state.in_(RETRIABLE))
        # `posted_at` stays: if an earlier post did arrive, the next try finds it there.
        .values(state="queued", due_at=now(), tries=0, stamp=None, reason=None, settled_at=None)
        .execution_options(synchronize_session="fetch")
    )
    if queued.rowcount != 1:  # type: ignore[attr-defined]
        raise Refused("This delivery is under way, done or replaced, so it is not sent again.")
    record(
        viewer, "delivery.retried", delivery, participant_id=delivery.participant_id,
        acted_as="operator",
    )  # fmt: skip
    wake_after_commit(JOB)


def list_all(*, state: str | None = None) -> Sequence[Delivery]:
    """For the operator: deliveries of every provider, oldest first."""
    query = select(Delivery).options(joinedload(Delivery.line_item)).order_by(Delivery.id)
    return list(db.session.scalars(query.where(Delivery.state == state) if state else query))
