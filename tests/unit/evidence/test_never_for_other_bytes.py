"""Whatever is done in whatever order, a signature never shows as valid for other bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lti_tool.evidence.bundle import build_manifest, check_manifest, parse_bundle
from lti_tool.evidence.items import content_of
from lti_tool.evidence.models import (
    Attestation,
    AttestationRevocation,
    EvidenceItem,
    EvidenceVersion,
    StrandClaim,
    Upload,
)
from lti_tool.evidence.receipts import check, number_of
from lti_tool.evidence.revoking import marked
from lti_tool.evidence.rules import (
    Content,
    Deed,
    State,
    canonical,
    content_facts,
    content_hash,
    digest,
    move,
)
from lti_tool.evidence.standing import (
    Standing,
    TakenBack,
    standing,
    state_after_taking_back,
    word_of,
)
from lti_tool.people.models import Allocation, Participant, User

THEN = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
FACTS = {
    "receipt": "MTL1-AAAA-BB", "participant": {"candidate": "C1"}, "module": "MTL1",
    "module_title": "One", "attempt": 1, "submitted_at": THEN.isoformat(), "declarations": [],
}  # fmt: skip
# Few, so that a later version often says again what an earlier one said.
CONTENTS = st.builds(
    Content,
    title=st.sampled_from(["One", "Two"]),
    narrative=st.sampled_from(["", "As it was"]),
    activity_on=st.just(date(2026, 11, 2)),
    module_code=st.just("MTL1"),
    strands=st.sampled_from([("1.1",), ("1.1", "4.2")]),
)
FILES = st.lists(st.sampled_from("ab"), max_size=2, unique=True)


class Story(RuleBasedStateMachine):
    """One item, whatever its author, its coach and time do with it."""

    def __init__(self) -> None:
        super().__init__()
        author, self.coach = User(id=1, name="Amira"), User(id=2, name="Colin")
        self.item = EvidenceItem(
            id=7, author_id=1, author=author, state=State.DRAFT, current_version=0,
            participant=Participant(id=3, user_id=1),
        )  # fmt: skip
        self.allocation = Allocation(
            id=4, kind="coach", user_id=2, participant_id=3, started_on=date(2026, 9, 1)
        )
        self.item.participant_id = 3
        self.signed: dict[int, tuple[int, str]] = {}  # id → the version and bytes it was given for
        self.taken_back: set[int] = set()
        self.handed_in: list[tuple[str, dict[int, bool]]] = []
        self._add(Content("One", "", date(2026, 11, 2), "MTL1", ("1.1",)), [])

    # --- what people do ---------------------------------------------------------------------

    @rule(content=CONTENTS, files=FILES)
    def edit(self, content: Content, files: list[str]) -> None:
        if content_hash(self._facts(content, files)) == self.current.content_hash:
            return
        if self._moves(Deed.REVISE):
            self._add(content, files)

    @rule(deed=st.sampled_from([Deed.ASK] * 5 + [Deed.WITHDRAW]))
    def author(self, deed: Deed) -> None:
        if deed is Deed.ASK or len(self.item.versions) > 4:
            self._moves(deed)

    @rule(deed=st.sampled_from([Deed.SIGN, Deed.SIGN, Deed.SEND_BACK]))
    def answer(self, deed: Deed) -> None:
        if not self._moves(deed):
            return
        number = sum(len(each.attestations) for each in self.item.versions) + 1
        Attestation(  # joins the version's own list
            id=number, version=self.current, content_hash=self.current.content_hash, coach_id=2,
            coach=self.coach, allocation_id=4, statement="I saw it.", duty=None, signed_at=THEN,
            decision="signed" if deed is Deed.SIGN else "returned", authenticated_by="lti",
        )  # fmt: skip
        if deed is Deed.SIGN:
            self.signed[number] = (self.current.number, self._bytes(self.current))

    @rule(content=CONTENTS)
    def edit_and_sign(self, content: Content) -> None:
        """What mostly happens, in one step: so that items with several signatures are common."""
        self.edit(content, [])
        self.author(Deed.ASK)
        self.answer(Deed.SIGN)

    @precondition(lambda self: self.signed.keys() - self.taken_back)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.signed.keys() - self.taken_back)))
        (attestation,) = (one for one in self.attestations if one.id == chosen)
        attestation.revocation = AttestationRevocation(
            attestation_id=chosen, reason="not_seen", words="", revoked_at=THEN
        )
        self.taken_back.add(chosen)
        self.item.state = state_after_taking_back(
            State(self.item.state), was_current=attestation.version is self.current
        )

    @rule()
    def hand_in(self) -> None:
        if self._moves(Deed.SUBMIT):
            stood = {one: self._holds_now(one) for one in self.signed}
            manifest = canonical(build_manifest([self.item], dict(FACTS)))
            self.handed_in.append((manifest, stood))

    # --- what must be so ----------------------------------------------------------------------

    @invariant()
    def a_signature_is_valid_for_its_own_bytes_alone(self) -> None:
        for one in self.attestations:
            for version in self.item.versions:
                valid = standing(word_of(one), version.number, version.content_hash)
                given_for = self.signed.get(one.id)
                is_its_own = given_for == (version.number, self._bytes(version))
                assert (valid is Standing.VALID) == (is_its_own and one.id not in self.taken_back)

    @invariant()
    def an_item_says_attested_when_somebody_stands_by_what_it_says_now(self) -> None:
        if self.item.state != State.WITHDRAWN:
            stands = [one for one in self.signed if self._holds_now(one)]
            assert (self.item.state == State.ATTESTED) == bool(stands)
            assert len(stands) <= 1

    @invariant()
    def what_was_handed_in_tells_then_and_now_apart(self) -> None:
        today = {one: TakenBack(THEN, "not_seen") for one in self.taken_back}
        for manifest, stood in self.handed_in:
            assert check_manifest(manifest, digest(manifest), FACTS["receipt"], lambda _: True).ok
            (item,) = marked(parse_bundle(manifest), today).items
            told = {one.attestation_id: one.valid for one in item.attestations}
            assert told == stood
            for one in item.attestations:
                assert one.holds == (
                    stood[one.attestation_id] and one.attestation_id not in self.taken_back
                )

    @invariant()
    def a_receipt_fits_what_it_was_given_for_and_nothing_else(self) -> None:
        for one in self.attestations:
            number = number_of(one)
            assert check(one, self.allocation, number, lambda _: True).ok
            one.statement += "!"
            assert not check(one, self.allocation, number, lambda _: True).ok
            one.statement = one.statement.removesuffix("!")
            kept, one.version.title = one.version.title, "Another"
            assert not check(one, self.allocation, number, lambda _: True).ok
            one.version.title = kept

    # --- how it is kept -----------------------------------------------------------------------

    @property
    def current(self) -> EvidenceVersion:
        return self.item.versions[-1]

    @property
    def attestations(self) -> list[Attestation]:
        return [one for each in self.item.versions for one in each.attestations]

    def _moves(self, deed: Deed) -> bool:
        to = move(State(self.item.state), deed).to
        if to is not None:
            self.item.state = to
        return to is not None

    def _holds_now(self, one: int) -> bool:
        return one not in self.taken_back and self.signed[one][0] == self.item.current_version

    def _add(self, content: Content, files: list[str]) -> None:
        facts = self._facts(content, files)
        self.item.current_version += 1
        self.item.versions.append(
            EvidenceVersion(
                id=self.item.current_version, number=self.item.current_version, author_id=1,
                title=content.title, narrative=content.narrative, activity_on=content.activity_on,
                module_code=content.module_code, duty=None, content_hash=content_hash(facts),
                files=[Upload(**file) for file in facts["files"]],
                claims=[StrandClaim(strand=strand) for strand in facts["strands"]],
            )
        )  # fmt: skip

    @staticmethod
    def _facts(content: Content, files: list[str]) -> dict[str, Any]:
        uploads = [
            Upload(sha256=name * 64, size=1, media_type="text/plain", filename="notes.txt")
            for name in files
        ]
        return content_facts(replace(content), uploads)

    @staticmethod
    def _bytes(version: EvidenceVersion) -> str:
        return canonical(content_facts(content_of(version), version.files))


Story.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestWhateverIsDone = Story.TestCase
