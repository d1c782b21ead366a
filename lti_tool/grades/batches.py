"""Release many marks by one act: listed, shown exactly as they will go, then confirmed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Select, and_, func, not_, or_, select
from sqlalchemy.orm import defer, joinedload

from lti_tool.db import db
from lti_tool.errors import DomainError, NotAllowed, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import get_attempt, visible_attempts
from lti_tool.grades import holds
from lti_tool.grades.adjusting import granted_since
from lti_tool.grades.markers import is_double
from lti_tool.grades.models import Grade, Mark
from lti_tool.grades.release import Preview, called, new_batch, preview, release
from lti_tool.grades.released import still_stands
from lti_tool.identity import Viewer
from lti_tool.people.erased import is_of_erased
from lti_tool.people.models import Participant
from lti_tool.people.paging import Page, list_page

PER_PAGE = 50
READY, HELD, BLOCKED = "ready", "held", "blocked"
NOTHING = "Choose at least one mark to release."
GONE = "It cannot be released any more: {}"
CHANGED = "It has changed since it was shown."


@dataclass(frozen=True)
class Waiting:
    """An attempt whose markers are done, with what its release would do or why it cannot be."""

    attempt: Attempt
    who: str
    state: str  # ready | held | blocked
    preview: Preview | None
    reason: str | None

    @property
    def has_name(self) -> bool:
        """Whether the page may lead to more about the person."""
        return not is_double(self.attempt)

    @property
    def seen(self) -> str:
        """What a form sends back: which attempt, and how it was shown."""
        return f"{self.attempt.id}:{self.preview.fingerprint}" if self.preview else ""


@dataclass(frozen=True)
class Done:
    """What a confirmed batch came to."""

    released: int
    refused: tuple[tuple[str, str], ...]  # who, and why not


def waiting(viewer: Viewer, *, module_code: str | None = None, number: int = 1) -> Page[Waiting]:
    """The attempts with final marks that are not out yet, among those this viewer may see."""
    query = _waiting(viewer).options(
        defer(Attempt.manifest),
        joinedload(Attempt.participant).joinedload(Participant.user),
        joinedload(Attempt.participant).joinedload(Participant.programme_version),
    )
    if module_code:
        query = query.where(Attempt.module_code == module_code)
    page = list_page(query.order_by(Attempt.submitted_at, Attempt.id), number, size=PER_PAGE)
    rows = [look_at(viewer, attempt) for attempt in page.rows]
    return Page(rows, page.number, page.total, page.size)


def count_waiting(viewer: Viewer) -> int:
    """How many wait to be released."""
    found = _waiting(viewer).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def modules_waiting(viewer: Viewer) -> dict[str, int]:
    """Module code → how many of its marks wait."""
    found = _waiting(viewer).with_only_columns(Attempt.module_code, func.count())
    rows = db.session.execute(found.group_by(Attempt.module_code).order_by(Attempt.module_code))
    return {row[0]: row[1] for row in rows}


def look_at(viewer: Viewer, attempt: Attempt) -> Waiting:
    """One row, as it stands at this moment."""
    who = called(attempt, viewer)
    try:
        return Waiting(attempt, who, READY, preview(viewer, attempt), None)
    except DomainError as error:
        held = holds.why_held(attempt)
        state = HELD if held else BLOCKED
        return Waiting(attempt, who, state, None, held or error.sentence)


def previews(viewer: Viewer, attempt_ids: Collection[int]) -> list[Waiting]:
    """The chosen ones, in full."""
    if not attempt_ids:
        raise Refused(NOTHING)
    chosen = sorted(set(attempt_ids))[:PER_PAGE]
    return [look_at(viewer, get_attempt(viewer, number)) for number in chosen]


def release_as_shown(viewer: Viewer, seen: Mapping[int, str], reason: str = "") -> Done:
    """Release those that are still exactly as they were shown, in one commit; name the others."""
    if not seen:
        raise Refused(NOTHING)
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads release marks.")
    batch = None
    refused = []
    # In the order of their ids: two batches at once wait for each other and never in a ring.
    for number in sorted(seen):
        attempt = get_attempt(viewer, number)
        if problem := _why_changed(viewer, attempt, seen[number]):
            refused.append((called(attempt, viewer), problem))
            continue
        batch = batch or new_batch(viewer, attempt.provider_id)
        release(viewer, attempt, reason=reason, batch=batch)
    return Done(len(seen) - len(refused), tuple(refused))


def _why_changed(viewer: Viewer, attempt: Attempt, fingerprint: str) -> str | None:
    now_so = look_at(viewer, attempt)
    if now_so.preview is None:
        return GONE.format(now_so.reason)
    if now_so.preview.fingerprint != fingerprint:
        return CHANGED
    return None


def _waiting(viewer: Viewer) -> Select[Attempt]:
    """First marks that are final, and later than what was released of them if anything was; or of
    which something was granted since, so that the rules have to be asked again.

    A mark that is ratified waits for nobody: only the board changes it. Nor does one of a person
    whose data was erased.
    """
    newest = (
        select(func.max(Grade.released_at))
        .where(Grade.attempt_id == Attempt.id, still_stands())
        .correlate(Attempt)
        .scalar_subquery()
    )
    finished = (
        select(func.max(Mark.finalised_at))
        .where(Mark.attempt_id == Attempt.id)
        .correlate(Attempt)
        .scalar_subquery()
    )
    ratified = select(Grade.attempt_id).where(Grade.status == "ratified", still_stands())
    first_is_final = select(Mark.attempt_id).where(
        Mark.marking_role == "first", Mark.state == "final"
    )
    return visible_attempts(viewer).where(
        and_(
            Attempt.id.in_(first_is_final),
            or_(newest.is_(None), newest < finished, granted_since(newest)),
            not_(Attempt.id.in_(ratified)),
            not_(is_of_erased(Attempt.participant_id)),
        )
    )
