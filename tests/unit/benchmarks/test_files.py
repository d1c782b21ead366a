"""The bench of large files, in small."""

from pathlib import Path

import pytest

from benchmarks import files


@pytest.mark.bench
def test_a_film_goes_in_by_the_form_and_comes_back_by_ranges():
    (figures,) = files.run(["sqlite"], size=9 * files.MEGABYTE)

    assert [row[0] for row in figures.rows] == ["sent by the form", "read by ranges", "cp"]
    assert figures.columns[0] == "9 MiB"


def test_the_body_is_as_long_as_it_says(tmp_path: Path):
    film = files._film(tmp_path / "film", 3 * files.MEGABYTE + 7)
    body = files.Body([("title", "A film")], film)

    assert len(body) == sum(map(len, body))
    assert film.stat().st_size == 3 * files.MEGABYTE + 7
