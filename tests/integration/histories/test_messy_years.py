"""A pause, a move, a new coach, a new tutor and another framework, in the years of one person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from lti_tool.clock import LONDON, now, today
from lti_tool.db import db
from lti_tool.evidence.models import Attempt, Attestation
from lti_tool.people import allocations, moves, participation
from lti_tool.people.models import Allocation, Participant, School
from lti_tool.people.programmes import programme_of
from lti_tool.programme.timing import window
from tests.integration.cohort.story import add_evidence, submit_module
from tests.integration.cohort.story import attest as attest_titled
from tests.integration.cohort.test_adoption import LATER, Here, confirm, preview, version_of
from tests.integration.cohort.test_my_record import download, told
from tests.integration.grades.factories import release_mark
from tests.integration.histories.lives import Watched
from tests.integration.learning.planning import agree, diagnose, note_talk, path, set_target
from tests.integration.people.test_places import DAY, add_school, events, places, tell
from tests.pages import check_page
from tests.programme_files import PRESETS
from tests.tool_server import RunningTool
from tests.world import Person, World, soup, text_of


class Years(Watched):
    """What is kept of one participant's way, from the day on which she enrolled."""

    def __init__(self, world: World, publish: Callable[[], int]) -> None:
        self.world = world
        self.publish = publish
        self.begun = now()
        self.first_day = today()
        self.amira, self.lead = world.participant(), world.lead()
        self.colin, self.nora = world.coach(), world.coach("Nora Blake")
        self.tessa, self.otto = world.tutor(), world.tutor("Otto Vale")
        super().__init__(world.tool.app, self.amira.participant_id())

    @contextmanager
    def after(self, days: int, *people: Person) -> Iterator[date]:
        """Some days later; whoever acts then has come in again, as their session is over."""
        noon = datetime.combine(self.first_day + timedelta(days=days), time(12), LONDON)
        with time_machine.travel(noon, tick=True):
            for person in people:
                coaches = person in (self.colin, self.nora)
                person.launch("coach-evidence" if coaches else "progress")
            yield today()
            self.check()

    def ask(self, of: Any) -> Any:
        """Something about the participant's row, read in a transaction of its own."""
        with self.app.app_context():
            return of(db.session.get_one(Participant, self.id))


@pytest.fixture
def years(shared_tool: RunningTool, tools: dict[str, Any], tmp_path: Path) -> Years:
    here = Here(shared_tool, tools, Path("config") / PRESETS[0])
    here.folder = tmp_path
    return Years(here.world(), partial(here.publish, *LATER))


def test_messy_years_lose_nothing_and_attribute_nothing_anew(years: Years) -> None:
    schools = begin(years)
    kept = {"attempts": attempts_of(years), "signed": signed_by(years)}
    rest(years)
    go_on_elsewhere(years, schools[1])
    assert attempts_of(years) == kept["attempts"]
    assert signed_by(years)[:1] == kept["signed"]
    assert [name for name, _ in signed_by(years)] == ["Colin Hughes", "Nora Blake"]
    whose_days(years)
    with years.after(210, years.amira):
        taken_home(years)


def begin(years: Years) -> list[str]:
    """The first weeks: a school, a coach, a plan, a talk, evidence, and a module handed in."""
    amira, colin, lead = years.amira, years.colin, years.lead
    urns = [add_school(lead, name) for name in ("Hope High", "Brook Primary")]
    start = date(years.first_day.year, 9, 1)
    tell(lead, amira, "facts", {"window_rule": "nqt"}, teaching_from=start, induction_from=start)
    assert tell(amira, amira, "move", {"school": urns[0]}, on=years.first_day) == []
    years.world.allocate(colin, to=amira)
    years.world.allocate(years.tessa, to=amira, kind="tutor")
    diagnose(amira, amira)
    check_page(agree(colin, amira), 200)
    set_target(amira, amira)
    check_page(note_talk(colin, amira), 200)
    add_evidence(amira, "Before the pause", ask=True)
    attest_titled(colin, "Before the pause")
    submit_module(amira)
    release_mark(years.tessa, attempts_of(years)[0][0], 64)
    years.check()
    return urns


def rest(years: Years) -> None:
    """Parental leave of 120 days, in which the coach goes and the framework changes."""
    amira, lead = years.amira, years.lead
    with years.after(40, amira) as day:
        assert tell(amira, amira, "pause", {"reason": "parental_leave"}, on=day) == []
    with years.after(100, lead):
        page = lead.get(f"participants/{years.id}")
        ends = 'form:has([value="cancel"]):-soup-contains("Colin Hughes as coach")'
        check_page(lead.submit(page, button=("action", "cancel"), form=ends), 200)
        assert years.ask(allocations.current_coach) is None
        confirm(lead, preview(lead, years.publish(), amira))
        assert version_of(amira) == "2.0"


