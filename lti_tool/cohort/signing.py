"""A coach answers several requests in one go: reads each, says a sentence to each, signs them all.

What was not opened cannot be signed, and what has changed since it was read has to be read again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from lti_tool.clock import now
from lti_tool.cohort import evidence_lists
from lti_tool.cohort.models import AttestationDraft
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound, Refused
from lti_tool.evidence import attestation
from lti_tool.evidence.attestation import CHANGED, LONGEST_STATEMENT
from lti_tool.evidence.models import Attestation, EvidenceItem, EvidenceVersion
from lti_tool.identity import Viewer
from lti_tool.people.models import Participant
from lti_tool.people.visibility import visible_participants

MOST = 20
NOT_ASKED = "Nobody waits for your answer to this evidence any more."


@dataclass(frozen=True)
class Request:
    """Something that waits for the viewer's signature, and what they have done about it so far."""

    item: EvidenceItem
    draft: AttestationDraft | None

    @property
    def is_ready(self) -> bool:
        """It was opened as it is now, and there are words to it."""
        return self.draft is not None and bool(self.draft.statement)


def requests(viewer: Viewer, item_ids: Collection[int] | None = None) -> list[Request]:
    """What waits for the viewer's answer, the longest wait first; of it only what was chosen."""
    people = visible_participants(viewer).with_only_columns(Participant.id)
    items = evidence_lists.asked(viewer, list(db.session.scalars(people)))
    chosen = [item for item in items if item_ids is None or item.id in item_ids]
    drafts = _drafts(viewer, [item.current.id for item in chosen])
    return [Request(item, drafts.get(item.current.id)) for item in chosen]


def get_request(viewer: Viewer, item_id: int) -> Request:
    """One of them."""
    found = requests(viewer, [item_id])
    if not found:
        raise NotFound(NOT_ASKED)
    return found[0]


def note_opened(viewer: Viewer, version_id: int) -> None:
    """Remember that the viewer has this version before them. Two tabs may come at once."""
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(AttestationDraft).values(
        version_id=version_id, coach_id=viewer.user_id, statement="", opened_at=now()
    )
    db.session.execute(insert.on_conflict_do_nothing())


def keep_words(
    viewer: Viewer,
    item_id: int,
    *,
    version: int,
    content_hash: str,
    statement: str,
    duty: str | None,
) -> None:
    """Keep what the viewer says of a version that they have before them; nothing is signed yet."""
    request = get_request(viewer, item_id)
    current = request.item.current
    if (current.number, current.content_hash) != (version, content_hash) or request.draft is None:
        raise Refused(CHANGED)
    if not statement.strip():
        raise Invalid("Say what you saw: a sentence is enough.", field="statement")
    if len(statement) > LONGEST_STATEMENT:
        raise Invalid(f"Use {LONGEST_STATEMENT:,} characters or fewer.", field="statement")
    request.draft.statement, request.draft.duty = statement.strip(), duty


def sign_all(viewer: Viewer, item_ids: Collection[int]) -> list[Attestation]:
    """Sign all that were read, each with its own words: all of them, or none."""
    asked = {request.item.id: request for request in requests(viewer, item_ids)}
    if not item_ids or len(asked) != len(set(item_ids)):
        raise Refused(f"{NOT_ASKED} Nothing was signed: look at the list again.")
    return [_sign(viewer, asked[item_id]) for item_id in sorted(asked)]


def _sign(viewer: Viewer, request: Request) -> Attestation:
    title, draft = request.item.current.title, request.draft
    if draft is None or not draft.statement:
        raise Refused(
            f"Nothing was signed: read “{title}” as it is now and say what you saw, "
            "or leave it out."
        )
    signed = attestation.sign(
        viewer,
        request.item.id,
        version=draft.version.number,
        content_hash=draft.version.content_hash,
        statement=draft.statement,
        duty=draft.duty,
    )
    _forget(viewer, request.item.id)
    return signed


def _forget(viewer: Viewer, item_id: int) -> None:
    """The words have become an attestation; those to earlier versions are of no use any more."""
    versions = select(EvidenceVersion.id).where(EvidenceVersion.item_id == item_id)
    db.session.execute(
        delete(AttestationDraft)
        .where(
            AttestationDraft.coach_id == viewer.user_id, AttestationDraft.version_id.in_(versions)
        )
        .execution_options(synchronize_session=False)
    )


def _drafts(viewer: Viewer, version_ids: Collection[int]) -> dict[int, AttestationDraft]:
    query = select(AttestationDraft).where(
        AttestationDraft.coach_id == viewer.user_id, AttestationDraft.version_id.in_(version_ids)
    )
    return {each.version_id: each for each in db.session.scalars(query)}
