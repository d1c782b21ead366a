"""Schools, universities, posts, moves, pauses, and those who support the people of the demo."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from lti_tool.cli.demo.cast import Cast, told
from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.identity import Viewer
from lti_tool.people import (
    allocations,
    coach_links,
    head_teachers,
    moves,
    participation,
    schools,
    starting,
    training,
)
from lti_tool.people.models import Institution, Participant, School, User


class Places:
    """The partnership: where somebody can be, and who goes where."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._story = told("places")
        self.schools = {one["key"]: self._school(one) for one in self._story["schools"]}
        there = {each.name: each for each in schools.list_institutions(cast.lead)}
        # A crowd that was there before has brought some of them.
        self._universities = [
            there.get(name) or schools.add_institution(cast.lead, name)
            for name in self._story["universities"]
        ]
        for coach, one in zip(cast.coaches, self._story["training"], strict=False):
            training.record_training(
                cast.lead, db.session.get_one(User, coach.user_id), days_ago(one["days_ago"]),
                one["standard"], days_ago(-one["refresh_in"]),
            )  # fmt: skip

    def settle(self, viewer: Viewer, number: int) -> None:
        """One participant's post, start, pauses, coach and tutor, in the order of the days."""
        people = self._story["people"]
        story = people[number] if number < len(people) else {**people[number % 4]}
        participant = self._cast.record_of(viewer)
        lead = self._cast.lead
        school = self.schools[story["school"]]
        moves.move_school(viewer, participant, school, days_ago(story["since"]), post=story["post"])
        self._assess(participant, story)
        if story.get("starts", True):
            starting.start(self._cast.tutor_for(viewer), participant, participant.enrolled_on)
        self._support(viewer, participant, story)
        for pause in story.get("pauses", []):
            participation.pause(viewer, participant, pause["reason"], days_ago(pause["from"]))
            if "to" in pause:
                participation.resume(viewer, participant, days_ago(pause["to"]))
        if "also" in story:
            moves.add_setting(viewer, participant, self.schools[story["also"]], days_ago(60))
        if "moves" in story:
            move = story["moves"]
            there = self.schools[move["to"]]
            day = days_ago(move["days_ago"])
            moves.move_school(lead, participant, there, day, post=move["post"])

    def change_now(self, viewer: Viewer, number: int) -> None:
        """What happens last, so that everything before was done with those who were there."""
        people = self._story["people"]
        story = people[number] if number < len(people) else {}
        participant = self._cast.record_of(viewer)
        if "left_days_ago" in story:
            moves.leave_school(viewer, participant, days_ago(story["left_days_ago"]))
            for coach in allocations.current_allocations(participant, "coach"):
                allocations.end_allocation(self._cast.lead, coach)
        if (invited := story.get("invited")) is not None:
            tutor = self._cast.tutor_for(viewer)
            coach_links.invite_coach(tutor, participant, invited["name"], invited["address"])

    def invite_head(self) -> None:
        """The head teacher of one school gets a page."""
        head = self._story["head"]
        school = self.schools[head["school"]]
        head_teachers.invite_head(self._cast.lead, school, head["name"], head["address"])

    def _school(self, one: dict[str, Any]) -> School:
        lead = self._cast.lead
        made = schools.add_school(lead, one["urn"], one["name"], one["phase"], one["region"])
        db.session.flush()
        for flag, value in one["flags"].items():
            schools.flag_school(
                lead, made, flag, value, "The region’s list of autumn", days_ago(400)
            )
        return made

    def _assess(self, participant: Participant, story: dict[str, Any]) -> None:
        lead, first = self._cast.lead, self._universities[0]
        moves.move_university(lead, participant, first, participant.enrolled_on)
        if "university" in story:
            later: Institution = self._universities[story["university"]["to"]]
            day = days_ago(story["university"]["days_ago"])
            moves.move_university(lead, participant, later, day)

    def _support(self, viewer: Viewer, participant: Participant, story: dict[str, Any]) -> None:
        lead, since = self._cast.lead, participant.enrolled_on
        coach, tutor = self._cast.coach_for(viewer), self._cast.tutor_for(viewer)
        basis = story.get("basis", "own_school")
        allocations.allocate(lead, participant, coach.user_id, "coach", on=since, basis=basis)
        allocations.allocate(lead, participant, tutor.user_id, "tutor", on=since)


def days_ago(days: int) -> date:
    """A day counted back from today; ahead where the number is below 0."""
    return today() - timedelta(days=days)
