"""The lead's look over everybody: needed first, filtered, grouped, in figures, and kept."""

from __future__ import annotations

import csv
import io
import secrets
from datetime import date

import pytest

from lti_tool.cohort import figures
from lti_tool.cohort.filters import Filters
from lti_tool.cohort.heat import Counted, spots_of
from lti_tool.programme.definition import Level
from lti_tool.programme.loader import load_programme
from lti_tool.settings import ROOT
from tests.integration.cohort.story import add_evidence
from tests.integration.cohort.test_attention import change
from tests.integration.cohort.test_participants import names_on
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
