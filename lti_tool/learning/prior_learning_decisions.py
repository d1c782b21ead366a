"""Answer a claim for prior learning: a tutor assesses it, a programme lead decides it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Select

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.errors import Invalid, NotAllowed
from lti_tool.identity import Role, Viewer
from lti_tool.learning.models import PriorLearningClaim, PriorLearningJudgement
from lti_tool.learning.prior_learning import (
    SubmittedModules,
    get_claim,
    refuse_unless,
    visible_claims,
)
from lti_tool.people.visibility import current_allocation
from lti_tool.programme.prior_learning import Deed, State, Test, outcome, why_not_recognise


@dataclass(frozen=True, slots=True)
class Judgement:
    """A tutor's answer to one test."""

    is_met: bool
    sentence: str


DECIDED = {
    State.APPROVED: "prior_learning.approved",
    State.PART_APPROVED: "prior_learning.part_approved",
    State.REJECTED: "prior_learning.rejected",
}
# Whose turn a claim is, by its state.
TURN = {Role.TUTOR: State.SUBMITTED, Role.LEAD: State.ASSESSED}


def waiting_claims(viewer: Viewer) -> Select[PriorLearningClaim]:
    """The claims that wait for this viewer, the longest wait first."""
    return (
        visible_claims(viewer)
        .where(PriorLearningClaim.state == TURN[viewer.role].value)
        .order_by(PriorLearningClaim.submitted_at, PriorLearningClaim.id)
    )


def claims_waiting_elsewhere(viewer: Viewer) -> Select[PriorLearningClaim]:
    """The claims that wait for the other of tutor and lead."""
    others = [state.value for role, state in TURN.items() if role is not viewer.role]
    return (
        visible_claims(viewer)
        .where(PriorLearningClaim.state.in_(others))
        .order_by(PriorLearningClaim.submitted_at, PriorLearningClaim.id)
    )


def refusal_to_assess(viewer: Viewer, claim: PriorLearningClaim) -> str | None:
    """Why this viewer may not assess this claim, or None."""
    if viewer.role is not Role.TUTOR:
        return "A tutor assesses claims for prior learning."
    if claim.participant.user_id == viewer.user_id:
        return "Nobody assesses their own claim."
    if current_allocation(claim.participant_id, viewer.user_id, "coach"):
        return "You coach this participant, so another tutor assesses the claim."
    return None


def refusal_to_decide(viewer: Viewer, claim: PriorLearningClaim) -> str | None:
    """Why this viewer may not decide this claim, or None."""
    if viewer.role is not Role.LEAD:
        return "The programme lead decides claims for prior learning."
    if claim.participant.user_id == viewer.user_id:
        return "Nobody decides their own claim."
    if claim.assessed_by_id == viewer.user_id:
        return "You assessed this claim as a tutor, so another programme lead decides it."
    return None


def assess(
    viewer: Viewer, participant_id: int, claim_id: int, answers: Mapping[Test, Judgement]
) -> PriorLearningClaim:
    """Answer the four tests, each with a sentence that the participant will read."""
    claim = get_claim(viewer, participant_id, claim_id, to_change=True)
    if reason := refusal_to_assess(viewer, claim):
        raise NotAllowed(reason)
    refuse_unless(claim, Deed.ASSESS)
    for test in Test:
        answer = answers.get(test)
        if answer is None or not answer.sentence:
            raise Invalid("Give a sentence for each of the four tests.", field=test.value)
        claim.judgements.append(
            PriorLearningJudgement(test=test.value, is_met=answer.is_met, sentence=answer.sentence)
        )
    claim.state = State.ASSESSED.value
    claim.assessed_by_id = viewer.user_id
    claim.assessed_at = claim.changed_at = now()
    record(
        viewer, "prior_learning.assessed", claim, participant_id=participant_id,
        met=sum(each.is_met for each in claim.judgements),
    )  # fmt: skip
    return claim


def decide(
    viewer: Viewer,
    participant_id: int,
    claim_id: int,
    recognised: Collection[str],
    reason: str,
    *,
    submitted_modules: SubmittedModules,
) -> PriorLearningClaim:
    """Recognise all, some or none of the modules; anything but all needs a reason."""
    claim = get_claim(viewer, participant_id, claim_id, to_change=True)
    if refusal := refusal_to_decide(viewer, claim):
        raise NotAllowed(refusal)
    refuse_unless(claim, Deed.DECIDE)
    claimed = [module.module_code for module in claim.modules]
    met = {Test(each.test): each.is_met for each in claim.judgements}
    handed_in = submitted_modules(claim.participant)
    if refusal := why_not_recognise(met, claimed, recognised, handed_in):
        raise Invalid(refusal, field="decision")
    state = outcome(claimed, recognised)
    if state is not State.APPROVED and not reason:
        raise Invalid("Give the participant the reason.", field="reason")
    for module in claim.modules:
        module.state = "recognised" if module.module_code in recognised else "refused"
    claim.state = state.value
    claim.decided_by_id, claim.decision_reason = viewer.user_id, reason or None
    claim.decided_at = claim.changed_at = now()
    record(
        viewer, DECIDED[state], claim, participant_id=participant_id,
        modules=" ".join(sorted(recognised)),
    )  # fmt: skip
    return claim
