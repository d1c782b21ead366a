"""What several stories of the cohort begin with."""

import pytest


@pytest.fixture
def unconfirmed_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A board is another test's story."""
    monkeypatch.setattr("lti_tool.cohort.erasure_facts._unconfirmed", lambda _: ())
