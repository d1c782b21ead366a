"""The list of erasures is only ever added to, and waits for a store that is away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lti_tool.cohort import erasure_list
from lti_tool.errors import Invalid
from lti_tool.settings import load_settings
from lti_tool.storage import Storage, open_storage

ONE = {"person": 7, "reason": "asked", "erased at": "2026-11-22T10:00:00+00:00"}
TWO = {"person": 9, "reason": "not_needed", "erased at": "2026-11-21T10:00:00+00:00"}


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    settings = {"SECRET_KEY": "long enough for a test, and more", "STORAGE_URL": str(tmp_path)}
    return open_storage(load_settings(settings))


def test_an_older_database_does_not_shorten_the_list(storage: Storage) -> None:
    assert erasure_list.kept(storage) == []
    erasure_list.keep(storage, [ONE])
    erasure_list.keep(storage, [TWO])
    erasure_list.keep(storage, [])
    assert erasure_list.kept(storage) == [TWO, ONE]


def test_the_fuller_of_two_rows_about_one_erasure_counts() -> None:
    full = {**ONE, "known since": "2026-01-01T00:00:00+00:00"}
    assert erasure_list.merged([[full], [ONE]]) == erasure_list.merged([[ONE], [full]]) == [full]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[1]", "{}x", '[{"person": 1}]', json.dumps([{**ONE, "reason": "why not"}]),
     json.dumps([{**ONE, "erased at": "yesterday"}])],
)  # fmt: skip
def test_what_is_no_list_is_refused(content: str) -> None:
    with pytest.raises(Invalid, match="no list of erasures"):
        erasure_list.read(content)
