"""The lead's look over everybody: needed first, filtered, grouped, in figures, and kept."""

from __future__ import annotations

import csv
import io
import secrets
from datetime import date

import pytest
from sqlalchemy import select

from lti_tool.clock import today
from lti_tool.cohort import figures
from lti_tool.cohort.filters import Filters
from lti_tool.cohort.heat import Counted, spots_of
from lti_tool.db import db
from lti_tool.identity import Role
from lti_tool.people import moves
from lti_tool.people.models import Participant, School
from lti_tool.programme.definition import Level
from lti_tool.programme.loader import load_programme
from lti_tool.settings import ROOT
from tests.integration.cohort.story import add_evidence
from tests.integration.cohort.test_attention import change
from tests.integration.cohort.test_participants import names_on
from tests.integration.people.test_places import add_school
from tests.pages import check_page
from tests.world import World, text_of


def test_a_lead_filters_keeps_the_filter_and_hands_the_chosen_to_a_coach(world: World) -> None:
    word = f"Zq{secrets.token_hex(4)}"
    amira, ben = world.participant(f"Amira {word}"), world.participant(f"Ben {word}")
    coach, lead = world.coach(), world.lead()
    world.allocate(coach, to=amira)
    check_page(lead.get(f"cohort?q={word}"), 200)
    assert names_on(lead.page) == [f"Ben {word}", f"Amira {word}"]
    keep = "form:has(#name)"
    lead.submit(lead.page, {"name": ""}, form=keep)
    assert "Enter a name for these filters." in text_of(lead.page)
    lead.submit(lead.page, {"name": "Mine"}, form=keep)
    assert "Kept as “Mine”" in text_of(lead.page)
    other = world.lead("Olga Frei")
    assert "Mine" not in text_of(other.get("cohort"))
    page = check_page(lead.get("cohort"), 200)
    link = page.find("a", string="Mine")
    assert link is not None
    assert f"q={word}" in str(link["href"])
    lead.submit(lead.page, form="form[action$='/remove']")
    assert "“Mine” is removed." in text_of(lead.page)
    chosen = check_page(lead.get(f"allocations?participant={ben.participant_id()}"), 200)
    ticked = chosen.select("input[name=participant][checked]")
    assert [box["value"] for box in ticked] == [str(ben.participant_id())]


def test_those_without_a_school_tutor_or_cohort_are_a_group_that_opens(world: World) -> None:
    word = f"Zq{secrets.token_hex(4)}"
    lead = world.lead()
    amira, ben = world.participant(f"Amira {word}"), world.participant(f"Ben {word}")
    for key in ("school", "tutor", "cohort"):
        page = check_page(lead.get(f"cohort/groups?by={key}&q={word}"), 200)
        row = page.select_one('tr[data-group=""]')
        assert row is not None
        assert row.select("td")[0].get_text() == "2"
        link = row.select_one("a")
        assert link is not None
        assert link.get_text() == f"No {key}"
        asked = str(link["href"]).partition("?")[2]
        assert f"{key}=none" in asked
        lead.get(f"cohort?{asked}")
        assert sorted(names_on(lead.page)) == [amira.name, ben.name]
    change(amira, {"cohort": f"Autumn {word}"})
    world.allocate(world.tutor(), to=amira, kind="tutor")
    urn = add_school(lead, "Hill School")
    with world.tool.app.app_context():
        participant = db.session.get_one(Participant, amira.participant_id())
        school = db.session.scalars(select(School).where(School.urn == urn)).one()
        moves.move_school(lead.viewer(Role.LEAD), participant, school, today(), post="teacher")
        db.session.commit()
    for key in ("school", "tutor", "cohort"):
        check_page(lead.get(f"cohort?{key}=none&q={word}"), 200)
        assert names_on(lead.page) == [ben.name], key
        lead.get(f"cohort/groups.csv?by={key}&{key}=none&q={word}")
        rows = list(csv.reader(io.StringIO(lead.page.text)))
        assert {tuple(line[:2]) for line in rows[1:]} == {("none", "1")}


def test_groups_and_figures_count_everybody_and_go_out_as_files(world: World) -> None:
    cohort = f"=Spring {secrets.token_hex(4)}"
    amira, lead = world.participant(), world.lead()
    add_evidence(amira, "The first")
    change(amira, {"cohort": cohort})
    for kind in ("cohort", "school", "tutor"):
        check_page(lead.get(f"cohort/groups?by={kind}"), 200)
    page = check_page(
        lead.get("cohort/groups?reached=planned&cohort=" + cohort.replace("=", "%3D")), 200
    )
    row = page.select_one(f'tr[data-group="{cohort}"]')
    assert row is not None
    assert row.select("td")[0].get_text() == "1"
    assert "100" in {cell["data-percent"] for cell in row.select("[data-percent]")}
    lead.get("cohort/groups.csv?cohort=" + cohort.replace("=", "%3D"))
    rows = list(csv.reader(io.StringIO(lead.page.text)))
    assert {line[0] for line in rows[1:]} == {f"'{cohort}"}
    page = check_page(lead.get("cohort/figures"), 200)
    assert {"funnel", "coach-load", "dialogue", "duties"} <= {
        heading["id"] for heading in page.select("h2[id]")
    }
    assert len(page.select("svg.app-plot")) == len(page.select("figure, .app-figures__table"))
    assert "Enrolled" in lead.get("cohort/figures/funnel.csv").text
    assert lead.get("cohort/figures/nothing.csv").status_code == 404


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ({"phase": "2", "state": "paused"}, {"phase": "2", "state": "paused"}),
        ({"phase": "²", "state": "asleep", "show": "me"}, {}),
        ({"tutor": "12345678901", "q": "  "}, {}),
        ({"tutor": "none", "school": "none"}, {"tutor": "none", "school": "none"}),
        ({"q": " Khan ", "x": "y"}, {"q": "Khan"}),
        ({"q": "a" * 200}, {"q": "a" * 100}),
    ],
)
def test_what_makes_no_sense_asks_for_nothing(asked: dict[str, str], kept: dict[str, str]) -> None:
    assert Filters.of(asked).asked == kept


def test_people_of_a_group_are_counted_at_one_level_each() -> None:
    programme = load_programme(ROOT / "config" / "programme.yaml")
    first = programme.areas[0].id
    counted = Counted(
        sizes={("a", 1): 5, ("b", 1): 1},
        ranks={("a", 1, first, 1, Level.CLAIMED.rank): 2, ("a", 1, first, 1, 4): 1},
    )
    spot = spots_of(["a", "b"], counted, {1: programme})[0][0]
    assert spot.counts == (2, 0, 2, 0, 1, 0)
    assert [spot.reached(level) for level in Level] == [5, 3, 3, 1, 1, 0]
    assert spot.percent(Level.CLAIMED) == 60


@pytest.mark.parametrize(
    ("held_on", "band"),
    [
        (None, "No talk yet"),
        (date(2026, 3, 31), "Up to 14 days"),
        (date(2026, 3, 17), "Up to 14 days"),
        (date(2026, 3, 16), "15 to 28 days"),
        (date(2026, 2, 17), "29 to 42 days"),
        (date(2026, 2, 16), "More than 42 days"),
    ],
)
def test_a_last_talk_belongs_to_one_line(held_on: date | None, band: str) -> None:
    assert figures.talk_band(held_on, date(2026, 3, 31)) == band
