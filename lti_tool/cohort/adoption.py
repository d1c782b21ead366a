"""Put participants on another version of the programme, after a look at what that changes.

What was previewed is what is done: the page carries a digest of the preview, and where anything
has changed since, nothing is done and the preview is shown anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from lti_tool.cohort import facts
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, Refused
from lti_tool.identity import Role, Viewer
from lti_tool.people import programmes
from lti_tool.people.holding import hold_all
from lti_tool.people.models import Participant, ProgrammeVersion, User
from lti_tool.people.states import LIVE
from lti_tool.people.visibility import visible_participants
from lti_tool.programme.adoption import Effect, effect
from lti_tool.programme.comparison import Comparison, compare

MOST = 200  # at once, so that a preview is read and its database is not held up
CHANGED = (
    "Something has changed since you looked at this preview, so nothing was done. This is what "
    "would change now."
)


@dataclass(frozen=True)
class Adopter:
    """One participant, and what the version would mean for them."""

    participant: Participant
    effect: Effect


@dataclass(frozen=True)
class Preview:
    """What would change, and for whom; nothing is stored."""

    version: ProgrammeVersion
    people: tuple[Adopter, ...]
    left_over: int
    """How many more there are than one preview takes."""

    @property
    def adopting(self) -> list[Participant]:
        """Those who can go over; the others stay on theirs."""
        return [each.participant for each in self.people if each.effect.may_adopt]

    @cached_property
    def comparisons(self) -> list[tuple[ProgrammeVersion, Comparison]]:
        """What changes as such, for each version that somebody here is on."""
        former = {
            each.participant.programme_version_id: each.participant.programme_version
            for each in self.people
        }
        after = programmes.parsed(self.version.definition)
        return [
            (version, compare(programmes.parsed(version.definition), after))
            for _, version in sorted(former.items())
        ]

    @cached_property
    def digest(self) -> str:
        """One number that changes with anything that this preview says."""
        said = [
            self.version.id,
            self.version.state,
            self.left_over,
            *(
                (
                    each.participant.id,
                    each.participant.programme_version_id,
                    each.effect.refusals,
                    each.effect.notes,
                )
                for each in self.people
            ),
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def candidates(viewer: Viewer, version: ProgrammeVersion, search: str = "") -> Select[Participant]:
    """Those on another version who are not done with the programme, by name."""
    _check_lead(viewer)
    query = _others(viewer, version)
    return _loaded(query.where(User.name.icontains(search, autoescape=True)) if search else query)


def _others(viewer: Viewer, version: ProgrammeVersion) -> Select[Participant]:
    return (
        visible_participants(viewer)
        .join(Participant.user)
        .where(Participant.programme_version_id != version.id, Participant.state.in_(LIVE))
        .order_by(User.name, Participant.id)
    )


def _loaded(query: Select[Participant]) -> Select[Participant]:
    return query.options(
        contains_eager(Participant.user), joinedload(Participant.programme_version)
    )


def preview(
    viewer: Viewer,
    version: ProgrammeVersion,
    participant_ids: Collection[int] | None,
    *,
    to_change: bool = False,
) -> Preview:
    """What the version would mean for these participants; without ids, for everybody else's.

    `to_change` keeps their submissions waiting until this transaction is through.
    """
    _check_lead(viewer)
    if version.state != programmes.PUBLISHED:
        raise Refused(f"Nobody can join this version: it is {version.state}.")
    query = _others(viewer, version)
    if participant_ids is not None:
        query = query.where(Participant.id.in_(participant_ids))
    if to_change:
        _hold(query)
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery()))
    people = db.session.scalars(
        _loaded(query).limit(MOST).execution_options(populate_existing=to_change)
    )
    found = _effects(people.all(), version)
    if not found:
        raise Invalid("Choose at least one participant.")
    return Preview(version, found, (total or 0) - len(found))


def adopt(
    viewer: Viewer,
    version: ProgrammeVersion,
    participant_ids: Collection[int] | None,
    digest: str,
) -> list[Participant]:
    """Put everybody of the preview who can on this version; all of them, or nobody."""
    found = preview(viewer, version, participant_ids, to_change=True)
    if found.digest != digest:
        raise Refused(CHANGED)
    if not found.adopting:
        raise Refused("Nobody of these can go over to this version. Nothing was done.")
    for participant in found.adopting:
        programmes.move_to(viewer, participant, version)
    return found.adopting


def _effects(people: Sequence[Participant], version: ProgrammeVersion) -> tuple[Adopter, ...]:
    after = programmes.parsed(version.definition)
    return tuple(
        Adopter(
            known.participant,
            effect(programmes.programme_of(known.participant), after, known.facts),
        )
        for known in (facts.known(people) if people else [])
    )


def _hold(query: Select[Participant]) -> None:
    hold_all(db.session.scalars(query.with_only_columns(Participant.id).limit(MOST)).all())


def _check_lead(viewer: Viewer) -> None:
    if viewer.role is not Role.LEAD:
        raise NotAllowed("Only the programme lead changes which version somebody is on.")
