"""The default programme, read once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from lti_tool.programme.definition import Programme
from lti_tool.programme.loader import load_programme

# A busy machine is no failure: what is tested here is what follows, not how fast.
settings.register_profile("untimed", deadline=None)
settings.register_profile("few", deadline=None, max_examples=5, derandomize=True)
settings.load_profile("untimed")

DEFAULT = Path(__file__).parents[3] / "config" / "programme.yaml"


@pytest.fixture(scope="session")
def programme() -> Programme:
    return load_programme(DEFAULT)


@pytest.fixture(scope="session")
def default_text() -> str:
    return DEFAULT.read_text(encoding="utf-8")
