"""Add, revise, withdraw evidence, and ask the coach to attest it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Select, and_, not_, or_, select

from lti_tool.audit.record import record
from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.evidence import removal, scanning
from lti_tool.evidence.closed import is_closed_item
from lti_tool.evidence.declaration import UNDECLARED, is_open, obstacle
from lti_tool.evidence.models import Attempt, EvidenceItem, EvidenceVersion, StrandClaim, Upload
from lti_tool.evidence.rules import (
    HELD,
    PRIVATE,
    Content,
    Deed,
    State,
    StoredFile,
    content_facts,
    content_hash,
    content_problems,
    move,
)
from lti_tool.identity import Role, Viewer
from lti_tool.learning import records
from lti_tool.learning.impact import Impact, keep_impact
from lti_tool.learning.models import ImpactRecord, Target
from lti_tool.learning.targets import get_target, list_targets
from lti_tool.people.allocations import current_coach
from lti_tool.people.erased import refuse_erased
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import (
    get_own_participant,
    get_participant,
    visible_participants,
)
from lti_tool.programme.progression import ModuleFacts, ParticipantFacts, open_modules

NO_COACH = (
    "You have no coach at the moment, so nobody can be asked. Keep it as a draft, "
    "and ask your tutor or programme lead for a coach."
)
UNSEEN = "There is no such evidence among what you may see."


def visible_items(viewer: Viewer) -> Select[EvidenceItem]:
    """The evidence this viewer may see, in no order.

    Participants see what is about them; everybody else what was shared, about participants whom
    they may see today. What was withdrawn is there for its author alone, what is on hold after a
    report for nobody. Past author and coach goes only what says enough about pupils, and to nobody
    what they may have to judge without knowing whose it is.
    """
    people = visible_participants(viewer).with_only_columns(Participant.id)
    shared = EvidenceItem.state.not_in(PRIVATE)
    own = EvidenceItem.author_id == viewer.user_id
    if viewer.role is Role.PARTICIPANT:
        shown = or_(own, shared)
    elif viewer.role is Role.COACH:
        shown = or_(shared, and_(own, EvidenceItem.state != State.DRAFT))
    else:
        shown = and_(shared, EvidenceItem.is_open, not_(is_closed_item(viewer)))
    return select(EvidenceItem).where(
        EvidenceItem.provider_id == viewer.provider_id,
        EvidenceItem.participant_id.in_(people),
        EvidenceItem.state.not_in(HELD),
        shown,
    )


def get_item(viewer: Viewer, item_id: int, *, to_change: bool = False) -> EvidenceItem:
    """One item; what the viewer may not see does not exist.

    `to_change` holds the row until the transaction ends, so that an attestation and an edit that
    come at once are done one after the other.
    """
    query = visible_items(viewer).where(EvidenceItem.id == item_id)
    if to_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(UNSEEN)
    return found


def shown_versions(viewer: Viewer, item: EvidenceItem) -> list[EvidenceVersion]:
    """The versions of an item that this viewer may read, oldest first.

    What its author took out of a draft before it was shared stays the author's own, and a version
    that says too little about pupils goes to author and coach alone, a later one being better or
    not.
    """
    if item.author_id == viewer.user_id:
        return list(item.versions)
    first = item.shared_from_version
    shared = [one for one in item.versions if first is not None and one.number >= first]
    if viewer.role in {Role.PARTICIPANT, Role.COACH}:
        return shared
    return [one for one in shared if is_open(one)]


def subject_of(viewer: Viewer, participant_id: int | None) -> Participant:
    """Whom new evidence is about: a participant's own self, or a coach's participant."""
    if viewer.role is Role.PARTICIPANT:
        return get_own_participant(viewer)
    if viewer.role is not Role.COACH:
        raise NotAllowed("Participants and their coaches add evidence.")
    if participant_id is None:
        raise Invalid("Choose the participant whom this is about.", field="participant")
    return get_participant(viewer, participant_id)


def problems_with(
    viewer: Viewer, participant: Participant, content: Content, *, shares: bool = False
) -> dict[str, str]:
    """What is wrong with a content before it is added, by form field.

    Whoever `shares` it says first whether pupils can be recognised; a draft may leave that open.
    """
    problems = content_problems(
        programme_of(participant), content, today(), by_coach=viewer.role is Role.COACH
    )
    if shares and content.pupils is None:
        problems["pupils"] = UNDECLARED
    if content.target_id is not None:
        try:
            get_target(viewer, participant.id, content.target_id)
        except NotFound:
            problems["target"] = "Choose a target from the list only."
    return problems


def target_choices(
    viewer: Viewer, participant: Participant, chosen: int | None = None
) -> list[Target]:
    """The targets that new evidence can belong to: the open ones, and the one chosen before."""
    return [
        one
        for one in list_targets(viewer, participant.id)
        if one.state == "open" or one.id == chosen
    ]


def current_module(participant: Participant) -> str:
    """The module that new evidence most likely belongs to.

    The one worked on last while it is not submitted; else the first that is open.
    """
    programme = programme_of(participant)
    attempts = select(Attempt).where(Attempt.participant_id == participant.id)
    submitted = {
        one.module_code: ModuleFacts(
            one.module_code, attempts=one.number, submitted_at=one.submitted_at
        )
        for one in db.session.scalars(attempts.order_by(Attempt.number))
    }
    kept = records.kept([participant.id])[participant.id]
    facts = ParticipantFacts(
        tuple(
            kept.arranged(code, submitted.get(code, ModuleFacts(code)))
            for code in sorted(submitted.keys() | kept.enrolments.keys() | kept.earlier)
        )
    )
    opened = open_modules(programme, facts)
    last = db.session.scalar(
        select(EvidenceVersion.module_code)
        .join(EvidenceItem)
        .where(EvidenceItem.participant_id == participant.id)
        .order_by(EvidenceVersion.id.desc())
        .limit(1)
    )
    if last and (last in opened or last not in submitted):
        return last
    left = [module.code for module in programme.modules if module.code not in submitted]
    return next(iter([*opened, *left, programme.modules[0].code]))


def add(
    viewer: Viewer,
    content: Content,
    files: Sequence[StoredFile] = (),
    *,
    participant_id: int | None = None,
    impact: Impact | None = None,
) -> EvidenceItem:
    """New evidence: a participant's draft, or a coach's record, which is shared at once."""
    participant = subject_of(viewer, participant_id)
    by_coach = viewer.role is Role.COACH
    _check(viewer, participant, content, shares=by_coach)
    content = _with_impact(viewer, participant, content, impact, None)
    moment = now()
    item = EvidenceItem(
        provider_id=participant.provider_id,
        participant_id=participant.id,
        author_id=viewer.user_id,
        created_at=moment,
        changed_at=moment,
        current_version=1,
    )
    enter(item, State.SHARED if by_coach else State.DRAFT)
    db.session.add(item)
    db.session.flush()
    _add_version(viewer, item, content, files)
    record(viewer, "evidence.added", item, participant_id=participant.id, files=len(files))
    return item


def revise(
    viewer: Viewer,
    item_id: int,
    content: Content,
    files: Sequence[StoredFile] = (),
    *,
    seen_version: int | None = None,
    impact: Impact | None = None,
) -> EvidenceItem:
    """A new version of one's own evidence. An attestation stays with the version it was given for.

    `seen_version` is the version that the editor started from: of two editors, the second is told.
    """
    item = get_item(viewer, item_id, to_change=True)
    _only_author(viewer, item, "edit")
    _check(viewer, item.participant, content, shares=item.state not in PRIVATE)
    if seen_version is not None and seen_version != item.current_version:
        raise Refused(
            f"Version {item.current_version} of this evidence was saved after you opened the form. "
            "Look at it, then add what you have typed here."
        )
    content = _with_impact(viewer, item.participant, content, impact, item.current.impact)
    facts = content_facts(content, files)
    if content_hash(facts) == item.current.content_hash:
        return item
    move_on(item, Deed.REVISE)
    item.current_version += 1
    db.session.flush()
    _add_version(viewer, item, content, files)
    db.session.expire(item, ["current", "versions"])
    record(
        viewer, "evidence.revised", item, participant_id=item.participant_id,
        version=item.current_version,
    )  # fmt: skip
    return item


def ask_coach(viewer: Viewer, item_id: int) -> EvidenceItem:
    """Ask the coach of today to attest the current version."""
    item = get_item(viewer, item_id, to_change=True)
    if viewer.role is not Role.PARTICIPANT:
        raise NotAllowed("The participant asks the coach.")
    if current_coach(item.participant) is None:
        raise Refused(NO_COACH)
    if item.current.pupils is None:
        raise Invalid(UNDECLARED, field="pupils")
    move_on(item, Deed.ASK)
    item.requested_at = now()
    record(
        viewer, "attestation.requested", item, participant_id=item.participant_id,
        version=item.current_version,
    )  # fmt: skip
    return item


def withdraw(viewer: Viewer, item_id: int) -> EvidenceItem:
    """Take one's own evidence back. A submitted snapshot of it stays as it was."""
    item = get_item(viewer, item_id, to_change=True)
    _only_author(viewer, item, "withdraw")
    move_on(item, Deed.WITHDRAW)
    record(viewer, "evidence.withdrawn", item, participant_id=item.participant_id)
    return item


