"""What `make scaled CHECK=1` proves, among all other tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scaled.check import check
from tests.scaled.stack import Stack


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own: the database server is another user, who may not look into that."""
    made = Path(tempfile.mkdtemp(prefix="mtl-scaled-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.mark.timeout(300)
def test_two_of_everything_lose_nothing_and_do_nothing_twice(folder: Path) -> None:
    told: list[str] = []
    with Stack(folder) as stack:
        check(stack, told.append)
    assert "all were answered" in told[-1]
