"""The reference of any error page leads to log lines that say what happened, where and to whom."""

import pytest

from lti_tool.identity import Role
from lti_tool.logs import release
from tests.world import World, soup


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_the_reference_of_an_error_page_leads_to_its_lines(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    amira = world.participant()
    with world.tool.app.app_context():
        user = amira.viewer(Role.PARTICIPANT).user_id
    for path, status, kind in (
        ("participants/2147483647/history", 404, "refused"),
        ("marking", 403, "refused"),
        ("no-such-page", 404, "error_page"),
    ):
        page = amira.get(path)
        reference = soup(page).select_one(".app-reference strong")
        assert (page.status_code, reference is None) == (status, False)
        written = [
            record.msg
            for record in caplog.records
            if isinstance(record.msg, dict)
            and reference is not None
            and record.msg.get("request") == reference.get_text()
        ]
        assert [line["event"] for line in written][-1] == "error_page"
        assert written[-1]["status"] == status
        assert written[0]["event"] == kind
        assert {line["release"] for line in written} == {release()}
        if kind == "refused":
            assert written[0]["user"] == user
            assert written[0]["view"]
            assert written[0]["provider"]
