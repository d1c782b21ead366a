"""Whatever is refused is refused on a page that can be read where it appears: in the VLE's frame.

A browser shows an empty frame where the page around is not among those that a page may be framed
by, and of a launch that is refused early the tool does not know yet whose it is.
"""

from __future__ import annotations

from typing import Any

import pytest
from requests import Response

from demo_vle.browser import Form, Visitor
from tests.integration.launch.watching import another_platform, assert_refused, watch
from tests.world import World, text_of

PRODUCTS = ["moodle", pytest.param("canvas", marks=pytest.mark.canvas)]


def launch_form(world: World, visitor: Visitor) -> Form:
    """A launch on its way: the form that the platform's page would post to us."""
    initiated = visitor.initiate(world.placement("progress"))
    return visitor.authorise(visitor.onward(initiated))


def can_be_framed_by(page: Response, world: World) -> bool:
    ancestors = page.headers["Content-Security-Policy"].split("frame-ancestors ")[1].split()
    return bool({"*", world.vle.url} & set(ancestors))


def is_readable(page: Response, world: World) -> bool:
    """In the frame, without a mistake of ours, and with nothing in it to be tricked into."""
    text = text_of(page)
    return (
        can_be_framed_by(page, world)
        and not any(word in page.text for word in ("Traceback", "<form", "__Host-mtl"))
        and any(word in text for word in ("Open the link", "Ask the person", "open the link"))
    )


POSTS: dict[str, dict[str, str]] = {
    "LTI 1.1": {"oauth_consumer_key": "k", "lti_version": "LTI-1p0", "user_id": "1"},
    "no launch": {"name": "Fred"},
    "an old state": {"state": "x" * 43, "id_token": "a.b.c"},
    "an error of long ago": {"state": "x" * 43, "error": "login_required"},
}


@pytest.mark.parametrize("body", POSTS.values(), ids=POSTS.keys())
def test_a_post_of_nobody_we_know_is_told_inside_the_frame(
    world: World, body: dict[str, str]
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    page = visitor.session.post(f"{world.tool.url}/lti/launch", data=body, timeout=20)
    assert is_readable(page, world)


@pytest.mark.parametrize("path", ["/lti/launch", "/lti/bind", "/lti/continue"])
def test_an_address_of_the_way_in_that_is_opened_by_itself_is_told_inside_the_frame(
    world: World, path: str
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    page = visitor.get(world.tool.url + path)
    assert page.status_code == 405
    assert can_be_framed_by(page, world)


@pytest.mark.parametrize("path", ["/lti/bind", "/lti/continue"])
def test_a_code_of_nobody_is_told_inside_the_frame(world: World, path: str) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    page = visitor.session.post(world.tool.url + path, data={"code": "x"}, timeout=20)
    assert page.status_code == 401
    assert is_readable(page, world)


LOGINS: dict[str, dict[str, Any]] = {
    "unknown client": {"client_id": "nobody"},
    "no hint": {"login_hint": None},
    "target elsewhere": {"target_link_uri": "https://evil.example/"},
}


@pytest.mark.parametrize("change", LOGINS.values(), ids=LOGINS.keys())
def test_a_login_that_cannot_begin_is_told_inside_the_frame(
    world: World, change: dict[str, Any]
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    page = visitor.initiate(world.placement("progress"), change=change)
    assert page.status_code == 400
    assert can_be_framed_by(page, world)


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("login_required", "Sign in there"),
        ("launch_no_longer_valid", "has forgotten this launch"),
        ("unauthorized_client", "did not allow this launch"),
        ("access_denied", "did not allow this launch"),
        ("invalid_request_object", "did not allow this launch"),
        ("<script>alert(1)</script>", "did not allow this launch"),
    ],
)
def test_an_error_of_the_platform_is_told_inside_the_frame_and_to_the_operator(
    world: World, caplog: pytest.LogCaptureFixture, product: str, error: str, says: str
) -> None:
    assert world.product == product
    visitor = world.visitor("Amira Khan", "participant")
    form = launch_form(world, visitor)
    form.fields = [("state", form["state"]), ("error", error), ("error_description", "Zxq")]
    with watch(world, caplog) as seen:
        page = visitor.post_launch(form)
    code = error if error.replace("_", "").isalnum() else "other"
    assert_refused(seen, page, f"platform_{code}", 400)
    assert is_readable(page, world)
    assert says in text_of(page)
    assert "alert(1)" not in page.text
    assert "Zxq" not in page.text
    assert seen.lines[0]["client"] == world.vle.registration()["client_id"]
    number = str(seen.lines[0]["registration"])
    checked = world.tool.app.test_cli_runner().invoke(args=["platforms", "check", number])
    assert f"platform_{code}" in checked.output


def test_a_launch_that_failed_in_the_platform_cannot_be_used_later(world: World) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    form = launch_form(world, visitor)
    failed = form.with_fields(id_token=None, error="login_required")
    assert visitor.post_launch(failed).status_code == 400
    assert visitor.post_launch(form).status_code == 401


def test_of_two_clients_of_one_issuer_a_login_has_to_name_its_own(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    placement, unnamed = world.placement("progress"), {"client_id": None}
    assert visitor.initiate(placement, change=unnamed).is_redirect
    second = dict(world.vle.registration(), client_id=f"second-of-{world.vle.url}")
    with another_platform(world):
        world.tool.add_platform(second)
        with watch(world, caplog) as seen:
            page = visitor.initiate(placement, change=unnamed)
        assert_refused(seen, page, "client_unknown", 400)
        assert visitor.initiate(placement).is_redirect