def content_of(version: EvidenceVersion) -> Content:
    """What a stored version says."""
    return Content(
        title=version.title,
        narrative=version.narrative,
        activity_on=version.activity_on,
        module_code=version.module_code,
        strands=tuple(claim.strand for claim in version.claims),
        duty=version.duty,
        setting=version.setting,
        rationales={each.strand: each.rationale for each in version.claims if each.rationale},
        links=tuple(version.links or ()),
        impact_record_id=version.impact_record_id,
        target_id=version.target_id,
        pupils=version.pupils,
        permission_by=version.permission_by,
        permission_basis=version.permission_basis,
    )


def _check(viewer: Viewer, participant: Participant, content: Content, *, shares: bool) -> None:
    for field, sentence in problems_with(viewer, participant, content, shares=shares).items():
        raise Invalid(sentence, field=field)


def _with_impact(
    viewer: Viewer,
    participant: Participant,
    content: Content,
    impact: Impact | None,
    earlier: ImpactRecord | None,
) -> Content:
    """The content with the stored version of its impact record; None leaves that as it is."""
    if impact is None:
        return replace(content, impact_record_id=earlier.id if earlier else None)
    kept = None if impact.is_empty else keep_impact(viewer, participant, impact, earlier)
    db.session.flush()
    return replace(content, impact_record_id=kept.id if kept else None)