def go_on_elsewhere(years: Years, urn: str) -> None:
    """Back at another school, which says so itself; with another coach and another tutor."""
    amira, nora, colin = years.amira, years.nora, years.colin
    with years.after(160, amira) as day:
        assert tell(amira, amira, "resume", on=day) == []
    with years.after(165, amira, nora, colin, years.lead, years.otto) as day:
        with years.app.app_context():
            school = db.session.scalars(select(School).where(School.urn == urn)).one()
            number = db.session.get_one(Participant, years.id).candidate_number
            moves.complete_move(school, number, "Khan", day)
            db.session.commit()
        years.world.allocate(nora, to=amira)
        years.world.allocate(years.otto, to=amira, kind="tutor")
        nora.launch("coach-evidence")
        add_evidence(amira, "At the new school", module="MTL2A", ask=True)
        attest_titled(nora, "At the new school")
        assert colin.get(f"participants/{years.id}").status_code in {403, 404}
        check_page(nora.get(path(amira, "dialogue")), 200)
        assert "Colin Hughes" in text_of(nora.page)
        assert "Try exit tickets" in text_of(nora.get(path(amira)))
        assert "64" not in text_of(nora.get(f"participants/{years.id}"))


def whose_days(years: Years) -> None:
    """Every day keeps the school and the coach that it had; the pause was added to the window."""

    def named(found: Any) -> str | None:
        return found.name if found else None

    def of(amira: Participant) -> list[tuple[str | None, str | None]]:
        days = [years.first_day + each * DAY for each in (0, 99, 120, 164, 165)]
        return [
            (named(moves.school_on(amira, day)), named(allocations.coach_on(amira, day)))
            for day in days
        ]

    assert years.ask(of) == [
        ("Hope High", "Colin Hughes"), ("Hope High", "Colin Hughes"), ("Hope High", None),
        ("Hope High", None), ("Brook Primary", "Nora Blake"),
    ]  # fmt: skip
    with time_machine.travel(years.begun + timedelta(days=200), tick=True):
        assert years.ask(window_longer_by) == 120


def window_longer_by(amira: Participant) -> int:
    """By how many days the pauses have moved the end of the window."""
    career, programme = participation.career_of(amira), programme_of(amira)
    pauses = participation.pauses_of([amira.id])[amira.id]
    plain = window(programme, career, today=today()).ends_on
    rested = window(programme, career, pauses, today=today()).ends_on
    assert plain is not None
    assert rested is not None
    return (rested - plain).days


def taken_home(years: Years) -> None:
    """Pages, history and the record that she takes with her say the same."""
    amira = years.amira
    assert "Brook Primary" in places(amira, amira)
    happened = events(amira)
    for event in (
        "participant.paused", "participant.resumed", "programme.adopted", "module.submitted",
        "attestation.signed", "grade.released",
    ):  # fmt: skip
        assert event in happened, happened
    assert happened.count("school_period.started") == 2
    assert happened.count("allocation.ended") == 1
    history = text_of(amira.get(f"participants/{years.id}/history"))
    assert "changed the version of the programme" in history
    data = told(download(amira))
    coaches = {each["user"] for each in data["coaches_and_tutors"]}
    assert coaches == {"Colin Hughes", "Nora Blake", "Tessa Grant", "Otto Vale"}
    assert [each["mark"] for each in data["marks"]] == [64]
    assert soup(amira.get("progress")).select_one("h1") is not None


def attempts_of(years: Years) -> list[tuple[int, str]]:
    with years.app.app_context():
        query = select(Attempt).where(Attempt.participant_id == years.id).order_by(Attempt.id)
        return [(each.id, each.root_hash) for each in db.session.scalars(query)]


def signed_by(years: Years) -> list[tuple[str, str]]:
    """Who vouched for what, with whom the period behind each signature agrees."""
    with years.app.app_context():
        query = (
            select(Attestation, Allocation)
            .join(Allocation, Allocation.id == Attestation.allocation_id)
            .where(Allocation.participant_id == years.id)
            .order_by(Attestation.id)
        )
        found = db.session.execute(query).all()
        assert all(signed.coach_id == period.user_id for signed, period in found)
        return [(signed.coach.name, signed.content_hash) for signed, _ in found]
