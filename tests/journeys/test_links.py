"""Links are chosen, dated, decided and confirmed without a mouse; each page is looked at whole."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from demo_vle.state import Placement
from tests.integration.launch.test_deep_linking import choose
from tests.integration.launch.test_links import COLUMN, place
from tests.journeys.conftest import SitDown
from tests.journeys.keyboard import Keyboard
from tests.journeys.pages import Seat
from tests.world import World

CHOOSER = "Choose what to add to your course"
MODULE = "Enquiry into practice"
WIDTHS = (320, 375, 700, 1200)


def fits_every_width(seat: Seat) -> None:
    """The page before them, in frames from a phone's to a desk's."""
    for width in WIDTHS:
        seat.page.set_viewport_size({"width": width, "height": 900})
        assert seat.overflow() <= 0, f"at {width} pixels"


def begin_to_choose(seat: Seat, keyboard: Keyboard) -> None:
    seat.enters_course()
    keyboard.enters("Select content")
    seat.sees(CHOOSER)


def add_to_course(seat: Seat, keyboard: Keyboard) -> None:
    """Send the choice off, and come back to the course that has it."""
    keyboard.enters("Add to course")
    expect(seat.tool.get_by_role("heading", level=1)).to_have_text("Content selected")
    keyboard.enters("Back to the course")
    expect(seat.page.locator("nav.links")).to_contain_text(MODULE)


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_tutor_finds_and_adds_several_links_by_the_keyboard_alone(
    world: World, sit_down: SitDown
) -> None:
    tessa = sit_down(world.visitor("Tessa Grant", "tutor"))
    keyboard = Keyboard(tessa)
    begin_to_choose(tessa, keyboard)
    tessa.reads("you say in your VLE")
    keyboard.enters("Add to course")
    expect(tessa.tool.locator(".govuk-error-summary")).to_be_focused()
    tessa.sees(CHOOSER)

    keyboard.writes("Find by title or code", "MTL1")
    keyboard.submits()
    boxes = tessa.tool.get_by_role("checkbox")
    expect(boxes).to_have_count(1)
    keyboard.ticks(MODULE)
    keyboard.submits()
    expect(tessa.tool.get_by_role("checkbox", name=MODULE)).to_be_checked()
    keyboard.reaches("Find by title or code")
    keyboard.keys.press("Control+A")
    keyboard.types("coach")
    keyboard.submits()
    expect(boxes).to_have_count(2)
    tessa.sees(CHOOSER)
    expect(tessa.tool.get_by_role("checkbox", name=MODULE)).to_be_checked()
    keyboard.ticks("Coach evidence")
    fits_every_width(tessa)
    add_to_course(tessa, keyboard)

    module, coach = world.vle.site.placements_of(world.course)
    assert (MODULE in module.title, coach.title) == (True, "Coach evidence")
    keyboard.enters(MODULE)
    tessa.sees("Marking")


@pytest.mark.canvas
@pytest.mark.parametrize("tool", ["postgres"], indirect=True)
def test_a_tutor_dates_a_module_by_the_keyboard_alone(world: World, sit_down: SitDown) -> None:
    tessa = sit_down(world.visitor("Tessa Grant", "tutor"))
    keyboard = Keyboard(tessa)
    begin_to_choose(tessa, keyboard)
    keyboard.ticks(MODULE)
    keyboard.enters("Set dates")
    expect(tessa.tool.get_by_role("heading", name="Dates")).to_be_focused()
    tessa.sees(CHOOSER)
    for label, text in {"Day": "1", "Month": "3", "Year": "2127", "Time": "9:30"}.items():
        keyboard.writes(label, text)
    for label, text in {"Day": "28", "Month": "2", "Year": "2127"}.items():
        keyboard.writes(label, text)
    keyboard.enters("Add to course")
    expect(tessa.tool.locator(".govuk-error-summary")).to_be_focused()
    tessa.sees(CHOOSER)
    fits_every_width(tessa)
    keyboard.enters("must be after it opens")
    expect(tessa.tool.locator("#due-MTL1")).to_be_focused()
    keyboard.keys.press("Control+A")
    keyboard.types("31")
    keyboard.reaches("Month")
    keyboard.keys.press("Control+A")
    keyboard.types("3")
    add_to_course(tessa, keyboard)

    links = tessa.page.locator("nav.links")
    expect(links).to_contain_text("Available from 1 March 2127, 09:30 UTC")
    expect(links).to_contain_text("Due 31 March 2127, 22:59 UTC")


@pytest.mark.parametrize("tool", ["postgres"], indirect=True)
def test_a_tutor_decides_by_the_keyboard_alone_what_a_link_opens(
    world: World, sit_down: SitDown
) -> None:
    place(world, "Our link")
    tessa = sit_down(world.visitor("Tessa Grant", "tutor"))
    keyboard = Keyboard(tessa)
    tessa.enters_course()
    keyboard.enters("Our link")
    tessa.sees("What does this link open?")
    fits_every_width(tessa)
    keyboard.enters("Decide later")
    tessa.waits_for("Participants")
    keyboard.enters("What the links in this course open")
    tessa.sees("Links in this course")
    tessa.reads("Nobody has said yet")
    fits_every_width(tessa)

    keyboard.enters("what Our link opens")
    tessa.waits_for("What does this link open?")
    keyboard.enters("Save")
    expect(tessa.tool.locator(".govuk-error-summary")).to_be_focused()
    tessa.sees("What does this link open?")
    keyboard.enters("Choose what the link opens")
    expect(tessa.tool.get_by_role("radio", name="My progress")).to_be_focused()
    keyboard.keys.press("ArrowDown")
    keyboard.enters("Save")
    tessa.sees("Marking")
    tessa.reads(f"This link opens MTL1: {MODULE}")


def link_from(old: World, copy: World) -> Placement:
    """A module that was placed in one course, and came with it into its copy."""
    tutor = old.visitor("Olga Reed", "tutor")
    tutor.submit(
        choose(tutor, tutor.deep_link(old.course), "module:MTL1"), "form[data-auto-submit]"
    )
    (first,) = old.vle.site.placements_of(old.course)
    return place(copy, first.title, dict(first.custom), line_item=COLUMN)


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_tutor_confirms_a_copied_link_by_the_keyboard_alone(
    world: World, sit_down: SitDown
) -> None:
    old = World(world.tool, world.vle)
    copied = link_from(old, world)
    tessa = sit_down(world.visitor("Tessa Grant", "tutor"))
    keyboard = Keyboard(tessa)
    tessa.enters_course()
    keyboard.enters(copied.title)
    tessa.sees("Use this link here?")
    tessa.reads(f"came with a copy of “{old.course.title}”")
    fits_every_width(tessa)
    keyboard.enters("All links in this course")
    tessa.sees("Links in this course")
    tessa.reads("Waits until a tutor confirms the copied link")
    keyboard.enters(f"what {copied.title} opens")
    tessa.waits_for("Use this link here?")
    keyboard.enters("Yes, use it here")
    tessa.sees("Marking")
    tessa.reads("This link opens MTL1")
