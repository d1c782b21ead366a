"""Note a professional dialogue, confirm it, correct it by a new entry, and read what counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from lti_tool.audit.record import record
from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.identity import Role, Viewer
from lti_tool.learning.models import (
    Dialogue,
    DialogueAction,
    DialogueConfirmation,
    DialogueDuty,
    DialoguePerson,
)
from lti_tool.learning.writing import check_writer
from lti_tool.people.holding import hold
from lti_tool.people.models import Allocation, Participant
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import get_participant
from lti_tool.programme.coaching import Talk

EARLIEST = date(2000, 1, 1)
LONGEST_SUMMARY = 10_000
LONGEST_ACTION = 1_000
MOST_ACTIONS = 20
# Somebody who has just left may still be named for a talk of before.
REMEMBERED_DAYS = 90


@dataclass(frozen=True, slots=True)
class Account:
    """What somebody says of a talk. `people` are the users besides writer and participant."""

    held_on: date
    minutes: int
    summary: str
    duties: tuple[str, ...]
    actions: tuple[str, ...] = ()
    people: tuple[int, ...] = ()


def entries(viewer: Viewer, participant_id: int) -> Select[Dialogue]:
    """The talks about one participant, the newest first; what was corrected is not among them."""
    get_participant(viewer, participant_id)
    return (
        select(Dialogue)
        .where(Dialogue.participant_id == participant_id, ~is_corrected())
        .order_by(Dialogue.held_on.desc(), Dialogue.id.desc())
        .options(*_whole())
    )


def waiting_entries(viewer: Viewer, participant_id: int) -> list[Dialogue]:
    """The talks that name the viewer and wait for their word, the oldest first."""
    named = select(DialoguePerson.dialogue_id).where(DialoguePerson.user_id == viewer.user_id)
    query = entries(viewer, participant_id).where(
        Dialogue.id.in_(named), Dialogue.author_id != viewer.user_id
    )
    found = db.session.scalars(query.where(~_has_confirmed(viewer))).all()
    return list(reversed(found))


def get_entry(viewer: Viewer, participant_id: int, dialogue_id: int) -> Dialogue:
    """One entry about a participant whom the viewer may see."""
    get_participant(viewer, participant_id)
    found = db.session.scalars(
        select(Dialogue)
        .where(Dialogue.id == dialogue_id, Dialogue.participant_id == participant_id)
        .options(*_whole())
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such entry.")
    return found


def unconfirmed(entry: Dialogue) -> list[DialoguePerson]:
    """Who was named and has not said yet that it was so; writing it down says it."""
    said = {each.user_id for each in entry.confirmations} | {entry.author_id}
    return [each for each in entry.people if each.user_id not in said]


def may_confirm(viewer: Viewer, entry: Dialogue) -> bool:
    """Whether an entry waits for this viewer."""
    return any(each.user_id == viewer.user_id for each in unconfirmed(entry))


def may_correct(viewer: Viewer, entry: Dialogue) -> bool:
    """Whether this viewer was there, and so may write what was different."""
    return any(each.user_id == viewer.user_id for each in entry.people)


def candidates(participant: Participant, *, also: Collection[int] = ()) -> list[Allocation]:
    """Coaches and tutors who may be named: of today, of late, and those named before."""
    since = today() - timedelta(days=REMEMBERED_DAYS)
    rows = db.session.scalars(
        select(Allocation)
        .where(
            Allocation.participant_id == participant.id,
            or_(
                Allocation.ended_on.is_(None),
                Allocation.ended_on >= since,
                Allocation.user_id.in_(also),
            ),
        )
        .options(joinedload(Allocation.user))
        .order_by(Allocation.kind, Allocation.id)
    )
    return list({each.user_id: each for each in rows}.values())


def add(
    viewer: Viewer, participant_id: int, account: Account, *, corrects: int | None = None
) -> Dialogue:
    """Note a talk; whoever else was there is asked to confirm it."""
    participant = get_participant(viewer, participant_id)
    check_writer(viewer)
    hold(participant)
    _check(participant, account)
    earlier = _to_correct(viewer, participant_id, corrects) if corrects is not None else None
    entry = Dialogue(
        participant_id=participant.id,
        held_on=account.held_on,
        minutes=account.minutes,
        summary=account.summary,
        author_id=viewer.user_id,
        corrects_id=earlier.id if earlier else None,
        created_at=now(),
        people=_people(viewer, participant, account),
        duties=[DialogueDuty(duty=duty) for duty in dict.fromkeys(account.duties)],
        actions=[
            DialogueAction(position=position, text=text)
            for position, text in enumerate(account.actions, start=1)
        ],
    )
    db.session.add(entry)
    record(
        viewer, "dialogue.corrected" if earlier else "dialogue.added", entry,
        participant_id=participant.id, corrects=earlier.id if earlier else None,
    )  # fmt: skip
    return entry


def confirm(viewer: Viewer, participant_id: int, dialogue_id: int) -> Dialogue:
    """Say that it was as the entry says. Only somebody whom it names can."""
    check_writer(viewer)
    participant = get_participant(viewer, participant_id)
    hold(participant)
    entry = get_entry(viewer, participant_id, dialogue_id)
    if entry.correction is not None:
        raise Refused("This entry has been corrected since. Look at the newer one.")
    if not may_correct(viewer, entry):
        raise NotAllowed("Only somebody who was there can confirm it.")
    if may_confirm(viewer, entry):
        entry.confirmations.append(DialogueConfirmation(user_id=viewer.user_id, confirmed_at=now()))
        record(viewer, "dialogue.confirmed", entry, participant_id=participant_id)
    return entry


def talks_of(participant_ids: Collection[int]) -> dict[int, list[Talk]]:
    """The talks of participants as the rules ask for them, in three queries."""
    rows = db.session.execute(
        select(Dialogue.id, Dialogue.participant_id, Dialogue.held_on, is_confirmed()).where(
            Dialogue.participant_id.in_(participant_ids), ~is_corrected()
        )
    ).all()
    duties: dict[int, set[str]] = defaultdict(set)
    for dialogue_id, duty in db.session.execute(
        select(DialogueDuty.dialogue_id, DialogueDuty.duty)
        .join(Dialogue, Dialogue.id == DialogueDuty.dialogue_id)
        .where(Dialogue.participant_id.in_(participant_ids))
    ):
        duties[dialogue_id].add(duty)
    found: dict[int, list[Talk]] = defaultdict(list)
    for dialogue_id, participant_id, held_on, confirmed in rows:
        found[participant_id].append(
            Talk(held_on, frozenset(duties[dialogue_id]), counts=bool(confirmed))
        )
    return dict(found)


@cache
def is_corrected() -> ColumnElement[bool]:
    """Whether another entry has taken the place of the one in the surrounding query."""
    later = aliased(Dialogue)
    return exists().where(later.corrects_id == Dialogue.id)


def is_confirmed() -> ColumnElement[bool]:
    """Whether somebody besides its writer stands behind an entry, so that it counts."""
    return exists().where(DialogueConfirmation.dialogue_id == Dialogue.id)


def _has_confirmed(viewer: Viewer) -> ColumnElement[bool]:
    return exists().where(
        DialogueConfirmation.dialogue_id == Dialogue.id,
        DialogueConfirmation.user_id == viewer.user_id,
    )


def _whole() -> tuple[ORMOption, ...]:
    return (
        joinedload(Dialogue.author),
        selectinload(Dialogue.people).joinedload(DialoguePerson.user),
        selectinload(Dialogue.duties),
        selectinload(Dialogue.actions),
        selectinload(Dialogue.confirmations),
        selectinload(Dialogue.corrects),
        selectinload(Dialogue.correction),
    )


def _to_correct(viewer: Viewer, participant_id: int, dialogue_id: int) -> Dialogue:
    entry = get_entry(viewer, participant_id, dialogue_id)
    if not may_correct(viewer, entry):
        raise NotAllowed("Only somebody who was there can correct it.")
    if entry.correction is not None:
        raise Refused("This entry has been corrected already. Correct the newer one.")
    return entry


def _people(viewer: Viewer, participant: Participant, account: Account) -> list[DialoguePerson]:
    """The participant, the writer and the others, each as what they were on that day."""
    found = [DialoguePerson(user_id=participant.user_id, acted_as=Role.PARTICIPANT.value)]
    others = dict.fromkeys(account.people)
    if viewer.role is not Role.PARTICIPANT:
        others = {viewer.user_id: None} | others
    others.pop(participant.user_id, None)
    for user_id in others:
        period = _period(participant.id, user_id, account.held_on)
        if period is None and not (user_id == viewer.user_id and viewer.role is Role.TUTOR):
            raise _was_not_there(viewer, user_id)
        found.append(
            DialoguePerson(
                user_id=user_id,
                acted_as=period.kind if period else Role.TUTOR.value,
                allocation_id=period.id if period else None,
            )
        )
    if len(found) == 1:
        raise Invalid("Choose who you talked with.", field="people")
    return found


def _was_not_there(viewer: Viewer, user_id: int) -> Invalid:
    if user_id == viewer.user_id:
        return Invalid("You were not the coach on that day.", field="held_on")
    return Invalid("Choose people who were coach or tutor on that day.", field="people")


def _period(participant_id: int, user_id: int, on: date) -> Allocation | None:
    # On the day of a handover both may have talked, so the last day counts here.
    return db.session.scalars(
        select(Allocation)
        .where(
            Allocation.participant_id == participant_id,
            Allocation.user_id == user_id,
            Allocation.started_on <= on,
            or_(Allocation.ended_on.is_(None), Allocation.ended_on >= on),
        )
        .order_by(Allocation.id.desc())
    ).first()


def _check(participant: Participant, account: Account) -> None:
    if account.held_on > today():
        raise Invalid("Note a talk once it has taken place.", field="held_on")
    if account.held_on < EARLIEST:
        raise Invalid("The date must be later than 1999.", field="held_on")
    if not 1 <= account.minutes <= 1440:
        raise Invalid("Give the length in minutes, from 1 to 1440.", field="minutes")
    if not account.summary:
        raise Invalid("Say in a sentence what you talked about.", field="summary")
    if len(account.summary) > LONGEST_SUMMARY:
        raise Invalid(f"Use {LONGEST_SUMMARY:,} characters or fewer.", field="summary")
    if not set(account.duties) <= {duty.id for duty in programme_of(participant).duties}:
        raise Invalid("Choose duties from the list.", field="duties")
    if len(account.actions) > MOST_ACTIONS:
        raise Invalid(f"Write at most {MOST_ACTIONS} actions.", field="actions")
    if any(len(text) > LONGEST_ACTION for text in account.actions):
        raise Invalid(f"An action has at most {LONGEST_ACTION:,} characters.", field="actions")
