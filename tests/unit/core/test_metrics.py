"""Who may read the figures, and how they are told."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import Headers

from lti_tool.settings import load_settings
from lti_tool.web.measures import Measures
from lti_tool.web.metrics import may_read

TOKEN = "long-enough-to-be-one"
WITH_TOKEN = {"METRICS_TOKEN": TOKEN}
KNOWS = {"Authorization": f"Bearer {TOKEN}"}
ONE_PROXY = {"TRUSTED_PROXIES": "1"}


@pytest.mark.parametrize(
    ("address", "headers", "environ", "expected"),
    [
        ("127.0.0.1", {}, {}, True),
        ("10.1.2.3", {}, {}, True),
        ("fd00::1%eth0", {}, {}, True),
        ("193.60.1.2", {}, {}, False),
        ("", {}, {}, False),
        # A proxy that nobody told the tool of: whoever stands behind it is unknown.
        ("10.0.0.1", {"X-Forwarded-For": "193.60.1.2"}, {}, False),
        ("10.0.0.1", {"X-Real-IP": "193.60.1.2"}, {}, False),
        ("10.1.2.3", {"X-Forwarded-For": "10.1.2.3"}, ONE_PROXY, True),
        ("193.60.1.2", {"X-Forwarded-For": "193.60.1.2"}, ONE_PROXY, False),
        # One that tells it in words that are not read, or one proxy where two are counted.
        ("10.0.0.1", {"X-Real-IP": "193.60.1.2"}, ONE_PROXY, False),
        ("10.0.0.1", {"Forwarded": "for=193.60.1.2", "Via": "1.1 x"}, ONE_PROXY, False),
        ("10.0.0.1", {"X-Forwarded-For": "193.60.1.2"}, {"TRUSTED_PROXIES": "2"}, False),
        ("193.60.1.2", {"X-Forwarded-For": "", **KNOWS}, WITH_TOKEN, True),
        ("10.1.2.3", {}, WITH_TOKEN, False),
        ("10.1.2.3", {"Authorization": "Bearer löng-enough-to-be-one"}, WITH_TOKEN, False),
    ],
)
def test_the_figures_are_for_whoever_may_read_them(
    address: str, headers: dict[str, str], environ: dict[str, str], expected: bool
) -> None:
    settings = load_settings({"SECRET_KEY": "only for tests, and long enough", **environ})
    assert may_read(address, headers=Headers(headers), settings=settings) is expected


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
