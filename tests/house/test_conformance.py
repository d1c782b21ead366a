"""docs/conformance.md names code and tests that are there."""

from __future__ import annotations

import re

from lti_tool.settings import ROOT

PAGE = ROOT / "docs" / "conformance.md"
TEST = re.compile(r"`(test_\w+\.py)::(test_\w+)`")
CODE = re.compile(r"`((?:lti_tool|demo_vle|tests|docs|config)/[\w./-]+)`")


def named_tests() -> list[tuple[str, str]]:
    return TEST.findall(PAGE.read_text(encoding="utf-8"))


def test_every_test_that_the_page_names_exists() -> None:
    there: set[tuple[str, str]] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        names = re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
        there |= {(path.name, name) for name in names}
    gone = sorted(set(named_tests()) - there)
    assert named_tests()
    assert not gone, f"docs/conformance.md names tests that are not there: {gone}"


def test_every_file_that_the_page_names_exists() -> None:
    named = CODE.findall(PAGE.read_text(encoding="utf-8"))
    gone = sorted(path for path in set(named) if not (ROOT / path).exists())
    assert named
    assert not gone, f"docs/conformance.md names files that are not there: {gone}"


def test_every_line_of_a_table_names_a_test_or_says_that_there_is_none() -> None:
    rows = [
        line
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and not line.startswith(("| Clause", "|-"))
    ]
    bare = [line for line in rows if not TEST.search(line) and "no test" not in line]
    assert not bare, f"Name the test that proves it, or say “no test”: {bare}"
