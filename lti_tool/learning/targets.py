"""Targets of a learning plan: set them, agree to them, meet them by evidence, or drop them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, select
from sqlalchemy.orm import joinedload, selectinload

from lti_tool.audit.record import record
from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound, Refused
from lti_tool.identity import Viewer
from lti_tool.learning.diagnosis import agreed_version, list_versions
from lti_tool.learning.models import (
    DiagnosisLine,
    Dialogue,
    DialogueAction,
    Target,
    TargetAgreement,
    TargetEvidence,
)
from lti_tool.learning.writing import check_writer
from lti_tool.people.holding import hold
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import get_participant
from lti_tool.programme.coaching import term_of

LONGEST = 2_000
LATEST_YEARS = 10
CHANGED = "This target has changed since you opened it. Look at it again, then decide."


@dataclass(frozen=True, slots=True)
class EvidenceChoice:
    """A piece of evidence that the viewer may see, for choosing and for counting by strand."""

    id: int
    title: str
    strands: tuple[str, ...]
    activity_on: date
    is_attested: bool


PlanEvidence = Callable[[Viewer, int], list[EvidenceChoice]]
"""What `app.extensions["plan_evidence"]` answers: plans do not know evidence themselves."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a target says; whoever agrees, agrees to this."""

    strand: str
    action: str
    evidence_intended: str
    due_on: date


def list_targets(viewer: Viewer, participant_id: int) -> list[Target]:
    """All targets of a participant: the open ones first, the next due first."""
    get_participant(viewer, participant_id)
    return list(
        db.session.scalars(
            select(Target)
            .where(Target.participant_id == participant_id)
            .order_by(case((Target.state == "open", 0), else_=1), Target.due_on, Target.id)
            .options(
                joinedload(Target.set_by),
                joinedload(Target.closed_by),
                selectinload(Target.evidence),
                selectinload(Target.agreements).joinedload(TargetAgreement.user),
            )
        )
    )


def get_target(viewer: Viewer, participant_id: int, target_id: int) -> Target:
    """One target of a participant whom the viewer may see."""
    get_participant(viewer, participant_id)
    found = db.session.get(Target, target_id)
    if found is None or found.participant_id != participant_id:
        raise NotFound("There is no such target.")
    return found


def is_overdue(target: Target) -> bool:
    """Whether an open target should have been met by now."""
    return target.state == "open" and target.due_on < today()


def agreements_now(target: Target) -> list[TargetAgreement]:
    """Who stands behind the target as it is worded now; its writer does."""
    return [each for each in target.agreements if each.revision == target.revision]


def worded_at(target: Target) -> datetime:
    """Since when it says what it says now. Whoever words it anew stands behind it at once."""
    return min((each.agreed_at for each in agreements_now(target)), default=target.set_at)


def is_agreed(target: Target) -> bool:
    """Whether the participant and somebody who supports them stand behind this wording."""
    roles = {each.acted_as for each in agreements_now(target)}
    return "participant" in roles and len(roles) > 1


def may_agree(viewer: Viewer, target: Target) -> bool:
    """Whether this wording waits for the viewer: for the participant, or for one who supports."""
    if target.state != "open" or is_agreed(target):
        return False
    return all(each.acted_as != viewer.role.value for each in agreements_now(target))


def set_target(
    viewer: Viewer,
    participant_id: int,
    wording: Wording,
    *,
    line_id: int | None = None,
    action_id: int | None = None,
) -> Target:
    """A new target, which its writer stands behind from the start."""
    participant = get_participant(viewer, participant_id)
    check_writer(viewer)
    _check(participant, wording)
    if action_id is not None:
        get_action(viewer, participant_id, action_id)
    target = Target(
        participant_id=participant.id,
        strand=wording.strand,
        action=wording.action,
        evidence_intended=wording.evidence_intended,
        due_on=wording.due_on,
        state="open",
        revision=1,
        set_by_id=viewer.user_id,
        set_as=viewer.role.value,
        set_at=now(),
        line_id=line_id,
        action_id=action_id,
    )
    db.session.add(target)
    record(viewer, "target.set", target, participant_id=participant.id, strand=wording.strand)
    _stand_behind(viewer, target)
    return target


def grow(viewer: Viewer, participant_id: int, line_id: int) -> Target:
    """Make a target of a need of the agreed diagnosis; pressing twice makes one."""
    participant = get_participant(viewer, participant_id)
    check_writer(viewer)
    hold(participant)
    agreed = agreed_version(list_versions(viewer, participant_id))
    line = next((each for each in agreed.lines if each.id == line_id), None) if agreed else None
    if line is None or not line.need:
        raise NotFound("There is no such need in the agreed diagnosis.")
    if found := _open_target_of(line):
        return found
    wording = Wording(line.strand, line.need, "", default_due())
    return set_target(viewer, participant_id, wording, line_id=line.id)


