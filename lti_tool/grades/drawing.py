"""The programme lead puts a module's final marks together and has a sample drawn from them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, false, func, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound, Refused
from lti_tool.grades.moderation_models import ModerationBatch, ModerationMember, Moderator
from lti_tool.grades.moderators import appoint
from lti_tool.grades.rules.sampling import Band, Entry, SampleRule, draw
from lti_tool.grades.sample_pool import check_lead, free_marks, sampled_modules
from lti_tool.identity import Role, Viewer
from lti_tool.people.models import ProgrammeVersion, Provider
from lti_tool.people.programmes import parsed
from lti_tool.programme.definition import Programme

NOTHING = (
    "No final mark of this module waits for a sample. A mark comes in once it is final; one that "
    "is being looked at, or was confirmed, does not come in again."
)


def draw_batch(viewer: Viewer, module_code: str, moderator_id: int | None) -> ModerationBatch:
    """Freeze the final marks that no set holds, and draw the moderator's sample from them."""
    check_lead(viewer)
    # Whoever draws at the same moment waits here, then finds nothing left to draw.
    held = select(Provider.id).where(Provider.id == viewer.provider_id)
    db.session.execute(held.with_for_update(key_share=True))
    pairs = [pair for pair in sampled_modules(viewer) if pair[1] == module_code]
    rows = free_marks(viewer, pairs)
    if not module_code:
        raise Invalid("Choose a module.", field="module")
    if not rows:
        raise Invalid(NOTHING, field="module")
    rule = rule_of(_newest_programme([row.programme_version_id for row in rows]))
    batch = ModerationBatch(
        provider_id=viewer.provider_id,
        module_code=module_code,
        number=_count(viewer, module_code) + 1,
        seed=secrets.token_hex(8),
        rule=asdict(rule),
        opened_by_id=viewer.user_id,
        opened_at=now(),
    )
    db.session.add(batch)
    db.session.flush()
    _add_members(batch, rows, rule)
    moderator = appoint(viewer, batch, moderator_id, [row.id for row in rows])
    record(
        viewer, "moderation_batch.drawn", batch, module=module_code, marks=len(rows),
        moderator=moderator.id,
    )  # fmt: skip
    return batch


def change_moderator(viewer: Viewer, batch: ModerationBatch, moderator_id: int | None) -> None:
    """Ask somebody else to moderate; they look at the sample from the start."""
    check_lead(viewer)
    hold(batch)
    if batch.decision is not None:
        raise Refused("This set is decided, so nobody else moderates it.")
    if batch.moderator.id == moderator_id:
        raise Invalid("They moderate this set already. Choose somebody else.", field="moderator")
    moderator = appoint(viewer, batch, moderator_id, [one.attempt_id for one in batch.members])
    db.session.expire(batch, ["moderators"])
    record(viewer, "moderation_batch.handed_over", batch, moderator=moderator.id)


def visible_batches(viewer: Viewer) -> Select[ModerationBatch]:
    """The sets that this viewer may see: a lead all, others those that they moderate now."""
    query = select(ModerationBatch).where(ModerationBatch.provider_id == viewer.provider_id)
    if viewer.role is Role.LEAD:
        return query
    if not viewer.is_staff:
        return query.where(false())
    return _moderated_by(viewer, query)


def count_asked(viewer: Viewer) -> int:
    """How many sets wait for the viewer's decision."""
    query = select(ModerationBatch).where(
        ModerationBatch.provider_id == viewer.provider_id, ~ModerationBatch.decision.has()
    )
    found = _moderated_by(viewer, query).with_only_columns(func.count())
    return db.session.scalar(found) or 0


def list_batches(viewer: Viewer) -> list[ModerationBatch]:
    """The sets that this viewer may see, the newest first."""
    query = visible_batches(viewer).options(
        selectinload(ModerationBatch.members).selectinload(ModerationMember.looks),
        selectinload(ModerationBatch.moderators).joinedload(Moderator.user),
        joinedload(ModerationBatch.decision),
    )
    return list(db.session.scalars(query.order_by(ModerationBatch.id.desc())))


def get_batch(viewer: Viewer, batch_id: int) -> ModerationBatch:
    """One set; what the viewer may not see does not exist."""
    found = db.session.scalars(
        visible_batches(viewer).where(ModerationBatch.id == batch_id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such set of marks among those you may see.")
    return found


def hold(batch: ModerationBatch) -> None:
    """Keep whoever else decides about this set waiting, and see what they decided."""
    held = select(ModerationBatch.id).where(ModerationBatch.id == batch.id)
    db.session.execute(held.with_for_update(key_share=True))
    db.session.expire(batch, ["decision", "moderators"])


def rule_of(programme: Programme) -> SampleRule:
    """The rule of sampling that a programme names."""
    policy = programme.policies["moderation"]
    return SampleRule(
        all_below=policy["sample_all_below"],
        at_least=policy["sample_at_least"],
        at_most=policy.get("sample_at_most"),
        per_band=policy["per_band"],
        borderline=policy["borderline"],
        pass_mark=programme.pass_mark,
        bands=tuple(Band(band.floor, band.name) for band in programme.bands),
    )


def kept_rule(batch: ModerationBatch) -> SampleRule:
    """The rule by which a sample was drawn, as it was then."""
    facts = dict(batch.rule)
    return SampleRule(**{**facts, "bands": tuple(Band(**band) for band in facts["bands"])})


def entry_of(member: ModerationMember) -> Entry:
    """A member of a set as the rules take it."""
    return Entry(member.attempt_id, member.mark, member.marker_id)


def _add_members(batch: ModerationBatch, rows: Sequence[Any], rule: SampleRule) -> None:
    drawn = draw([Entry(row.id, row.mark, row.marker_id) for row in rows], rule, batch.seed)
    counted = db.session.execute(
        select(ModerationMember.attempt_id, func.count())
        .where(ModerationMember.attempt_id.in_([row.id for row in rows]))
        .group_by(ModerationMember.attempt_id)
    )
    earlier = {row[0]: row[1] for row in counted}
    db.session.add_all(
        ModerationMember(
            batch_id=batch.id,
            attempt_id=row.id,
            number=earlier.get(row.id, 0) + 1,
            marker_id=row.marker_id,
            mark=row.mark,
            root_hash=row.root_hash,
            reasons=drawn.get(row.id, []),
        )
        for row in rows
    )
    db.session.flush()


def _newest_programme(version_ids: Sequence[int]) -> Programme:
    newest = db.session.scalars(
        select(ProgrammeVersion)
        .where(ProgrammeVersion.id.in_(set(version_ids)))
        .order_by(ProgrammeVersion.published_at.desc(), ProgrammeVersion.id.desc())
        .limit(1)
    ).one()
    return parsed(newest.definition)


def _moderated_by(viewer: Viewer, query: Select[ModerationBatch]) -> Select[ModerationBatch]:
    """Those sets of which the viewer was appointed last."""
    asked = aliased(Moderator)  # not the one that is joined below
    newest = (
        select(func.max(asked.id)).where(asked.batch_id == ModerationBatch.id).scalar_subquery()
    )
    return query.join(Moderator, Moderator.id == newest).where(Moderator.user_id == viewer.user_id)


def _count(viewer: Viewer, module_code: str) -> int:
    of_module = select(func.count(ModerationBatch.id)).where(
        ModerationBatch.provider_id == viewer.provider_id,
        ModerationBatch.module_code == module_code,
    )
    return db.session.scalar(of_module) or 0
