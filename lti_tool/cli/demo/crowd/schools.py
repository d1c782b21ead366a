"""Schools in every region with what is said of them, and the universities of the partnership."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lti_tool.cli.demo.crowd.loading import Loader
from lti_tool.people.models import Institution, School, SchoolFlagPeriod
from lti_tool.programme.schools import REGIONS

REGISTERED = ("region", "school_phase")  # by the register; all else was said of a school for a time
UNIVERSITIES = ("Northbridge", "Eastmere", "Southwold")
SAID_BY = "List of the department, autumn"
CHALLENGED = {"national_challenge_support": "yes", "fsm_percent": "41"}
CHALLENGING = {
    "national_challenge_support": "no", "fsm_percent": "34", "leadership_ofsted": "good",
}  # fmt: skip
IN_A_CITY = {
    "national_challenge_support": "no", "in_city_challenge_area": "yes",
    "intensive": "keys_to_success",
}  # fmt: skip
# What is said of the schools, again and again; the rules let nobody in from the last of them,
# unless it is in the North West.
SAID = (CHALLENGED, CHALLENGING, IN_A_CITY, {"fsm_percent": "12"})


@dataclass(frozen=True)
class CrowdSchool:
    """A school as the rules on who may join see it."""

    id: int
    facts: dict[str, str]
    since: date


def add_school(load: Loader, provider_id: int, name: str, number: int, today: date) -> CrowdSchool:
    """A school with its region, and flags since three years ago; before, one was otherwise."""
    said = SAID[number % len(SAID)]
    # Two in five are in the North West, the others in any region.
    region = "north_west" if number % 5 in (0, 3) else tuple(REGIONS)[number % len(REGIONS)]
    phase = "primary" if number % 4 == 0 else "secondary"
    since = today - timedelta(days=3 * 365)
    school = load.add(
        School, provider_id=provider_id, urn=f"{100_000 + number}", name=name,
        phase=phase, region=region,
    )  # fmt: skip
    for flag, value in said.items():
        load.add(
            SchoolFlagPeriod, school_id=school, flag=flag, value=value,
            started_on=since, ended_on=None, source=SAID_BY,
        )  # fmt: skip
    load.add(
        SchoolFlagPeriod, school_id=school, flag="fsm_percent", value="29",
        started_on=since - timedelta(days=365), ended_on=since, source=SAID_BY,
    )  # fmt: skip
    return CrowdSchool(school, {"region": region, "school_phase": phase, **said}, since)


def add_universities(load: Loader, provider_id: int) -> Sequence[int]:
    """The universities that assess, which all copies of a crowd have in common."""
    return [
        load.add(Institution, provider_id=provider_id, name=f"University of {name}")
        for name in UNIVERSITIES
    ]
