"""How much waits for each person of a provider, asked once for all of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from lti_tool.db import db
from lti_tool.evidence import threads
from lti_tool.evidence.models import Attempt, EvidenceItem
from lti_tool.evidence.rules import State as ItemState
from lti_tool.grades.released import is_released
from lti_tool.learning.dialogues import is_corrected
from lti_tool.learning.models import (
    Diagnosis,
    DiagnosisAgreement,
    Dialogue,
    DialogueConfirmation,
    DialoguePerson,
    Target,
    TargetAgreement,
)
from lti_tool.people.models import Allocation, Origin, Participant
from lti_tool.people.states import COACHED
from lti_tool.people.visibility import is_current

Counted = Select[int, int]


def waiting_for_each(provider_id: int) -> dict[int, dict[str, int]]:
    """User → kind → how much of it, for those for whom anything waits."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for kind, query in _queries(provider_id):
        for user_id, count in db.session.execute(query):
            found[user_id][kind] += count
    for user_id, count in threads.count_new_comments(provider_id).items():
        found[user_id]["comment"] += count
    return {user_id: dict(kinds) for user_id, kinds in sorted(found.items())}


def _queries(provider_id: int) -> list[tuple[str, Counted]]:
    here = and_(
        Participant.provider_id == provider_id,
        Participant.origin != Origin.MISTAKEN.value,
        Participant.state.in_(COACHED),
    )
    queries = [
        ("attest", _by_supporter("coach", EvidenceItem).where(_asked())),
        ("returned", _by_participant(EvidenceItem).where(EvidenceItem.state == ItemState.RETURNED)),
        ("confirm", _to_confirm()),
        ("mark", _by_supporter("tutor", Attempt).where(_not_released())),
    ]
    for party, by in (("participant", _by_participant), ("coach", _by_coach)):
        queries.append(("agree", by(Diagnosis).where(_diagnosis_waits(party))))
        queries.append(("agree", by(Target).where(_target_waits(party))))
    return [(kind, query.where(here)) for kind, query in queries]


def _by_participant(thing: Any) -> Counted:
    return (
        select(Participant.user_id, func.count(thing.id))
        .join(thing, thing.participant_id == Participant.id)
        .group_by(Participant.user_id)
    )


def _by_supporter(kind: str, thing: Any) -> Counted:
    return (
        select(Allocation.user_id, func.count(thing.id))
        .join(Participant, Participant.id == Allocation.participant_id)
        .join(thing, thing.participant_id == Participant.id)
        .where(Allocation.kind == kind, is_current())
        .group_by(Allocation.user_id)
    )


def _by_coach(thing: Any) -> Counted:
    return _by_supporter("coach", thing)


def _asked() -> ColumnElement[bool]:
    return EvidenceItem.state == ItemState.REQUESTED


def _not_released() -> ColumnElement[bool]:
    return ~is_released()


def _to_confirm() -> Counted:
    """Talks that name somebody who can still see them."""
    confirmed = exists().where(
        DialogueConfirmation.dialogue_id == Dialogue.id,
        DialogueConfirmation.user_id == DialoguePerson.user_id,
    )
    supports = exists().where(
        Allocation.participant_id == Participant.id,
        Allocation.user_id == DialoguePerson.user_id,
        is_current(),
    )
    return (
        select(DialoguePerson.user_id, func.count(Dialogue.id))
        .join(Dialogue, Dialogue.id == DialoguePerson.dialogue_id)
        .join(Participant, Participant.id == Dialogue.participant_id)
        .where(
            Dialogue.author_id != DialoguePerson.user_id,
            ~confirmed,
            ~is_corrected(),
            or_(Participant.user_id == DialoguePerson.user_id, supports),
        )
        .group_by(DialoguePerson.user_id)
    )


def _diagnosis_waits(party: str) -> ColumnElement[bool]:
    """It is the newest, and this side has not agreed to it."""
    newer = aliased(Diagnosis)
    return and_(
        ~exists().where(newer.participant_id == Diagnosis.participant_id, newer.id > Diagnosis.id),
        ~exists().where(
            DiagnosisAgreement.diagnosis_id == Diagnosis.id, DiagnosisAgreement.party == party
        ),
    )


def _target_waits(party: str) -> ColumnElement[bool]:
    """Its wording is not agreed, and this side has not said yes; see `targets.may_agree`."""
    stands = (
        TargetAgreement.target_id == Target.id,
        TargetAgreement.revision == Target.revision,
    )
    own = exists().where(*stands, TargetAgreement.acted_as == party)
    participant = exists().where(*stands, TargetAgreement.acted_as == "participant")
    another = exists().where(*stands, TargetAgreement.acted_as != "participant")
    return and_(Target.state == "open", ~own, ~and_(participant, another))
