"""Claim that earlier study counts: write a claim, submit it, take it back; what was recognised."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Select, select

from lti_tool.audit.record import record
from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.identity import STAFF, Role, Viewer
from lti_tool.learning.impact import Impact, impact_of, keep_impact
from lti_tool.learning.models import (
    PriorLearningClaim,
    PriorLearningEvidence,
    PriorLearningModule,
)
from lti_tool.people.holding import hold_all
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import get_own_participant, visible_participants
from lti_tool.programme.prior_learning import (
    Asked,
    Counted,
    Deed,
    Problem,
    State,
    claimable_modules,
    problems_with,
    why_not,
)

SubmittedModules = Callable[[Participant], Collection[str]]
"""The modules that a participant has handed in; evidence, which this package does not know."""

CHANGED = (
    "This claim was saved from another window. Nothing was saved now and your text is below. "
    "Compare it with what is kept, then save again to put yours in its place."
)
UNSEEN = "There is no such claim among those you may see."


@dataclass(frozen=True, slots=True)
class Content:
    """What a participant writes into a claim; all of it may be missing in a draft."""

    award: str = ""
    institution: str = ""
    level: int | None = None
    credits: int | None = None
    awarded_on: date | None = None
    used_elsewhere: bool | None = None
    statement: str = ""
    modules: tuple[str, ...] = ()
    items: tuple[int, ...] = ()
    impact: Impact = field(default_factory=Impact)


def visible_claims(viewer: Viewer) -> Select[PriorLearningClaim]:
    """The claims this viewer may see, in no order: their own, or as staff what was submitted."""
    people = visible_participants(viewer).with_only_columns(Participant.id)
    query = select(PriorLearningClaim).where(PriorLearningClaim.participant_id.in_(people))
    if viewer.role is Role.PARTICIPANT:
        return query
    if viewer.role not in STAFF:
        raise NotAllowed("Claims for prior learning are between participant and university.")
    return query.where(PriorLearningClaim.submitted_at.is_not(None))


def list_claims(viewer: Viewer, participant: Participant) -> list[PriorLearningClaim]:
    """A participant's claims, the newest first."""
    query = visible_claims(viewer).where(PriorLearningClaim.participant_id == participant.id)
    return list(db.session.scalars(query.order_by(PriorLearningClaim.id.desc())))


def get_claim(
    viewer: Viewer, participant_id: int, claim_id: int, *, to_change: bool = False
) -> PriorLearningClaim:
    """One claim of a participant; what the viewer may not see does not exist.

    `to_change` keeps every other claim and submission of this participant waiting: together they
    must not count more than may be counted.
    """
    query = visible_claims(viewer).where(
        PriorLearningClaim.id == claim_id, PriorLearningClaim.participant_id == participant_id
    )
    if db.session.scalar(query.with_only_columns(PriorLearningClaim.id)) is None:
        raise NotFound(UNSEEN)
    if to_change:
        hold_all([participant_id])
    return db.session.scalars(query.execution_options(populate_existing=to_change)).one()


def save(
    viewer: Viewer,
    content: Content,
    *,
    claim_id: int | None = None,
    seen_revision: int | None = None,
) -> PriorLearningClaim:
    """Keep a draft, new or changed. `seen_revision` is the one that the form was opened with."""
    participant = get_own_participant(viewer)
    if claim_id is None:
        claim = PriorLearningClaim(
            participant_id=participant.id, state=State.DRAFT.value, revision=0, created_at=now()
        )
        db.session.add(claim)
    else:
        claim = get_claim(viewer, participant.id, claim_id, to_change=True)
        refuse_unless(claim, Deed.SAVE)
        if seen_revision is not None and seen_revision != claim.revision:
            raise Refused(CHANGED)
    _fill(viewer, participant, claim, content)
    event = "prior_learning.drafted" if claim_id is None else "prior_learning.revised"
    record(viewer, event, claim, participant_id=participant.id, revision=claim.revision)
    return claim


def problems(claim: PriorLearningClaim, submitted_modules: SubmittedModules) -> tuple[Problem, ...]:
    """What keeps a draft from being submitted, by field of its form."""
    participant = claim.participant
    texts = {
        "award": (claim.award, "Say what the earlier study was, as your certificate calls it."),
        "institution": (claim.institution, "Say where you studied."),
        "statement": (claim.statement, "Say how the earlier study meets what the modules ask."),
    }
    return (
        *(Problem(name, sentence) for name, (text, sentence) in texts.items() if not text),
        *problems_with(
            programme_of(participant),
            _asked(claim),
            counted(participant, submitted_modules, apart_from=claim.id),
            today(),
        ),
    )


