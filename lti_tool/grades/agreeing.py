"""One mark of several: by rule, in a discussion, or by a third marker; written once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.grades.chain_models import Agreement, AgreementProposal, AgreementTakenUp
from lti_tool.grades.markers import RATIFIED, Panel, is_ratified, panel_of
from lti_tool.grades.parts import judge_of
from lti_tool.grades.rules import chain as rules
from lti_tool.grades.rules.chain import FIRST, SECOND, THIRD, Act
from lti_tool.grades.rules.judging import why_not_mark
from lti_tool.identity import Viewer
from lti_tool.people.programmes import programme_of

RATIONALE = "Say why, in a sentence or more: the external examiner and the board read it."


@dataclass(frozen=True)
class Settlement:
    """One mark with its feedback, and why it is this one."""

    mark: int | None
    feedback: str
    criteria: Mapping[str, str] = field(default_factory=dict)
    rationale: str = ""


def compare(panel: Panel) -> Agreement | None:
    """Settle two marks that have just both become final, where the programme's rule can."""
    if not panel.progress.is_revealed or THIRD in panel.taken:
        return None
    first, second = panel.marks[FIRST], panel.marks[SECOND]
    assert first.mark is not None
    assert second.mark is not None
    mark = rules.agreed_by_rule(first.mark, second.mark, within(panel.attempt), floors_of(panel))
    if mark is None:
        return None
    settlement = Settlement(
        mark,
        rules.joined(first.feedback, second.feedback),
        rules.joined_criteria(first.criteria, second.criteria),
        f"The two marks lie within {within(panel.attempt)} of each other and in the same band, "
        "so their mean counts, rounded half up.",
    )
    return _agree(None, panel, "rule", settlement)


def propose(viewer: Viewer, attempt: Attempt, settlement: Settlement) -> AgreementProposal:
    """Offer the other marker one mark; a newer offer takes the place of an older one."""
    panel = _panel_for(viewer, attempt, Act.PROPOSE)
    mark = _checked(settlement)
    proposal = AgreementProposal(
        attempt_id=attempt.id,
        round=panel.round,
        proposed_by_id=viewer.user_id,
        mark=mark,
        feedback=settlement.feedback.strip(),
        criteria=_said(settlement),
        rationale=settlement.rationale.strip(),
        proposed_at=now(),
    )
    db.session.add(proposal)
    _note(viewer, "agreement_proposal.made", proposal, attempt)
    return proposal


def accept(viewer: Viewer, attempt: Attempt, proposal_id: int) -> Agreement:
    """Agree to exactly what the other marker offered."""
    panel = _panel_for(viewer, attempt, Act.ACCEPT)
    offered = panel.proposal
    if offered is None or offered.id != proposal_id:
        raise Refused("There is a newer proposal. Look at it before you accept.")
    settlement = Settlement(offered.mark, offered.feedback, offered.criteria, offered.rationale)
    return _agree(viewer, panel, "discussion", settlement, proposal=offered)


def decide(viewer: Viewer, attempt: Attempt, rationale: str) -> Agreement:
    """Let the third marker's mark count, with the reason."""
    panel = _panel_for(viewer, attempt, Act.DECIDE)
    mark = panel.marks[THIRD]
    settlement = Settlement(mark.mark, mark.feedback, mark.criteria, rationale)
    _checked(settlement)
    return _agree(viewer, panel, "third_marker", settlement)


def take_up(viewer: Viewer, attempt: Attempt, reason: str) -> AgreementTakenUp:
    """Begin to correct what was agreed. It stays on record, and the markers agree anew."""
    panel = _panel_for(viewer, attempt, Act.TAKE_UP)
    if is_ratified(attempt):
        raise Refused(RATIFIED)
    if not reason.strip():
        raise Invalid("Say what has to be corrected.", field="reason")
    assert panel.agreement is not None
    row = AgreementTakenUp(
        agreement_id=panel.agreement.id,
        taken_up_by_id=viewer.user_id,
        reason=reason.strip(),
        taken_up_at=now(),
    )
    db.session.add(row)
    _note(viewer, "agreement.taken_up", panel.agreement, attempt)
    return row


def within(attempt: Attempt) -> int:
    """How far two marks may lie apart to be settled by rule."""
    policy = programme_of(attempt.participant).policies.get("moderation", {})
    return int(policy.get("auto_agree_within", 0))


def floors_of(panel: Panel) -> list[int]:
    """Where the programme's bands begin."""
    return [band.floor for band in programme_of(panel.attempt.participant).bands]


def why_not_now(viewer: Viewer, panel: Panel, act: Act) -> str | None:
    """Why this viewer may not do this now, or None."""
    role = panel.role_of(viewer.user_id)
    own = panel.marks.get(role) if role else None
    return why_not_mark(judge_of(viewer, panel.attempt, own)) or rules.why_not(
        act, role, panel.progress
    )


def _panel_for(viewer: Viewer, attempt: Attempt, act: Act) -> Panel:
    """The panel, held for a change that this viewer may make."""
    panel = panel_of(attempt, to_change=True)
    if reason := why_not_now(viewer, panel, act):
        raise NotAllowed(reason) if panel.role_of(viewer.user_id) is None else Refused(reason)
    return panel


def _agree(
    viewer: Viewer | None,
    panel: Panel,
    method: str,
    settlement: Settlement,
    *,
    proposal: AgreementProposal | None = None,
) -> Agreement:
    attempt, third = panel.attempt, panel.marks.get(THIRD)
    agreement = Agreement(
        attempt_id=attempt.id,
        number=panel.round,
        method=method,
        mark=settlement.mark,
        feedback=settlement.feedback,
        criteria=dict(settlement.criteria),
        rationale=settlement.rationale.strip(),
        root_hash=_judged_work(panel),
        first_mark=panel.marks[FIRST].mark,
        second_mark=panel.marks[SECOND].mark,
        third_mark=third.mark if third else None,
        proposal_id=proposal.id if proposal else None,
        agreed_by_id=viewer.user_id if viewer else None,
        agreed_at=now(),
    )
    db.session.add(agreement)
    _note(viewer, "agreement.made", agreement, attempt)
    return agreement


def _judged_work(panel: Panel) -> str:
    """The root hash of the work that all of them judged."""
    judged = {mark.root_hash for mark in panel.marks.values()}
    if len(judged) > 1:
        raise Refused("These marks were given for different work.")
    return judged.pop()


def _checked(settlement: Settlement) -> int:
    """The mark. Raises what the settlement lacks."""
    if settlement.mark is None:
        raise Invalid("Enter a mark from 0 to 100.", field="mark")
    if not settlement.feedback.strip():
        raise Invalid("Write the feedback that the participant will read.", field="feedback")
    if not settlement.rationale.strip():
        raise Invalid(RATIONALE, field="rationale")
    return settlement.mark


def _said(settlement: Settlement) -> dict[str, str]:
    return {code: text.strip() for code, text in settlement.criteria.items() if text.strip()}


def _note(viewer: Viewer | None, event: str, subject: object, attempt: Attempt) -> None:
    record(viewer, event, subject, participant_id=attempt.participant_id, attempt=attempt.id)
