"""What each class of retention disposes of, when its time is over."""

from __future__ import annotations

import json

from sqlalchemy import select

from lti_tool.clock import today
from lti_tool.cohort.erasing import open_door
from lti_tool.cohort.erasure_rows import Gone, drop_talk_and_plan, drop_unsubmitted
from lti_tool.cohort.erasure_rules import KeptAs
from lti_tool.cohort.privacy_models import RetainedWork
from lti_tool.cohort.search_models import EvidenceWords
from lti_tool.db import db
from lti_tool.evidence.models import (
    Attempt,
    AttemptItem,
    Attestation,
    EvidenceItem,
    EvidenceVersion,
    StrandClaim,
    Upload,
)
from lti_tool.evidence.rules import canonical
from lti_tool.learning.models import ImpactRecord, PriorLearningClaim, Target
from lti_tool.people.models import Participant

DISPOSED = "Disposed of"
IMPACT = dict.fromkeys(("baseline", "change", "outcome", "source", "explanations"), "")
TARGET = {"action": DISPOSED, "evidence_intended": "", "reason": None}


def dispose(participant: Participant, kept_as: KeptAs) -> Gone:
    """Carry out the disposal of one class of work, in the transaction at hand."""
    gone = Gone()
    with open_door():
        if kept_as is KeptAs.UNSUBMITTED:
            drop_unsubmitted(gone, participant.id)
            drop_talk_and_plan(gone, participant.id)
        else:
            _drop_assessed(gone, participant.id, with_sample=kept_as is KeptAs.SAMPLE)
    db.session.expire_all()
    return gone


def _drop_assessed(gone: Gone, participant_id: int, *, with_sample: bool) -> None:
    """The words and files of what was handed in; its number, digest and marks stay."""
    attempts = Attempt.participant_id == participant_id
    sample = select(RetainedWork.attempt_id)
    going = [Attempt.id.in_(sample)] if with_sample else [Attempt.id.not_in(sample)]
    ids = list(db.session.scalars(select(Attempt.id).where(attempts, *going)))
    others = select(AttemptItem.version_id).join(Attempt).where(attempts, Attempt.id.not_in(ids))
    query = select(AttemptItem.version_id).where(
        AttemptItem.attempt_id.in_(ids), AttemptItem.version_id.not_in(others)
    )
    versions = list(db.session.scalars(query))
    _empty(gone, versions)
    _empty_behind(gone, participant_id, versions)
    claims = PriorLearningClaim.participant_id == participant_id
    gone.set(PriorLearningClaim, {"statement": ""}, claims)
    for number, manifest in db.session.execute(
        select(Attempt.id, Attempt.manifest).where(Attempt.id.in_(ids)).order_by(Attempt.id)
    ).all():
        facts = {**json.loads(manifest), "items": [], "disposed_on": today().isoformat()}
        gone.set(Attempt, {"manifest": canonical(facts)}, Attempt.id == number)


def _empty_behind(gone: Gone, participant_id: int, versions: list[int]) -> None:
    """Records of impact and targets that go with these versions and with claims of earlier study,
    unless other evidence still has them."""
    version, record, claim = EvidenceVersion, ImpactRecord, PriorLearningClaim
    mine = select(EvidenceItem.id).where(EvidenceItem.participant_id == participant_id)
    going = version.id.in_(versions)
    staying = version.item_id.in_(mine), version.id.not_in(versions)
    targets = select(version.target_id).where(version.target_id.is_not(None))
    kept = Target.id.not_in(targets.where(*staying))
    gone.set(Target, TARGET, Target.id.in_(targets.where(going)), kept)
    behind = select(version.impact_record_id).where(version.impact_record_id.is_not(None))
    claimed = select(claim.impact_id).where(
        claim.participant_id == participant_id, claim.impact_id.is_not(None)
    )
    ends = _with_firsts({*db.session.scalars(behind.where(going)), *db.session.scalars(claimed)})
    stays = _with_firsts(set(db.session.scalars(behind.where(*staying))))
    gone.set(ImpactRecord, IMPACT, record.id.in_(ends - stays))


def _with_firsts(records: set[int]) -> set[int]:
    """Later words on an impact stand beside those that they began with."""
    first = select(ImpactRecord.first_id).where(
        ImpactRecord.id.in_(records), ImpactRecord.first_id.is_not(None)
    )
    return records | set(db.session.scalars(first))


def _empty(gone: Gone, versions: list[int]) -> None:
    within = EvidenceVersion.id.in_(versions)
    gone.digests |= set(
        db.session.scalars(select(Upload.sha256).where(Upload.version_id.in_(versions)))
    )
    gone.delete(Upload, Upload.version_id.in_(versions))
    gone.set(StrandClaim, {"rationale": None}, StrandClaim.version_id.in_(versions))
    gone.set(Attestation, {"statement": ""}, Attestation.version_id.in_(versions))
    words = {"title": DISPOSED, "narrative": "", "setting": None, "links": None}
    gone.set(EvidenceVersion, {**words, "permission_by": None}, within)
    items = select(EvidenceVersion.item_id).where(within)
    gone.delete(EvidenceWords, EvidenceWords.item_id.in_(items))
