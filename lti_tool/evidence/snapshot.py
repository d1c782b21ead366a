"""Submit a module: freeze what goes in, give a receipt, and check the receipt ever after."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import begin_as_reader, db, restart_as_writer
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused, Unavailable
from lti_tool.evidence.bundle import (
    Bundle,
    Check,
    build_manifest,
    check_manifest,
    hold_back,
    parse_bundle,
)
from lti_tool.evidence.declaration import obstacle
from lti_tool.evidence.items import enter, visible_items
from lti_tool.evidence.models import (
    Attempt,
    AttemptItem,
    Attestation,
    EvidenceItem,
    EvidenceVersion,
)
from lti_tool.evidence.revoking import as_it_stands
from lti_tool.evidence.rules import HELD, Deed, State, canonical, digest, move, receipt_number
from lti_tool.evidence.scanning import require_open
from lti_tool.identity import Role, Viewer
from lti_tool.jobs import HAND_INS, wake_after_commit
from lti_tool.learning.records import due_of
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import get_own_participant, visible_participants
from lti_tool.programme.progression import Decision
from lti_tool.storage import Storage

MaySubmit = Callable[[Participant, str], Decision]
"""The programme's word on a module; it depends on marks, of which this package knows nothing."""

DECLARATIONS = {
    "own_work": "This is my own work, and what I took from others is named as theirs.",
    "pupils_protected": (
        "No pupil can be recognised in it, or the school has agreed to what is shown."
    ),
}


def visible_attempts(viewer: Viewer) -> Select[Attempt]:
    """The submissions of the participants whom this viewer may see, in no order."""
    people = visible_participants(viewer).with_only_columns(Participant.id)
    return select(Attempt).where(
        Attempt.provider_id == viewer.provider_id, Attempt.participant_id.in_(people)
    )


def get_attempt(viewer: Viewer, attempt_id: int) -> Attempt:
    """One submission; whose the viewer may not see does not exist."""
    return _one(visible_attempts(viewer).where(Attempt.id == attempt_id))


def get_attempt_by_receipt(viewer: Viewer, receipt: str) -> Attempt:
    """One submission by the number on its receipt."""
    return _one(visible_attempts(viewer).where(Attempt.receipt == receipt.upper()))


def find_attempt(participant: Participant, module_code: str) -> Attempt | None:
    """The participant's latest submission of a module, or None."""
    return db.session.scalars(
        select(Attempt)
        .where(Attempt.participant_id == participant.id, Attempt.module_code == module_code)
        .order_by(Attempt.number.desc())
    ).first()


def submit_module(
    viewer: Viewer,
    course_id: int,
    module_code: str,
    item_ids: Sequence[int],
    declaration: Mapping[str, bool],
    storage: Storage,
    *,
    may_submit: MaySubmit,
) -> Attempt:
    """Hand in a module. The stored bytes of every file are read and compared first.

    That takes a while and holds no lock, so it stands between two transactions: what the caller
    has not committed by then is lost.
    """
    if viewer.role is not Role.PARTICIPANT:
        raise NotAllowed("Only the participant submits a module.")
    begin_as_reader()
    checked = _check_files(_chosen(viewer, item_ids), storage)
    restart_as_writer()
    participant = _hold(get_own_participant(viewer))
    items = _chosen(viewer, item_ids)
    _check_module(participant, module_code, may_submit)
    _check(items, declaration)
    require_open([file for one in items for file in one.current.files])
    if not checked.issuperset(file.sha256 for one in items for file in one.current.files):
        raise Refused("Your evidence was changed at the same moment. Look at it and submit again.")
    return _freeze(viewer, participant, course_id, module_code, items)


def read_bundle(attempt: Attempt) -> Bundle:
    """What was submitted, from the frozen manifest; without the words and files of what went out
    of sight after a report."""
    bundle = as_it_stands(parse_bundle(attempt.manifest), attempt.participant_id)
    return hold_back(bundle, _hidden_items(attempt))


def holds_hidden(attempt: Attempt) -> bool:
    """Whether something in a submission went out of sight after a report."""
    hidden = _hidden_items(attempt)
    held = {one.item_id for one in parse_bundle(attempt.manifest).items} if hidden else set()
    return not hidden.isdisjoint(held)


def check_receipt(attempt: Attempt, storage: Storage) -> Check:
    """Recompute every digest from the stored bytes and say what does not agree."""
    try:
        return check_manifest(attempt.manifest, attempt.root_hash, attempt.receipt, storage.matches)
    except Unavailable as error:
        return Check(False, (error.sentence,), was_made=False)


def _hidden_items(attempt: Attempt) -> set[int]:
    hidden = select(EvidenceItem.id).where(
        EvidenceItem.participant_id == attempt.participant_id, EvidenceItem.state.in_(HELD)
    )
    return set(db.session.scalars(hidden))


