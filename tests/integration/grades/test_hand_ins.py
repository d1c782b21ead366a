"""On Canvas a hand-in is announced once, and SpeedGrader opens the work in the tool."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from requests import Response
from sqlalchemy import func, select, update

from demo_vle.browser import Visitor
from demo_vle.faults import Kind
from demo_vle.state import Cell, Column
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades import announcing, claiming, leases
from lti_tool.grades.models import HandIn
from lti_tool.launch.models import ResourceLink
from tests.integration.evidence import steps
from tests.integration.grades.factories import Released, hand_in, lay_hand_ins_still, release_mark
from tests.pages import check_page
from tests.world import Person, World, text_of

BOUND = 20
NAMES = [column.name for column in HandIn.__table__.columns]


@dataclass
class Handed:
    """Handed-in work, followed from the tool into the VLE's SpeedGrader."""

    world: World
    amira: Person
    attempt_id: int

    def row(self) -> dict[str, Any]:
        with self.world.tool.app.app_context():
            found = db.session.scalars(
                select(HandIn).where(HandIn.attempt_id == self.attempt_id)
            ).one()
            return {name: getattr(found, name) for name in NAMES}

    def announce(self, **options: Any) -> None:
        """What the worker does when it is woken."""
        with self.world.tool.app.app_context():
            lay_hand_ins_still(self.amira.course_id)
            announcing.announce_due(**options)

    def make_due(self) -> None:
        """As if the pause before the next try were over."""
        with self.world.tool.app.app_context():
            db.session.execute(
                update(HandIn)
                .where(HandIn.attempt_id == self.attempt_id, HandIn.state == "queued")
                .values(due_at=now())
            )
            db.session.commit()

    def settle(self) -> dict[str, Any]:
        """Try until nothing more happens by itself."""
        until = time.monotonic() + BOUND
        self.announce()
        while self.row()["state"] in {"queued", "sending"}:
            assert time.monotonic() < until, f"Not settled: {self.row()}"
            self.make_due()
            self.announce()
        return self.row()

    def column(self) -> Column:
        site = self.world.vle.site
        with self.world.tool.app.app_context():
            code = db.session.get_one(Attempt, self.attempt_id).module_code
        columns = site.columns_of(site.courses[self.world.course.id])
        (found,) = [each for each in columns if each.resource_id == code]
        return found

    def cell(self) -> Cell:
        return self.column().cells[self.amira.visitor.person.id]

    def posts(self) -> list[int | None]:
        """The statuses of the score posts about the participant."""
        return [
            request.status
            for request in self.world.vle.site.requests
            if request.service == "scores" and request.person_id == self.amira.visitor.person.id
        ]

    def speed_grade(self, visitor: Visitor, **options: Any) -> Response:
        """Open it from the gradebook."""
        return visitor.speed_grade(
            self.world.course, self.column(), self.amira.visitor.person, **options
        )

    def open_as(self, world: World, visitor: Visitor) -> Response:
        """Somebody who got hold of the address launches it from where they are."""
        address = self.cell().submissions[-1]["data"]
        placed = world.vle.site.place(world.course, "A link", custom={}, url=address)
        return visitor.launch(placed)


def handed_in(world: World, module: str = "MTL1", *, opens: str = "MTL1") -> Handed:
    amira = world.participant(opens=opens)
    return Handed(world, amira, hand_in(amira, module, is_announced=False))


@pytest.mark.canvas
def test_work_that_is_submitted_is_announced_once_with_its_time_and_address(world: World) -> None:
    amira = world.participant(opens="MTL1")
    steps.submit(amira, steps.added(amira))
    with world.tool.app.app_context():
        participant = amira.participant_id()
        attempt = db.session.scalars(
            select(Attempt).where(Attempt.participant_id == participant)
        ).one()
        submitted_at = attempt.submitted_at
    one = Handed(world, amira, attempt.id)
    assert one.settle()["state"] == "sent"
    one.announce()
    (told,) = one.cell().submissions
    assert (told["type"], one.posts()) == ("basic_lti_launch", [200])
    assert told["data"].startswith(f"{world.tool.url}/lti/launch?hand_in=")
    seen_at = datetime.fromtimestamp(told["submitted_at"], UTC)
    assert abs(seen_at - submitted_at) < timedelta(milliseconds=1)
    assert one.cell().score is None