def submit(
    viewer: Viewer, claim_id: int, *, submitted_modules: SubmittedModules
) -> PriorLearningClaim:
    """Hand a claim to the tutors. From here on its content stays as it is."""
    participant = get_own_participant(viewer)
    claim = get_claim(viewer, participant.id, claim_id, to_change=True)
    refuse_unless(claim, Deed.SUBMIT)
    if found := problems(claim, submitted_modules):
        raise Invalid(found[0].sentence, field=found[0].field)
    claim.submitted_at = claim.changed_at = now()
    claim.state = State.SUBMITTED.value
    for module in claim.modules:
        module.state = "claimed"
    record(viewer, "prior_learning.submitted", claim, participant_id=participant.id)
    return claim


def withdraw(viewer: Viewer, claim_id: int) -> PriorLearningClaim:
    """Take a claim back before it is decided; its modules can be claimed again."""
    participant = get_own_participant(viewer)
    claim = get_claim(viewer, participant.id, claim_id, to_change=True)
    refuse_unless(claim, Deed.WITHDRAW)
    for module in claim.modules:
        module.state = "withdrawn"
    db.session.flush()
    claim.state = State.WITHDRAWN.value
    claim.changed_at = now()
    record(viewer, "prior_learning.withdrawn", claim, participant_id=participant.id)
    return claim


def recognised(participant_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """The codes of the modules recognised from earlier study, by participant who has any."""
    found: dict[int, set[str]] = {}
    query = select(PriorLearningModule.participant_id, PriorLearningModule.module_code).where(
        PriorLearningModule.participant_id.in_(participant_ids),
        PriorLearningModule.state == "recognised",
    )
    for participant_id, code in db.session.execute(query):
        found.setdefault(participant_id, set()).add(code)
    return {participant_id: frozenset(codes) for participant_id, codes in found.items()}


def counted(
    participant: Participant,
    submitted_modules: SubmittedModules,
    *,
    apart_from: int | None = None,
) -> Counted:
    """What counts for a participant already, apart from one claim."""
    query = select(PriorLearningModule.module_code, PriorLearningModule.credits).where(
        PriorLearningModule.participant_id == participant.id,
        PriorLearningModule.state.in_(("claimed", "recognised")),
    )
    if apart_from is not None:
        query = query.where(PriorLearningModule.claim_id != apart_from)
    claimed = {row.module_code: row.credits for row in db.session.execute(query)}
    return Counted(claimed, frozenset(submitted_modules(participant)))


def refuse_unless(claim: PriorLearningClaim, deed: Deed) -> None:
    """Stop where the claim's state does not let this be done."""
    if reason := why_not(State(claim.state), deed):
        raise Refused(reason)


def _fill(
    viewer: Viewer, participant: Participant, claim: PriorLearningClaim, content: Content
) -> None:
    for name in ("award", "institution", "level", "credits", "awarded_on", "used_elsewhere",
                 "statement"):  # fmt: skip
        setattr(claim, name, getattr(content, name))
    claim.changed_at = now()
    claim.revision += 1
    db.session.flush()
    kept = keep_impact(viewer, participant, content.impact, claim.impact)
    claim.impact = kept
    _choose_modules(participant, claim, content.modules)
    claim.evidence = [
        next((each for each in claim.evidence if each.item_id == item), None)
        or PriorLearningEvidence(item_id=item)
        for item in sorted(set(content.items))
    ]


def _choose_modules(
    participant: Participant, claim: PriorLearningClaim, codes: Sequence[str]
) -> None:
    offered = {each.code: each for each in claimable_modules(programme_of(participant))}
    if strange := [code for code in codes if code not in offered]:
        raise Invalid(f"Earlier study cannot count for {strange[0]}.", field="modules")
    kept = {each.module_code: each for each in claim.modules}
    claim.modules = [
        kept.get(code)
        or PriorLearningModule(
            participant_id=participant.id,
            module_code=code,
            credits=offered[code].credits,
            state="chosen",
        )
        for code in sorted(set(codes))
    ]


def _asked(claim: PriorLearningClaim) -> Asked:
    return Asked(
        modules=tuple(module.module_code for module in claim.modules),
        level=claim.level,
        credits=claim.credits,
        awarded_on=claim.awarded_on,
        used_elsewhere=claim.used_elsewhere,
        has_impact=impact_of(claim.impact).is_complete,
    )
