"""What stands in the way of forgetting somebody, and from which day something may go."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from lti_tool.cohort.erasure_rules import KeptAs, Standing, due_days, obstacles, years_after
from lti_tool.programme.loader import load_programme
from lti_tool.settings import ROOT
from tests.programme_files import PRESETS

YEARS = {"unsubmitted_evidence": 1, "assessed_work": 1, "regulator_sample": 5, "audit": 6}
SETTLED = Standing()


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"legal_holds": 1}, "legal hold"),
        ({"holds_beside": 1}, "coached or taught"),
        ({"open_holds": 1}, "results are held"),
        ({"open_requests": 2}, "circumstances"),
        ({"on_their_way": 1}, "on its way to a gradebook"),
        ({"current_periods": 1}, "coach or tutor today"),
        ({"unfinished_marking": 1}, "no released mark"),
        ({"is_on_programme": True}, "on the programme"),
        ({"unconfirmed": ("MTL1", "MTL2")}, "MTL1, MTL2"),
        ({"is_lead": True}, "programme lead"),
        ({"is_examiner": True}, "external examiner"),
    ],
)
def test_each_thing_that_is_not_settled_stands_in_the_way(facts: dict[str, Any], word: str) -> None:
    (sentence,) = obstacles(replace(SETTLED, **facts))
    assert word in sentence


def test_whatever_is_settled_may_go_and_all_obstacles_are_told_at_once() -> None:
    assert obstacles(SETTLED) == []
    assert len(obstacles(Standing(1, 1, True, 1, 1, ("MTL1",), 1, 1, 1, True, True))) == 11


def test_what_somebody_does_for_others_does_not_keep_their_own_work() -> None:
    busy = Standing(current_periods=1, unfinished_marking=1, is_lead=True, is_examiner=True)
    assert obstacles(busy.of_work()) == []
    assert obstacles(replace(busy, legal_holds=1).of_work())


def test_nothing_is_due_before_somebody_has_left_or_has_the_award() -> None:
    assert due_days(None, YEARS, has_sample=True) == {}


def test_each_class_runs_out_after_its_years_and_the_name_goes_last() -> None:
    found = due_days(date(2026, 7, 31), YEARS, has_sample=True)
    assert found == {
        KeptAs.UNSUBMITTED: date(2027, 7, 31),
        KeptAs.ASSESSED: date(2027, 7, 31),
        KeptAs.SAMPLE: date(2031, 7, 31),
        KeptAs.AUDIT: date(2032, 7, 31),
    }
    short = due_days(date(2026, 7, 31), {**YEARS, "audit": 1}, has_sample=True)
    assert short[KeptAs.AUDIT] == date(2031, 7, 31)
    assert KeptAs.SAMPLE not in due_days(date(2026, 7, 31), YEARS, has_sample=False)


def test_a_leap_day_is_followed_by_the_first_of_march() -> None:
    assert years_after(date(2028, 2, 29), 1) == date(2029, 3, 1)
    assert years_after(date(2028, 2, 29), 4) == date(2032, 2, 29)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_classes_are_those_of_the_programme_files(preset: str) -> None:
    programme = load_programme(ROOT / "config" / preset)
    assert {each.value for each in KeptAs} == programme.policies["retention"].keys()
