"""Whatever markers try, in whatever order: the chain keeps to the ways of docs/lifecycles.md."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lti_tool.grades.rules.chain import (
    FIRST,
    PAIR,
    ROLES,
    SECOND,
    THIRD,
    Act,
    Progress,
    State,
    agreed_by_rule,
    free_role,
    is_settled,
    may_read,
    state_of,
    why_not,
    why_not_give,
)

LIFECYCLES = Path("docs/lifecycles.md").read_text(encoding="utf-8")
PEOPLE = (1, 2, 3, 4)
FLOORS = (70, 60, 50, 40, 0)


def ways() -> set[tuple[str, str]]:
    """The ways between states that the document names, a row each: `from` | act | `to`."""
    part = LIFECYCLES.split("## The markers of an attempt", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| (`.+?`) \| .+? \| (`.+?`) \|$", part, re.MULTILINE)
    return {(one, to) for left, right in rows for one in states_in(left) for to in states_in(right)}


def states_in(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


WAYS = ways()


class Markers(RuleBasedStateMachine):
    """Four people who try everything with one piece of work that two mark blind."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: dict[str, int] = {}
        self.marks: dict[str, str] = {}
        self.numbers: dict[str, int] = {}
        self.agreed: int | None = None
        self.rounds = 0
        self.offer: tuple[str, int] | None = None
        self.former: dict[int, str] = {}
        self.read_early = False
        self.state = State.ALLOCATED

    @property
    def progress(self) -> Progress:
        return Progress(
            is_double=True,
            marks=dict(self.marks),
            has_third=THIRD in self.taken,
            is_agreed=self.agreed is not None,
            proposed_by=self.offer[0] if self.offer else None,
        )

    def role_of(self, person: int) -> str | None:
        return next((role for role, one in self.taken.items() if one == person), None)

    def may(self, act: Act, role: str | None) -> bool:
        return why_not(act, role, self.progress) is None

    @rule(person=st.sampled_from(PEOPLE), role=st.sampled_from(ROLES))
    def allocate(self, person: int, role: str) -> None:
        if self.taken.get(role) == person:
            return
        if why_not_give(role, person, self.taken, self.progress, former=self.former) is None:
            self.taken[role] = person

    @rule(person=st.sampled_from(PEOPLE), role=st.sampled_from(ROLES))
    def replace(self, person: int, role: str) -> None:
        before = self.taken.get(role)
        if before == person or role not in self.marks:
            return
        against = why_not_give(
            role, person, self.taken, self.progress, former=self.former, has_reason=True
        )
        if against is None:
            assert self.marks.pop(role) == "draft"  # nobody's final mark is laid aside
            self.former[before] = role
            self.taken[role] = person

    @rule(person=st.sampled_from(PEOPLE), mark=st.integers(0, 100))
    def save(self, person: int, mark: int) -> None:
        role = free_role(self.taken, person, is_double=True, former=self.former)
        if role and self.may(Act.SAVE, role):
            self.taken[role] = person
            self.marks[role], self.numbers[role] = "draft", mark

    @rule(person=st.sampled_from(PEOPLE), mark=st.integers(55, 75))
    def finalise(self, person: int, mark: int) -> None:
        role = free_role(self.taken, person, is_double=True, former=self.former)
        if not (role and self.may(Act.FINALISE, role)):
            return
        self.taken[role] = person
        self.marks[role], self.numbers[role] = "final", mark
        if self.progress.is_revealed and self.rounds == 0 and THIRD not in self.taken:
            self.settle(agreed_by_rule(*(self.numbers[each] for each in PAIR), 5, FLOORS))

    @rule(person=st.sampled_from(PEOPLE))
    def reopen(self, person: int) -> None:
        role = self.role_of(person)
        if role and self.may(Act.REOPEN, role):
            assert role == THIRD or not self.progress.is_revealed
            self.marks[role] = "draft"

    @rule(person=st.sampled_from(PEOPLE), mark=st.integers(0, 100))
    def propose(self, person: int, mark: int) -> None:
        role = self.role_of(person)
        if role and self.may(Act.PROPOSE, role):
            self.offer = (role, mark)

    @rule(person=st.sampled_from(PEOPLE))
    def accept(self, person: int) -> None:
        role = self.role_of(person)
        if self.may(Act.ACCEPT, role):
            assert self.offer
            assert {role, self.offer[0]} == set(PAIR)
            self.settle(self.offer[1])

    @rule(person=st.sampled_from(PEOPLE))
    def decide(self, person: int) -> None:
        if self.may(Act.DECIDE, self.role_of(person)):
            self.settle(self.numbers[THIRD])

    @rule(person=st.sampled_from(PEOPLE))
    def take_up(self, person: int) -> None:
        if self.may(Act.TAKE_UP, self.role_of(person)):
            self.agreed = self.offer = None

    def settle(self, mark: int | None) -> None:
        if mark is not None:
            self.agreed = mark
            self.rounds += 1

    @invariant()
    def keeps_to_the_document(self) -> None:
        before, self.state = self.state, state_of(self.progress)
        assert before is self.state or (before.value, self.state.value) in WAYS

    @invariant()
    def nobody_has_two_roles(self) -> None:
        assert len(set(self.taken.values())) == len(self.taken)

    @invariant()
    def nobody_peeps(self) -> None:
        if not self.progress.is_revealed:
            for person in PEOPLE:
                own = self.role_of(person)
                for role in {FIRST, SECOND} - {own}:
                    assert not may_read(role, own, self.progress, is_lead=True)

    @invariant()
    def one_mark_comes_from_two(self) -> None:
        if is_settled(self.progress):
            assert self.progress.is_revealed
            assert self.agreed is not None


TestMarkers = Markers.TestCase
TestMarkers.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_every_state_has_its_place_in_the_document() -> None:
    assert {each.value for each in State} == {each for way in WAYS for each in way}
