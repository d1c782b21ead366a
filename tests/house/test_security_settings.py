"""What a cookie of a session has to be, so that it is sent to us alone and read by no script."""

from __future__ import annotations

from lti_tool.app import COOKIE


def test_the_session_cookie_is_ours_alone() -> None:
    assert str(COOKIE["SESSION_COOKIE_NAME"]).startswith("__Host-")
    assert COOKIE["SESSION_COOKIE_SECURE"]
    assert COOKIE["SESSION_COOKIE_HTTPONLY"]
    assert COOKIE["SESSION_COOKIE_PARTITIONED"]
    assert COOKIE["SESSION_COOKIE_SAMESITE"] == "None"  # it stands in the VLE's frame
    assert COOKIE["SESSION_COOKIE_PATH"] == "/"
    assert "SESSION_COOKIE_DOMAIN" not in COOKIE
