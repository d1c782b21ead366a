"""Somebody at a browser: what they click and read in the VLE and, inside its frame, in the tool.

A page of the tool is looked at whole when `sees` names it: axe-core finds nothing against it, and
it does not run out of its frame sideways. What the console tells is kept for the end of the test.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Error,
    FileChooser,
    Frame,
    FrameLocator,
    Locator,
    Page,
)
from playwright.sync_api import expect as expect_that

from demo_vle.browser import HasId
from demo_vle.state import Person
from tests.world import World

# Browsers put an answer such as 422, a form shown again, into the console as an error.
REFUSED = "the server responded with a status of {}"
PDF = b"%PDF-1.7 what happened in the lesson"
GONE, MOST_LOOKS = "Execution context was destroyed", 3
UNFOLD = "document.querySelectorAll('details').forEach((each) => (each.open = true))"
PHONE: Any = {"width": 375, "height": 700}
OVERFLOW = "document.documentElement.scrollWidth - window.innerWidth"
# All that axe-core tells beside what it found wrong is long, and nobody reads it.
LOOK = "axe.run({resultTypes: ['violations']}).then(found => found.violations)"
# A page but for its numbers and secrets. Half a second goes into each look, and many people of many
# stories come to the same first pages.
SHAPE = r"""() => innerWidth + document.documentElement.outerHTML
  .replace(/ value="[^"]*"|\b[0-9a-f]{12,}\b|\d+/g, "")"""
_looked_at: set[str] = set()


# A busy machine is slow and not wrong.
PATIENCE = 20_000
expect_that.set_options(timeout=PATIENCE)