@pytest.mark.canvas
def test_speedgrader_opens_the_work_for_the_tutor(world: World) -> None:
    one = handed_in(world)
    one.settle()
    page = one.speed_grade(world.visitor("Tessa Grant", "tutor"))
    assert page.url.endswith(f"/courses/{one.amira.course_id}/marking/{one.attempt_id}")
    assert "Amira Khan" in text_of(page)
    check_page(page, 200)


@pytest.mark.canvas
def test_such_a_launch_makes_and_changes_no_link(world: World) -> None:
    one = handed_in(world)
    one.settle()
    query = (
        select(ResourceLink.resource_link_id, ResourceLink.opens, ResourceLink.lineitem_url)
        .where(ResourceLink.course_id == one.amira.course_id)
        .order_by(ResourceLink.id)
    )
    with world.tool.app.app_context():
        before = [tuple(row) for row in db.session.execute(query)]

    def of_another_link(claims: dict[str, Any], _header: dict[str, Any]) -> None:
        lti = "https://purl.imsglobal.org/spec/lti/claim/"
        claims[lti + "resource_link"] = {"id": world.placement("MTL1").resource_link_id}
        claims[lti + "custom"] = {"mtl": "coach-evidence"}

    tutor = world.visitor("Tessa Grant", "tutor")
    page = one.speed_grade(tutor, tamper=of_another_link)
    assert page.url.endswith(f"/marking/{one.attempt_id}")
    assert one.speed_grade(tutor).url.endswith(f"/marking/{one.attempt_id}")
    with world.tool.app.app_context():
        assert [tuple(row) for row in db.session.execute(query)] == before


@pytest.mark.canvas
def test_the_participant_themself_sees_the_module(world: World) -> None:
    one = handed_in(world)
    one.settle()
    page = one.open_as(world, one.amira.visitor)
    assert page.url.endswith(f"/courses/{one.amira.course_id}/modules/MTL1")
    check_page(page, 200)


@pytest.mark.canvas
@pytest.mark.parametrize("role", ["participant", "coach"])
def test_the_address_lets_nobody_else_of_the_course_in(world: World, role: str) -> None:
    one = handed_in(world)
    one.settle()
    page = one.open_as(world, world.visitor("Noor Aziz", role))
    assert "There is no such submission" in check_page(page, 404).get_text()
    assert "Amira" not in page.text


@pytest.mark.canvas
def test_the_address_lets_a_tutor_of_another_course_see_nothing(world: World) -> None:
    one = handed_in(world)
    one.settle()
    elsewhere = World(world.tool, world.vle)
    page = one.open_as(elsewhere, elsewhere.visitor("Theo Marsh", "tutor"))
    assert "There is no such submission" in check_page(page, 404).get_text()


@pytest.mark.canvas
def test_an_address_that_nobody_gave_out_leads_to_a_page(world: World) -> None:
    address = f"{world.tool.url}/lti/launch?hand_in=guessed"
    placed = world.vle.site.place(world.course, "A link", custom={}, url=address)
    check_page(world.visitor("Tessa Grant", "tutor").launch(placed), 404)


@pytest.mark.canvas
def test_while_the_gradebook_is_off_the_hand_in_waits_and_arrives_once(world: World) -> None:
    one = handed_in(world)
    world.vle.site.gradebook_off(600)
    one.announce()
    assert one.row()["state"] == "queued"
    assert one.row()["due_at"] > now()
    world.vle.site.gradebook_on()
    assert one.settle()["state"] == "sent"
    assert (len(one.cell().submissions), one.posts().count(200)) == (1, 1)


@pytest.mark.canvas
@pytest.mark.parametrize(("fault", "posts"), [("drop_before", 1), ("drop_after", 0)])
def test_a_connection_that_breaks_at_the_post_opens_one_attempt(
    world: World, fault: Kind, posts: int
) -> None:
    one = handed_in(world)
    world.vle.site.faults.add("scores", fault, times=1)
    one.announce()
    assert one.row()["state"] == "queued"
    assert one.settle()["state"] == "sent"
    assert one.posts().count(200) == posts
    assert len(one.cell().submissions) == 1


