"""Which rows hold a participant's words, and how they go: in an order that foreign keys allow.

What was handed in, or lies behind a decided claim of earlier study, is not touched here.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, select, union, update

from lti_tool.cohort.models import AttestationDraft
from lti_tool.cohort.search_models import EvidenceWords
from lti_tool.cohort.share_models import GradeShare
from lti_tool.db import db
from lti_tool.evidence.guard_models import EvidenceRead, EvidenceReport
from lti_tool.evidence.models import (
    AttemptItem,
    Attestation,
    AttestationRevocation,
    EvidenceItem,
    EvidenceVersion,
    StrandClaim,
    Upload,
)
from lti_tool.evidence.thread_models import Comment, CommentWithdrawal, ThreadReading
from lti_tool.learning.models import (
    Diagnosis,
    DiagnosisAgreement,
    DiagnosisDraft,
    DiagnosisLine,
    Dialogue,
    DialogueAction,
    DialogueConfirmation,
    DialogueDuty,
    DialoguePerson,
    Dissemination,
    DisseminationEvidence,
    EthicsClearance,
    ImpactRecord,
    NetworkLink,
    PriorLearningClaim,
    PriorLearningEvidence,
    PriorLearningModule,
    Target,
    TargetAgreement,
    TargetEvidence,
)


class Gone:
    """Counts what goes, row by row and file by file."""

    def __init__(self) -> None:
        self.rows = 0
        self.digests: set[str] = set()

    def delete(self, model: type[Any], *where: ColumnElement[bool]) -> None:
        """Delete what fits."""
        self._count(delete(model).where(*where))

    def set(self, model: type[Any], values: dict[str, Any], *where: ColumnElement[bool]) -> None:
        """Put other values in the place of words."""
        self._count(update(model).where(*where).values(values))

    def _count(self, statement: Any) -> None:
        options = {"synchronize_session": False}
        found: Any = db.session.execute(statement, execution_options=options)
        self.rows += found.rowcount


def kept_versions(participant_id: int) -> Select[Any]:
    """Versions that were handed in, or that a claim of earlier study rests on."""
    mine = select(EvidenceVersion.id).join(EvidenceItem).where(
        EvidenceItem.participant_id == participant_id
    )  # fmt: skip
    handed_in = mine.join(AttemptItem, AttemptItem.version_id == EvidenceVersion.id)
    claimed = (
        mine.join(PriorLearningEvidence, PriorLearningEvidence.item_id == EvidenceItem.id)
        .join(PriorLearningClaim, PriorLearningClaim.id == PriorLearningEvidence.claim_id)
        .where(PriorLearningClaim.state != "draft")
    )
    return select(union(handed_in, claimed).subquery())


def drop_unsubmitted(gone: Gone, participant_id: int) -> None:
    """Evidence that was never handed in, its files, and all that was said about any evidence."""
    items = select(EvidenceItem.id).where(EvidenceItem.participant_id == participant_id)
    kept = set(db.session.scalars(kept_versions(participant_id)))
    query = select(EvidenceVersion.id).where(EvidenceVersion.item_id.in_(items))
    versions = [one for one in db.session.scalars(query) if one not in kept]
    comments = select(Comment.id).where(Comment.item_id.in_(items))
    gone.delete(ThreadReading, ThreadReading.item_id.in_(items))
    gone.delete(CommentWithdrawal, CommentWithdrawal.comment_id.in_(comments))
    gone.delete(Comment, Comment.item_id.in_(items))
    drop_versions(gone, versions)
    left = select(EvidenceVersion.item_id).where(EvidenceVersion.id.in_(kept))
    empty = select(EvidenceItem.id).where(
        EvidenceItem.participant_id == participant_id, EvidenceItem.id.not_in(left)
    )
    for model in (TargetEvidence, DisseminationEvidence, PriorLearningEvidence, EvidenceReport):
        gone.delete(model, model.item_id.in_(empty))
    numbers = select(func.max(EvidenceVersion.number)).where(
        EvidenceVersion.item_id == EvidenceItem.id
    )
    db.session.execute(
        update(EvidenceItem)
        .where(EvidenceItem.id.in_(left))
        .values(current_version=numbers.scalar_subquery()),
        execution_options={"synchronize_session": False},
    )
    gone.delete(EvidenceWords, EvidenceWords.item_id.in_(items))
    gone.delete(EvidenceItem, EvidenceItem.id.in_(empty))


def drop_versions(gone: Gone, versions: Collection[int]) -> None:
    """Versions with their files, and what was signed on them."""
    within = EvidenceVersion.id.in_(versions)
    gone.digests |= set(
        db.session.scalars(select(Upload.sha256).where(Upload.version_id.in_(versions)))
    )
    signed = select(Attestation.id).where(Attestation.version_id.in_(versions))
    gone.delete(AttestationRevocation, AttestationRevocation.attestation_id.in_(signed))
    for model in (Attestation, AttestationDraft, EvidenceRead, StrandClaim, Upload):
        gone.delete(model, model.version_id.in_(versions))
    gone.delete(EvidenceVersion, within)


def drop_talk_and_plan(gone: Gone, participant_id: int) -> None:
    """Dialogue, diagnoses, targets and records, but for what stands in work that was handed in."""
    kept = kept_versions(participant_id)
    named = select(EvidenceVersion.target_id).where(
        EvidenceVersion.id.in_(kept), EvidenceVersion.target_id.is_not(None)
    )
    targets = Target.participant_id == participant_id, Target.id.not_in(named)
    theirs = select(Target.id).where(*targets)
    gone.delete(TargetAgreement, TargetAgreement.target_id.in_(theirs))
    gone.delete(TargetEvidence, TargetEvidence.target_id.in_(theirs))
    gone.delete(Target, *targets)
    left = {"line_id": None, "action_id": None, "reason": None}
    gone.set(Target, left, Target.participant_id == participant_id)
    _drop_dialogue(gone, participant_id)
    diagnoses = select(Diagnosis.id).where(Diagnosis.participant_id == participant_id)
    for model in (DiagnosisAgreement, DiagnosisLine):
        gone.delete(model, model.diagnosis_id.in_(diagnoses))
    gone.delete(Diagnosis, Diagnosis.participant_id == participant_id)
    gone.delete(DiagnosisDraft, DiagnosisDraft.participant_id == participant_id)
    passed_on = select(Dissemination.id).where(Dissemination.participant_id == participant_id)
    gone.delete(DisseminationEvidence, DisseminationEvidence.dissemination_id.in_(passed_on))
    for table in (Dissemination, EthicsClearance, NetworkLink, GradeShare):
        gone.delete(table, table.participant_id == participant_id)
    _drop_claims_and_impact(gone, participant_id, kept)


def _drop_dialogue(gone: Gone, participant_id: int) -> None:
    talks = select(Dialogue.id).where(Dialogue.participant_id == participant_id)
    for model in (DialogueConfirmation, DialogueAction, DialogueDuty, DialoguePerson):
        gone.delete(model, model.dialogue_id.in_(talks))
    gone.delete(Dialogue, Dialogue.participant_id == participant_id)


def _drop_claims_and_impact(gone: Gone, participant_id: int, kept: Select[Any]) -> None:
    draft = PriorLearningClaim.participant_id == participant_id, PriorLearningClaim.state == "draft"
    drafts = select(PriorLearningClaim.id).where(*draft)
    for model in (PriorLearningEvidence, PriorLearningModule):
        gone.delete(model, model.claim_id.in_(drafts))
    gone.delete(PriorLearningClaim, *draft)
    behind = union(
        select(EvidenceVersion.impact_record_id).where(
            EvidenceVersion.id.in_(kept), EvidenceVersion.impact_record_id.is_not(None)
        ),
        select(PriorLearningClaim.impact_id).where(
            PriorLearningClaim.participant_id == participant_id,
            PriorLearningClaim.impact_id.is_not(None),
        ),
    )
    named = list(db.session.scalars(behind))
    firsts = select(ImpactRecord.first_id).where(
        ImpactRecord.id.in_(named), ImpactRecord.first_id.is_not(None)
    )
    kept_records = [*named, *db.session.scalars(firsts)]
    mine = ImpactRecord.participant_id == participant_id
    gone.delete(
        ImpactRecord, mine, ImpactRecord.id.not_in(kept_records), ImpactRecord.first_id.is_not(None)
    )
    gone.delete(ImpactRecord, mine, ImpactRecord.id.not_in(kept_records))
