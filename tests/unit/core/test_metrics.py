"""Who may read the figures, and how they are told."""

from __future__ import annotations

import pytest

from lti_tool.settings import load_settings
from lti_tool.web.measures import Measures
from lti_tool.web.metrics import may_read

TOKEN = "long-enough-to-be-one"


@pytest.mark.parametrize(
    ("address", "is_forwarded", "environ", "given", "expected"),
    [
        ("127.0.0.1", False, {}, "", True),
        ("10.1.2.3", False, {}, "", True),
        ("fd00::1%eth0", False, {}, "", True),
        ("193.60.1.2", False, {}, "", False),
        ("", False, {}, "", False),
        # A proxy that nobody told the tool of: whoever stands behind it is unknown.
        ("10.0.0.1", True, {}, "", False),
        ("10.1.2.3", True, {"TRUSTED_PROXIES": "1"}, "", True),
        ("193.60.1.2", True, {"TRUSTED_PROXIES": "1"}, "", False),
        ("193.60.1.2", True, {"METRICS_TOKEN": TOKEN}, f"Bearer {TOKEN}", True),
        ("10.1.2.3", False, {"METRICS_TOKEN": TOKEN}, "", False),
        ("10.1.2.3", False, {"METRICS_TOKEN": TOKEN}, "Bearer löng-enough-to-be-one", False),
    ],
)
def test_the_figures_are_for_whoever_may_read_them(
    address: str, is_forwarded: bool, environ: dict[str, str], given: str, expected: bool
) -> None:
    settings = load_settings({"SECRET_KEY": "only for tests, and long enough", **environ})
    found = may_read(address, is_forwarded=is_forwarded, given=given, settings=settings)
    assert found is expected


def test_an_answer_is_counted_by_its_route_and_a_made_up_method_by_no_name_of_its_own() -> None:
    measures = Measures()
    measures.answer("GET", "/courses/<int:course_id>/progress", 200, 0.2)
    measures.answer("BREW", "(none)", 404, 0.001)
    text = measures.tell([("mtl_workers", "Workers.", {}, 2)])[0].decode()
    assert (
        'mtl_answers_total{method="GET",route="/courses/<int:course_id>/progress",status="200"} 1.0'
        in text
    )
    assert 'method="other"' in text
    assert "BREW" not in text
    assert 'le="0.25",method="GET",route="/courses/<int:course_id>/progress"} 1.0' in text
    assert 'le="0.1",method="GET",route="/courses/<int:course_id>/progress"} 0.0' in text
    assert "\nmtl_workers 2.0\n" in text
