from pathlib import Path

import pytest

from benchmarks import roster
from benchmarks.one_sync import peak_kb
from benchmarks.platform import PER_PAGE, Platform


@pytest.mark.bench
def test_a_short_and_a_long_roster_are_read_whole_page_by_page():
    (figures,) = roster.run(["sqlite"], sizes=(3, 2 * PER_PAGE + 1))

    assert figures.columns[1:3] == ("3", "101")
    assert figures.rows[0] == ["pages", "1", "3", "3.00"]


def test_the_last_page_of_a_roster_leads_nowhere():
    with Platform(listed=PER_PAGE + 1) as platform:
        first, following = platform.roster_page(7, 0)
        last, nothing = platform.roster_page(7, PER_PAGE)

    assert (len(first["members"]), len(last["members"])) == (PER_PAGE, 1)
    assert f"/7/bindings/1/memberships?from={PER_PAGE}>" in following["Link"]
    assert not nothing


@pytest.mark.parametrize(("state", "seen"), [("failed", 20), ("done", 19)])
def test_a_roster_that_is_not_read_whole_gives_no_figures(state, seen):
    with pytest.raises(RuntimeError, match="of 20 was not read"):
        roster._whole({"state": state, "seen": seen, "sentence": None}, 20)


def test_memory_that_was_held_once_stays_in_the_peak():
    # proc(5): 5 sets the peak back to what is held now, whatever ran in this process before.
    Path("/proc/self/clear_refs").write_text("5")
    before = peak_kb()
    held = bytearray(64 * 1024 * 1024)
    del held

    assert peak_kb() - before > 32 * 1024
