from pathlib import Path

import pytest
from sqlalchemy import text

from benchmarks import exports, page_figures, pages
from benchmarks.page_figures import DRAWN
from benchmarks.pages import PAGES, Page, fill_one
from benchmarks.visits import Measured, Seen
from lti_tool.cli.demo.crowd.filling import Crowd, Known, _course_after
from lti_tool.db import db


@pytest.mark.bench
def test_every_page_is_opened_in_all_databases_and_asks_as_often_and_files_are_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Each file takes a process of its own; one of the two kinds of a spreadsheet is enough.
    monkeypatch.delitem(exports.WORK, "allocations")

    found, files = pages.run(["sqlite"], times=1, sizes=(10, 20), lives=10)

    assert [row[0] for row in found.rows] == [page.title for page in PAGES]
    assert [row[0] for row in found.rows if "," in row[1]] == []
    drawn = {name for each in found.curves for name in each.values}
    assert drawn == {name for _, names in DRAWN.values() for name in names}
    assert [row[:3] for row in files.rows] == [[what, "10", "20"] for what in exports.WORK.values()]


def test_a_file_that_is_not_whole_gives_no_figures() -> None:
    with pytest.raises(RuntimeError, match="participants as CSV had 17 rows for 20 people"):
        exports._whole(exports.Made(17, 1.0, 100), "participants", 20)


def test_a_page_that_a_small_database_has_not_is_left_blank_there() -> None:
    seen = [
        Measured([Seen(wall, cpu, 9)])
        for wall, cpu in ((4_000_000, 2_000_000), (8_000_000, 2_000_000))
    ]

    whole = page_figures._row(Page("home", "participant", ""), [seen[0], *seen], 3)
    late = page_figures._row(Page("busy", "busy_tutor", ""), seen, 3)

    assert whole == ["home", "9", "4.00", "4.00", "8.00", "2.00", "2.00", "2.00", "2.00", "1.00"]
    assert late == ["busy", "9", "", "4.00", "8.00", "", "", "2.00", "2.00", ""]


def test_a_page_that_does_not_answer_gives_no_figures(tmp_path: Path) -> None:
    filled = fill_one(tmp_path, None, 10, 10)
    visit = pages._visit(filled, Page("nowhere", "participant", "nowhere"))

    with pytest.raises(RuntimeError, match="nowhere answered 404"):
        visit.open()


def test_copied_people_are_whole_and_have_nothing_in_common(tmp_path: Path) -> None:
    filled = fill_one(tmp_path, None, 30, 10)

    with filled.app.app_context():
        assert db.session.execute(text("PRAGMA foreign_key_check")).all() == []
        counted = {name: _count(name) for name in filled.crowd.rows}
        shared = db.session.scalar(
            text(
                "SELECT COUNT(*) FROM evidence_item JOIN participant ON participant.id = "
                "participant_id WHERE author_id <> participant.user_id AND author_id NOT IN "
                "(SELECT user_id FROM allocation WHERE participant_id = participant.id)"
            )
        )
        courses = db.session.execute(
            text(
                "SELECT course_id, COUNT(*) FROM course_member "
                "WHERE role = 'participant' GROUP BY 1 ORDER BY 1"
            )
        ).all()
    assert {**counted, "audit_event": 0} == {**filled.crowd.rows, "audit_event": 0}
    assert counted["evidence_item"] == 1500
    assert shared == 0
    assert [people for _, people in courses] == [10, 20]


@pytest.mark.parametrize(
    ("copies", "further"), [(0, 0), (1, 1), (24, 1), (25, 2), (29, 2), (30, 3), (199, 36)]
)
def test_the_second_course_is_large_and_all_others_alike(copies: int, further: int) -> None:
    assert _course_after(copies) == further


def test_the_one_who_is_looked_at_is_the_same_at_every_size(tmp_path: Path) -> None:
    crowds = [fill_one(tmp_path, None, size, 10).crowd for size in (10, 20)]

    assert crowds[0].participant == crowds[1].participant
    assert isinstance(crowds[1].busy_tutor, Known)
    assert isinstance(crowds[0], Crowd)
    assert crowds[0].busy_tutor is None


def _count(name: str) -> int:
    return db.session.scalar(text(f'SELECT COUNT(*) FROM "{name}"'))
