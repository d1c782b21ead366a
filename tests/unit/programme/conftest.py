"""The default programme, read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from lti_tool.programme.definition import Programme
from lti_tool.programme.loader import load_programme

DEFAULT = Path(__file__).parents[3] / "config" / "programme.yaml"


@pytest.fixture(scope="session")
def programme() -> Programme:
    return load_programme(DEFAULT)


@pytest.fixture(scope="session")
def default_text() -> str:
    return DEFAULT.read_text(encoding="utf-8")
