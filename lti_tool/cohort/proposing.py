"""The worker looks once a day for what has been kept long enough, and asks the leads about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import joinedload

from lti_tool.board.board_models import AwardDecision
from lti_tool.clock import LONDON, now, today
from lti_tool.cohort.erasure_facts import ENDED
from lti_tool.cohort.erasure_rules import WITH_THE_PERSON, KeptAs, due_days
from lti_tool.cohort.privacy_models import DisposalProposal, RetainedWork
from lti_tool.db import begin_as_writer, db
from lti_tool.evidence.models import Attempt
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of

JOB = "retention"
AT_ONCE = 500


class Proposer:
    """Looks once a day; what is due today is no later for being proposed in the evening."""

    def __init__(self) -> None:
        self.looked_on: date | None = None

    def propose_due(self) -> datetime | None:
        """The handler of the job."""
        if self.looked_on != today():
            begin_as_writer()
            propose()
            db.session.commit()
            self.looked_on = today()
        return None


def propose() -> int:
    """Put into the queue what is due and not in it; returns how many. Twice changes nothing."""
    number, after = 0, 0
    db.session.execute(
        update(DisposalProposal)
        .where(DisposalProposal.state == "kept", DisposalProposal.kept_until <= today())
        .values(state="proposed", kept_until=None)
    )
    while people := db.session.scalars(_ended(after)).all():
        after, ends = people[-1].id, _Ends.of(people)
        for person in people:
            for kept_as, day in ends.missing(person):
                db.session.add(
                    DisposalProposal(
                        provider_id=person.provider_id,
                        participant_id=person.id,
                        kept_as=kept_as.value,
                        due_on=day,
                        proposed_at=now(),
                    )
                )
                number += 1
        db.session.flush()
    return number


def _ended(after: int) -> Select[Participant]:
    return (
        select(Participant)
        .where(
            Participant.id > after,
            or_(Participant.state.in_(ENDED), Participant.left_on.is_not(None)),
        )
        .options(joinedload(Participant.user), joinedload(Participant.programme_version))
        .order_by(Participant.id)
        .limit(AT_ONCE)
    )


@dataclass(frozen=True)
class _Ends:
    """What decides when something of these people is due, in as many queries as for one."""

    known: Set[tuple[int, str]]
    decided: Mapping[int, datetime]
    in_sample: Set[int]

    @classmethod
    def of(cls, people: Sequence[Participant]) -> _Ends:
        """Read for some of them."""
        ids = [person.id for person in people]
        proposal, award = DisposalProposal, AwardDecision
        known = db.session.execute(
            select(proposal.participant_id, proposal.kept_as).where(
                proposal.participant_id.in_(ids)
            )
        )
        decided = db.session.execute(
            select(award.participant_id, func.max(award.decided_at))
            .where(award.participant_id.in_(ids), award.outcome != "not_yet")
            .group_by(award.participant_id)
        )
        sample = select(Attempt.participant_id).join(
            RetainedWork, RetainedWork.attempt_id == Attempt.id
        )
        return cls(
            {(number, kept_as) for number, kept_as in known},
            {row[0]: row[1] for row in decided},
            set(db.session.scalars(sample.where(Attempt.participant_id.in_(ids)))),
        )

    def missing(self, person: Participant) -> Iterator[tuple[KeptAs, date]]:
        """What is due of somebody and not in the queue. Of an erased person only their work is."""
        found = due_days(
            self._ended_on(person),
            programme_of(person).policies["retention"],
            has_sample=person.id in self.in_sample,
        )
        for kept_as, day in found.items():
            is_gone = person.user.erased_at is not None and kept_as in WITH_THE_PERSON
            if day <= today() and (person.id, kept_as.value) not in self.known and not is_gone:
                yield kept_as, day

    def _ended_on(self, person: Participant) -> date | None:
        """The day of the award, of an exit award, or of leaving: the latest of them."""
        decided = self.decided.get(person.id)
        days = [decided.astimezone(LONDON).date()] if decided else []
        days += [person.left_on] if person.left_on else []
        return max(days, default=None)
