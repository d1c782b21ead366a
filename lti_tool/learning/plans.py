"""What plans and dialogue say of many participants, in a number of queries that does not grow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.identity import Viewer
from lti_tool.learning import diagnosis, dialogues, targets
from lti_tool.learning.models import (
    Diagnosis,
    DiagnosisAgreement,
    Dialogue,
    DialogueConfirmation,
    DialoguePerson,
    Target,
)
from lti_tool.learning.needs import PARTIES


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for one viewer in the plan and dialogue of one participant."""

    diagnosis: bool = False
    targets: int = 0
    dialogues: int = 0


def agreed_diagnosis(participant_ids: Collection[int]) -> dict[int, int]:
    """Whose diagnosis is agreed by both, with the number of the newest version that is."""
    rows = db.session.execute(
        select(Diagnosis.participant_id, Diagnosis.number)
        .join(DiagnosisAgreement, DiagnosisAgreement.diagnosis_id == Diagnosis.id)
        .where(Diagnosis.participant_id.in_(participant_ids))
        .group_by(Diagnosis.id, Diagnosis.participant_id, Diagnosis.number)
        .having(func.count(DiagnosisAgreement.id) == len(PARTIES))
        .order_by(Diagnosis.number)
    )
    return {row[0]: row[1] for row in rows}


def overdue_targets(participant_ids: Collection[int]) -> dict[int, int]:
    """How many open targets are past their day, for those who have any."""
    rows = db.session.execute(
        select(Target.participant_id, func.count())
        .where(
            Target.participant_id.in_(participant_ids),
            Target.state == "open",
            Target.due_on < today(),
        )
        .group_by(Target.participant_id)
    )
    return {row[0]: row[1] for row in rows}


def last_dialogue(participant_ids: Collection[int]) -> dict[int, date]:
    """The day of the last talk that somebody besides its writer has confirmed."""
    rows = db.session.execute(
        select(Dialogue.participant_id, func.max(Dialogue.held_on))
        .where(
            Dialogue.participant_id.in_(participant_ids),
            dialogues.is_confirmed(),
            ~dialogues.is_corrected(),
        )
        .group_by(Dialogue.participant_id)
    )
    return {row[0]: row[1] for row in rows}


def waiting_for(viewer: Viewer, participant_ids: Collection[int]) -> dict[int, Waiting]:
    """What waits for the viewer, for those participants where anything does."""
    asked = _diagnoses_to_agree(viewer, participant_ids)
    wordings = _targets_to_agree(viewer, participant_ids)
    talks = _talks_to_confirm(viewer, participant_ids)
    return {
        participant_id: Waiting(
            participant_id in asked, wordings[participant_id], talks[participant_id]
        )
        for participant_id in sorted(asked | wordings.keys() | talks.keys())
    }


def _diagnoses_to_agree(viewer: Viewer, participant_ids: Collection[int]) -> set[int]:
    newest = (
        select(func.max(Diagnosis.id))
        .where(Diagnosis.participant_id.in_(participant_ids))
        .group_by(Diagnosis.participant_id)
    )
    found = db.session.scalars(
        select(Diagnosis)
        .where(Diagnosis.id.in_(newest))
        .options(selectinload(Diagnosis.agreements))
    )
    return {each.participant_id for each in found if diagnosis.may_agree(viewer, each)}


def _targets_to_agree(viewer: Viewer, participant_ids: Collection[int]) -> Counter[int]:
    found = db.session.scalars(
        select(Target)
        .where(Target.participant_id.in_(participant_ids), Target.state == "open")
        .options(selectinload(Target.agreements))
    )
    return Counter(each.participant_id for each in found if targets.may_agree(viewer, each))


def _talks_to_confirm(viewer: Viewer, participant_ids: Collection[int]) -> Counter[int]:
    said = select(DialogueConfirmation.dialogue_id).where(
        DialogueConfirmation.user_id == viewer.user_id
    )
    found = db.session.scalars(
        select(Dialogue.participant_id)
        .join(DialoguePerson, DialoguePerson.dialogue_id == Dialogue.id)
        .where(
            Dialogue.participant_id.in_(participant_ids),
            DialoguePerson.user_id == viewer.user_id,
            Dialogue.author_id != viewer.user_id,
            Dialogue.id.not_in(said),
            ~dialogues.is_corrected(),
        )
    )
    return Counter(found)