class Seat:
    """One person at one browser. The tool is in the course page's frame, or in a window."""

    def __init__(self, world: World, context: BrowserContext, person: Person) -> None:
        self.world = world
        self.person = person
        self.context = context
        context.set_default_timeout(PATIENCE)
        self.problems: list[str] = []
        self.accepted = {REFUSED.format(422)}
        context.on("console", self._listen)
        context.on("weberror", lambda failure: self.problems.append(str(failure.error)))
        self.page = context.new_page()
        # What to choose when the browser asks for files. Asking later would be too late: Chromium
        # tells of a chooser in a frame of another site only some time after it was told to.
        self.files_to_choose: list[Path] = []
        self.page.on("filechooser", self._answer_chooser)
        self.window: Page | None = None

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(text in message.text for text in self.accepted):
            self.problems.append(message.text)

    def expects(self, status: int) -> None:
        """From here on an answer with this status belongs to the story."""
        self.accepted.add(REFUSED.format(status))

    # --- in the VLE

    def opens(self, link: str) -> None:
        """Go to the course and click a link to the tool; it appears in the frame."""
        self.enters_course()
        self.page.get_by_role("link", name=link, exact=True).click()

    def opens_in_window(self, link: str) -> None:
        """The same, by the link beside it that opens a window."""
        self.enters_course()
        with self.page.expect_popup() as opened:
            self.page.get_by_role("link", name=f"Open {link} in new window").click()
        self.window = opened.value
        self.window.wait_for_url(f"{self.world.tool.url}/courses/**")

    def enters_course(self) -> None:
        url = f"{self.world.vle.url}/courses/{self.world.course.id}?as={self.person.id}"
        self.page.goto(url)
        self.window = None

    def opens_gradebook(self) -> None:
        self.enters_course()
        self.page.get_by_role("link", name="Gradebook", exact=True).click()
        expect_that(self.page.get_by_role("heading", level=1)).to_have_text("Gradebook")

    def mark_in_gradebook(self, participant: HasId) -> Locator:
        """The gradebook's cell of somebody, on the page that shows it."""
        return self.page.locator(f"td[data-person='{participant.id}']")

    # --- in the tool

    @property
    def tool(self) -> FrameLocator | Page:
        """The tool's page, to look for things in."""
        return self.window or self.page.frame_locator("iframe[name=tool]")

    @property
    def document(self) -> Frame:
        """The tool's page, to run a script in."""
        found = self.window.main_frame if self.window else self.page.frame(name="tool")
        assert found is not None, "The tool is nowhere to be seen."
        return found

    def goes_to(self, path: str) -> None:
        """Type the address of a page of the course into the window."""
        assert self.window is not None
        course = re.search(r".*/courses/\d+/", self.window.url)
        assert course, f"This is no page of a course: {self.window.url}"
        self.window.goto(course[0] + path)

    def sees(self, heading: str | re.Pattern[str]) -> None:
        """Wait for a page, and check it whole.

        Where the page that goes is called like the one that comes, it may go while it is looked at.
        """
        for look in range(1, MOST_LOOKS + 1):
            self.waits_for(heading)
            try:
                return self._checks(heading)
            except Error as error:
                if GONE not in error.message or look == MOST_LOOKS:
                    raise

    def sees_whole(self, heading: str | re.Pattern[str]) -> None:
        """The same on a phone, with all that is folded away unfolded."""
        window = self.window or self.page
        before = window.viewport_size
        self.waits_for(heading)
        self.document.evaluate(UNFOLD)
        window.set_viewport_size(PHONE)
        self.sees(heading)
        if before:
            window.set_viewport_size(before)

    def _checks(self, heading: str | re.Pattern[str]) -> None:
        shape = self.document.evaluate(SHAPE)
        if shape not in _looked_at:
            self._looks_with_axe(heading)
            _looked_at.add(shape)
        assert self.overflow() <= 0, f"“{heading}” runs out of its window."

    def _looks_with_axe(self, heading: str | re.Pattern[str]) -> None:
        self.document.evaluate(AXE_SCRIPT)
        told = [
            f"{each['id']}: {node['html'][:200]} {node['failureSummary']}"
            for each in self.document.evaluate(LOOK)
            for node in each["nodes"]
        ]
        assert not told, f"axe-core on “{heading}”: {told}"

    def waits_for(self, heading: str | re.Pattern[str]) -> None:
        expect_that(self.tool.get_by_role("heading", level=1)).to_have_text(heading)
        # The script's last act: without it a button would not be what it will be.
        expect_that(self.tool.locator("body.js-enabled")).to_have_count(1)

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window or frame."""
        return int(self.document.evaluate(OVERFLOW))

    def reads(self, text: str | re.Pattern[str], within: str = "main") -> None:
        expect_that(self.tool.locator(within)).to_contain_text(text)

    def does_not_read(self, text: str, within: str = "main") -> None:
        expect_that(self.tool.locator(within)).not_to_contain_text(text)

    def follows(self, link: str | re.Pattern[str]) -> None:
        self.tool.get_by_role("link", name=link).first.click()

    def presses(self, button: str) -> None:
        self.tool.get_by_role("button", name=button).click()

    def fills(self, label: str, text: str) -> None:
        self.tool.get_by_label(label, exact=True).fill(text)

    def ticks(self, *labels: str) -> None:
        for label in labels:
            self.tool.get_by_role("checkbox", name=label).check()

    def picks(self, label: str) -> None:
        """One answer of several."""
        self.tool.get_by_role("radio", name=label).check()

    def chooses(self, label: str, option: str | re.Pattern[str]) -> None:
        """An option of a list, by what it says."""
        box = self.tool.get_by_label(label, exact=True)
        value = box.locator("option").filter(has_text=option).first.get_attribute("value")
        box.select_option(value)

    def attaches(self, *files: Path) -> None:
        self.tool.locator("input[type=file]").set_input_files(list(files))

    def presses_for_a_window(self, button: str) -> None:
        """A button that goes on in a window of its own."""
        with self.page.expect_popup() as opened:
            self.presses(button)
        self.window = opened.value

    def reloads(self) -> None:
        self.page.reload()

    def _answer_chooser(self, asked: FileChooser) -> None:
        asked.set_files(self.files_to_choose)

    # --- after the test

    def take_picture(self, folder: Path) -> Path:
        """What they had before them when the journey broke off."""
        path = folder / f"{self.person.name}.png"
        (self.window or self.page).screenshot(path=path, full_page=True)
        return path

    def has_no_problems(self) -> None:
        """Nothing went wrong in a script, and the policy of no page was broken."""
        assert not self.problems, f"{self.person.name}'s browser told: {self.problems}"


def picture(folder: Path, name: str) -> Path:
    """A small file that is what its name says."""
    path = folder / name
    path.write_bytes(PDF + name.encode())
    return path


def person_behind(somebody: Any) -> Person:
    """The VLE's person, whether or not they have opened the tool yet."""
    person: Person = getattr(somebody, "visitor", somebody).person
    return person
