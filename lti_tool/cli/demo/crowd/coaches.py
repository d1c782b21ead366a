"""What coaches were trained in: most are, some have to refresh it, a few never were."""

from __future__ import annotations

from datetime import datetime, timedelta

from lti_tool.cli.demo.crowd.loading import Loader
from lti_tool.people.models import CoachTraining

STANDARD = "Two days with the university"


def train(load: Loader, coach_id: int, number: int, moment: datetime) -> None:
    """The training of a coach, by their number: every ninth has none, every sixth an old one."""
    if number % 9 == 0:
        return
    days = 900 if number % 6 == 0 else 250
    trained_on = moment.date() - timedelta(days=days)
    load.add(
        CoachTraining, user_id=coach_id, trained_on=trained_on, standard=STANDARD,
        refresh_due_on=trained_on + timedelta(days=730),
    )  # fmt: skip
