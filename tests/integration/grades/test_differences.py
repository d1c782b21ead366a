"""A gradebook that says something else later is told to staff, who say what counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from requests import Response
from sqlalchemy import select, update

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.grades import drift
from lti_tool.grades.models import Delivery
from lti_tool.grades.release_models import GradebookDifference
from tests.integration.grades.factories import Released, released
from tests.world import World, soup, text_of

ONE_STORE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)


def look_again(one: Released) -> None:
    """As if its days were over, and nobody else's."""
    number = one.delivery()["id"]
    with one.world.tool.app.app_context():
        later = now() + timedelta(days=1)
        settled = Delivery.state == "confirmed"
        db.session.execute(update(Delivery).where(settled).values(check_at=later))
        mine = Delivery.id == number
        db.session.execute(update(Delivery).where(mine).values(check_at=now()))
        db.session.commit()
        drift.check_due()


def differences_of(one: Released) -> list[tuple[str, str]]:
    number = one.delivery()["id"]
    with one.world.tool.app.app_context():
        rows = db.session.scalars(
            select(GradebookDifference)
            .where(GradebookDifference.delivery_id == number)
            .order_by(GradebookDifference.id)
        )
        return [(row.state, row.says) for row in rows]


def answer(one: Released, action: str, reason: str = "") -> Response:
    page = one.tessa.get("deliveries/differences")
    form = "form:has([name=difference])"
    return one.tessa.submit(page, {"reason": reason}, button=("action", action), form=form)


def spoil(one: Released, score: float) -> None:
    one.world.vle.site.override(one.column(), one.amira.visitor.person, score)


def test_a_difference_is_found_on_schedule_told_once_and_sent_again(world: World) -> None:
    one, lena = released(world, 64), world.lead()
    one.settle()
    look_again(one)
    assert differences_of(one) == []
    one.cell().score = 12
    look_again(one)
    look_again(one)
    assert differences_of(one) == [("open", "The gradebook shows 12 out of 100 instead.")]
    assert one.posts() == [200]
    assert "no longer show what was released" in text_of(lena.get("cohort"))
    assert "1 cell shows something else since" in text_of(one.tessa.get("deliveries"))
    assert "will be sent again" in text_of(answer(one, "resend"))
    assert one.settle()["state"] == "confirmed"
    assert one.cell().score == 64
    assert [state for state, _ in differences_of(one)] == ["sent_again"]


@ONE_STORE
def test_a_difference_is_accepted_with_a_reason_and_told_again_only_if_it_changes(
    world: World,
) -> None:
    one = released(world, 64)
    one.settle()
    spoil(one, 12)
    look_again(one)
    assert "Say why" in text_of(answer(one, "accept", " "))
    assert "stays as it is" in text_of(answer(one, "accept", "Agreed with the registry."))
    look_again(one)
    assert [state for state, _ in differences_of(one)] == ["accepted"]
    spoil(one, 13)
    look_again(one)
    assert [state for state, _ in differences_of(one)] == ["accepted", "open"]
    one.cell().score = 64
    look_again(one)
    assert [state for state, _ in differences_of(one)] == ["accepted", "gone"]


@ONE_STORE
def test_a_platform_that_is_away_is_asked_again_later_and_nothing_is_said(world: World) -> None:
    one = released(world, 64)
    one.settle()
    world.vle.site.gradebook_off(600)
    look_again(one)
    world.vle.site.gradebook_on()
    assert differences_of(one) == []
    assert timedelta(minutes=50) < one.delivery()["check_at"] - now() < timedelta(hours=1)


@ONE_STORE
def test_a_difference_is_answered_only_by_staff_who_see_the_participant(world: World) -> None:
    one = released(world, 64)
    one.settle()
    spoil(one, 12)
    look_again(one)
    stranger = World(world.tool, world.vle).tutor()
    assert soup(stranger.get("deliveries/differences")).select("[data-difference]") == []
    assert one.amira.get("deliveries/differences").status_code == 403


@ONE_STORE
def test_deliveries_are_filtered_by_module_person_and_state_and_failed_ones_sent_together(
    world: World,
) -> None:
    one, two = released(world, 61), released(world, 62)
    world.vle.site.faults.add("scores", "status", status=422, times=2)
    assert [each.settle()["state"] for each in (one, two)] == ["failed", "failed"]
    lena = world.lead()

    def rows(query: str) -> set[str]:
        found = soup(lena.get(f"deliveries?{query}")).select("tr[data-delivery]")
        return {str(row["data-delivery"]) for row in found}

    mine = {str(each.delivery()["id"]) for each in (one, two)}
    here = f"course={lena.course_id}"
    assert rows(f"{here}&state=failed&module=MTL1") == mine
    assert rows(f"{here}&module=MTL2") == set()
    assert rows(f"{here}&q=amira+khan") == mine
    assert rows(f"{here}&q=nobody+of+this+name") == set()
    page = lena.get(f"deliveries?{here}&state=failed")
    done = lena.submit(
        page, button=("action", "retry_failed"), form="form:has([value=retry_failed])"
    )
    assert "2 marks will be sent again." in text_of(done)
    assert [each.settle()["state"] for each in (one, two)] == ["confirmed", "confirmed"]
