"""People about whom anything may be known: rows as no story would have them, side by side."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.evidence.models import (
    Attempt,
    AttemptItem,
    Attestation,
    EvidenceItem,
    EvidenceVersion,
    StrandClaim,
)
from lti_tool.evidence.rules import GONE, State
from lti_tool.grades.models import Grade
from lti_tool.learning.models import (
    Diagnosis,
    DiagnosisAgreement,
    ModuleEnrolment,
    NetworkLink,
    PriorLearningClaim,
    PriorLearningModule,
    Specialism,
    SpecialismStrand,
    Target,
)
from lti_tool.people.models import Allocation, Participant, User
from lti_tool.programme.definition import Programme

T = TypeVar("T")
WORDS = "not what is looked at"


@dataclass
class RandomPeople:
    """Makes participants of one provider; the caller rolls them back."""

    chance: Random
    provider_id: int
    version_id: int
    course_id: int
    coach_id: int
    programme: Programme
    cohorts: tuple[str | None, ...] = (None,)
    taken: set[tuple[int, str]] = field(default_factory=set)

    def person(self) -> Participant:
        """One more, with anything."""
        user = self.add(User(provider_id=self.provider_id, name="Anybody", created_at=now()))
        person = self.add(
            Participant(
                provider_id=self.provider_id, user_id=user.id,
                programme_version_id=self.version_id, candidate_number=secrets.token_hex(6),
                enrolled_on=today(), cohort=self.chance.choice(self.cohorts),
            )
        )  # fmt: skip
        allocation = self.add(
            Allocation(
                participant_id=person.id, user_id=self.coach_id, kind="coach", started_on=today()
            )
        )
        versions = [self._item(person, allocation) for _ in range(self.chance.randrange(14))]
        self._records(person, allocation)
        self._earlier_study(person)
        for module in self.programme.modules:
            if self.chance.random() < 0.25:
                self._arrange(person, module.code)
            if self.chance.random() < 0.4 and (person.id, module.code) not in self.taken:
                self._hand_in(person, module.code, versions)
        return person

    def add(self, row: T) -> T:
        """The row with its id."""
        db.session.add(row)
        db.session.flush()
        return row

    def _item(self, person: Participant, allocation: Allocation) -> EvidenceVersion:
        states = [*sorted(GONE)[:1], State.DRAFT, State.SHARED, State.REQUESTED, State.ATTESTED]
        item = self.add(
            EvidenceItem(
                provider_id=self.provider_id, participant_id=person.id, author_id=person.user_id,
                state=self.chance.choice(states), created_at=now(), changed_at=now(),
                is_open=self.chance.random() < 0.8,
            )
        )  # fmt: skip
        codes = [each.code for each in self.programme.modules]
        version = self.add(
            EvidenceVersion(
                item_id=item.id, number=1, author_id=person.user_id, title=WORDS, narrative=WORDS,
                activity_on=today(), created_at=now(), content_hash="0" * 64,
                # One of them is not in this version of the programme.
                module_code=self.chance.choice([*codes, "GONE1"]),
            )
        )  # fmt: skip
        strands = [*(each.id for each in self.programme.strands), "9.9"]
        for strand in self.chance.sample(strands, self.chance.randrange(1, 3)):
            self.add(StrandClaim(version_id=version.id, strand=strand, rationale=WORDS))
        if self.chance.random() < 0.5:
            self.add(
                Attestation(
                    version_id=version.id, content_hash=version.content_hash,
                    coach_id=self.coach_id, allocation_id=allocation.id, statement=WORDS,
                    decision=self.chance.choice(["signed", "signed", "returned"]),
                    signed_at=now(), authenticated_by="launch",
                )
            )  # fmt: skip
        return version

    def _records(self, person: Participant, allocation: Allocation) -> None:
        user, moment = self.coach_id, now()
        if self.chance.random() < 0.6:
            found = self.add(
                Diagnosis(
                    participant_id=person.id, number=1, author_id=user, acted_as="coach",
                    proposed_at=moment,
                )
            )  # fmt: skip
            for party in ["coach", "participant"][: self.chance.randrange(1, 3)]:
                self.add(
                    DiagnosisAgreement(
                        diagnosis_id=found.id,
                        party=party,
                        user_id=user if party == "coach" else person.user_id,
                        agreed_at=moment,
                        allocation_id=allocation.id if party == "coach" else None,
                    )
                )
        if self.chance.random() < 0.6:
            own = self.add(
                Specialism(
                    participant_id=person.id, title=WORDS, reason=WORDS, proposed_at=moment,
                    state="agreed", decided_at=moment, decided_by_id=user,
                )
            )  # fmt: skip
            for strand in self.chance.sample(self.programme.strands, 2):
                self.add(SpecialismStrand(specialism_id=own.id, strand=strand.id))
        for _ in range(self.chance.randrange(3)):
            self.add(
                NetworkLink(participant_id=person.id, name=WORDS, since_on=today(), added_at=moment)
            )
            self.add(
                Target(
                    participant_id=person.id, strand=self.chance.choice(self.programme.strands).id,
                    action=WORDS, evidence_intended=WORDS, due_on=today(), set_by_id=user,
                    set_as="coach", set_at=moment,
                )
            )  # fmt: skip

    def _earlier_study(self, person: Participant) -> None:
        """Often for more credits than the limit allows."""
        if self.chance.random() < 0.5:
            return
        claim = self.add(
            PriorLearningClaim(
                participant_id=person.id, state="draft", award=WORDS, institution=WORDS,
                statement=WORDS, created_at=now(), changed_at=now(),
            )
        )  # fmt: skip
        for module in self.chance.sample(self.programme.modules, self.chance.randrange(1, 5)):
            self.taken.add((person.id, module.code))
            self.add(
                PriorLearningModule(
                    claim_id=claim.id, participant_id=person.id, module_code=module.code,
                    credits=module.credits,
                    state=self.chance.choice(["claimed", "recognised", "recognised"]),
                )
            )  # fmt: skip

    def _arrange(self, person: Participant, code: str) -> None:
        self.add(
            ModuleEnrolment(
                participant_id=person.id, module_code=code, enrolled_at=now(), changed_at=now(),
                changed_by_id=self.coach_id, attempts_allowed=self.chance.randrange(1, 4),
                state=self.chance.choice(["enrolled", "open", "closed", "deferred"]),
            )
        )  # fmt: skip

    def _hand_in(self, person: Participant, code: str, versions: list[EvidenceVersion]) -> None:
        for number in range(1, self.chance.randrange(2, 4)):
            attempt = self.add(
                Attempt(
                    provider_id=self.provider_id, participant_id=person.id,
                    course_id=self.course_id, module_code=code, number=number,
                    submitted_at=now() - timedelta(days=9 - number),
                    receipt=secrets.token_hex(8), manifest="{}", root_hash="0" * 64,
                )
            )  # fmt: skip
            for version in self.chance.sample(versions, min(len(versions), 3)):
                self.add(AttemptItem(attempt_id=attempt.id, version_id=version.id))
            if self.chance.random() < 0.7:
                self._grade(attempt)

    def _grade(self, attempt: Attempt) -> None:
        mark, status = (
            self.chance.randrange(30, 90),
            self.chance.choice(["provisional", "ratified"]),
        )
        nothing: dict[str, Any] = {"feedback": WORDS, "criteria": {}, "steps": []}
        self.add(
            Grade(
                provider_id=self.provider_id, attempt_id=attempt.id, revision=1, judged=mark,
                mark=mark, status=status, released_by_id=self.coach_id, released_at=now(),
                **nothing,
            )
        )  # fmt: skip
