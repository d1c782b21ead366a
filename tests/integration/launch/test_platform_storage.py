"""What the platform's page keeps for us binds a launch where the browser refuses our cookie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import requests
import time_machine

from demo_vle.browser import Visitor, origin_of
from lti_tool.clock import now
from tests.integration.launch.watching import assert_refused, rows, watch
from tests.world import COURSE_PATH, World, soup, text_of

pytestmark = pytest.mark.canvas


@dataclass
class Unbound:
    """A launch that came without its cookie: what was given to keep, and the page that asks."""

    kept: dict[str, Any]
    page: requests.Response

    @property
    def asks_for(self) -> dict[str, Any]:
        return attributes(self.page, "form[data-storage=get]")

    @property
    def ticket(self) -> str:
        return str(soup(self.page).select_one("input[name=ticket]")["value"])  # type: ignore[index]


def attributes(page: requests.Response, selector: str) -> dict[str, Any]:
    found = soup(page).select_one(selector)
    assert found is not None, text_of(page)[:300]
    return {name: value for name, value in found.attrs.items() if name.startswith("data-")}


def begin(world: World, visitor: Visitor) -> requests.Response:
    return visitor.initiate(world.placement("progress"))


def forget_cookies(visitor: Visitor) -> None:
    visitor.session.cookies.clear(domain="localhost.local")


def launch_unbound(world: World, visitor: Visitor) -> Unbound:
    initiated = begin(world, visitor)
    form = visitor.authorise(visitor.onward(initiated))
    forget_cookies(visitor)
    kept = attributes(initiated, "a[data-storage=put]")
    return Unbound(kept, visitor.post_launch(form))


def answer(visitor: Visitor, launch: Unbound, value: str) -> requests.Response:
    """What the page's script posts once the platform's page has answered."""
    return visitor.submit(launch.page, "form[data-storage=get]", {"value": value})


def test_the_platforms_page_is_given_what_the_cookie_holds_and_the_link_goes_on(
    world: World,
) -> None:
    page = begin(world, world.visitor("Amira Khan", "participant"))
    kept = attributes(page, "a[data-storage=put]")
    assert page.status_code == 200
    assert len(soup(page).select("h1")) == 1
    assert page.headers["Set-Cookie"].startswith(f"{kept['data-key']}={kept['data-value']};")
    assert kept["data-target"] == "_parent"
    assert kept["data-origin"] == origin_of(world.vle.url)
    # A university's own address frames a Canvas, and only the launch will tell which it is.
    assert page.headers["Content-Security-Policy"].endswith("frame-ancestors 'self' *")
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("target", ["", "a b", "<script>", "x" * 101, "a.b"])
def test_without_a_usable_place_to_keep_it_the_login_is_a_redirect(
    world: World, target: str
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    change = {"lti_storage_target": target}
    assert visitor.initiate(world.placement("progress"), change=change).status_code == 302


def test_a_browser_that_keeps_the_cookie_never_sees_the_question(world: World) -> None:
    amira = world.participant("Amira Khan")
    assert COURSE_PATH.search(amira.page.url)
    assert "/lti/bind" not in [each.url for each in amira.page.history]


def test_the_page_that_asks_tells_nothing_and_writes_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    with watch(world, caplog) as seen:
        launch = launch_unbound(world, visitor)
    assert launch.page.status_code == 200
    assert (seen.verdicts, seen.added) == ([], {})
    for name in ("data-key", "data-origin", "data-target"):
        assert launch.asks_for[name] == launch.kept[name]
    for secret in (launch.kept["data-value"], "Amira", world.course.title):
        assert secret not in launch.page.text
    assert "Set-Cookie" not in launch.page.headers
    policy = launch.page.headers["Content-Security-Policy"]
    assert world.vle.url in policy.split("frame-ancestors ")[1].split()


def test_a_bound_launch_goes_on_in_a_new_window_since_a_session_needs_a_cookie(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    launch = launch_unbound(world, visitor)
    with watch(world, caplog) as seen:
        page = answer(visitor, launch, launch.kept["data-value"])
    assert [(each["verdict"], each["binding"]) for each in seen.lines] == [("ok", "storage")]
    assert "new window" in text_of(page)
    assert "Set-Cookie" not in page.headers
    inside = visitor.submit(page)
    assert COURSE_PATH.search(inside.url)
    assert "Amira Khan" in text_of(inside)


def test_where_nobody_answers_the_new_window_is_offered_all_the_same(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    launch = launch_unbound(world, visitor)
    with watch(world, caplog) as seen:
        page = visitor.submit(launch.page)  # as its button does where no script runs
    assert [(each["verdict"], each["binding"]) for each in seen.lines] == [("ok", "none")]
    assert COURSE_PATH.search(visitor.submit(page).url)


def test_another_browsers_platform_keeps_another_value_and_the_launch_is_refused(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    amira, ben = (world.visitor(name, "participant") for name in ("Amira Khan", "Ben Ode"))
    launch = launch_unbound(world, amira)
    theirs = launch_unbound(world, ben).kept["data-value"]
    with watch(world, caplog) as seen:
        page = answer(ben, launch, theirs)
    assert_refused(seen, page, "other_browser", 401)
    with watch(world, caplog) as seen:
        again = answer(amira, launch, launch.kept["data-value"])
    assert_refused(seen, again, "binding_unknown", 401)


def test_a_ticket_works_once_and_on_our_page_only(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    launch = launch_unbound(world, visitor)
    form = visitor.form_of(launch.page)
    form.page_url = "https://evil.example/"
    with watch(world, caplog) as seen:
        page = visitor.send(form)
    assert_refused(seen, page, "binding_from_elsewhere", 401)
    assert answer(visitor, launch, launch.kept["data-value"]).status_code == 200
    for ticket in (launch.ticket, "", "of-nobody"):
        body = {"ticket": ticket, "value": launch.kept["data-value"]}
        with watch(world, caplog) as seen:
            page = visitor.session.post(f"{world.tool.url}/lti/bind", body, timeout=20)
        assert_refused(seen, page, "binding_unknown", 401)


def test_a_ticket_is_good_for_a_minute(world: World, caplog: pytest.LogCaptureFixture) -> None:
    if world.tool.store != "sqlite":
        return  # Redis keeps its own clock
    visitor = world.visitor("Amira Khan", "participant")
    launch = launch_unbound(world, visitor)
    with watch(world, caplog) as seen, time_machine.travel(now().timestamp() + 61):
        page = answer(visitor, launch, launch.kept["data-value"])
    assert_refused(seen, page, "binding_unknown", 401)


def test_a_window_of_its_own_without_cookies_is_told_so_and_not_asked(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    visitor.session.headers["Sec-Fetch-Dest"] = "document"
    with watch(world, caplog) as seen:
        launch = launch_unbound(world, visitor)
    assert_refused(seen, launch.page, "cookie_absent", 401)


def test_the_choice_of_links_survives_the_way_through_the_new_window(world: World) -> None:
    tutor = world.visitor("Tessa Grant", "tutor")
    login = tutor.login_form(f"/courses/{world.course.id}/select-content")
    initiated = tutor.send(login, follow=False)
    form = tutor.authorise(tutor.onward(initiated))
    forget_cookies(tutor)
    asked = Unbound(attributes(initiated, "a[data-storage=put]"), tutor.post_launch(form))
    before = rows(world.tool)["audit_event"]
    page = tutor.submit(answer(tutor, asked, asked.kept["data-value"]))
    assert "Choose what to add to your course" in text_of(page)
    sent = tutor.submit(page, values={"items": "progress"}, button=("action", "submit"))
    assert soup(sent).select_one("input[name=JWT]")
    assert rows(world.tool)["audit_event"] >= before