@pytest.mark.canvas
def test_a_crash_between_the_post_and_its_commit_opens_no_second_attempt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = handed_in(world)

    def crash(*_words: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(announcing.leases, "give_back", crash)
        with pytest.raises(KeyboardInterrupt):
            one.announce(life=timedelta(seconds=1))
    assert one.row()["state"] == "sending"
    with world.tool.app.app_context():
        over = now() - timedelta(seconds=1)
        db.session.execute(update(HandIn).values(lease_until=over).where(HandIn.lease.is_not(None)))
        db.session.commit()
    assert one.settle()["state"] == "sent"
    assert (one.posts(), len(one.cell().submissions)) == ([200], 1)


@pytest.mark.canvas
def test_where_nothing_tells_whether_it_arrived_it_is_not_sent_again(world: World) -> None:
    one = handed_in(world)
    tessa = world.tutor()
    release_mark(tessa, one.attempt_id, 64)
    assert Released(world, one.amira, tessa, one.attempt_id).settle()["state"] == "confirmed"
    world.vle.site.faults.add("scores", "drop_after", times=1)
    failed = one.settle()
    assert failed["state"] == "failed"
    assert "Look in SpeedGrader" in failed["reason"]
    assert (one.cell().score, len(one.cell().submissions)) == (64, 1)
    page = tessa.get(f"marking/{one.attempt_id}")
    tessa.submit(page, form="#announce", button=("action", "announce"))
    assert one.settle()["state"] == "sent", "A person has looked and decides."


@pytest.mark.canvas
@pytest.mark.parametrize("mark", [0, 64])
def test_a_mark_after_the_hand_in_is_confirmed_and_opens_no_attempt(
    world: World, mark: int
) -> None:
    one = handed_in(world)
    tessa = world.tutor()
    one.settle()
    release_mark(tessa, one.attempt_id, mark)
    given = Released(world, one.amira, tessa, one.attempt_id)
    assert given.settle()["state"] == "confirmed"
    assert given.delivery()["stamp"] > one.row()["stamp"]
    assert (one.cell().score, len(one.cell().submissions)) == (mark, 1)


@pytest.mark.canvas
def test_a_hand_in_after_the_mark_leaves_the_mark(world: World) -> None:
    one = handed_in(world)
    tessa = world.tutor()
    release_mark(tessa, one.attempt_id, 0)
    given = Released(world, one.amira, tessa, one.attempt_id)
    assert given.settle()["state"] == "confirmed"
    assert one.settle()["state"] == "sent"
    assert (one.cell().score, len(one.cell().submissions)) == (0, 1)


@pytest.mark.canvas
def test_a_mark_does_not_overtake_a_hand_in_that_is_about_to_go(world: World) -> None:
    one = handed_in(world)
    tessa = world.tutor()
    with world.tool.app.app_context():
        lay_hand_ins_still(one.amira.course_id)
    release_mark(tessa, one.attempt_id, 64)
    given = Released(world, one.amira, tessa, one.attempt_id)
    assert given.send()["state"] == "queued"
    assert one.settle()["state"] == "sent"
    assert given.settle()["state"] == "confirmed"


@pytest.mark.canvas
def test_a_mark_that_a_crash_left_in_hand_and_its_hand_in_do_not_wait_for_each_other(
    world: World,
) -> None:
    one = handed_in(world)
    tessa = world.tutor()
    release_mark(tessa, one.attempt_id, 64)
    with world.tool.app.app_context():
        assert claiming.claim(timedelta(seconds=-1)) is not None
        lay_hand_ins_still(one.amira.course_id)
    given = Released(world, one.amira, tessa, one.attempt_id)
    assert given.send()["state"] == "confirmed"
    assert one.settle()["state"] == "sent"
    assert (one.cell().score, len(one.cell().submissions)) == (64, 1)


@pytest.mark.canvas
def test_a_hand_in_waits_while_a_mark_of_its_cell_is_in_hand(world: World) -> None:
    one = handed_in(world)
    tessa = world.tutor()
    release_mark(tessa, one.attempt_id, 64)
    with world.tool.app.app_context():
        in_hand = claiming.claim(timedelta(seconds=60))
        assert in_hand is not None
        one.announce()
        assert (one.row()["state"], one.posts()) == ("queued", [])
        leases.give_back(in_hand, "queued")
    assert one.settle()["state"] == "sent"


@pytest.mark.canvas
def test_several_workers_open_one_attempt(world: World) -> None:
    several = [handed_in(world) for _ in range(3)]

    def work() -> None:
        with world.tool.app.app_context():
            announcing.announce_due()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in several:
        assert one.settle()["state"] == "sent"
        assert (one.posts(), len(one.cell().submissions)) == ([200], 1)


@pytest.mark.canvas
def test_each_module_is_announced_in_its_own_column(world: World) -> None:
    first = handed_in(world)
    second = Handed(world, first.amira, hand_in(first.amira, "MTL2", is_announced=False))
    assert (first.settle()["state"], second.settle()["state"]) == ("sent", "sent")
    assert first.column().id != second.column().id
    tutor = world.visitor("Tessa Grant", "tutor")
    for one in (first, second):
        assert len(one.cell().submissions) == 1
        assert one.speed_grade(tutor).url.endswith(f"/marking/{one.attempt_id}")


@pytest.mark.canvas
def test_the_attempts_are_used_up_and_the_tutor_is_told(world: World) -> None:
    one = handed_in(world)
    one.column().extra["allowed_attempts"] = 0
    failed = one.settle()
    assert failed["state"] == "failed"
    assert "attempts" in failed["reason"]
    tessa = world.tutor()
    assert "attempts" in text_of(tessa.get(f"marking/{one.attempt_id}"))
    assert "SpeedGrader" in text_of(tessa.get("marking"))


@pytest.mark.canvas
def test_a_tutor_has_it_announced_again(world: World) -> None:
    one = handed_in(world)
    tessa = world.tutor()
    world.vle.site.faults.add("scores", "status", status=403, times=1)
    assert one.settle()["state"] == "failed"
    page = tessa.get(f"marking/{one.attempt_id}")
    tessa.submit(page, form="#announce", button=("action", "announce"))
    assert one.settle()["state"] == "sent"
    assert "#announce" not in tessa.get(f"marking/{one.attempt_id}").text
    assert len(one.cell().submissions) == 1


@pytest.mark.canvas
def test_without_a_public_address_the_row_says_so_and_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = handed_in(world)
    runtime = announcing.runtime

    def nameless() -> Any:
        found = runtime()
        return replace(found, settings=replace(found.settings, public_url=None))

    with monkeypatch.context() as patched:
        patched.setattr(announcing, "runtime", nameless)
        one.announce()
    waiting = one.row()
    assert waiting["state"] == "queued"
    assert "PUBLIC_URL" in waiting["reason"]
    assert one.settle()["state"] == "sent"


def test_moodle_is_told_nothing_as_that_would_erase_a_mark(world: World) -> None:
    one = handed_in(world)
    one.announce()
    assert one.posts() == []
    with world.tool.app.app_context():
        query = select(func.count()).where(HandIn.attempt_id == one.attempt_id)
        assert db.session.scalar(query) == 0


@pytest.mark.canvas
def test_a_mark_is_stamped_later_than_its_hand_in_though_both_come_at_once(world: World) -> None:
    one = handed_in(world)
    tessa = world.tutor()
    one.settle()
    ahead = now() + timedelta(seconds=2)
    with world.tool.app.app_context():
        db.session.execute(
            update(HandIn).where(HandIn.attempt_id == one.attempt_id).values(stamp=ahead)
        )
        db.session.commit()
    release_mark(tessa, one.attempt_id, 64)
    waiting = Released(world, one.amira, tessa, one.attempt_id).send()
    assert (waiting["state"], waiting["due_at"]) == ("queued", ahead + timedelta(seconds=1))
