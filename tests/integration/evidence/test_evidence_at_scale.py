"""What must not grow: the number of queries, and the memory that an upload takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event

from lti_tool.db import db
from lti_tool.evidence import items
from lti_tool.evidence.facts import claim_facts, module_counts
from lti_tool.evidence.rules import Content
from lti_tool.identity import Role
from lti_tool.programme.coverage import ClaimFact
from tests.integration.evidence.steps import added, attest, submit
from tests.world import Person, World, text_of

MEGABYTE = 1024 * 1024


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_facts_say_how_far_each_strand_has_come(world: World) -> None:
    amira, colin = world.participant(), world.coach()
    world.allocate(colin, to=amira)
    first = added(amira, title="One", strands=["1.1", "2.1"], button="submit")
    second = added(amira, title="Two", strands=["1.1"])
    third = added(colin, title="Three", strands=["3.1"], duty="a")
    attest(colin, first)
    amira_id = amira.participant_id()
    with world.tool.app.app_context():
        assert claim_facts([amira_id])[amira_id] == [
            ClaimFact(first, "MTL1", "1.1", attested=True),
            ClaimFact(first, "MTL1", "2.1", attested=True),
            ClaimFact(second, "MTL1", "1.1"),
            ClaimFact(third, "MTL1", "3.1"),
        ]
        seen_by_others = claim_facts([amira_id], drafts=False)[amira_id]
        assert {fact.item_id for fact in seen_by_others} == {first, third}
        counts = module_counts([amira_id])[amira_id]["MTL1"]
    assert (counts.draft_items, counts.requested_items) == (1, 1)
    assert (counts.returned_items, counts.attested_items) == (0, 1)
    assert counts.receipt is None


def test_what_was_submitted_counts_even_when_it_is_withdrawn(world: World) -> None:
    amira = world.participant()
    item = added(amira)
    submit(amira)
    amira.submit(amira.get(f"evidence/{item}/withdraw"), button=("action", "withdraw"))
    amira_id = amira.participant_id()
    with world.tool.app.app_context():
        assert claim_facts([amira_id])[amira_id] == [ClaimFact(item, "MTL1", "1.1", submitted=True)]
        counts = module_counts([amira_id])[amira_id]["MTL1"]
    assert counts.draft_items == 0
    assert counts.receipt is not None


def test_facts_of_many_participants_cost_no_more_queries_than_those_of_one(world: World) -> None:
    people = [world.participant(f"Person {number}") for number in range(4)]
    for person in people:
        with world.tool.app.app_context():
            content = Content("A lesson", "", date(2026, 1, 1), "MTL1", ("1.1", "1.2"))
            items.add(person.viewer(Role.PARTICIPANT), content)
            db.session.commit()
    ids = [person.participant_id() for person in people]
    with world.tool.app.app_context():
        with counted() as for_one:
            claim_facts(ids[:1])
            module_counts(ids[:1])
        with counted() as for_all:
            found = claim_facts(ids)
            module_counts(ids)
    assert len(found) == 4
    assert len(for_one) == len(for_all)


class Film:
    """The body of a form with one large file, made as it is sent."""

    def __init__(self, fields: list[tuple[str, str]], size: int) -> None:
        parts = "".join(
            f'--film\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields
        )
        start = 'Content-Disposition: form-data; name="files"; filename="film.pdf"\r\n\r\n%PDF-1.7'
        self._before = f"{parts}--film\r\n{start}".encode()
        self._after = b"\r\n--film--\r\n"
        self._size = size
        self._pieces = self._all()

    def __len__(self) -> int:
        return len(self._before) + self._size + len(self._after)

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(MEGABYTE):
            yield piece

    def read(self, size: int = MEGABYTE) -> bytes:
        """The next piece; each part of the body is given out on its own."""
        return next(self._pieces, b"")

    def _all(self) -> Iterator[bytes]:
        yield self._before
        for _ in range(self._size // MEGABYTE):
            yield b"x" * MEGABYTE
        yield self._after


def peak() -> int:
    """The most memory that this process has held since `forget_peak`, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024


def forget_peak() -> None:
    # proc(5): 5 sets the peak back to what is held now.
    Path("/proc/self/clear_refs").write_text("5")


def send_film(person: Person, size: int) -> int:
    """Post the form as a browser does, without holding the film either; returns the status."""
    page = person.get("evidence/new")
    form = person.visitor.form_of(page, "#form")
    fields = [*form.fields, ("title", "A film"), ("strands", "1.1"), ("action", "save")]
    body = Film([field for field in fields if field != ("title", "")], size)
    answer = person.visitor.session.post(
        form.action,
        data=body,
        headers={
            "Content-Type": "multipart/form-data; boundary=film",
            "Referer": page.url,
        },
        timeout=60,
        allow_redirects=False,
    )
    return answer.status_code


def test_a_large_upload_is_never_held_in_memory(world: World) -> None:
    amira = world.participant()
    assert send_film(amira, MEGABYTE) == 303
    forget_peak()
    before = peak()
    assert send_film(amira, 60 * MEGABYTE) == 303
    assert peak() - before < 32 * MEGABYTE


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_list_of_eighty_items_costs_no_more_queries_than_one_of_one(world: World) -> None:
    amira, colin = world.participant(), world.coach()
    world.allocate(colin, to=amira)

    def add(how_many: int) -> None:
        with world.tool.app.app_context():
            viewer = amira.viewer(Role.PARTICIPANT)
            for number in range(how_many):
                content = Content(
                    f"Lesson {number}", "", date(2026, 1, 1), "MTL1", ("1.1",), pupils="none"
                )
                items.ask_coach(viewer, items.add(viewer, content).id)
            db.session.commit()

    def asked() -> list[int]:
        costs = []
        for person in (amira, colin):
            person.get("evidence")  # what is kept between requests is there then
            with world.tool.app.app_context(), counted() as seen:
                assert person.get("evidence?module=MTL1").status_code == 200
            costs.append(len(seen))
        return costs

    add(1)
    of_one = asked()
    add(79)
    assert "80 items" in text_of(colin.get("evidence"))
    assert asked() == of_one
