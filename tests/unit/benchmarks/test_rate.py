import pytest

from benchmarks import rate


@pytest.mark.bench
def test_visitors_at_once_are_counted_and_timed_on_both_tools():
    (figures,) = rate.run(["sqlite"], launches=6, rounds=1)

    assert all(float(cell) > 0 for row in figures.rows for cell in row[1:])
    assert [row[1] for row in figures.rows] == ["1"] * 3 + ["2"] * 3
    assert figures.note.startswith("6 launches of each.")


def test_the_slowest_launches_are_not_lost_in_the_p95():
    waits = list(range(100))

    assert 94 <= rate.Rounds(waits=waits).p95 < 95
