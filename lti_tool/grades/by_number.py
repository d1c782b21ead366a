"""What somebody judges by candidate number, and what stays closed to them meanwhile.

Second and third markers, and moderators, are not to know whose work they judge. So as long as their
part is open, no work that could be the one they judge stands beside a name (decision 0052).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Select, and_, exists, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from lti_tool.db import db
from lti_tool.evidence.closed import JudgedByNumber
from lti_tool.evidence.models import Attempt, AttemptItem, EvidenceItem, EvidenceVersion
from lti_tool.grades.chain_models import Agreement, AgreementTakenUp, MarkerAllocation
from lti_tool.grades.moderation_models import ModerationDecision, ModerationMember, Moderator
from lti_tool.grades.released import is_released
from lti_tool.grades.rules.chain import FIRST, SECOND, THIRD
from lti_tool.identity import Viewer


def reads_by_number(viewer: Viewer, item_id: int) -> bool:
    """Whether the viewer is not to meet this evidence beside a name now."""
    if not viewer.is_staff:
        return False
    found = select(EvidenceItem.id).where(EvidenceItem.id == item_id, _is_closed_item(viewer))
    return db.session.scalar(found) is not None


def is_closed(viewer: Viewer, attempt: Attempt) -> bool:
    """Whether a name must not lead the viewer to this work now."""
    found = select(Attempt.id).where(Attempt.id == attempt.id, _is_closed_attempt(viewer))
    return db.session.scalar(found) is not None


@dataclass(frozen=True)
class ModulesByNumber:
    """The modules of which people still mark work as second or third; each is asked for once."""

    known: dict[int, frozenset[str]] = field(default_factory=dict)

    def of(self, viewer: Viewer) -> frozenset[str]:
        """The codes of the viewer's."""
        if viewer.user_id not in self.known:
            marked = select(Attempt.module_code).where(Attempt.id.in_(_marked(viewer.user_id)))
            self.known[viewer.user_id] = frozenset(db.session.scalars(marked.distinct()))
        return self.known[viewer.user_id]


def moderated_by(viewer: Viewer) -> Select[int]:
    """The ids of the attempts in sets that the viewer was ever asked to moderate."""
    return (
        select(ModerationMember.attempt_id)
        .join(Moderator, Moderator.batch_id == ModerationMember.batch_id)
        .where(Moderator.user_id == viewer.user_id)
    )


def _marked(user_id: int) -> Select[int]:
    """The ids of the attempts that somebody marks as second or third, and that have no mark yet."""
    part = aliased(MarkerAllocation)
    return select(part.attempt_id).where(
        part.marker_id == user_id,
        part.marking_role.in_([SECOND, THIRD]),
        part.ended_at.is_(None),
        not_(_is_agreed(part.attempt_id)),
    )


def _moderated(viewer: Viewer) -> Select[int]:
    """The same of a moderator: those in sets about which nobody has decided."""
    decided = exists().where(ModerationDecision.batch_id == ModerationMember.batch_id)
    return moderated_by(viewer).where(not_(decided))


def _is_agreed(attempt_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    taken_up = exists().where(AgreementTakenUp.agreement_id == Agreement.id)
    return exists().where(Agreement.attempt_id == attempt_id, not_(taken_up))


def _modules(viewer: Viewer) -> Select[str]:
    ids = or_(Attempt.id.in_(_marked(viewer.user_id)), Attempt.id.in_(_moderated(viewer)))
    return select(Attempt.module_code).where(ids)


def _is_closed_attempt(viewer: Viewer) -> ColumnElement[bool]:
    """Of an attempt: what the viewer judges by number, or what could be taken for it.

    That one work alone were closed would tell whose it is. So all of the module is that has no mark
    yet, besides what the viewer marks as first and knows the author of.
    """
    judged = aliased(Attempt)
    marked = select(judged.module_code).where(judged.id.in_(_marked(viewer.user_id)))
    own = aliased(MarkerAllocation)
    first = select(own.attempt_id).where(
        own.marker_id == viewer.user_id, own.marking_role == FIRST, own.ended_at.is_(None)
    )
    alike = and_(
        Attempt.provider_id == viewer.provider_id,
        Attempt.module_code.in_(marked),
        not_(is_released()),
        not_(_is_agreed(Attempt.id)),
        Attempt.id.not_in(first),
    )
    return or_(
        and_(exists(_marked(viewer.user_id)), or_(Attempt.id.in_(_marked(viewer.user_id)), alike)),
        Attempt.id.in_(_moderated(viewer)),
    )


def _is_closed_item(viewer: Viewer) -> ColumnElement[bool]:
    """The same of what was handed in with such an attempt."""
    held = (
        select(EvidenceVersion.item_id)
        .join(AttemptItem, AttemptItem.version_id == EvidenceVersion.id)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(_is_closed_attempt(viewer))
    )
    # Asked first and once: hardly anybody judges by number, and then nothing else is looked up.
    judges = or_(exists(_marked(viewer.user_id)), exists(_moderated(viewer)))
    return and_(judges, EvidenceItem.id.in_(held))


JUDGED_BY_NUMBER = JudgedByNumber(_is_closed_item, _is_closed_attempt, _modules)
