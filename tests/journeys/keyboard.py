"""Somebody who uses no mouse: Tab, Space, Enter, and looking where the focus is."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Frame

from tests.journeys.pages import Seat

MOST_STOPS = 80
# A checkbox is drawn by its label, so that is where its focus shows.
STOP = """() => {
  const stop = document.activeElement;
  const label = stop.labels?.[0];
  const drawn = (element, part) => {
    const style = getComputedStyle(element, part);
    return style.boxShadow !== "none"
      || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0);
  };
  const words = [stop.ariaLabel, label?.innerText, stop.innerText, stop.value];
  const box = stop.getBoundingClientRect();
  return {
    tag: stop.tagName,
    words: words.filter(Boolean).join(" "),
    drawn: drawn(stop) || Boolean(label && drawn(label, "::before")),
    inSight: box.bottom > 0 && box.top < innerHeight,
  };
}"""


class Keyboard:
    """The keys of one seat."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.keys = seat.page.keyboard

    def reaches(self, words: str) -> None:
        """Press Tab until the focus is on something called this; every stop must be seen."""
        passed = []
        for _ in range(MOST_STOPS):
            self.keys.press("Tab")
            stop = self.stop()
            if words in stop["words"]:
                return
            passed.append(stop["words"])
        raise AssertionError(f"Tab never came to “{words}”, only to {passed}")

    def stop(self) -> dict[str, Any]:
        """What has the focus, looking into the frame where that has it."""
        outside = self._stop_in(self.seat.page.main_frame)
        if outside["tag"] != "IFRAME":
            return outside
        inside = self._stop_in(self.seat.document)
        if inside["tag"] != "BODY":
            assert inside["drawn"], f"No focus to be seen on: {inside}"
            assert inside["inSight"], f"The focus is out of sight, on: {inside}"
        return inside

    def _stop_in(self, frame: Frame) -> dict[str, Any]:
        found: dict[str, Any] = frame.evaluate(STOP)
        return found

    def types(self, text: str) -> None:
        self.keys.type(text)

    def writes(self, label: str, text: str) -> None:
        self.reaches(label)
        self.keys.type(text)

    def ticks(self, label: str) -> None:
        self.reaches(label)
        self.keys.press("Space")

    def enters(self, words: str) -> None:
        self.reaches(words)
        self.keys.press("Enter")

    def submits(self) -> None:
        """Enter, where the page that comes looks like the one that goes: wait until it is there."""
        with self.seat.page.expect_event("framenavigated"):
            self.keys.press("Enter")