def default_due() -> date:
    """The end of this term, unless that is less than four weeks away."""
    end = term_of(today()).last_day
    if (end - today()).days >= 28:
        return end
    return term_of(date.fromordinal(end.toordinal() + 1)).last_day


def change(
    viewer: Viewer, participant_id: int, target_id: int, wording: Wording, *, revision: int
) -> Target:
    """Word an open target anew; the others are asked again."""
    target = _open(viewer, participant_id, target_id, revision)
    _check(target.participant, wording)
    before = Wording(target.strand, target.action, target.evidence_intended, target.due_on)
    if wording == before:
        return target
    target.strand, target.action = wording.strand, wording.action
    target.evidence_intended, target.due_on = wording.evidence_intended, wording.due_on
    target.revision += 1
    record(viewer, "target.changed", target, participant_id=participant_id)
    _stand_behind(viewer, target)
    return target


def agree(viewer: Viewer, participant_id: int, target_id: int, *, revision: int) -> Target:
    """Stand behind exactly the wording that was read."""
    target = _open(viewer, participant_id, target_id, revision)
    if all(each.user_id != viewer.user_id for each in agreements_now(target)):
        _stand_behind(viewer, target)
        record(viewer, "target.agreed", target, participant_id=participant_id)
    return target


def meet(
    viewer: Viewer,
    participant_id: int,
    target_id: int,
    item_ids: Sequence[int],
    shown: Collection[int],
    *,
    revision: int,
) -> Target:
    """Say that a target is met, by evidence among what the viewer was shown."""
    target = _open(viewer, participant_id, target_id, revision)
    if not item_ids:
        raise Invalid("Choose the evidence by which it is met.", field="items")
    if not set(item_ids) <= set(shown):
        raise Invalid("Choose evidence from the list only.", field="items")
    target.evidence = [TargetEvidence(item_id=item_id) for item_id in sorted(set(item_ids))]
    _close(viewer, target, "met")
    return target


def drop(
    viewer: Viewer, participant_id: int, target_id: int, reason: str, *, revision: int
) -> Target:
    """Give a target up, and say why."""
    target = _open(viewer, participant_id, target_id, revision)
    if not reason:
        raise Invalid("Say why it is dropped: a sentence is enough.", field="reason")
    if len(reason) > LONGEST:
        raise Invalid(f"The reason must be {LONGEST:,} characters or fewer.", field="reason")
    target.reason = reason
    _close(viewer, target, "dropped")
    return target


def get_action(viewer: Viewer, participant_id: int, action_id: int) -> DialogueAction:
    """An action that was agreed in a talk with this participant."""
    get_participant(viewer, participant_id)
    found = db.session.scalars(
        select(DialogueAction)
        .join(Dialogue)
        .where(DialogueAction.id == action_id, Dialogue.participant_id == participant_id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such agreed action.")
    return found


def _open_target_of(line: DiagnosisLine) -> Target | None:
    return db.session.scalars(
        select(Target).where(Target.line_id == line.id, Target.state == "open")
    ).one_or_none()


def _open(viewer: Viewer, participant_id: int, target_id: int, revision: int) -> Target:
    participant = get_participant(viewer, participant_id)
    check_writer(viewer)
    hold(participant)
    target = get_target(viewer, participant_id, target_id)
    if target.state != "open":
        word = "met" if target.state == "met" else "dropped"
        raise Refused(f"This target is {word} already, so nothing was changed.")
    if target.revision != revision:
        raise Refused(CHANGED)
    return target


def _stand_behind(viewer: Viewer, target: Target) -> None:
    db.session.flush()
    target.agreements.append(
        TargetAgreement(
            revision=target.revision,
            user_id=viewer.user_id,
            acted_as=viewer.role.value,
            agreed_at=now(),
        )
    )


def _close(viewer: Viewer, target: Target, state: str) -> None:
    target.state = state
    target.closed_by_id, target.closed_as, target.closed_at = (
        viewer.user_id,
        viewer.role.value,
        now(),
    )
    record(viewer, f"target.{state}", target, participant_id=target.participant_id)


def _check(participant: Participant, wording: Wording) -> None:
    if wording.strand not in {strand.id for strand in programme_of(participant).strands}:
        raise Invalid("Choose the strand that the target is for.", field="strand")
    if not wording.action:
        raise Invalid("Say what will be done.", field="target")
    for field, text in (("target", wording.action), ("evidence", wording.evidence_intended)):
        if len(text) > LONGEST:
            raise Invalid(f"Use {LONGEST:,} characters or fewer here.", field=field)
    if abs(wording.due_on.year - today().year) > LATEST_YEARS:
        raise Invalid("The date must be within ten years.", field="due_on")
