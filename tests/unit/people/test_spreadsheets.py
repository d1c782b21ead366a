"""Spreadsheets as people save them: letters, delimiters, dates, headers, formulas."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.errors import Invalid
from lti_tool.people.bulk import cells
from lti_tool.people.bulk.columns import Column, read_sheet
from lti_tool.people.bulk.tables import read_table

KNOWN = {"name", "town"}
TEXT = "name,town\nZoë O’Hara,Łódź\n"
COLUMNS = (
    Column("name", cells.one_line(20), "", ("full_name",), True),
    Column("town", cells.one_line(20), ""),
    Column("since", cells.day, ""),
)


def rows(data: bytes) -> list[tuple[str, ...]]:
    return [each for _, each in read_table(data, KNOWN, 100).rows]


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
    ],
)
def test_unicode_is_read_with_and_without_its_mark(data: bytes) -> None:
    assert rows(data) == [("Zoë O’Hara", "Łódź")]


def test_windows_letters_are_read() -> None:
    assert rows("name,town\nZoë O’Hara,Malmö – €\n".encode("cp1252")) == [
        ("Zoë O’Hara", "Malmö – €")
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "sep="])
def test_the_delimiter_is_told_by_the_header(delimiter: str, mark: str) -> None:
    first = f"{mark}{delimiter}\r\n" if mark else ""
    text = f'{first}Name{delimiter}Town\r\n"Hughes; Colin, Dr"{delimiter}York\r\n'
    assert rows(text.encode()) == [("Hughes; Colin, Dr", "York")]


def test_rows_have_the_numbers_that_a_spreadsheet_shows() -> None:
    table = read_table(b'name,town\n"A\nB",York\n\n,\nC,Leeds\n', KNOWN, 100)
    assert [number for number, _ in table.rows] == [2, 5]


@given(
    st.lists(
        st.tuples(
            *[st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1)] * 2
        )
    ),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_is_written_is_read(
    people: list[tuple[str, str]], delimiter: str, encoding: str
) -> None:
    held = io.StringIO(newline="")
    csv.writer(held, delimiter=delimiter).writerows([("name", "town"), *people])
    told = [each for each in people if any(cell.strip() for cell in each)]
    assert rows(held.getvalue().encode(encoding)) == told


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_a_sentence(data: bytes) -> None:
    with contextlib.suppress(Invalid):
        read_sheet(read_table(data, KNOWN, 100), COLUMNS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2010-01-04", date(2010, 1, 4)),
        ("2010-1-4", date(2010, 1, 4)),
        ("2010-01-04 00:00:00", date(2010, 1, 4)),
        ("04/01/2010", date(2010, 1, 4)),
        ("4.1.2010", date(2010, 1, 4)),
        ("04-01-2010", date(2010, 1, 4)),
        ("4 January 2010", date(2010, 1, 4)),
        ("04-Jan-2010", date(2010, 1, 4)),
        (" 40182 ", date(2010, 1, 4)),
        ("29/02/2012", date(2012, 2, 29)),
    ],
)
def test_dates_are_read_day_first(text: str, found: date) -> None:
    assert cells.day(text) == found


@pytest.mark.parametrize(
    "text",
    ["01/13/2010", "29/02/2011", "04/01/10", "2010", "4018", "401820", "1.5", "soon", "0001-01-01",
     "4 Brumaire 2010", "٤/١/٢٠١٠x", "12/31/1899", "2010-01-04 09:30"],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="Write a date such as 2010-01-04"):
        cells.day(text)


@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)))
def test_every_date_comes_back_in_each_way_of_writing(day: date) -> None:
    serial = (day - date(1899, 12, 30)) // timedelta(days=1)
    for text in (day.isoformat(), f"{day:%d/%m/%Y}", f"{day.day} {day:%B %Y}", str(serial)):
        assert cells.day(text) == day


@given(st.text())
def test_no_text_is_a_formula_once_it_is_guarded_and_it_comes_back(text: str) -> None:
    guarded = cells.guarded(text)
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert not guarded.strip().startswith(("=", "+", "-", "@"))
    assert cells.unguarded(guarded) == text


def test_a_formula_stays_a_text() -> None:
    assert cells.one_line(40)('=HYPERLINK("http://a.example")') == '=HYPERLINK("http://a.example")'


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("nmae,town", ["There is no column “nmae”. Did you mean name?",
                       "There is no column name, and it is needed."]),
        ("Full Name,Full_name", ["2 columns mean name. Keep one of them."]),
        ("name,shoe size", ["There is no column “shoe size”. Delete it, or use one of name, "
                            "town, since."]),
        ("name,", ["A column has no name in the first row. Name it, or delete it."]),
    ],
)  # fmt: skip
def test_headers_are_answered_with_the_nearest_right_one(header: str, told: list[str]) -> None:
    sheet = read_sheet(read_table(f"{header}\nA,B\n".encode(), KNOWN, 100), COLUMNS)
    assert [each.sentence for each in sheet.problems] == told
    assert {each.row for each in sheet.problems} == {1}


def test_odd_headers_are_understood_and_idle_columns_overlooked() -> None:
    sheet = read_sheet(read_table(b"FULL  name ,Town*,,\nA,B,,\n", KNOWN, 100), COLUMNS)
    assert sheet.problems == []
    assert sheet.rows[0].said == {"name": "A", "town": "B"}


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [
        ("Khan", "Amira Khan", True),
        ("AMIRA", "Amíra Khan", True),
        ("Khan, Amira", "Amira Khan-Lee", True),
        ("Ben Ali", "Amira Khan", False),
    ],
)
def test_names_are_compared_by_their_words(one: str, other: str, fits: bool) -> None:
    assert cells.shares_a_word(one, other) is fits
