"""Files on the page of an item, in a real browser under the page's own policy."""

from __future__ import annotations

import io
import wave

import pytest
from playwright.sync_api import Locator, expect

from lti_tool.evidence import previews
from tests.integration.evidence.steps import added
from tests.integration.evidence.test_handing_out import document, picture
from tests.journeys.conftest import SitDown
from tests.journeys.test_reflow import too_wide
from tests.world import World


def recording() -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16_000))
    return made.getvalue()


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_coach_looks_at_picture_pages_and_sound_without_leaving_the_page(
    world: World, sit_down: SitDown
) -> None:
    amira, colin = world.participant(), world.coach()
    world.allocate(colin, to=amira)
    files = (("board.jpg", picture()), ("plan.pdf", document(2)), ("talk.wav", recording()))
    item_id = added(amira, *files, button="submit")
    app = world.tool.app
    with app.app_context():
        previews.work_off(app.extensions["storage"], None)
    seat = sit_down(colin)
    seat.opens_in_window("coach-evidence")
    assert seat.window is not None
    seat.window.set_viewport_size({"width": 375, "height": 700})
    seat.goes_to(f"evidence/{item_id}")
    shown = seat.tool.locator("img.app-look")
    expect(shown).to_have_count(3)
    seat.tool.get_by_text("Look at its first 2 pages here").click()
    for number in range(3):
        shown.nth(number).scroll_into_view_if_needed()
        expect(shown.nth(number)).to_have_js_property("complete", True)
        assert width_of(shown.nth(number)) > 0
    sound = seat.tool.locator("audio")
    sound.evaluate("one => one.play()")
    expect(sound).to_have_js_property("duration", 1)
    assert too_wide(seat) == {}


def width_of(shown: Locator) -> int:
    return int(shown.evaluate("one => one.naturalWidth"))
