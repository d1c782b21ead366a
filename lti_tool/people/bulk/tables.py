"""Read a CSV file as spreadsheets write it, whatever its letters and delimiters.

Pure: bytes in, rows of texts out. A row has the number that a spreadsheet shows beside it.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Collection
from dataclasses import dataclass

from lti_tool.errors import Invalid

LARGEST = 4_000_000  # bytes
DELIMITERS = (",", ";", "\t")
SAVE_AS = "Save it as “CSV UTF-8 (comma delimited)” in your spreadsheet and choose that file."
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True)
class Table:
    """The first row, and the others that say anything, each with its number."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_table(data: bytes, known: Collection[str], most_rows: int) -> Table:
    """The table in a file; `known` are plain headers, by which the delimiter is told."""
    if len(data) > LARGEST:
        raise Invalid(f"The file is larger than {LARGEST // 1_000_000} MB. Split it.", field="file")
    text = _decoded(data)
    hint, text = _stated_delimiter(text)
    delimiter = hint or max(DELIMITERS, key=lambda each: _fit(text, each, known))
    records = _records(text, delimiter, most_rows + 1, skipped=1 if hint else 0)
    if not records:
        raise Invalid("The file is empty. Its first row names the columns.", field="file")
    header, *rows = records
    return Table(tuple(each.strip() for each in header[1]), tuple(rows))


def plain(header: str) -> str:
    """A header as it is compared: "Candidate No. " is candidate_no."""
    words = "".join(each if each.isalnum() else " " for each in header.casefold()).split()
    return "_".join(words)


def _decoded(data: bytes) -> str:
    if data.startswith(WORKBOOKS):
        raise Invalid(f"This is a workbook and not a CSV file. {SAVE_AS}", field="file")
    encodings = ["utf-8-sig", "cp1252"]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif b"\x00" in data[:200]:
        # Without a mark at its start: the zeros of plain letters tell which half comes first.
        encodings = ["utf-16-le" if data[1:200:2].count(0) > data[:200:2].count(0) else "utf-16-be"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Invalid(f"The letters of this file cannot be read. {SAVE_AS}", field="file")


def _stated_delimiter(text: str) -> tuple[str, str]:
    """Excel may put `sep=;` into a line of its own before the table."""
    first, _, rest = text.partition("\n")
    line = first.rstrip("\r")
    if line.lower().startswith("sep=") and line[4:] in DELIMITERS:
        return line[4:], rest
    return "", text


def _fit(text: str, delimiter: str, known: Collection[str]) -> tuple[int, int]:
    try:
        cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return (0, 0)
    return sum(plain(each) in known for each in cells), len(cells)


def _records(
    text: str, delimiter: str, most: int, *, skipped: int
) -> list[tuple[int, tuple[str, ...]]]:
    found: list[tuple[int, tuple[str, ...]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = skipped
    try:
        for number, cells in enumerate(reader, start=1 + skipped):
            if not any(each.strip() for each in cells):
                continue
            if len(found) == most:
                raise Invalid(
                    f"The file has more than {most - 1:,} rows below the first. Split it.",
                    field="file",
                )
            found.append((number, tuple(cells)))
    except csv.Error:
        raise Invalid(
            f"Row {number + 1} cannot be read: a quotation mark is missing or one too many. "
            f"{SAVE_AS}",
            field="file",
        ) from None
    return found
