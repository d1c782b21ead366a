"""What an external examiner sees, as pages and files that open without a server or a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lti_tool.board import statements
from lti_tool.board.changes import since_last_visit
from lti_tool.board.examining import Reading, Review, Row
from lti_tool.board.rules.naming import script_name
from lti_tool.board.rules.pdf_names import MEDIA_TYPE, without_author
from lti_tool.board.scripts import Script, ScriptFile, read_script
from lti_tool.clock import now
from lti_tool.evidence.archive import Archive, Chunks, Shelf
from lti_tool.evidence.scanning import known
from lti_tool.people.bulk.lines import csv_lines

Render = Callable[..., Iterable[str]]
CLOSED = "This file is not open: it waits to be checked, or was removed.\n"
COLUMNS = (
    "module", "candidate", "attempt", "first", "second", "third", "agreed", "judged", "mark",
    "status", "moderated", "why",
)  # fmt: skip
MARKERS = ("module", "marker", "marks", "mean", "sd", "passed")
FIGURES = ("module", "year", "first attempts", "mean", "sd", "passed", "lowest", "highest")


@dataclass(frozen=True, slots=True)
class PackFile:
    """A file of the pack: where it stands in it, and the bytes by their digest."""

    path: str
    sha256: str
    size: int
    media_type: str


def send(archive: Archive, chunks: Chunks) -> Iterator[bytes]:
    """The bytes of the pack; of a PDF without the author among its properties."""
    packed = [file for file in archive.files if isinstance(file, PackFile)]
    of_pdfs = {file.sha256 for file in packed if file.media_type == MEDIA_TYPE}

    def nameless(sha256: str) -> Iterator[bytes]:
        pieces = chunks(sha256)
        return without_author(pieces) if sha256 in of_pdfs else pieces

    return archive.send(nameless)


def build(reading: Reading, render: Render, style: str) -> Archive:
    """Read everything and write it down; afterwards the database is not needed any more.

    One script at a time is in memory, and the files are read when they are sent.
    """
    shelf, files = Shelf(), list[PackFile]()
    try:
        reviews = [reading.review(code) for code in reading.appointment.codes]
        threads = statements.threads(reading.appointment)
        pages = {
            row.attempt_id: f"scripts/{_page(review, row)}"
            for review in reviews
            for row in review.rows
        }
        shelf.add("index.html", render(
            "examiners/pack_index.html", reviews=reviews, threads=threads, made_at=now(),
            appointment=reading.appointment, changes=since_last_visit(reading),
            script_url=pages.get,
        ))  # fmt: skip
        for review in reviews:
            path = f"modules/{review.module.code}.html"
            shelf.add(path, render(
                "examiners/pack_module.html", review=review, thread=threads[review.module.code],
                script_url=lambda row, review=review: f"../scripts/{_page(review, row)}",
            ))  # fmt: skip
            for row in review.rows:
                files += _add_script(shelf, read_script(reading, row.attempt_id), render)
        shelf.add("marks.csv", [marks_csv(reviews)])
        shelf.add("figures.csv", [figures_csv(reviews)])
        shelf.add("markers.csv", [markers_csv(reviews)])
        shelf.add("pack.css", [style])
    except BaseException:
        shelf.close()
        raise
    return Archive(shelf.words, files, now())


def marks_csv(reviews: Sequence[Review]) -> str:
    """The samples as a table for other programs."""
    return _csv(COLUMNS, ([
        review.module.code, row.candidate, row.number,
        *(row.marks.get(role, "") for role in ("first", "second", "third")),
        "" if row.agreed is None else row.agreed, row.judged, row.mark, row.status,
        "yes" if row.is_moderated else "no", "; ".join(row.why),
    ] for review in reviews for row in review.rows))  # fmt: skip


def figures_csv(reviews: Sequence[Review]) -> str:
    """The figures of all years as a table for other programs."""
    return _csv(FIGURES, ([
        review.module.code, f"{year}/{(year + 1) % 100:02}", one.count, one.shown_mean,
        one.shown_deviation, *("" if each is None else each
                               for each in (one.passes, one.lowest, one.highest)),
    ] for review in reviews for year, one in review.years))  # fmt: skip


def markers_csv(reviews: Sequence[Review]) -> str:
    """The figures of each marker as a table for other programs."""
    return _csv(MARKERS, ([
        review.module.code, letter, one.count, one.shown_mean, one.shown_deviation,
        "" if one.passes is None else one.passes,
    ] for review in reviews for letter, one in review.markers))  # fmt: skip


def _add_script(shelf: Shelf, script: Script, render: Render) -> list[PackFile]:
    """Its page; returns the files that go along."""
    shelf.add(f"scripts/{script.name}.html", render(
        "examiners/pack_script.html", script=script,
        file_url=lambda file: f"../files/{file.filename}",
    ))  # fmt: skip
    told = known({file.sha256 for file in script.files})
    going = [file for file in script.files if told[file.sha256].is_open]
    for file in script.files:
        if file not in going:
            shelf.add(f"files/{file.filename}.missing.txt", [CLOSED])
    return [_packed(file) for file in going]


def _packed(file: ScriptFile) -> PackFile:
    return PackFile(f"files/{file.filename}", file.sha256, file.size, file.media_type)


def _page(review: Review, row: Row) -> str:
    return f"{script_name(row.candidate, review.module.code, row.number)}.html"


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    return "".join(csv_lines([columns, *rows], has_mark=False))
