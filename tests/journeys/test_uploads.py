"""A film on its way while the connection breaks, in a real browser under the page's own policy."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.integration.evidence.test_handing_out import picture
from tests.journeys.conftest import SitDown
from tests.journeys.pages import PDF, Seat
from tests.world import World

MEGABYTE = 1024 * 1024
BREAKS_AT = 8 * MEGABYTE


class Line:
    """A connection that breaks when a piece is to go that begins late in the file."""

    def __init__(self, window: Page) -> None:
        self.is_broken = True
        self.sent: list[int] = []
        window.route("**/uploads/*", self._pass_on)

    def _pass_on(self, route: Route) -> None:
        begins = int(route.request.headers.get("upload-offset", "0"))
        if route.request.method == "PATCH":
            if self.is_broken and begins >= BREAKS_AT:
                route.abort("connectionreset")
                return
            self.sent.append(begins)
        route.continue_()


def row(seat: Seat, name: str) -> Locator:
    return seat.tool.locator("[data-upload-state]").filter(has_text=name)


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_film_goes_on_where_the_connection_broke_and_is_offered_after_a_reload(
    world: World, sit_down: SitDown, tmp_path: Path
) -> None:
    film, board = tmp_path / "lesson.pdf", tmp_path / "board.jpg"
    film.write_bytes(PDF + os.urandom(10 * MEGABYTE))
    board.write_bytes(picture())
    amira = sit_down(world.participant())
    amira.opens_in_window("progress")
    window = amira.window
    assert window is not None
    window.set_viewport_size({"width": 375, "height": 700})
    amira.goes_to("evidence/new")
    amira.accepted.add("net::ERR_CONNECTION_RESET")
    line = Line(window)
    amira.attaches(film, board)
    expect(row(amira, "board.jpg")).to_have_attribute("data-upload-state", "ready")
    expect(row(amira, "lesson.pdf")).to_contain_text("The connection was lost.")
    line.is_broken = False
    expect(row(amira, "lesson.pdf")).to_have_attribute("data-upload-state", "ready")
    assert sorted(line.sent) == [0, 0, 4 * MEGABYTE, BREAKS_AT], "What had arrived was sent again."
    window.get_by_label("What does it show?").fill("Fractions on the board")
    amira.sees("Add evidence")
    window.reload()
    amira.waits_for("Add evidence")
    row(amira, "board.jpg").get_by_role("button", name="Remove").click()
    expect(row(amira, "board.jpg")).to_have_count(0)
    row(amira, "lesson.pdf").get_by_role("button", name="Use it here").click()
    window.get_by_label("Title").fill("A lesson on fractions")
    window.locator("input[name=strands]").first.check()
    window.get_by_role("button", name="Save draft").click()
    amira.waits_for("A lesson on fractions")
    expect(window.get_by_role("link", name="lesson.pdf")).to_be_visible()
    amira.goes_to("evidence/new")
    amira.waits_for("Add evidence")
    expect(row(amira, "lesson.pdf")).to_have_count(0)
