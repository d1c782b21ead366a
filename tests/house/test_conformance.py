"""The pages that say where each demand is met name code and tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lti_tool.settings import ROOT

PAGES = [ROOT / "docs" / f"{page}.md" for page in ("conformance", "requirements", "security")]
TEST = re.compile(r"`(test_\w+\.py)::(test_\w+)`")
FOLDERS = "lti_tool|demo_vle|tests|docs|config|migrations|benchmarks"
CODE = re.compile(rf"`((?:{FOLDERS})/[\w./-]+)`")
# Of the plan: the demands of the programme, and what this part of the tool must never let happen.
NUMBERS = {f"R{number}" for number in range(1, 47)}
NUMBERS |= {f"I{number}" for number in (1, *range(3, 15), *range(17, 30), 31, 32)}

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@every_page
def test_every_test_that_the_page_names_exists(page: Path) -> None:
    there: set[tuple[str, str]] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        names = re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
        there |= {(path.name, name) for name in names}
    named = TEST.findall(page.read_text(encoding="utf-8"))
    gone = sorted(set(named) - there)
    assert named
    assert not gone, f"{page.name} names tests that are not there: {gone}"


@every_page
def test_every_file_that_the_page_names_exists(page: Path) -> None:
    named = CODE.findall(page.read_text(encoding="utf-8"))
    gone = sorted(path for path in set(named) if not (ROOT / path).exists())
    assert named
    assert not gone, f"{page.name} names files that are not there: {gone}"


@every_page
def test_every_line_of_a_table_names_a_test_or_says_that_there_is_none(page: Path) -> None:
    rows = [
        line
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and not line.startswith(("| Clause", "| No |", "|-"))
    ]
    bare = [line for line in rows if not TEST.search(line) and "no test" not in line]
    assert not bare, f"Name the test that proves it, or say “no test”: {bare}"


def test_no_demand_is_missing_from_the_page() -> None:
    found = re.findall(r"^\| ([RI]\d+) \|", PAGES[1].read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(found) == sorted(NUMBERS)
