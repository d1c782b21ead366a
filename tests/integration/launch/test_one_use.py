"""State and nonce are used once, by the browser, for the platform and the target they were made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import time_machine

from demo_vle.browser import Form, Visitor
from lti_tool.clock import now
from tests.integration.launch.watching import another_platform, assert_refused, rows, watch
from tests.world import COURSE_PATH, World, soup, text_of


def launch_form(world: World, visitor: Visitor, opens: str = "progress") -> Form:
    """A launch on its way: the form that the platform's page would post to us."""
    initiated = visitor.initiate(world.placement(opens))
    return visitor.authorise(initiated.headers["Location"])


def test_a_launch_that_was_used_is_refused_the_second_time(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    form = launch_form(world, visitor)
    assert visitor.post_launch(form).status_code == 200
    with watch(world, caplog) as seen:
        page = visitor.post_launch(form)
    assert_refused(seen, page, "state_unknown", 401)
    ancestors = page.headers["Content-Security-Policy"].split("frame-ancestors ")[1]
    assert world.vle.url in ancestors  # the refusal can be read inside the VLE's page


def test_of_the_same_launch_posted_many_times_at_once_exactly_one_wins(world: World) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    form = launch_form(world, visitor)
    cookies = visitor.session.cookies.get_dict()

    def post(_: int) -> int:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        return requests.post(
            form.action, dict(form.fields), headers=headers, allow_redirects=False, timeout=30
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(post, range(8)))
    assert statuses == [303] + [401] * 7


def test_a_token_cannot_be_sent_again_under_a_fresh_state(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    used, fresh = launch_form(world, visitor), launch_form(world, visitor)
    with watch(world, caplog) as seen:
        page = visitor.post_launch(used.with_fields(state=fresh["state"]))
    assert_refused(seen, page, "nonce_mismatch", 401)


def test_a_nonce_is_used_once_even_if_its_state_should_come_back(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    form = launch_form(world, visitor)
    cookies = visitor.session.cookies.copy()
    store = world.tool.app.extensions["ephemeral"]
    with world.tool.app.app_context():
        state = store.get(f"state:{form['state']}")
    visitor.post_launch(form)
    with world.tool.app.app_context():
        store.put(f"state:{form['state']}", state, 60)
    visitor.session.cookies = cookies
    with watch(world, caplog) as seen:
        page = visitor.post_launch(form)
    assert_refused(seen, page, "nonce_used", 401)


def test_a_state_of_one_platform_does_not_take_the_token_of_another(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with another_platform(world) as other:
        mine = world.visitor("Amira Khan", "participant")
        theirs = other.visitor("Ben Ode", "participant")
        state = launch_form(world, mine)["state"]
        token = launch_form(other, theirs)["id_token"]
        form = Form(f"{world.tool.url}/lti/launch", [("state", state), ("id_token", token)])
        with watch(world, caplog) as seen:
            page = mine.post_launch(form)
    assert_refused(seen, page, "kid_unknown", 401)


def test_another_browser_cannot_finish_a_launch(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    amira = world.visitor("Amira Khan", "participant")
    ben = world.participant("Ben Ode")
    form = launch_form(world, amira)
    with watch(world, caplog) as seen:
        page = ben.visitor.post_launch(form)
    assert_refused(seen, page, "other_browser", 401)


def test_a_forged_binding_cookie_is_refused(world: World, caplog: pytest.LogCaptureFixture) -> None:
    amira = world.visitor("Amira Khan", "participant")
    form = launch_form(world, amira)
    for cookie in amira.session.cookies:
        if cookie.name.startswith("__Host-lti-"):
            cookie.value = "forged"
    with watch(world, caplog) as seen:
        page = amira.post_launch(form)
    assert_refused(seen, page, "other_browser", 401)


def test_a_login_that_took_too_long_is_refused(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    if world.tool.store != "sqlite":
        return  # Redis keeps its own clock
    visitor = world.visitor("Amira Khan", "participant")
    form = launch_form(world, visitor)
    with watch(world, caplog) as seen, time_machine.travel(now().timestamp() + 601):
        page = visitor.session.post(form.action, dict(form.fields), timeout=30)
    assert_refused(seen, page, "state_unknown", 401)


def test_two_tabs_may_launch_side_by_side(world: World) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    first, second = launch_form(world, visitor), launch_form(world, visitor, "MTL1")
    assert visitor.post_launch(first).status_code == 200
    page = visitor.post_launch(second)
    assert "/modules/MTL1" in page.url


def test_the_binding_cookie_is_partitioned_short_lived_and_gone_after_use(world: World) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    initiated = visitor.initiate(world.placement("progress"))
    cookie = initiated.headers["Set-Cookie"]
    for attribute in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"):
        assert f"; {attribute}" in cookie
    assert "Max-Age=600" in cookie
    assert "Domain" not in cookie
    visitor.post_launch(visitor.authorise(initiated.headers["Location"]))
    assert not [each for each in visitor.session.cookies if each.name.startswith("__Host-lti-")]


def test_logins_that_never_come_back_do_not_pile_up_cookies(world: World) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    for _ in range(12):
        visitor.initiate(world.placement("progress"))
    names = [each.name for each in visitor.session.cookies]
    assert len([name for name in names if name.startswith("__Host-lti-")]) == 8


def without_cookies(world: World, visitor: Visitor) -> requests.Response:
    """A launch in a frame whose browser keeps none of our cookies there."""
    form = launch_form(world, visitor)
    visitor.session.cookies.clear(domain="localhost.local")
    return visitor.post_launch(form)


def test_a_browser_without_cookies_goes_on_in_a_new_window_once(world: World) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    page = without_cookies(world, visitor)
    assert page.status_code == 200
    assert "new window" in text_of(page)
    assert "Amira" not in page.text
    assert world.course.title not in page.text
    assert "Set-Cookie" not in page.headers
    inside = visitor.submit(page)
    assert COURSE_PATH.search(inside.url)
    assert "Amira Khan" in text_of(inside)
    again = visitor.submit(page)
    assert again.status_code == 401
    assert "works once" in text_of(again)


def test_the_button_for_a_new_window_works_from_our_page_only(world: World) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    page = without_cookies(world, visitor)
    form = visitor.form_of(page)
    form.page_url = "https://evil.example/"
    assert visitor.send(form).status_code == 401
    assert soup(page).select_one("form[target=_blank]")


def test_a_top_level_page_without_its_cookie_is_no_new_window(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    form = launch_form(world, visitor)
    visitor.session.cookies.clear(domain="localhost.local")
    visitor.session.headers["Sec-Fetch-Dest"] = "document"
    with watch(world, caplog) as seen:
        page = visitor.post_launch(form)
    assert_refused(seen, page, "cookie_absent", 401)


def test_many_newcomers_may_open_a_new_course_at_the_same_moment(world: World) -> None:
    visitors = [world.visitor(f"Newcomer {number}", "participant") for number in range(8)]
    placement = world.placement("MTL1")
    before = rows(world.tool)
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda visitor: visitor.launch(placement), visitors))
    assert [page.status_code for page in pages] == [200] * 8
    after = rows(world.tool)
    added = {name: after[name] - before[name] for name in ("course", "user", "resource_link")}
    assert added == {"course": 1, "user": 8, "resource_link": 1}