def _one(query: Select[Attempt]) -> Attempt:
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("There is no such submission among those you may see.")
    return found


def _chosen(viewer: Viewer, item_ids: Sequence[int]) -> list[EvidenceItem]:
    """The chosen items with all that is frozen of them; one that is not there is not found."""
    found = list(
        db.session.scalars(
            visible_items(viewer)
            .where(EvidenceItem.id.in_(set(item_ids)))
            .options(
                joinedload(EvidenceItem.author),
                selectinload(EvidenceItem.versions).options(
                    selectinload(EvidenceVersion.files),
                    selectinload(EvidenceVersion.claims),
                    selectinload(EvidenceVersion.attestations).joinedload(Attestation.coach),
                ),
            )
            .order_by(EvidenceItem.id)
        )
    )
    if len(found) != len(set(item_ids)):
        raise NotFound("Some of the chosen evidence is not yours or does not exist.")
    return found


def _check_files(items: list[EvidenceItem], storage: Storage) -> set[str]:
    checked: set[str] = set()
    for item in items:
        for file in item.current.files:
            if file.sha256 not in checked and not storage.matches(file.sha256):
                raise Refused(
                    f"The stored bytes of “{file.filename}” in “{item.current.title}” are damaged "
                    "or missing. Edit the evidence, add the file again, then submit."
                )
            checked.add(file.sha256)
    return checked


def _hold(participant: Participant) -> Participant:
    """Keep other submissions of this participant waiting until this one is through."""
    db.session.refresh(participant, with_for_update=True)
    return participant


def _check_module(participant: Participant, module_code: str, may_submit: MaySubmit) -> None:
    programme_of(participant).module(module_code)
    decision = may_submit(participant, module_code)
    if decision.allowed:
        return
    if attempt := find_attempt(participant, module_code):
        raise Refused(f"{module_code} is submitted already: its receipt is {attempt.receipt}.")
    raise Refused(" ".join(decision.reasons))


def _check(items: list[EvidenceItem], declaration: Mapping[str, bool]) -> None:
    if not items:
        raise Invalid("Choose at least one piece of evidence.", field="items")
    if any(item.state == State.WITHDRAWN for item in items):
        raise Invalid("Evidence that was withdrawn cannot be submitted.", field="items")
    for item in items:
        if reason := obstacle(item.current):
            raise Invalid(f"“{item.current.title}” cannot go in. {reason}", field="items")
    for name in DECLARATIONS:
        if not declaration.get(name):
            raise Invalid("Tick the declaration if it is true; without it nothing is submitted.",
                          field=name)  # fmt: skip


def _freeze(
    viewer: Viewer,
    participant: Participant,
    course_id: int,
    module_code: str,
    items: list[EvidenceItem],
) -> Attempt:
    moment, receipt = now(), _new_receipt(module_code)
    earlier = find_attempt(participant, module_code)
    number = earlier.number + 1 if earlier else 1
    manifest = canonical(
        build_manifest(
            items,
            facts={
                "receipt": receipt,
                "provider": participant.provider_id,
                "participant": {"id": participant.id, "candidate": participant.candidate_number},
                "programme": {
                    "framework": participant.programme_version.framework,
                    "version": participant.programme_version.version,
                },
                "module": module_code,
                "module_title": programme_of(participant).module(module_code).title,
                "course": course_id,
                "attempt": number,
                "submitted_at": moment.isoformat(),
                "declarations": [
                    {"id": name, "sentence": sentence} for name, sentence in DECLARATIONS.items()
                ],
            },
        )
    )
    attempt = Attempt(
        provider_id=participant.provider_id,
        participant_id=participant.id,
        course_id=course_id,
        module_code=module_code,
        number=number,
        submitted_at=moment,
        due_on=due_of(participant.id, module_code, number),
        receipt=receipt,
        manifest=manifest,
        root_hash=digest(manifest),
        items=[AttemptItem(version_id=item.current.id) for item in items],
    )
    db.session.add(attempt)
    for item in items:
        enter(item, move(State(item.state), Deed.SUBMIT).to or State(item.state))
    record(
        viewer, "module.submitted", attempt, participant_id=participant.id,
        module=module_code, items=len(items), receipt=receipt,
    )  # fmt: skip
    wake_after_commit(HAND_INS)
    return attempt


def _new_receipt(module_code: str) -> str:
    """A number that nobody has yet; six letters give some 700 million to each module."""
    while True:
        receipt = receipt_number(module_code, [secrets.randbelow(1 << 20) for _ in range(6)])
        taken: Any = db.session.scalar(select(Attempt.id).where(Attempt.receipt == receipt))
        if taken is None:
            return receipt
