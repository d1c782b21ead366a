"""The columns of an import: which the header names, and what each row says in them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from lti_tool.errors import Invalid
from lti_tool.people.bulk.tables import Table, plain


@dataclass(frozen=True)
class Column:
    """One column: how a cell is read, and what a person should know about it."""

    name: str
    parse: Callable[[str], Any]
    told: str
    also: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True)
class Problem:
    """What is wrong with one row, and what to do."""

    row: int
    column: str
    sentence: str


@dataclass(frozen=True)
class Row:
    """What one row says; an empty cell says nothing."""

    number: int
    said: dict[str, Any]

    def get(self, name: str) -> Any:
        """What the row says in a column, or None."""
        return self.said.get(name)


@dataclass
class Sheet:
    """The rows that can be used, and the problems of the others."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, row: int, column: str, sentence: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(row, column, sentence))


def read_sheet(table: Table, columns: Sequence[Column], shown_only: Sequence[str] = ()) -> Sheet:
    """The rows by column. `shown_only` are columns of an export that an import does not read."""
    sheet = Sheet()
    found = _matched(table, columns, shown_only, sheet)
    if sheet.problems:
        return sheet
    for number, cells in table.rows:
        if any(each.strip() for each in cells[len(found) :]):
            sheet.refuse(number, "", "This row has more cells than the first. Check its commas.")
            continue
        said: dict[str, Any] = {}
        before = len(sheet.problems)
        for column, text in zip(found, cells, strict=False):
            if column is not None and text.strip():
                _read(number, column, text, said, sheet)
        for column in columns:
            is_told = any(each.row == number for each in sheet.problems[before:])
            if column.needed and column.name not in said and not is_told:
                sheet.refuse(number, column.name, "This cell is empty, and it is needed.")
        if len(sheet.problems) == before:
            sheet.rows.append(Row(number, said))
    return sheet


def _read(number: int, column: Column, text: str, said: dict[str, Any], sheet: Sheet) -> None:
    try:
        value = column.parse(text)
    except Invalid as error:
        shown = " ".join(text.split())
        shown = shown if len(shown) <= 40 else f"{shown[:40]}…"
        sheet.refuse(number, column.name, f"“{shown}” cannot be used. {error.sentence}")
    else:
        if value != "":
            said[column.name] = value


def _matched(
    table: Table, columns: Sequence[Column], shown_only: Sequence[str], sheet: Sheet
) -> list[Column | None]:
    names = {each: column for column in columns for each in (column.name, *column.also)}
    found: list[Column | None] = []
    for index, header in enumerate(table.header):
        column = names.get(plain(header))
        found.append(column)
        if column is None and plain(header) not in shown_only and not _is_idle(table, index):
            sheet.refuse(1, header, _unknown(header, names, shown_only))
    counted = Counter(each.name for each in found if each)
    for name, times in counted.items():
        if times > 1:
            sheet.refuse(1, name, f"{times} columns mean {name}. Keep one of them.")
    for column in columns:
        if column.needed and column.name not in counted:
            sheet.refuse(1, column.name, f"There is no column {column.name}, and it is needed.")
    return found


def _is_idle(table: Table, index: int) -> bool:
    """A column without a name and without a word, as spreadsheets leave them behind."""
    if plain(table.header[index]):
        return False
    return not any(cells[index].strip() for _, cells in table.rows if len(cells) > index)


def _unknown(header: str, names: dict[str, Column], shown_only: Sequence[str]) -> str:
    if not plain(header):
        return "A column has no name in the first row. Name it, or delete it."
    near = get_close_matches(plain(header), [*names, *shown_only], n=1, cutoff=0.6)
    if near:
        right = names[near[0]].name if near[0] in names else near[0]
        return f"There is no column “{header}”. Did you mean {right}?"
    known = ", ".join(dict.fromkeys(each.name for each in names.values()))
    return f"There is no column “{header}”. Delete it, or use one of {known}."