def _only_author(viewer: Viewer, item: EvidenceItem, verb: str) -> None:
    if item.author_id != viewer.user_id:
        raise NotAllowed(f"Only the person who added this evidence can {verb} it.")


def move_on(item: EvidenceItem, deed: Deed) -> None:
    """Bring an item to the state that a deed leads to, or refuse with the reason."""
    step = move(State(item.state), deed)
    if step.to is None:
        raise Refused(step.reason)
    if deed is Deed.SIGN and (reason := obstacle(item.current)):
        raise Refused(reason)
    enter(item, step.to)
    item.changed_at = now()


def enter(item: EvidenceItem, state: State) -> None:
    """Put an item into a state; whoever it is shared with sees this version and those to come."""
    item.state = state
    if item.shared_from_version is None and state not in PRIVATE:
        item.shared_from_version = item.current_version


def _add_version(
    viewer: Viewer, item: EvidenceItem, content: Content, files: Sequence[StoredFile]
) -> None:
    refuse_erased(item.participant_id)
    facts = content_facts(content, files)
    scanning.expect(files)
    removal.keep([file.sha256 for file in files])
    db.session.add(
        EvidenceVersion(
            item_id=item.id,
            number=item.current_version,
            author_id=viewer.user_id,
            title=content.title,
            narrative=content.narrative,
            activity_on=content.activity_on,
            module_code=content.module_code,
            duty=content.duty,
            created_at=now(),
            content_hash=content_hash(facts),
            files=[Upload(position=position, **one) for position, one in enumerate(facts["files"])],
            claims=[
                StrandClaim(strand=strand, rationale=content.rationales.get(strand) or None)
                for strand in facts["strands"]
            ],
            setting=content.setting,
            links=list(content.links) or None,
            impact_record_id=content.impact_record_id,
            target_id=content.target_id,
            pupils=content.pupils,
            permission_by=content.permission_by,
            permission_basis=content.permission_basis,
        )
    )
    item.is_open = is_open(content)
    db.session.flush()
